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

	"safelight/internal/auth"
	"safelight/internal/intake"
	"safelight/internal/progress"
	"safelight/models"
	"safelight/storage"
)

// fakeRows keeps accounts, files and notifications in memory, by the contract
// that the interfaces of this package state.
type fakeRows struct {
	mu       sync.Mutex
	users    map[string]models.User
	sessions map[string]models.Session
	used     map[string]string // refresh token hash -> session
	files    map[string]models.File
	versions map[string][]models.Version
	notes    map[string]models.Notification
	fail     error // returned by everything, when set
	filter   models.FileFilter
}

func newFakeRows() *fakeRows {
	return &fakeRows{
		users: map[string]models.User{}, sessions: map[string]models.Session{}, used: map[string]string{},
		files: map[string]models.File{}, versions: map[string][]models.Version{}, notes: map[string]models.Notification{},
	}
}

func (r *fakeRows) CreateUser(_ context.Context, u models.User) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, other := range r.users {
		if other.Email == u.Email {
			return models.ErrEmailTaken
		}
	}
	u.CreatedAt = time.Now()
	r.users[u.ID] = u
	return r.fail
}

func (r *fakeRows) UserByID(_ context.Context, id string) (models.User, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	u, ok := r.users[id]
	if !ok {
		return u, models.ErrNotFound
	}
	return u, r.fail
}

func (r *fakeRows) UserForSignIn(_ context.Context, email string) (models.User, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, u := range r.users {
		if u.Email == email {
			return u, r.fail
		}
	}
	return models.User{}, models.ErrNotFound
}

func (r *fakeRows) UpdateUserName(_ context.Context, id, name string) (models.User, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	u := r.users[id]
	u.Name = name
	r.users[id] = u
	return u, r.fail
}

func (r *fakeRows) CreateSession(_ context.Context, s models.Session) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sessions[s.ID] = s
	return r.fail
}

func (r *fakeRows) SessionUser(_ context.Context, id string, _ time.Duration) (models.User, models.Session, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	s, ok := r.sessions[id]
	if !ok || s.RevokedAt != nil {
		return models.User{}, s, models.ErrUnauthenticated
	}
	return r.users[s.UserID], s, r.fail
}

func (r *fakeRows) RotateSession(_ context.Context, oldHash, newHash []byte, _ time.Duration) (models.User, models.Session, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for id, s := range r.sessions {
		if bytes.Equal(s.TokenHash, oldHash) && s.RevokedAt == nil {
			r.used[string(oldHash)] = id
			s.TokenHash = newHash
			r.sessions[id] = s
			return r.users[s.UserID], s, nil
		}
	}
	if id, ok := r.used[string(oldHash)]; ok {
		s := r.sessions[id]
		s.RevokedAt = ptr(time.Now())
		r.sessions[id] = s
	}
	return models.User{}, models.Session{}, models.ErrUnauthenticated
}

func (r *fakeRows) RevokeSession(_ context.Context, id string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.sessions[id]
	s.RevokedAt = ptr(time.Now())
	r.sessions[id] = s
	return r.fail
}

func (r *fakeRows) FileByID(_ context.Context, scope models.Scope, id string) (models.File, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.file(scope, id)
}

func (r *fakeRows) file(scope models.Scope, id string) (models.File, error) {
	f, ok := r.files[id]
	if !ok || !scope.Any && f.OwnerID != scope.OwnerID {
		return models.File{}, models.ErrNotFound
	}
	return f, r.fail
}

func (r *fakeRows) ListFiles(_ context.Context, f models.FileFilter) (models.Page[models.File], error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.filter = f
	if f.Cursor != "" && f.Cursor != "next" {
		return models.Page[models.File]{}, models.ErrBadCursor
	}
	var p models.Page[models.File]
	for _, file := range r.files {
		if file.OwnerID == f.Scope.OwnerID && f.Trashed == (file.TrashedAt != nil) {
			p.Items = append(p.Items, file)
		}
	}
	if f.Cursor == "" && len(p.Items) > 0 {
		p.Next = "next"
	}
	return p, r.fail
}

