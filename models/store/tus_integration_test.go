//go:build integration

package store_test

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"safelight/models"
)

const keep = time.Hour

// resumable begins an upload of total bytes; a negative total is not said yet.
func (d db) resumable(owner models.User, total int64, change ...func(*models.NewTusUpload)) (models.TusUpload, error) {
	d.t.Helper()
	n := models.NewTusUpload{
		NewUpload: models.NewUpload{ID: id(), OwnerID: owner.ID, Name: "cat.jpg", MaxOpen: 9}, Metadata: "filename Y2F0", KeepFor: keep,
	}
	if total >= 0 {
		n.Total, n.Reserve = &total, total
	}
	for _, c := range change {
		c(&n)
	}
	return d.CreateTus(d.t.Context(), n)
}

func (d db) claimed(up models.TusUpload, change ...func(*models.TusClaim)) (models.TusClaim, models.TusUpload, error) {
	d.t.Helper()
	c := models.TusClaim{UploadID: up.ID, Scope: models.Scope{OwnerID: up.OwnerID}, Writer: id(), Offset: up.Received, MaxOpen: 9}
	for _, f := range change {
		f(&c)
	}
	got, err := d.ClaimTus(d.t.Context(), c)
	return c, got, err
}

func (d db) part(c models.TusClaim, start, size int64) (models.TusUpload, error) {
	d.t.Helper()
	return d.CommitTusPart(d.t.Context(), models.NewTusPart{
		TusPart: models.TusPart{Start: start, Size: size, Writer: c.Writer}, UploadID: c.UploadID, Sniffed: "image/jpeg", KeepFor: keep,
	})
}

// leaseOver makes the lease of an upload end, as time would.
func (d db) leaseOver(id string) {
	d.t.Helper()
	d.sql(`UPDATE tus_uploads SET writer_until = now() - interval '1 second' WHERE upload_id = $1`, id)
}

// expired makes uploads silent for long, and past their time.
func (d db) expired(ids ...string) {
	d.t.Helper()
	d.sql(`UPDATE uploads SET resumable_until = now() - interval '1 second' WHERE id = ANY ($1)`, ids)
	d.quiet(dead, ids...)
}

func TestAResumableUploadComesInParts(t *testing.T) {
	t.Parallel()
	d := open(t)
	owner, other := d.user(), d.user()
	up := must(d.resumable(owner, 100))
	require.Equal(t, models.UploadReceiving, up.State)
	require.Equal(t, int64(100), *up.Total)
	require.Zero(t, up.Received)
	require.Equal(t, "filename Y2F0", up.Metadata)
	require.False(t, up.Writing || up.Expired || up.Complete() || up.Taken())
	_, err := d.TusByID(t.Context(), mine(other), up.ID)
	require.ErrorIs(t, err, models.ErrNotFound)
	form, _, err := d.receiving(owner, 5, 9)
	require.NoError(t, err)
	_, err = d.TusByID(t.Context(), mine(owner), form.ID)
	require.ErrorIs(t, err, models.ErrNotFound, "came in by a form")

	c, got, err := d.claimed(up)
	require.NoError(t, err)
	require.True(t, got.Writing)
	got, err = d.part(c, 0, 60)
	require.NoError(t, err)
	require.Equal(t, int64(60), got.Received)
	require.Equal(t, "image/jpeg", got.Sniffed)
	again, err := d.part(c, 0, 60)
	require.NoError(t, err, "the same part again is once")
	require.Equal(t, got.Received, again.Received)
	for _, bad := range [][2]int64{{0, 50}, {50, 10}, {61, 10}, {60, 41}} {
		_, err = d.part(c, bad[0], bad[1])
		require.ErrorIs(t, err, models.ErrConflict, "%v", bad)
	}
	list := func() []string { return must(d.CompleteTus(t.Context(), 10)) }
	require.Empty(t, list())
	got, err = d.part(c, 60, 40)
	require.NoError(t, err)
	require.True(t, got.Complete())
	require.Equal(t, []models.TusPart{{Start: 0, Size: 60, Writer: c.Writer}, {Start: 60, Size: 40, Writer: c.Writer}}, must(d.TusParts(t.Context(), up.ID)))
	require.Empty(t, list(), "its writer is at it")
	require.NoError(t, d.ReleaseTus(t.Context(), up.ID, c.Writer))
	require.Equal(t, []string{up.ID}, list())

	_, err = d.AcceptUpload(t.Context(), up.ID, 100, hash("a"), "image/jpeg")
	require.NoError(t, err)
	got = must(d.TusByID(t.Context(), mine(owner), up.ID))
	require.True(t, got.Taken())
	require.Equal(t, int64(100), got.Received)
	require.Empty(t, must(d.TusParts(t.Context(), up.ID)), "one object, no parts")
	require.Empty(t, list())
	_, _, err = d.claimed(got)
	require.ErrorIs(t, err, models.ErrAlreadyFinished)
	_, err = d.part(c, 100, 1)
	require.ErrorIs(t, err, models.ErrAlreadyFinished)
}

