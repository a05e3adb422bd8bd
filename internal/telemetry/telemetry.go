// Package telemetry sets up how a process is seen from outside: where its traces
// go, what its log lines look like, and the address at which its metrics are
// scraped. What is counted is in package metrics, how a trace is carried along in
// package tracing; package engine has what is Temporal's.
package telemetry

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"sync"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"safelight/internal/tracing"
)

// Logger writes JSON lines that carry what their context knows: the ids of the
// request, user, upload and workflow, and those of the trace.
func Logger(w io.Writer, level slog.Leveler) *slog.Logger {
	return slog.New(tracing.Logs(slog.NewJSONHandler(w, &slog.HandlerOptions{Level: level, ReplaceAttr: tracing.Keys})))
}

// flushWithin bounds sending the last spans when a process ends.
const flushWithin = 3 * time.Second

// Tracing is where spans go. The zero value sends none.
type Tracing struct {
	provider *sdktrace.TracerProvider
}

// StartTracing begins to send spans over OTLP (protobuf over HTTP), if on. Where
// to, how many and how is for the standard variables of OpenTelemetry to say,
// which its SDK reads itself: OTEL_EXPORTER_OTLP_*, OTEL_TRACES_SAMPLER,
// OTEL_TRACES_SAMPLER_ARG, OTEL_SERVICE_NAME, OTEL_RESOURCE_ATTRIBUTES,
// OTEL_BSP_*. Whether anybody takes the spans is not waited for.
func StartTracing(ctx context.Context, on bool, program, version string, log *slog.Logger) (*Tracing, error) {
	if !on {
		return &Tracing{}, nil
	}
	otel.SetErrorHandler(&complaints{log: log})
	exporter, err := otlptracehttp.New(ctx)
	if err != nil {
		return nil, fmt.Errorf("set up the sending of traces: %w", err)
	}
	of, err := describe(ctx, program, version)
	if err != nil {
		return nil, errors.Join(err, exporter.Shutdown(ctx))
	}
	return &Tracing{sdktrace.NewTracerProvider(
		sdktrace.WithBatcher(exporter), sdktrace.WithResource(of), sdktrace.WithIDGenerator(tracing.IDs{}),
	)}, nil
}

// describe says which process spans come from. The environment has the last word.
func describe(ctx context.Context, program, version string) (*resource.Resource, error) {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	of, err := resource.New(ctx, resource.WithAttributes(
		attribute.String("service.namespace", "safelight"),
		attribute.String("service.name", "safelight-"+program),
		attribute.String("service.version", version),
		attribute.String("service.instance.id", fmt.Sprintf("%s:%d", host, os.Getpid())),
		attribute.String("host.name", host),
	), resource.WithFromEnv())
	if err != nil {
		return nil, fmt.Errorf("describe the process: %w", err)
	}
	return of, nil
}

// Tracer makes spans; nil where none are sent.
func (t *Tracing) Tracer() trace.Tracer {
	if t.provider == nil {
		return nil
	}
	return t.provider.Tracer(tracing.Scope)
}

// Close sends what is left, for a few seconds. That it could not is no reason
// for a process to end otherwise than it would have: it is logged.
func (t *Tracing) Close(log *slog.Logger) {
	if t.provider == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), flushWithin)
	defer cancel()
	if err := t.provider.Shutdown(ctx); err != nil {
		log.Warn("the last spans were not sent", "error", err)
	}
}

// complainEvery is how often at most the log hears that spans are lost.
const complainEvery = time.Minute

// complaints takes the errors of the OpenTelemetry SDK: a collector that is away
// must not fill the log.
type complaints struct {
	log *slog.Logger

	mu     sync.Mutex
	last   time.Time
	passed int // since the last line
}

// Handle implements otel.ErrorHandler.
func (c *complaints) Handle(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if time.Since(c.last) < complainEvery {
		c.passed++
		return
	}
	c.log.Warn("traces are not complete", "error", err, "since_then", c.passed)
	c.last, c.passed = time.Now(), 0
}
