package api

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"safelight/internal/imageinfo"
	"safelight/internal/intake"
	"safelight/internal/progress"
	"safelight/models"
	"safelight/storage"
)

// memoryUploads keeps uploads in memory, by the contract that intake, progress
// and this package state.
type memoryUploads struct {
	*fakeRows
	up      sync.Mutex
	uploads map[string]models.Upload
	quota   int64
}

func (f *memoryUploads) CreateUpload(_ context.Context, n models.NewUpload) (models.Upload, bool, error) {
	f.up.Lock()
	defer f.up.Unlock()
	for _, up := range f.uploads {
		if n.IdempotencyKey != nil && up.IdempotencyKey != nil && *n.IdempotencyKey == *up.IdempotencyKey && up.OwnerID == n.OwnerID {
			return up, false, nil
		}
	}
	if n.TargetFileID != nil {
		f.fakeRows.mu.Lock()
		file, err := f.file(models.Scope{OwnerID: n.OwnerID}, *n.TargetFileID)
		f.fakeRows.mu.Unlock()
		switch {
		case err != nil:
			return models.Upload{}, false, err
		case file.TrashedAt != nil:
			return models.Upload{}, false, models.ErrFileTrashed
		}
	}
	if n.Reserve > f.quota {
		return models.Upload{}, false, models.ErrQuotaExceeded
	}
	up := models.Upload{
		ID: n.ID, OwnerID: n.OwnerID, Name: n.Name, TargetFileID: n.TargetFileID, IdempotencyKey: n.IdempotencyKey,
		State: models.UploadReceiving, CreatedAt: time.Now(),
	}
	f.uploads[n.ID] = up
	return up, true, nil
}

func (f *memoryUploads) AcceptUpload(_ context.Context, id string, size int64, sha256, mimeType string) (models.Upload, error) {
	f.up.Lock()
	defer f.up.Unlock()
	up := f.uploads[id]
	if up.State != models.UploadReceiving {
		return up, models.ErrConflict
	}
	up.State, up.Size, up.SHA256, up.MIMEType, up.Seq = models.UploadProcessing, size, sha256, mimeType, models.SeqStride
	f.uploads[id] = up
	return up, nil
}

func (f *memoryUploads) DropUpload(_ context.Context, id string) error {
	f.up.Lock()
	defer f.up.Unlock()
	if f.uploads[id].State == models.UploadReceiving {
		delete(f.uploads, id)
	}
	return nil
}

func (f *memoryUploads) CancelReceiving(_ context.Context, _ models.Scope, id string) (bool, error) {
	f.up.Lock()
	defer f.up.Unlock()
	up := f.uploads[id]
	was := up.State == models.UploadReceiving
	if was {
		up.State = models.UploadCanceled
		f.uploads[id] = up
	}
	return was, nil
}

func (f *memoryUploads) UploadByID(_ context.Context, scope models.Scope, id string) (models.Upload, error) {
	f.up.Lock()
	defer f.up.Unlock()
	up, ok := f.uploads[id]
	if !ok || !scope.Any && up.OwnerID != scope.OwnerID {
		return models.Upload{}, models.ErrNotFound
	}
	return up, f.fail
}

func (f *memoryUploads) ListUploads(_ context.Context, filter models.UploadFilter) (models.Page[models.Upload], error) {
	f.up.Lock()
	defer f.up.Unlock()
	var p models.Page[models.Upload]
	for _, up := range f.uploads {
		if up.OwnerID == filter.Scope.OwnerID && (filter.State == "" || filter.State == up.State) {
			p.Items = append(p.Items, up)
		}
	}
	return p, f.fail
}

func (f *memoryUploads) OpenUploads(_ context.Context, owner, after string, limit int) (models.Page[models.Upload], error) {
	f.up.Lock()
	defer f.up.Unlock()
	var p models.Page[models.Upload]
	for _, up := range f.uploads {
		if up.OwnerID == owner && !up.State.Final() && up.ID > after {
			p.Items = append(p.Items, up)
		}
	}
	slices.SortFunc(p.Items, func(a, b models.Upload) int { return strings.Compare(a.ID, b.ID) })
	if len(p.Items) > limit {
		p.Items = p.Items[:limit]
		p.Next = p.Items[limit-1].ID
	}
	return p, f.fail
}

