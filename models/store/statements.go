package store

import (
	"context"
	"strings"
	"sync/atomic"

	"github.com/jackc/pgx/v5"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"safelight/internal/tracing"
)

// statementCount counts what goes over the wire, and shows each statement in the
// trace that it is part of. It is a pgx.QueryTracer, below everything else, so
// that no statement is missed and BEGIN and COMMIT have their own time.
type statementCount struct{ n atomic.Int64 }

type statementKey struct{}

// TraceQueryStart implements pgx.QueryTracer. Values are not in the text of a
// statement, and reach no span.
func (c *statementCount) TraceQueryStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryStartData) context.Context {
	c.n.Add(1)
	if !trace.SpanFromContext(ctx).IsRecording() {
		return ctx
	}
	words := strings.Fields(data.SQL)
	if len(words) == 0 {
		return ctx
	}
	ctx, span := tracing.Start(ctx, "sql "+strings.ToLower(words[0]),
		attribute.String("db.system.name", "postgresql"), attribute.String("db.query.text", shortened(words)))
	return context.WithValue(ctx, statementKey{}, span)
}

// maxStatement bounds what a span keeps of a statement, in bytes.
const maxStatement = 400

func shortened(words []string) string {
	text := strings.Join(words, " ")
	return strings.ToValidUTF8(text[:min(len(text), maxStatement)], "")
}

// TraceQueryEnd implements pgx.QueryTracer.
func (*statementCount) TraceQueryEnd(ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryEndData) {
	span, ok := ctx.Value(statementKey{}).(trace.Span)
	if !ok {
		return
	}
	span.SetAttributes(attribute.Int64("db.response.returned_rows", data.CommandTag.RowsAffected()))
	tracing.End(span, data.Err)
}
