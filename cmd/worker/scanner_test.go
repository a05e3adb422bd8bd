package main

import (
	"log/slog"
	"net"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"safelight/activities"
	"safelight/internal/clamd"
	"safelight/internal/metrics"
	"safelight/internal/telemetry"
)

var _ activities.Scanner = scans{}

// unseen is how a process is seen that nobody looks at.
func unseen() *seen {
	set := metrics.New("worker", "test")
	return &seen{metrics: set, worker: metrics.NewWorker(set), tracing: &telemetry.Tracing{}, log: slog.New(slog.DiscardHandler)}
}

// TestScansNeedAScanner: without a scanner that is known to judge rightly
// there is no verdict, and never a clean one.
func TestScansNeedAScanner(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	nobody := l.Addr().String()
	require.NoError(t, l.Close())
	s := watchScanner(t.Context(), clamd.New(nobody, clamd.Options{}), 1000, unseen(), slog.New(slog.DiscardHandler))
	v, err := s.Scan(t.Context(), strings.NewReader("abc"), 3)
	require.ErrorIs(t, err, clamd.ErrNotReady)
	require.ErrorContains(t, err, "connect to clamd")
	require.Equal(t, activities.Verdict{}, v)
}
