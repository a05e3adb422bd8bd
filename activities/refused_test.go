package activities_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"safelight/activities"
	"safelight/models"
	"safelight/storage"
)

// failingStore fails what puts and moves.
type failingStore struct {
	storage.Store
	err error
}

func (f failingStore) Put(context.Context, storage.Ref, io.Reader, int64, string) (int64, error) {
	return 0, f.err
}

func (f failingStore) Move(context.Context, storage.Ref, storage.Ref) error { return f.err }

// TestFailuresOfTheStore: of each of them the workflow is told whether another
// try can help, in a step that stores and in one that moves.
func TestFailuresOfTheStore(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		err     error
		kind    string
		retried bool
	}{
		{storage.ErrTooLarge, activities.ErrTypeRefused, false},
		{storage.ErrInvalidKey, activities.ErrTypeRefused, false},
		{storage.ErrNotFound, activities.ErrTypeGone, false},
		{storage.ErrUnavailable, activities.ErrTypeStorage, true},
		{storage.ErrShort, activities.ErrTypeStorage, true},
		{storage.ErrExists, activities.ErrTypeStorage, true},
		{errors.New("something new"), activities.ErrTypeStorage, true},
	} {
		t.Run(c.err.Error(), func(t *testing.T) {
			t.Parallel()
			k := newKit(t)
			k.put(t, original, picture)
			k.acts.Objects = failingStore{Store: k.store, err: fmt.Errorf("10.0.0.1 says: %w", c.err)}
			_, err := do[activities.CompressResult](k, k.acts.Compress, activities.CompressInput{
				Mark: mark(models.StepCompress), Object: original,
			})
			failure(t, err, c.kind, c.retried)
			_, err = do[activities.MoveResult](k, k.acts.Move, activities.MoveInput{
				Mark: mark(models.StepMove), Variants: []models.Variant{{Name: "full", Key: storage.VariantRef(uploadID, "full").Key, Size: 4}},
			})
			failure(t, err, c.kind, c.retried)
			left, readErr := k.store.List(t.Context(), storage.Final, "", "", 0)
			require.NoError(t, readErr)
			require.Empty(t, left.Objects)
		})
	}
}

// blindStore can not be asked about objects for now.
type blindStore struct{ storage.Store }

func (blindStore) Stat(context.Context, storage.Ref) (storage.Info, error) {
	return storage.Info{}, fmt.Errorf("stat: %w", storage.ErrUnavailable)
}

// TestMoveOfWhatIsNotKnownToBeGone: an attempt before has moved everything and
// adopted the blob; that the store can not be asked then is no loss.
func TestMoveOfWhatIsNotKnownToBeGone(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	in := activities.MoveInput{
		Mark: mark(models.StepMove), SHA256: hash([]byte(picture)), Settings: "test",
		Variants: []models.Variant{{Name: "full", Key: storage.VariantRef(uploadID, "full").Key, Size: 4}},
	}
	k.put(t, storage.StagedRef(uploadID, "full"), "full")
	_, err := do[activities.MoveResult](k, k.acts.Move, in)
	require.NoError(t, err)
	k.acts.Objects = blindStore{k.store}
	_, err = do[activities.MoveResult](k, k.acts.Move, in)
	failure(t, err, activities.ErrTypeStorage, true)
	k.acts.Objects = k.store
	res, err := do[activities.MoveResult](k, k.acts.Move, in)
	require.NoError(t, err)
	require.Equal(t, uploadID, res.BlobID)
}

// cutStore breaks off in the middle of what it is asked for.
type cutStore struct{ storage.Store }

func (c cutStore) Open(ctx context.Context, ref storage.Ref, offset, length int64) (io.ReadCloser, storage.Info, error) {
	r, info, err := c.Store.Open(ctx, ref, offset, length)
	if err != nil {
		return nil, info, err
	}
	broken := fmt.Errorf("%w: 3 bytes are missing", storage.ErrUnavailable)
	return struct {
		io.Reader
		io.Closer
	}{io.MultiReader(io.LimitReader(r, info.Size-3), iotest.ErrReader(broken)), r}, info, nil
}

// TestTheStoreBreaksOff: every step that reads says that it was the store, and
// comes again; the scanner, which is well, is not blamed.
func TestTheStoreBreaksOff(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	k.put(t, original, picture)
	k.acts.Objects = cutStore{k.store}
	_, err := do[activities.Verdict](k, k.acts.Scan, activities.ScanInput{Mark: mark(models.StepScan), Object: original})
	failure(t, err, activities.ErrTypeStorage, true)
	_, err = do[models.Claim](k, k.acts.Dedup, activities.DedupInput{Mark: mark(models.StepDedup), Object: original, SHA256: hash([]byte(picture))})
	failure(t, err, activities.ErrTypeStorage, true)
	_, err = do[activities.CompressResult](k, k.acts.Compress, activities.CompressInput{Mark: mark(models.StepCompress), Object: original})
	failure(t, err, activities.ErrTypeStorage, true)
	require.Zero(t, k.codec.calls)
	require.Empty(t, k.rows.claims)
}
