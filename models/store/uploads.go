package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"safelight/models"
)

// lockUser takes the row of a user for the rest of the transaction: who counts
// a quota, or numbers notifications, does so alone. What must be seen as it is
// then is read by the next statement, whose snapshot is newer than the lock.
func lockUser(tx *gorm.DB, id string) (userRow, error) {
	row, found, err := first[userRow](tx,
		`SELECT `+userColumns+` FROM users u WHERE u.id = $1 FOR NO KEY UPDATE`, id)
	if err == nil && !found {
		err = models.ErrNotFound
	}
	return row, err
}

// admission is what decides about a new upload, and when it was inserted.
type admission struct {
	Seen          *string    `gorm:"column:seen"`
	Receiving     int        `gorm:"column:receiving"`
	TargetFound   bool       `gorm:"column:target_found"`
	TargetTrashed bool       `gorm:"column:target_trashed"`
	CreatedAt     *time.Time `gorm:"column:created_at"`
}

// admitSQL deletes a dead upload of the same key before it looks for one: seen
// asks what went, and put for seen.
var admitSQL = `
	WITH gone AS (
		DELETE FROM uploads
		 WHERE owner_id = $2 AND idempotency_key = $6::text AND state = 'receiving' AND NOT (` + aliveSQL + `)
		RETURNING id
	), room AS (
		SELECT (SELECT id FROM uploads WHERE owner_id = $2 AND idempotency_key = $6::text
		           AND id NOT IN (SELECT id FROM gone)) AS seen,
		       (SELECT count(*) FROM uploads WHERE owner_id = $2 AND state = 'receiving' AND ` + aliveSQL + `) AS receiving,
		       EXISTS (SELECT 1 FROM files WHERE id = $4::uuid AND owner_id = $2) AS target_found,
		       EXISTS (SELECT 1 FROM files WHERE id = $4::uuid AND owner_id = $2 AND trashed_at IS NOT NULL) AS target_trashed,
		       EXISTS (SELECT 1 FROM uploads WHERE owner_id = $2 AND target_file_id = $4::uuid AND ` + underWaySQL + `) AS target_busy,
		       ` + takenSQL + ` AS taken, ` + takenFilesSQL + ` AS files
	), put AS (
		INSERT INTO uploads (id, owner_id, name, target_file_id, reserved_bytes, idempotency_key, state, keeps_original)
		SELECT $1::uuid, $2::uuid, $3::text, $4::uuid, $5::bigint, $6::text, 'receiving', $10::boolean FROM room
		 WHERE seen IS NULL AND ($4::uuid IS NULL OR target_found AND NOT target_trashed)
		   AND receiving < $7::bigint AND taken + $5::bigint <= $8::bigint
		   AND files + CASE WHEN $4::uuid IS NULL OR target_busy THEN 1 ELSE 0 END <= $9::bigint
		RETURNING created_at
	)
	SELECT room.seen, room.receiving, room.target_found, room.target_trashed, put.created_at
	  FROM room LEFT JOIN put ON true`

// CreateUpload inserts an upload in receiving, its bytes reserved. An
// idempotency key that its owner has used before gives that upload, and false.
// An upload in receiving that was silent for models.ReceivingDead holds nothing:
// no place, no bytes, and its key goes to the new one, in whose stead it is deleted.
// ErrSuspended, ErrNotFound and ErrFileTrashed (of the target file),
// ErrTooManyUploads and ErrQuotaExceeded insert nothing.
func (s *Store) CreateUpload(ctx context.Context, n models.NewUpload) (up models.Upload, created bool, err error) {
	return s.createUpload(ctx, n, func(*gorm.DB) error { return nil })
}

// createUpload is CreateUpload with more to do in the transaction that inserts.
func (s *Store) createUpload(
	ctx context.Context, n models.NewUpload, more func(tx *gorm.DB) error,
) (up models.Upload, created bool, err error) {
	ids := []string{n.ID, n.OwnerID}
	if n.TargetFileID != nil {
		ids = append(ids, *n.TargetFileID)
	}
	if err := checkIDs(ids...); err != nil {
		return models.Upload{}, false, fail("create upload", err)
	}
	var a admission
	err = s.transact(ctx, func(tx *gorm.DB) error {
		owner, err := lockUser(tx, n.OwnerID)
		if err != nil {
			return err
		}
		if owner.Status != string(models.StatusActive) {
			return models.ErrSuspended
		}
		a, _, err = first[admission](tx, admitSQL,
			n.ID, n.OwnerID, n.Name, n.TargetFileID, n.Reserve, n.IdempotencyKey, n.MaxOpen,
			owner.QuotaBytes, owner.QuotaFiles, n.KeepsOriginal)
		if err != nil {
			return err
		}
		if err := a.refusal(n); err != nil || a.CreatedAt == nil {
			return err
		}
		return more(tx)
	})
	if err != nil {
		return models.Upload{}, false, fail("create upload", err)
	}
	if a.CreatedAt == nil {
		up, err := s.UploadByID(ctx, models.Scope{OwnerID: n.OwnerID}, *a.Seen)
		return up, false, err
	}
	return models.Upload{
		ID: n.ID, OwnerID: n.OwnerID, Name: n.Name, State: models.UploadReceiving,
		TargetFileID: n.TargetFileID, IdempotencyKey: n.IdempotencyKey,
		CreatedAt: a.CreatedAt.UTC(), UpdatedAt: a.CreatedAt.UTC(),
	}, true, nil
}

