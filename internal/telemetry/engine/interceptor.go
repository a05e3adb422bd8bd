package engine

import (
	"context"
	"log/slog"
	"strings"

	"go.opentelemetry.io/otel/trace"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/workflow"

	"safelight/internal/metrics"
)

// Options say what is seen.
type Options struct {
	Tracer trace.Tracer    // nil: there are no traces
	Steps  *metrics.Worker // nil: steps are not counted, as where none run
	Log    *slog.Logger    // gets a line where steps fail
}

// Interceptor sees what a client starts and asks for and, of workers made from
// that client, workflows and their steps.
//
// A trace goes along in the header that Temporal's own tools use. A workflow has
// one span, made when it ends, by the worker that sees it end; its id comes of
// the run's, so that steps on any worker, before and after another one was
// killed, name it as their parent. Nothing here decides anything in a workflow,
// and nothing fails because of a trace.
func Interceptor(o Options) interceptor.Interceptor { return &seeing{Options: o} }

type seeing struct {
	interceptor.InterceptorBase
	Options
}

// InterceptClient implements interceptor.ClientInterceptor.
func (s *seeing) InterceptClient(next interceptor.ClientOutboundInterceptor) interceptor.ClientOutboundInterceptor {
	if s.Tracer == nil {
		return next
	}
	c := &clientCalls{tracer: s.Tracer}
	c.Next = next
	return c
}

// InterceptWorkflow implements interceptor.WorkerInterceptor.
func (s *seeing) InterceptWorkflow(_ workflow.Context, next interceptor.WorkflowInboundInterceptor) interceptor.WorkflowInboundInterceptor {
	w := &workflowRuns{tracer: s.Tracer}
	w.Next = next
	return w
}

// InterceptActivity implements interceptor.WorkerInterceptor.
func (s *seeing) InterceptActivity(_ context.Context, next interceptor.ActivityInboundInterceptor) interceptor.ActivityInboundInterceptor {
	a := &stepRuns{Options: s.Options}
	a.Next = next
	return a
}

// uploadOf is the upload that a workflow carries, or empty.
func uploadOf(workflowID string) string {
	if id, ok := strings.CutPrefix(workflowID, "upload-"); ok {
		return id
	}
	return ""
}

// about has a logger of the SDK say which upload its lines are about, and in
// which trace they are.
func about(logger log.Logger, workflowID string, span trace.SpanContext) log.Logger {
	if id := uploadOf(workflowID); id != "" {
		logger = log.With(logger, "upload_id", id)
	}
	if span.IsValid() {
		logger = log.With(logger, "trace_id", span.TraceID().String(), "span_id", span.SpanID().String())
	}
	return logger
}
