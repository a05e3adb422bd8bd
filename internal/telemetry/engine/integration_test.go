//go:build integration

package engine_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/interceptor"
	sdklog "go.temporal.io/sdk/log"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"safelight/internal/telemetry/engine"
	"safelight/internal/testkit"
)

func (s *sight) dial(t *testing.T) client.Client {
	t.Helper()
	c, err := client.Dial(client.Options{
		HostPort: testkit.TemporalAddress(t), Logger: sdklog.NewStructuredLogger(slog.New(slog.DiscardHandler)),
		MetricsHandler: engine.Metrics(s.set.Registry()), Interceptors: []interceptor.ClientInterceptor{s.inter},
	})
	require.NoError(t, err)
	t.Cleanup(c.Close)
	return c
}

// relay is a workflow of two steps, which another worker may take over between.
func relay(ctx workflow.Context) error {
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: time.Minute})
	if err := workflow.ExecuteActivity(ctx, "First").Get(ctx, nil); err != nil {
		return err
	}
	workflow.GetSignalChannel(ctx, "go on").Receive(ctx, nil)
	return workflow.ExecuteActivity(ctx, "Second").Get(ctx, nil)
}

func (s *sight) worker(t *testing.T, c client.Client, queue string, first chan<- struct{}) worker.Worker {
	t.Helper()
	w := worker.New(c, queue, worker.Options{})
	w.RegisterWorkflowWithOptions(relay, workflow.RegisterOptions{Name: "Relay"})
	w.RegisterActivityWithOptions(func(context.Context) error { close(first); return nil }, activity.RegisterOptions{Name: "First"})
	w.RegisterActivityWithOptions(func(context.Context) error { return nil }, activity.RegisterOptions{Name: "Second"})
	w.RegisterActivityWithOptions(func(ctx context.Context) error {
		_, err := c.ExecuteWorkflow(ctx, client.StartWorkflowOptions{TaskQueue: queue, ID: "upload-" + uuid.NewString()}, "Relay")
		return err
	}, activity.RegisterOptions{Name: "Restart"})
	w.RegisterWorkflowWithOptions(func(ctx workflow.Context) error {
		ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: time.Minute})
		return workflow.ExecuteActivity(ctx, "Restart").Get(ctx, nil)
	}, workflow.RegisterOptions{Name: "Reconcile"})
	require.NoError(t, w.Start())
	return w
}

func one(t *testing.T, s *sight, name string) sdktrace.ReadOnlySpan {
	t.Helper()
	spans := s.byName(t, name)
	require.Len(t, spans, 1, name)
	return spans[0]
}

// The trace of a workflow stays one when its worker is gone in the middle: what
// the first one has sent hangs below the span that the second one makes.
func TestATraceOutlivesItsWorker(t *testing.T) {
	t.Parallel()
	caller, before, after := newSight(), newSight(), newSight()
	queue, first := "relay-"+uuid.NewString(), make(chan struct{})
	ctx, request := caller.tracer.Start(t.Context(), "request")
	w := before.worker(t, before.dial(t), queue, first)
	run, err := caller.dial(t).ExecuteWorkflow(ctx, client.StartWorkflowOptions{TaskQueue: queue, ID: "upload-" + uuid.NewString()}, "Relay")
	require.NoError(t, err)
	<-first
	w.Stop()

	second := after.dial(t)
	w = after.worker(t, second, queue, make(chan struct{}))
	t.Cleanup(w.Stop)
	require.NoError(t, second.SignalWorkflow(ctx, run.GetID(), run.GetRunID(), "go on", nil))
	require.NoError(t, run.Get(t.Context(), nil))

	start, whole := one(t, caller, "start Relay"), one(t, after, "Relay")
	require.Equal(t, request.SpanContext().SpanID(), start.Parent().SpanID())
	require.Equal(t, start.SpanContext().SpanID(), whole.Parent().SpanID())
	require.Empty(t, before.byName(t, "Relay"), "it did not see the end")
	for _, step := range []sdktrace.ReadOnlySpan{one(t, before, "First"), one(t, after, "Second")} {
		require.Equal(t, whole.SpanContext().SpanID(), step.Parent().SpanID(), step.Name())
		require.Equal(t, request.SpanContext().TraceID(), step.SpanContext().TraceID())
	}
}

// What a step starts is a trace of its own, with a link to the step.
func TestWhatAStepStartsIsLinked(t *testing.T) {
	t.Parallel()
	s := newSight()
	c, queue := s.dial(t), "restart-"+uuid.NewString()
	w := s.worker(t, c, queue, make(chan struct{}))
	t.Cleanup(w.Stop)
	ctx, request := s.tracer.Start(t.Context(), "request")
	run, err := c.ExecuteWorkflow(ctx, client.StartWorkflowOptions{TaskQueue: queue}, "Reconcile")
	require.NoError(t, err)
	require.NoError(t, run.Get(t.Context(), nil))
	step, start := one(t, s, "Restart"), one(t, s, "start Relay")
	require.Equal(t, request.SpanContext().TraceID(), step.SpanContext().TraceID())
	require.NotEqual(t, step.SpanContext().TraceID(), start.SpanContext().TraceID())
	require.False(t, start.Parent().IsValid())
	require.Len(t, start.Links(), 1)
	require.Equal(t, step.SpanContext().SpanID(), start.Links()[0].SpanContext.SpanID())
	require.Contains(t, s.metrics(t), "temporal_request_latency_seconds_bucket{")
}
