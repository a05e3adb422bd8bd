package activities

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"safelight/models"
	"safelight/storage"
)

// Where the objects lie that a check knows. What lies elsewhere is not its business.
const (
	blobsPrefix      = "blobs/"
	uploadsPrefix    = "uploads/"
	quarantinePrefix = "quarantine/"
)

// integrityCheck looks at one page and collects what is wrong. Every judgement
// is made anew by what is there, so that it serves a repair as well.
type integrityCheck struct {
	*Activities
	before time.Time // what is younger is on its way
	counts models.IntegrityCounts
	found  []models.Finding
}

func (c *integrityCheck) add(kind models.FindingKind, ref storage.Ref, detail string) {
	c.found = append(c.found, models.Finding{
		Kind: kind, Bucket: string(ref.Bucket), Key: ref.Key, Detail: detail, State: models.FindingOpen,
	})
}

// objects hands each object of a page that is old enough to judge, with the id
// in its key.
func (c *integrityCheck) objects(
	ctx context.Context, bucket storage.Bucket, prefix, cursor string, judge func(context.Context, storage.Info, string) error,
) (next string, err error) {
	page, err := c.Objects.List(ctx, bucket, prefix, cursor, listPage)
	if err != nil {
		return "", storageFailed("list %s/%s: %w", bucket, prefix, err)
	}
	for _, o := range page.Objects {
		c.counts.Objects++
		if !o.ModTime.Before(c.before) {
			continue
		}
		if err := judge(ctx, o, idOf(o.Ref.Key, prefix)); err != nil {
			return "", err
		}
	}
	return page.Next, nil
}

// idOf is the part of a key between its prefix and the next slash.
func idOf(key, prefix string) string {
	id, _, _ := strings.Cut(strings.TrimPrefix(key, prefix), "/")
	return id
}

// finalPage compares objects of the final bucket with the rows. The objects of
// a blob follow each other: its variants are read once.
func (c *integrityCheck) finalPage(ctx context.Context, cursor string) (string, error) {
	last, kind := "", func(string) models.FindingKind { return "" }
	return c.objects(ctx, storage.Final, blobsPrefix, cursor, func(ctx context.Context, o storage.Info, id string) (err error) {
		if id != last {
			if kind, err = c.ownerOfObjects(ctx, id); err != nil {
				return err
			}
			last = id
		}
		if k := kind(o.Ref.Key); k != "" {
			c.add(k, o.Ref, fmt.Sprintf("%d bytes", o.Size))
		}
		return nil
	})
}

// ownerOfObjects says what is wrong with each key below a blob's id: nothing,
// that the blob does not name it, or that there is no such blob. An upload
// under way has objects before it has a row.
func (c *integrityCheck) ownerOfObjects(ctx context.Context, id string) (func(key string) models.FindingKind, error) {
	variants, err := c.Rows.VariantsOfBlob(ctx, id)
	if err != nil {
		return nil, rowsFailed("look up blob %s: %w", id, err)
	}
	named := map[string]bool{}
	for _, v := range variants {
		named[v.Key] = true
	}
	if len(named) > 0 {
		return func(key string) models.FindingKind {
			if named[key] {
				return ""
			}
			return models.FindingStray
		}, nil
	}
	left, err := c.abandoned(ctx, id)
	if err != nil {
		return nil, err
	}
	if left { // it may have become a blob's between the two questions
		if left, err = c.unused(ctx, id); err != nil {
			return nil, err
		}
	}
	return func(string) models.FindingKind {
		if left {
			return models.FindingOrphan
		}
		return ""
	}, nil
}

func (c *integrityCheck) unused(ctx context.Context, blobID string) (bool, error) {
	used, err := c.Rows.BlobExists(ctx, blobID)
	if err != nil {
		return false, rowsFailed("look up blob %s: %w", blobID, err)
	}
	return !used, nil
}

