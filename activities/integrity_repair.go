package activities

import (
	"context"
	"errors"
	"fmt"

	"safelight/models"
	"safelight/storage"
)

// repair looks at a finding again and does what of its repair is in the object
// store; what is in the rows is done when it is settled. An object that is gone
// by now counts as repaired: an attempt before may have deleted it.
func (c *integrityCheck) repair(ctx context.Context, f models.Finding) (models.FindingState, error) {
	ref := storage.Ref{Bucket: storage.Bucket(f.Bucket), Key: f.Key}
	switch f.Kind {
	case models.FindingOrphan, models.FindingStray:
		return c.remove(ctx, ref, func() (bool, error) {
			kind, err := c.ownerOfObjects(ctx, idOf(f.Key, blobsPrefix))
			if err != nil {
				return false, err
			}
			return kind(f.Key) != "", nil
		})
	case models.FindingTmpLeftover:
		return c.remove(ctx, ref, func() (bool, error) { return c.abandoned(ctx, idOf(f.Key, uploadsPrefix)) })
	case models.FindingQuarantineOrphan:
		return c.remove(ctx, ref, func() (bool, error) {
			needed, err := c.quarantineNeeded(ctx, idOf(f.Key, quarantinePrefix))
			return !needed, err
		})
	case models.FindingMissing, models.FindingDamaged:
		return c.stillWrong(ctx, f)
	case models.FindingQuarantineMissing:
		lost, err := c.lost(ctx, idOf(f.Key, quarantinePrefix))
		return settledAs(lost), err
	}
	return "", fmt.Errorf("%w: findings of kind %q have no repair", models.ErrConflict, f.Kind)
}

func settledAs(wrong bool) models.FindingState {
	if wrong {
		return models.FindingRepaired
	}
	return models.FindingGone
}

// remove deletes an object that is of no use still and has not been put there anew.
func (c *integrityCheck) remove(ctx context.Context, ref storage.Ref, useless func() (bool, error)) (models.FindingState, error) {
	info, err := c.Objects.Stat(ctx, ref)
	switch {
	case errors.Is(err, storage.ErrNotFound):
		return models.FindingRepaired, nil
	case err != nil:
		return "", storageFailed("look at %s: %w", ref, err)
	case !info.ModTime.Before(c.before):
		return models.FindingGone, nil
	}
	if wrong, err := useless(); err != nil || !wrong {
		return models.FindingGone, err
	}
	if err := c.Objects.Delete(ctx, ref); err != nil {
		return "", storageFailed("delete %s: %w", ref, err)
	}
	return models.FindingRepaired, nil
}

// stillWrong reads the object of a variant again.
func (c *integrityCheck) stillWrong(ctx context.Context, f models.Finding) (models.FindingState, error) {
	variants, err := c.Rows.VariantsOfBlob(ctx, idOf(f.Key, blobsPrefix))
	if err != nil {
		return "", rowsFailed("look up the blob of %s: %w", f.Key, err)
	}
	for _, v := range variants {
		if v.Key == f.Key {
			kind, _, err := c.compare(ctx, v.Variant)
			return settledAs(kind != ""), err
		}
	}
	return models.FindingGone, nil
}
