//go:build integration

package store_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"safelight/models"
)

// quiet makes uploads silent since so long.
func (d db) quiet(since time.Duration, ids ...string) {
	d.t.Helper()
	conn := d.raw()
	tx, err := conn.Begin(d.t.Context())
	require.NoError(d.t, err)
	for _, statement := range []string{
		`ALTER TABLE uploads DISABLE TRIGGER uploads_state_arrows`,
		fmt.Sprintf(`UPDATE uploads SET updated_at = now() - interval '%f s' WHERE id = ANY ($1)`, since.Seconds()),
		`ALTER TABLE uploads ENABLE TRIGGER uploads_state_arrows`,
	} {
		args := []any{}
		if statement[:6] == "UPDATE" {
			args = append(args, ids)
		}
		_, err := tx.Exec(d.t.Context(), statement, args...)
		require.NoError(d.t, err)
	}
	require.NoError(d.t, tx.Commit(d.t.Context()))
}

// receiving begins an upload; an error is the answer.
func (d db) receiving(owner models.User, reserve int64, maxOpen int, key ...string) (models.Upload, bool, error) {
	n := models.NewUpload{ID: id(), OwnerID: owner.ID, Name: "n", Reserve: reserve, MaxOpen: maxOpen}
	if len(key) > 0 {
		n.IdempotencyKey = &key[0]
	}
	return d.CreateUpload(d.t.Context(), n)
}

const (
	justAlive = models.ReceivingDead - 10*time.Second
	dead      = models.ReceivingDead + time.Second
)

func TestADeadUploadTakesNoPlace(t *testing.T) {
	t.Parallel()
	d := open(t)
	owner := d.user()
	old, _, err := d.receiving(owner, 1, 1)
	require.NoError(t, err)
	d.quiet(justAlive, old.ID)
	_, _, err = d.receiving(owner, 1, 1)
	require.ErrorIs(t, err, models.ErrTooManyUploads)
	d.quiet(dead, old.ID)
	_, created, err := d.receiving(owner, 1, 1)
	require.NoError(t, err)
	require.True(t, created)
	_, _, err = d.receiving(owner, 1, 1)
	require.ErrorIs(t, err, models.ErrTooManyUploads, "the new one counts")
}

func TestADeadUploadReservesNothing(t *testing.T) {
	t.Parallel()
	d := open(t)
	owner := d.user(func(u *models.User) { u.QuotaBytes = 1000 })
	old, _, err := d.receiving(owner, 800, 9)
	require.NoError(t, err)
	d.quiet(justAlive, old.ID)
	_, _, err = d.receiving(owner, 800, 9)
	require.ErrorIs(t, err, models.ErrQuotaExceeded)
	d.quiet(dead, old.ID)
	next, _, err := d.receiving(owner, 800, 9)
	require.NoError(t, err)

	// It was only very late: there is no room for it any more, whatever it had reserved.
	_, err = d.AcceptUpload(t.Context(), old.ID, 800, hash("a"), "image/png")
	require.ErrorIs(t, err, models.ErrQuotaExceeded)
	_, err = d.AcceptUpload(t.Context(), old.ID, 201, hash("a"), "image/png")
	require.ErrorIs(t, err, models.ErrQuotaExceeded)
	_, err = d.AcceptUpload(t.Context(), old.ID, 200, hash("a"), "image/png")
	require.NoError(t, err, "into the room that is left")
	_, err = d.AcceptUpload(t.Context(), next.ID, 800, hash("b"), "image/png")
	require.NoError(t, err)
	d.quiet(dead, old.ID, next.ID)
	_, _, err = d.receiving(owner, 1, 9)
	require.ErrorIs(t, err, models.ErrQuotaExceeded, "what is accepted counts however silent it is")
}

