//go:build integration

package store_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"safelight/models"
)

// An attempt at Move that its workflow has given up may go on after the undo:
// its objects are deleted, so that its blob must not be there for anybody.
func TestNoBlobIsAdoptedAfterTheUndo(t *testing.T) {
	t.Parallel()
	d := open(t)
	late, next := d.accepted(d.user(), "x"), d.accepted(d.user(), "x")
	for range 2 {
		orphaned, err := d.DropBlob(t.Context(), late.ID)
		require.NoError(t, err)
		require.True(t, orphaned)
	}
	_, err := d.AdoptBlob(t.Context(), late.ID, blobOf(late))
	require.ErrorIs(t, err, models.ErrAlreadyFinished)
	require.Zero(t, value[int](d, `SELECT count(*) FROM blobs`))

	blob, err := d.AdoptBlob(t.Context(), next.ID, blobOf(next))
	require.NoError(t, err)
	require.Equal(t, next.ID, blob.ID, "the next owner brings the objects")
	_, err = d.AdoptBlob(t.Context(), late.ID, blobOf(late))
	require.ErrorIs(t, err, models.ErrAlreadyFinished, "nor does it take hold of somebody else's")
	adopted, err := d.AdoptedBlob(t.Context(), late.ID)
	require.NoError(t, err)
	require.Empty(t, adopted)
	require.Equal(t, models.UploadProcessing, must(d.UploadState(t.Context(), late.ID)), "its end is the workflow's to write")
}

// The adoption has begun when the undo commits: it waits for the row, and sees.
func TestAnAdoptionThatWaitsForTheUndoIsRefused(t *testing.T) {
	t.Parallel()
	for name, stored := range map[string]bool{"new bytes": false, "stored bytes": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := open(t)
			up := d.accepted(d.user(), "x")
			if stored {
				other := d.accepted(d.user(), "x")
				_, err := d.AdoptBlob(t.Context(), other.ID, blobOf(other))
				require.NoError(t, err)
			}
			blobs := value[int](d, `SELECT count(*) FROM blobs`)
			conn := d.raw()
			tx, err := conn.Begin(t.Context())
			require.NoError(t, err)
			_, err = tx.Exec(t.Context(), `UPDATE uploads SET undone = true WHERE id = $1`, up.ID)
			require.NoError(t, err)
			done := make(chan error, 1)
			go func() {
				_, err := d.AdoptBlob(context.WithoutCancel(t.Context()), up.ID, blobOf(up))
				done <- err
			}()
			require.Eventually(t, func() bool {
				return value[int](d, `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`) > 0
			}, 10*time.Second, 5*time.Millisecond)
			require.NoError(t, tx.Commit(t.Context()))
			require.ErrorIs(t, <-done, models.ErrAlreadyFinished)
			require.Equal(t, blobs, value[int](d, `SELECT count(*) FROM blobs`))
		})
	}
}

// Whichever comes first: what is reported orphaned has no row, then and later.
func TestUndoAndAdoptionAtOnce(t *testing.T) {
	t.Parallel()
	d := open(t)
	owner := d.user()
	for range 30 {
		up := d.accepted(owner, "x")
		orphaned := false
		requireAll(t, atOnce(2, func(i int) (err error) {
			if i == 0 {
				orphaned, err = d.DropBlob(t.Context(), up.ID)
				return err
			}
			if _, err = d.AdoptBlob(t.Context(), up.ID, blobOf(up)); err != nil {
				require.ErrorIs(t, err, models.ErrAlreadyFinished)
			}
			return nil
		}))
		require.True(t, orphaned)
		require.Zero(t, value[int](d, `SELECT count(*) FROM blobs`))
		require.NoError(t, d.FinishUpload(t.Context(), finish(up, models.UploadFailed)))
	}
}

// The note of the undo must not cost more than its row: in no index.
func TestTheUndoIsInNoIndex(t *testing.T) {
	t.Parallel()
	d := open(t)
	require.Zero(t, value[int](d, `
		SELECT count(*) FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
		 WHERE i.indrelid = 'uploads'::regclass AND a.attname IN ('undone', 'updated_at', 'seq', 'step', 'percent')`))
}

func TestBlobExists(t *testing.T) {
	t.Parallel()
	d := open(t)
	up := d.accepted(d.user(), "x")
	exists := func(id string) bool { return must(d.BlobExists(t.Context(), id)) }
	require.False(t, exists(up.ID))
	_, err := d.AdoptBlob(t.Context(), up.ID, blobOf(up))
	require.NoError(t, err)
	require.True(t, exists(up.ID))
	require.False(t, exists(id()))
	for _, word := range []string{"", "x", up.ID + "0", "../" + up.ID[3:]} {
		require.False(t, exists(word), word)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = d.BlobExists(ctx, up.ID)
	require.Error(t, err, "not known is not missing")
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
