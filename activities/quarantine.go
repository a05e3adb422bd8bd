package activities

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.temporal.io/sdk/activity"

	"safelight/storage"
)

// QuarantineRows is the part of models/store about what is locked up.
type QuarantineRows interface {
	// ExpireQuarantine ends originals that are locked up since before the given
	// time, and returns how many.
	ExpireQuarantine(ctx context.Context, before time.Time, limit int) (int, error)
	// PurgeableQuarantine lists uploads after the given id whose locked-up
	// object nobody needs any more, in the order of ids.
	PurgeableQuarantine(ctx context.Context, after string, limit int) ([]string, error)
	// MarkPurged notes that these objects are gone.
	MarkPurged(ctx context.Context, uploadIDs []string) error
}

// Quarantine locks an infected original up, where nothing serves it from. One
// that was let out before is locked up again as the new upload's.
func (a *Activities) Quarantine(ctx context.Context, in DiscardInput) error {
	from, to := storage.OriginalRef(in.UploadID), storage.QuarantineRef(in.UploadID)
	if in.ReleasedFrom != "" {
		from = storage.QuarantineRef(in.ReleasedFrom)
	}
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

// PurgeQuarantineInput says how long an original is kept locked up.
type PurgeQuarantineInput struct {
	Retention time.Duration `json:"retention"`
}

// PurgeQuarantine ends what has been locked up for long enough, and removes the
// objects of all that nobody needs any more, which a deletion or an upload that
// was cut off has left. Rows go before objects, and the note that an object is
// gone after it: twice is once.
func (a *Activities) PurgeQuarantine(ctx context.Context, in PurgeQuarantineInput) (removed int, err error) {
	defer heartbeat(ctx, nil)()
	before := time.Now().Add(-in.Retention)
	for {
		n, err := a.Rows.ExpireQuarantine(ctx, before, batch)
		if err != nil {
			return 0, fmt.Errorf("expire quarantine: %w", err)
		}
		if n < batch {
			break
		}
	}
	for after := ""; ; {
		ids, err := a.Rows.PurgeableQuarantine(ctx, after, batch)
		if err != nil {
			return removed, fmt.Errorf("list what quarantine may lose: %w", err)
		}
		if len(ids) == 0 {
			break
		}
		refs := make([]storage.Ref, len(ids))
		for i, id := range ids {
			refs[i] = storage.QuarantineRef(id)
		}
		if err := a.Objects.Delete(ctx, refs...); err != nil {
			return removed, storageFailed("delete from quarantine: %w", err)
		}
		if err := a.Rows.MarkPurged(ctx, ids); err != nil {
			return removed, fmt.Errorf("note what quarantine lost: %w", err)
		}
		removed, after = removed+len(ids), ids[len(ids)-1]
	}
	if removed > 0 {
		activity.GetLogger(ctx).Info("removed from quarantine", "objects", removed)
	}
	return removed, nil
}
