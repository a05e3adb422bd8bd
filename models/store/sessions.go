package store

import (
	"context"
	"errors"
	"time"

	"gorm.io/gorm"

	"safelight/models"
)

// sessionRow is a row of sessions joined with its user's.
type sessionRow struct {
	User       userRow    `gorm:"embedded"`
	SessionID  string     `gorm:"column:s_id"`
	TokenHash  []byte     `gorm:"column:s_token_hash"`
	UserAgent  string     `gorm:"column:s_user_agent"`
	IP         string     `gorm:"column:s_ip"`
	BegunAt    time.Time  `gorm:"column:s_created_at"`
	LastUsedAt time.Time  `gorm:"column:s_last_used_at"`
	ExpiresAt  time.Time  `gorm:"column:s_expires_at"`
	RevokedAt  *time.Time `gorm:"column:s_revoked_at"`
}

func (r sessionRow) session() models.Session {
	return models.Session{
		ID: r.SessionID, UserID: r.User.ID, TokenHash: r.TokenHash, UserAgent: r.UserAgent, IP: r.IP,
		CreatedAt: r.BegunAt.UTC(), LastUsedAt: r.LastUsedAt.UTC(), ExpiresAt: r.ExpiresAt.UTC(),
		RevokedAt: utc(r.RevokedAt),
	}
}

const (
	sessionColumns = `s.id AS s_id, s.token_hash AS s_token_hash, s.user_agent AS s_user_agent, s.ip AS s_ip,
		s.created_at AS s_created_at, s.last_used_at AS s_last_used_at, s.expires_at AS s_expires_at, s.revoked_at AS s_revoked_at`
	// alive is the condition that session s still counts; $1 is the idle time in seconds.
	alive = `s.revoked_at IS NULL AND s.expires_at > now() AND s.last_used_at > now() - make_interval(secs => $1)`
)

// CreateSession inserts a sign-in by password; its times of creation and last
// use are now. The user's expired ones go. passwordHash is what was signed in
// with: had it been replaced meanwhile, its sessions ended, this one must not
// come after them, and it is ErrInvalidCredentials.
func (s *Store) CreateSession(ctx context.Context, se models.Session, passwordHash string) error {
	if err := checkIDs(se.UserID); err != nil {
		return fail("create session", err)
	}
	n, err := exec(s.conn(ctx), `
		WITH expired AS (
			DELETE FROM sessions WHERE user_id = $2 AND expires_at < now()
		), u AS (
			SELECT id FROM users WHERE id = $2 AND password_hash = $7 AND deleted_at IS NULL FOR SHARE
		)
		INSERT INTO sessions (id, user_id, token_hash, user_agent, ip, expires_at)
		SELECT $1::uuid, u.id, $3::bytea, $4::text, $5::text, $6::timestamptz FROM u`,
		se.ID, se.UserID, se.TokenHash, se.UserAgent, se.IP, se.ExpiresAt, passwordHash)
	if err == nil && n == 0 {
		err = models.ErrInvalidCredentials
	}
	return fail("create session", err)
}

// SessionUser reads a session and its user (without UsedBytes) in one
// statement. A session that is unknown, revoked, expired or unused for longer
// than idle is ErrUnauthenticated. Whether the user may go on is the caller's to judge.
func (s *Store) SessionUser(ctx context.Context, sessionID string, idle time.Duration) (models.User, models.Session, error) {
	if checkIDs(sessionID) != nil {
		return models.User{}, models.Session{}, fail("read session", models.ErrUnauthenticated)
	}
	row, found, err := first[sessionRow](s.conn(ctx), `
		SELECT `+userColumns+`, `+sessionColumns+`
		  FROM sessions s JOIN users u ON u.id = s.user_id WHERE s.id = $2 AND u.deleted_at IS NULL AND `+alive,
		idle.Seconds(), sessionID)
	if err == nil && !found {
		err = models.ErrUnauthenticated
	}
	if err != nil {
		return models.User{}, models.Session{}, fail("read session", err)
	}
	return row.User.user(), row.session(), nil
}

// RotateSession replaces the refresh token of a live session by the next one
// and counts as its use; the user comes with UsedBytes. Of many calls with one
// token exactly one wins. Any other use of a token that has been replaced ends
// the session, whoever it is: which of the two is the thief cannot be told.
// Then, and for a token that is unknown or of a dead session, the answer is ErrUnauthenticated.
func (s *Store) RotateSession(ctx context.Context, oldHash, newHash []byte, idle time.Duration) (models.User, models.Session, error) {
	row, found, err := first[sessionRow](s.conn(ctx), `
		WITH s AS (
			UPDATE sessions s SET token_hash = $3, last_used_at = now()
			 WHERE s.token_hash = $2 AND `+alive+` RETURNING s.*
		), used AS (
			INSERT INTO used_refresh_tokens (token_hash, session_id) SELECT $2, id FROM s
		)
		SELECT `+userColumns+`, `+usedColumn+`, `+sessionColumns+` FROM s JOIN users u ON u.id = s.user_id AND u.deleted_at IS NULL`,
		idle.Seconds(), oldHash, newHash)
	if err != nil {
		return models.User{}, models.Session{}, fail("rotate session", err)
	}
	if found {
		return row.User.user(), row.session(), nil
	}
	if err := s.endReused(ctx, oldHash); err != nil {
		return models.User{}, models.Session{}, fail("revoke session of a reused token", err)
	}
	return models.User{}, models.Session{}, fail("rotate session", models.ErrUnauthenticated)
}

