package activities

import (
	"context"
	"errors"
	"fmt"

	"go.temporal.io/sdk/activity"

	"safelight/models"
	"safelight/storage"
)

// MoveInput describes the staged variants and the blob they become.
type MoveInput struct {
	Mark
	SHA256       string           `json:"sha256"` // of the bytes as uploaded
	OriginalSize int64            `json:"originalSize"`
	Settings     string           `json:"settings"` // fingerprint
	Variants     []models.Variant `json:"variants"`
	Thumbhash    []byte           `json:"thumbhash"`
	PHash        uint64           `json:"phash"`
	Likeness     []byte           `json:"likeness,omitempty"` // histories of before have none
	Message      string           `json:"message"`
}

// MoveResult names the blob that the upload uses now.
type MoveResult struct {
	BlobID string `json:"blobId"`
}

// Move brings the staged variants into the final bucket under the upload's id
// and makes them a blob. Where the same bytes were stored before, by whoever,
// that blob is used, and mended where objects of it are missing; the upload's
// own copy stays until its owner has been told, so that it takes the time that
// new bytes take. Done before is recognised.
func (a *Activities) Move(ctx context.Context, in MoveInput) (MoveResult, error) {
	return during(ctx, a, in.Mark, func(ctx context.Context) (MoveResult, error) {
		for _, v := range in.Variants {
			err := a.moveVariant(ctx, in.UploadID, v)
			if errors.Is(err, storage.ErrNotFound) {
				err = a.adoptedBefore(ctx, in.UploadID, err)
			}
			if err != nil {
				return MoveResult{}, err
			}
		}
		blob, err := a.Rows.AdoptBlob(ctx, in.UploadID, in.blob())
		if err != nil {
			return MoveResult{}, rowsFailed("adopt blob for upload %s: %w", in.UploadID, err)
		}
		for _, v := range blob.Variants {
			if err := a.ensureWhole(ctx, in.UploadID, v); err != nil {
				return MoveResult{}, err
			}
		}
		if blob.Damaged && blob.ID != in.UploadID {
			if err := a.mend(ctx, in, blob); err != nil {
				return MoveResult{}, err
			}
		}
		return MoveResult{BlobID: blob.ID}, nil
	})
}

// ensureWhole looks whether a variant of the adopted blob is there, and puts
// the upload's own in the place of one that is missing or cut: nobody may be
// told "done" of a picture that cannot be shown.
func (a *Activities) ensureWhole(ctx context.Context, uploadID string, v models.Variant) error {
	target := storage.Ref{Bucket: storage.Final, Key: v.Key}
	info, err := a.Objects.Stat(ctx, target)
	if err == nil && info.Size == v.Size {
		return nil
	}
	if err != nil && !errors.Is(err, storage.ErrNotFound) {
		return storageFailed("look at %s: %w", target, err)
	}
	own := storage.VariantRef(uploadID, v.Name)
	mine, err := a.Objects.Stat(ctx, own)
	if err != nil || mine.Size != v.Size || own == target {
		// Not ErrNotFound, which would end the retries: the object may be brought back.
		return storageFailed("%s of the stored blob is missing or cut, and %s cannot stand in for it (%v)", target, own, err)
	}
	activity.GetLogger(ctx).Warn("an object of a stored blob was missing or cut; mended", "object", target.String())
	if err := a.Objects.Delete(ctx, target); err != nil {
		return storageFailed("replace %s: %w", target, err)
	}
	if err := a.Objects.Move(ctx, own, target); err != nil {
		return storageFailed("move %s to %s: %w", own, target, err)
	}
	return nil
}

