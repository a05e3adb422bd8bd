//go:build integration

package activities_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	sdklog "go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"safelight/activities"
	"safelight/internal/imaging"
	"safelight/internal/imaging/imagingtest"
	"safelight/internal/testkit"
	"safelight/models"
)

// pooled is the step's codec on a real pool, as cmd/worker has it.
type pooled struct{ pool *imaging.Pool }

func (p pooled) Compress(ctx context.Context, source, outDir string, s activities.CodecSettings) (activities.CodecResult, error) {
	_, err := p.pool.Compress(ctx, imaging.Request{
		Source: source, OutDir: outDir, MaxSide: s.MaxSide, PreviewSide: s.PreviewSide, ThumbSide: s.ThumbSide,
		Quality: s.Quality, MaxPixels: s.MaxPixels, MaxFrames: s.MaxFrames,
	})
	if errors.Is(err, imaging.ErrChildEnded) {
		err = fmt.Errorf("%w: %w", activities.ErrCodecCrashed, err)
	}
	return activities.CodecResult{}, err
}

// compressOnly is a workflow of the one step.
func compressOnly(ctx workflow.Context, in activities.CompressInput) error {
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		StartToCloseTimeout: time.Minute, HeartbeatTimeout: 10 * time.Second, WaitForCancellation: true,
		RetryPolicy: &temporal.RetryPolicy{
			InitialInterval: time.Second, BackoffCoefficient: 1, MaximumAttempts: 6,
			NonRetryableErrorTypes: []string{activities.ErrTypeRejected},
		},
	})
	return workflow.ExecuteActivity(ctx, "Compress", in).Get(ctx, nil)
}

// engine runs the step on the real engine, with workers that come and go.
type engine struct {
	client.Client
	kit   *kit
	queue string
}

func newEngine(t *testing.T, source string) *engine {
	t.Helper()
	c, err := client.Dial(client.Options{
		HostPort: testkit.TemporalAddress(t), Logger: sdklog.NewStructuredLogger(slog.New(slog.DiscardHandler)),
	})
	require.NoError(t, err)
	t.Cleanup(c.Close)
	k := newKit(t)
	k.put(t, original, source)
	k.acts.Codec = pooled{imagingtest.NewPool(t, imaging.Config{Children: 1, Log: slog.New(slog.DiscardHandler)})}
	return &engine{Client: c, kit: k, queue: "faults-" + uuid.NewString()}
}

func (e *engine) worker(t *testing.T) worker.Worker {
	t.Helper()
	w := worker.New(e.Client, e.queue, worker.Options{})
	w.RegisterWorkflow(compressOnly)
	w.RegisterActivity(e.kit.acts)
	require.NoError(t, w.Start())
	return w
}

func (e *engine) start(t *testing.T) client.WorkflowRun {
	t.Helper()
	run, err := e.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{TaskQueue: e.queue}, compressOnly, activities.CompressInput{
		Mark: mark(models.StepCompress), Object: original,
		Settings: activities.CodecSettings{MaxSide: 9, PreviewSide: 9, ThumbSide: 9, Quality: 9, MaxPixels: 9, MaxFrames: 9},
	})
	require.NoError(t, err)
	return run
}

// announced counts what the step said of itself.
func (e *engine) announced(what string) int {
	e.kit.rows.mu.Lock()
	defer e.kit.rows.mu.Unlock()
	n := 0
	for _, a := range e.kit.rows.announce {
		if a == what {
			n++
		}
	}
	return n
}

// The third child that ends on the same bytes ends the upload, whichever
// worker sees it: the count is with the engine.
func TestThreeCrashesOnTheEngine(t *testing.T) {
	t.Parallel()
	e := newEngine(t, "crash")
	w := e.worker(t)
	run := e.start(t)
	for failed := 1; failed <= 2; failed++ {
		require.Eventually(t, func() bool { return e.announced("compress failed") >= failed }, time.Minute, 10*time.Millisecond)
		w.Stop()
		w = e.worker(t)
	}
	err := run.Get(t.Context(), nil)
	w.Stop()
	var app *temporal.ApplicationError
	require.ErrorAs(t, err, &app)
	require.Equal(t, activities.ErrTypeRejected, app.Type())
	var r models.Rejection
	require.NoError(t, app.Details(&r))
	require.Equal(t, models.RejectCorrupt, r.Code)
	require.Equal(t, 3, e.announced("compress begin"))
}

// A cancel comes with the answer to a heartbeat, and takes the child with it.
func TestCancelOnTheEngineKillsTheChild(t *testing.T) {
	t.Parallel()
	e := newEngine(t, "hang")
	w := e.worker(t)
	run := e.start(t)
	pid := 0
	require.Eventually(t, func() bool {
		found, err := filepath.Glob(filepath.Join(e.kit.acts.WorkDir, "compress-*", "pid"))
		if err != nil || len(found) == 0 {
			return false
		}
		b, err := os.ReadFile(found[0])
		if err != nil {
			return false
		}
		pid, err = strconv.Atoi(string(b))
		return err == nil
	}, time.Minute, 10*time.Millisecond)
	require.NoError(t, syscall.Kill(pid, 0), "it lives")
	require.NoError(t, e.CancelWorkflow(t.Context(), run.GetID(), run.GetRunID()))
	err := run.Get(t.Context(), nil)
	require.True(t, temporal.IsCanceledError(err), "%v", err)
	require.ErrorIs(t, syscall.Kill(pid, 0), syscall.ESRCH, "the step ends after its child")
	w.Stop()
	left, err := os.ReadDir(e.kit.acts.WorkDir)
	require.NoError(t, err)
	require.False(t, slices.ContainsFunc(left, func(d os.DirEntry) bool { return d.IsDir() }), "nothing is left behind")
}
