package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"gorm.io/gorm"

	"safelight/models"
)

// blobRow is a row of blobs with its variants.
type blobRow struct {
	BlobID        string    `gorm:"column:b_id"`
	BlobSHA256    string    `gorm:"column:b_sha256"`
	Settings      string    `gorm:"column:b_settings"`
	OriginalSize  int64     `gorm:"column:b_original_size"`
	BlobMIMEType  string    `gorm:"column:b_mime_type"`
	Width         int       `gorm:"column:b_width"`
	Height        int       `gorm:"column:b_height"`
	Thumbhash     []byte    `gorm:"column:b_thumbhash"`
	PHash         int64     `gorm:"column:b_phash"`
	Likeness      []byte    `gorm:"column:b_likeness"`
	Message       string    `gorm:"column:b_message"`
	Damaged       bool      `gorm:"column:b_damaged"`
	BlobCreatedAt time.Time `gorm:"column:b_created_at"`
	Variants      []byte    `gorm:"column:b_variants"`
}

// blobColumns are those of blob b. The keys are the JSON names of models.Variant.
const blobColumns = `b.id AS b_id, b.sha256 AS b_sha256, b.settings AS b_settings, b.original_size AS b_original_size,
	b.mime_type AS b_mime_type, b.width AS b_width, b.height AS b_height, b.thumbhash AS b_thumbhash, b.phash AS b_phash,
	b.likeness AS b_likeness, b.message AS b_message, b.damaged_at IS NOT NULL AS b_damaged, b.created_at AS b_created_at,
	(SELECT json_agg(json_build_object('name', p.name, 'key', p.key, 'mimeType', p.mime_type, 'size', p.size,
	                                   'width', p.width, 'height', p.height, 'sha256', p.sha256) ORDER BY p.size DESC)
	   FROM blob_variants p WHERE p.blob_id = b.id) AS b_variants`

func (r blobRow) blob() (models.Blob, error) {
	b := models.Blob{
		ID: r.BlobID, SHA256: r.BlobSHA256, Settings: r.Settings, OriginalSize: r.OriginalSize, MIMEType: r.BlobMIMEType,
		Width: r.Width, Height: r.Height, Thumbhash: r.Thumbhash, PHash: uint64(r.PHash), Likeness: r.Likeness,
		Message: r.Message, Damaged: r.Damaged, CreatedAt: r.BlobCreatedAt.UTC(),
	}
	if len(r.Variants) > 0 {
		if err := json.Unmarshal(r.Variants, &b.Variants); err != nil {
			return models.Blob{}, fmt.Errorf("variants of blob %s: %w", r.BlobID, err)
		}
	}
	return b, nil
}

// adoptSQL makes the stored blob of the same hash and settings the upload's, or
// inserts the blob with its variants: all or nothing, so that no blob is ever
// seen that nobody holds on to. Both are one statement and one commit, so that
// how long it takes does not tell an owner which of them it was. What the
// blob's foreign key finds collected meanwhile is a lost race.
const adoptSQL = `
	WITH me AS (
		SELECT id FROM uploads WHERE id = $1 AND sha256 = $3 AND state IN ('processing', 'stalled') AND NOT undone FOR NO KEY UPDATE
	), fresh AS (
		INSERT INTO blobs (id, sha256, settings, original_size, mime_type, width, height, thumbhash, phash, message, likeness)
		SELECT $2::uuid, $3::text, $4::text, $5::bigint, $6::text, $7::int, $8::int, $9::bytea, $10::bigint, $11::text, $13::bytea FROM me
		ON CONFLICT (sha256, settings) DO NOTHING
		RETURNING id, created_at
	), parts AS (
		INSERT INTO blob_variants (blob_id, name, key, mime_type, size, width, height, sha256)
		SELECT fresh.id, p.name, p.key, p."mimeType", p.size, p.width, p.height, p.sha256
		  FROM fresh, jsonb_to_recordset($12::jsonb)
		       AS p (name text, key text, "mimeType" text, size bigint, width int, height int, sha256 text)
	)
	UPDATE uploads u SET blob_id = coalesce(fresh.id, b.id)
	  FROM me LEFT JOIN fresh ON true LEFT JOIN blobs b ON b.sha256 = $3 AND b.settings = $4
	 WHERE u.id = me.id AND coalesce(fresh.id, b.id) IS NOT NULL
	RETURNING fresh.created_at AS made, ` + blobColumns

