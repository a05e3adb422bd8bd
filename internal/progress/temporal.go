package progress

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/failure/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflow/v1"
	"go.temporal.io/sdk/client"

	"safelight/activities"
	"safelight/models"
	"safelight/workflows"
)

// Temporal asks and steers the workflows of uploads in Temporal. Options are
// for a workflow that a signal finds not yet started.
type Temporal struct {
	Client  client.Client
	Options workflows.Options
}

// Query implements Engine. A workflow that has ended is not asked: that would
// have a worker replay it, and the row has the end.
func (t Temporal) Query(ctx context.Context, workflowID string) (models.Progress, error) {
	res, err := t.Client.QueryWorkflowWithOptions(ctx, &client.QueryWorkflowWithOptionsRequest{
		WorkflowID: workflowID, QueryType: workflows.ProgressQuery,
		QueryRejectCondition: enums.QUERY_REJECT_CONDITION_NOT_OPEN,
	})
	var none *serviceerror.NotFound
	switch {
	case errors.As(err, &none):
		return models.Progress{}, fmt.Errorf("no workflow %s: %w", workflowID, models.ErrNotFound)
	case err != nil:
		return models.Progress{}, fmt.Errorf("query workflow %s: %w", workflowID, err)
	case res.QueryRejected != nil:
		return models.Progress{}, fmt.Errorf("workflow %s is %s: %w", workflowID, res.QueryRejected.GetStatus(), models.ErrNotFound)
	}
	var p models.Progress
	if err := res.QueryResult.Get(&p); err != nil {
		return models.Progress{}, fmt.Errorf("read the picture of workflow %s: %w", workflowID, err)
	}
	return p, nil
}

// stepOf tells the step by the name of the activity that does it.
var stepOf = map[string]models.StepName{
	"Scan":          models.StepScan,
	"Dedup":         models.StepDedup,
	"AwaitClaim":    models.StepDedup,
	"Compress":      models.StepCompress,
	"Move":          models.StepMove,
	"CreateVersion": models.StepVersion,
	"Notify":        models.StepNotify,
}

// Pending implements Engine.
func (t Temporal) Pending(ctx context.Context, workflowID string) ([]PendingStep, error) {
	res, err := t.Client.DescribeWorkflowExecution(ctx, workflowID, "")
	if err != nil {
		return nil, fmt.Errorf("describe workflow %s: %w", workflowID, err)
	}
	var steps []PendingStep
	for _, a := range res.GetPendingActivities() {
		if name, ok := stepOf[a.GetActivityType().GetName()]; ok {
			steps = append(steps, pendingStep(name, a))
		}
	}
	return steps, nil
}

func pendingStep(name models.StepName, a *workflow.PendingActivityInfo) PendingStep {
	message, waiting := told(a.GetLastFailure())
	return PendingStep{
		Step: name, Attempt: max(int(a.GetAttempt()), 1),
		Backoff: a.GetState() == enums.PENDING_ACTIVITY_STATE_SCHEDULED && a.GetNextAttemptScheduleTime() != nil,
		Message: message, Waiting: waiting,
	}
}

// maxMessage bounds what is shown of a failure, in characters.
const maxMessage = 300

// told is a failure in words for people. Only failures that our steps have
// typed carry such words; the text of any other is for the logs.
func told(f *failure.Failure) (message string, waiting bool) {
	switch {
	case f == nil:
		return "", false
	case f.GetTimeoutFailureInfo() != nil:
		if f.GetTimeoutFailureInfo().GetTimeoutType() == enums.TIMEOUT_TYPE_HEARTBEAT {
			return "The worker that did this step went away.", false
		}
		return "The step took too long.", false
	}
	switch f.GetApplicationFailureInfo().GetType() {
	case activities.ErrTypeContentClaimed:
		return "", true
	case activities.ErrTypeRejected, activities.ErrTypeCodecCrashed, activities.ErrTypeGone,
		activities.ErrTypeScanner, activities.ErrTypeStorage, activities.ErrTypeDatabase:
		return shorten(f.GetMessage()), false
	}
	return "The step failed.", false
}

func shorten(s string) string {
	s = strings.TrimSpace(s)
	if utf8.RuneCountInString(s) <= maxMessage {
		return s
	}
	return strings.TrimSpace(string([]rune(s)[:maxMessage-1])) + "…"
}

// Retry has a stalled step taken up again.
func (t Temporal) Retry(ctx context.Context, up *models.Upload) error {
	return t.signal(ctx, up, workflows.SignalRetry)
}

// Cancel has an unfinished upload stopped and taken back. One whose workflow
// was never started is started for it.
func (t Temporal) Cancel(ctx context.Context, up *models.Upload) error {
	return t.signal(ctx, up, workflows.SignalCancel)
}

// signal reaches the workflow, starting it where there is none. Errors:
// models.ErrAlreadyFinished; models.ErrUnavailable where Temporal does not
// answer in time.
func (t Temporal) signal(ctx context.Context, up *models.Upload, name string) error {
	o := workflows.StartOptions(up)
	// One that runs is what the signal is for; the other policies do not go with it.
	o.WorkflowIDConflictPolicy = enums.WORKFLOW_ID_CONFLICT_POLICY_UNSPECIFIED
	_, err := t.Client.SignalWithStartWorkflow(ctx, up.WorkflowID(), name, nil, o,
		workflows.ProcessUploadName, workflows.InputFor(up, t.Options))
	var ended *serviceerror.WorkflowExecutionAlreadyStarted
	switch {
	case errors.As(err, &ended):
		return fmt.Errorf("signal %s to %s: %w", name, up.WorkflowID(), models.ErrAlreadyFinished)
	case err != nil:
		return fmt.Errorf("%w: signal %s to %s: %w", models.ErrUnavailable, name, up.WorkflowID(), err)
	}
	return nil
}
