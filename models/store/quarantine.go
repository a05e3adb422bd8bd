package store

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"safelight/models"
)

// quarantineRow is a row of quarantine with what its upload says of it.
type quarantineRow struct {
	UploadID   string     `gorm:"column:upload_id"`
	OwnerID    string     `gorm:"column:owner_id"`
	OwnerEmail string     `gorm:"column:owner_email"`
	Name       string     `gorm:"column:name"`
	Size       int64      `gorm:"column:size"`
	SHA256     string     `gorm:"column:sha256"`
	MIMEType   string     `gorm:"column:mime_type"`
	Signature  string     `gorm:"column:signature"`
	State      string     `gorm:"column:state"`
	CreatedAt  time.Time  `gorm:"column:created_at"`
	EndedAt    *time.Time `gorm:"column:ended_at"`
	EndedBy    *string    `gorm:"column:ended_by"`
	Reason     string     `gorm:"column:reason"`
	ReleasedAs *string    `gorm:"column:released_as"`
}

const quarantineSQL = `
	SELECT q.upload_id, u.owner_id, o.email AS owner_email, u.name, u.size, u.sha256, u.mime_type,
	       coalesce(u.rejection_signature, '') AS signature, q.state, q.created_at, q.ended_at, q.ended_by, q.reason, q.released_as
	  FROM quarantine q JOIN uploads u ON u.id = q.upload_id JOIN users o ON o.id = u.owner_id`

func (r quarantineRow) quarantined() (models.Quarantined, error) {
	return models.Quarantined{
		UploadID: r.UploadID, OwnerID: r.OwnerID, OwnerEmail: r.OwnerEmail, Name: r.Name, Size: r.Size, SHA256: r.SHA256,
		MIMEType: r.MIMEType, Signature: r.Signature, State: models.QuarantineState(r.State), CreatedAt: r.CreatedAt.UTC(),
		EndedAt: utc(r.EndedAt), EndedBy: r.EndedBy, Reason: r.Reason, ReleasedAs: r.ReleasedAs,
	}, nil
}

// ListQuarantine lists what is or was locked up, of the newest upload first.
func (s *Store) ListQuarantine(ctx context.Context, f models.QuarantineFilter) (models.Page[models.Quarantined], error) {
	tag, limit := listTag("quarantine", string(f.State)), pageSize(f.Limit)
	var below *string
	if f.Cursor != "" {
		c, err := decodeCursor(f.Cursor, tag)
		if err == nil {
			err = c.checkID()
		}
		if err != nil {
			return models.Page[models.Quarantined]{}, fail("list quarantine", err)
		}
		below = &c.ID
	}
	rows, err := every[quarantineRow](s.conn(ctx), quarantineSQL+`
		 WHERE ($1::text = '' OR q.state = $1) AND ($2::uuid IS NULL OR q.upload_id < $2::uuid)
		 ORDER BY q.upload_id DESC LIMIT $3`, string(f.State), below, limit+1)
	if err != nil {
		return models.Page[models.Quarantined]{}, fail("list quarantine", err)
	}
	return page(rows, limit, quarantineRow.quarantined, func(r quarantineRow) cursor {
		return cursor{List: tag, ID: r.UploadID}
	})
}

// QuarantineByID reads what is or was locked up for an upload.
func (s *Store) QuarantineByID(ctx context.Context, uploadID string) (models.Quarantined, error) {
	if err := checkIDs(uploadID); err != nil {
		return models.Quarantined{}, fail("read quarantine", err)
	}
	row, found, err := first[quarantineRow](s.conn(ctx), quarantineSQL+` WHERE q.upload_id = $1`, uploadID)
	if err == nil && !found {
		err = models.ErrNotFound
	}
	if err != nil {
		return models.Quarantined{}, fail("read quarantine", err)
	}
	return row.quarantined()
}

// lockHeld locks a row of quarantine, which must be held still, and gives it
// as it is then.
func lockHeld(tx *gorm.DB, uploadID string) (models.Quarantined, error) {
	row, found, err := first[quarantineRow](tx, quarantineSQL+` WHERE q.upload_id = $1 FOR NO KEY UPDATE OF q`, uploadID)
	switch {
	case err != nil:
		return models.Quarantined{}, err
	case !found:
		return models.Quarantined{}, models.ErrNotFound
	case row.State != string(models.QuarantineHeld):
		return models.Quarantined{}, fmt.Errorf("%w: it is %s", models.ErrNotHeld, row.State)
	}
	return row.quarantined()
}

// releaseSQL begins the upload $2 with the bytes of the rejected upload $1.
const releaseSQL = `
	WITH made AS (
		INSERT INTO uploads (id, owner_id, name, size, reserved_bytes, sha256, mime_type, state, target_file_id, seq,
		                     released_from, released_signature)
		SELECT $2::uuid, owner_id, name, size, size, sha256, mime_type, 'processing', target_file_id, $3::bigint,
		       id, coalesce(rejection_signature, '') FROM uploads WHERE id = $1
		RETURNING *
	)
	SELECT ` + uploadColumns + `, emit_signal('progress', owner_id, id, 'row') FROM made`

