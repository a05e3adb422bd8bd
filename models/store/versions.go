package store

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"safelight/models"
)

// contentRow is an upload whose content is to be ended.
type contentRow struct {
	ID            string  `gorm:"column:id"`
	OwnerID       string  `gorm:"column:owner_id"`
	SHA256        string  `gorm:"column:sha256"`
	State         string  `gorm:"column:state"`
	TargetFileID  *string `gorm:"column:target_file_id"`
	Outcome       *string `gorm:"column:outcome"`
	FileID        string  `gorm:"column:file_id"`
	VersionNumber int     `gorm:"column:version_number"`
	StoredSize    int64   `gorm:"column:stored_size"`
	Ready         bool    `gorm:"column:ready"`
	Known         bool    `gorm:"column:known"`
	ReservedBytes int64   `gorm:"column:reserved_bytes"`
	StoredBytes   int64   `gorm:"column:stored_bytes"` // of what it holds: the cost of a version
}

func (r contentRow) result() models.VersionResult {
	return models.VersionResult{
		Outcome: models.Outcome(*r.Outcome), FileID: r.FileID, VersionNumber: r.VersionNumber, StoredSize: r.StoredSize,
	}
}

// CreateVersion ends the content of an upload that has claimed it and adopted
// its blob, in one transaction, and answers the same ever after.
//
// With a target file: its current version has these bytes: unchanged. Else it
// is the file's next version, in the trash too; a target that is gone by now
// is as good as none. Without one: the owner has these bytes in a file:
// duplicate; only in the trash: that file is restored; else a file is created.
//
// The claim keeps uploads of the same bytes and owner apart: who holds it
// sees all that the last holder did. Without claim or blob it is ErrConflict;
// an upload that has ended otherwise is ErrAlreadyFinished. ErrQuotaExceeded:
// it takes up more than was reserved, and there is no room for that; when
// there is, the same call succeeds.
func (s *Store) CreateVersion(ctx context.Context, uploadID string) (models.VersionResult, error) {
	if err := checkIDs(uploadID); err != nil {
		return models.VersionResult{}, fail("create version", err)
	}
	var res models.VersionResult
	err := again(ctx, func() error {
		up, err := s.content(ctx, uploadID)
		if err != nil {
			return err
		}
		switch {
		case up.Outcome != nil:
			res = up.result()
			return nil
		case up.TargetFileID == nil && !up.Known && up.StoredBytes <= up.ReservedBytes: // the usual case needs no lock but the claim: one statement
			res, err = createFile(s.conn(ctx), up)
			return err
		}
		return s.conn(ctx).Transaction(func(tx *gorm.DB) error {
			if up.TargetFileID != nil {
				res, err = placeInTarget(tx, up)
			} else {
				res, err = placeKnown(tx, up)
			}
			return err
		})
	})
	if err != nil {
		return models.VersionResult{}, fail("create version", err)
	}
	return res, nil
}

func (s *Store) content(ctx context.Context, uploadID string) (contentRow, error) {
	up, found, err := first[contentRow](s.conn(ctx), `
		SELECT u.id, u.owner_id, u.sha256, u.state, u.target_file_id, u.outcome,
		       coalesce(u.file_id::text, '') AS file_id, coalesce(u.version_number, 0) AS version_number,
		       coalesce(u.stored_size, 0) AS stored_size, u.reserved_bytes,
		       (SELECT coalesce(sum(p.size), 0)::bigint FROM blob_variants p WHERE p.blob_id = u.blob_id) AS stored_bytes,
		       u.blob_id IS NOT NULL AND EXISTS (SELECT 1 FROM claims c WHERE c.upload_id = u.id) AS ready,
		       EXISTS (SELECT 1 FROM versions v WHERE v.owner_id = u.owner_id AND v.sha256 = u.sha256) AS known
		  FROM uploads u WHERE u.id = $1`, uploadID)
	switch {
	case err != nil:
		return up, err
	case !found:
		return up, models.ErrNotFound
	case up.Outcome != nil:
		return up, nil
	case models.UploadState(up.State).Final():
		return up, fmt.Errorf("%w: upload is %s", models.ErrAlreadyFinished, up.State)
	case !up.Ready:
		return up, fmt.Errorf("%w: the upload holds no claim or no blob", models.ErrConflict)
	}
	return up, nil
}

// versionSQL are the parts that a new file and a new version share: the upload
// $1 gets its outcome $2 as version $4 (with id $5) of file $3, unless it has
// one already. What was reserved is let go, since the version counts from now on.
const (
	meSQL = `
	WITH me AS (
		UPDATE uploads u SET outcome = $2, file_id = $3::uuid, version_number = $4, stored_size = pic.size, reserved_bytes = 0
		  FROM blob_variants pic
		 WHERE u.id = $1 AND u.outcome IS NULL AND u.state IN ('processing', 'stalled')
		   AND pic.blob_id = u.blob_id AND pic.name = 'full'
		RETURNING u.id, u.owner_id, u.name, u.sha256, u.blob_id, pic.size
	)`
	versionSQL = `, version AS (
		INSERT INTO versions (id, file_id, owner_id, number, upload_id, blob_id, sha256, stored_bytes, created_by)
		SELECT $5::uuid, $3::uuid, me.owner_id, $4, me.id, me.blob_id, me.sha256,
		       (SELECT sum(p.size) FROM blob_variants p WHERE p.blob_id = me.blob_id), me.owner_id
		  FROM me
	)`
	createFileSQL = meSQL + `, file AS (
		INSERT INTO files (id, owner_id, name, current_version, size)
		SELECT $3::uuid, me.owner_id, me.name, $4, me.size FROM me
	)` + versionSQL + `
	SELECT size, emit_signal('file', owner_id, $3::uuid, 'created') FROM me`
	addVersionSQL = meSQL + `, file AS (
		UPDATE files SET current_version = $4, size = me.size, updated_at = now() FROM me WHERE files.id = $3::uuid
	)` + versionSQL + `
	SELECT size, emit_signal('file', owner_id, $3::uuid, 'updated') FROM me`
)

