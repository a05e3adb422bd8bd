package workflows_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"

	"safelight/activities"
	"safelight/models"
	"safelight/workflows"
)

type encodedArgs = converter.EncodedValues

// untilCanceled beats like a real step does, since that is how a cancel
// arrives, and ends when it has.
func untilCanceled(ctx context.Context, entered func()) error {
	entered()
	for range 2000 {
		activity.RecordHeartbeat(ctx)
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(5 * time.Millisecond):
		}
	}
	return temporal.NewNonRetryableApplicationError("no cancel came", "test", nil)
}

func (p *pipeline) blocks(name string, entered func()) {
	call := p.OnActivity(name, mock.Anything, mock.Anything)
	switch name {
	case "Scan":
		call.Return(func(ctx context.Context, _ activities.ScanInput) (activities.Verdict, error) {
			return activities.Verdict{}, untilCanceled(ctx, entered)
		})
	case "Dedup", "AwaitClaim":
		call.Return(func(ctx context.Context, _ activities.DedupInput) (models.Claim, error) {
			return models.Claim{}, untilCanceled(ctx, entered)
		})
	case "Compress":
		call.Return(func(ctx context.Context, _ activities.CompressInput) (activities.CompressResult, error) {
			return activities.CompressResult{}, untilCanceled(ctx, entered)
		})
	case "Move":
		call.Return(func(ctx context.Context, _ activities.MoveInput) (activities.MoveResult, error) {
			return activities.MoveResult{}, untilCanceled(ctx, entered)
		})
	}
}

func TestCancelAtEveryStep(t *testing.T) {
	t.Parallel()
	ways := map[string]func(*pipeline){
		"signal":  func(p *pipeline) { p.SignalWorkflow(workflows.SignalCancel, nil) },
		"request": func(p *pipeline) { p.CancelWorkflow() },
	}
	for way, cancel := range ways {
		for _, name := range []string{"Scan", "Dedup", "Compress", "Move"} {
			t.Run(way+" in "+name, func(t *testing.T) {
				t.Parallel()
				p := newPipeline(t)
				p.blocks(name, func() { cancel(p) })
				p.othersWork(name)
				_, err := p.run(t)
				var canceled *temporal.CanceledError
				require.ErrorAs(t, err, &canceled)
				f := p.finish(t)
				require.Equal(t, models.UploadCanceled, f.State)
				require.Nil(t, f.Rejection)
				require.Equal(t, 1, p.count("DiscardStaged"))
				wantBlob := 0
				if name == "Move" {
					wantBlob = 1
				}
				require.Equal(t, wantBlob, p.count("DiscardBlob"))
				require.Zero(t, p.count("CreateVersion"))
				require.Equal(t, models.StepSkipped, steps(f)[models.StepVersion])
			})
		}
	}
}

func TestCancelWhileStalled(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"Scan", "Dedup", "Compress", "Move", "CreateVersion"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPipeline(t)
			p.fails(name, func() bool { return true })
			p.othersWork(name)
			p.RegisterDelayedCallback(func() { p.SignalWorkflow(workflows.SignalCancel, nil) }, time.Hour)
			_, err := p.run(t)
			var canceled *temporal.CanceledError
			require.ErrorAs(t, err, &canceled)
			require.Equal(t, models.UploadCanceled, p.finish(t).State)
			require.Equal(t, 1, p.count("DiscardStaged"))
		})
	}
}

func TestCancelWhileWaitingForTheClaim(t *testing.T) {
	t.Parallel()
	p := newPipeline(t)
	p.OnActivity("Dedup", mock.Anything, mock.Anything).Return(models.Claim{HeldBy: blobID}, nil).Once()
	p.OnActivity("AwaitClaim", mock.Anything, mock.Anything).
		Return(models.Claim{}, temporal.NewApplicationError("waiting", activities.ErrTypeContentClaimed))
	p.othersWork("Dedup", "AwaitClaim")
	p.RegisterDelayedCallback(func() { p.SignalWorkflow(workflows.SignalCancel, nil) }, time.Hour)
	_, err := p.run(t)
	var canceled *temporal.CanceledError
	require.ErrorAs(t, err, &canceled)
	require.Equal(t, models.UploadCanceled, p.finish(t).State)
}

// After the version row there is no way back: a cancel that comes while it is
// being written, or later, changes nothing.
func TestCancelFromTheVersionOnIsTooLate(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"CreateVersion", "Notify", "DiscardStaged"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPipeline(t)
			entered := func() { p.SignalWorkflow(workflows.SignalCancel, nil); time.Sleep(50 * time.Millisecond) }
			switch name {
			case "CreateVersion":
				p.OnActivity(name, mock.Anything, mock.Anything).Return(
					func(context.Context, activities.VersionInput) (models.VersionResult, error) {
						entered()
						return models.VersionResult{Outcome: models.OutcomeVersioned, FileID: fileID, VersionNumber: 2}, nil
					}).Once()
			case "Notify":
				p.OnActivity(name, mock.Anything, mock.Anything).Return(
					func(context.Context, models.Finish) error { entered(); return nil }).Once()
			default:
				p.OnActivity(name, mock.Anything, mock.Anything).Return(
					func(context.Context, activities.DiscardInput) error { entered(); return nil }).Once()
			}
			p.othersWork(name)
			res, err := p.run(t)
			require.NoError(t, err)
			require.Equal(t, models.UploadDone, res.State)
			require.Equal(t, models.UploadDone, p.finish(t).State)
			require.Zero(t, p.count("DiscardBlob"))
		})
	}
}
