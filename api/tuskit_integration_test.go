//go:build integration

package api

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"safelight/internal/imageinfo"
	"safelight/internal/intake"
	"safelight/internal/progress"
	"safelight/internal/testkit"
	"safelight/models"
	"safelight/models/store"
	"safelight/storage"
)

// tusStack is several apps over one database and one folder of objects, as
// several processes of a server are.
type tusStack struct {
	t     *testing.T
	store *store.Store
	files storage.Store
	url   string
	apps  []*tusApp
}

// tusApp is one of them. Dead, it reaches neither database nor store any more.
type tusApp struct {
	*bench
	address string
	dead    atomic.Bool
	closing chan struct{}
	started atomic.Int64
}

var errDead = errors.New("this process was killed")

// mortalRows and mortalObjects are what a process reaches while it lives.
type mortalRows struct {
	*store.Store
	app *tusApp
}

func (m mortalRows) HoldTus(ctx context.Context, id, writer string) (bool, error) {
	if m.app.dead.Load() {
		return false, errDead
	}
	return m.Store.HoldTus(ctx, id, writer)
}

func (m mortalRows) TouchUpload(ctx context.Context, id string) error {
	if m.app.dead.Load() {
		return errDead
	}
	return m.Store.TouchUpload(ctx, id)
}

func (m mortalRows) ReleaseTus(ctx context.Context, id, writer string) error {
	if m.app.dead.Load() {
		return errDead
	}
	return m.Store.ReleaseTus(ctx, id, writer)
}

func (m mortalRows) CommitTusPart(ctx context.Context, p models.NewTusPart) (models.TusUpload, error) {
	if m.app.dead.Load() {
		return models.TusUpload{}, errDead
	}
	return m.Store.CommitTusPart(ctx, p)
}

func (m mortalRows) AcceptUpload(ctx context.Context, id string, size int64, sum, mimeType string) (models.Upload, error) {
	if m.app.dead.Load() {
		return models.Upload{}, errDead
	}
	return m.Store.AcceptUpload(ctx, id, size, sum, mimeType)
}

type mortalObjects struct {
	storage.Store
	app *tusApp
}

func (m mortalObjects) Delete(ctx context.Context, refs ...storage.Ref) error {
	if m.app.dead.Load() {
		return errDead
	}
	return m.Store.Delete(ctx, refs...)
}

type startCounter struct{ app *tusApp }

func (s startCounter) StartUpload(context.Context, *models.Upload) error {
	s.app.started.Add(1)
	return nil
}

func newTusStack(t *testing.T, change ...func(*intake.Resumable)) *tusStack {
	t.Helper()
	s := &tusStack{t: t, url: testkit.Database(t)}
	var err error
	s.store, err = store.Open(t.Context(), s.url, 16)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.store.Close()) })
	s.files, err = storage.Open(t.Context(), "file://"+t.TempDir())
	require.NoError(t, err)
	for range 2 {
		s.apps = append(s.apps, s.newApp(change...))
	}
	return s
}

func (s *tusStack) newApp(change ...func(*intake.Resumable)) *tusApp {
	app := &tusApp{closing: make(chan struct{})}
	rows, objects := mortalRows{s.store, app}, mortalObjects{s.files, app}
	in := &intake.Intake{
		Rows: rows, Objects: objects, Starter: startCounter{app}, Log: slog.New(slog.DiscardHandler),
		Sniff: imageinfo.SniffMIME, SniffLen: imageinfo.SniffLen, MaxBytes: 50 << 20, MaxOpen: 32,
	}
	resumable := &intake.Resumable{Intake: in, Rows: rows, Objects: objects, KeepFor: time.Hour, Pace: intake.StandardPace()}
	resumable.Pace.PartBytes = 256 << 10
	for _, c := range change {
		c(resumable)
	}
	app.bench = newBench(s.t, func(d *Deps) {
		hub := progress.New(s.store, &shownEngine{}, d.Log)
		s.t.Cleanup(hub.Close)
		d.Users, d.Files, d.Notifications, d.Objects = s.store, s.store, s.store, s.files
		d.Uploads = UploadParts{Rows: s.store, Intake: in, Resumable: resumable, Engine: &shownEngine{}, Pictures: hub}
		d.Events = EventParts{Hub: hub, Rows: s.store, Closing: app.closing}
	})
	listener, err := (&net.ListenConfig{}).Listen(s.t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(s.t, err)
	app.address = listener.Addr().String()
	served := make(chan error, 1)
	go func() { served <- app.app.Fiber().Listener(listener) }()
	s.t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		_ = app.app.Fiber().ShutdownWithContext(ctx)
		require.NoError(s.t, <-served)
	})
	return app
}

func (s *tusStack) person(name string) signedInAnswer {
	s.t.Helper()
	p, _ := register(s.apps[0].bench, name+"@example.org")
	return p
}

// tusClient is a person who speaks tus with one of the apps.
type tusClient struct {
	s     *tusStack
	token string
}

// send makes a request; pairs are names and values of headers.
func (c tusClient) send(app int, method, path string, body io.Reader, pairs ...string) answer {
	c.s.t.Helper()
	a, err := c.try(app, method, path, body, pairs...)
	require.NoError(c.s.t, err)
	return a
}

