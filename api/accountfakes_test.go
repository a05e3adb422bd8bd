package api

import (
	"bytes"
	"context"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"safelight/models"
)

// fakeReset is a link to set a new password.
type fakeReset struct {
	userID  string
	expires time.Time
}

// note writes a line of the audit log. The caller holds the lock.
func (r *fakeRows) note(by models.Actor, action, target string) {
	r.audit = append(r.audit, models.AuditEntry{Actor: by, Action: action, TargetID: target})
}

func (r *fakeRows) ListSessions(_ context.Context, userID string, _ time.Duration, _ int, cursor string) (models.Page[models.Session], error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if cursor != "" {
		return models.Page[models.Session]{}, models.ErrBadCursor
	}
	var p models.Page[models.Session]
	for _, s := range r.sessions {
		if s.UserID == userID && s.RevokedAt == nil {
			p.Items = append(p.Items, s)
		}
	}
	return p, r.fail
}

func (r *fakeRows) EndSession(_ context.Context, by models.Actor, userID, id string, _ time.Duration) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	s, ok := r.sessions[id]
	if !ok || s.UserID != userID || s.RevokedAt != nil {
		return models.ErrNotFound
	}
	s.RevokedAt = ptr(time.Now())
	r.sessions[id] = s
	r.note(by, "session.ended", id)
	return r.fail
}

func (r *fakeRows) AnySession(context.Context) (bool, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sessionLooks++
	return len(r.sessions) > 0, r.fail
}

func (r *fakeRows) KnownAddress(_ context.Context, email, ip string) (bool, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range r.sessions {
		if s.IP == ip && r.users[s.UserID].Email == email {
			return true, r.fail
		}
	}
	return false, r.fail
}

func (r *fakeRows) CreateToken(_ context.Context, by models.Actor, t models.AccessToken, limit int) (models.AccessToken, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	mine := 0
	for _, other := range r.tokens {
		if other.UserID == t.UserID {
			mine++
		}
	}
	if mine >= limit {
		return t, models.ErrTooManyTokens
	}
	t.CreatedAt = time.Now()
	r.tokens[t.ID] = t
	r.note(by, "token.created", t.ID)
	return t, r.fail
}

func (r *fakeRows) ListTokens(_ context.Context, userID string, _ int, _ string) (models.Page[models.AccessToken], error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var p models.Page[models.AccessToken]
	for _, t := range r.tokens {
		if t.UserID == userID {
			p.Items = append(p.Items, t)
		}
	}
	return p, r.fail
}

func (r *fakeRows) DeleteToken(_ context.Context, by models.Actor, userID, id string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if t, ok := r.tokens[id]; !ok || t.UserID != userID {
		return models.ErrNotFound
	}
	delete(r.tokens, id)
	r.note(by, "token.deleted", id)
	return r.fail
}

func (r *fakeRows) TokenUser(_ context.Context, hash []byte) (models.User, models.AccessToken, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for id, t := range r.tokens {
		if bytes.Equal(t.TokenHash, hash) && (t.ExpiresAt == nil || t.ExpiresAt.After(time.Now())) {
			t.LastUsedAt = ptr(time.Now())
			r.tokens[id] = t
			return r.users[t.UserID], t, r.fail
		}
	}
	return models.User{}, models.AccessToken{}, models.ErrUnauthenticated
}

// endAll ends the sessions of a user but one. The caller holds the lock.
func (r *fakeRows) endAll(userID, keep string) {
	for id, s := range r.sessions {
		if s.UserID == userID && id != keep && s.RevokedAt == nil {
			s.RevokedAt = ptr(time.Now())
			r.sessions[id] = s
		}
	}
}

func (r *fakeRows) ChangePassword(_ context.Context, by models.Actor, userID, keep, old, fresh string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	u := r.users[userID]
	if u.PasswordHash != old {
		return models.ErrConflict
	}
	u.PasswordHash = fresh
	r.users[userID] = u
	r.endAll(userID, keep)
	r.note(by, "password.changed", userID)
	return r.fail
}

func (r *fakeRows) IssueReset(_ context.Context, by models.Actor, userID string, hash []byte, lives time.Duration) (time.Time, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, ok := r.users[userID]; !ok {
		return time.Time{}, models.ErrNotFound
	}
	reset := fakeReset{userID: userID, expires: time.Now().Add(lives)}
	maps.DeleteFunc(r.resets, func(_ string, other fakeReset) bool { return other.userID == userID })
	r.resets[string(hash)] = reset
	r.note(by, "user.reset_issued", userID)
	return reset.expires, r.fail
}

func (r *fakeRows) ResetUser(_ context.Context, hash []byte) (models.User, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	reset, ok := r.resets[string(hash)]
	if !ok || reset.expires.Before(time.Now()) {
		return models.User{}, models.ErrBadResetToken
	}
	return r.users[reset.userID], r.fail
}

func (r *fakeRows) UseReset(ctx context.Context, from models.Actor, hash []byte, passwordHash string) (models.User, error) {
	u, err := r.ResetUser(ctx, hash)
	if err != nil {
		return u, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.resets, string(hash))
	u.PasswordHash = passwordHash
	r.users[u.ID] = u
	r.endAll(u.ID, "")
	r.note(from, "password.reset", u.ID)
	return u, nil
}

