package engine

import (
	"context"
	"crypto/sha256"
	"errors"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/workflow"

	"safelight/internal/tracing"
)

// Names of attributes of spans in the engine.
const (
	runID   = attribute.Key("safelight.run_id")
	attempt = attribute.Key("safelight.attempt")
	queue   = attribute.Key("safelight.queue")
	came    = attribute.Key("safelight.outcome")
	asked   = attribute.Key("safelight.query")
)

// clientCalls sees what is asked of the engine.
type clientCalls struct {
	interceptor.ClientOutboundInterceptorBase
	tracer trace.Tracer
}

// ExecuteWorkflow implements interceptor.ClientOutboundInterceptor. What a step
// starts (the reconciler, on behalf of uploads that have lost their workflow) is
// a trace of its own with a link to that step, which may start hundreds.
func (c *clientCalls) ExecuteWorkflow(ctx context.Context, in *interceptor.ClientExecuteWorkflowInput) (client.WorkflowRun, error) {
	options := []trace.SpanStartOption{
		trace.WithSpanKind(trace.SpanKindProducer), trace.WithAttributes(workflowAttributes(in.Options.ID)...),
	}
	if activity.IsActivity(ctx) {
		options = append(options, trace.WithNewRoot(), trace.WithLinks(trace.LinkFromContext(ctx)))
	}
	ctx, span := c.tracer.Start(ctx, "start "+in.WorkflowType, options...)
	write(interceptor.Header(ctx), span.SpanContext()) //nolint:contextcheck // the header is that of ctx
	run, err := c.Next.ExecuteWorkflow(ctx, in)
	var running *serviceerror.WorkflowExecutionAlreadyStarted
	if errors.As(err, &running) {
		span.SetAttributes(came.String("runs already"))
		span.End()
		return run, err //nolint:wrapcheck // the SDK's own error, which callers know
	}
	tracing.End(span, err)
	return run, err //nolint:wrapcheck // as above
}

// SignalWorkflow implements interceptor.ClientOutboundInterceptor.
func (c *clientCalls) SignalWorkflow(ctx context.Context, in *interceptor.ClientSignalWorkflowInput) error {
	ctx, span := tracing.Start(ctx, "signal "+in.SignalName, workflowAttributes(in.WorkflowID)...)
	err := c.Next.SignalWorkflow(ctx, in)
	tracing.End(span, err)
	return err //nolint:wrapcheck // the SDK's own error, which callers know
}

// QueryWorkflow implements interceptor.ClientOutboundInterceptor.
func (c *clientCalls) QueryWorkflow(ctx context.Context, in *interceptor.ClientQueryWorkflowInput) (converter.EncodedValue, error) {
	ctx, span := tracing.Start(ctx, "query workflow", append(workflowAttributes(in.WorkflowID), asked.String(in.QueryType))...)
	value, err := c.Next.QueryWorkflow(ctx, in)
	tracing.End(span, err)
	return value, err //nolint:wrapcheck // the SDK's own error, which callers know
}

func workflowAttributes(id string) []attribute.KeyValue {
	attrs := []attribute.KeyValue{tracing.WorkflowID.String(id)}
	if upload := uploadOf(id); upload != "" {
		attrs = append(attrs, tracing.UploadID.String(upload))
	}
	return attrs
}

type spanKey struct{}

// spanOf is the span of the workflow that ctx belongs to; not valid without a trace.
func spanOf(ctx workflow.Context) trace.SpanContext {
	span, _ := ctx.Value(spanKey{}).(trace.SpanContext)
	return span
}

// workflowRuns sees the runs of workflows.
type workflowRuns struct {
	interceptor.WorkflowInboundInterceptorBase
	tracer trace.Tracer
}

// Init implements interceptor.WorkflowInboundInterceptor.
func (w *workflowRuns) Init(out interceptor.WorkflowOutboundInterceptor) error {
	o := &workflowCalls{}
	o.Next = out
	return w.Next.Init(o) //nolint:wrapcheck // passed on
}

// ExecuteWorkflow implements interceptor.WorkflowInboundInterceptor. A workflow
// that nobody's trace has started (schedules do) has none itself.
func (w *workflowRuns) ExecuteWorkflow(ctx workflow.Context, in *interceptor.ExecuteWorkflowInput) (any, error) {
	parent := read(interceptor.WorkflowHeader(ctx))
	if w.tracer == nil || !parent.IsValid() {
		return w.Next.ExecuteWorkflow(ctx, in) //nolint:wrapcheck // passed on
	}
	info := workflow.GetInfo(ctx)
	own := parent.WithSpanID(spanIDOf(info.WorkflowExecution.RunID))
	result, err := w.Next.ExecuteWorkflow(workflow.WithValue(ctx, spanKey{}, own), in)
	if !workflow.IsReplaying(ctx) {
		w.report(ctx, info, parent, own, err)
	}
	return result, err //nolint:wrapcheck // passed on
}

// report makes the span of a run that has ended.
func (w *workflowRuns) report(ctx workflow.Context, info *workflow.Info, parent, own trace.SpanContext, err error) {
	below := tracing.WithID(trace.ContextWithRemoteSpanContext(context.Background(), parent), own.SpanID())
	_, span := w.tracer.Start(below, info.WorkflowType.Name, trace.WithSpanKind(trace.SpanKindConsumer),
		trace.WithTimestamp(info.WorkflowStartTime), trace.WithAttributes(workflowAttributes(info.WorkflowExecution.ID)...),
		trace.WithAttributes(runID.String(info.WorkflowExecution.RunID)))
	var goesOn *workflow.ContinueAsNewError
	if errors.As(err, &goesOn) {
		span.SetAttributes(came.String("goes on in another run"))
	} else {
		tracing.Fail(span, err)
	}
	span.End(trace.WithTimestamp(workflow.Now(ctx)))
}

// spanIDOf is the id of the span of a run.
func spanIDOf(run string) (id trace.SpanID) {
	sum := sha256.Sum256([]byte("workflow run " + run))
	copy(id[:], sum[:])
	return id
}

// workflowCalls sees what a workflow asks for.
type workflowCalls struct {
	interceptor.WorkflowOutboundInterceptorBase
}

// ExecuteActivity implements interceptor.WorkflowOutboundInterceptor.
func (w *workflowCalls) ExecuteActivity(ctx workflow.Context, name string, args ...any) workflow.Future {
	write(interceptor.WorkflowHeader(ctx), spanOf(ctx))
	return w.Next.ExecuteActivity(ctx, name, args...)
}

// NewContinueAsNewError implements interceptor.WorkflowOutboundInterceptor: the
// next run is below the same span as this one.
func (w *workflowCalls) NewContinueAsNewError(ctx workflow.Context, name any, args ...any) error {
	err := w.Next.NewContinueAsNewError(ctx, name, args...)
	write(interceptor.WorkflowHeader(ctx), spanOf(ctx))
	return err //nolint:wrapcheck // the SDK's own error, which it wants as it is
}

// GetLogger implements interceptor.WorkflowOutboundInterceptor.
func (w *workflowCalls) GetLogger(ctx workflow.Context) log.Logger {
	return about(w.Next.GetLogger(ctx), workflow.GetInfo(ctx).WorkflowExecution.ID, spanOf(ctx))
}