// AdoptBlob makes a stored blob the upload's. Where the same hash and settings
// are stored already, by whoever, that blob wins and is returned; else blob is
// inserted with its variants. Of many at once one inserts and all get the same.
// Twice is once. An upload that is final, or whose blob DropBlob has undone, is
// ErrAlreadyFinished.
func (s *Store) AdoptBlob(ctx context.Context, uploadID string, blob models.Blob) (models.Blob, error) {
	if err := checkIDs(uploadID, blob.ID); err != nil {
		return models.Blob{}, fail("adopt blob", err)
	}
	variants, err := json.Marshal(blob.Variants)
	if err != nil {
		return models.Blob{}, fmt.Errorf("marshal variants: %w", err)
	}
	thumbhash := blob.Thumbhash
	if thumbhash == nil {
		thumbhash = []byte{}
	}
	type adopted struct {
		Made *time.Time `gorm:"column:made"`
		Blob blobRow    `gorm:"embedded"`
	}
	err = again(ctx, func() error {
		row, found, err := first[adopted](s.conn(ctx), adoptSQL, uploadID, blob.ID, blob.SHA256, blob.Settings,
			blob.OriginalSize, blob.MIMEType, blob.Width, blob.Height, thumbhash, int64(blob.PHash), blob.Message,
			string(variants), blob.Likeness)
		switch {
		case err != nil:
			return err
		case !found: // it was inserted by another at the same time, or may not be
			blob, err = s.useStoredBlob(ctx, uploadID, blob)
		case row.Made != nil:
			blob.CreatedAt = row.Made.UTC()
		default:
			blob, err = row.Blob.blob()
		}
		return err
	})
	if err != nil {
		return models.Blob{}, fail("adopt blob", err)
	}
	return blob, nil
}

// useStoredBlob gives the upload the blob that is there. Its foreign key locks
// the blob: from then on it can not be collected; had it just been, the
// violation is a lost race and the caller inserts its own.
func (s *Store) useStoredBlob(ctx context.Context, uploadID string, like models.Blob) (models.Blob, error) {
	row, found, err := first[blobRow](s.conn(ctx), `
		UPDATE uploads u SET blob_id = b.id FROM blobs b
		 WHERE u.id = $1 AND u.sha256 = b.sha256 AND u.state IN ('processing', 'stalled') AND NOT u.undone
		   AND b.sha256 = $2 AND b.settings = $3
		RETURNING `+blobColumns, uploadID, like.SHA256, like.Settings)
	if err != nil {
		return like, err
	}
	if found {
		return row.blob()
	}
	up, found, err := first[struct {
		SHA256 string `gorm:"column:sha256"`
		State  string `gorm:"column:state"`
		Undone bool   `gorm:"column:undone"`
	}](s.conn(ctx), `SELECT sha256, state, undone FROM uploads WHERE id = $1`, uploadID)
	switch {
	case err != nil:
		return like, err
	case !found:
		return like, models.ErrNotFound
	case models.UploadState(up.State).Final():
		return like, fmt.Errorf("%w: upload is %s", models.ErrAlreadyFinished, up.State)
	case up.Undone:
		return like, fmt.Errorf("%w: its blob has been undone", models.ErrAlreadyFinished)
	case up.SHA256 != like.SHA256:
		return like, fmt.Errorf("%w: the upload is of other bytes", models.ErrConflict)
	}
	return like, errAgain // the blob that was in the way has been collected
}