func (r *fakeRows) ListUsers(_ context.Context, f models.UserFilter) (models.Page[models.User], error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if f.Cursor != "" {
		return models.Page[models.User]{}, models.ErrBadCursor
	}
	var p models.Page[models.User]
	for _, u := range r.users {
		if (f.Role == "" || u.Role == f.Role) && (f.Status == "" || u.Status == f.Status) && strings.Contains(u.Email+" "+u.Name, f.Q) {
			p.Items = append(p.Items, u)
		}
	}
	return p, r.fail
}

func (r *fakeRows) AddUser(ctx context.Context, by models.Actor, u models.User, hash []byte, lives time.Duration) (time.Time, error) {
	if err := r.CreateUser(ctx, u); err != nil {
		return time.Time{}, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.note(by, "user.created", u.ID)
	if hash == nil {
		return time.Time{}, nil
	}
	expires := time.Now().Add(lives)
	r.resets[string(hash)] = fakeReset{userID: u.ID, expires: expires}
	return expires, nil
}

// lastAdmin reports whether this is the one active admin. The caller holds the lock.
func (r *fakeRows) lastAdmin(id string) bool {
	var ids []string
	for _, u := range r.users {
		if u.Role == models.RoleAdmin && u.Status == models.StatusActive {
			ids = append(ids, u.ID)
		}
	}
	return slices.Equal(ids, []string{id})
}

func (r *fakeRows) UpdateUser(_ context.Context, by models.Actor, id string, c models.UserChange) (models.User, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	u, ok := r.users[id]
	if !ok {
		return u, models.ErrNotFound
	}
	if c.Name != nil {
		u.Name = *c.Name
	}
	if c.Role != nil {
		u.Role = *c.Role
	}
	if c.Status != nil {
		u.Status = *c.Status
	}
	if c.QuotaBytes != nil {
		u.QuotaBytes = *c.QuotaBytes
	}
	if c.QuotaFiles != nil {
		u.QuotaFiles = *c.QuotaFiles
	}
	if r.lastAdmin(id) && (u.Role != models.RoleAdmin || u.Status != models.StatusActive) {
		return u, models.ErrLastAdmin
	}
	r.users[id] = u
	r.note(by, "user.changed", id)
	return u, r.fail
}

func (r *fakeRows) EndSessions(_ context.Context, by models.Actor, userID string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, ok := r.users[userID]; !ok {
		return models.ErrNotFound
	}
	r.endAll(userID, "")
	r.note(by, "user.sessions_ended", userID)
	return r.fail
}

func (r *fakeRows) DeleteUser(_ context.Context, by models.Actor, id string) ([]models.Upload, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, ok := r.users[id]; !ok {
		return nil, models.ErrNotFound
	}
	if r.lastAdmin(id) {
		return nil, models.ErrLastAdmin
	}
	delete(r.users, id)
	maps.DeleteFunc(r.sessions, func(_ string, s models.Session) bool { return s.UserID == id })
	maps.DeleteFunc(r.tokens, func(_ string, t models.AccessToken) bool { return t.UserID == id })
	r.note(by, "user.deleted", id)
	return r.running, r.fail
}

// PurgeUser removes one file of a user at a time.
func (r *fakeRows) PurgeUser(_ context.Context, id string, _ int) (bool, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, f := range r.files {
		if f.OwnerID == id {
			delete(r.files, f.ID)
			return true, nil
		}
	}
	return false, r.fail
}

// fakeBuckets keep token buckets in memory, by the contract of Buckets.
type fakeBuckets struct {
	mu   sync.Mutex
	now  func() time.Time
	full map[string]time.Time
	fail error
}

func newFakeBuckets() *fakeBuckets {
	return &fakeBuckets{now: time.Now, full: map[string]time.Time{}}
}

func (b *fakeBuckets) Charge(_ context.Context, charges []models.Charge) ([]models.Allowance, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.now()
	out := make([]models.Allowance, len(charges))
	for i, c := range charges {
		full := b.full[string(c.Key)]
		if full.Before(now) {
			full = now
		}
		if after := full.Add(c.Interval); after.Sub(now) <= time.Duration(c.Burst)*c.Interval {
			b.full[string(c.Key)] = after
			out[i] = models.Allowance{Allowed: true, Debt: after.Sub(now)}
			continue
		}
		out[i] = models.Allowance{Debt: full.Sub(now)}
	}
	return out, b.fail
}

func (b *fakeBuckets) Refund(_ context.Context, charges []models.Charge) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, c := range charges {
		b.full[string(c.Key)] = b.full[string(c.Key)].Add(-c.Interval)
	}
	return b.fail
}

// owed is how many tokens are missing from a bucket.
func (b *fakeBuckets) owed(c models.Charge) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	debt := b.full[string(c.Key)].Sub(b.now())
	if debt <= 0 {
		return 0
	}
	return int((debt + c.Interval - 1) / c.Interval)
}
