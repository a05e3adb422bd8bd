//go:build integration

package store_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"safelight/models"
)

// infected is an upload that ended in quarantine.
func (d db) infected(owner models.User, content string, target ...string) models.Upload {
	d.t.Helper()
	up := d.accepted(owner, content, target...)
	require.NoError(d.t, d.FinishUpload(d.t.Context(), finish(up, models.UploadRejected)))
	return up
}

func (d db) held() []string {
	d.t.Helper()
	p, err := d.ListQuarantine(d.t.Context(), models.QuarantineFilter{State: models.QuarantineHeld, Limit: 200})
	require.NoError(d.t, err)
	ids := make([]string, len(p.Items))
	for i, q := range p.Items {
		ids[i] = q.UploadID
	}
	return ids
}

func TestAnInfectedUploadIsInQuarantine(t *testing.T) {
	t.Parallel()
	d := open(t)
	owner := d.user()
	up := d.infected(owner, "virus")
	corrupt := d.accepted(owner, "corrupt")
	f := finish(corrupt, models.UploadRejected)
	f.Rejection = models.Reject(models.RejectCorrupt, "no")
	require.NoError(t, d.FinishUpload(t.Context(), f))
	require.Equal(t, []string{up.ID}, d.held(), "and what is only corrupt is not")
	require.NoError(t, d.FinishUpload(t.Context(), finish(up, models.UploadRejected)))

	q, err := d.QuarantineByID(t.Context(), up.ID)
	require.NoError(t, err)
	require.NotZero(t, q.CreatedAt)
	q.CreatedAt = time.Time{}
	require.Equal(t, models.Quarantined{
		UploadID: up.ID, OwnerID: owner.ID, OwnerEmail: owner.Email, Name: "virus.jpg", Size: 1000, SHA256: hash("virus"),
		MIMEType: "image/jpeg", Signature: "Eicar", State: models.QuarantineHeld,
	}, q)
	for _, unknown := range []string{id(), "x", corrupt.ID} {
		_, err := d.QuarantineByID(t.Context(), unknown)
		require.ErrorIs(t, err, models.ErrNotFound)
	}
}

func TestQuarantineIsListedByPages(t *testing.T) {
	t.Parallel()
	d := open(t)
	owner := d.user()
	var want []string
	for _, c := range []string{"a", "b", "c", "d", "e"} {
		want = append([]string{d.infected(owner, c).ID}, want...)
	}
	f := models.QuarantineFilter{State: models.QuarantineHeld, Limit: 2}
	var got []string
	for {
		p, err := d.ListQuarantine(t.Context(), f)
		require.NoError(t, err)
		for _, q := range p.Items {
			got = append(got, q.UploadID)
		}
		if f.Cursor = p.Next; f.Cursor == "" {
			break
		}
	}
	require.Equal(t, want, got)
}

func TestAReleaseGoesOnAsAnotherUpload(t *testing.T) {
	t.Parallel()
	d := open(t)
	owner, boss := d.user(), d.user(admin)
	target := d.stored(owner, "first").FileID
	up := d.infected(owner, "false positive", target)
	newID := id()
	made, err := d.ReleaseQuarantined(t.Context(), actorOf(boss), models.Release{UploadID: up.ID, NewID: newID, Reason: "known good"})
	require.NoError(t, err)
	require.Equal(t, newID, made.ID)
	require.Equal(t, models.UploadProcessing, made.State)
	require.Equal(t, &models.Clearance{From: up.ID, Signature: "Eicar"}, made.Released)
	require.Equal(t, up.Name, made.Name)
	require.Equal(t, up.SHA256, made.SHA256)
	require.Equal(t, up.Size, made.Size)
	require.Equal(t, target, *made.TargetFileID)
	require.Equal(t, int64(1000), value[int64](d, `SELECT reserved_bytes FROM uploads WHERE id = $1`, newID))

	old, err := d.UploadByID(t.Context(), anyone, up.ID)
	require.NoError(t, err)
	require.Equal(t, models.UploadRejected, old.State, "a rejected upload stays rejected")
	q, err := d.QuarantineByID(t.Context(), up.ID)
	require.NoError(t, err)
	require.Equal(t, models.QuarantineReleased, q.State)
	require.Equal(t, newID, *q.ReleasedAs)
	require.Equal(t, boss.ID, *q.EndedBy)
	require.Equal(t, "known good", q.Reason)

	log, err := d.ListAudit(t.Context(), models.AuditFilter{Action: "quarantine.released"})
	require.NoError(t, err)
	require.Len(t, log.Items, 1)
	require.Equal(t, actorOf(boss), log.Items[0].Actor)
	require.Equal(t, "known good", log.Items[0].Details["reason"])
	require.Equal(t, newID, log.Items[0].Details["releasedAs"])

	// The reconciler finds it, were its workflow never started.
	d.sql(`ALTER TABLE uploads DISABLE TRIGGER uploads_state_arrows`)
	d.sql(`UPDATE uploads SET updated_at = now() - interval '1 minute' WHERE id = $1`, newID)
	lost, err := d.UnstartedUploads(t.Context(), time.Second, time.Hour, 10)
	require.NoError(t, err)
	require.Len(t, lost, 1)
	require.Equal(t, made.Released, lost[0].Released)

	res, err := d.carry(t.Context(), made)
	require.NoError(t, err)
	require.Equal(t, models.OutcomeVersioned, res.Outcome)
	require.Equal(t, target, res.FileID)
}

