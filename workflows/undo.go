package workflows

import (
	"context"

	"go.temporal.io/sdk/workflow"

	"safelight/activities"
)

// undo is what has to be taken back if the upload does not become a version.
type undo struct {
	steps []undoStep
}

type undoStep struct {
	summary string
	first   bool // the steps before it must not be undone without it
	do      func(context.Context, activities.DiscardInput) error
}

// add notes how to take back a step. It is called before the step: one that
// timed out may have written all the same.
func (u *undo) add(summary string, do func(context.Context, activities.DiscardInput) error) {
	u.steps = append(u.steps, undoStep{summary: summary, do: do})
}

// addFirst is add for what the rest of the undo would destroy.
func (u *undo) addFirst(summary string, do func(context.Context, activities.DiscardInput) error) {
	u.steps = append(u.steps, undoStep{summary: summary, first: true, do: do})
}

// unwind takes everything back, newest first. ctx must be a disconnected one:
// on a cancelled context nothing runs. What fails is logged and left to the
// sweep; it never hides why the upload ended.
func (u *undo) unwind(ctx workflow.Context, what activities.DiscardInput) {
	for i := len(u.steps) - 1; i >= 0; i-- {
		s := u.steps[i]
		err := workflow.ExecuteActivity(withUndo(ctx, s.summary), s.do, what).Get(ctx, nil)
		if err != nil {
			workflow.GetLogger(ctx).Error("undo failed, left to the sweep", "step", s.summary, "error", err)
		}
		if err != nil && s.first {
			break
		}
	}
	u.steps = nil
}
