package uploader_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"safelight/internal/uploader"
	"safelight/models"
)

// fakeAPI is a server that takes every file and ends every upload at once,
// except where a test puts its own handlers in.
type fakeAPI struct {
	t      *testing.T
	server *httptest.Server

	// onPost answers the n-th POST /uploads (from 1); false goes on as usual.
	onPost func(w http.ResponseWriter, r *http.Request, n int) bool
	// onEvents answers the n-th stream (from 1).
	onEvents func(w http.ResponseWriter, r *http.Request, n int)
	onGet    func(w http.ResponseWriter, r *http.Request)
	tus      *fakeTus
	// life of access tokens in seconds.
	life int

	mu       sync.Mutex
	posts    []received
	postings int
	streams  int
	logins   int
	renewals int
	logouts  int
	access   string // the only good token
	refresh  string
}

// received is one form that came whole.
type received struct {
	Key, Name, FileID, Body string
	Order                   []string
}

func newFake(t *testing.T) *fakeAPI {
	t.Helper()
	f := &fakeAPI{t: t, life: 900}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /api/v1/auth/login", f.login)
	mux.HandleFunc("POST /api/v1/auth/refresh", f.renew)
	mux.HandleFunc("POST /api/v1/auth/logout", f.signedIn(func(w http.ResponseWriter, _ *http.Request) {
		f.count(&f.logouts)
		w.WriteHeader(http.StatusNoContent)
	}))
	mux.HandleFunc("GET /api/v1/me", f.signedIn(func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, http.StatusOK, map[string]string{"id": "me"})
	}))
	mux.HandleFunc("POST /api/v1/uploads", f.signedIn(f.post))
	mux.HandleFunc("GET /api/v1/uploads/{id}", f.signedIn(func(w http.ResponseWriter, r *http.Request) {
		if f.onGet != nil {
			f.onGet(w, r)
			return
		}
		writeJSON(w, http.StatusOK, done(r.PathValue("id")))
	}))
	mux.HandleFunc("GET /api/v1/uploads/{id}/events", f.signedIn(func(w http.ResponseWriter, r *http.Request) {
		n := f.count(&f.streams)
		if f.onEvents != nil {
			f.onEvents(w, r, n)
			return
		}
		stream(w, done(r.PathValue("id")))
	}))
	f.tus = &fakeTus{kept: map[string]*partial{}}
	resumable := f.signedIn(f.tus.ServeHTTP)
	f.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, tusPath) {
			resumable(w, r)
			return
		}
		mux.ServeHTTP(w, r)
	}))
	t.Cleanup(f.server.Close)
	return f
}

func (f *fakeAPI) count(n *int) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	*n++
	return *n
}

func (f *fakeAPI) seen(n *int) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return *n
}

func (f *fakeAPI) first() received {
	f.mu.Lock()
	defer f.mu.Unlock()
	require.NotEmpty(f.t, f.posts)
	return f.posts[0]
}

func (f *fakeAPI) login(w http.ResponseWriter, r *http.Request) {
	var body map[string]string
	if json.NewDecoder(r.Body).Decode(&body) != nil || body["email"] != "ada@example.org" || body["password"] != "right" {
		problem(w, http.StatusUnauthorized, "invalid_credentials", "Wrong e-mail address or password.")
		return
	}
	f.issue(w, f.count(&f.logins), "login")
}

func (f *fakeAPI) renew(w http.ResponseWriter, r *http.Request) {
	var body map[string]string
	_ = json.NewDecoder(r.Body).Decode(&body)
	f.mu.Lock()
	good := body["refreshToken"] == f.refresh && f.refresh != ""
	f.mu.Unlock()
	if !good {
		problem(w, http.StatusUnauthorized, "unauthenticated", "Used before.")
		return
	}
	f.issue(w, f.count(&f.renewals), "refresh")
}

func (f *fakeAPI) issue(w http.ResponseWriter, n int, how string) {
	f.mu.Lock()
	f.access, f.refresh = fmt.Sprintf("access-%s-%d", how, n), fmt.Sprintf("refresh-%s-%d", how, n)
	access, refresh := f.access, f.refresh
	f.mu.Unlock()
	http.SetCookie(w, &http.Cookie{Name: "safelight_access", Value: access})
	http.SetCookie(w, &http.Cookie{Name: "__Secure-safelight_refresh", Value: refresh})
	writeJSON(w, http.StatusOK, map[string]any{"user": map[string]string{}, "accessToken": access, "expiresIn": f.life})
}

// expire makes every access token bad.
func (f *fakeAPI) expire() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.access = "none"
}

