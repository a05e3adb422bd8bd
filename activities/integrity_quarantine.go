package activities

import (
	"context"
	"errors"
	"fmt"

	"safelight/models"
	"safelight/storage"
)

// quarantinePage looks for locked-up objects that nothing tells of.
func (c *integrityCheck) quarantinePage(ctx context.Context, cursor string) (string, error) {
	return c.objects(ctx, storage.Tmp, quarantinePrefix, cursor, func(ctx context.Context, o storage.Info, id string) error {
		needed, err := c.quarantineNeeded(ctx, id)
		if err == nil && !needed {
			c.add(models.FindingQuarantineOrphan, o.Ref, fmt.Sprintf("%d bytes", o.Size))
		}
		return err
	})
}

// quarantineNeeded reports whether a locked-up object has a use. One of an
// upload that has not ended yet is locked up before its row says so; the state
// is asked first, so that an end between the two questions is not missed.
func (c *integrityCheck) quarantineNeeded(ctx context.Context, uploadID string) (bool, error) {
	ended, err := c.abandoned(ctx, uploadID)
	if err != nil {
		return false, err
	}
	needed, err := c.Rows.QuarantineNeeds(ctx, uploadID)
	if err != nil {
		return false, rowsFailed("look up quarantine of upload %s: %w", uploadID, err)
	}
	return needed || !ended, nil
}

// quarantineRowsPage looks for rows that say that an object is locked up which
// is not there.
func (c *integrityCheck) quarantineRowsPage(ctx context.Context, cursor string) (string, error) {
	ids, err := c.Rows.HeldQuarantine(ctx, cursor, listPage)
	if err != nil {
		return "", rowsFailed("list what is locked up: %w", err)
	}
	for _, id := range ids {
		c.counts.Rows++
		lost, err := c.lost(ctx, id)
		if err != nil {
			return "", err
		}
		if lost {
			c.add(models.FindingQuarantineMissing, storage.QuarantineRef(id), "there is no object")
		}
	}
	if len(ids) < listPage {
		return "", nil
	}
	return ids[len(ids)-1], nil
}

// lost reports whether a held original is not there. The row is asked after
// the object: it ends before the object goes.
func (c *integrityCheck) lost(ctx context.Context, uploadID string) (bool, error) {
	ref := storage.QuarantineRef(uploadID)
	_, err := c.Objects.Stat(ctx, ref)
	if err == nil {
		return false, nil
	}
	if !errors.Is(err, storage.ErrNotFound) {
		return false, storageFailed("look at %s: %w", ref, err)
	}
	held, err := c.Rows.QuarantineNeeds(ctx, uploadID)
	if err != nil {
		return false, rowsFailed("look up quarantine of upload %s: %w", uploadID, err)
	}
	return held, nil
}
