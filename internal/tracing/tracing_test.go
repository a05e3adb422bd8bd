package tracing_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"safelight/internal/tracing"
)

func recorder(t *testing.T, options ...sdktrace.TracerProviderOption) (trace.Tracer, *tracetest.SpanRecorder) {
	t.Helper()
	spans := tracetest.NewSpanRecorder()
	provider := sdktrace.NewTracerProvider(append(options, sdktrace.WithSpanProcessor(spans), sdktrace.WithIDGenerator(tracing.IDs{}))...)
	t.Cleanup(func() { require.NoError(t, provider.Shutdown(context.Background())) })
	return provider.Tracer("test"), spans
}

func TestSpansAreMadeOnlyBelowOthers(t *testing.T) {
	t.Parallel()
	ctx, span := tracing.Start(t.Context(), "poll")
	require.False(t, span.IsRecording())
	require.False(t, trace.SpanContextFromContext(ctx).IsValid())
	tracing.End(span, errors.New("nobody is told"))

	tracer, spans := recorder(t)
	ctx, request := tracer.Start(t.Context(), "request")
	_, child := tracing.Start(ctx, "query", tracing.Bytes.Int(7))
	tracing.End(child, errors.New(strings.Repeat("x", 1000)))
	tracing.End(request, nil)
	ended := spans.Ended()
	require.Len(t, ended, 2)
	require.Equal(t, request.SpanContext().SpanID(), ended[0].Parent().SpanID())
	require.Equal(t, codes.Error, ended[0].Status().Code)
	require.Len(t, ended[0].Status().Description, 500)
	require.Equal(t, codes.Unset, ended[1].Status().Code)
}

// What is not sampled stays so below, and costs no span.
func TestWhatIsNotSampledMakesNothing(t *testing.T) {
	t.Parallel()
	tracer, spans := recorder(t, sdktrace.WithSampler(sdktrace.NeverSample()))
	ctx, request := tracer.Start(t.Context(), "request")
	_, child := tracing.Start(ctx, "query")
	child.End()
	request.End()
	require.Empty(t, spans.Ended())
}

func TestIDsThatAreGiven(t *testing.T) {
	t.Parallel()
	tracer, _ := recorder(t)
	want := trace.SpanID{1, 2, 3, 4, 5, 6, 7, 8}
	ctx, parent := tracer.Start(t.Context(), "start")
	_, span := tracer.Start(tracing.WithID(ctx, want), "workflow")
	require.Equal(t, want, span.SpanContext().SpanID())
	require.Equal(t, parent.SpanContext().TraceID(), span.SpanContext().TraceID())
	_, other := tracer.Start(ctx, "another")
	require.NotEqual(t, want, other.SpanContext().SpanID())
}

func TestATraceGoesThroughHeaders(t *testing.T) {
	t.Parallel()
	tracer, _ := recorder(t)
	ctx, span := tracer.Start(t.Context(), "here")
	headers := map[string]string{"baggage": "user=somebody"}
	tracing.Inject(ctx, headers)
	there := tracing.Extract(t.Context(), propagation.MapCarrier(headers))
	require.Equal(t, span.SpanContext().SpanID(), trace.SpanContextFromContext(there).SpanID())
	require.True(t, trace.SpanContextFromContext(there).IsRemote())
	for _, nonsense := range []string{"", "00-0-0-01", "00-" + strings.Repeat("0", 32) + "-1111111111111111-01"} {
		there = tracing.Extract(t.Context(), propagation.MapCarrier{"traceparent": nonsense})
		require.False(t, trace.SpanContextFromContext(there).IsValid(), nonsense)
	}
}

func line(t *testing.T, b *bytes.Buffer) (map[string]any, string) {
	t.Helper()
	text := b.String()
	b.Reset()
	var out map[string]any
	require.NoError(t, json.Unmarshal([]byte(text), &out))
	return out, text
}

func TestLogLinesSayWhatTheyAreAbout(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	log := slog.New(tracing.Logs(slog.NewJSONHandler(&b, &slog.HandlerOptions{ReplaceAttr: tracing.Keys})))
	tracer, _ := recorder(t)
	ctx, span := tracer.Start(t.Context(), "request")
	ctx = tracing.With(ctx, slog.String("request_id", "r1"))
	sibling := tracing.With(ctx, slog.String("user_id", "u2"))
	ctx = tracing.With(ctx, slog.String("user_id", "u1"), slog.String("upload_id", "up"))

	log.InfoContext(ctx, "said", "WorkflowID", "upload-up", "upload_id", "another")
	got, text := line(t, &b)
	require.Equal(t, "r1", got["request_id"])
	require.Equal(t, "u1", got["user_id"])
	require.Equal(t, "another", got["upload_id"], "the line's own word counts")
	require.Equal(t, 1, strings.Count(text, "upload_id"))
	require.Equal(t, "upload-up", got["workflow_id"])
	require.Equal(t, span.SpanContext().TraceID().String(), got["trace_id"])
	require.Equal(t, span.SpanContext().SpanID().String(), got["span_id"])

	log.With("request_id", "mine").InfoContext(sibling, "said")
	got, text = line(t, &b)
	require.Equal(t, "mine", got["request_id"])
	require.Equal(t, 1, strings.Count(text, "request_id"))
	require.Equal(t, "u2", got["user_id"], "contexts do not write into each other")
	require.NotContains(t, got, "upload_id")

	log.Info("nobody's")
	got, _ = line(t, &b)
	require.NotContains(t, got, "trace_id")
}
