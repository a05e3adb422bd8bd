package store

import (
	"context"
	"fmt"

	"safelight/models"
)

// A claim is free when its holder is in a final state. The subquery may see a
// holder that has just ended as still under way: then the claim is refused
// once too often, never given twice.
const claimSQL = `
	INSERT INTO claims (owner_id, sha256, upload_id) VALUES ($1, $2, $3)
	ON CONFLICT (owner_id, sha256) DO UPDATE SET upload_id = excluded.upload_id, created_at = now()
	 WHERE claims.upload_id = excluded.upload_id
	    OR EXISTS (SELECT 1 FROM uploads h WHERE h.id = claims.upload_id AND h.state IN ('done', 'rejected', 'canceled', 'failed'))`

// ClaimContent claims the content with this hash for an upload of its owner.
// Where the owner has a version with these bytes, in the trash or not, its
// blob is the answer and becomes the upload's, which keeps it from being
// collected; unless that is marked as damaged: then the upload takes every step
// and mends it. Where another upload of the owner has the claim, that one is the
// answer. Twice is once; FinishUpload releases the claim. An upload that is
// final is ErrAlreadyFinished.
func (s *Store) ClaimContent(ctx context.Context, uploadID, ownerID, sha256 string) (models.Claim, error) {
	if err := checkIDs(uploadID, ownerID); err != nil {
		return models.Claim{}, fail("claim content", err)
	}
	var claim models.Claim
	err := again(ctx, func() error {
		n, err := exec(s.conn(ctx), claimSQL, ownerID, sha256, uploadID)
		if err != nil {
			return err
		}
		if n == 0 {
			claim.HeldBy, err = s.claimHolder(ctx, ownerID, sha256)
			return err
		}
		claim.BlobID, err = s.useOwnBlob(ctx, uploadID, ownerID, sha256)
		return err
	})
	if err != nil {
		return models.Claim{}, fail("claim content", err)
	}
	return claim, nil
}

func (s *Store) claimHolder(ctx context.Context, ownerID, sha256 string) (string, error) {
	holder, found, err := first[string](s.conn(ctx),
		`SELECT upload_id::text FROM claims WHERE owner_id = $1 AND sha256 = $2`, ownerID, sha256)
	if err == nil && !found {
		return "", errAgain // released between the two statements
	}
	return holder, err
}

// useOwnBlob gives the upload the blob of its owner's newest version with
// these bytes, if there is one. It looks in a statement of its own: only one
// that begins when the claim is held sees all that its last holder did.
func (s *Store) useOwnBlob(ctx context.Context, uploadID, ownerID, sha256 string) (string, error) {
	type content struct {
		State string `gorm:"column:state"`
		Held  string `gorm:"column:held"`
		Own   string `gorm:"column:own"`
	}
	row, found, err := first[content](s.conn(ctx), `
		SELECT state, coalesce(blob_id::text, '') AS held, coalesce((
		       SELECT v.blob_id::text FROM versions v JOIN blobs b ON b.id = v.blob_id AND b.damaged_at IS NULL
		        WHERE v.owner_id = $2 AND v.sha256 = $3
		        ORDER BY v.created_at DESC, v.id DESC LIMIT 1), '') AS own
		  FROM uploads WHERE id = $1 AND owner_id = $2`, uploadID, ownerID, sha256)
	switch {
	case err != nil:
		return "", err
	case !found:
		return "", models.ErrNotFound
	case models.UploadState(row.State).Final():
		return "", fmt.Errorf("%w: upload is %s", models.ErrAlreadyFinished, row.State)
	case row.Own == "" || row.Own == row.Held:
		return row.Held, nil
	}
	n, err := exec(s.conn(ctx),
		`UPDATE uploads SET blob_id = $2 WHERE id = $1 AND state IN ('processing', 'stalled')`, uploadID, row.Own)
	if err == nil && n == 0 {
		err = errAgain // it has just ended
	}
	return row.Own, err
}
