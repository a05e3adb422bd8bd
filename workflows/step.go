package workflows

import (
	"errors"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"safelight/activities"
	"safelight/models"
)

// stepFunc does a step once, with all its automatic retries, and says for
// people what it decided.
type stepFunc func(ctx workflow.Context, m activities.Mark) (message string, err error)

// attempt does a step that picture.begin has marked as running, until it is
// done, ends the upload, or nobody takes it up again in time.
func (r *uploadRun) attempt(ctx workflow.Context, name models.StepName, do stepFunc) error {
	for {
		if err := ctx.Err(); err != nil {
			r.picture.end(ctx, name, models.StepSkipped, "")
			return err
		}
		message, err := do(ctx, r.mark(name))
		switch {
		case err == nil:
			r.picture.end(ctx, name, models.StepDone, message)
			return nil
		case rejectionIn(err) != nil:
			r.picture.end(ctx, name, models.StepFailed, rejectionIn(err).Detail)
			return err
		case temporal.IsCanceledError(err):
			r.picture.end(ctx, name, models.StepSkipped, "")
			return err
		}
		if typeOf(err) == activities.ErrTypeFinished {
			r.picture.end(ctx, name, models.StepSkipped, "")
			return err
		}
		if ctx.Err() != nil { // it failed as it was being cancelled: nobody need be told that it waits
			continue
		}
		if err := r.stall(ctx, name, err); err != nil {
			return err
		}
		r.picture.begin(ctx, name)
	}
}

func (r *uploadRun) mark(name models.StepName) activities.Mark {
	return activities.Mark{
		UploadID: r.in.UploadID, OwnerID: r.in.OwnerID, Step: name,
		Percent: r.picture.Percent, Seq: r.picture.Seq,
	}
}

// stall tells people that a step is out of automatic retries and waits for
// one of them. It returns nil when the step shall be taken up again.
func (r *uploadRun) stall(ctx workflow.Context, name models.StepName, cause error) error {
	seen := r.retries
	p := &r.picture
	p.stall(ctx, name, plain(cause))
	if err := setState(ctx, models.UploadStalled); err != nil {
		return err
	}
	workflow.GetLogger(ctx).Error("step is out of retries and waits for a person",
		"step", name, "code", stallCode(cause), "error", reason(cause))
	err := workflow.ExecuteActivity(withRecord(ctx, "tell that "+string(name)+" is stalled"), acts.Stall, models.Stall{
		UploadID: r.in.UploadID, Step: name, Cause: plain(cause), Code: stallCode(cause),
		Percent: p.Percent, Seq: p.Seq, Steps: p.snapshot().Steps,
	}).Get(ctx, nil)
	if err != nil {
		return err
	}
	again, err := workflow.AwaitWithTimeout(ctx, r.in.StallFor, func() bool { return r.retries > seen })
	if err != nil {
		return err //nolint:wrapcheck // likewise
	}
	if !again {
		return temporal.NewNonRetryableApplicationError("nobody took up step "+string(name)+" again", ErrTypeGaveUp, cause)
	}
	return setState(ctx, models.UploadProcessing)
}

// typeOf is the type of a step's failure, or "".
func typeOf(err error) string {
	var app *temporal.ApplicationError
	if errors.As(err, &app) {
		return app.Type()
	}
	return ""
}

// stallCode is what programs are told of a failure.
func stallCode(err error) models.StallCode {
	var timeout *temporal.TimeoutError
	if errors.As(err, &timeout) {
		return models.StallTimeout
	}
	switch typeOf(err) {
	case activities.ErrTypeScanner:
		return models.StallScanner
	case activities.ErrTypeStorage, activities.ErrTypeRefused:
		return models.StallStorage
	case activities.ErrTypeDatabase:
		return models.StallDatabase
	case activities.ErrTypeCodecCrashed:
		return models.StallCodec
	case activities.ErrTypeGone:
		return models.StallGone
	}
	return models.StallOther
}

// reason is what operators are told of a failure: what its part said. The whole
// chain, in which the engine repeats that at every level, is in the history.
func reason(err error) string {
	var app *temporal.ApplicationError
	if !errors.As(err, &app) {
		return err.Error()
	}
	var below *temporal.ApplicationError
	if errors.As(app.Unwrap(), &below) {
		return below.Message()
	}
	return app.Message()
}

// plain is what people are told of a failure: the sentence of a typed one.
func plain(err error) string {
	var app *temporal.ApplicationError
	if errors.As(err, &app) {
		return app.Message()
	}
	var timeout *temporal.TimeoutError
	if errors.As(err, &timeout) {
		return "The step took too long."
	}
	return "The step failed."
}
