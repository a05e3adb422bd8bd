package api

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"safelight/api/web"
	"safelight/internal/auth"
	"safelight/internal/progress"
	"safelight/models"
	"safelight/storage"
)

const testOrigin = "http://safelight.test"

// bench is an app over fakes, with an account of each kind.
type bench struct {
	t       testing.TB
	app     *App
	rows    *fakeRows
	buckets *fakeBuckets
	objects *fakeObjects
	hooks   *fakeWebhooks
	uploads *quietUploads
	tus     *fakeTus
	admin   *fakeAdmin
	tokens  *auth.Tokens
	logs    *lockedBuffer
	checks  map[string]Check
}

// lockedBuffer collects log lines of many goroutines.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

var testSecret = []byte(strings.Repeat("s", 32))

func testConfig() Config {
	return Config{
		Version: "test", PublicURL: testOrigin, RegistrationOpen: true, QuotaBytes: 1 << 30, QuotaFiles: 1000,
		SessionTTL: 720 * time.Hour, SessionIdle: 168 * time.Hour, LoginPerMinute: 1000,
		AcceptedTypes: []string{"image/jpeg", "image/png"}, MaxUploadBytes: 50 << 20, MaxPixels: 100e6, MaxFrames: 1000,
		MaxNameLength: 255, MaxUploads: 32, MaxStreams: 64, TrashFor: 720 * time.Hour,
	}
}

func newBench(t testing.TB, change ...func(*Deps)) *bench {
	t.Helper()
	tokens, err := auth.NewTokens(auth.Keyring{Active: "k1", Keys: map[string][]byte{"k1": testSecret}}, 15*time.Minute)
	require.NoError(t, err)
	passwords, err := auth.NewPasswords(auth.Parameters{Time: 1, Memory: 8, Threads: 1}, 4, time.Minute)
	require.NoError(t, err)
	b := &bench{t: t, rows: newFakeRows(), buckets: newFakeBuckets(), objects: &fakeObjects{bytes: map[string][]byte{}}, hooks: &fakeWebhooks{}, tokens: tokens, logs: &lockedBuffer{}}
	up := func(context.Context) error { return nil }
	b.checks = map[string]Check{"database": up, "storage": up, "temporal": up, "scanner": up}
	links, err := auth.NewShareLinks(testSecret)
	require.NoError(t, err)
	d := Deps{
		Config: testConfig(), Log: slog.New(slog.NewJSONHandler(b.logs, nil)), Users: b.rows, Buckets: b.buckets, Files: b.rows, Shares: b.rows, ShareLinks: links, Notifications: b.rows, Webhooks: b.hooks,
		Objects: b.objects, Passwords: passwords, Tokens: tokens, Checks: b.checks,
	}
	b.uploads = &quietUploads{rows: map[string]models.Upload{}}
	b.tus = &fakeTus{uploads: b.uploads}
	closing := make(chan struct{})
	close(closing) // streams end when they have begun
	hub := progress.New(b.uploads, b.uploads, d.Log)
	t.Cleanup(hub.Close)
	d.Uploads = UploadParts{Rows: b.uploads, Intake: b.uploads, Resumable: b.tus, Engine: b.uploads, Pictures: hub}
	d.Events = EventParts{Hub: hub, Rows: b.uploads, Closing: closing}
	b.admin = &fakeAdmin{locked: map[string]models.Quarantined{}}
	d.Admin = AdminParts{Rows: b.admin, Objects: b.objects, Starter: b.admin, Queues: b.admin}
	d.Web, err = web.New(builtApp)
	require.NoError(t, err)
	for _, c := range change {
		c(&d)
	}
	b.app, err = New(d)
	require.NoError(t, err)
	return b
}

// user makes an account with a session and returns it with an access token.
func (b *bench) user(role models.Role, status models.UserStatus) (models.User, string) {
	b.t.Helper()
	id := uuid.NewString()
	u := models.User{ID: id, Email: id + "@example.org", Name: "Somebody", Role: role, Status: status, QuotaBytes: 1 << 30}
	require.NoError(b.t, b.rows.CreateUser(b.t.Context(), u))
	s := models.Session{ID: uuid.NewString(), UserID: id, TokenHash: []byte(id), ExpiresAt: time.Now().Add(time.Hour)}
	require.NoError(b.t, b.rows.CreateSession(b.t.Context(), s, u.PasswordHash))
	token, _, err := b.tokens.Issue(id, s.ID)
	require.NoError(b.t, err)
	return u, token
}

