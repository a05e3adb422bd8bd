//go:build integration

package store_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"safelight/models"
)

func mark(up models.Upload, step models.StepName, seq int64) models.Mark {
	return models.Mark{UploadID: up.ID, OwnerID: up.OwnerID, Step: step, Percent: models.StepPercent(step), Seq: seq}
}

func TestAnnounce(t *testing.T) {
	t.Parallel()
	d := open(t)
	owner := d.user()
	up := d.accepted(owner, "a")
	read := func() models.Upload {
		up, err := d.UploadByID(t.Context(), anyone, up.ID)
		require.NoError(t, err)
		return up
	}
	require.NoError(t, d.Announce(t.Context(), mark(up, models.StepCompress, 5000), "begin"))
	require.Equal(t, models.StepCompress, read().Step)
	require.Equal(t, 40, read().Percent)
	require.NoError(t, d.Announce(t.Context(), mark(up, models.StepScan, 4000), "end"))
	require.Equal(t, models.StepCompress, read().Step, "an older picture")
	require.Equal(t, int64(5000), read().Seq)

	require.NoError(t, d.StallUpload(t.Context(), models.Stall{
		UploadID: up.ID, Step: models.StepCompress, Cause: "no disk", Percent: 40, Seq: 6000, Steps: models.NewSteps(),
	}))
	require.Equal(t, models.UploadStalled, read().State)
	require.Len(t, read().Steps, 6)
	require.NoError(t, d.Announce(t.Context(), mark(up, models.StepCompress, 5000), "failed"))
	require.Equal(t, models.UploadStalled, read().State, "an older attempt does not unstall")
	require.NoError(t, d.Announce(t.Context(), mark(up, models.StepCompress, 7000), "begin"))
	require.Equal(t, models.UploadProcessing, read().State)
	require.Empty(t, read().Steps, "the picture of the stall is over")

	require.NoError(t, d.FinishUpload(t.Context(), finish(up, models.UploadFailed)))
	require.NoError(t, d.Announce(t.Context(), mark(up, models.StepMove, 99_000), "begin"))
	require.Equal(t, models.UploadFailed, read().State, "final is final")
	require.NoError(t, d.Announce(t.Context(), models.Mark{UploadID: id(), OwnerID: owner.ID}, "begin"))
	require.ErrorIs(t, d.Announce(t.Context(), models.Mark{UploadID: "x", OwnerID: owner.ID}, "begin"), models.ErrNotFound)
}

func TestFinishUpload(t *testing.T) {
	t.Parallel()
	d := open(t)
	owner := d.user()
	for _, c := range []struct {
		state models.UploadState
		kind  models.NotificationKind
		body  string
	}{
		{models.UploadRejected, models.NotifyRejected, "A virus."},
		{models.UploadFailed, models.NotifyFailed, "Nobody came."},
		{models.UploadCanceled, "", ""},
	} {
		up := d.accepted(owner, string(c.state))
		_, err := d.ClaimContent(t.Context(), up.ID, owner.ID, up.SHA256)
		require.NoError(t, err)
		for range 2 {
			require.NoError(t, d.FinishUpload(t.Context(), finish(up, c.state)))
		}
		got, err := d.UploadByID(t.Context(), anyone, up.ID)
		require.NoError(t, err)
		require.Equal(t, c.state, got.State)
		require.Equal(t, finish(up, c.state).Rejection, got.Rejection)
		require.Equal(t, 50, got.Percent)
		require.Equal(t, int64(20*models.SeqStride), got.Seq, "the second call changes nothing")
		require.NotNil(t, got.FinishedAt)
		require.Len(t, got.Steps, 6)
		require.Zero(t, value[int](d, `SELECT count(*) FROM claims WHERE upload_id = $1`, up.ID))
		require.Zero(t, value[int](d, `SELECT reserved_bytes FROM uploads WHERE id = $1`, up.ID))
		notes, err := d.NotificationsSince(t.Context(), owner.ID, 0, 100)
		require.NoError(t, err)
		if c.kind == "" {
			require.Len(t, notes, 2)
			continue
		}
		last := notes[len(notes)-1]
		require.Equal(t, c.kind, last.Kind)
		require.Equal(t, c.body, last.Body)
		require.Equal(t, up.ID, *last.UploadID)
		require.Contains(t, last.Title, up.Name)
	}
	up := d.accepted(owner, "again")
	require.ErrorIs(t, d.FinishUpload(t.Context(), finish(up, models.UploadProcessing)), models.ErrConflict)
	require.ErrorIs(t, d.FinishUpload(t.Context(), finish(up, models.UploadDone)), models.ErrConflict, "done has an outcome")
	require.ErrorIs(t, d.FinishUpload(t.Context(), models.Finish{UploadID: up.ID, State: models.UploadRejected}), models.ErrConflict)
	require.ErrorIs(t, d.FinishUpload(t.Context(), models.Finish{UploadID: id(), State: models.UploadFailed}), models.ErrNotFound)
}

