package activities

import (
	"context"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"

	"safelight/models"
)

// beatEvery is how often a running step tells the server that its worker
// lives, and so how soon at the latest it hears of a cancel.
const beatEvery = time.Second

// heartbeat beats until the returned function is called. details, if not nil,
// is asked at every beat and is what the next attempt finds.
func heartbeat(ctx context.Context, details func() any) (stop func()) {
	done, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		tick := time.NewTicker(beatEvery)
		defer tick.Stop()
		for {
			select {
			case <-done:
				return
			case <-ctx.Done():
				return
			case <-tick.C:
				beat(ctx, details)
			}
		}
	}()
	return func() {
		close(done)
		<-stopped
	}
}

func beat(ctx context.Context, details func() any) {
	if details == nil {
		activity.RecordHeartbeat(ctx)
		return
	}
	activity.RecordHeartbeat(ctx, details())
}

// Actions of a progress signal, read by internal/progress.
const (
	actionBegin  = "begin"
	actionEnd    = "end"
	actionFailed = "failed"
)

// during runs a step: it leaves the step's beginning in the row, keeps a
// heartbeat going while work runs, wakes the watchers when an attempt failed,
// and types the error for the workflow.
func during[T any](ctx context.Context, a *Activities, m Mark, work func(context.Context) (T, error)) (T, error) {
	defer heartbeat(ctx, nil)()
	if err := a.Rows.Announce(ctx, m, actionBegin); err != nil {
		var none T
		return none, classify(rowsFailed("announce %s: %w", m.Step, err))
	}
	out, err := work(ctx)
	if err != nil {
		a.wake(ctx, m, actionFailed)
	}
	return out, classify(err)
}

// wake tells the watchers to look. That it failed is no reason to fail the
// step: they also look by themselves, only later.
func (a *Activities) wake(ctx context.Context, m Mark, action string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	if err := a.Rows.Announce(ctx, m, action); err != nil {
		activity.GetLogger(ctx).Debug("watchers were not woken", "upload_id", m.UploadID, "error", err)
	}
}

// claimed is the retryable answer that another upload of the owner has the content.
func claimed(c models.Claim) error {
	return temporal.NewApplicationErrorWithOptions(
		"waiting for another upload of the same picture (upload "+c.HeldBy+")", ErrTypeContentClaimed,
		temporal.ApplicationErrorOptions{Category: temporal.ApplicationErrorCategoryBenign})
}