// refusal is why nothing was inserted, nil where something was or had been.
func (a admission) refusal(n models.NewUpload) error {
	switch {
	case a.CreatedAt != nil || a.Seen != nil:
		return nil
	case n.TargetFileID != nil && !a.TargetFound:
		return models.ErrNotFound
	case a.TargetTrashed:
		return models.ErrFileTrashed
	case a.Receiving >= n.MaxOpen:
		return models.ErrTooManyUploads
	}
	return models.ErrQuotaExceeded
}

// acceptSQL makes the promise, if the true size $2 lies within the reserved
// bytes or within what has been allowed otherwise, $6. What was silent for too
// long has nothing reserved.
var acceptSQL = `
	WITH up AS (
		UPDATE uploads SET state = 'processing', size = $2, reserved_bytes = ` + needsSQL("$2") + `, sha256 = $3, mime_type = $4, seq = $5
		 WHERE id = $1 AND state = 'receiving' 
		   AND ($2 <= $6::bigint OR ` + needsSQL("$2") + ` <= reserved_bytes AND (` + touchableSQL + ` OR ` + keptSQL + `))
		RETURNING *
	)
	SELECT ` + uploadColumns + `, emit_signal('progress', owner_id, id, 'row') FROM up`

// AcceptUpload moves an upload from receiving to processing: the promise that
// it will not be lost. One that is not receiving any more is ErrConflict; a
// size above what was reserved, for which the quota has no room, ErrQuotaExceeded.
func (s *Store) AcceptUpload(ctx context.Context, id string, size int64, sha256, mimeType string) (models.Upload, error) {
	if err := checkIDs(id); err != nil {
		return models.Upload{}, fail("accept upload", err)
	}
	accept := func(db *gorm.DB, allowed int64) (uploadRow, bool, error) {
		return first[uploadRow](db, acceptSQL, id, size, sha256, mimeType, int64(models.SeqStride), allowed)
	}
	row, found, err := accept(s.conn(ctx), 0)
	if err == nil && !found {
		err = s.transact(ctx, func(tx *gorm.DB) error {
			if err := makeRoom(tx, id, size); err != nil {
				return err
			}
			if row, found, err = accept(tx, size); err == nil && !found {
				err = models.ErrConflict
			}
			return err
		})
	}
	if err != nil {
		return models.Upload{}, fail("accept upload", err)
	}
	return row.upload()
}

// makeRoom checks that an upload in receiving may come to size bytes.
func makeRoom(tx *gorm.DB, id string, size int64) error {
	up, found, err := first[uploadRow](tx, `SELECT owner_id, state FROM uploads WHERE id = $1`, id)
	switch {
	case err != nil:
		return err
	case !found:
		return models.ErrNotFound
	case up.State != string(models.UploadReceiving):
		return fmt.Errorf("%w: upload is %s", models.ErrConflict, up.State)
	}
	owner, err := lockUser(tx, up.OwnerID)
	if err != nil {
		return err
	}
	return roomFor(tx, owner, id, size)
}

// roomFor checks that an upload in receiving, whose owner's row is locked, may
// come to size bytes.
func roomFor(tx *gorm.DB, owner userRow, id string, size int64) error {
	type room struct {
		Fits bool `gorm:"column:fits"`
	}
	// What the upload holds already, if it is alive, is taken out of the sums first.
	r, _, err := first[room](tx, `
		WITH mine AS (
			SELECT reserved_bytes AS bytes FROM uploads WHERE id = $1 AND state = 'receiving' AND `+reservesSQL+`
		)
		SELECT `+takenSQL+` - coalesce((SELECT bytes FROM mine), 0) +
		       (SELECT `+needsSQL("$3::bigint")+` FROM uploads WHERE id = $1) <= $4::bigint
		   AND (EXISTS (SELECT 1 FROM mine) OR `+takenFilesSQL+` < $5::bigint) AS fits`,
		id, owner.ID, size, owner.QuotaBytes, owner.QuotaFiles)
	if err == nil && !r.Fits {
		err = models.ErrQuotaExceeded
	}
	return err
}

