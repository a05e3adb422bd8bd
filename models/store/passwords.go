package store

import (
	"context"
	"time"

	"gorm.io/gorm"

	"safelight/models"
)

// ChangePassword replaces the password hash of an account and ends its other
// sessions and any link to reset it; keepSession goes on. The hash must still
// be old: of two changes at once one wins and the other is ErrConflict.
func (s *Store) ChangePassword(ctx context.Context, by models.Actor, userID, keepSession, old, fresh string) error {
	if err := checkIDs(userID, keepSession); err != nil {
		return fail("change password", err)
	}
	return fail("change password", s.transact(ctx, func(tx *gorm.DB) error {
		n, err := exec(tx, `
			UPDATE users SET password_hash = $3, updated_at = now()
			 WHERE id = $1 AND password_hash = $2 AND deleted_at IS NULL`, userID, old, fresh)
		if err == nil && n == 0 {
			err = models.ErrConflict
		}
		if err != nil {
			return err
		}
		ended, err := endSessions(tx, userID, &keepSession)
		if err != nil {
			return err
		}
		if _, err := exec(tx, `DELETE FROM password_resets WHERE user_id = $1`, userID); err != nil {
			return err
		}
		return record(tx, models.AuditEntry{
			Actor: by, Action: "password.changed", TargetKind: "user", TargetID: userID,
			Details: map[string]any{"sessionsEnded": ended},
		})
	}))
}

// endSessions ends all sessions of a user but keep, if that is one, and tells
// the streams. It must come after a statement that has locked the user: a
// session that began with the old password is seen then.
func endSessions(tx *gorm.DB, userID string, keep *string) (int64, error) {
	ended, err := exec(tx, `
		UPDATE sessions SET revoked_at = now()
		 WHERE user_id = $1 AND revoked_at IS NULL AND expires_at > now() AND ($2::uuid IS NULL OR id <> $2::uuid)`, userID, keep)
	if err == nil {
		err = tellAccount(tx, userID, userID)
	}
	return ended, err
}

// tellAccount has every event stream of a user look at its account again. id is
// what has changed: the user, a session or a token.
func tellAccount(tx *gorm.DB, userID, id string) error {
	_, err := exec(tx, `SELECT emit_signal('user', $1::uuid, $2::uuid, NULL)`, userID, id)
	return err
}

// IssueReset makes a link to set a new password, good for lives; tokenHash is
// that of its token. A link made before ends.
func (s *Store) IssueReset(ctx context.Context, by models.Actor, userID string, tokenHash []byte, lives time.Duration) (expires time.Time, err error) {
	if err := checkIDs(userID); err != nil {
		return time.Time{}, fail("issue reset link", err)
	}
	err = s.transact(ctx, func(tx *gorm.DB) error {
		if _, err := lockAccount(tx, userID); err != nil {
			return err
		}
		if expires, err = putReset(tx, userID, tokenHash, lives); err != nil {
			return err
		}
		return record(tx, models.AuditEntry{Actor: by, Action: "user.reset_issued", TargetKind: "user", TargetID: userID})
	})
	return expires, fail("issue reset link", err)
}

func putReset(tx *gorm.DB, userID string, tokenHash []byte, lives time.Duration) (time.Time, error) {
	row, _, err := first[struct {
		ExpiresAt time.Time `gorm:"column:expires_at"`
	}](tx, `
		INSERT INTO password_resets (user_id, token_hash, expires_at) VALUES ($1, $2, now() + make_interval(secs => $3))
		ON CONFLICT (user_id) DO UPDATE
		   SET token_hash = excluded.token_hash, created_at = now(), expires_at = excluded.expires_at
		RETURNING expires_at`, userID, tokenHash, lives.Seconds())
	return row.ExpiresAt.UTC(), err
}

// ResetUser is the account that a reset token is for; ErrBadResetToken where
// it does not count any more.
func (s *Store) ResetUser(ctx context.Context, tokenHash []byte) (models.User, error) {
	row, err := resetUser(s.conn(ctx), tokenHash)
	return row.user(), fail("look up reset link", err)
}

func resetUser(db *gorm.DB, tokenHash []byte) (userRow, error) {
	row, found, err := first[userRow](db, `
		SELECT `+userColumns+` FROM password_resets r JOIN users u ON u.id = r.user_id
		 WHERE r.token_hash = $1 AND r.expires_at > now() AND u.deleted_at IS NULL`, tokenHash)
	if err == nil && !found {
		err = models.ErrBadResetToken
	}
	return row, err
}

// UseReset sets a new password by a reset token, which is used up, and ends
// all sessions. Of many uses of one token one wins; the others are
// ErrBadResetToken. Who it is for is the actor; from says from where.
func (s *Store) UseReset(ctx context.Context, from models.Actor, tokenHash []byte, passwordHash string) (models.User, error) {
	var user userRow
	err := s.transact(ctx, func(tx *gorm.DB) (err error) {
		if user, err = resetUser(tx, tokenHash); err != nil {
			return err
		}
		if _, err := lockAccount(tx, user.ID); err != nil { // the user first, as everywhere
			return err
		}
		n, err := exec(tx, `DELETE FROM password_resets WHERE token_hash = $1 AND expires_at > now()`, tokenHash)
		if err == nil && n == 0 {
			err = models.ErrBadResetToken
		}
		if err != nil {
			return err
		}
		if _, err := exec(tx, `UPDATE users SET password_hash = $2, updated_at = now() WHERE id = $1`, user.ID, passwordHash); err != nil {
			return err
		}
		ended, err := endSessions(tx, user.ID, nil)
		if err != nil {
			return err
		}
		from.UserID, from.Email = user.ID, user.Email
		return record(tx, models.AuditEntry{
			Actor: from, Action: "password.reset", TargetKind: "user", TargetID: user.ID,
			Details: map[string]any{"sessionsEnded": ended},
		})
	})
	if err != nil {
		return models.User{}, fail("use reset link", err)
	}
	return user.user(), nil
}

// lockAccount takes the row of an account that is not deleted for the rest of
// the transaction.
func lockAccount(tx *gorm.DB, id string) (userRow, error) {
	row, found, err := first[userRow](tx,
		`SELECT `+userColumns+` FROM users u WHERE u.id = $1 AND u.deleted_at IS NULL FOR NO KEY UPDATE`, id)
	if err == nil && !found {
		err = models.ErrNotFound
	}
	return row, err
}
