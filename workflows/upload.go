package workflows

import (
	"context"
	"errors"
	"fmt"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"safelight/activities"
	"safelight/models"
)

// UploadResult is how an upload ended.
type UploadResult struct {
	State         models.UploadState `json:"state"`
	Outcome       models.Outcome     `json:"outcome,omitempty"`
	Rejection     *models.Rejection  `json:"rejection,omitempty"`
	FileID        string             `json:"fileId,omitempty"`
	VersionNumber int                `json:"versionNumber,omitempty"`
}

// acts names activities by their methods; it is never called.
var acts *activities.Activities

// ErrTypeGaveUp is the failure of an upload that nobody took up again in time.
const ErrTypeGaveUp = "GaveUp"

// ProcessUpload carries one accepted upload through scan and dedup (side by
// side), compress, move, version and notify. A rejection is a result; a step
// that is out of automatic retries waits as stalled for SignalRetry or
// SignalCancel. A cancel, by signal or by request, takes everything back up to
// the version row, and means nothing after it.
func ProcessUpload(ctx workflow.Context, in UploadInput) (UploadResult, error) {
	r := &uploadRun{in: in, picture: newPicture(in.Seq)}
	err := workflow.SetQueryHandler(ctx, ProgressQuery, func() (models.Progress, error) {
		return r.picture.snapshot(), nil
	})
	if err != nil {
		return UploadResult{}, fmt.Errorf("set the progress query: %w", err)
	}
	ctx, r.cancel = workflow.WithCancel(ctx)
	r.listen(ctx)

	res, err := r.run(ctx)
	ctx, release := workflow.NewDisconnectedContext(ctx)
	defer release()
	if err != nil {
		return r.end(ctx, err)
	}
	if err := r.record(ctx, models.Finish{State: models.UploadDone}); err != nil {
		return UploadResult{}, err
	}
	r.undo = undo{} // what was stored stays; only the way there goes
	r.undo.add("remove what lies in tmp", acts.DiscardStaged)
	if r.blobID != "" && r.blobID != in.UploadID { // only now, when everybody's uploads have been told the end
		r.undo.add("remove the copy of what is stored already", acts.DiscardBlob)
	}
	r.undo.unwind(ctx, in.discard())
	return res, nil
}

// uploadRun is the state of one ProcessUpload.
type uploadRun struct {
	in      UploadInput
	picture picture
	undo    undo
	cancel  workflow.CancelFunc
	retries int    // signals to retry so far
	blobID  string // what move adopted
}

// listen takes the signals for as long as the workflow runs.
func (r *uploadRun) listen(ctx workflow.Context) {
	retry, cancel := workflow.GetSignalChannel(ctx, SignalRetry), workflow.GetSignalChannel(ctx, SignalCancel)
	workflow.Go(ctx, func(ctx workflow.Context) {
		for ctx.Err() == nil {
			workflow.NewSelector(ctx).
				AddReceive(retry, func(c workflow.ReceiveChannel, _ bool) {
					c.Receive(ctx, nil)
					r.retries++
				}).
				AddReceive(cancel, func(c workflow.ReceiveChannel, _ bool) {
					c.Receive(ctx, nil)
					r.cancel()
				}).
				AddReceive(ctx.Done(), func(workflow.ReceiveChannel, bool) {}).
				Select(ctx)
		}
	})
}

