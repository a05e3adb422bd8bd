package store

import (
	"context"
	"time"

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

// CreateSession inserts a sign-in; its times of creation and last use are now.
// The user's expired ones go.
func (s *Store) CreateSession(ctx context.Context, se models.Session) error {
	if err := checkIDs(se.UserID); err != nil {
		return fail("create session", err)
	}
	_, err := exec(s.conn(ctx), `
		WITH expired AS (DELETE FROM sessions WHERE user_id = $2 AND expires_at < now())
		INSERT INTO sessions (id, user_id, token_hash, user_agent, ip, expires_at)
		VALUES ($1, $2, $3, $4, $5, $6)`,
		se.ID, se.UserID, se.TokenHash, se.UserAgent, se.IP, se.ExpiresAt)
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
		  FROM sessions s JOIN users u ON u.id = s.user_id WHERE s.id = $2 AND `+alive,
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
		SELECT `+userColumns+`, `+usedColumn+`, `+sessionColumns+` FROM s JOIN users u ON u.id = s.user_id`,
		idle.Seconds(), oldHash, newHash)
	if err != nil {
		return models.User{}, models.Session{}, fail("rotate session", err)
	}
	if found {
		return row.User.user(), row.session(), nil
	}
	_, err = exec(s.conn(ctx), `
		WITH ended AS (
			UPDATE sessions SET revoked_at = now()
			 WHERE revoked_at IS NULL AND id = (SELECT session_id FROM used_refresh_tokens WHERE token_hash = $1)
			RETURNING id, user_id
		)
		SELECT emit_signal('user', user_id, id, NULL) FROM ended`, oldHash)
	if err != nil {
		return models.User{}, models.Session{}, fail("revoke session of a reused token", err)
	}
	return models.User{}, models.Session{}, fail("rotate session", models.ErrUnauthenticated)
}

// RevokeSession ends a session; ended before, or unknown, is success.
func (s *Store) RevokeSession(ctx context.Context, sessionID string) error {
	if err := checkIDs(sessionID); err != nil {
		return fail("revoke session", err)
	}
	_, err := exec(s.conn(ctx), `
		WITH ended AS (
			UPDATE sessions SET revoked_at = now() WHERE id = $1 AND revoked_at IS NULL RETURNING id, user_id
		)
		SELECT emit_signal('user', user_id, id, NULL) FROM ended`, sessionID)
	return fail("revoke session", err)
}

func utc(t *time.Time) *time.Time {
	if t == nil {
		return nil
	}
	u := t.UTC()
	return &u
}
