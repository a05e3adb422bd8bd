package store

import (
	"context"
	"errors"
	"strconv"
	"time"

	"gorm.io/gorm"

	"safelight/models"
)

// versionRow is a row of versions with its blob.
type versionRow struct {
	Blob             blobRow   `gorm:"embedded"`
	VersionID        string    `gorm:"column:v_id"`
	FileID           string    `gorm:"column:v_file_id"`
	Number           int       `gorm:"column:v_number"`
	UploadID         *string   `gorm:"column:v_upload_id"`
	CreatedBy        string    `gorm:"column:v_created_by"`
	RestoredFrom     *int      `gorm:"column:v_restored_from"`
	VersionCreatedAt time.Time `gorm:"column:v_created_at"`
}

const versionColumns = `v.id AS v_id, v.file_id AS v_file_id, v.number AS v_number, v.upload_id AS v_upload_id,
	v.created_by AS v_created_by, v.restored_from AS v_restored_from, v.created_at AS v_created_at`

func (r versionRow) version() (models.Version, error) {
	b, err := r.Blob.blob()
	if err != nil {
		return models.Version{}, err
	}
	return models.Version{
		ID: r.VersionID, FileID: r.FileID, Number: r.Number, UploadID: r.UploadID, Blob: b,
		CreatedAt: r.VersionCreatedAt.UTC(), CreatedBy: r.CreatedBy, RestoredFrom: r.RestoredFrom,
	}, nil
}

// ownedVersion selects versions of file $1 in the scope $2.
const ownedVersion = `FROM versions v JOIN blobs b ON b.id = v.blob_id
	WHERE v.file_id = $1 AND ($2::uuid IS NULL OR v.owner_id = $2::uuid)`

// Versions lists the versions of a file, newest first.
func (s *Store) Versions(ctx context.Context, scope models.Scope, fileID string, limit int, after string) (models.Page[models.Version], error) {
	owner, err := ownerIn(scope)
	if err := errors.Join(err, checkIDs(fileID)); err != nil {
		return models.Page[models.Version]{}, fail("list versions", err)
	}
	tag, below := listTag("versions", fileID), int64(1)<<31 // above every number
	if after != "" {
		c, err := decodeCursor(after, tag)
		if err != nil {
			return models.Page[models.Version]{}, fail("list versions", err)
		}
		if below, err = c.atNumber(); err != nil {
			return models.Page[models.Version]{}, fail("list versions", err)
		}
	}
	limit = pageSize(limit)
	rows, err := every[versionRow](s.conn(ctx), `SELECT `+versionColumns+`, `+blobColumns+` `+ownedVersion+`
		AND v.number < $3::bigint ORDER BY v.number DESC LIMIT $4`, fileID, owner, below, limit+1)
	if err == nil && len(rows) == 0 { // every file has a version: none means no file, or the end
		_, err = s.FileByID(ctx, scope, fileID)
	}
	if err != nil {
		return models.Page[models.Version]{}, fail("list versions", err)
	}
	return page(rows, limit, versionRow.version, func(r versionRow) cursor {
		return cursor{List: tag, Key: strconv.Itoa(r.Number)}
	})
}

// VersionByNumber reads a version of a file with its blob and variants.
func (s *Store) VersionByNumber(ctx context.Context, scope models.Scope, fileID string, n int) (models.Version, error) {
	owner, err := ownerIn(scope)
	if err := errors.Join(err, checkIDs(fileID)); err != nil {
		return models.Version{}, fail("read version", err)
	}
	row, found, err := first[versionRow](s.conn(ctx), `SELECT `+versionColumns+`, `+blobColumns+` `+ownedVersion+`
		AND v.number = $3::bigint`, fileID, owner, n)
	if err == nil && !found {
		err = models.ErrNotFound
	}
	if err != nil {
		return models.Version{}, fail("read version", err)
	}
	return row.version()
}