func TestOneWriterAtATime(t *testing.T) {
	t.Parallel()
	d := open(t)
	up := must(d.resumable(d.user(), 100))
	first, _, err := d.claimed(up)
	require.NoError(t, err)
	wanted, err := d.HoldTus(t.Context(), up.ID, first.Writer)
	require.NoError(t, err)
	require.False(t, wanted)
	_, _, err = d.claimed(up)
	require.ErrorIs(t, err, models.ErrLocked)
	wanted, err = d.HoldTus(t.Context(), up.ID, first.Writer)
	require.NoError(t, err)
	require.True(t, wanted, "it hears of who waits")
	_, _, err = d.claimed(up, func(c *models.TusClaim) { c.Offset = 5 })
	require.ErrorIs(t, err, models.ErrWrongOffset, "whoever is at it")

	d.leaseOver(up.ID)
	second, _, err := d.claimed(up)
	require.NoError(t, err)
	_, err = d.HoldTus(t.Context(), up.ID, first.Writer)
	require.ErrorIs(t, err, models.ErrConflict, "it was replaced")
	_, err = d.part(first, 0, 10)
	require.ErrorIs(t, err, models.ErrConflict, "its bytes do not count")
	require.NoError(t, d.ReleaseTus(t.Context(), up.ID, first.Writer), "not its own any more: nothing happens")
	got, err := d.part(second, 0, 20)
	require.NoError(t, err)
	require.Equal(t, int64(20), got.Received)
	require.True(t, got.Writing)
	require.NoError(t, d.WantTus(t.Context(), up.ID))
	require.True(t, must(d.HoldTus(t.Context(), up.ID, second.Writer)))
	require.NoError(t, d.ReleaseTus(t.Context(), up.ID, second.Writer))
	third, _, err := d.claimed(got)
	require.NoError(t, err)
	require.False(t, must(d.HoldTus(t.Context(), up.ID, third.Writer)), "what was wanted of another is not wanted of it")
	d.leaseOver(up.ID)
	require.False(t, must(d.HoldTus(t.Context(), up.ID, third.Writer)), "late, but nobody came")
	require.True(t, must(d.TusByID(t.Context(), anyone, up.ID)).Writing, "renewed")
}

func TestOfManyWritersOneWins(t *testing.T) {
	t.Parallel()
	d := open(t)
	up := must(d.resumable(d.user(), 100))
	claims, won := make([]models.TusClaim, 8), -1
	for i, err := range atOnce(len(claims), func(i int) (err error) {
		claims[i], _, err = d.claimed(up)
		return err
	}) {
		if err == nil {
			require.Equal(t, -1, won, "two writers")
			won = i
			continue
		}
		require.ErrorIs(t, err, models.ErrLocked)
	}
	require.NotEqual(t, -1, won)
	for i, err := range atOnce(len(claims), func(i int) error { _, err := d.part(claims[i], 0, 10+int64(i)); return err }) {
		if i == won {
			require.NoError(t, err)
			continue
		}
		require.ErrorIs(t, err, models.ErrConflict)
	}
	require.Equal(t, 10+int64(won), must(d.TusByID(t.Context(), anyone, up.ID)).Received)
}

