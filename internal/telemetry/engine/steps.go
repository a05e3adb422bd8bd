package engine

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"unicode"

	"go.opentelemetry.io/otel/trace"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"

	"safelight/internal/metrics"
	"safelight/internal/tracing"
	"safelight/models"
)

// stepRuns sees each attempt at a step: it is counted, is a span below its
// workflow's, and has every line that is logged on its way say which it is.
type stepRuns struct {
	interceptor.ActivityInboundInterceptorBase
	Options
}

// Init implements interceptor.ActivityInboundInterceptor.
func (s *stepRuns) Init(out interceptor.ActivityOutboundInterceptor) error {
	o := &stepCalls{}
	o.Next = out
	return s.Next.Init(o) //nolint:wrapcheck // passed on
}

// ExecuteActivity implements interceptor.ActivityInboundInterceptor.
func (s *stepRuns) ExecuteActivity(ctx context.Context, in *interceptor.ExecuteActivityInput) (any, error) {
	info := activity.GetInfo(ctx)
	ctx = tracing.With(ctx, identify(info)...)
	ctx, span := s.begin(ctx, info)
	ended := func(string, string) {}
	if s.Steps != nil {
		ended = s.Steps.StepBegan(stepName(info.ActivityType.Name), info.Attempt)
	}
	outcome, cause := metrics.OutcomeFailed, causePanic // unless it returns
	defer func() {
		ended(outcome, cause)
		span.SetAttributes(came.String(outcome))
		span.End()
	}()
	result, err := s.Next.ExecuteActivity(ctx, in)
	if outcome, cause = judge(err); outcome == metrics.OutcomeFailed {
		tracing.Fail(span, err)
		s.tell(ctx, info.Attempt, cause, err)
	}
	if err == nil && s.Steps != nil {
		s.count(in.Args, result)
	}
	return result, err //nolint:wrapcheck // passed on
}

// begin begins the span of an attempt. One that no trace has led to (a schedule
// did) is the first of its own.
func (s *stepRuns) begin(ctx context.Context, info activity.Info) (context.Context, trace.Span) {
	if s.Tracer == nil {
		return ctx, trace.SpanFromContext(context.Background())
	}
	if parent := read(interceptor.Header(ctx)); parent.IsValid() {
		ctx = trace.ContextWithRemoteSpanContext(ctx, parent)
	}
	return s.Tracer.Start(ctx, info.ActivityType.Name, trace.WithSpanKind(trace.SpanKindConsumer), trace.WithAttributes(
		append(workflowAttributes(info.WorkflowExecution.ID), attempt.Int(int(info.Attempt)), queue.String(info.TaskQueue))...))
}

// tell logs that an attempt failed: the first one, the second, the fourth, the
// eighth and so on, since hundreds of uploads may try for half an hour. One that
// gives up says so itself, as an error.
func (s *stepRuns) tell(ctx context.Context, attempt int32, cause string, err error) {
	if attempt&(attempt-1) == 0 {
		s.Log.WarnContext(ctx, "a step failed, and is tried again where that can help", "cause", cause, "error", err.Error())
	}
}

func identify(info activity.Info) []slog.Attr {
	attrs := []slog.Attr{
		slog.String("workflow_id", info.WorkflowExecution.ID), slog.String("activity", info.ActivityType.Name),
		slog.Int("attempt", int(info.Attempt)),
	}
	if id := uploadOf(info.WorkflowExecution.ID); id != "" {
		attrs = append(attrs, slog.String("upload_id", id))
	}
	return attrs
}

// count takes from the steps that say so how uploads ended. A step that is done
// again after its answer was lost counts again: these are counters, not books.
func (s *stepRuns) count(args []any, result any) {
	if made, ok := result.(models.VersionResult); ok {
		s.Steps.Outcome(string(made.Outcome))
	}
	if len(args) == 0 {
		return
	}
	switch in := args[0].(type) {
	case models.Finish:
		rejection := ""
		if in.Rejection != nil {
			rejection = string(in.Rejection.Code)
		}
		s.Steps.Finished(string(in.State), rejection)
	case models.Stall:
		s.Steps.Stalled(string(in.Step))
	}
}

// The steps of an upload are called as the API calls them.
var stepNames = map[string]string{"CreateVersion": string(models.StepVersion)}

// stepName is an activity's name as a value of a label.
func stepName(activityName string) string {
	if name, ok := stepNames[activityName]; ok {
		return name
	}
	var b strings.Builder
	for i, r := range activityName {
		if unicode.IsUpper(r) && i > 0 {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

// Causes of failed attempts that no failure type says.
const (
	causePanic   = "panic"
	causeTimeout = "timeout"
	causeOther   = "other"
)

// causes are the failure types of steps, as values of a label.
var causes = map[string]string{
	"ScannerUnavailable": "scanner", "StorageUnavailable": "storage", "StorageRefused": "storage_refused", "DatabaseUnavailable": "database",
	"CodecCrashed": "codec", "Gone": "gone", "AlreadyFinished": "finished", "QuotaExceeded": "quota",
	"WebhookGone": "webhook_gone", "WebhookRefused": "webhook_refused",
}

// judge says how an attempt ended and, of a failed one, why.
func judge(err error) (outcome, cause string) {
	var app *temporal.ApplicationError
	switch {
	case err == nil:
		return metrics.OutcomeDone, ""
	case temporal.IsCanceledError(err), errors.Is(err, context.Canceled):
		return metrics.OutcomeCanceled, ""
	case errors.As(err, &app):
	case errors.Is(err, context.DeadlineExceeded):
		return metrics.OutcomeFailed, causeTimeout
	default:
		return metrics.OutcomeFailed, causeOther
	}
	switch app.Type() {
	case "Rejected":
		return metrics.OutcomeRejected, ""
	case "ContentClaimed":
		return metrics.OutcomeWaiting, ""
	}
	if cause, ok := causes[app.Type()]; ok {
		return metrics.OutcomeFailed, cause
	}
	return metrics.OutcomeFailed, causeOther
}

// stepCalls sees what a step asks the SDK for.
type stepCalls struct {
	interceptor.ActivityOutboundInterceptorBase
}

// GetLogger implements interceptor.ActivityOutboundInterceptor.
func (s *stepCalls) GetLogger(ctx context.Context) log.Logger {
	return about(s.Next.GetLogger(ctx), activity.GetInfo(ctx).WorkflowExecution.ID, trace.SpanContextFromContext(ctx))
}
