package tracing

import (
	"context"
	"encoding/binary"
	"math/rand/v2"

	"go.opentelemetry.io/otel/trace"
)

type idKey struct{}

// WithID has the next span that is begun with ctx below another one get this id.
// A workflow's span is made by whichever worker sees the end of it, while its
// steps, on any worker, name it as their parent long before: all of them derive
// its id from the run's.
func WithID(ctx context.Context, id trace.SpanID) context.Context {
	return context.WithValue(ctx, idKey{}, id)
}

// IDs makes the ids of traces and spans: random ones, and those of WithID. It
// implements the SDK's IDGenerator.
type IDs struct{}

// NewIDs implements IDGenerator.
func (IDs) NewIDs(context.Context) (trace.TraceID, trace.SpanID) {
	var id trace.TraceID
	for !id.IsValid() {
		binary.NativeEndian.PutUint64(id[:8], rand.Uint64())
		binary.NativeEndian.PutUint64(id[8:], rand.Uint64())
	}
	return id, newSpanID()
}

// NewSpanID implements IDGenerator.
func (IDs) NewSpanID(ctx context.Context, _ trace.TraceID) trace.SpanID {
	if id, ok := ctx.Value(idKey{}).(trace.SpanID); ok {
		return id
	}
	return newSpanID()
}

// Ids need to be different, not secret.
func newSpanID() (id trace.SpanID) {
	for !id.IsValid() {
		binary.NativeEndian.PutUint64(id[:], rand.Uint64())
	}
	return id
}
