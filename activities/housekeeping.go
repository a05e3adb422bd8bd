package activities

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"go.temporal.io/sdk/activity"

	"safelight/models"
	"safelight/storage"
)

// batch bounds what one round of housekeeping takes on; the next goes on.
const batch = 500

// RestartInput says when an upload counts as one without a workflow.
type RestartInput struct {
	Grace   time.Duration `json:"grace"`   // since its promise, never begun
	Silence time.Duration `json:"silence"` // since its last sign
}

// RestartUploads starts the workflow of every accepted upload that has none.
// Starting one that runs is harmless, so a guess too many costs one call.
func (a *Activities) RestartUploads(ctx context.Context, in RestartInput) (started int, err error) {
	defer heartbeat(ctx, nil)()
	ups, err := a.Rows.UnstartedUploads(ctx, in.Grace, in.Silence, batch)
	if err != nil {
		return 0, fmt.Errorf("list uploads without a workflow: %w", err)
	}
	var errs []error
	for i := range ups {
		if err := a.Starter.StartUpload(ctx, &ups[i]); err != nil {
			errs = append(errs, fmt.Errorf("start workflow of upload %s: %w", ups[i].ID, err))
			continue
		}
		started++
	}
	if started > 0 {
		activity.GetLogger(ctx).Info("workflows asked for again", "uploads", started)
	}
	return started, errors.Join(errs...)
}

// SweepInput bounds the ages of what the sweep removes.
type SweepInput struct {
	Receiving time.Duration `json:"receiving"` // uploads that never ended, and leftovers in tmp
	Trash     time.Duration `json:"trash"`
	BlobGrace time.Duration `json:"blobGrace"`
}

// SweepReceiving fails uploads whose bytes never all came and removes what came
// of them. Before that it ends those of which all bytes did come, in parts, and
// whose process was gone before it could put them together.
func (a *Activities) SweepReceiving(ctx context.Context, in SweepInput) (int, error) {
	defer heartbeat(ctx, nil)()
	if err := a.assemble(ctx); err != nil {
		return 0, err
	}
	ids, err := a.Rows.AbandonReceiving(ctx, time.Now().Add(-in.Receiving), batch)
	if err != nil {
		return 0, fmt.Errorf("abandon uploads in receiving: %w", err)
	}
	for _, id := range ids {
		if err := a.deletePrefix(ctx, storage.Tmp, storage.UploadPrefix(id)); err != nil {
			return 0, err
		}
	}
	return len(ids), nil
}

// assemble ends complete uploads. One that can not be put together keeps
// nothing else from being swept: it is tried again each time until it expires.
func (a *Activities) assemble(ctx context.Context) error {
	ids, err := a.Rows.CompleteTus(ctx, batch)
	if err != nil {
		return rowsFailed("list complete uploads: %w", err)
	}
	for _, id := range ids {
		if err := a.Assembler.Assemble(ctx, id); err != nil {
			activity.GetLogger(ctx).Error("upload cannot be put together", "upload_id", id, "error", err)
		}
	}
	return nil
}

// SweepTmp removes objects in tmp that no open upload will come back for.
// Quarantine is not under its prefix.
func (a *Activities) SweepTmp(ctx context.Context, in SweepInput) (removed int, err error) {
	defer heartbeat(ctx, nil)()
	before := time.Now().Add(-in.Receiving)
	if s, ok := a.Objects.(storage.Sweeper); ok {
		if err := s.SweepStaged(ctx, before); err != nil {
			return 0, storageFailed("sweep what came in half: %w", err)
		}
	}
	return a.sweep(ctx, storage.Tmp, "uploads/", before, a.abandoned)
}

