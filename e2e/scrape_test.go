//go:build integration

package e2e

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"safelight/internal/testkit/promql"
)

// scrape reads the metrics of a program as Prometheus does.
func scrape(t *testing.T, program string) (string, map[string]*dto.MetricFamily) {
	t.Helper()
	d, err := running.dev()
	require.NoError(t, err)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, d.MetricsURLs[program], nil)
	require.NoError(t, err)
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer res.Body.Close()
	require.Equal(t, http.StatusOK, res.StatusCode)
	raw, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(string(raw)))
	require.NoError(t, err)
	return string(raw), families
}

var anID = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}|[0-9a-f]{16}|@|/s/[A-Za-z0-9_-]{20}`)

// What is scraped after an upload keeps to the conventions, says nothing of
// anybody, and adds up.
func TestWhatIsScraped(t *testing.T) { // not parallel: another test's worker could take the steps
	p := signedIn(t)
	u := p.become(t, "scraped.jpg", photo())
	for _, program := range []string{"api", "worker"} {
		text, families := scrape(t, program)
		problems, err := promlint.New(strings.NewReader(text)).Lint()
		require.NoError(t, err)
		require.Empty(t, problems, program)
		require.NotContains(t, text, u.ID)
		series := 0
		for name, f := range families {
			for _, m := range f.GetMetric() {
				series++
				for _, l := range m.GetLabel() {
					require.NotRegexp(t, anID, l.GetValue(), "%s{%s}", name, l.GetName())
				}
				addsUp(t, name, m.GetHistogram())
			}
		}
		require.Less(t, series, 3000, "of %s", program)
	}
	_, api := scrape(t, "api")
	_, worker := scrape(t, "worker")
	require.Positive(t, value(t, api, "safelight_uploads_received_total", "way", "form", "result", "accepted"))
	require.Positive(t, value(t, api, "safelight_http_requests_total", "route", "/api/v1/uploads", "method", "POST", "status", "2xx"))
	require.Positive(t, value(t, worker, "safelight_uploads_finished_total", "state", "done", "rejection", ""))
	require.Positive(t, value(t, worker, "safelight_uploads_outcome_total", "outcome", "created"))
	for _, step := range []string{"scan", "dedup", "compress", "move", "version", "notify"} {
		require.Positive(t, value(t, worker, "safelight_step_attempts_total", "step", step, "outcome", "done", "cause", ""), step)
	}
	require.InDelta(t, 1, value(t, worker, "safelight_scanner_up"), 0)
	require.Positive(t, value(t, worker, "safelight_scanner_bytes_total"))
	require.Positive(t, value(t, worker, "safelight_decoders"))
	require.Positive(t, value(t, worker, "safelight_database_statements_total"))
}

// addsUp demands that a histogram is one.
func addsUp(t *testing.T, name string, h *dto.Histogram) {
	t.Helper()
	if h == nil {
		return
	}
	before := uint64(0)
	for _, b := range h.GetBucket() {
		require.GreaterOrEqual(t, b.GetCumulativeCount(), before, name)
		before = b.GetCumulativeCount()
	}
	require.LessOrEqual(t, before, h.GetSampleCount(), name)
	require.False(t, math.IsNaN(h.GetSampleSum()) || h.GetSampleSum() < 0, name)
	if h.GetSampleCount() == 0 {
		require.Zero(t, h.GetSampleSum(), name)
	}
}

// value is that of the one series with these labels, given as name, value.
func value(t *testing.T, families map[string]*dto.MetricFamily, name string, labels ...string) float64 {
	t.Helper()
	want := map[string]string{}
	for i := 0; i < len(labels); i += 2 {
		want[labels[i]] = labels[i+1]
	}
	for _, m := range families[name].GetMetric() {
		have := map[string]string{}
		for _, l := range m.GetLabel() {
			have[l.GetName()] = l.GetValue()
		}
		if maps.Equal(want, have) || len(want) == 0 && len(have) == 0 {
			return m.GetCounter().GetValue() + m.GetGauge().GetValue()
		}
	}
	t.Fatalf("no series %s%v", name, want)
	return 0
}

// Every metric and label that the dashboard and the alerts ask for is exported.
func TestDashboardAndAlertsAskForWhatThereIs(t *testing.T) { // not parallel, as above
	signedIn(t).become(t, "drawn.jpg", photo())
	exported := map[string]map[string]bool{} // labels by name
	for _, program := range []string{"api", "worker"} {
		_, families := scrape(t, program)
		for name, f := range families {
			names := []string{name}
			if f.GetType() == dto.MetricType_HISTOGRAM {
				names = []string{name + "_bucket", name + "_count", name + "_sum"}
			}
			for _, n := range names {
				// Prometheus adds those of the target.
				exported[n] = map[string]bool{"job": true, "instance": true, "le": strings.HasSuffix(n, "_bucket")}
				for _, m := range f.GetMetric() {
					for _, l := range m.GetLabel() {
						exported[n][l.GetName()] = true
					}
				}
			}
		}
	}
	queries := append(panels(t), alerts(t)...)
	require.Greater(t, len(queries), 80)
	used := map[string]bool{}
	for _, query := range queries {
		read := promql.Read(query)
		require.NotEmpty(t, read.Selectors, query)
		for _, s := range read.Selectors {
			require.NotNil(t, exported[s.Name], "%s is not exported, in %s", s.Name, query)
			used[s.Name] = true
			for _, label := range s.Labels {
				require.True(t, exported[s.Name][label], "%s has no label %s, in %s", s.Name, label, query)
			}
		}
		for _, label := range read.Grouping {
			require.True(t, slices.ContainsFunc(read.Selectors, func(s promql.Selector) bool { return exported[s.Name][label] }), "nothing has the label %s, in %s", label, query)
		}
	}
	for name := range exported {
		base := strings.TrimSuffix(strings.TrimSuffix(strings.TrimSuffix(name, "_bucket"), "_count"), "_sum")
		if strings.HasPrefix(name, "safelight_") {
			require.True(t, used[name] || used[base+"_bucket"] || used[base+"_count"] || used[base], "nobody looks at %s", name)
		}
	}
}

// panels are the queries of the dashboard.
func panels(t *testing.T) []string {
	t.Helper()
	raw, err := os.ReadFile("../docs/observability/dashboard.json")
	require.NoError(t, err)
	var board struct {
		Panels []struct {
			ID      int
			Title   string
			Type    string
			GridPos struct{ H, W, X, Y int }
			Targets []struct{ Expr, RefID string }
		}
	}
	require.NoError(t, json.Unmarshal(raw, &board))
	ids, taken := map[int]bool{}, map[string]string{}
	var out []string
	for _, p := range board.Panels {
		require.False(t, ids[p.ID], "two panels %d", p.ID)
		ids[p.ID] = true
		require.LessOrEqual(t, p.GridPos.X+p.GridPos.W, 24, p.Title)
		for x := p.GridPos.X; x < p.GridPos.X+p.GridPos.W; x++ {
			for y := p.GridPos.Y; y < p.GridPos.Y+p.GridPos.H; y++ {
				at := fmt.Sprint(x, " ", y)
				require.Empty(t, taken[at], "%s lies on another panel", p.Title)
				taken[at] = p.Title
			}
		}
		require.Equal(t, p.Type == "row", len(p.Targets) == 0, p.Title)
		for _, target := range p.Targets {
			out = append(out, target.Expr)
		}
	}
	return out
}

// alerts are the expressions of the rules, of which each says what it means and
// which section of the runbook says what to do.
func alerts(t *testing.T) []string {
	t.Helper()
	raw, err := os.ReadFile("../docs/observability/alerts.yml")
	require.NoError(t, err)
	var rules struct {
		Groups []struct {
			Name  string
			Rules []struct {
				Alert, Expr, For string
				Labels           map[string]string
				Annotations      map[string]string
			}
		}
	}
	decoder := yaml.NewDecoder(strings.NewReader(string(raw)))
	decoder.KnownFields(true)
	require.NoError(t, decoder.Decode(&rules))
	sections := headings(t, "../docs/runbook.md")
	names := map[string]bool{}
	var out []string
	for _, g := range rules.Groups {
		for _, r := range g.Rules {
			require.False(t, names[r.Alert], "two alerts %s", r.Alert)
			names[r.Alert] = true
			require.Contains(t, []string{"page", "ticket"}, r.Labels["severity"], r.Alert)
			require.NotEmpty(t, r.Annotations["summary"], r.Alert)
			if r.For != "" {
				_, err := model.ParseDuration(r.For)
				require.NoError(t, err, r.Alert)
			}
			section, ok := strings.CutPrefix(r.Annotations["runbook_url"], "docs/runbook.md#")
			require.True(t, ok, r.Alert)
			require.Contains(t, sections, section, r.Alert)
			out = append(out, r.Expr)
		}
	}
	return out
}

// headings are the anchors of a page.
func headings(t *testing.T, page string) []string {
	t.Helper()
	raw, err := os.ReadFile(page)
	require.NoError(t, err)
	var out []string
	for line := range strings.Lines(string(raw)) {
		if title, ok := strings.CutPrefix(line, "## "); ok {
			anchor := strings.ReplaceAll(strings.ToLower(strings.TrimSpace(title)), " ", "-")
			out = append(out, strings.NewReplacer(",", "", ".", "", "`", "").Replace(anchor))
		}
	}
	return out
}