// UploadState reads the state of an upload alone.
func (s *Store) UploadState(ctx context.Context, uploadID string) (models.UploadState, error) {
	if err := checkIDs(uploadID); err != nil {
		return "", fail("read state of upload", err)
	}
	row, found, err := first[uploadRow](s.conn(ctx), `SELECT state FROM uploads WHERE id = $1`, uploadID)
	if err == nil && !found {
		err = models.ErrNotFound
	}
	return models.UploadState(row.State), fail("read state of upload", err)
}

// UploadByID reads an upload.
func (s *Store) UploadByID(ctx context.Context, scope models.Scope, id string) (models.Upload, error) {
	owner, err := ownerIn(scope)
	if err := errors.Join(err, checkIDs(id)); err != nil {
		return models.Upload{}, fail("read upload", err)
	}
	row, found, err := first[uploadRow](s.conn(ctx),
		`SELECT `+uploadColumns+` FROM uploads WHERE id = $1 AND `+owned, id, owner)
	if err == nil && !found {
		err = models.ErrNotFound
	}
	if err != nil {
		return models.Upload{}, fail("read upload", err)
	}
	return row.upload()
}

// ListUploads lists uploads, newest first. Over all owners that is by id.
func (s *Store) ListUploads(ctx context.Context, f models.UploadFilter) (models.Page[models.Upload], error) {
	owner, err := ownerIn(f.Scope)
	if err != nil {
		return models.Page[models.Upload]{}, fail("list uploads", err)
	}
	tag := listTag("uploads", string(f.State), string(f.Step), f.Code, scopeTag(f.Scope))
	q := s.conn(ctx).Table("uploads").Select(uploadColumns)
	if owner != nil {
		q = q.Where("owner_id = ?", *owner)
	}
	if f.State != "" {
		q = q.Where("state = ?", string(f.State))
	}
	if f.Step != "" {
		q = q.Where("step = ?", string(f.Step))
	}
	if f.Code != "" {
		q = q.Where("(rejection_code = ? OR state = 'stalled' AND stall_code = ?)", f.Code, f.Code)
	}
	order := "created_at DESC, id DESC"
	if f.Scope.Any {
		order = "id DESC"
	}
	if f.Cursor != "" {
		c, err := decodeCursor(f.Cursor, tag)
		if err != nil {
			return models.Page[models.Upload]{}, fail("list uploads", err)
		}
		at, err := c.atTime()
		if err := errors.Join(err, c.checkID()); err != nil {
			return models.Page[models.Upload]{}, fail("list uploads", err)
		}
		if f.Scope.Any {
			q = q.Where("id < ?", c.ID)
		} else {
			q = q.Where("(created_at, id) < (?, ?)", at, c.ID)
		}
	}
	limit := pageSize(f.Limit)
	var rows []uploadRow
	if err := q.Order(order).Limit(limit + 1).Scan(&rows).Error; err != nil {
		return models.Page[models.Upload]{}, fail("list uploads", err)
	}
	return page(rows, limit, uploadRow.upload, func(r uploadRow) cursor {
		return cursor{List: tag, Key: timeKey(r.CreatedAt), ID: r.ID}
	})
}

// OpenUploads lists the uploads of an owner that are not in a final state,
// newest first, a page of at most limit after the cursor.
func (s *Store) OpenUploads(ctx context.Context, ownerID, after string, limit int) (models.Page[models.Upload], error) {
	if err := checkIDs(ownerID); err != nil {
		return models.Page[models.Upload]{}, fail("list open uploads", err)
	}
	tag := listTag("open uploads", ownerID)
	q := s.conn(ctx).Table("uploads").Select(uploadColumns).
		Where("owner_id = ? AND state IN ('receiving', 'processing', 'stalled')", ownerID)
	if after != "" {
		c, err := decodeCursor(after, tag)
		if err != nil {
			return models.Page[models.Upload]{}, fail("list open uploads", err)
		}
		at, err := c.atTime()
		if err := errors.Join(err, c.checkID()); err != nil {
			return models.Page[models.Upload]{}, fail("list open uploads", err)
		}
		q = q.Where("(created_at, id) < (?, ?)", at, c.ID)
	}
	limit = pageSize(limit)
	var rows []uploadRow
	if err := q.Order("created_at DESC, id DESC").Limit(limit + 1).Scan(&rows).Error; err != nil {
		return models.Page[models.Upload]{}, fail("list open uploads", err)
	}
	return page(rows, limit, uploadRow.upload, func(r uploadRow) cursor {
		return cursor{List: tag, Key: timeKey(r.CreatedAt), ID: r.ID}
	})
}
