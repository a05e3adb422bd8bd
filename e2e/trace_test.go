//go:build integration

package e2e

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"safelight/internal/testkit"
)

// browser begins a trace, as a browser's tracing library does.
func browser(t *testing.T) (header, trace, id string) {
	t.Helper()
	raw := make([]byte, 24)
	_, err := rand.Read(raw)
	require.NoError(t, err)
	trace, id = hex.EncodeToString(raw[:16]), hex.EncodeToString(raw[16:])
	return "00-" + trace + "-" + id + "-01", trace, id
}

// tree is the spans of one trace by their parents.
type tree struct {
	t     *testing.T
	spans []span
	below map[string][]span // by the id of the parent
}

// joined waits until a trace is whole: its workflow and the request have ended,
// and every span hangs below another one or below the browser's.
func joined(t *testing.T, trace, root string) tree {
	t.Helper()
	var out tree
	require.Eventually(t, func() bool {
		out = tree{t: t, spans: running.traces.trace(t, trace), below: map[string][]span{}}
		known, ended := map[string]bool{root: true}, 0
		for _, s := range out.spans {
			known[s.ID] = true
			out.below[s.Parent] = append(out.below[s.Parent], s)
			if s.Name == "ProcessUpload" || s.Name == "POST /api/v1/uploads" {
				ended++
			}
		}
		return ended == 2 && !slices.ContainsFunc(out.spans, func(s span) bool { return !known[s.Parent] })
	}, time.Minute, 100*time.Millisecond, "the spans do not join")
	return out
}

// one is the only span of a name below another one.
func (tr tree) one(parent span, name string) span {
	tr.t.Helper()
	found := tr.all(parent, name)
	require.Len(tr.t, found, 1, "%s below %s, among %s", name, parent.Name, tr.names(parent))
	return found[0]
}

// all are the spans of a name right below another one; "sql" stands for any statement.
func (tr tree) all(parent span, name string) []span {
	return slices.DeleteFunc(slices.Clone(tr.below[parent.ID]), func(s span) bool {
		return s.Name != name && (name != "sql" || !strings.HasPrefix(s.Name, "sql "))
	})
}

func (tr tree) names(parent span) []string {
	var out []string
	for _, s := range tr.below[parent.ID] {
		out = append(out, s.Name)
	}
	return out
}

// One upload is one trace: from the browser's span through the request, the
// start of the workflow and each of the six steps to the object store, the
// scanner, a decoder and the database.
func TestOneUploadIsOneTrace(t *testing.T) { // not parallel: a worker of another test's would send its spans nowhere
	p := signedIn(t)
	header, trace, root := browser(t)
	contentType, body := form(t, nil, "holiday-with-somebody.jpg", testkit.FineJPEG(640, 480, seeds.Add(1)))
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.url("/uploads"), bytes.NewReader(body))
	require.NoError(t, err)
	req.Header.Set("Content-Type", contentType)
	req.Header.Set("Traceparent", header)
	res, answer := p.do(t, req)
	require.Equal(t, http.StatusAccepted, res.StatusCode, "%s", answer)
	var u upload
	require.NoError(t, json.Unmarshal(answer, &u))
	require.Equal(t, "done", p.end(t, u.ID).State)

	tr := joined(t, trace, root)
	require.Len(t, tr.below[root], 1, "one tree")
	request := tr.one(span{ID: root, Name: "the browser"}, "POST /api/v1/uploads")
	require.Equal(t, "safelight-api", request.Service)
	require.Equal(t, u.ID, request.Attributes["safelight.upload_id"])
	require.Equal(t, "202", request.Attributes["http.response.status_code"])
	require.Equal(t, res.Header.Get("X-Request-Id"), request.Attributes["safelight.request_id"])
	require.NotEmpty(t, request.Attributes["user.id"])
	require.NotEmpty(t, tr.all(request, "sql"))
	require.Equal(t, u.ID, strings.Split(tr.one(request, "storage put").Attributes["safelight.object"], "/")[2])

	workflow := tr.one(tr.one(request, "start ProcessUpload"), "ProcessUpload")
	require.Equal(t, "safelight-worker", workflow.Service)
	for _, step := range []struct {
		name  string
		below []string
	}{
		{"Scan", []string{"storage open", "scan", "sql"}},
		{"Dedup", []string{"storage open", "sql"}},
		{"Compress", []string{"storage open", "decoder", "storage put", "sql"}},
		{"Move", []string{"storage move", "sql"}},
		{"CreateVersion", []string{"sql"}},
		{"Notify", []string{"sql"}},
	} {
		s := tr.one(workflow, step.name)
		require.Equal(t, "safelight-worker", s.Service)
		require.Equal(t, u.ID, s.Attributes["safelight.upload_id"], step.name)
		require.Equal(t, "1", s.Attributes["safelight.attempt"], step.name)
		require.Equal(t, "done", s.Attributes["safelight.outcome"], step.name)
		for _, name := range step.below {
			require.NotEmpty(t, tr.all(s, name), "%s below %s, among %s", name, step.name, tr.names(s))
		}
	}
	require.Len(t, tr.all(tr.one(workflow, "Compress"), "storage put"), 3, "full, preview, thumb")
	require.Equal(t, "clean", tr.one(tr.one(workflow, "Scan"), "scan").Attributes["safelight.verdict"])

	t.Logf("%d spans", len(tr.spans))
	for _, s := range tr.spans {
		require.False(t, s.Failed, "%s: %v", s.Name, s.Attributes)
		require.LessOrEqual(t, s.Begin, s.End, s.Name)
		for key, value := range s.Attributes {
			require.NotContains(t, value, "holiday", "%s of %s: names of files are nobody's business", key, s.Name)
			require.NotContains(t, value, "example.org", "%s of %s: nor are addresses", key, s.Name)
		}
	}
	inTheLog(t, "api", trace, `"msg":"request"`, `"upload_id":"`+u.ID+`"`, `"user_id":"`+request.Attributes["user.id"]+`"`)
}

// inTheLog demands a line of a part's log about a trace that says all of this.
func inTheLog(t *testing.T, part, trace string, says ...string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(running.home, "data", "logs", part+".log"))
	require.NoError(t, err)
	for line := range strings.Lines(string(text)) {
		if strings.Contains(line, `"trace_id":"`+trace+`"`) && !slices.ContainsFunc(says, func(s string) bool { return !strings.Contains(line, s) }) {
			return
		}
	}
	t.Fatalf("no line of the %s's log about trace %s says %s", part, trace, says)
}

// The span of an event stream ends with the stream, and not before.
func TestAnEventStreamIsSeenToItsEnd(t *testing.T) {
	t.Parallel()
	p := signedIn(t)
	u := p.become(t, "seen.jpg", photo())
	header, trace, _ := browser(t)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.url("/uploads/"+u.ID+"/events"), nil)
	require.NoError(t, err)
	req.Header.Set("Traceparent", header)
	_, body := p.do(t, req)
	require.Contains(t, string(body), "event: progress")
	var spans []span
	require.Eventually(t, func() bool {
		spans = running.traces.trace(t, trace)
		return slices.ContainsFunc(spans, func(s span) bool { return s.Name == "GET /api/v1/uploads/:id/events" })
	}, time.Minute, 100*time.Millisecond)
}
