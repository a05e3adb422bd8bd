//go:build integration

package e2e

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// person is somebody who is signed in and speaks the HTTP contract alone: it
// shares no code with the product.
type person struct {
	base  string
	token string
}

// upload is the upload of the contract.
type upload struct {
	ID            string     `json:"id"`
	Name          string     `json:"name"`
	Size          int64      `json:"size"`
	State         string     `json:"state"`
	Percent       int        `json:"percent"`
	Steps         []step     `json:"steps"`
	Outcome       *string    `json:"outcome"`
	Rejection     *rejection `json:"rejection"`
	FileID        *string    `json:"fileId"`
	VersionNumber *int       `json:"versionNumber"`
	DuplicateOf   *string    `json:"duplicateOf"`
	StoredSize    *int64     `json:"storedSize"`
	Seq           int64      `json:"seq"`
	received      time.Time
}

type step struct {
	Name       string     `json:"name"`
	State      string     `json:"state"`
	Attempt    int        `json:"attempt"`
	StartedAt  *time.Time `json:"startedAt"`
	FinishedAt *time.Time `json:"finishedAt"`
	Message    *string    `json:"message"`
}

type rejection struct {
	Code      string `json:"code"`
	Detail    string `json:"detail"`
	Signature string `json:"signature"`
}

func (u upload) final() bool {
	return u.State == "done" || u.State == "rejected" || u.State == "canceled" || u.State == "failed"
}

func (u upload) step(name string) step {
	for _, s := range u.Steps {
		if s.Name == name {
			return s
		}
	}
	return step{}
}

type problem struct {
	Type, Title, Detail, Code, RequestID string
	Status                               int
}

func signedIn(t *testing.T) *person {
	t.Helper()
	d, err := running.dev()
	require.NoError(t, err)
	return registered(t, d.APIURL)
}

func (p *person) url(path string) string {
	if strings.HasPrefix(path, "/api/") {
		return p.base + path
	}
	return p.base + "/api/v1" + path
}

// call sends JSON and decodes the answer into out, if not nil.
func (p *person) call(t *testing.T, method, path string, in, out any) int {
	t.Helper()
	var body io.Reader
	if in != nil {
		data, err := json.Marshal(in)
		require.NoError(t, err)
		body = bytes.NewReader(data)
	}
	req, err := http.NewRequestWithContext(t.Context(), method, p.url(path), body)
	require.NoError(t, err)
	if in != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	res, data := p.do(t, req)
	if out != nil {
		require.NoError(t, json.Unmarshal(data, out), "%s %s: %s", method, path, data)
	}
	return res.StatusCode
}

func (p *person) do(t *testing.T, req *http.Request) (*http.Response, []byte) {
	t.Helper()
	if p.token != "" {
		req.Header.Set("Authorization", "Bearer "+p.token)
	}
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	return res, data
}

// form builds a multipart body of fields and one file.
func form(t *testing.T, fields map[string]string, name string, data []byte) (string, []byte) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for k, v := range fields {
		require.NoError(t, w.WriteField(k, v))
	}
	if data != nil {
		part, err := w.CreateFormFile("file", name)
		require.NoError(t, err)
		_, err = part.Write(data)
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	return w.FormDataContentType(), b.Bytes()
}

// send posts an upload and gives the raw answer.
func (p *person) send(t *testing.T, fields map[string]string, name string, data []byte) (*http.Response, []byte) {
	t.Helper()
	contentType, body := form(t, fields, name, data)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.url("/uploads"), bytes.NewReader(body))
	require.NoError(t, err)
	req.Header.Set("Content-Type", contentType)
	return p.do(t, req)
}

// accepted posts an upload that must be accepted.
func (p *person) accepted(t *testing.T, name string, data []byte) upload {
	t.Helper()
	return p.acceptedWith(t, nil, name, data)
}

func (p *person) acceptedWith(t *testing.T, fields map[string]string, name string, data []byte) upload {
	t.Helper()
	res, body := p.send(t, fields, name, data)
	require.Equal(t, http.StatusAccepted, res.StatusCode, "%s", body)
	var u upload
	require.NoError(t, json.Unmarshal(body, &u))
	require.Equal(t, "/api/v1/uploads/"+u.ID, res.Header.Get("Location"))
	return u
}

// follow reads the event stream of an upload to its end, or until enough says so.
func (p *person) follow(t *testing.T, id string, enough func(upload) bool) []upload {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, p.url("/uploads/"+id+"/events"), nil)
	require.NoError(t, err)
	req.Header.Set("Authorization", "Bearer "+p.token)
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer res.Body.Close()
	require.Equal(t, http.StatusOK, res.StatusCode)
	require.Contains(t, res.Header.Get("Content-Type"), "text/event-stream")
	var seen []upload
	lines := bufio.NewScanner(res.Body)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		data, ok := strings.CutPrefix(lines.Text(), "data: ")
		if !ok {
			continue
		}
		var u upload
		require.NoError(t, json.Unmarshal([]byte(data), &u), "%s", data)
		u.received = time.Now()
		if n := len(seen); n > 0 {
			require.Greater(t, u.Seq, seen[n-1].Seq, "seq must grow")
		}
		seen = append(seen, u)
		if enough != nil && enough(u) {
			return seen
		}
	}
	if enough != nil {
		require.NoError(t, lines.Err())
		t.Fatalf("the stream ended before it showed what was waited for; last: %+v", seen[len(seen)-1])
	}
	require.NotEmpty(t, seen)
	require.True(t, seen[len(seen)-1].final(), "a stream ends after a final state: %+v", seen[len(seen)-1])
	return seen
}

// end waits for the final state.
func (p *person) end(t *testing.T, id string) upload {
	t.Helper()
	seen := p.follow(t, id, nil)
	return seen[len(seen)-1]
}

func (p *person) become(t *testing.T, name string, data []byte) upload {
	t.Helper()
	return p.end(t, p.accepted(t, name, data).ID)
}
