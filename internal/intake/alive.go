package intake

import (
	"context"
	"sync"
	"time"

	"safelight/models"
)

// touchWithin is how long one touch may take: less than lies between two.
const touchWithin = 5 * time.Second

// keepAlive says every models.ReceivingTouch that the upload is still being
// received, until stop is called, which waits for the end of it. It does so
// while the store is busy with what has come, too: how long a client may stand
// still is for the body's reader to decide. That a touch fails is no reason to
// give up: whether the upload still has its place shows when it is accepted.
func (in *Intake) keepAlive(ctx context.Context, id string) (stop func()) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	var touching sync.WaitGroup
	touching.Go(func() {
		tick := time.NewTicker(models.ReceivingTouch)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				in.touch(ctx, id)
			}
		}
	})
	return func() {
		cancel()
		touching.Wait()
	}
}

func (in *Intake) touch(ctx context.Context, id string) {
	ctx, cancel := context.WithTimeout(ctx, touchWithin)
	defer cancel()
	if err := in.Rows.TouchUpload(ctx, id); err != nil {
		in.Log.DebugContext(ctx, "upload cannot be touched", "upload_id", id, "error", err)
	}
}
