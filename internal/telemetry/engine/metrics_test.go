package engine_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	"github.com/prometheus/common/expfmt"
	"github.com/stretchr/testify/require"

	"safelight/internal/telemetry/engine"
)

func TestMetricsOfTheSDK(t *testing.T) {
	t.Parallel()
	registry := prometheus.NewRegistry()
	root := engine.Metrics(registry).WithTags(map[string]string{"namespace": "default", "client_name": "temporal_go", "task_queue": "none"})
	root.WithTags(map[string]string{"operation": "Poll"}).Counter("temporal_request").Inc(2)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			more := root.WithTags(map[string]string{"operation": "Poll", "unheard_of": "x", "task_queue": "/temporal-sys/worker-commands/0a1b"})
			more.Counter("temporal_request").Inc(1)
			more.Timer("temporal_request_latency").Record(30 * time.Millisecond)
		})
	}
	all.Wait()
	root.Gauge("temporal_num_pollers").Update(3)
	root.Gauge("temporal_num_pollers").Update(2)
	families, err := registry.Gather()
	require.NoError(t, err)
	require.Len(t, families, 3)
	problems, err := promlint.NewWithMetricFamilies(families).Lint()
	require.NoError(t, err)
	require.Empty(t, problems)
	var text strings.Builder
	for _, f := range families {
		_, err := expfmt.MetricFamilyToText(&text, f)
		require.NoError(t, err)
	}
	for _, want := range []string{
		`temporal_num_pollers{namespace="default",task_queue="none"} 2`,
		`temporal_request_total{namespace="default",operation="Poll",task_queue="none"} 2`,
		`temporal_request_total{namespace="default",operation="Poll",task_queue="temporal-sys"} 8`,
		`temporal_request_latency_seconds_count{namespace="default",operation="Poll",task_queue="temporal-sys",unheard_of="x"} 8`,
	} {
		require.Contains(t, text.String(), want+"\n")
	}
}
