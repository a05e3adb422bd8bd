package api

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"safelight/internal/metrics"
	"safelight/internal/tracing"
	"safelight/models"
)

// sight is what is seen of a bench.
type sight struct {
	*bench
	spans *tracetest.SpanRecorder
	set   *metrics.Set
}

func newSight(t *testing.T, change ...func(*Deps)) *sight {
	t.Helper()
	s := &sight{spans: tracetest.NewSpanRecorder(), set: metrics.New("api", "test")}
	provider := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(s.spans), sdktrace.WithIDGenerator(tracing.IDs{}))
	seen := func(d *Deps) {
		d.Log = slog.New(tracing.Logs(d.Log.Handler()))
		d.Telemetry = Telemetry{Metrics: metrics.NewAPI(s.set), Tracer: provider.Tracer("test")}
	}
	s.bench = newBench(t, append([]func(*Deps){seen}, change...)...)
	return s
}

// request is the span of the one request that was made.
func (s *sight) request() sdktrace.ReadOnlySpan {
	s.t.Helper()
	require.Len(s.t, s.spans.Ended(), 1)
	return s.spans.Ended()[0]
}

func (s *sight) counted(lines ...string) {
	s.t.Helper()
	body, _, err := s.set.Text()
	require.NoError(s.t, err)
	for _, line := range lines {
		require.Contains(s.t, string(body), line+"\n")
	}
}

func attributeOf(span sdktrace.ReadOnlySpan, key string) string {
	for _, a := range span.Attributes() {
		if string(a.Key) == key {
			return a.Value.String()
		}
	}
	return ""
}

func TestARequestIsSeen(t *testing.T) {
	t.Parallel()
	s := newSight(t)
	me, token := s.user(models.RoleUser, models.StatusActive)
	f := s.file(me.ID, []byte("picture"))
	const browser = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	got := s.ask(http.MethodGet, Prefix+"/files/"+f.ID, token, nil, header("traceparent", browser))
	require.Equal(t, http.StatusOK, got.Status)

	span := s.request()
	require.Equal(t, "GET /api/v1/files/:id", span.Name(), "addresses may hold names")
	require.Equal(t, trace.SpanKindServer, span.SpanKind())
	require.Equal(t, "0af7651916cd43dd8448eb211c80319c", span.SpanContext().TraceID().String())
	require.Equal(t, "b7ad6b7169203331", span.Parent().SpanID().String())
	require.Equal(t, me.ID, attributeOf(span, "user.id"))
	require.Equal(t, got.Header.Get("X-Request-Id"), attributeOf(span, "safelight.request_id"))
	require.Equal(t, "200", attributeOf(span, "http.response.status_code"))
	require.Equal(t, fmt.Sprint(len(got.Body)), attributeOf(span, "http.response.body.size"))
	require.Contains(t, s.logs.String(), `"trace_id":"0af7651916cd43dd8448eb211c80319c"`)
	require.Equal(t, 1, strings.Count(s.logs.String(), `"request_id"`), "said once: %s", s.logs)
	s.counted(
		`safelight_http_requests_total{method="GET",route="/api/v1/files/:id",status="2xx"} 1`,
		`safelight_http_request_duration_seconds_count{method="GET",route="/api/v1/files/:id"} 1`,
		`safelight_http_requests_in_flight 0`, fmt.Sprintf("safelight_http_sent_bytes_total %d", len(got.Body)),
	)
}

func TestWhatGoesWrongIsSeen(t *testing.T) {
	t.Parallel()
	s := newSight(t)
	me, token := s.user(models.RoleUser, models.StatusActive)
	s.rows.fail = errBoom
	s.ask(http.MethodGet, Prefix+"/files", token, nil)
	require.Equal(t, codes.Error, s.request().Status().Code)
	require.Equal(t, "internal", attributeOf(s.request(), "safelight.problem"))
	s.rows.fail = nil
	s.spans.Reset()
	s.ask(http.MethodGet, "/nothing/of/"+me.Email, "", nil)
	require.Equal(t, "GET unmatched", s.request().Name())
	require.NotEqual(t, codes.Error, s.request().Status().Code, "the client's doing")
	s.counted(
		`safelight_http_problems_total{code="internal"} 1`, `safelight_http_problems_total{code="not_found"} 1`,
		`safelight_http_requests_total{method="GET",route="unmatched",status="4xx"} 1`,
	)
	body, _, err := s.set.Text()
	require.NoError(t, err)
	require.NotContains(t, string(body), me.Email)
}

