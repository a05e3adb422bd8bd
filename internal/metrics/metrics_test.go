package metrics_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	"github.com/stretchr/testify/require"

	"safelight/internal/metrics"
	"safelight/models"
)

// api is all that an API process has.
func api(t *testing.T, b *metrics.Backlog) (*metrics.Set, *metrics.API) {
	t.Helper()
	s := metrics.New("api", "test")
	a := metrics.NewAPI(s)
	shared(s)
	a.Watch(func() int { return 3 })
	b.Log = slog.New(slog.DiscardHandler)
	b.Register(s)
	return s, a
}

// worker is all that a worker has.
func worker(t *testing.T) (*metrics.Set, *metrics.Worker) {
	t.Helper()
	s := metrics.New("worker", "test")
	w := metrics.NewWorker(s)
	shared(s)
	w.WatchScanner(func() error { return errors.New("away") })
	w.WatchDecoders(func() metrics.Decoders {
		return metrics.Decoders{Children: 2, Busy: 1, Waiting: 7, Started: 9, Crashed: 4, Retired: 3}
	})
	return s, w
}

func shared(s *metrics.Set) {
	metrics.NewStorage(s, "folder")
	metrics.WatchDatabase(s, func() sql.DBStats {
		return sql.DBStats{MaxOpenConnections: 20, InUse: 5, WaitDuration: 1500 * time.Millisecond}
	}, func() int64 { return 42 })
}

func quiet() *metrics.Backlog {
	return &metrics.Backlog{
		Rows: func(context.Context) (models.Backlog, error) {
			return models.Backlog{
				Uploads: []models.StateBacklog{{State: models.UploadStalled, Count: 2, Oldest: time.Hour}}, Deliveries: 5, OldestDelivery: time.Minute, Held: 1,
			}, nil
		},
		Queues: func(context.Context) ([]models.QueueBacklog, error) {
			return []models.QueueBacklog{{Name: "safelight-io", Kind: "activity", Backlog: 6, Age: 2 * time.Second, Pollers: 1}}, nil
		},
	}
}

func text(t *testing.T, s *metrics.Set) string {
	t.Helper()
	body, contentType, err := s.Text()
	require.NoError(t, err)
	require.Contains(t, contentType, "text/plain")
	return string(body)
}

// Every metric is exported before anything has happened but those whose labels
// cannot be known, and keeps to the conventions.
func TestConventions(t *testing.T) {
	t.Parallel()
	a, counted := api(t, quiet())
	counted.RequestBegan()
	counted.RequestEnded(metrics.Request{Route: "/api/v1/uploads", Method: "POST", Status: 202, Took: time.Second, Received: 10, Sent: 20})
	w, _ := worker(t)
	w2, steps := worker(t)
	steps.StepBegan("scan", 2)(metrics.OutcomeFailed, "scanner")
	for _, s := range []*metrics.Set{a, w, w2} {
		problems, err := promlint.New(strings.NewReader(text(t, s))).Lint()
		require.NoError(t, err)
		require.Empty(t, problems)
	}
	require.NotContains(t, text(t, w), "safelight_steps_running{", "nothing runs yet")
	for _, s := range []*metrics.Set{a, w2} {
		body := text(t, s)
		for _, f := range s.Families() {
			require.Contains(t, body, "# TYPE "+f.Name+" "+f.Type+"\n", "%s is not exported", f.Name)
		}
	}
}

func TestWhatTheAPICounts(t *testing.T) {
	t.Parallel()
	s, a := api(t, quiet())
	a.RequestBegan()
	a.RequestBegan()
	a.RequestEnded(metrics.Request{Route: "/api/v1/files/:id", Method: "GET", Status: 404, Took: 20 * time.Millisecond, Received: -1, Sent: 5})
	a.Upload(metrics.WayForm, metrics.ResultAccepted, 1000)
	a.Upload(metrics.WayTus, metrics.ResultRepeated, 1000)
	a.Upload(metrics.WayTus, "too_large", 0)
	a.SignIn(metrics.ResultOK)
	a.Refused(metrics.LimitDevice)
	a.StreamOpened()
	a.Event("progress")
	body := text(t, s)
	for _, want := range []string{
		"safelight_http_requests_in_flight 1", `safelight_http_requests_total{method="GET",route="/api/v1/files/:id",status="4xx"} 1`,
		"safelight_http_received_bytes_total 0", "safelight_http_sent_bytes_total 5", "safelight_uploads_received_bytes_total 1000",
		`safelight_uploads_received_total{result="accepted",way="form"} 1`, `safelight_uploads_received_total{result="accepted",way="tus"} 0`,
		`safelight_uploads_received_total{result="repeated",way="tus"} 1`, `safelight_uploads_received_total{result="too_large",way="tus"} 1`,
		`safelight_sign_ins_total{result="ok"} 1`, `safelight_limit_refusals_total{limit="device"} 1`, "safelight_event_streams 1",
		`safelight_events_sent_total{event="progress"} 1`, "safelight_progress_watchers 3", `safelight_uploads_unfinished{state="stalled"} 2`,
		`safelight_uploads_oldest_age_seconds{state="stalled"} 3600`, `safelight_queue_backlog{kind="activity",queue="safelight-io"} 6`,
		"safelight_webhook_deliveries_pending 5", "safelight_database_wait_seconds_total 1.5", "safelight_database_statements_total 42",
	} {
		require.Contains(t, body, want+"\n")
	}
}

