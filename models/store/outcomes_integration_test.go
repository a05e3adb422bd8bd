//go:build integration

package store_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"safelight/models"
)

func inAnHour() time.Time { return time.Now().Add(time.Hour) }

// How long the database takes tells nobody that somebody else has the bytes:
// there are as many statements, and commits, as where nobody has them.
func TestALaterOwnerTakesAsManyStatements(t *testing.T) {
	t.Parallel()
	d := open(t)
	var took []int64
	for range 3 {
		up := d.accepted(d.user(), "x")
		before := d.Statements()
		res, err := d.carry(t.Context(), up)
		require.NoError(t, err)
		require.Equal(t, models.OutcomeCreated, res.Outcome)
		require.EqualValues(t, 300, res.StoredSize)
		took = append(took, d.Statements()-before)
	}
	require.Equal(t, 1, value[int](d, `SELECT count(*) FROM blobs`))
	require.Equal(t, []int64{took[0], took[0], took[0]}, took)
}

func TestOutcomes(t *testing.T) {
	t.Parallel()
	d := open(t)
	owner := d.user()
	scope := mine(owner)
	a, b := d.stored(owner, "a"), d.stored(owner, "b")
	require.Equal(t, models.VersionResult{Outcome: models.OutcomeCreated, FileID: a.FileID, VersionNumber: 1, StoredSize: 300}, a)

	require.Equal(t, models.VersionResult{Outcome: models.OutcomeDuplicate, FileID: a.FileID, VersionNumber: 1}, d.stored(owner, "a"))
	require.Equal(t, models.VersionResult{Outcome: models.OutcomeUnchanged, FileID: a.FileID, VersionNumber: 1}, d.stored(owner, "a", a.FileID))
	require.Equal(t,
		models.VersionResult{Outcome: models.OutcomeVersioned, FileID: a.FileID, VersionNumber: 2, StoredSize: 300},
		d.stored(owner, "b", a.FileID), "known bytes can be the version of another file")
	require.Equal(t, models.VersionResult{Outcome: models.OutcomeVersioned, FileID: a.FileID, VersionNumber: 3, StoredSize: 300},
		d.stored(owner, "a", a.FileID), "an older version's bytes are a change")

	// Both files have b; the one that shows it is named.
	require.Equal(t, b.FileID, d.stored(owner, "b").FileID)
	_, err := d.TrashFile(t.Context(), scope, b.FileID)
	require.NoError(t, err)
	require.Equal(t, models.VersionResult{Outcome: models.OutcomeDuplicate, FileID: a.FileID, VersionNumber: 2}, d.stored(owner, "b"),
		"out of the trash before in it")
	_, err = d.TrashFile(t.Context(), scope, a.FileID)
	require.NoError(t, err)
	up := d.accepted(owner, "b")
	res, err := d.carry(t.Context(), up)
	require.NoError(t, err)
	require.Equal(t, models.VersionResult{Outcome: models.OutcomeRestored, FileID: b.FileID, VersionNumber: 1}, res)
	f, err := d.FileByID(t.Context(), scope, b.FileID)
	require.NoError(t, err)
	require.Nil(t, f.TrashedAt)
	got, err := d.UploadByID(t.Context(), scope, up.ID)
	require.NoError(t, err)
	require.Equal(t, models.UploadDone, got.State)
	require.Equal(t, models.OutcomeRestored, *got.Outcome)
	require.Nil(t, got.DuplicateOf)
	require.Zero(t, *got.StoredSize)

	// The same bytes of somebody else are new to them.
	require.Equal(t, models.OutcomeCreated, d.stored(d.user(), "a").Outcome)
	kinds := map[models.NotificationKind]int{}
	notes, err := d.NotificationsSince(t.Context(), owner.ID, 0, 100)
	require.NoError(t, err)
	for _, n := range notes {
		kinds[n.Kind]++
	}
	require.Equal(t, map[models.NotificationKind]int{models.NotifyDone: 4, models.NotifyDuplicate: 5}, kinds)
}