func (f *memoryUploads) TouchUpload(_ context.Context, id string) error {
	f.up.Lock()
	defer f.up.Unlock()
	if f.uploads[id].State != models.UploadReceiving {
		return models.ErrConflict
	}
	return nil
}

func (f *memoryUploads) NotificationByID(_ context.Context, id string) (models.Notification, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	n, ok := f.notes[id]
	if !ok {
		return n, models.ErrNotFound
	}
	return n, nil
}

func (f *memoryUploads) NotificationsSince(_ context.Context, user string, seq int64, limit int) ([]models.Notification, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	var out []models.Notification
	for next := seq + 1; len(out) < limit && next <= seq+2000; next++ {
		for _, n := range f.notes {
			if n.UserID == user && n.Seq == next {
				out = append(out, n)
			}
		}
	}
	return out, nil
}

func (f *memoryUploads) LastNotificationSeq(_ context.Context, user string) (int64, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	var last int64
	for _, n := range f.notes {
		if n.UserID == user {
			last = max(last, n.Seq)
		}
	}
	return last, f.fail
}

// put stores an upload of a user, as the pipeline would leave it.
func (f *memoryUploads) put(up models.Upload) models.Upload {
	f.up.Lock()
	defer f.up.Unlock()
	if up.ID == "" {
		up.ID = uuid.NewString()
	}
	f.uploads[up.ID] = up
	return up
}

func (f *memoryUploads) count() int {
	f.up.Lock()
	defer f.up.Unlock()
	return len(f.uploads)
}

// shownEngine is a workflow engine that shows what the test has set.
type shownEngine struct {
	mu      sync.Mutex
	picture models.Progress
	err     error
	signals []string
}

func (e *shownEngine) Query(context.Context, string) (models.Progress, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.picture, e.err
}

func (e *shownEngine) Pending(context.Context, string) ([]progress.PendingStep, error) {
	return nil, nil
}

func (e *shownEngine) StartUpload(context.Context, *models.Upload) error { return nil }

func (e *shownEngine) Retry(_ context.Context, up *models.Upload) error {
	return e.signal("retry " + up.ID)
}

func (e *shownEngine) Cancel(_ context.Context, up *models.Upload) error {
	return e.signal("cancel " + up.ID)
}

func (e *shownEngine) signal(s string) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.err != nil {
		return e.err
	}
	e.signals = append(e.signals, s)
	return nil
}

// show has the workflow of every upload show this step.
func (e *shownEngine) show(changes int64, step models.StepName) {
	up := models.Upload{State: models.UploadProcessing, Step: step, Percent: models.StepPercent(step), Seq: changes * models.SeqStride}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.picture, e.err = up.Progress(), nil
}

const uploadLimit = 1 << 20

// uploadBench is an app that takes uploads in for real, into a folder, and has
// a real hub over a fake engine. It listens.
type uploadBench struct {
	*bench
	uploads *memoryUploads
	engine  *shownEngine
	hub     *progress.Hub
	store   storage.Store
	closing chan struct{}
	address string
}

func newUploadBench(t testing.TB, change ...func(*Deps)) *uploadBench {
	t.Helper()
	u := &uploadBench{engine: &shownEngine{}, closing: make(chan struct{})}
	u.engine.show(1, models.StepScan)
	store, err := storage.OpenFolder(t.TempDir())
	require.NoError(t, err)
	u.store = store
	u.bench = newBench(t, append([]func(*Deps){func(d *Deps) {
		d.Config.MaxUploadBytes = uploadLimit
		u.uploads = &memoryUploads{fakeRows: d.Users.(*fakeRows), uploads: map[string]models.Upload{}, quota: 1 << 30} //nolint:forcetypeassert // newBench's own
		u.hub = progress.New(u.uploads, u.engine, d.Log)
		d.Uploads = UploadParts{Rows: u.uploads, Engine: u.engine, Pictures: u.hub, Resumable: d.Uploads.Resumable, Intake: &intake.Intake{
			Rows: u.uploads, Objects: store, Starter: u.engine, Log: slog.New(slog.DiscardHandler),
			Sniff: func(head []byte) (string, bool) {
				f, ok := imageinfo.Sniff(head)
				return f.MIME(), ok
			},
			SniffLen: imageinfo.SniffLen, MaxBytes: uploadLimit, MaxOpen: 32,
		}}
		d.Events = EventParts{Hub: u.hub, Rows: u.uploads, Closing: u.closing}
	}}, change...)...)
	t.Cleanup(u.hub.Close)

	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	u.address = listener.Addr().String()
	served := make(chan error, 1)
	go func() { served <- u.app.Fiber().Listener(listener) }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		_ = u.app.Fiber().ShutdownWithContext(ctx) // tests that care look at it themselves
		require.NoError(t, <-served)
	})
	return u
}

