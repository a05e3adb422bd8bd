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

// SweepReceiving fails uploads whose bytes never all came and removes what came of them.
func (a *Activities) SweepReceiving(ctx context.Context, in SweepInput) (int, error) {
	defer heartbeat(ctx, nil)()
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

// SweepTmp removes objects in tmp that no open upload will come back for.
// Quarantine is not under its prefix.
func (a *Activities) SweepTmp(ctx context.Context, in SweepInput) (removed int, err error) {
	defer heartbeat(ctx, nil)()
	before, cursor := time.Now().Add(-in.Receiving), ""
	for {
		page, err := a.Objects.List(ctx, storage.Tmp, "uploads/", cursor, 1000)
		if err != nil {
			return removed, fmt.Errorf("list tmp: %w", err)
		}
		for _, o := range page.Objects {
			if !o.ModTime.Before(before) {
				continue
			}
			left, err := a.leftover(ctx, o.Ref)
			if err != nil {
				return removed, err
			}
			if !left {
				continue
			}
			if err := a.Objects.Delete(ctx, o.Ref); err != nil {
				return removed, fmt.Errorf("delete %s: %w", o.Ref, err)
			}
			removed++
		}
		if page.Next == "" {
			return removed, nil
		}
		cursor = page.Next
	}
}

func (a *Activities) leftover(ctx context.Context, ref storage.Ref) (bool, error) {
	id, _, _ := strings.Cut(strings.TrimPrefix(ref.Key, "uploads/"), "/")
	state, err := a.Rows.UploadState(ctx, id)
	if errors.Is(err, models.ErrNotFound) {
		return true, nil
	}
	if err != nil {
		return false, fmt.Errorf("look up upload %s: %w", id, err)
	}
	return state.Final(), nil
}

// PurgeTrash deletes files for good that have been in the trash long enough.
func (a *Activities) PurgeTrash(ctx context.Context, in SweepInput) (int, error) {
	defer heartbeat(ctx, nil)()
	n, err := a.Rows.PurgeTrash(ctx, time.Now().Add(-in.Trash), batch)
	if err != nil {
		return 0, fmt.Errorf("purge trash: %w", err)
	}
	return n, nil
}

// CollectBlobs removes stored content that no version has referred to for the
// grace period. Rows go first: an object without a row is found by a later
// integrity run, a row without its object would be a broken picture.
func (a *Activities) CollectBlobs(ctx context.Context, in SweepInput) (int, error) {
	defer heartbeat(ctx, nil)()
	ids, err := a.Rows.CollectBlobs(ctx, time.Now().Add(-in.BlobGrace), batch)
	if err != nil {
		return 0, fmt.Errorf("collect blobs: %w", err)
	}
	for _, id := range ids {
		if err := a.deletePrefix(ctx, storage.Final, storage.BlobPrefix(id)); err != nil {
			return 0, err
		}
	}
	return len(ids), nil
}
