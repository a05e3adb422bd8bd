// Package tracing takes the trace of a piece of work along in its context, and
// what identifies that work into the log lines that are written on its way.
// Spans are begun below the one that the context has and nowhere else: package
// telemetry begins the first one, and knows where spans go.
package tracing

import (
	"context"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"
)

// Scope is the name under which Safelight's spans are made.
const Scope = "safelight"

// Names of attributes that are in more than one span, as in the log.
const (
	UploadID   = attribute.Key("safelight.upload_id")
	RequestID  = attribute.Key("safelight.request_id")
	WorkflowID = attribute.Key("safelight.workflow_id")
	Bytes      = attribute.Key("safelight.bytes")
)

// Start begins a span below the one in ctx. Where that has none that is
// recorded, nothing is made and nothing spent: what no traced request or step
// has asked for (polls, checks of health) leaves no traces of its own.
func Start(ctx context.Context, name string, attrs ...attribute.KeyValue) (context.Context, trace.Span) {
	parent := trace.SpanFromContext(ctx)
	if !parent.IsRecording() {
		return ctx, noop.Span{}
	}
	return parent.TracerProvider().Tracer(Scope).Start(ctx, name, trace.WithAttributes(attrs...))
}

// maxStatus bounds what a span keeps of an error, in bytes.
const maxStatus = 500

// End ends a span with what its work came to.
func End(span trace.Span, err error) {
	Fail(span, err)
	span.End()
}

// Fail marks a span as failed, unless err is nil.
func Fail(span trace.Span, err error) {
	if err == nil || !span.IsRecording() {
		return
	}
	text := err.Error()
	span.SetStatus(codes.Error, text[:min(len(text), maxStatus)])
}

// Note adds attributes to the span in ctx.
func Note(ctx context.Context, attrs ...attribute.KeyValue) {
	trace.SpanFromContext(ctx).SetAttributes(attrs...)
}

// wire is how a trace goes from process to process: W3C Trace Context. Baggage
// is not taken along: anybody could fill it.
var wire = propagation.TraceContext{}

// Inject writes the span in ctx into headers that go out.
func Inject(ctx context.Context, headers map[string]string) {
	wire.Inject(ctx, propagation.MapCarrier(headers))
}

// Extract reads the span that headers came with, if there is one, as the parent
// of what begins in ctx.
func Extract(ctx context.Context, headers propagation.TextMapCarrier) context.Context {
	return wire.Extract(ctx, headers)
}