// run takes the steps up to the version row.
func (r *uploadRun) run(ctx workflow.Context) (UploadResult, error) {
	r.undo.add("remove what lies in tmp", acts.DiscardStaged)
	claim, err := r.judge(ctx)
	if err != nil {
		return UploadResult{}, err
	}
	if claim.BlobID != "" {
		r.picture.skipRest(ctx, models.StepVersion)
	} else if err := r.store(ctx); err != nil {
		return UploadResult{}, err
	}

	var made models.VersionResult
	r.picture.begin(ctx, models.StepVersion)
	err = r.attempt(ctx, models.StepVersion, func(ctx workflow.Context, m activities.Mark) (string, error) {
		// Once asked for, the version may have been written: a cancel must wait for the answer.
		ctx, release := workflow.NewDisconnectedContext(ctx)
		defer release()
		var err error
		made, err = call(withRows(ctx, r.in.RetryFor, "create version"), acts.CreateVersion, activities.VersionInput{Mark: m})
		return "", err
	})
	if err != nil {
		return UploadResult{}, err
	}
	return UploadResult{
		State: models.UploadDone, Outcome: made.Outcome, FileID: made.FileID, VersionNumber: made.VersionNumber,
	}, nil
}

// judge scans and dedups side by side and returns when both have answered, or
// one has ended the upload; the other is stopped then.
func (r *uploadRun) judge(ctx workflow.Context) (claim models.Claim, err error) {
	ctx, stop := workflow.WithCancel(ctx)
	defer stop()
	original := r.in.original()
	r.picture.begin(ctx, models.StepScan, models.StepDedup)

	scan := r.start(ctx, models.StepScan, func(ctx workflow.Context, m activities.Mark) (string, error) {
		v, err := call(withScan(ctx, r.in.RetryFor), acts.Scan, activities.ScanInput{Mark: m, Object: original})
		if err != nil {
			return "", err
		}
		return r.verdict(v)
	})
	dedup := r.start(ctx, models.StepDedup, func(ctx workflow.Context, m activities.Mark) (string, error) {
		in := activities.DedupInput{Mark: m, Object: original, SHA256: r.in.SHA256}
		var err error
		claim, err = call(withHash(ctx, r.in.RetryFor), acts.Dedup, in)
		if err == nil && claim.HeldBy != "" {
			r.picture.say(ctx, models.StepDedup, "Waiting for another upload of the same picture.")
			claim, err = call(withWait(ctx, r.in.RetryFor, r.in.StallFor), acts.AwaitClaim, in)
		}
		if err == nil && claim.BlobID != "" {
			return "You have this picture already.", nil
		}
		return "", err
	})

	// The first that ends the upload stops the other; both are waited for, so
	// that no attempt still works on the object when it is taken away.
	var first error
	wait := workflow.NewSelector(ctx)
	for _, f := range []workflow.Future{scan, dedup} {
		wait.AddFuture(f, func(f workflow.Future) {
			if err := f.Get(ctx, nil); err != nil && (first == nil || temporal.IsCanceledError(first)) {
				first = err
				stop()
			}
		})
	}
	wait.Select(ctx)
	wait.Select(ctx)
	return claim, first
}

// start runs a step in a coroutine of its own.
func (r *uploadRun) start(ctx workflow.Context, name models.StepName, do stepFunc) workflow.Future {
	future, settle := workflow.NewFuture(ctx)
	workflow.Go(ctx, func(ctx workflow.Context) { settle.SetError(r.attempt(ctx, name, do)) })
	return future
}

// verdict turns what the scanner says into the end of the upload, or nil. Of an
// upload that was let out of quarantine the one verdict does not count of which
// a person has cleared it; any other does.
func (r *uploadRun) verdict(v activities.Verdict) (message string, err error) {
	switch {
	case v.Signature != "" && r.in.Released != nil && v.Signature == r.in.Released.Signature:
		return "Released from quarantine by an administrator.", nil
	case v.Signature != "":
		rejection := models.Reject(models.RejectInfected, "The virus scanner found %s in this file.", v.Signature)
		rejection.Signature = v.Signature
		return "", rejection
	case v.Unscannable != "":
		return "", models.Reject(models.RejectUnscannable, "The virus scanner cannot judge this file: %s.", v.Unscannable)
	case v.Clean:
		return "", nil
	}
	return "", errors.New("the scanner gave no verdict") // never passes as clean
}