// SweepFinal removes objects in the final bucket that belong to no blob: left
// of an undo or a collection that was cut off. It lists all of them, so it
// runs rarely.
func (a *Activities) SweepFinal(ctx context.Context, in SweepInput) (removed int, err error) {
	defer heartbeat(ctx, nil)()
	return a.sweep(ctx, storage.Final, "blobs/", time.Now().Add(-in.Receiving), func(ctx context.Context, id string) (bool, error) {
		used, err := a.Rows.BlobExists(ctx, id)
		if err != nil {
			return false, rowsFailed("look up blob %s: %w", id, err)
		}
		if used {
			return false, nil
		}
		return a.abandoned(ctx, id) // one on its way has objects before it has a row
	})
}

// sweep removes the objects under a prefix that are older than before and of
// whose id left says that nobody will come back for them.
func (a *Activities) sweep(
	ctx context.Context, bucket storage.Bucket, prefix string, before time.Time, left func(context.Context, string) (bool, error),
) (removed int, err error) {
	cursor, lastID, lastLeft := "", "", false // the objects of an id follow each other
	for {
		page, err := a.Objects.List(ctx, bucket, prefix, cursor, 1000)
		if err != nil {
			return removed, storageFailed("list %s/%s: %w", bucket, prefix, err)
		}
		for _, o := range page.Objects {
			if !o.ModTime.Before(before) {
				continue
			}
			id, _, _ := strings.Cut(strings.TrimPrefix(o.Ref.Key, prefix), "/")
			if id != lastID {
				if lastLeft, err = left(ctx, id); err != nil {
					return removed, err
				}
				lastID = id
			}
			if !lastLeft {
				continue
			}
			if err := a.Objects.Delete(ctx, o.Ref); err != nil {
				return removed, storageFailed("delete %s: %w", o.Ref, err)
			}
			removed++
		}
		if page.Next == "" {
			return removed, nil
		}
		cursor = page.Next
	}
}

// abandoned reports whether an upload is final or unknown.
func (a *Activities) abandoned(ctx context.Context, id string) (bool, error) {
	state, err := a.Rows.UploadState(ctx, id)
	if errors.Is(err, models.ErrNotFound) {
		return true, nil
	}
	if err != nil {
		return false, rowsFailed("look up upload %s: %w", id, err)
	}
	return state.Final(), nil
}

// PurgeTrash deletes files for good that have been in the trash long enough,
// and what is left of users that are deleted. The number is that of the trash.
func (a *Activities) PurgeTrash(ctx context.Context, in SweepInput) (int, error) {
	defer heartbeat(ctx, nil)()
	n, err := a.Rows.PurgeTrash(ctx, time.Now().Add(-in.Trash), batch)
	if err != nil {
		return 0, fmt.Errorf("purge trash: %w", err)
	}
	users, err := a.Rows.UnpurgedUsers(ctx, batch)
	if err != nil {
		return n, fmt.Errorf("list deleted users: %w", err)
	}
	var errs []error
	for _, id := range users {
		errs = append(errs, a.purgeUser(ctx, id))
	}
	return n, errors.Join(errs...)
}

// purgeUser removes all that is left of a deleted user.
func (a *Activities) purgeUser(ctx context.Context, id string) error {
	for more := true; more; {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("purge user %s: %w", id, err)
		}
		var err error
		if more, err = a.Rows.PurgeUser(ctx, id, batch); err != nil {
			return fmt.Errorf("purge user %s: %w", id, err)
		}
	}
	return nil
}

// CollectBlobs removes stored content that no version has referred to for the
// grace period. Rows go first: an object without a row is found by SweepFinal,
// a row without its object would be a broken picture.
func (a *Activities) CollectBlobs(ctx context.Context, in SweepInput) (int, error) {
	defer heartbeat(ctx, nil)()
	ids, err := a.Rows.CollectBlobs(ctx, time.Now().Add(-in.BlobGrace), batch)
	if err != nil {
		return 0, fmt.Errorf("collect blobs: %w", err)
	}
	var errs []error
	for _, id := range ids { // their rows are gone: nobody comes back for those after one that fails
		errs = append(errs, a.deletePrefix(ctx, storage.Final, storage.BlobPrefix(id)))
	}
	return len(ids), errors.Join(errs...)
}