// file gives a user a file of one version, whose variants hold the given bytes.
func (b *bench) file(owner string, content []byte) models.File {
	b.t.Helper()
	id, sum := uuid.NewString(), sha256.Sum256(content)
	blob := models.Blob{ID: uuid.NewString(), SHA256: strings.Repeat("a", 64), OriginalSize: 12345, MIMEType: "image/webp", Width: 40, Height: 30, Thumbhash: []byte{1, 2, 3}}
	for _, name := range []string{models.VariantFull, models.VariantPreview, models.VariantThumb} {
		ref := storage.VariantRef(blob.ID, name)
		b.objects.bytes[ref.Key] = content
		blob.Variants = append(blob.Variants, models.Variant{
			Name: name, Key: ref.Key, MIMEType: "image/webp", Size: int64(len(content)), Width: 40, Height: 30, SHA256: hex.EncodeToString(sum[:]),
		})
	}
	v := models.Version{ID: uuid.NewString(), FileID: id, Number: 1, Blob: blob, CreatedBy: owner, CreatedAt: time.Now()}
	f := models.File{ID: id, OwnerID: owner, Name: "cat.jpg", CurrentVersion: 1, VersionCount: 1, CreatedAt: time.Now(), UpdatedAt: time.Now(), Current: v}
	b.rows.mu.Lock()
	defer b.rows.mu.Unlock()
	b.rows.files[id], b.rows.versions[id] = f, []models.Version{v}
	return f
}

// answer is what came back.
type answer struct {
	t      testing.TB
	Status int
	Header http.Header
	Body   []byte
	Cookie map[string]*http.Cookie
}

// ask sends a request; edits change it first.
func (b *bench) ask(method, target, token string, body any, edits ...func(*http.Request)) answer {
	b.t.Helper()
	return askApp(b.t, b.app, method, target, token, body, edits...)
}

func askApp(t testing.TB, app *App, method, target, token string, body any, edits ...func(*http.Request)) answer {
	t.Helper()
	var reader io.Reader
	switch v := body.(type) {
	case nil:
	case string:
		reader = strings.NewReader(v)
	default:
		raw, err := json.Marshal(v)
		require.NoError(t, err)
		reader = bytes.NewReader(raw)
	}
	req := httptest.NewRequest(method, testOrigin, reader)
	req.RequestURI = target // as it is: tests send addresses that a URL would clean
	if reader != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	for _, edit := range edits {
		edit(req)
	}
	res, err := app.Fiber().Test(req, -1)
	require.NoError(t, err)
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	out := answer{t: t, Status: res.StatusCode, Header: res.Header, Body: raw, Cookie: map[string]*http.Cookie{}}
	for _, c := range res.Cookies() {
		out.Cookie[c.Name] = c
	}
	contractOf(t, app).hold(t, method, target, out)
	return out
}

// into decodes the body.
func (a answer) into(v any) {
	a.t.Helper()
	require.NoError(a.t, json.Unmarshal(a.Body, v), "%s", a.Body)
}

// problem demands a problem with this code, complete by the contract.
func (a answer) problem(code Code) Problem {
	a.t.Helper()
	var p Problem
	require.Equal(a.t, codeTable[code].Status, a.Status, "%s", a.Body)
	require.Equal(a.t, problemType, a.Header.Get("Content-Type"), "%s", a.Body)
	a.into(&p)
	require.Equal(a.t, code, p.Code, "%s", a.Body)
	require.Equal(a.t, a.Status, p.Status)
	require.Equal(a.t, codeTable[code].Title, p.Title)
	require.NotEmpty(a.t, p.Detail)
	require.Equal(a.t, "/api/docs#problem-"+string(code), p.Type)
	require.Equal(a.t, a.Header.Get("X-Request-Id"), p.RequestID)
	require.NotEmpty(a.t, p.RequestID)
	require.Equal(a.t, "no-store", a.Header.Get("Cache-Control"))
	return p
}

func header(name, value string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set(name, value) }
}

func cookie(name, value string) func(*http.Request) {
	return func(r *http.Request) { r.AddCookie(&http.Cookie{Name: name, Value: value}) }
}

var errBoom = errors.New("secret internals at 10.0.0.7")