// The database refuses a gap whatever a program asks for.
func TestPartsFollowEachOther(t *testing.T) {
	t.Parallel()
	d := open(t)
	up := must(d.resumable(d.user(), 100))
	insert := `INSERT INTO tus_parts (upload_id, start, size, writer) VALUES ($1, $2, 10, $1)`
	require.ErrorContains(t, d.try(insert, up.ID, 5), "leaves a gap")
	require.NoError(t, d.try(insert, up.ID, 0))
	require.ErrorContains(t, d.try(insert, up.ID, 0), "taken")
	require.ErrorContains(t, d.try(insert, up.ID, 20), "leaves a gap")
	require.NoError(t, d.try(insert, up.ID, 10))
	require.Error(t, d.try(`UPDATE tus_uploads SET received = 101 WHERE upload_id = $1`, up.ID))
}

func TestASilentResumableUploadKeepsItsBytesReserved(t *testing.T) {
	t.Parallel()
	d := open(t)
	owner := d.user(func(u *models.User) { u.QuotaBytes = 1000 })
	up := must(d.resumable(owner, 800))
	d.quiet(dead, up.ID)
	_, err := d.resumable(owner, 201)
	require.ErrorIs(t, err, models.ErrQuotaExceeded, "its parts lie in the store")
	_, _, err = d.receiving(owner, 201, 9)
	require.ErrorIs(t, err, models.ErrQuotaExceeded)
	_, _, err = d.receiving(owner, 200, 1)
	require.NoError(t, err, "but it takes no place while it is silent")
	_, _, err = d.claimed(up, func(c *models.TusClaim) { c.MaxOpen = 1 })
	require.ErrorIs(t, err, models.ErrTooManyUploads, "and has to find one again")
	c, _, err := d.claimed(up)
	require.NoError(t, err)
	_, err = d.part(c, 0, 800)
	require.NoError(t, err)
	d.quiet(dead, up.ID)
	_, err = d.AcceptUpload(t.Context(), up.ID, 800, hash("a"), "image/png")
	require.NoError(t, err, "what was reserved is its own, however late")

	late := must(d.resumable(d.user(func(u *models.User) { u.QuotaBytes = 1000 }), 800))
	d.expired(late.ID)
	fresh, err := d.resumable(models.User{ID: late.OwnerID}, 800)
	require.NoError(t, err, "one that has expired holds nothing")
	require.NotEqual(t, late.ID, fresh.ID)
	_, _, err = d.claimed(late)
	require.ErrorIs(t, err, models.ErrGone)
}

func TestALengthSaidLater(t *testing.T) {
	t.Parallel()
	d := open(t)
	owner := d.user(func(u *models.User) { u.QuotaBytes = 1000 })
	up := must(d.resumable(owner, -1))
	require.Nil(t, up.Total)
	c, _, err := d.claimed(up)
	require.NoError(t, err)
	got, err := d.part(c, 0, 600)
	require.NoError(t, err)
	require.False(t, got.Complete())
	_, err = d.part(c, 600, 401)
	require.ErrorIs(t, err, models.ErrQuotaExceeded, "what comes is counted")
	_, err = d.resumable(owner, 401)
	require.ErrorIs(t, err, models.ErrQuotaExceeded)
	require.NoError(t, d.ReleaseTus(t.Context(), up.ID, c.Writer))

	say := func(total int64) error {
		claim, _, err := d.claimed(got, func(c *models.TusClaim) { c.Total = &total })
		return errors.Join(err, d.ReleaseTus(t.Context(), up.ID, claim.Writer))
	}
	require.ErrorIs(t, say(599), models.ErrConflict, "less than has come")
	require.ErrorIs(t, say(1001), models.ErrQuotaExceeded)
	require.NoError(t, say(900))
	require.NoError(t, say(900))
	require.ErrorIs(t, say(901), models.ErrConflict, "it never changes again")
	_, err = d.resumable(owner, 101)
	require.ErrorIs(t, err, models.ErrQuotaExceeded, "all of it is reserved now")
	_, err = d.resumable(owner, 100)
	require.NoError(t, err)
}

