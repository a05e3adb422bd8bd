package api

import (
	"bytes"
	"context"
	"io"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/google/uuid"

	"safelight/internal/imaging/phash"
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
	tokens   map[string]models.AccessToken
	resets   map[string]fakeReset // by the hash of the token
	audit    []models.AuditEntry
	running  []models.Upload // what DeleteUser cancels
	shares   map[string]models.Share
	over     bool  // every owner has more than the quota allows
	fail     error // returned by everything, when set
	filter   models.FileFilter

	sessionLooks int // times that any session was looked for
}

func newFakeRows() *fakeRows {
	return &fakeRows{
		users: map[string]models.User{}, sessions: map[string]models.Session{}, used: map[string]string{},
		files: map[string]models.File{}, versions: map[string][]models.Version{}, notes: map[string]models.Notification{},
		tokens: map[string]models.AccessToken{}, resets: map[string]fakeReset{},
		shares: map[string]models.Share{},
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

func (r *fakeRows) CreateSession(_ context.Context, s models.Session, passwordHash string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.users[s.UserID].PasswordHash != passwordHash {
		return models.ErrInvalidCredentials
	}
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

func (r *fakeRows) RevokeSession(_ context.Context, _ models.Actor, id string) error {
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
		if (f.Scope.Any || file.OwnerID == f.Scope.OwnerID) && f.Trashed == (file.TrashedAt != nil) {
			p.Items = append(p.Items, file)
		}
	}
	if f.Cursor == "" && len(p.Items) > 0 {
		p.Next = "next"
	}
	return p, r.fail
}

func (r *fakeRows) SimilarFiles(_ context.Context, scope models.Scope, id string, limit int, cursor string) (models.Page[models.SimilarFile], error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	asked, err := r.file(scope, id)
	if err != nil {
		return models.Page[models.SimilarFile]{}, err
	}
	from := 0
	if cursor != "" {
		if from, err = strconv.Atoi(cursor); err != nil {
			return models.Page[models.SimilarFile]{}, models.ErrBadCursor
		}
	}
	var all []models.SimilarFile
	for _, f := range r.files {
		if f.OwnerID == asked.OwnerID && f.ID != id && f.TrashedAt == nil {
			d := phash.Distance(f.Current.Blob.PHash, asked.Current.Blob.PHash)
			all = append(all, models.SimilarFile{File: f, Distance: d})
		}
	}
	slices.SortFunc(all, func(a, b models.SimilarFile) int { return a.Distance - b.Distance })
	all = all[min(from, len(all)):]
	p := models.Page[models.SimilarFile]{Items: all}
	if len(all) > limit {
		p.Items, p.Next = all[:limit], strconv.Itoa(from+limit)
	}
	return p, nil
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

func (r *fakeRows) DeleteFile(_ context.Context, _ models.Actor, scope models.Scope, id string) error {
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

func (r *fakeRows) DeleteVersion(ctx context.Context, _ models.Actor, scope models.Scope, id string, n int) error {
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
	return u.page(f), nil
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

func (u *quietUploads) OpenUploads(context.Context, string, string, int) (models.Page[models.Upload], error) {
	return models.Page[models.Upload]{}, nil
}

func (u *quietUploads) LastNotificationSeq(context.Context, string) (int64, error) { return 0, nil }

func (u *quietUploads) NotificationsSince(context.Context, string, int64, int) ([]models.Notification, error) {
	return nil, nil
}
