//go:build integration

package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

func (p *person) uploads(t *testing.T) []upload {
	t.Helper()
	var l list[upload]
	require.Equal(t, http.StatusOK, p.call(t, http.MethodGet, "/uploads", nil, &l))
	return l.Items
}

// refused asserts a problem of the contract, and that no row and no object came of it.
func (p *person) refused(t *testing.T, res *http.Response, body []byte, status int, code string) {
	t.Helper()
	require.Equal(t, status, res.StatusCode, "%s", body)
	require.Equal(t, "application/problem+json", strings.Split(res.Header.Get("Content-Type"), ";")[0])
	var pr problem
	require.NoError(t, json.Unmarshal(body, &pr))
	require.Equal(t, code, pr.Code)
	require.Equal(t, status, pr.Status)
	require.NotEmpty(t, pr.Title)
	require.NotEmpty(t, pr.Detail)
	require.Equal(t, res.Header.Get("X-Request-Id"), pr.RequestID)
	require.Empty(t, p.uploads(t), "no row")
}

func TestBadInput(t *testing.T) {
	t.Parallel()
	other := signedIn(t)
	foreign := other.become(t, "theirs.jpg", photo())
	cases := []struct {
		name   string
		fields map[string]string
		file   string
		data   []byte
		status int
		code   string
	}{
		{"empty file", nil, "a.jpg", []byte{}, 422, "empty_file"},
		{"no file part", map[string]string{"name": "x"}, "", nil, 422, "missing_file"},
		{"not an image", nil, "a.jpg", []byte("just words, many of them, but no picture at all"), 415, "unsupported_media_type"},
		{"svg", nil, "a.svg", []byte(`<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>`), 415, "unsupported_media_type"},
		{"name too long", map[string]string{"name": strings.Repeat("n", 5000)}, "a.jpg", photo(), 422, "name_too_long"},
		{"name that climbs", map[string]string{"name": "../../etc/passwd"}, "a.jpg", photo(), 422, "validation_failed"},
		{"file name that climbs", nil, "../../etc/cat.jpg", photo(), 422, "validation_failed"},
		{"unknown fileId", map[string]string{"fileId": uuid.NewString()}, "a.jpg", photo(), 404, "not_found"},
		{"fileId is no id", map[string]string{"fileId": "../etc"}, "a.jpg", photo(), 404, "not_found"},
		{"somebody else's fileId", map[string]string{"fileId": *foreign.FileID}, "a.jpg", photo(), 404, "not_found"},
		{"over the limit", nil, "a.jpg", append(photo(), make([]byte, 51<<20)...), 413, "too_large"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := signedIn(t)
			res, body := p.send(t, c.fields, c.file, c.data)
			p.refused(t, res, body, c.status, c.code)
		})
	}
}

func TestNotAForm(t *testing.T) {
	t.Parallel()
	p := signedIn(t)
	for contentType, status := range map[string]int{"image/jpeg": 415, "multipart/form-data": 400, "": 415} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.url("/uploads"), bytes.NewReader(photo()))
		require.NoError(t, err)
		if contentType != "" {
			req.Header.Set("Content-Type", contentType)
		}
		res, body := p.do(t, req)
		code := "unsupported_media_type"
		if status == 400 {
			code = "malformed_body"
		}
		p.refused(t, res, body, status, code)
	}
}

// Paths in the file part are what some programs send for a name: only its last element counts.
func TestFileNamesLoseTheirPath(t *testing.T) {
	t.Parallel()
	p := signedIn(t)
	for sent, want := range map[string]string{`C:\fakepath\dog.jpg`: "dog.jpg", "holiday/cat.jpg": "cat.jpg"} {
		u := p.become(t, sent, photo())
		require.Equal(t, "done", u.State)
		require.Equal(t, want, u.Name)
	}
}

// raw sends bytes over a connection of its own and reads what comes back.
func (p *person) raw(t *testing.T, head string, body []byte, hangUp bool) (*http.Response, []byte) {
	t.Helper()
	u, err := url.Parse(p.base)
	require.NoError(t, err)
	conn, err := net.Dial("tcp", u.Host)
	require.NoError(t, err)
	defer conn.Close()
	require.NoError(t, conn.SetDeadline(time.Now().Add(time.Minute)))
	_, err = io.WriteString(conn, head)
	require.NoError(t, err)
	_, err = conn.Write(body)
	require.NoError(t, err)
	if hangUp {
		return nil, nil
	}
	answer, err := io.ReadAll(conn)
	require.True(t, err == nil || len(answer) > 0, "no answer: %v", err)
	status, rest, ok := strings.Cut(string(answer), "\r\n\r\n")
	require.True(t, ok, "%q", answer)
	res := &http.Response{Header: http.Header{}}
	_, err = fmt.Sscanf(status, "HTTP/1.1 %d", &res.StatusCode)
	require.NoError(t, err)
	for _, line := range strings.Split(status, "\r\n")[1:] {
		k, v, _ := strings.Cut(line, ": ")
		res.Header.Set(k, v)
	}
	return res, []byte(rest)
}

func (p *person) head(contentType string, length int64) string {
	return fmt.Sprintf("POST /api/v1/uploads HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Type: %s\r\nContent-Length: %d\r\nConnection: close\r\n\r\n",
		p.token, contentType, length)
}

func TestThreeGigabytesAnnounced(t *testing.T) {
	t.Parallel()
	p := signedIn(t)
	contentType, body := form(t, nil, "big.jpg", photo())
	res, answer := p.raw(t, p.head(contentType, 3<<30), body, false)
	p.refused(t, res, answer, 413, "too_large")
}

func TestBodyCutInTheMiddle(t *testing.T) {
	t.Parallel()
	p := signedIn(t)
	contentType, body := form(t, nil, "cut.jpg", photo())
	p.raw(t, p.head(contentType, int64(len(body))), body[:len(body)*2/3], true)
	require.Eventually(t, func() bool { return len(p.uploads(t)) == 0 }, 20*time.Second, 50*time.Millisecond, "no row")
}

func TestIdempotencyKey(t *testing.T) {
	t.Parallel()
	p, data, key := signedIn(t), photo(), uuid.NewString()
	var ids []string
	for range 3 {
		contentType, body := form(t, nil, "once.jpg", data)
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.url("/uploads"), bytes.NewReader(body))
		require.NoError(t, err)
		req.Header.Set("Content-Type", contentType)
		req.Header.Set("Idempotency-Key", key)
		res, answer := p.do(t, req)
		require.Equal(t, http.StatusAccepted, res.StatusCode, "%s", answer)
		var u upload
		require.NoError(t, json.Unmarshal(answer, &u))
		ids = append(ids, u.ID)
	}
	require.Equal(t, []string{ids[0], ids[0], ids[0]}, ids)
	require.Len(t, p.uploads(t), 1)
}