// AdoptedBlob is the id of the blob that the upload holds, or "".
func (s *Store) AdoptedBlob(ctx context.Context, uploadID string) (string, error) {
	if err := checkIDs(uploadID); err != nil {
		return "", fail("read adopted blob", err)
	}
	row, found, err := first[uploadRow](s.conn(ctx), `SELECT blob_id FROM uploads WHERE id = $1`, uploadID)
	if err == nil && !found {
		err = models.ErrNotFound
	}
	if err != nil || row.BlobID == nil {
		return "", fail("read adopted blob", err)
	}
	return *row.BlobID, nil
}

// BlobExists reports whether there is a blob with this id. What is no UUID is no blob's.
func (s *Store) BlobExists(ctx context.Context, blobID string) (bool, error) {
	if !isID(blobID) {
		return false, nil
	}
	_, found, err := first[string](s.conn(ctx), `SELECT id::text FROM blobs WHERE id = $1`, blobID)
	return found, fail("look for blob", err)
}

// DropBlob undoes AdoptBlob: the upload lets go of its own blob (the one with
// its id), whose row goes if no version and no other upload refers to it.
// orphaned reports that there is no such row now nor will be again, so that
// objects under this id belong to nobody: from here on the upload adopts no
// blob, whatever an old attempt still tries. Twice is once.
func (s *Store) DropBlob(ctx context.Context, uploadID string) (orphaned bool, err error) {
	if err := checkIDs(uploadID); err != nil {
		return false, fail("drop blob", err)
	}
	err = s.transact(ctx, func(tx *gorm.DB) error {
		// The upload's row first, as AdoptBlob does it: an adoption under way is
		// waited for and seen by what follows; one that comes later sees this.
		if _, err := exec(tx, `UPDATE uploads SET undone = true WHERE id = $1`, uploadID); err != nil {
			return err
		}
		// Then the blob's: who comes to use it meanwhile waits, or has come before
		// the next statement looks.
		_, found, err := first[string](tx, `SELECT id::text FROM blobs WHERE id = $1 FOR UPDATE`, uploadID)
		if err != nil || !found {
			orphaned = err == nil
			return err
		}
		if _, err := exec(tx, `UPDATE uploads SET blob_id = NULL WHERE id = $1 AND blob_id = $1`, uploadID); err != nil {
			return err
		}
		n, err := exec(tx, `
			DELETE FROM blobs b WHERE b.id = $1
			   AND NOT EXISTS (SELECT 1 FROM versions WHERE blob_id = b.id)
			   AND NOT EXISTS (SELECT 1 FROM uploads WHERE blob_id = b.id)`, uploadID)
		orphaned = n > 0
		return err
	})
	if err != nil {
		return false, fail("drop blob", err)
	}
	return orphaned, nil
}

// CollectBlobs deletes the rows of up to limit blobs to which no version has
// referred since before the given time and which no upload holds, and returns
// their ids: the objects are the caller's to delete.
func (s *Store) CollectBlobs(ctx context.Context, before time.Time, limit int) ([]string, error) {
	var ids []string
	err := s.transact(ctx, func(tx *gorm.DB) error {
		// As in DropBlob: lock, then look again. One that is just being adopted is passed over.
		candidates, err := every[string](tx, `
			SELECT id::text FROM blobs b
			 WHERE unreferenced_since < $1
			   AND NOT EXISTS (SELECT 1 FROM versions WHERE blob_id = b.id)
			   AND NOT EXISTS (SELECT 1 FROM uploads WHERE blob_id = b.id)
			 ORDER BY unreferenced_since LIMIT $2 FOR UPDATE SKIP LOCKED`, before, limit)
		if err != nil || len(candidates) == 0 {
			ids = nil
			return err
		}
		ids, err = every[string](tx, `
			DELETE FROM blobs b WHERE b.id IN (SELECT id FROM unnest($1::uuid[]) AS t (id))
			   AND NOT EXISTS (SELECT 1 FROM versions WHERE blob_id = b.id)
			   AND NOT EXISTS (SELECT 1 FROM uploads WHERE blob_id = b.id)
			RETURNING id::text`, uuidArray(candidates))
		return err
	})
	if err != nil {
		return nil, fail("collect blobs", err)
	}
	return ids, nil
}