// ReleaseQuarantined lets a locked-up original go on: as a new upload in
// processing, of the same owner, name and target, that is cleared of the one
// verdict. The rejected upload stays what it is. The new one counts against its
// owner's quota like any other: ErrQuotaExceeded. Of many at once, and of a
// release and a deletion, one wins; to the others it is ErrNotHeld. The line in
// the audit log is of the same transaction.
func (s *Store) ReleaseQuarantined(ctx context.Context, by models.Actor, r models.Release) (models.Upload, error) {
	if err := checkIDs(r.UploadID, r.NewID, by.UserID); err != nil {
		return models.Upload{}, fail("release from quarantine", err)
	}
	var made uploadRow
	err := s.transact(ctx, func(tx *gorm.DB) error {
		held, err := lockHeld(tx, r.UploadID)
		if err != nil {
			return err
		}
		owner, err := lockUser(tx, held.OwnerID)
		if err != nil {
			return err
		}
		taken, _, err := first[int64](tx, `SELECT `+takenSQL+` + $1::bigint`, held.Size, held.OwnerID)
		if err != nil {
			return err
		}
		if taken > owner.QuotaBytes {
			return models.ErrQuotaExceeded
		}
		if made, _, err = first[uploadRow](tx, releaseSQL, r.UploadID, r.NewID, int64(models.SeqStride)); err != nil {
			return err
		}
		_, err = exec(tx, `
			UPDATE quarantine SET state = 'released', ended_at = now(), ended_by = $2, reason = $3, released_as = $4
			 WHERE upload_id = $1`, r.UploadID, by.UserID, r.Reason, r.NewID)
		if err != nil {
			return err
		}
		return record(tx, models.AuditEntry{
			Actor: by, Action: "quarantine.released", TargetKind: "quarantine", TargetID: r.UploadID,
			Details: map[string]any{
				"reason": r.Reason, "signature": held.Signature, "ownerId": held.OwnerID, "sha256": held.SHA256, "releasedAs": r.NewID,
			},
		})
	})
	if err != nil {
		return models.Upload{}, fail("release from quarantine", err)
	}
	return made.upload()
}

// DeleteQuarantined gives up a locked-up original for good. Its object is the
// caller's to delete; what the caller does not get done is PurgeableQuarantine's.
// Deleted before is success, as is expired; released is ErrNotHeld.
func (s *Store) DeleteQuarantined(ctx context.Context, by models.Actor, uploadID string) error {
	if err := checkIDs(uploadID, by.UserID); err != nil {
		return fail("delete from quarantine", err)
	}
	return fail("delete from quarantine", s.transact(ctx, func(tx *gorm.DB) error {
		row, found, err := first[quarantineRow](tx, quarantineSQL+` WHERE q.upload_id = $1 FOR NO KEY UPDATE OF q`, uploadID)
		switch {
		case err != nil:
			return err
		case !found:
			return models.ErrNotFound
		case row.State == string(models.QuarantineReleased):
			return models.ErrNotHeld
		case row.State != string(models.QuarantineHeld):
			return nil
		}
		_, err = exec(tx, `UPDATE quarantine SET state = 'deleted', ended_at = now(), ended_by = $2 WHERE upload_id = $1`,
			uploadID, by.UserID)
		if err != nil {
			return err
		}
		return record(tx, models.AuditEntry{
			Actor: by, Action: "quarantine.deleted", TargetKind: "quarantine", TargetID: uploadID,
			Details: map[string]any{"signature": row.Signature, "ownerId": row.OwnerID, "sha256": row.SHA256},
		})
	}))
}

// ExpireQuarantine ends up to limit originals that are locked up since before
// the given time, the oldest first, and returns how many.
func (s *Store) ExpireQuarantine(ctx context.Context, before time.Time, limit int) (int, error) {
	var ended int
	err := s.transact(ctx, func(tx *gorm.DB) error {
		ids, err := every[string](tx, `
			UPDATE quarantine SET state = 'expired', ended_at = now() WHERE upload_id IN (
				SELECT upload_id FROM quarantine WHERE state = 'held' AND created_at < $1
				 ORDER BY created_at LIMIT $2 FOR UPDATE SKIP LOCKED)
			RETURNING upload_id::text`, before, limit)
		if err != nil {
			return err
		}
		for _, id := range ids {
			err := record(tx, models.AuditEntry{Action: "quarantine.expired", TargetKind: "quarantine", TargetID: id})
			if err != nil {
				return err
			}
		}
		ended = len(ids)
		return nil
	})
	return ended, fail("expire quarantine", err)
}

// PurgeableQuarantine lists up to limit uploads after the given id whose
// locked-up object nobody needs any more and may still be there: it was given
// up, or what it was released as has ended.
func (s *Store) PurgeableQuarantine(ctx context.Context, after string, limit int) ([]string, error) {
	ids, err := every[string](s.conn(ctx), `
		SELECT q.upload_id::text FROM quarantine q
		 WHERE q.state <> 'held' AND q.purged_at IS NULL AND ($1::text = '' OR q.upload_id > nullif($1::text, '')::uuid)
		   AND NOT EXISTS (SELECT 1 FROM uploads r
		                    WHERE r.id = q.released_as AND r.state NOT IN ('done', 'rejected', 'canceled', 'failed'))
		 ORDER BY q.upload_id LIMIT $2`, after, limit)
	return ids, fail("list what quarantine may lose", err)
}

// MarkPurged notes that the objects of these uploads are gone from quarantine.
// Those that are held stay as they are.
func (s *Store) MarkPurged(ctx context.Context, uploadIDs []string) error {
	if err := checkIDs(uploadIDs...); err != nil {
		return fail("note what quarantine lost", err)
	}
	_, err := exec(s.conn(ctx), `
		UPDATE quarantine SET purged_at = now()
		 WHERE upload_id IN (SELECT id FROM unnest($1::uuid[]) AS t (id)) AND state <> 'held' AND purged_at IS NULL`,
		uuidArray(uploadIDs))
	return fail("note what quarantine lost", err)
}
