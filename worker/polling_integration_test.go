//go:build integration

package worker_test

import (
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	sdk "go.temporal.io/sdk/worker"

	"safelight/internal/testkit"
	"safelight/worker"
	"safelight/workflows"
)

// TestCheckPolling: a worker is well when Temporal has heard of it lately.
func TestCheckPolling(t *testing.T) {
	t.Parallel()
	c, err := worker.Dial(worker.Frontend{Address: testkit.TemporalAddress(t), Namespace: "default"}, t.Name(), slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	defer c.Close()
	before := time.Now().Add(-time.Minute)
	w := sdk.New(c, workflows.QueueIO, sdk.Options{Identity: t.Name()})
	worker.RegisterWorkflows(w)
	require.ErrorContains(t, worker.CheckPolling(t.Context(), c, "default", t.Name(), before), "does not ask for work")
	require.NoError(t, w.Start())
	defer w.Stop()
	require.Eventually(t, func() bool {
		return worker.CheckPolling(t.Context(), c, "default", t.Name(), before) == nil
	}, time.Minute, 50*time.Millisecond)
	require.Error(t, worker.CheckPolling(t.Context(), c, "default", "somebody else", before))
	require.Error(t, worker.CheckPolling(t.Context(), c, "default", t.Name(), time.Now().Add(time.Hour)), "that was too long ago")
}
