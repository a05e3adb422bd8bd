package intake

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"safelight/models"
)

// Body is the body of one request, which another goroutine may end.
type Body interface {
	// Read implements io.Reader. A body that was cut is not io.EOF, and what it
	// failed with once it fails with again.
	Read(p []byte) (int, error)
	// Idle is how long no byte has come.
	Idle() time.Duration
	// Stop has Read fail with this error from now on, also one that waits.
	Stop(err error)
}

// claim makes a request the writer of its upload, and waits up to patience for
// the one before it.
func (r *Resumable) claim(ctx context.Context, c models.TusClaim, patience time.Duration) (models.TusUpload, error) {
	until := time.Now().Add(patience)
	for {
		up, err := r.Rows.ClaimTus(ctx, c)
		if err == nil || !errors.Is(err, models.ErrLocked) || !time.Now().Before(until) {
			if err != nil {
				err = fmt.Errorf("claim upload: %w", err)
			}
			return up, err
		}
		if err := pause(ctx, r.pace().Poll); err != nil {
			return models.TusUpload{}, err
		}
	}
}

func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// release lets the next writer in at once. Where that fails the lease ends by itself.
func (r *Resumable) release(ctx context.Context, id, writer string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), touchWithin)
	defer cancel()
	if err := r.Rows.ReleaseTus(ctx, id, writer); err != nil {
		r.Intake.Log.WarnContext(ctx, "lease of an upload is left to end by itself", "upload_id", id, "error", err)
	}
}

// hold keeps the writer's lease and the upload alive until stop is called,
// which waits for the end of it. Meanwhile it stops the body, if there is one,
// when the upload is another's or gone, and when somebody wants the place of a
// client from which nothing comes: a connection that broke unnoticed must not
// keep its own client out. One from which bytes come is not disturbed.
func (r *Resumable) hold(ctx context.Context, id, writer string, body Body) (stop func()) {
	alive := r.Intake.keepAlive(ctx, id)
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	var holding sync.WaitGroup
	holding.Go(func() {
		tick := time.NewTicker(r.pace().Hold)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				r.holdOnce(ctx, id, writer, body)
			}
		}
	})
	return func() {
		cancel()
		holding.Wait()
		alive()
	}
}

func (r *Resumable) holdOnce(ctx context.Context, id, writer string, body Body) {
	ctx, cancel := context.WithTimeout(ctx, touchWithin)
	defer cancel()
	wanted, err := r.Rows.HoldTus(ctx, id, writer)
	switch {
	case err != nil && !errors.Is(err, models.ErrConflict):
		r.Intake.Log.DebugContext(ctx, "lease of an upload cannot be renewed", "upload_id", id, "error", err)
	case body == nil:
	case err != nil: // whether it was replaced or ended, it learns when it commits
		body.Stop(models.ErrLocked)
	case wanted && body.Idle() >= r.pace().Idle:
		body.Stop(models.ErrLocked)
	}
}
