package workflows

import (
	"fmt"
	"strings"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"safelight/models"
)

// Search attributes, so that operators can list uploads by owner, state and content.
var (
	attrOwner  = temporal.NewSearchAttributeKeyKeyword("SafelightOwner")
	attrState  = temporal.NewSearchAttributeKeyKeyword("SafelightState")
	attrSHA256 = temporal.NewSearchAttributeKeyKeyword("SafelightSHA256")
)

// picture is the live picture of one upload: what the progress query answers.
// Every change raises seq by models.SeqStride, above the one of the promise.
type picture struct {
	models.Progress
}

// newPicture begins above the row's seq, at a multiple of the stride.
func newPicture(rowSeq int64) picture {
	seq := (rowSeq + models.SeqStride - 1) / models.SeqStride * models.SeqStride
	return picture{models.Progress{State: models.UploadProcessing, Seq: seq, Steps: models.NewSteps()}}
}

// snapshot is safe to hand out: later changes do not show in it.
func (p *picture) snapshot() models.Progress {
	out := p.Progress
	out.Steps = append([]models.Step(nil), p.Steps...)
	return out
}

func (p *picture) step(name models.StepName) *models.Step {
	for i := range p.Steps {
		if p.Steps[i].Name == name {
			return &p.Steps[i]
		}
	}
	panic("unknown step " + name) // the names are constants: only a slip in this package gets here
}

func (p *picture) changed() { p.Seq += models.SeqStride }

// begin marks steps as running, in one change.
func (p *picture) begin(ctx workflow.Context, names ...models.StepName) {
	for _, name := range names {
		s := p.step(name)
		if s.StartedAt == nil {
			s.StartedAt = now(ctx)
		}
		s.State, s.FinishedAt, s.Message = models.StepRunning, nil, nil
		s.Attempt++ // by hand: what the engine retries by itself is overlaid by readers
		p.Percent = max(p.Percent, models.StepPercent(name))
	}
	p.State = models.UploadProcessing
	p.changed()
	p.describe(ctx)
}

// end closes a step. message may be empty.
func (p *picture) end(ctx workflow.Context, name models.StepName, state models.StepState, message string) {
	s := p.step(name)
	s.State, s.Message = state, text(message)
	if s.StartedAt != nil {
		s.FinishedAt = now(ctx)
	}
	p.changed()
	p.describe(ctx)
}

// ended is the last picture, as it will be once the end is recorded.
func (p *picture) ended(ctx workflow.Context, state models.UploadState) models.Progress {
	last := picture{p.snapshot()}
	last.end(ctx, models.StepNotify, models.StepDone, "")
	last.State = state
	if state == models.UploadDone {
		last.Percent = 100
	}
	return last.Progress
}

// say shows a message on a running step.
func (p *picture) say(ctx workflow.Context, name models.StepName, message string) {
	p.step(name).Message = text(message)
	p.changed()
	p.describe(ctx)
}

// stall marks a step as failed and the upload as waiting for a person.
func (p *picture) stall(ctx workflow.Context, name models.StepName, cause string) {
	s := p.step(name)
	s.State, s.FinishedAt, s.Message = models.StepFailed, now(ctx), text(cause)
	p.State = models.UploadStalled
	p.changed()
	p.describe(ctx)
}

// skipRest marks the steps before until that will not run any more.
func (p *picture) skipRest(ctx workflow.Context, until models.StepName) {
	for _, name := range models.StepNames() {
		if name == until {
			break
		}
		s := p.step(name)
		switch s.State {
		case models.StepPending:
			s.State = models.StepSkipped
		case models.StepRunning, models.StepRetrying:
			s.State, s.FinishedAt = models.StepSkipped, now(ctx)
		case models.StepDone, models.StepSkipped, models.StepFailed:
		}
	}
	p.changed()
}

// describe shows operators where the upload is, in the Temporal UI.
func (p *picture) describe(ctx workflow.Context) {
	var b strings.Builder
	fmt.Fprintf(&b, "**%s**, %d %%\n\n", p.State, p.Percent)
	for _, s := range p.Steps {
		if s.State == models.StepPending {
			continue
		}
		fmt.Fprintf(&b, "- %s: %s", s.Name, s.State)
		if s.Attempt > 1 {
			fmt.Fprintf(&b, " (set going %d times)", s.Attempt)
		}
		if s.Message != nil {
			fmt.Fprintf(&b, ": %s", *s.Message)
		}
		b.WriteByte('\n')
	}
	if p.State == models.UploadStalled {
		fmt.Fprintf(&b, "\nSend the signal `%s` to take the step up again, or `%s` to give the upload up.\n", SignalRetry, SignalCancel)
	}
	workflow.SetCurrentDetails(ctx, b.String())
}

func now(ctx workflow.Context) *time.Time {
	t := workflow.Now(ctx).UTC()
	return &t
}

func text(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// SearchAttributes are the names, all of type Keyword, that a namespace must know.
func SearchAttributes() []string {
	return []string{attrOwner.GetName(), attrState.GetName(), attrSHA256.GetName()}
}