func TestTargetThatChangesMeanwhile(t *testing.T) {
	t.Parallel()
	d := open(t)
	owner := d.user()
	scope := mine(owner)
	file := d.stored(owner, "a").FileID
	up := d.accepted(owner, "b", file)
	_, err := d.TrashFile(t.Context(), scope, file)
	require.NoError(t, err)
	res, err := d.carry(t.Context(), up)
	require.NoError(t, err)
	require.Equal(t, models.OutcomeVersioned, res.Outcome)
	f, err := d.FileByID(t.Context(), scope, file)
	require.NoError(t, err)
	require.NotNil(t, f.TrashedAt, "it stays in the trash")
	require.Equal(t, 2, f.CurrentVersion)
	_, err = d.RestoreFile(t.Context(), scope, file)
	require.NoError(t, err)

	up, known := d.accepted(owner, "c", file), d.accepted(owner, "d", file)
	elsewhere := d.stored(owner, "d").FileID
	require.NoError(t, d.DeleteFile(t.Context(), models.Actor{}, scope, file))
	res, err = d.carry(t.Context(), up)
	require.NoError(t, err)
	require.Equal(t, models.OutcomeCreated, res.Outcome)
	require.NotEqual(t, file, res.FileID)
	res, err = d.carry(t.Context(), known)
	require.NoError(t, err)
	require.Equal(t, models.OutcomeDuplicate, res.Outcome)
	require.Equal(t, elsewhere, res.FileID)
}

func TestUsedBytesCountVersionsAndTrash(t *testing.T) {
	t.Parallel()
	d := open(t)
	owner := d.user()
	used := func() int64 {
		u, err := d.UserByID(t.Context(), owner.ID)
		require.NoError(t, err)
		byEmail, err := d.UserByEmail(t.Context(), owner.Email)
		require.NoError(t, err)
		require.Equal(t, u, byEmail)
		return u.UsedBytes
	}
	require.Zero(t, used())
	file := d.stored(owner, "a").FileID
	d.stored(owner, "b", file)
	d.stored(owner, "a") // a duplicate costs nothing
	require.Equal(t, int64(1200), used())
	_, err := d.TrashFile(t.Context(), mine(owner), file)
	require.NoError(t, err)
	require.Equal(t, int64(1200), used())
	require.NoError(t, d.DeleteFile(t.Context(), models.Actor{}, mine(owner), file))
	require.Zero(t, used())
	ids, err := d.CollectBlobs(t.Context(), time.Now().Add(-time.Hour), 10)
	require.NoError(t, err)
	require.Empty(t, ids, "not before the grace is over")
	ids, err = d.CollectBlobs(t.Context(), inAnHour(), 1)
	require.NoError(t, err)
	require.Len(t, ids, 1)
	ids, err = d.CollectBlobs(t.Context(), inAnHour(), 10)
	require.NoError(t, err)
	require.Len(t, ids, 1)
}

// What one upload costs. A statement more than here is a price to think about.
func TestStatementsPerUpload(t *testing.T) {
	t.Parallel()
	d := open(t)
	owner, other := d.user(), d.user()
	d.stored(other, "shared")
	cost := map[string]int64{}
	spend := func(what string, work func() error) {
		before := d.Statements()
		require.NoError(t, work())
		cost[what] = d.Statements() - before
	}
	ctx := t.Context()
	for _, content := range []string{"new", "shared"} {
		up := models.Upload{ID: id(), OwnerID: owner.ID, SHA256: hash(content), Size: 1000}
		spend("create", func() error {
			_, _, err := d.CreateUpload(ctx, models.NewUpload{ID: up.ID, OwnerID: owner.ID, Name: "n", Reserve: 1000, MaxOpen: 9})
			return err
		})
		spend("accept", func() error {
			_, err := d.AcceptUpload(ctx, up.ID, 1000, up.SHA256, "image/jpeg")
			return err
		})
		spend("announce", func() error { return d.Announce(ctx, mark(up, models.StepScan, 2000), "begin") })
		spend("claim", func() error {
			_, err := d.ClaimContent(ctx, up.ID, owner.ID, up.SHA256)
			return err
		})
		spend("adopt "+content, func() error {
			_, err := d.AdoptBlob(ctx, up.ID, blobOf(up))
			return err
		})
		spend("version", func() error {
			_, err := d.CreateVersion(ctx, up.ID)
			return err
		})
		spend("finish", func() error { return d.FinishUpload(ctx, finish(up, models.UploadDone)) })
	}
	require.Equal(t, map[string]int64{
		"create": 4, "accept": 1, "announce": 1, "claim": 2, "adopt new": 1, "adopt shared": 1, "version": 2, "finish": 2,
	}, cost)
}
