package engine

import (
	"context"

	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
	"go.temporal.io/api/common/v1"
	"go.temporal.io/sdk/converter"

	"safelight/internal/tracing"
)

// headerKey is where Temporal's own tracing tools, in every language, keep the
// trace: other programs that start workflows may be part of it.
const headerKey = "_tracer-data"

// write puts a span into a header. One that cannot be written is left out: what
// it would have been the parent of begins a trace of its own.
func write(header map[string]*common.Payload, span trace.SpanContext) {
	if header == nil || !span.IsValid() {
		return
	}
	data := map[string]string{}
	tracing.Inject(trace.ContextWithSpanContext(context.Background(), span), data)
	if payload, err := converter.GetDefaultDataConverter().ToPayload(data); err == nil {
		header[headerKey] = payload
	}
}

// read finds the span in a header. What is none of ours counts as none.
func read(header map[string]*common.Payload) trace.SpanContext {
	payload := header[headerKey]
	if payload == nil {
		return trace.SpanContext{}
	}
	var data map[string]string
	if err := converter.GetDefaultDataConverter().FromPayload(payload, &data); err != nil {
		return trace.SpanContext{}
	}
	return trace.SpanContextFromContext(tracing.Extract(context.Background(), propagation.MapCarrier(data)))
}