func TestTheKeyOfADeadUploadIsFree(t *testing.T) {
	t.Parallel()
	d := open(t)
	owner := d.user()
	old, _, err := d.receiving(owner, 5, 9, "k")
	require.NoError(t, err)
	d.quiet(justAlive, old.ID)
	same, created, err := d.receiving(owner, 5, 9, "k")
	require.NoError(t, err)
	require.False(t, created)
	require.Equal(t, old.ID, same.ID)

	d.quiet(dead, old.ID)
	_, _, err = d.receiving(owner, 5, 0, "k")
	require.ErrorIs(t, err, models.ErrTooManyUploads)
	require.Equal(t, models.UploadReceiving, must(d.UploadState(t.Context(), old.ID)), "what is refused changes nothing")

	ids, made := make([]string, 8), make([]bool, 8)
	requireAll(t, atOnce(len(ids), func(i int) error {
		up, created, err := d.receiving(owner, 5, 9, "k")
		ids[i], made[i] = up.ID, created
		return err
	}))
	count := 0
	for i := range ids {
		require.NotEqual(t, old.ID, ids[i])
		require.Equal(t, ids[0], ids[i])
		if made[i] {
			count++
		}
	}
	require.Equal(t, 1, count)
	_, err = d.UploadState(t.Context(), old.ID)
	require.ErrorIs(t, err, models.ErrNotFound)
	_, err = d.AcceptUpload(t.Context(), old.ID, 5, hash("a"), "image/png")
	require.ErrorIs(t, err, models.ErrNotFound, "a late sender makes no promise")

	accepted, err := d.AcceptUpload(t.Context(), ids[0], 5, hash("a"), "image/png")
	require.NoError(t, err)
	d.quiet(dead, accepted.ID)
	same, created, err = d.receiving(owner, 5, 9, "k")
	require.NoError(t, err)
	require.False(t, created, "only in receiving does silence mean anything")
	require.Equal(t, accepted.ID, same.ID)
}

func TestTouchUpload(t *testing.T) {
	t.Parallel()
	d := open(t)
	owner := d.user()
	up, _, err := d.receiving(owner, 5, 1)
	require.NoError(t, err)
	d.quiet(justAlive, up.ID)
	require.NoError(t, d.TouchUpload(t.Context(), up.ID))
	after := must(d.UploadByID(t.Context(), anyone, up.ID))
	require.WithinDuration(t, value[time.Time](d, `SELECT now()`), after.UpdatedAt, 10*time.Second)
	after.UpdatedAt = up.UpdatedAt
	require.Equal(t, up, after, "nothing else has changed")

	d.quiet(dead, up.ID)
	require.ErrorIs(t, d.TouchUpload(t.Context(), up.ID), models.ErrConflict, "its place may be another's by now")
	accepted := d.accepted(owner, "a")
	d.quiet(time.Hour, accepted.ID)
	require.ErrorIs(t, d.TouchUpload(t.Context(), accepted.ID), models.ErrConflict)
	require.True(t, value[bool](d, `SELECT updated_at < now() - interval '50 minutes' FROM uploads WHERE id = $1`, accepted.ID))
	require.ErrorIs(t, d.TouchUpload(t.Context(), id()), models.ErrConflict)
	require.ErrorIs(t, d.TouchUpload(t.Context(), "x"), models.ErrNotFound)
}

// A workflow that was terminated while its upload waited for a person leaves a
// row that nobody would ever look at again.
func TestUnstartedUploadsListsSilentStalledOnes(t *testing.T) {
	t.Parallel()
	d := open(t)
	owner := d.user()
	lost, fresh := d.accepted(owner, "a"), d.accepted(owner, "b")
	for _, up := range []models.Upload{lost, fresh} {
		require.NoError(t, d.StallUpload(t.Context(), models.Stall{
			UploadID: up.ID, Step: models.StepScan, Seq: 3 * models.SeqStride, Steps: models.NewSteps(),
		}))
	}
	d.quiet(time.Hour, lost.ID)
	before := must(d.UploadByID(t.Context(), anyone, lost.ID))
	list := func() []models.Upload { return must(d.UnstartedUploads(t.Context(), 0, 10*time.Minute, 100)) }
	require.Equal(t, []models.Upload{before}, list(), "a stall is not young or unbegun, only silent")
	require.Empty(t, list(), "touched")
	after := must(d.UploadByID(t.Context(), anyone, lost.ID))
	require.Greater(t, after.UpdatedAt, before.UpdatedAt)
	after.UpdatedAt = before.UpdatedAt
	require.Equal(t, before, after, "state, seq and steps are as they were")
}