// ask sends a request over the network: one app cannot both listen and be asked by Fiber's Test.
func (u *uploadBench) ask(method, path, token string, edits ...func(*http.Request)) answer {
	u.t.Helper()
	req, err := http.NewRequestWithContext(u.t.Context(), method, "http://"+u.address+path, nil)
	require.NoError(u.t, err)
	req.Header.Set("Authorization", "Bearer "+token)
	for _, edit := range edits {
		edit(req)
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 30 * time.Second}
	res, err := client.Do(req)
	require.NoError(u.t, err)
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	require.NoError(u.t, err)
	return answer{t: u.t, Status: res.StatusCode, Header: res.Header, Body: raw}
}

// nothingLeft demands that no row and no object remains.
func (u *uploadBench) nothingLeft() {
	u.t.Helper()
	require.Eventually(u.t, func() bool { return u.uploads.count() == 0 }, 5*time.Second, time.Millisecond, "a row is left")
	page, err := u.store.List(u.t.Context(), storage.Tmp, "", "", 10)
	require.NoError(u.t, err)
	require.Empty(u.t, page.Objects)
}

// connection is a raw one, as clients make it that do not behave.
type connection struct {
	t testing.TB
	net.Conn
	in *bufio.Reader
}

func (u *uploadBench) dial() *connection {
	u.t.Helper()
	conn, err := (&net.Dialer{}).DialContext(u.t.Context(), "tcp", u.address)
	require.NoError(u.t, err)
	u.t.Cleanup(func() { conn.Close() })
	require.NoError(u.t, conn.SetDeadline(time.Now().Add(30*time.Second)))
	return &connection{t: u.t, Conn: conn, in: bufio.NewReader(conn)}
}

// send writes what it is given; a server may have closed by then.
func (c *connection) send(parts ...any) error {
	for _, p := range parts {
		var err error
		switch v := p.(type) {
		case string:
			_, err = io.WriteString(c.Conn, v)
		case []byte:
			_, err = c.Write(v)
		case io.Reader:
			_, err = io.Copy(c.Conn, v)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// receive reads one answer.
func (c *connection) receive() answer {
	c.t.Helper()
	res, err := http.ReadResponse(c.in, nil)
	require.NoError(c.t, err)
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	require.NoError(c.t, err)
	return answer{t: c.t, Status: res.StatusCode, Header: res.Header, Body: raw}
}

// form writes a multipart form by hand: parts are "name=value", or
// "file:filename=content".
func form(parts ...string) string {
	var b strings.Builder
	for _, p := range parts {
		name, value, _ := strings.Cut(p, "=")
		field, filename, isFile := strings.Cut(name, ":")
		fmt.Fprintf(&b, "--B\r\nContent-Disposition: form-data; name=%q", field)
		if isFile {
			fmt.Fprintf(&b, "; filename=%q\r\nContent-Type: application/octet-stream", filename)
		}
		b.WriteString("\r\n\r\n" + value + "\r\n")
	}
	return b.String() + "--B--\r\n"
}

const multipartB = "multipart/form-data; boundary=B"

// head is the beginning of an upload's request. length < 0: in chunks.
func head(token string, length int64, headers ...string) string {
	size := fmt.Sprintf("Content-Length: %d", length)
	if length < 0 {
		size = "Transfer-Encoding: chunked"
	}
	lines := append([]string{
		"POST /api/v1/uploads HTTP/1.1", "Host: safelight.test", "Authorization: Bearer " + token, "Content-Type: " + multipartB, size,
	}, headers...)
	return strings.Join(lines, "\r\n") + "\r\n\r\n"
}

// chunked is a body in chunks, without the last one.
func chunked(body string) string {
	var b bytes.Buffer
	for len(body) > 0 {
		n := min(len(body), 10_000)
		fmt.Fprintf(&b, "%x\r\n%s\r\n", n, body[:n])
		body = body[n:]
	}
	return b.String()
}

// jpegBytes is n bytes that begin like a JPEG.
func jpegBytes(n int) string {
	return "\xff\xd8\xff\xe0\x00\x10JFIF\x00" + strings.Repeat("x", n-11)
}