// store compresses the original and moves what came of it to the final bucket.
func (r *uploadRun) store(ctx workflow.Context) error {
	var made activities.CompressResult
	r.picture.begin(ctx, models.StepCompress)
	err := r.attempt(ctx, models.StepCompress, func(ctx workflow.Context, m activities.Mark) (string, error) {
		var err error
		made, err = call(withCompress(ctx, r.in.RetryFor), acts.Compress, activities.CompressInput{
			Mark: m, Object: r.in.original(), Settings: r.in.Settings,
		})
		return made.Message, err
	})
	if err != nil {
		return err
	}
	r.undo.add("remove the stored picture", acts.DiscardBlob)
	r.picture.begin(ctx, models.StepMove)
	return r.attempt(ctx, models.StepMove, func(ctx workflow.Context, m activities.Mark) (string, error) {
		moved, err := call(withStorage(ctx, r.in.RetryFor, "move to the final bucket"), acts.Move, activities.MoveInput{
			Mark: m, SHA256: r.in.SHA256, OriginalSize: r.in.Size, Settings: r.in.Settings.Fingerprint(),
			Variants: made.Variants, Thumbhash: made.Thumbhash, PHash: made.PHash, Likeness: made.Likeness,
			Message: made.Message,
		})
		r.blobID = moved.BlobID
		return "", err
	})
}

// end takes everything back and records an upload that did not become a version.
func (r *uploadRun) end(ctx workflow.Context, cause error) (UploadResult, error) {
	f := models.Finish{State: models.UploadFailed, Reason: "A step kept failing and nobody took it up again in time."}
	if rejection := rejectionIn(cause); rejection != nil {
		f = models.Finish{State: models.UploadRejected, Rejection: rejection}
		cause = nil // a rejection is a result
		if rejection.Code == models.RejectInfected {
			r.undo.addFirst("lock up the infected original", acts.Quarantine)
		}
	} else if temporal.IsCanceledError(cause) {
		f = models.Finish{State: models.UploadCanceled}
	}
	r.undo.unwind(ctx, r.in.discard())
	r.picture.skipRest(ctx, models.StepNotify)
	if err := r.record(ctx, f); err != nil {
		return UploadResult{}, err
	}
	return UploadResult{State: f.State, Rejection: f.Rejection}, cause
}

// record writes the end into the rows, which tells everybody.
func (r *uploadRun) record(ctx workflow.Context, f models.Finish) error {
	p := &r.picture
	p.begin(ctx, models.StepNotify)
	last := p.ended(ctx, f.State)
	f.UploadID, f.Percent, f.Seq, f.Steps = r.in.UploadID, last.Percent, last.Seq, last.Steps
	err := workflow.ExecuteActivity(withRecord(ctx, "record "+string(f.State)+" and notify"), acts.Notify, f).Get(ctx, nil)
	if err != nil {
		return fmt.Errorf("record the end: %w", err)
	}
	p.Progress = last
	p.describe(ctx)
	return setState(ctx, f.State)
}

func setState(ctx workflow.Context, state models.UploadState) error {
	if err := workflow.UpsertTypedSearchAttributes(ctx, attrState.ValueSet(string(state))); err != nil {
		return fmt.Errorf("set the state attribute: %w", err)
	}
	return nil
}

// call gives an activity call the types that ExecuteActivity erases.
func call[In, Out any](ctx workflow.Context, do func(context.Context, In) (Out, error), in In) (out Out, err error) {
	err = workflow.ExecuteActivity(ctx, do, in).Get(ctx, &out)
	return out, err
}

// rejectionIn finds the rejection that a step or the verdict ended with.
func rejectionIn(err error) *models.Rejection {
	var rejection *models.Rejection
	if errors.As(err, &rejection) {
		return rejection
	}
	var app *temporal.ApplicationError
	if errors.As(err, &app) && app.Type() == activities.ErrTypeRejected {
		rejection = &models.Rejection{}
		if app.HasDetails() && app.Details(rejection) == nil {
			return rejection
		}
	}
	return nil
}
