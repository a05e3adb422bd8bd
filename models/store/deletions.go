package store

import (
	"context"

	"gorm.io/gorm"

	"safelight/models"
)

// scrubbed is the name that uploads and accounts keep when their user is deleted.
const scrubbed = "(deleted)"

// DeleteUser deletes an account: it can not be used, found or seen from then
// on, its address is free, and its uploads under way are canceled. They are
// returned, so that the caller can stop their workflows sooner than these
// notice. PurgeUser removes its files. ErrLastAdmin and ErrForbidden as UpdateUser.
func (s *Store) DeleteUser(ctx context.Context, by models.Actor, id string) ([]models.Upload, error) {
	if err := checkIDs(id); err != nil {
		return nil, fail("delete user", err)
	}
	var running []models.Upload
	err := s.transact(ctx, func(tx *gorm.DB) error {
		user, err := lockForAdmin(tx, by, id, true)
		if err != nil {
			return err
		}
		// After the lock: no upload is begun any more.
		if running, err = cancelUploads(tx, id); err != nil {
			return err
		}
		if err := tellAccount(tx, id, id); err != nil {
			return err
		}
		if err := forget(tx, id); err != nil {
			return err
		}
		return record(tx, models.AuditEntry{
			Actor: by, Action: "user.deleted", TargetKind: "user", TargetID: id,
			Details: map[string]any{"email": user.Email, "role": user.Role, "uploadsCanceled": len(running)},
		})
	})
	if err != nil {
		return nil, fail("delete user", err)
	}
	return running, nil
}

// cancelUploads ends every upload of a user that is under way and returns them
// as they were. One that has its version already is done. The step that is at
// work finds that its upload has ended, and its workflow takes back what was done.
func cancelUploads(tx *gorm.DB, userID string) ([]models.Upload, error) {
	// Not FOR UPDATE: a step that claims content, and so refers to its owner and
	// to its upload, would wait for the second while forget waits for the first.
	rows, err := every[uploadRow](tx, `
		SELECT `+uploadColumns+` FROM uploads
		 WHERE owner_id = $1 AND state IN ('receiving', 'processing', 'stalled') ORDER BY id FOR NO KEY UPDATE`, userID)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	_, err = exec(tx, `
		WITH ended AS (
			UPDATE uploads SET state = CASE WHEN outcome IS NULL THEN 'canceled' ELSE 'done' END,
			       finished_at = now(), seq = seq + $2, reserved_bytes = 0, blob_id = NULL
			 WHERE owner_id = $1 AND state IN ('receiving', 'processing', 'stalled')
			RETURNING id, owner_id
		), freed AS (
			DELETE FROM claims WHERE owner_id = $1
		)
		SELECT emit_signal('progress', owner_id, id, 'row') FROM ended`, userID, int64(models.SeqStride))
	if err != nil {
		return nil, err
	}
	return uploadsOf(rows)
}

// forget removes everything personal from the row of a user, and every
// credential. Its id stays: what others did for it still refers to it.
func forget(tx *gorm.DB, userID string) error {
	for _, statement := range []string{
		`DELETE FROM sessions WHERE user_id = $1`,
		`DELETE FROM access_tokens WHERE user_id = $1`,
		`DELETE FROM password_resets WHERE user_id = $1`,
	} {
		if _, err := exec(tx, statement, userID); err != nil {
			return err
		}
	}
	_, err := exec(tx, `
		UPDATE users SET email = $3, name = $2, role = 'user', status = 'suspended',
		       password_hash = '', quota_bytes = 0, deleted_at = now(), updated_at = now()
		 WHERE id = $1`, userID, scrubbed, "deleted-"+userID+"@invalid")
	return err
}

// purgeSQL removes up to $2 files of user $1, and up to as many notifications
// and names of uploads. What another purge is at is passed over.
const purgeSQL = `
	WITH f AS (
		DELETE FROM files WHERE id IN (SELECT id FROM files WHERE owner_id = $1 LIMIT $2 FOR UPDATE SKIP LOCKED)
		RETURNING id, owner_id
	), c AS (
		DELETE FROM claims WHERE owner_id = $1
	), n AS (
		DELETE FROM notifications WHERE id IN (SELECT id FROM notifications WHERE user_id = $1 LIMIT $2 FOR UPDATE SKIP LOCKED) RETURNING id
	), u AS (
		UPDATE uploads SET name = $3, idempotency_key = NULL WHERE id IN (
			SELECT id FROM uploads WHERE owner_id = $1 AND name <> $3 LIMIT $2 FOR NO KEY UPDATE SKIP LOCKED) RETURNING id
	)
	SELECT emit_signal('file', owner_id, id, 'deleted')::text FROM f
	UNION ALL SELECT '' FROM n UNION ALL SELECT '' FROM u`

// PurgeUser removes for good up to limit of the files that a deleted user has
// left, and as many of the other things; their blobs are left to CollectBlobs.
// more reports that something was found, so that there may be more. Safe to
// run by many at once.
func (s *Store) PurgeUser(ctx context.Context, id string, limit int) (more bool, err error) {
	if err := checkIDs(id); err != nil {
		return false, fail("purge user", err)
	}
	err = again(ctx, func() error {
		gone, found, err := first[string](s.conn(ctx), `
			SELECT id::text FROM users WHERE id = $1 AND deleted_at IS NOT NULL AND purged_at IS NULL`, id)
		if err != nil || !found || gone == "" {
			more = false
			return err
		}
		n, err := exec(s.conn(ctx), purgeSQL, id, limit, scrubbed)
		if err != nil || n > 0 {
			more = n > 0
			return err
		}
		// Nothing was found; if another purge is at what is left, it goes on.
		more = false
		_, err = exec(s.conn(ctx), `
			UPDATE users SET purged_at = now() WHERE id = $1
			   AND NOT EXISTS (SELECT 1 FROM files WHERE owner_id = $1)
			   AND NOT EXISTS (SELECT 1 FROM notifications WHERE user_id = $1)
			   AND NOT EXISTS (SELECT 1 FROM uploads WHERE owner_id = $1 AND name <> $2)`, id, scrubbed)
		return err
	})
	return more, fail("purge user", err)
}

// UnpurgedUsers lists up to limit deleted users of whom something is left.
func (s *Store) UnpurgedUsers(ctx context.Context, limit int) ([]string, error) {
	ids, err := every[string](s.conn(ctx),
		`SELECT id::text FROM users WHERE deleted_at IS NOT NULL AND purged_at IS NULL ORDER BY id LIMIT $1`, limit)
	return ids, fail("list deleted users", err)
}
