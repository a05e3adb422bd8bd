package activities_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"safelight/activities"
	"safelight/models"
	"safelight/storage"
)

func nonRetryable(err error) bool {
	var app *temporal.ApplicationError
	return errors.As(err, &app) && app.NonRetryable()
}

func TestPurgeQuarantine(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	for i, state := range []models.QuarantineState{
		models.QuarantineHeld, models.QuarantineDeleted, models.QuarantineReleased, models.QuarantineReleased, models.QuarantineLost,
	} {
		k.rows.locked[numbered(i)] = state
		k.put(t, storage.QuarantineRef(numbered(i)), "virus")
	}
	k.rows.goesOn[numbered(3)] = true
	for _, want := range []int{4, 0} {
		n, err := do[int](k, k.acts.PurgeQuarantine, activities.PurgeQuarantineInput{})
		require.NoError(t, err)
		require.Equal(t, want, n)
		require.Equal(t, []string{"tmp/quarantine/" + numbered(3)}, k.objects(t), "what a released upload reads stays")
	}
	require.Equal(t, models.QuarantineExpired, k.rows.locked[numbered(0)])
}

func TestPurgeQuarantineOfManyPages(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	for i := range 1100 {
		k.rows.locked[numbered(i)] = models.QuarantineHeld
	}
	n, err := do[int](k, k.acts.PurgeQuarantine, activities.PurgeQuarantineInput{})
	require.NoError(t, err)
	require.Equal(t, 1100, n)
	require.Len(t, k.rows.purged, 1100)
}

func TestPurgeQuarantineIsRetried(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	k.rows.down = errDown
	_, err := do[int](k, k.acts.PurgeQuarantine, activities.PurgeQuarantineInput{})
	require.Error(t, err)
	require.False(t, nonRetryable(err))
}

// What a released upload works on lies in the quarantine of the rejected one.
func TestTheOriginalOfAReleasedUpload(t *testing.T) {
	t.Parallel()
	in := activities.DiscardInput{UploadID: uploadID, ReleasedFrom: otherID}
	t.Run("is locked up again", func(t *testing.T) {
		t.Parallel()
		k := newKit(t)
		k.put(t, storage.QuarantineRef(otherID), "virus")
		for range 2 {
			_, err := k.ExecuteActivity(k.acts.Quarantine, in)
			require.NoError(t, err)
			_, err = k.ExecuteActivity(k.acts.DiscardStaged, in)
			require.NoError(t, err)
			require.Equal(t, []string{"tmp/quarantine/" + uploadID}, k.objects(t))
		}
	})
	t.Run("goes with what is staged", func(t *testing.T) {
		t.Parallel()
		k := newKit(t)
		k.put(t, storage.QuarantineRef(otherID), "no virus")
		k.put(t, storage.StagedRef(uploadID, "full"), "full")
		for range 2 {
			_, err := k.ExecuteActivity(k.acts.DiscardStaged, in)
			require.NoError(t, err)
			require.Empty(t, k.objects(t))
		}
	})
	t.Run("of an upload like any other is not touched", func(t *testing.T) {
		t.Parallel()
		k := newKit(t)
		k.put(t, storage.QuarantineRef(otherID), "virus")
		_, err := k.ExecuteActivity(k.acts.DiscardStaged, activities.DiscardInput{UploadID: uploadID})
		require.NoError(t, err)
		require.Equal(t, []string{"tmp/quarantine/" + otherID}, k.objects(t))
	})
}
