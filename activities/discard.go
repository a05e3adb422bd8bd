package activities

import (
	"context"

	"safelight/storage"
)

// DiscardInput names the upload whose objects go. ReleasedFrom is the upload in
// whose quarantine its original lies, if a person let it out.
type DiscardInput struct {
	UploadID     string `json:"uploadId"`
	ReleasedFrom string `json:"releasedFrom,omitempty"`
}

// DiscardStaged deletes everything that lies in the tmp bucket for an upload.
func (a *Activities) DiscardStaged(ctx context.Context, in DiscardInput) error {
	if in.ReleasedFrom != "" {
		ref := storage.QuarantineRef(in.ReleasedFrom)
		if err := a.Objects.Delete(ctx, ref); err != nil {
			return storageFailed("delete %s: %w", ref, err)
		}
	}
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