func TestAnEndedUploadTakesNoMore(t *testing.T) {
	t.Parallel()
	d := open(t)
	owner := d.user()
	up := must(d.resumable(owner, 100))
	c, _, err := d.claimed(up)
	require.NoError(t, err)
	_, err = d.part(c, 0, 10)
	require.NoError(t, err)
	require.True(t, must(d.CancelReceiving(t.Context(), mine(owner), up.ID)))
	require.Empty(t, must(d.TusParts(t.Context(), up.ID)))
	_, err = d.HoldTus(t.Context(), up.ID, c.Writer)
	require.ErrorIs(t, err, models.ErrConflict)
	_, err = d.part(c, 10, 10)
	require.ErrorIs(t, err, models.ErrGone)
	_, _, err = d.claimed(up)
	require.ErrorIs(t, err, models.ErrGone)
	require.Zero(t, value[int64](d, `SELECT reserved_bytes FROM uploads WHERE id = $1`, up.ID))

	file := d.stored(owner, "a").FileID
	next := must(d.resumable(owner, 100, func(n *models.NewTusUpload) { n.TargetFileID = &file }))
	must(d.TrashFile(t.Context(), mine(owner), file))
	_, _, err = d.claimed(next)
	require.ErrorIs(t, err, models.ErrFileTrashed)
	require.NoError(t, d.DeleteFile(t.Context(), models.Actor{}, mine(owner), file))
	_, _, err = d.claimed(next)
	require.ErrorIs(t, err, models.ErrNotFound)
}

func TestDropTus(t *testing.T) {
	t.Parallel()
	d := open(t)
	owner := d.user()
	up := must(d.resumable(owner, 100))
	c, _, err := d.claimed(up)
	require.NoError(t, err)
	require.False(t, must(d.DropTus(t.Context(), up.ID, "")), "somebody is at it")
	require.False(t, must(d.DropTus(t.Context(), up.ID, id())), "it is another's")
	require.True(t, must(d.DropTus(t.Context(), up.ID, c.Writer)))
	_, err = d.TusByID(t.Context(), anyone, up.ID)
	require.ErrorIs(t, err, models.ErrNotFound)

	taken := must(d.resumable(owner, 100))
	_, err = d.AcceptUpload(t.Context(), taken.ID, 100, hash("a"), "image/jpeg")
	require.NoError(t, err)
	require.False(t, must(d.DropTus(t.Context(), taken.ID, "")), "it was promised")
}

func TestExpiredUploadsAreAbandonedAndOthersNot(t *testing.T) {
	t.Parallel()
	d := open(t)
	owner := d.user()
	gone, busy, waiting := must(d.resumable(owner, 10)), must(d.resumable(owner, 10)), must(d.resumable(owner, 10))
	c, _, err := d.claimed(gone)
	require.NoError(t, err)
	_, err = d.part(c, 0, 5)
	require.NoError(t, err)
	form, _, err := d.receiving(owner, 1, 9)
	require.NoError(t, err)
	d.expired(gone.ID)
	d.sql(`UPDATE uploads SET resumable_until = now() - interval '1 second' WHERE id = $1`, busy.ID)
	d.quiet(48*time.Hour, waiting.ID, form.ID)

	ids, err := d.AbandonReceiving(t.Context(), time.Now().Add(-24*time.Hour), 10)
	require.NoError(t, err)
	require.ElementsMatch(t, []string{gone.ID, form.ID}, ids, "one is being sent still, one has time left")
	require.Empty(t, must(d.TusParts(t.Context(), gone.ID)))
	require.Equal(t, models.UploadFailed, must(d.UploadState(t.Context(), gone.ID)))
}

func TestPartsAreBounded(t *testing.T) {
	t.Parallel()
	d := open(t)
	up := must(d.resumable(d.user(), 100))
	c, _, err := d.claimed(up)
	require.NoError(t, err)
	d.sql(`UPDATE tus_uploads SET parts = $2 WHERE upload_id = $1`, up.ID, models.MaxTusParts-1)
	_, err = d.part(c, 0, 1)
	require.NoError(t, err)
	_, err = d.part(c, 1, 1)
	require.ErrorIs(t, err, models.ErrTooManyParts)
}