func (c tusClient) try(app int, method, path string, body io.Reader, pairs ...string) (answer, error) {
	req, err := http.NewRequestWithContext(c.s.t.Context(), method, "http://"+c.s.apps[app].address+path, body)
	if err != nil {
		return answer{}, err
	}
	req.Header.Set("Authorization", "Bearer "+c.token)
	req.Header.Set("Tus-Resumable", "1.0.0")
	if body != nil {
		req.Header.Set("Content-Type", tusType)
	}
	for i := 0; i < len(pairs); i += 2 {
		req.Header.Set(pairs[i], pairs[i+1])
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: time.Minute}
	res, err := client.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	return answer{t: c.s.t, Status: res.StatusCode, Header: res.Header, Body: raw}, err
}

// begin makes an upload of so many bytes and gives its address.
func (c tusClient) begin(total int, pairs ...string) string {
	c.s.t.Helper()
	a := c.send(0, http.MethodPost, tusPath, nil, append([]string{"Upload-Length", strconv.Itoa(total)}, pairs...)...)
	require.Equal(c.s.t, http.StatusCreated, a.Status, "%s", a.Body)
	require.NotEmpty(c.s.t, a.Header.Get("Upload-Expires"))
	return a.Header.Get("Location")
}

func (c tusClient) patch(app int, path string, offset int, body string, pairs ...string) answer {
	c.s.t.Helper()
	return c.send(app, http.MethodPatch, path, strings.NewReader(body), append([]string{"Upload-Offset", strconv.Itoa(offset)}, pairs...)...)
}

// offset asks how far the upload is.
func (c tusClient) offset(app int, path string) int {
	c.s.t.Helper()
	a := c.send(app, http.MethodHead, path, nil)
	require.Equal(c.s.t, http.StatusOK, a.Status)
	n, err := strconv.Atoi(a.Header.Get("Upload-Offset"))
	require.NoError(c.s.t, err)
	return n
}

// stall begins a PATCH by hand, sends these bytes of it and no more.
func (c tusClient) stall(app int, path string, offset, length int, body string) net.Conn {
	c.s.t.Helper()
	conn, err := (&net.Dialer{}).DialContext(c.s.t.Context(), "tcp", c.s.apps[app].address)
	require.NoError(c.s.t, err)
	c.s.t.Cleanup(func() { conn.Close() })
	_, err = io.WriteString(conn, strings.Join([]string{
		"PATCH " + path + " HTTP/1.1", "Host: safelight.test", "Authorization: Bearer " + c.token, "Tus-Resumable: 1.0.0",
		"Content-Type: " + tusType, "Upload-Offset: " + strconv.Itoa(offset), "Content-Length: " + strconv.Itoa(length), "", body,
	}, "\r\n"))
	require.NoError(c.s.t, err)
	return conn
}

// writing waits until somebody adds to the upload.
func (s *tusStack) writing(path string) {
	s.t.Helper()
	require.Eventually(s.t, func() bool { return s.row(path).Writing }, 30*time.Second, 2*time.Millisecond)
}

func (s *tusStack) row(path string) models.TusUpload {
	s.t.Helper()
	up, err := s.store.TusByID(s.t.Context(), models.Scope{Any: true}, uploadOf(path))
	require.NoError(s.t, err)
	return up
}

// sql changes rows beside the apps; query reads a column of them.
func (s *tusStack) sql(statement string, args ...any) {
	s.t.Helper()
	(&realBench{bench: s.apps[0].bench, url: s.url}).sql(statement, args...)
}

func (s *tusStack) query(into *[]string, statement string) error {
	conn, err := pgx.Connect(s.t.Context(), s.url)
	if err != nil {
		return err
	}
	defer conn.Close(context.Background())
	rows, err := conn.Query(s.t.Context(), statement)
	if err != nil {
		return err
	}
	*into, err = pgx.CollectRows(rows, pgx.RowTo[string])
	return err
}

func uploadOf(path string) string { return path[strings.LastIndex(path, "/")+1:] }

// objects lists what tmp holds for an upload.
func (s *tusStack) objects(path string) []string {
	s.t.Helper()
	page, err := s.files.List(s.t.Context(), storage.Tmp, storage.UploadPrefix(uploadOf(path)), "", 0)
	require.NoError(s.t, err)
	keys := make([]string, len(page.Objects))
	for i, o := range page.Objects {
		keys[i] = strings.TrimPrefix(o.Ref.Key, storage.UploadPrefix(uploadOf(path)))
	}
	return keys
}

// whole demands that the upload was accepted with exactly these bytes, and that
// nothing else of it is left.
func (s *tusStack) whole(path, content string) {
	s.t.Helper()
	up := s.row(path)
	require.Equal(s.t, models.UploadProcessing, up.State)
	require.Equal(s.t, digestOf(content), up.SHA256)
	require.Equal(s.t, int64(len(content)), up.Size)
	require.Equal(s.t, "image/jpeg", up.MIMEType)
	r, _, err := s.files.Open(s.t.Context(), storage.OriginalRef(up.ID), 0, -1)
	require.NoError(s.t, err)
	defer r.Close()
	stored, err := io.ReadAll(r)
	require.NoError(s.t, err)
	require.Equal(s.t, digestOf(content), digestOf(string(stored)), "the bytes are the same")
	require.Equal(s.t, []string{"original"}, s.objects(path))
	require.Equal(s.t, int64(1), s.apps[0].started.Load()+s.apps[1].started.Load(), "one workflow")
}

func digestOf(content string) string {
	sum := sha256.Sum256([]byte(content))
	return hex.EncodeToString(sum[:])
}

// noise is n bytes that begin like a JPEG and repeat nowhere.
func noise(t *testing.T, n int) string {
	t.Helper()
	b := make([]byte, n)
	_, err := rand.Read(b)
	require.NoError(t, err)
	copy(b, "\xff\xd8\xff\xe0\x00\x10JFIF\x00")
	return string(b)
}
