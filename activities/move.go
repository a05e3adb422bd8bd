package activities

import (
	"context"
	"errors"
	"fmt"

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
	Message      string           `json:"message"`
}

// MoveResult names the blob that the upload uses now.
type MoveResult struct {
	BlobID string `json:"blobId"`
}

// Move brings the staged variants into the final bucket under the upload's id
// and makes them a blob. Where the same bytes were stored before, by whoever,
// that blob is used and the upload's own objects go: only then, so that it
// takes the time that new bytes take. Done before is recognised.
func (a *Activities) Move(ctx context.Context, in MoveInput) (MoveResult, error) {
	return during(ctx, a, in.Mark, func(ctx context.Context) (MoveResult, error) {
		for _, v := range in.Variants {
			err := a.moveVariant(ctx, in.UploadID, v)
			if errors.Is(err, storage.ErrNotFound) {
				return a.adoptedBefore(ctx, in.UploadID, err)
			}
			if err != nil {
				return MoveResult{}, err
			}
		}
		blob, err := a.Rows.AdoptBlob(ctx, in.UploadID, in.blob())
		if err != nil {
			return MoveResult{}, rowsFailed("adopt blob for upload %s: %w", in.UploadID, err)
		}
		if blob.ID != in.UploadID {
			if err := a.deletePrefix(ctx, storage.Final, storage.BlobPrefix(in.UploadID)); err != nil {
				return MoveResult{}, err
			}
		}
		return MoveResult{BlobID: blob.ID}, nil
	})
}

func (in MoveInput) blob() models.Blob {
	b := models.Blob{
		ID: in.UploadID, SHA256: in.SHA256, Settings: in.Settings, OriginalSize: in.OriginalSize,
		Thumbhash: in.Thumbhash, PHash: in.PHash, Message: in.Message, Variants: in.Variants,
	}
	if full, ok := b.Variant(models.VariantFull); ok {
		b.MIMEType, b.Width, b.Height = full.MIMEType, full.Width, full.Height
	}
	return b
}

// moveVariant moves one object. A missing source with a whole target was moved
// by an earlier attempt; a target of another size is left of one that did not end.
func (a *Activities) moveVariant(ctx context.Context, uploadID string, v models.Variant) error {
	from, to := storage.StagedRef(uploadID, v.Name), storage.Ref{Bucket: storage.Final, Key: v.Key}
	err := a.Objects.Move(ctx, from, to)
	if errors.Is(err, storage.ErrExists) {
		if err := a.Objects.Delete(ctx, to); err != nil {
			return storageFailed("replace %s: %w", to, err)
		}
		err = a.Objects.Move(ctx, from, to)
	}
	if errors.Is(err, storage.ErrNotFound) {
		info, statErr := a.Objects.Stat(ctx, to)
		if statErr == nil && info.Size == v.Size {
			return nil
		}
		return errors.Join(storageFailed("move %s to %s: %w", from, to, err), statErr)
	}
	if err != nil {
		return storageFailed("move %s to %s: %w", from, to, err)
	}
	return nil
}

// adoptedBefore answers for an attempt that finds neither source nor target:
// fine if an earlier one adopted another's blob and dropped its own objects.
func (a *Activities) adoptedBefore(ctx context.Context, uploadID string, missing error) (MoveResult, error) {
	id, err := a.Rows.AdoptedBlob(ctx, uploadID)
	if err != nil {
		return MoveResult{}, rowsFailed("look up the blob of upload %s: %w", uploadID, err)
	}
	if id == "" || id == uploadID {
		return MoveResult{}, fmt.Errorf("%w: %w", models.ErrNotFound, missing)
	}
	return MoveResult{BlobID: id}, a.deletePrefix(ctx, storage.Final, storage.BlobPrefix(uploadID))
}