// endedRow is a session that has just ended.
type endedRow struct {
	ID     string `gorm:"column:id"`
	UserID string `gorm:"column:user_id"`
}

// endReused ends the session that a replaced refresh token belongs to. Tokens
// of none, which anybody can send, cost one look.
func (s *Store) endReused(ctx context.Context, usedHash []byte) error {
	id, found, err := first[string](s.conn(ctx),
		`SELECT session_id::text FROM used_refresh_tokens WHERE token_hash = $1`, usedHash)
	if err != nil || !found {
		return err
	}
	err = s.transact(ctx, func(tx *gorm.DB) error {
		return endOne(tx, models.AuditEntry{Action: "session.token_reused"}, `id = $1 AND revoked_at IS NULL`, id)
	})
	if errors.Is(err, models.ErrNotFound) { // ended before
		return nil
	}
	return err
}

// endOne ends the session that a condition finds, tells its streams and writes
// the entry, whose target it is. ErrNotFound where there is none.
func endOne(tx *gorm.DB, e models.AuditEntry, condition string, args ...any) error {
	row, found, err := first[endedRow](tx, `UPDATE sessions s SET revoked_at = now() WHERE `+condition+` RETURNING id, user_id`, args...)
	if err == nil && !found {
		err = models.ErrNotFound
	}
	if err != nil {
		return err
	}
	if err := tellAccount(tx, row.UserID, row.ID); err != nil {
		return err
	}
	e.TargetKind, e.TargetID, e.Details = "session", row.ID, map[string]any{"userId": row.UserID}
	return record(tx, e)
}

// RevokeSession ends a session; ended before, or unknown, is success.
func (s *Store) RevokeSession(ctx context.Context, by models.Actor, sessionID string) error {
	if err := checkIDs(sessionID); err != nil {
		return fail("revoke session", err)
	}
	err := s.transact(ctx, func(tx *gorm.DB) error {
		return endOne(tx, models.AuditEntry{Actor: by, Action: "session.ended"}, `id = $1 AND revoked_at IS NULL`, sessionID)
	})
	if errors.Is(err, models.ErrNotFound) {
		err = nil
	}
	return fail("revoke session", err)
}

// EndSession ends a session of a user. One that does not count any more is
// ErrNotFound, as is somebody else's.
func (s *Store) EndSession(ctx context.Context, by models.Actor, userID, sessionID string, idle time.Duration) error {
	if err := checkIDs(userID, sessionID); err != nil {
		return fail("end session", err)
	}
	return fail("end session", s.transact(ctx, func(tx *gorm.DB) error {
		return endOne(tx, models.AuditEntry{Actor: by, Action: "session.ended"},
			`s.id = $2 AND s.user_id = $3 AND `+alive, idle.Seconds(), sessionID, userID)
	}))
}

// ListSessions lists the sessions of a user that count, newest first.
func (s *Store) ListSessions(ctx context.Context, userID string, idle time.Duration, limit int, after string) (models.Page[models.Session], error) {
	tag := listTag("sessions", userID)
	before, err := beforeID(after, tag, userID)
	if err != nil {
		return models.Page[models.Session]{}, fail("list sessions", err)
	}
	limit = pageSize(limit)
	rows, err := every[sessionRow](s.conn(ctx), `
		SELECT s.user_id AS id, `+sessionColumns+` FROM sessions s
		 WHERE s.user_id = $2 AND ($3::uuid IS NULL OR s.id < $3::uuid) AND `+alive+`
		 ORDER BY s.id DESC LIMIT $4`, idle.Seconds(), userID, before, limit+1)
	if err != nil {
		return models.Page[models.Session]{}, fail("list sessions", err)
	}
	return page(rows, limit, func(r sessionRow) (models.Session, error) { return r.session(), nil }, func(r sessionRow) cursor {
		return cursor{List: tag, ID: r.SessionID}
	})
}

// KnownAddress reports whether the account with this e-mail address, if there
// is one, has a session that was begun from this network address: for as long
// as sessions are kept.
func (s *Store) KnownAddress(ctx context.Context, email, ip string) (bool, error) {
	if !storable(email) {
		return false, nil
	}
	_, found, err := first[string](s.conn(ctx), `
		SELECT s.id::text FROM users u JOIN sessions s ON s.user_id = u.id WHERE u.email = $1 AND s.ip = $2 LIMIT 1`, email, ip)
	return found, fail("look for earlier sessions", err)
}

// AnySession reports whether anybody has ever signed in. Ended sessions are
// kept until their user signs in again, so one row is enough to tell.
func (s *Store) AnySession(ctx context.Context) (bool, error) {
	_, found, err := first[string](s.conn(ctx), `SELECT id::text FROM sessions LIMIT 1`)
	return found, fail("look for a session", err)
}

func utc(t *time.Time) *time.Time {
	if t == nil {
		return nil
	}
	u := t.UTC()
	return &u
}