// createFile makes the upload version 1 of a new file.
func createFile(db *gorm.DB, up contentRow) (models.VersionResult, error) {
	id, err := newID()
	if err != nil {
		return models.VersionResult{}, err
	}
	return writeVersion(db, createFileSQL, up, models.OutcomeCreated, id, 1)
}

// writeVersion stores the upload as a version. What it takes up beyond the
// reserved bytes needs a transaction, for the lock that room holds.
func writeVersion(db *gorm.DB, statement string, up contentRow, o models.Outcome, fileID string, number int) (models.VersionResult, error) {
	if err := room(db, up); err != nil {
		return models.VersionResult{}, err
	}
	id, err := newID()
	if err != nil {
		return models.VersionResult{}, err
	}
	size, found, err := first[struct {
		Size int64 `gorm:"column:size"`
	}](db, statement, up.ID, string(o), fileID, number, id)
	if err != nil {
		return models.VersionResult{}, err
	}
	if !found {
		return models.VersionResult{}, errAgain // another attempt of the same upload was first, or it has ended
	}
	return models.VersionResult{Outcome: o, FileID: fileID, VersionNumber: number, StoredSize: size.Size}, nil
}

// placeInTarget makes the upload the next version of the file it is meant for.
func placeInTarget(tx *gorm.DB, up contentRow) (models.VersionResult, error) {
	type target struct {
		ID             string `gorm:"column:id"`
		CurrentVersion int    `gorm:"column:current_version"`
		LastVersion    int    `gorm:"column:last_version"`
	}
	file, found, err := first[target](tx, `
		SELECT id, current_version, last_version FROM files WHERE id = $1 AND owner_id = $2 FOR NO KEY UPDATE`,
		*up.TargetFileID, up.OwnerID)
	if err != nil {
		return models.VersionResult{}, err
	}
	if !found { // deleted for good since the upload began
		if up.Known {
			return placeKnown(tx, up)
		}
		return createFile(tx, up)
	}
	current, found, err := first[string](tx,
		`SELECT sha256 FROM versions WHERE file_id = $1 AND number = $2`, file.ID, file.CurrentVersion)
	if err != nil {
		return models.VersionResult{}, err
	}
	if found && current == up.SHA256 {
		return settle(tx, up, models.OutcomeUnchanged, file.ID, file.CurrentVersion)
	}
	return writeVersion(tx, addVersionSQL, up, models.OutcomeVersioned, file.ID, file.LastVersion+1)
}

// placeKnown finds the file of the owner that has these bytes: best one that
// shows them, not in the trash. File and version are locked, so that what is
// answered is still so when it is committed; what goes meanwhile is passed over.
func placeKnown(tx *gorm.DB, up contentRow) (models.VersionResult, error) {
	type place struct {
		FileID  string `gorm:"column:file_id"`
		Number  int    `gorm:"column:number"`
		Trashed bool   `gorm:"column:trashed"`
	}
	at, found, err := first[place](tx, `
		SELECT f.id AS file_id, v.number, f.trashed_at IS NOT NULL AS trashed
		  FROM versions v JOIN files f ON f.id = v.file_id
		 WHERE v.owner_id = $1 AND v.sha256 = $2
		 ORDER BY f.trashed_at IS NOT NULL, v.number = f.current_version DESC, v.created_at DESC, v.id DESC
		 LIMIT 1 FOR NO KEY UPDATE OF f FOR KEY SHARE OF v`, up.OwnerID, up.SHA256)
	switch {
	case err != nil:
		return models.VersionResult{}, err
	case !found:
		return createFile(tx, up)
	case at.Trashed:
		return settle(tx, up, models.OutcomeRestored, at.FileID, at.Number)
	}
	return settle(tx, up, models.OutcomeDuplicate, at.FileID, at.Number)
}

// settle gives the upload an outcome that stores nothing.
func settle(tx *gorm.DB, up contentRow, o models.Outcome, fileID string, number int) (models.VersionResult, error) {
	n, err := exec(tx, `
		WITH me AS (
			UPDATE uploads SET outcome = $2::text, file_id = $3::uuid, version_number = $4, stored_size = 0, reserved_bytes = 0,
			       duplicate_of = CASE WHEN $2::text = 'duplicate' THEN $3::uuid END
			 WHERE id = $1 AND outcome IS NULL AND state IN ('processing', 'stalled')
			RETURNING id, owner_id
		), back AS (
			UPDATE files SET trashed_at = NULL, updated_at = now() FROM me
			 WHERE files.id = $3::uuid AND $2::text = 'restored'
			RETURNING files.id, files.owner_id
		)
		SELECT (SELECT emit_signal('file', owner_id, id, 'restored') FROM back) FROM me`,
		up.ID, string(o), fileID, number)
	if err != nil {
		return models.VersionResult{}, err
	}
	if n == 0 {
		return models.VersionResult{}, errAgain
	}
	return models.VersionResult{Outcome: o, FileID: fileID, VersionNumber: number}, nil
}