// blobsPage compares the rows of stored content with their objects, to the last byte.
func (c *integrityCheck) blobsPage(ctx context.Context, cursor string) (string, error) {
	variants, err := c.Rows.StoredVariants(ctx, cursor, hashPage)
	if err != nil {
		return "", rowsFailed("list stored variants: %w", err)
	}
	for _, v := range variants {
		c.counts.Rows++
		kind, detail, err := c.variantFault(ctx, v)
		if err != nil {
			return "", err
		}
		switch {
		case kind != "":
			c.add(kind, storage.Ref{Bucket: storage.Final, Key: v.Key}, detail)
		case v.Damaged:
			if err := c.mended(ctx, v.BlobID); err != nil {
				return "", err
			}
		}
	}
	if len(variants) < hashPage {
		return "", nil
	}
	return variants[len(variants)-1].Key, nil
}

// variantFault says what is wrong with the object of a variant. A fault is
// looked at twice, with a look at the row between: a blob may just be collected,
// or mended.
func (c *integrityCheck) variantFault(ctx context.Context, v models.StoredVariant) (models.FindingKind, string, error) {
	kind, _, err := c.compare(ctx, v.Variant)
	if err != nil || kind == "" {
		return "", "", err
	}
	now, err := c.Rows.VariantsOfBlob(ctx, v.BlobID)
	if err != nil {
		return "", "", rowsFailed("look up blob %s: %w", v.BlobID, err)
	}
	for _, w := range now {
		if w.Key == v.Key {
			return c.compare(ctx, w.Variant)
		}
	}
	return "", "", nil
}

// compare reads an object to its end.
func (c *integrityCheck) compare(ctx context.Context, v models.Variant) (models.FindingKind, string, error) {
	size, sum, err := c.hashOf(ctx, storage.Ref{Bucket: storage.Final, Key: v.Key})
	c.counts.HashedBytes += size
	switch {
	case errors.Is(err, storage.ErrNotFound):
		return models.FindingMissing, "there is no object", nil
	case err != nil:
		return "", "", err
	case size != v.Size:
		return models.FindingDamaged, fmt.Sprintf("%d bytes in place of %d", size, v.Size), nil
	case sum != v.SHA256:
		return models.FindingDamaged, "the hash is " + sum, nil
	}
	return "", "", nil
}

// hashOf reads an object to its end.
func (a *Activities) hashOf(ctx context.Context, ref storage.Ref) (size int64, sum string, err error) {
	r, _, err := a.Objects.Open(ctx, ref, 0, -1)
	if err != nil {
		return 0, "", storageFailed("open %s: %w", ref, err)
	}
	defer r.Close()
	hash := sha256.New()
	if size, err = io.Copy(hash, r); err != nil {
		return size, "", storageFailed("hash %s: %w", ref, err)
	}
	return size, hex.EncodeToString(hash.Sum(nil)), nil
}

// mended takes the mark of damage from a blob whose objects are all as they
// should be again.
func (c *integrityCheck) mended(ctx context.Context, blobID string) error {
	variants, err := c.Rows.VariantsOfBlob(ctx, blobID)
	if err != nil {
		return rowsFailed("look up blob %s: %w", blobID, err)
	}
	for _, v := range variants {
		kind, _, err := c.compare(ctx, v.Variant)
		if err != nil || kind != "" {
			return err
		}
	}
	if err := c.Rows.MarkMended(ctx, blobID); err != nil {
		return rowsFailed("mark blob %s as mended: %w", blobID, err)
	}
	return nil
}

// tmpPage looks for objects of uploads that have ended.
func (c *integrityCheck) tmpPage(ctx context.Context, cursor string) (string, error) {
	last, left := "", false
	return c.objects(ctx, storage.Tmp, uploadsPrefix, cursor, func(ctx context.Context, o storage.Info, id string) (err error) {
		if id != last {
			if left, err = c.abandoned(ctx, id); err != nil {
				return err
			}
			last = id
		}
		if left {
			c.add(models.FindingTmpLeftover, o.Ref, fmt.Sprintf("%d bytes", o.Size))
		}
		return nil
	})
}