// mend replaces the objects of a blob marked as damaged that are not what its
// row says by the upload's own, and takes the mark away. An own one of other
// bytes (another encoder made it) cannot stand in: then the mark stays.
func (a *Activities) mend(ctx context.Context, in MoveInput, blob models.Blob) error {
	own := map[string]string{}
	for _, v := range in.Variants {
		own[v.Name] = v.SHA256
	}
	for _, v := range blob.Variants {
		target := storage.Ref{Bucket: storage.Final, Key: v.Key}
		_, sum, err := a.hashOf(ctx, target)
		if err != nil && !errors.Is(err, storage.ErrNotFound) {
			return err
		}
		if sum == v.SHA256 {
			continue
		}
		if own[v.Name] != v.SHA256 {
			activity.GetLogger(ctx).Warn("a damaged object cannot be mended by an upload of the same bytes", "object", target.String())
			return nil
		}
		if err := a.Objects.Delete(ctx, target); err != nil {
			return storageFailed("replace %s: %w", target, err)
		}
		from := storage.VariantRef(in.UploadID, v.Name)
		if err := a.Objects.Move(ctx, from, target); err != nil {
			return storageFailed("move %s to %s: %w", from, target, err)
		}
		activity.GetLogger(ctx).Warn("a damaged object of a stored blob was mended", "object", target.String())
	}
	if err := a.Rows.MarkMended(ctx, blob.ID); err != nil {
		return rowsFailed("mark blob %s as mended: %w", blob.ID, err)
	}
	return nil
}

func (in MoveInput) blob() models.Blob {
	b := models.Blob{
		ID: in.UploadID, SHA256: in.SHA256, Settings: in.Settings, OriginalSize: in.OriginalSize,
		Thumbhash: in.Thumbhash, PHash: in.PHash, Likeness: in.Likeness, Message: in.Message, Variants: in.Variants,
	}
	if full, ok := b.Variant(models.VariantFull); ok {
		b.MIMEType, b.Width, b.Height = full.MIMEType, full.Width, full.Height
	}
	return b
}

// moveVariant moves one object. A missing source with a whole target was moved
// by an earlier attempt. A target that is there already is left of an attempt
// that did not end, unless the blob has been adopted: then others may use it.
func (a *Activities) moveVariant(ctx context.Context, uploadID string, v models.Variant) error {
	from, to := storage.StagedRef(uploadID, v.Name), storage.Ref{Bucket: storage.Final, Key: v.Key}
	err := a.Objects.Move(ctx, from, to)
	if errors.Is(err, storage.ErrExists) {
		adopted, lookErr := a.Rows.AdoptedBlob(ctx, uploadID)
		if lookErr != nil {
			return rowsFailed("look up the blob of upload %s: %w", uploadID, lookErr)
		}
		stale := to
		if adopted == uploadID {
			stale = from
		}
		if err := a.Objects.Delete(ctx, stale); err != nil {
			return storageFailed("remove %s: %w", stale, err)
		}
		if stale == from {
			return nil
		}
		err = a.Objects.Move(ctx, from, to)
	}
	if errors.Is(err, storage.ErrNotFound) {
		info, statErr := a.Objects.Stat(ctx, to)
		switch {
		case statErr == nil && info.Size == v.Size:
			return nil
		case statErr != nil && !errors.Is(statErr, storage.ErrNotFound):
			// Not known to be gone, which would end the retries.
			return storageFailed("look at %s, of which %s is gone: %w", to, from, statErr)
		}
		return errors.Join(storageFailed("move %s to %s: %w", from, to, err), statErr)
	}
	if err != nil {
		return storageFailed("move %s to %s: %w", from, to, err)
	}
	return nil
}

// adoptedBefore answers for an attempt that finds neither source nor target:
// fine if an earlier one adopted another's blob and mended it with its own.
func (a *Activities) adoptedBefore(ctx context.Context, uploadID string, missing error) error {
	id, err := a.Rows.AdoptedBlob(ctx, uploadID)
	if err != nil {
		return rowsFailed("look up the blob of upload %s: %w", uploadID, err)
	}
	if id == "" || id == uploadID {
		return fmt.Errorf("%w: %w", models.ErrNotFound, missing)
	}
	return nil
}