func TestWhatTheWorkerCounts(t *testing.T) {
	t.Parallel()
	s, w := worker(t)
	first := w.StepBegan("scan", 1)
	second := w.StepBegan("scan", 3)
	second(metrics.OutcomeFailed, "scanner")
	require.Contains(t, text(t, s), `safelight_steps_running{step="scan"} 1`)
	first(metrics.OutcomeDone, "")
	w.Stalled("scan")
	w.Finished("rejected", "infected")
	w.Signatures(27450, time.Unix(1_700_000_000, 0))
	body := text(t, s)
	for _, want := range []string{
		`safelight_steps_running{step="scan"} 0`, `safelight_step_retries_total{step="scan"} 1`, `safelight_step_stalls_total{step="scan"} 1`,
		`safelight_step_attempts_total{cause="scanner",outcome="failed",step="scan"} 1`, `safelight_step_duration_seconds_count{outcome="done",step="scan"} 1`,
		`safelight_uploads_finished_total{rejection="infected",state="rejected"} 1`, "safelight_scanner_up 0", "safelight_decoders_waiting 7",
		"safelight_decoder_crashes_total 4", "safelight_scanner_signatures_timestamp_seconds 1.7e+09", "safelight_scanner_signatures_version 27450",
	} {
		require.Contains(t, body, want+"\n")
	}
	w.Signatures(0, time.Time{})
	require.Contains(t, text(t, s), "safelight_scanner_signatures_timestamp_seconds 0\n")
}

// What cannot be asked is left out, and does not look like nothing.
func TestABacklogThatIsNotKnown(t *testing.T) {
	t.Parallel()
	asked := 0
	b := quiet()
	b.Rows = func(context.Context) (models.Backlog, error) {
		asked++
		return models.Backlog{}, errors.New("no connection")
	}
	s, _ := api(t, b)
	body := text(t, s)
	require.NotContains(t, body, "safelight_uploads_unfinished{")
	require.Contains(t, body, "safelight_queue_backlog{")
	body = text(t, s)
	require.Contains(t, body, `safelight_backlog_errors_total{source="database"} 1`)
	require.Contains(t, body, `safelight_backlog_errors_total{source="engine"} 0`)
	require.Equal(t, 1, asked, "an answer serves several scrapes")
}

func TestHandler(t *testing.T) {
	t.Parallel()
	s, _ := worker(t)
	res := httptest.NewRecorder()
	s.Handler().ServeHTTP(res, httptest.NewRequest("GET", "/metrics", nil))
	require.Contains(t, res.Body.String(), `safelight_build_info{goversion="go`)
	require.Contains(t, res.Body.String(), "go_goroutines")
}

const (
	tableBegin = "<!-- metrics: begin (TestTheTableOfMetrics writes this, with SAFELIGHT_UPDATE_DOCS=1) -->\n"
	tableEnd   = "<!-- metrics: end -->"
)

// The table in the documentation has every metric, as the code describes it.
func TestTheTableOfMetrics(t *testing.T) {
	t.Parallel()
	const page = "../../docs/OBSERVABILITY.md"
	raw, err := os.ReadFile(page)
	require.NoError(t, err)
	before, rest, ok := strings.Cut(string(raw), tableBegin)
	require.True(t, ok)
	have, after, ok := strings.Cut(rest, tableEnd)
	require.True(t, ok)
	want := table(t)
	if os.Getenv("SAFELIGHT_UPDATE_DOCS") != "" {
		require.NoError(t, os.WriteFile(page, []byte(before+tableBegin+want+tableEnd+after), 0o600))
		return
	}
	require.Equal(t, want, have, "run this test with SAFELIGHT_UPDATE_DOCS=1")
}

func table(t *testing.T) string {
	t.Helper()
	of := map[string]string{}
	var families []metrics.Family
	note := func(program string, s *metrics.Set) {
		for _, f := range s.Families() {
			if of[f.Name] == "" {
				families = append(families, f)
				of[f.Name] = program
			} else {
				of[f.Name] += ", " + program
			}
		}
	}
	a, _ := api(t, quiet())
	w, _ := worker(t)
	note("API", a)
	note("worker", w)
	var b bytes.Buffer
	b.WriteString("| metric | type | labels | of | what it is |\n|---|---|---|---|---|\n")
	for _, f := range families {
		labels := ""
		if len(f.Labels) > 0 {
			labels = "`" + strings.Join(f.Labels, "`, `") + "`"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s |\n", f.Name, f.Type, labels, of[f.Name], f.Help)
	}
	return b.String()
}