func TestAReleaseCountsAgainstTheQuota(t *testing.T) {
	t.Parallel()
	d := open(t)
	owner, boss := d.user(func(u *models.User) { u.QuotaBytes = 1500 }), d.user(admin)
	up := d.infected(owner, "virus")
	open := d.accepted(owner, "other")
	r := models.Release{UploadID: up.ID, NewID: id(), Reason: "good"}
	_, err := d.ReleaseQuarantined(t.Context(), actorOf(boss), r)
	require.ErrorIs(t, err, models.ErrQuotaExceeded)
	require.Equal(t, []string{up.ID}, d.held(), "and it is locked up still")
	require.Zero(t, value[int](d, `SELECT count(*) FROM audit_log`))
	require.NoError(t, d.FinishUpload(t.Context(), finish(open, models.UploadCanceled)))
	_, err = d.ReleaseQuarantined(t.Context(), actorOf(boss), r)
	require.NoError(t, err)
}

// Of many releases and deletions at once one wins, whichever it is.
func TestReleasesAndDeletionsAtOnce(t *testing.T) {
	t.Parallel()
	d := open(t)
	owner, boss := d.user(), d.user(admin)
	for range 5 {
		up := d.infected(owner, id())
		errs := atOnce(12, func(i int) error {
			if i%2 == 0 {
				return d.DeleteQuarantined(t.Context(), actorOf(boss), up.ID)
			}
			_, err := d.ReleaseQuarantined(t.Context(), actorOf(boss), models.Release{UploadID: up.ID, NewID: id(), Reason: "good"})
			return err
		})
		released := 0
		for i, err := range errs {
			if i%2 == 1 && err == nil {
				released++
			} else if err != nil {
				require.ErrorIs(t, err, models.ErrNotHeld)
			}
		}
		require.LessOrEqual(t, released, 1)
		require.Equal(t, released, value[int](d, `SELECT count(*) FROM uploads WHERE released_from = $1`, up.ID))
		require.Equal(t, 1, value[int](d, `SELECT count(*) FROM audit_log WHERE target_id = $1`, up.ID))
		want := models.QuarantineDeleted
		if released == 1 {
			want = models.QuarantineReleased
		}
		require.Equal(t, string(want), value[string](d, `SELECT state FROM quarantine WHERE upload_id = $1`, up.ID))
	}
}

func TestQuarantineEndsOnceInTheSchemaToo(t *testing.T) {
	t.Parallel()
	d := open(t)
	up := d.infected(d.user(), "virus")
	require.NoError(t, d.DeleteQuarantined(t.Context(), actorOf(d.user(admin)), up.ID))
	require.ErrorContains(t, d.try(`UPDATE quarantine SET state = 'held', ended_at = NULL WHERE upload_id = $1`, up.ID), "deleted already")
	require.ErrorContains(t, d.try(`UPDATE quarantine SET state = 'released', released_as = upload_id WHERE upload_id = $1`, up.ID), "deleted already")
}

func TestWhatQuarantineMayLose(t *testing.T) {
	t.Parallel()
	d := open(t)
	owner, boss := d.user(), d.user(admin)
	old, deleted, released, held := d.infected(owner, "old"), d.infected(owner, "deleted"), d.infected(owner, "released"), d.infected(owner, "held")
	d.sql(`UPDATE quarantine SET created_at = now() - interval '40 days' WHERE upload_id = $1`, old.ID)
	require.NoError(t, d.DeleteQuarantined(t.Context(), actorOf(boss), deleted.ID))
	made, err := d.ReleaseQuarantined(t.Context(), actorOf(boss), models.Release{UploadID: released.ID, NewID: id(), Reason: "good"})
	require.NoError(t, err)

	before := time.Now().Add(-30 * 24 * time.Hour)
	for _, want := range []int{1, 0} {
		n, err := d.ExpireQuarantine(t.Context(), before, 10)
		require.NoError(t, err)
		require.Equal(t, want, n)
	}
	require.Equal(t, 1, value[int](d, `SELECT count(*) FROM audit_log WHERE action = 'quarantine.expired' AND actor_id IS NULL AND target_id = $1`, old.ID))
	losable := func(after string, limit int) []string {
		ids, err := d.PurgeableQuarantine(t.Context(), after, limit)
		require.NoError(t, err)
		return ids
	}
	require.Equal(t, []string{old.ID, deleted.ID}, losable("", 10), "what a released upload still reads stays")
	require.Equal(t, []string{deleted.ID}, losable(old.ID, 10))
	require.NoError(t, d.FinishUpload(t.Context(), finish(made, models.UploadCanceled)))
	require.Equal(t, []string{old.ID, deleted.ID, released.ID}, losable("", 10))
	require.NoError(t, d.MarkPurged(t.Context(), []string{old.ID, released.ID, held.ID}))
	require.Equal(t, []string{deleted.ID}, losable("", 10))
	require.Equal(t, []string{held.ID}, d.held(), "what is held is not purged")
}