func (f *fakeAPI) signedIn(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		f.mu.Lock()
		good := r.Header.Get("Authorization") == "Bearer "+f.access || r.Header.Get("Authorization") == "Bearer sl_good"
		f.mu.Unlock()
		if !good {
			problem(w, http.StatusUnauthorized, "unauthenticated", "Sign in again.")
			return
		}
		next(w, r)
	}
}

func (f *fakeAPI) post(w http.ResponseWriter, r *http.Request) {
	n := f.count(&f.postings)
	if f.onPost != nil && f.onPost(w, r, n) {
		return
	}
	got, err := readForm(r)
	if err != nil {
		problem(w, http.StatusBadRequest, "bad_form", err.Error())
		return
	}
	f.mu.Lock()
	f.posts = append(f.posts, got)
	id := fmt.Sprintf("up-%d", len(f.posts))
	f.mu.Unlock()
	writeJSON(w, http.StatusAccepted, uploader.Upload{ID: id, Name: got.Name, Size: int64(len(got.Body)), State: models.UploadProcessing, Seq: 1, Steps: models.NewSteps()})
}

func readForm(r *http.Request) (received, error) {
	got := received{Key: r.Header.Get("Idempotency-Key")}
	if len(r.TransferEncoding) > 0 || r.ContentLength <= 0 {
		return got, fmt.Errorf("no Content-Length but %v", r.TransferEncoding)
	}
	counted := &countingBody{r: r.Body}
	r.Body = io.NopCloser(counted)
	parts, err := r.MultipartReader()
	if err != nil {
		return got, err
	}
	for {
		p, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return got, err
		}
		b, err := io.ReadAll(p)
		if err != nil {
			return got, err
		}
		got.Order = append(got.Order, p.FormName())
		switch p.FormName() {
		case "name":
			got.Name = string(b)
		case "fileId":
			got.FileID = string(b)
		case "file":
			got.Body = string(b)
		}
	}
	rest, err := io.Copy(io.Discard, counted)
	if err == nil && (rest > 2 || counted.n != r.ContentLength) {
		err = fmt.Errorf("%d bytes announced, %d came, %d of them behind the form", r.ContentLength, counted.n, rest)
	}
	return got, err
}

type countingBody struct {
	r io.Reader
	n int64
}

func (c *countingBody) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}

func problem(w http.ResponseWriter, status int, code, detail string) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]any{"status": status, "code": code, "title": "Title", "detail": detail, "requestId": "req-1"})
}

// stream sends pictures of an upload as events and ends.
func stream(w http.ResponseWriter, ups ...uploader.Upload) {
	w.Header().Set("Content-Type", "text/event-stream")
	for _, up := range ups {
		b, _ := json.Marshal(up)
		_, _ = fmt.Fprintf(w, ": hello\n\nid: %d\nevent: progress\ndata: %s\n\n", up.Seq, b)
		w.(http.Flusher).Flush()
	}
}

func at(id string, seq int64, state models.UploadState) uploader.Upload {
	return uploader.Upload{ID: id, Name: "x.jpg", Size: 3, State: state, Seq: seq, Steps: models.NewSteps()}
}

func done(id string) uploader.Upload {
	up := at(id, 9000, models.UploadDone)
	outcome, stored := models.OutcomeCreated, int64(1)
	up.Outcome, up.StoredSize, up.Percent = &outcome, &stored, 100
	return up
}

// recorder is an observer that remembers.
type recorder struct {
	mu       sync.Mutex
	sent     int64
	total    int64
	troubles []string
	seqs     []int64
}

func (r *recorder) Sent(n, total int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sent, r.total = n, total
}

func (r *recorder) Retrying(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.troubles = append(r.troubles, err.Error())
}

func (r *recorder) Progress(up uploader.Upload) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.seqs = append(r.seqs, up.Seq)
}

func (f *fakeAPI) client(change ...func(*uploader.Options)) *uploader.Client {
	f.t.Helper()
	opts := uploader.Options{
		Server: f.server.URL, Credentials: uploader.Credentials{Token: "sl_good"},
		Backoff: func(int) time.Duration { return time.Millisecond },
	}
	for _, c := range change {
		c(&opts)
	}
	c, err := uploader.New(opts)
	require.NoError(f.t, err)
	return c
}

func byPassword(o *uploader.Options) {
	o.Credentials = uploader.Credentials{Email: "ada@example.org", Password: "right"}
}

func file(t *testing.T, name, content string) uploader.Source {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
	return uploader.Source{Path: path}
}

var big = strings.Repeat("0123456789abcdef", 1<<18) // 4 MiB
