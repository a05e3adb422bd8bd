package store

import (
	"context"

	"safelight/models"
)

// storedVariantRow is a row of blob_variants.
type storedVariantRow struct {
	BlobID   string `gorm:"column:blob_id"`
	Damaged  bool   `gorm:"column:damaged"`
	Name     string `gorm:"column:name"`
	Key      string `gorm:"column:key"`
	MIMEType string `gorm:"column:mime_type"`
	Size     int64  `gorm:"column:size"`
	Width    int    `gorm:"column:width"`
	Height   int    `gorm:"column:height"`
	SHA256   string `gorm:"column:sha256"`
}

const storedVariantSQL = `
	SELECT v.blob_id, b.damaged_at IS NOT NULL AS damaged, v.name, v.key, v.mime_type, v.size, v.width, v.height, v.sha256
	  FROM blob_variants v JOIN blobs b ON b.id = v.blob_id `

func (r storedVariantRow) variant() models.StoredVariant {
	return models.StoredVariant{
		BlobID: r.BlobID, Damaged: r.Damaged, Variant: models.Variant{
			Name: r.Name, Key: r.Key, MIMEType: r.MIMEType, Size: r.Size, Width: r.Width, Height: r.Height, SHA256: r.SHA256,
		},
	}
}

func (s *Store) storedVariants(ctx context.Context, which string, args ...any) ([]models.StoredVariant, error) {
	rows, err := every[storedVariantRow](s.conn(ctx), storedVariantSQL+which, args...)
	if err != nil {
		return nil, fail("read stored variants", err)
	}
	out := make([]models.StoredVariant, len(rows))
	for i, r := range rows {
		out[i] = r.variant()
	}
	return out, nil
}

// StoredVariants lists up to limit variants of all blobs whose keys come after
// the given one, in the order of keys.
func (s *Store) StoredVariants(ctx context.Context, after string, limit int) ([]models.StoredVariant, error) {
	return s.storedVariants(ctx, `WHERE v.key > $1 ORDER BY v.key LIMIT $2`, after, limit)
}

// VariantsOfBlob lists the variants of a blob; none where there is no such blob.
func (s *Store) VariantsOfBlob(ctx context.Context, blobID string) ([]models.StoredVariant, error) {
	if !isID(blobID) {
		return nil, nil
	}
	return s.storedVariants(ctx, `WHERE v.blob_id = $1`, blobID)
}

// MarkMended takes the mark of damage from a blob.
func (s *Store) MarkMended(ctx context.Context, blobID string) error {
	if err := checkIDs(blobID); err != nil {
		return fail("mark blob as mended", err)
	}
	_, err := exec(s.conn(ctx), `UPDATE blobs SET damaged_at = NULL WHERE id = $1 AND damaged_at IS NOT NULL`, blobID)
	return fail("mark blob as mended", err)
}

// HeldQuarantine lists up to limit uploads after the given id whose original is
// locked up, in the order of ids.
func (s *Store) HeldQuarantine(ctx context.Context, after string, limit int) ([]string, error) {
	ids, err := every[string](s.conn(ctx), `
		SELECT upload_id::text FROM quarantine
		 WHERE state = 'held' AND ($1::text = '' OR upload_id > nullif($1::text, '')::uuid)
		 ORDER BY upload_id LIMIT $2`, after, limit)
	return ids, fail("list what is locked up", err)
}

// QuarantineNeeds reports whether the locked-up object of an upload has a use:
// it is held, or an upload that goes on with it is under way. What is no UUID
// is no upload's.
func (s *Store) QuarantineNeeds(ctx context.Context, uploadID string) (bool, error) {
	if !isID(uploadID) {
		return false, nil
	}
	_, found, err := first[string](s.conn(ctx), `
		SELECT q.upload_id::text FROM quarantine q LEFT JOIN uploads r ON r.id = q.released_as
		 WHERE q.upload_id = $1 AND (q.state = 'held' OR r.state NOT IN ('done', 'rejected', 'canceled', 'failed'))`, uploadID)
	return found, fail("look up quarantine", err)
}