func (r *fakeRows) change(scope models.Scope, id string, by func(*models.File)) (models.File, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	f, err := r.file(scope, id)
	if err != nil {
		return f, err
	}
	by(&f)
	r.files[id] = f
	return f, nil
}

func (r *fakeRows) RenameFile(_ context.Context, scope models.Scope, id, name string) (models.File, error) {
	return r.change(scope, id, func(f *models.File) { f.Name = name })
}

func (r *fakeRows) TrashFile(_ context.Context, scope models.Scope, id string) (models.File, error) {
	return r.change(scope, id, func(f *models.File) { f.TrashedAt = ptr(time.Now()) })
}

func (r *fakeRows) RestoreFile(_ context.Context, scope models.Scope, id string) (models.File, error) {
	return r.change(scope, id, func(f *models.File) { f.TrashedAt = nil })
}

func (r *fakeRows) DeleteFile(_ context.Context, scope models.Scope, id string) error {
	_, err := r.change(scope, id, func(*models.File) {})
	if err == nil {
		r.mu.Lock()
		defer r.mu.Unlock()
		delete(r.files, id)
	}
	return err
}

func (r *fakeRows) Versions(_ context.Context, scope models.Scope, id string, _ int, _ string) (models.Page[models.Version], error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, err := r.file(scope, id); err != nil {
		return models.Page[models.Version]{}, err
	}
	return models.Page[models.Version]{Items: r.versions[id]}, nil
}

func (r *fakeRows) VersionByNumber(_ context.Context, scope models.Scope, id string, n int) (models.Version, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, err := r.file(scope, id); err != nil {
		return models.Version{}, err
	}
	for _, v := range r.versions[id] {
		if v.Number == n {
			return v, nil
		}
	}
	return models.Version{}, models.ErrNotFound
}

func (r *fakeRows) RestoreVersion(ctx context.Context, scope models.Scope, actor, id string, n int) (models.Version, error) {
	v, err := r.VersionByNumber(ctx, scope, id, n)
	if err != nil {
		return v, err
	}
	if f, _ := r.FileByID(ctx, scope, id); f.TrashedAt != nil {
		return v, models.ErrFileTrashed
	}
	v.RestoredFrom, v.Number, v.CreatedBy = ptr(n), 2, actor
	return v, nil
}

func (r *fakeRows) DeleteVersion(ctx context.Context, scope models.Scope, id string, n int) error {
	if _, err := r.VersionByNumber(ctx, scope, id, n); err != nil {
		return err
	}
	if f, _ := r.FileByID(ctx, scope, id); f.CurrentVersion == n {
		return models.ErrCurrentVersion
	}
	return nil
}

func (r *fakeRows) ListNotifications(_ context.Context, userID string, unread bool, _ int, _ string) (models.Page[models.Notification], error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var p models.Page[models.Notification]
	for _, n := range r.notes {
		if n.UserID == userID && (!unread || n.ReadAt == nil) {
			p.Items = append(p.Items, n)
		}
	}
	return p, r.fail
}

func (r *fakeRows) MarkRead(_ context.Context, userID, id string) (models.Notification, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	n, ok := r.notes[id]
	if !ok || n.UserID != userID {
		return n, models.ErrNotFound
	}
	n.ReadAt = ptr(time.Now())
	r.notes[id] = n
	return n, r.fail
}

func (r *fakeRows) MarkAllRead(_ context.Context, userID string) (int64, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var count int64
	for id, n := range r.notes {
		if n.UserID == userID && n.ReadAt == nil {
			n.ReadAt = ptr(time.Now())
			r.notes[id] = n
			count++
		}
	}
	return count, r.fail
}

// fakeObjects keeps objects in memory.
type fakeObjects struct {
	bytes map[string][]byte
	fail  error
}

func (o *fakeObjects) Open(_ context.Context, ref storage.Ref, offset, length int64) (io.ReadCloser, storage.Info, error) {
	if o.fail != nil {
		return nil, storage.Info{}, o.fail
	}
	b, ok := o.bytes[ref.Key]
	if !ok {
		return nil, storage.Info{}, storage.ErrNotFound
	}
	end := int64(len(b))
	if length >= 0 {
		end = min(end, offset+length)
	}
	return io.NopCloser(bytes.NewReader(b[offset:end])), storage.Info{Ref: ref, Size: int64(len(b))}, nil
}