func TestThereIsNoWayBackFromAVersion(t *testing.T) {
	t.Parallel()
	d := open(t)
	owner := d.user()
	up := d.accepted(owner, "a")
	_, err := d.ClaimContent(t.Context(), up.ID, owner.ID, up.SHA256)
	require.NoError(t, err)
	_, err = d.AdoptBlob(t.Context(), up.ID, blobOf(up))
	require.NoError(t, err)
	_, err = d.CreateVersion(t.Context(), up.ID)
	require.NoError(t, err)
	orphaned, err := d.DropBlob(t.Context(), up.ID)
	require.NoError(t, err)
	require.False(t, orphaned, "a version refers to it")
	require.NoError(t, d.FinishUpload(t.Context(), finish(up, models.UploadCanceled)))
	got, err := d.UploadByID(t.Context(), anyone, up.ID)
	require.NoError(t, err)
	require.Equal(t, models.UploadDone, got.State)
	require.Equal(t, 100, got.Percent)
}

func TestSeqGrowsWhateverTheWorkflowCounts(t *testing.T) {
	t.Parallel()
	d := open(t)
	up := d.accepted(d.user(), "a")
	require.NoError(t, d.Announce(t.Context(), mark(up, models.StepMove, 50_000), "begin"))
	stall := models.Stall{UploadID: up.ID, Step: models.StepMove, Seq: 3000}
	for range 2 { // a workflow that was reset counts from an earlier point
		require.NoError(t, d.StallUpload(t.Context(), stall))
		require.Equal(t, int64(50_001), value[int64](d, `SELECT seq FROM uploads`))
	}
	require.NoError(t, d.FinishUpload(t.Context(), models.Finish{UploadID: up.ID, State: models.UploadFailed, Seq: 4000}))
	require.Equal(t, int64(50_002), value[int64](d, `SELECT seq FROM uploads`))
}

func TestStallTellsOwnerAndAdmins(t *testing.T) {
	t.Parallel()
	d := open(t)
	owner, boss, bystander := d.user(), d.user(admin), d.user()
	gone := d.user(admin, func(u *models.User) { u.Status = models.StatusSuspended })
	up := d.accepted(owner, "a")
	stall := models.Stall{UploadID: up.ID, Step: models.StepScan, Cause: "clamd is away", Percent: 10, Seq: 3000, Steps: models.NewSteps()}
	notes := func(u models.User) []models.Notification {
		ns, err := d.NotificationsSince(t.Context(), u.ID, 0, 10)
		require.NoError(t, err)
		return ns
	}
	for range 2 {
		require.NoError(t, d.StallUpload(t.Context(), stall))
		require.Len(t, notes(owner), 1)
		require.Len(t, notes(boss), 1)
	}
	require.Empty(t, notes(bystander))
	require.Empty(t, notes(gone))
	before := notes(owner)[0]
	require.Equal(t, models.NotifyStalled, before.Kind)
	require.Contains(t, before.Body, "clamd is away")
	_, err := d.MarkRead(t.Context(), owner.ID, before.ID)
	require.NoError(t, err)

	require.NoError(t, d.Announce(t.Context(), mark(up, models.StepScan, 4000), "begin"))
	stall.Seq, stall.Cause = 5000, "still away"
	require.NoError(t, d.StallUpload(t.Context(), stall))
	after := notes(owner)
	require.Len(t, after, 1)
	require.Equal(t, before.ID, after[0].ID)
	require.Greater(t, after[0].Seq, before.Seq, "who resumes is told again")
	require.Nil(t, after[0].ReadAt)
	require.Contains(t, after[0].Body, "still away")

	require.NoError(t, d.FinishUpload(t.Context(), finish(up, models.UploadFailed)))
	require.ErrorIs(t, d.StallUpload(t.Context(), stall), models.ErrAlreadyFinished, "a run that goes on after the end is to hear of it")
	require.Equal(t, "failed", value[string](d, `SELECT state FROM uploads`))
	require.Len(t, notes(boss), 1)
	require.ErrorIs(t, d.StallUpload(t.Context(), models.Stall{UploadID: id()}), models.ErrNotFound)

	lead := d.accepted(boss, "b") // an admin's own: told once
	require.NoError(t, d.StallUpload(t.Context(), models.Stall{UploadID: lead.ID, Step: models.StepScan, Seq: 3000}))
	require.Len(t, notes(boss), 2)
}