// The request of a download, an archive or an event stream ends with its last byte.
func TestStreamsEndTheirRequest(t *testing.T) {
	t.Parallel()
	s := newSight(t)
	me, token := s.user(models.RoleUser, models.StatusActive)
	f := s.file(me.ID, []byte("picture"))

	got := s.ask(http.MethodGet, Prefix+"/files/"+f.ID+"/content", token, nil)
	require.Equal(t, "picture", string(got.Body))
	require.Equal(t, "7", attributeOf(s.request(), "http.response.body.size"))

	s.spans.Reset()
	got = s.ask(http.MethodPost, Prefix+"/files/zip", token, map[string]any{"ids": []string{f.ID}})
	require.Equal(t, http.StatusOK, got.Status)
	require.Eventually(t, func() bool { return len(s.spans.Ended()) == 1 }, time.Minute, time.Millisecond)
	require.Equal(t, fmt.Sprint(len(got.Body)), attributeOf(s.request(), "http.response.body.size"))

	s.spans.Reset()
	got = s.ask(http.MethodGet, Prefix+"/events", token, nil)
	require.Contains(t, string(got.Body), "the server is going away")
	require.Eventually(t, func() bool { return len(s.spans.Ended()) == 1 }, time.Minute, time.Millisecond)
	require.Equal(t, "GET /api/v1/events", s.request().Name())
	require.Equal(t, "200", attributeOf(s.request(), "http.response.status_code"))
	require.Equal(t, fmt.Sprint(len(got.Body)), attributeOf(s.request(), "http.response.body.size"))
	s.counted("safelight_event_streams 0", "safelight_http_requests_in_flight 0")

	s.spans.Reset()
	s.ask(http.MethodHead, Prefix+"/files/"+f.ID+"/content", token, nil)
	require.Equal(t, "0", attributeOf(s.request(), "http.response.body.size"))
}

func TestUploadsAreCounted(t *testing.T) {
	t.Parallel()
	s := newSight(t)
	_, token := s.user(models.RoleUser, models.StatusActive)
	send := func(body string) answer {
		return s.ask(http.MethodPost, Prefix+"/uploads", token, body, header("Content-Type", multipartB))
	}
	got := send(form("file:cat.jpg=bytes of a cat"))
	require.Equal(t, http.StatusAccepted, got.Status, "%s", got.Body)
	var up struct{ ID string }
	got.into(&up)
	require.Equal(t, up.ID, attributeOf(s.request(), "safelight.upload_id"))
	require.Contains(t, s.logs.String(), `"upload_id":"`+up.ID+`"`)
	send(form("name=cat.jpg")).problem(CodeMissingFile)
	s.counted(
		`safelight_uploads_received_total{result="accepted",way="form"} 1`,
		`safelight_uploads_received_total{result="missing_file",way="form"} 1`,
	)
}

func TestSignInsAndLimitsAreCounted(t *testing.T) {
	t.Parallel()
	s := newSight(t, func(d *Deps) { d.Config.LoginPerMinute = 3; d.Config.MaxStreams = 0 })
	register(s.bench, "ann@example.org")
	for range 3 {
		s.ask(http.MethodPost, Prefix+"/auth/login", "", map[string]string{"email": "ann@example.org", "password": "not the password"})
	}
	_, token := s.user(models.RoleUser, models.StatusActive)
	s.ask(http.MethodGet, Prefix+"/events", token, nil).problem(CodeTooManyStreams)
	s.counted(
		`safelight_sign_ins_total{result="invalid_credentials"} 2`, `safelight_sign_ins_total{result="rate_limited"} 1`,
		`safelight_limit_refusals_total{limit="address"} 1`, `safelight_limit_refusals_total{limit="streams"} 1`,
	)
}

// Metrics are at the API only where that was asked for.
func TestMetricsRoute(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.ask(http.MethodGet, "/metrics", "", nil).problem(CodeNotFound)

	set, broken := metrics.New("api", "test"), false
	b = newBench(t, func(d *Deps) {
		d.Telemetry = Telemetry{Metrics: metrics.NewAPI(set), Scrape: func() ([]byte, string, error) {
			if broken {
				return nil, "", errors.New("boom")
			}
			return set.Text()
		}}
	})
	scrape := func() *http.Response {
		res, err := b.app.Fiber().Test(httptest.NewRequest(http.MethodGet, "/metrics", nil), -1)
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, res.Body.Close()) })
		return res
	}
	res := scrape()
	require.Equal(t, http.StatusOK, res.StatusCode)
	require.Contains(t, res.Header.Get("Content-Type"), "text/plain; version=0.0.4")
	require.NotContains(t, b.logs.String(), `"msg":"request"`, "scrapes do not fill the log")
	broken = true
	require.Equal(t, http.StatusInternalServerError, scrape().StatusCode)
}
