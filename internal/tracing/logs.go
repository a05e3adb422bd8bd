package tracing

import (
	"context"
	"fmt"
	"log/slog"
	"slices"

	"go.opentelemetry.io/otel/trace"
)

type attrsKey struct{}

// With has every log line that is written with the returned context, or one
// made from it, carry attrs. They go behind those that ctx has already.
func With(ctx context.Context, attrs ...slog.Attr) context.Context {
	return context.WithValue(ctx, attrsKey{}, append(slices.Clip(attrsOf(ctx)), attrs...))
}

func attrsOf(ctx context.Context) []slog.Attr {
	attrs, _ := ctx.Value(attrsKey{}).([]slog.Attr)
	return attrs
}

// Logs puts what a context knows of its work (With, and the ids of its trace and
// span) into the lines that are written with it. What a line says itself is not
// said again.
func Logs(next slog.Handler) slog.Handler { return &logs{next: next} }

type logs struct {
	next slog.Handler
	said []string // keys of WithAttrs
}

// Enabled implements slog.Handler.
func (l *logs) Enabled(ctx context.Context, level slog.Level) bool {
	return l.next.Enabled(ctx, level)
}

// Handle implements slog.Handler.
func (l *logs) Handle(ctx context.Context, r slog.Record) error {
	known := attrsOf(ctx)
	if span := trace.SpanContextFromContext(ctx); span.IsValid() {
		known = append(slices.Clip(known),
			slog.String("trace_id", span.TraceID().String()), slog.String("span_id", span.SpanID().String()))
	}
	if missing := l.missing(r, known); len(missing) > 0 {
		r = r.Clone() // its attributes may be shared with other handlers
		r.AddAttrs(missing...)
	}
	if err := l.next.Handle(ctx, r); err != nil {
		return fmt.Errorf("write a log line: %w", err)
	}
	return nil
}

// missing are those of known that neither the record nor its logger has.
func (l *logs) missing(r slog.Record, known []slog.Attr) []slog.Attr {
	var out []slog.Attr
	for _, a := range known {
		said := slices.Contains(l.said, a.Key)
		r.Attrs(func(other slog.Attr) bool {
			said = said || other.Key == a.Key
			return !said
		})
		if !said {
			out = append(out, a)
		}
	}
	return out
}

// WithAttrs implements slog.Handler.
func (l *logs) WithAttrs(attrs []slog.Attr) slog.Handler {
	said := slices.Clip(l.said)
	for _, a := range attrs {
		said = append(said, a.Key)
	}
	return &logs{next: l.next.WithAttrs(attrs), said: said}
}

// WithGroup implements slog.Handler.
func (l *logs) WithGroup(name string) slog.Handler {
	return &logs{next: l.next.WithGroup(name), said: l.said}
}

// engineKeys are the names that Temporal's SDK gives to what has a name here.
var engineKeys = map[string]string{
	"WorkflowID": "workflow_id", "WorkflowType": "workflow", "RunID": "run_id", "ActivityType": "activity",
	"ActivityID": "activity_id", "Attempt": "attempt", "TaskQueue": "queue", "Namespace": "namespace",
	"WorkerID": "worker_id", "WorkerType": "worker", "Error": "error", "StackTrace": "stack",
	"EventType": "event", "EventID": "event_id", "BuildID": "build_id",
}

// Keys gives attributes of Temporal's SDK the names that ours have. It is a
// ReplaceAttr of slog.HandlerOptions.
func Keys(_ []string, a slog.Attr) slog.Attr {
	if name, ok := engineKeys[a.Key]; ok {
		a.Key = name
	}
	return a
}
