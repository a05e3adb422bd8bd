package activities

import (
	"context"
	"errors"
	"fmt"

	"safelight/storage"
)

// DiscardInput names the upload whose objects go.
type DiscardInput struct {
	UploadID string `json:"uploadId"`
}

// DiscardStaged deletes everything that lies in the tmp bucket for an upload.
func (a *Activities) DiscardStaged(ctx context.Context, in DiscardInput) error {
	return a.deletePrefix(ctx, storage.Tmp, storage.UploadPrefix(in.UploadID))
}

// DiscardBlob undoes Move: the upload's own blob goes, unless somebody else
// has come to use it meanwhile.
func (a *Activities) DiscardBlob(ctx context.Context, in DiscardInput) error {
	orphaned, err := a.Rows.DropBlob(ctx, in.UploadID)
	if err != nil {
		return rowsFailed("drop blob of upload %s: %w", in.UploadID, err)
	}
	if !orphaned {
		return nil
	}
	return a.deletePrefix(ctx, storage.Final, storage.BlobPrefix(in.UploadID))
}

// Quarantine locks an infected original up, where nothing serves it from.
func (a *Activities) Quarantine(ctx context.Context, in DiscardInput) error {
	from, to := storage.OriginalRef(in.UploadID), storage.QuarantineRef(in.UploadID)
	err := a.Objects.Move(ctx, from, to)
	switch {
	case err == nil, errors.Is(err, storage.ErrExists): // locked up before; the rest is discarded
		return nil
	case errors.Is(err, storage.ErrNotFound):
		if _, err := a.Objects.Stat(ctx, to); err != nil {
			return fmt.Errorf("quarantine %s: %w", from, err)
		}
		return nil
	}
	return fmt.Errorf("quarantine %s: %w", from, err)
}

// deletePrefix deletes every object under a prefix. Nothing there is success.
func (a *Activities) deletePrefix(ctx context.Context, bucket storage.Bucket, prefix string) error {
	cursor := ""
	for {
		page, err := a.Objects.List(ctx, bucket, prefix, cursor, 1000)
		if err != nil {
			return storageFailed("list %s/%s: %w", bucket, prefix, err)
		}
		refs := make([]storage.Ref, len(page.Objects))
		for i, o := range page.Objects {
			refs[i] = o.Ref
		}
		if len(refs) > 0 {
			if err := a.Objects.Delete(ctx, refs...); err != nil {
				return storageFailed("delete under %s/%s: %w", bucket, prefix, err)
			}
		}
		if page.Next == "" {
			return nil
		}
		cursor = page.Next
	}
}