func TestClaimContent(t *testing.T) {
	t.Parallel()
	d := open(t)
	owner, other := d.user(), d.user()
	a, b, theirs := d.accepted(owner, "x"), d.accepted(owner, "x"), d.accepted(other, "x")
	claim := func(up models.Upload) models.Claim {
		c, err := d.ClaimContent(t.Context(), up.ID, up.OwnerID, up.SHA256)
		require.NoError(t, err)
		return c
	}
	for range 2 {
		require.Equal(t, models.Claim{}, claim(a))
		require.Equal(t, models.Claim{HeldBy: a.ID}, claim(b))
		require.Equal(t, models.Claim{}, claim(theirs), "another owner's upload is nobody's business")
	}
	require.NoError(t, d.FinishUpload(t.Context(), finish(a, models.UploadFailed)))
	require.Equal(t, models.Claim{}, claim(b), "taken over")
	require.Equal(t, models.Claim{HeldBy: b.ID}, claim(a))
	res, err := d.carry(t.Context(), b)
	require.NoError(t, err)
	_, err = d.ClaimContent(t.Context(), a.ID, owner.ID, a.SHA256)
	require.ErrorIs(t, err, models.ErrAlreadyFinished)
	require.Equal(t, models.OutcomeCreated, res.Outcome)
	_, err = d.TrashFile(t.Context(), mine(owner), res.FileID)
	require.NoError(t, err)

	c := d.accepted(owner, "x")
	require.Equal(t, models.Claim{BlobID: b.ID}, claim(c), "known from the trash")
	require.NoError(t, d.DeleteFile(t.Context(), models.Actor{}, mine(owner), res.FileID))
	require.Equal(t, models.Claim{BlobID: b.ID}, claim(c), "what it holds stays")
	ids, err := d.CollectBlobs(t.Context(), inAnHour(), 10)
	require.NoError(t, err)
	require.Empty(t, ids)
	res, err = d.CreateVersion(t.Context(), c.ID)
	require.NoError(t, err)
	require.Equal(t, models.OutcomeCreated, res.Outcome, "the file is gone, so it is a new one")

	_, err = d.ClaimContent(t.Context(), id(), owner.ID, hash("y"))
	require.ErrorIs(t, err, models.ErrNotFound)
}

func TestAdoptAndDropBlob(t *testing.T) {
	t.Parallel()
	d := open(t)
	a, b := d.accepted(d.user(), "x"), d.accepted(d.user(), "x")
	adopt := func(up models.Upload) models.Blob {
		blob, err := d.AdoptBlob(t.Context(), up.ID, blobOf(up))
		require.NoError(t, err)
		adopted, err := d.AdoptedBlob(t.Context(), up.ID)
		require.NoError(t, err)
		require.Equal(t, blob.ID, adopted)
		return blob
	}
	first := adopt(a)
	require.Equal(t, a.ID, first.ID)
	require.Equal(t, first, adopt(a), "read back, it is the same")
	require.Equal(t, first, adopt(b), "the one that is there wins")
	drop := func(up models.Upload) bool {
		orphaned, err := d.DropBlob(t.Context(), up.ID)
		require.NoError(t, err)
		return orphaned
	}
	require.True(t, drop(b), "no row has its id")
	require.False(t, drop(a), "the other upload has it")
	require.NoError(t, d.FinishUpload(t.Context(), finish(b, models.UploadCanceled)))
	require.True(t, drop(a))
	require.True(t, drop(a))
	require.Zero(t, value[int](d, `SELECT count(*) FROM blobs`))

	c := d.accepted(d.user(), "x")
	wrong := blobOf(c)
	wrong.SHA256 = hash("other bytes")
	_, err := d.AdoptBlob(t.Context(), c.ID, wrong)
	require.ErrorIs(t, err, models.ErrConflict)
	_, err = d.AdoptBlob(t.Context(), b.ID, blobOf(b))
	require.ErrorIs(t, err, models.ErrAlreadyFinished)
	missing := blobOf(a)
	missing.ID = id()
	_, err = d.AdoptBlob(t.Context(), missing.ID, missing)
	require.ErrorIs(t, err, models.ErrNotFound)
	require.Zero(t, value[int](d, `SELECT count(*) FROM blobs`), "refused leaves nothing behind")
	_, err = d.AdoptedBlob(t.Context(), id())
	require.ErrorIs(t, err, models.ErrNotFound)
}

func TestCreateVersionNeedsClaimAndBlob(t *testing.T) {
	t.Parallel()
	d := open(t)
	up := d.accepted(d.user(), "x")
	_, err := d.CreateVersion(t.Context(), up.ID)
	require.ErrorIs(t, err, models.ErrConflict)
	_, err = d.ClaimContent(t.Context(), up.ID, up.OwnerID, up.SHA256)
	require.NoError(t, err)
	_, err = d.CreateVersion(t.Context(), up.ID)
	require.ErrorIs(t, err, models.ErrConflict)
	require.NoError(t, d.FinishUpload(t.Context(), finish(up, models.UploadCanceled)))
	_, err = d.CreateVersion(t.Context(), up.ID)
	require.ErrorIs(t, err, models.ErrAlreadyFinished)
	_, err = d.CreateVersion(t.Context(), id())
	require.ErrorIs(t, err, models.ErrNotFound)
}