var restoreVersionSQL = `
	WITH old AS (
		SELECT v.owner_id, v.blob_id, v.sha256, v.stored_bytes, p.size
		  FROM versions v JOIN blob_variants p ON p.blob_id = v.blob_id AND p.name = 'full'
		 WHERE v.file_id = $1 AND v.number = $3
	), made AS (
		INSERT INTO versions (id, file_id, owner_id, number, blob_id, sha256, stored_bytes, created_by, restored_from)
		SELECT $4::uuid, $1::uuid, owner_id, $5, blob_id, sha256, stored_bytes, $6::uuid, $3 FROM old
		 WHERE ` + takenSQL + ` + stored_bytes <= $7::bigint
		RETURNING id
	), file AS (
		UPDATE files SET current_version = $5, size = old.size, updated_at = now() FROM old, made WHERE files.id = $1
	)
	SELECT made.id IS NOT NULL AS made,
	       (SELECT emit_signal('file', $2::uuid, $1::uuid, 'updated') FROM made) FROM old LEFT JOIN made ON true`

// RestoreVersion makes an old version current again: as a new version of the
// same blob, created by actorID. ErrFileTrashed in the trash, ErrQuotaExceeded
// where the owner's quota has no room for one version more.
func (s *Store) RestoreVersion(ctx context.Context, scope models.Scope, actorID, fileID string, n int) (models.Version, error) {
	owner, err := ownerIn(scope)
	if err := errors.Join(err, checkIDs(fileID, actorID)); err != nil {
		return models.Version{}, fail("restore version", err)
	}
	var number int
	err = s.transact(ctx, func(tx *gorm.DB) (err error) {
		number, err = restoreVersion(tx, owner, actorID, fileID, n)
		return err
	})
	if err != nil {
		return models.Version{}, fail("restore version", err)
	}
	return s.VersionByNumber(ctx, scope, fileID, number)
}

func restoreVersion(tx *gorm.DB, owner *string, actorID, fileID string, n int) (int, error) {
	type held struct {
		OwnerID     string `gorm:"column:owner_id"`
		QuotaBytes  int64  `gorm:"column:quota_bytes"`
		LastVersion int    `gorm:"column:last_version"`
		Trashed     bool   `gorm:"column:trashed"`
	}
	// Both rows are locked by one statement; both columns read are of the locked rows.
	f, found, err := first[held](tx, `
		SELECT f.owner_id, u.quota_bytes, f.last_version, f.trashed_at IS NOT NULL AS trashed
		  FROM files f JOIN users u ON u.id = f.owner_id
		 WHERE f.id = $1 AND ($2::uuid IS NULL OR f.owner_id = $2::uuid)
		   FOR NO KEY UPDATE OF f, u`, fileID, owner)
	switch {
	case err != nil:
		return 0, err
	case !found:
		return 0, models.ErrNotFound
	case f.Trashed:
		return 0, models.ErrFileTrashed
	}
	id, err := newID()
	if err != nil {
		return 0, err
	}
	type answer struct {
		Made bool `gorm:"column:made"`
	}
	a, found, err := first[answer](tx, restoreVersionSQL, fileID, f.OwnerID, n, id, f.LastVersion+1, actorID, f.QuotaBytes)
	switch {
	case err != nil:
		return 0, err
	case !found:
		return 0, models.ErrNotFound
	case !a.Made:
		return 0, models.ErrQuotaExceeded
	}
	return f.LastVersion + 1, nil
}

// DeleteVersion removes an old version for good. The current one is
// ErrCurrentVersion. One of somebody else's file is noted in the audit log.
func (s *Store) DeleteVersion(ctx context.Context, by models.Actor, scope models.Scope, fileID string, n int) error {
	owner, err := ownerIn(scope)
	if err := errors.Join(err, checkIDs(fileID)); err != nil {
		return fail("delete version", err)
	}
	return fail("delete version", s.transact(ctx, func(tx *gorm.DB) error {
		gone, found, err := first[changedRow](tx, `
			WITH f AS (
				UPDATE files SET updated_at = now() WHERE id = $1 AND `+owned+` AND current_version <> $3
				   AND EXISTS (SELECT 1 FROM versions WHERE file_id = $1 AND number = $3)
				RETURNING id, owner_id, name
			), gone AS (
				DELETE FROM versions USING f WHERE file_id = f.id AND number = $3 RETURNING file_id
			)
			SELECT id, owner_id, name, emit_signal('file', owner_id, id, 'updated') FROM f`, fileID, owner, n)
		if err != nil {
			return err
		}
		if found {
			return gone.recordVersionDeleted(tx, by, n)
		}
		file, err := s.FileByID(ctx, scope, fileID)
		if err != nil {
			return err
		}
		if file.CurrentVersion == n {
			return models.ErrCurrentVersion
		}
		return models.ErrNotFound
	}))
}
