package api

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"safelight/internal/metrics"
	"safelight/internal/tracing"
	"safelight/models"
)

// Telemetry is how the app is seen from outside. All of it may be left out.
type Telemetry struct {
	Metrics *metrics.API // nil: nobody reads what is counted
	Tracer  trace.Tracer // nil: there are no traces
	// Scrape answers /metrics with a body and its content type; nil: there is no
	// such route, as where metrics have an address of their own.
	Scrape func() (body []byte, contentType string, err error)
}

// scrapeRoute registers /metrics, where the app serves it.
func (a *App) scrapeRoute() {
	if a.Telemetry.Scrape == nil {
		return
	}
	a.plain(Route{
		ID: "getMetrics", Method: http.MethodGet, Path: "/metrics", Permission: Public, Tag: "System",
		Summary: "Metrics for Prometheus", Status: http.StatusOK,
		Description: "Here in development alone; in production at an address of their own.",
		Responses: map[string]*huma.Response{"200": {Description: "The text format of Prometheus.", Content: map[string]*huma.MediaType{
			fiber.MIMETextPlain: {Schema: &huma.Schema{Type: huma.TypeString}},
		}}},
	}, func(c *fiber.Ctx) error {
		body, contentType, err := a.Telemetry.Scrape()
		if err != nil {
			return problem(CodeInternal, "", err)
		}
		c.Set(fiber.HeaderContentType, contentType)
		c.Response().SetBodyRaw(body)
		return nil
	})
}

// watch follows a request until it is over: when its handler has returned and,
// of an answer that is a stream, when the last byte is sent or nobody takes it.
// What a watch is asked for outside of a request it does not do.
type watch struct {
	app   *App
	info  *requestInfo
	began time.Time
	span  trace.Span

	method string
	status int          // set before the handler's part ends
	got    int64        // likewise
	sent   atomic.Int64 // of the body
	parts  atomic.Int32 // that are not over
}

// headers lets the trace be read from a request's headers.
type headers struct{ header *fasthttp.RequestHeader }

// Get implements propagation.TextMapCarrier.
func (h headers) Get(key string) string { return string(h.header.Peek(key)) }

// Set implements propagation.TextMapCarrier; nothing is ever set.
func (headers) Set(string, string) {}

// Keys implements propagation.TextMapCarrier.
func (headers) Keys() []string { return nil }

// watch begins to follow a request, with a span below the one that its headers
// name. Its name and attributes follow when its route is known.
func (a *App) watch(c *fiber.Ctx, info *requestInfo, began time.Time) {
	w := &watch{app: a, info: info, began: began, method: c.Method(), span: trace.SpanFromContext(context.Background())}
	w.parts.Store(1)
	info.watch = w
	a.Telemetry.Metrics.RequestBegan()
	ctx := tracing.With(c.UserContext(), slog.String("request_id", info.ID))
	if a.Telemetry.Tracer != nil {
		ctx = tracing.Extract(ctx, headers{&c.Request().Header})
		ctx, w.span = a.Telemetry.Tracer.Start(ctx, w.method, trace.WithSpanKind(trace.SpanKindServer), trace.WithTimestamp(began),
			trace.WithAttributes(attribute.String("http.request.method", w.method), tracing.RequestID.String(info.ID)))
	}
	c.SetUserContext(ctx)
}

// answered ends the handler's part.
func (w *watch) answered(c *fiber.Ctx) {
	w.status = c.Response().StatusCode()
	if w.info.body != nil {
		w.got = w.info.body.read
	}
	if !c.Response().IsBodyStream() && w.method != http.MethodHead {
		w.sent.Add(int64(len(c.Response().Body())))
	}
	w.over()
}

// streams says that the answer is sent when the handler has returned. The
// returned function must be called at the end of that; calling it again does nothing.
func (w *watch) streams() (ended func()) {
	if w == nil {
		return func() {}
	}
	w.parts.Add(1)
	return sync.OnceFunc(w.over)
}

// wrote counts bytes of a stream.
func (w *watch) wrote(n int) {
	if w != nil {
		w.sent.Add(int64(n))
	}
}

// over ends a part, and with the last one the request.
func (w *watch) over() {
	if w.parts.Add(-1) > 0 {
		return
	}
	m, sent := w.app.Telemetry.Metrics, w.sent.Load()
	m.RequestEnded(metrics.Request{
		Route: w.info.Route, Method: w.method, Status: w.status, Took: time.Since(w.began), Received: w.got, Sent: sent,
	})
	if w.info.code != "" {
		m.Problem(string(w.info.code))
	}
	if limit, ok := limitsByCode[w.info.code]; ok {
		m.Refused(limit)
	}
	if !w.span.IsRecording() {
		return
	}
	w.span.SetName(w.method + " " + w.info.Route)
	w.span.SetAttributes(attribute.String("http.route", w.info.Route), attribute.Int("http.response.status_code", w.status),
		attribute.Int64("http.request.body.size", w.got), attribute.Int64("http.response.body.size", sent))
	if w.info.code != "" {
		w.span.SetAttributes(attribute.String("safelight.problem", string(w.info.code)))
	}
	if w.status >= http.StatusInternalServerError {
		w.span.SetStatus(codes.Error, http.StatusText(w.status))
		tracing.Fail(w.span, w.info.cause)
	}
	w.span.End()
}

// limitsByCode are the limits that have a problem of their own.
var limitsByCode = map[Code]string{CodeTooManyStreams: metrics.LimitStreams, CodeTooManyUploads: metrics.LimitUploads}

// identified says in the trace and in every line of the log who asks.
func identified(c *fiber.Ctx, id Identity) {
	tracing.Note(c.UserContext(), attribute.String("user.id", id.User.ID))
	c.SetUserContext(tracing.With(c.UserContext(), slog.String("user_id", id.User.ID)))
}

// tookIn counts an upload whose bytes are all there. One that an earlier request
// brought is not counted again.
func (a *App) tookIn(ctx context.Context, way string, up *models.Upload, created bool) {
	info := infoFrom(ctx)
	info.uploadID = up.ID
	tracing.Note(ctx, tracing.UploadID.String(up.ID), tracing.Bytes.Int64(up.Size))
	result := metrics.ResultAccepted
	if !created {
		result = metrics.ResultRepeated
	}
	a.Telemetry.Metrics.Upload(way, result, up.Size)
}

// turnedDown counts an upload that was refused, and gives the error back.
func (a *App) turnedDown(way string, err error) error {
	a.Telemetry.Metrics.Upload(way, string(problemOf(err).Code), 0)
	return err
}