// quietUploads keeps uploads in memory; its engine knows of no workflow.
type quietUploads struct {
	mu   sync.Mutex
	rows map[string]models.Upload
}

func (u *quietUploads) UploadByID(_ context.Context, scope models.Scope, id string) (models.Upload, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	up, ok := u.rows[id]
	if !ok || !scope.Any && up.OwnerID != scope.OwnerID {
		return models.Upload{}, models.ErrNotFound
	}
	return up, nil
}

func (u *quietUploads) ListUploads(_ context.Context, f models.UploadFilter) (models.Page[models.Upload], error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	var p models.Page[models.Upload]
	for _, up := range u.rows {
		if up.OwnerID == f.Scope.OwnerID {
			p.Items = append(p.Items, up)
		}
	}
	return p, nil
}

func (u *quietUploads) CancelReceiving(context.Context, models.Scope, string) (bool, error) {
	return false, nil
}

func (u *quietUploads) Accept(_ context.Context, req intake.Request) (models.Upload, bool, error) {
	_, err := io.Copy(io.Discard, req.Body)
	return models.Upload{ID: uuid.NewString(), OwnerID: req.OwnerID, Name: req.Name, State: models.UploadProcessing}, true, err
}

func (u *quietUploads) Retry(context.Context, *models.Upload) error  { return nil }
func (u *quietUploads) Cancel(context.Context, *models.Upload) error { return nil }

func (u *quietUploads) Query(context.Context, string) (models.Progress, error) {
	return models.Progress{}, models.ErrNotFound
}

func (u *quietUploads) Pending(context.Context, string) ([]progress.PendingStep, error) {
	return nil, nil
}

func (u *quietUploads) NotificationByID(context.Context, string) (models.Notification, error) {
	return models.Notification{}, models.ErrNotFound
}

func (u *quietUploads) FileByID(context.Context, models.Scope, string) (models.File, error) {
	return models.File{}, models.ErrNotFound
}

func (u *quietUploads) OpenUploads(context.Context, string, int) ([]models.Upload, error) {
	return nil, nil
}

func (u *quietUploads) LastNotificationSeq(context.Context, string) (int64, error) { return 0, nil }

func (u *quietUploads) NotificationsSince(context.Context, string, int64, int) ([]models.Notification, error) {
	return nil, nil
}

const testOrigin = "http://safelight.test"

// bench is an app over fakes, with an account of each kind.
type bench struct {
	t       testing.TB
	app     *App
	rows    *fakeRows
	objects *fakeObjects
	uploads *quietUploads
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
		Version: "test", PublicURL: testOrigin, RegistrationOpen: true, QuotaBytes: 1 << 30,
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
	b := &bench{t: t, rows: newFakeRows(), objects: &fakeObjects{bytes: map[string][]byte{}}, tokens: tokens, logs: &lockedBuffer{}}
	up := func(context.Context) error { return nil }
	b.checks = map[string]Check{"database": up, "storage": up, "temporal": up, "scanner": up}
	d := Deps{
		Config: testConfig(), Log: slog.New(slog.NewJSONHandler(b.logs, nil)), Users: b.rows, Files: b.rows, Notifications: b.rows,
		Objects: b.objects, Passwords: passwords, Tokens: tokens, Checks: b.checks,
	}
	b.uploads = &quietUploads{rows: map[string]models.Upload{}}
	closing := make(chan struct{})
	close(closing) // streams end when they have begun
	hub := progress.New(b.uploads, b.uploads, d.Log)
	t.Cleanup(hub.Close)
	d.Uploads = UploadParts{Rows: b.uploads, Intake: b.uploads, Engine: b.uploads, Pictures: hub}
	d.Events = EventParts{Hub: hub, Rows: b.uploads, Closing: closing}
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
	require.NoError(b.t, b.rows.CreateSession(b.t.Context(), s))
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
