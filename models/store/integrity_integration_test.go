//go:build integration

package store_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"safelight/models"
)

func (d db) check(by models.Actor, repair bool) models.IntegrityReport {
	d.t.Helper()
	reportID := id()
	r, err := d.BeginIntegrity(d.t.Context(), by, reportID, "run-"+reportID, repair)
	require.NoError(d.t, err)
	return r
}

func found(kind models.FindingKind, key string) models.Finding {
	return models.Finding{Kind: kind, Bucket: "final", Key: key, Detail: "3 bytes"}
}

func TestOneCheckAtATime(t *testing.T) {
	t.Parallel()
	d := open(t)
	boss := d.user(admin)
	_, err := d.NewestIntegrity(t.Context())
	require.ErrorIs(t, err, models.ErrNotFound)

	ids := make([]string, 8)
	errs := atOnce(len(ids), func(i int) error {
		ids[i] = id()
		_, err := d.BeginIntegrity(t.Context(), actorOf(boss), ids[i], fmt.Sprint("run-", i), true)
		return err
	})
	begun := -1
	for i, err := range errs {
		if err == nil {
			require.Equal(t, -1, begun, "two at once")
			begun = i
			continue
		}
		require.ErrorIs(t, err, models.ErrCheckRunning)
	}
	same, err := d.BeginIntegrity(t.Context(), actorOf(boss), id(), fmt.Sprint("run-", begun), true)
	require.NoError(t, err, "the same run twice is the same report")
	require.Equal(t, ids[begun], same.ID)
	require.Equal(t, models.ReportRunning, same.State)
	require.Equal(t, boss.ID, *same.StartedBy)
	log, err := d.ListAudit(t.Context(), models.AuditFilter{Action: "integrity.started"})
	require.NoError(t, err)
	require.Len(t, log.Items, 1)
	require.Equal(t, actorOf(boss), log.Items[0].Actor)

	for range 2 {
		require.NoError(t, d.EndIntegrity(t.Context(), same.ID, models.ReportDone, models.IntegrityCounts{Objects: 5, Rows: 6, HashedBytes: 7}))
	}
	require.ErrorIs(t, d.AddFindings(t.Context(), same.ID, nil), models.ErrConflict, "it has ended")
	newest, err := d.NewestIntegrity(t.Context())
	require.NoError(t, err)
	require.Equal(t, models.ReportDone, newest.State)
	require.Equal(t, models.IntegrityCounts{Objects: 5, Rows: 6, HashedBytes: 7}, newest.Counts)
	require.NotNil(t, newest.FinishedAt)

	lost := d.check(models.Actor{}, false)
	require.Nil(t, lost.StartedBy)
	d.sql(`UPDATE integrity_reports SET updated_at = now() - interval '4 hours' WHERE id = $1`, lost.ID)
	next := d.check(models.Actor{}, false) // one whose workflow is gone stands in nobody's way
	require.Equal(t, "failed", value[string](d, `SELECT state FROM integrity_reports WHERE id = $1`, lost.ID))
	require.NoError(t, d.EndIntegrity(t.Context(), next.ID, models.ReportFailed, models.IntegrityCounts{}))
}

func TestOldReportsAreForgotten(t *testing.T) {
	t.Parallel()
	d := open(t)
	for range 35 {
		r := d.check(models.Actor{}, false)
		require.NoError(t, d.AddFindings(t.Context(), r.ID, []models.Finding{found(models.FindingOrphan, "blobs/x/full")}))
		require.NoError(t, d.EndIntegrity(t.Context(), r.ID, models.ReportDone, models.IntegrityCounts{}))
	}
	require.Equal(t, 30, value[int](d, `SELECT count(*) FROM integrity_reports`))
	require.Equal(t, 30, value[int](d, `SELECT count(*) FROM integrity_findings`))
}

func TestFindingsAreNotedOnceAndListedByPages(t *testing.T) {
	t.Parallel()
	d := open(t)
	r := d.check(models.Actor{}, false)
	var page []models.Finding
	for i := range 5 {
		page = append(page, found(models.FindingOrphan, fmt.Sprintf("blobs/%d/full", i)))
	}
	page = append(page, found(models.FindingMissing, "blobs/9/full"))
	for range 2 {
		require.NoError(t, d.AddFindings(t.Context(), r.ID, page))
	}
	require.NoError(t, d.AddFindings(t.Context(), r.ID, nil))
	f := models.FindingFilter{ReportID: r.ID, Kind: models.FindingOrphan, State: models.FindingOpen, Limit: 2}
	var keys []string
	for {
		p, err := d.ListFindings(t.Context(), f)
		require.NoError(t, err)
		for _, f := range p.Items {
			require.Equal(t, "3 bytes", f.Detail)
			keys = append(keys, f.Key)
		}
		if f.Cursor = p.Next; f.Cursor == "" {
			break
		}
	}
	require.Equal(t, []string{"blobs/0/full", "blobs/1/full", "blobs/2/full", "blobs/3/full", "blobs/4/full"}, keys)
	newest, err := d.NewestIntegrity(t.Context())
	require.NoError(t, err)
	require.Equal(t, map[models.FindingKind]int64{models.FindingOrphan: 5, models.FindingMissing: 1}, newest.Findings)
	none, err := d.ListFindings(t.Context(), models.FindingFilter{ReportID: "none"})
	require.NoError(t, err)
	require.Empty(t, none.Items)
}

func TestSettlingRepairsTheRowsAndIsAudited(t *testing.T) {
	t.Parallel()
	d := open(t)
	owner, boss := d.user(), d.user(admin)
	file := d.stored(owner, "picture")
	locked := d.infected(owner, "virus")
	blob := value[string](d, `SELECT blob_id::text FROM versions WHERE file_id = $1`, file.FileID)
	r := d.check(actorOf(boss), true)
	require.NoError(t, d.AddFindings(t.Context(), r.ID, []models.Finding{
		found(models.FindingDamaged, "blobs/"+blob+"/full"), found(models.FindingMissing, "blobs/"+blob+"/thumb"),
		found(models.FindingOrphan, "blobs/x/full"), found(models.FindingTmpLeftover, "uploads/x/original"),
		found(models.FindingQuarantineMissing, "quarantine/"+locked.ID),
	}))
	p, err := d.ListFindings(t.Context(), models.FindingFilter{ReportID: r.ID})
	require.NoError(t, err)
	for i := range p.Items {
		p.Items[i].State = models.FindingRepaired
		if p.Items[i].Kind == models.FindingTmpLeftover {
			p.Items[i].State = models.FindingGone
		}
	}
	for range 2 { // twice is once
		require.NoError(t, d.SettleFindings(t.Context(), r.ID, p.Items))
	}
	require.Equal(t, 0, value[int](d, `SELECT count(*) FROM integrity_findings WHERE state = 'open'`))
	require.Equal(t, "lost", value[string](d, `SELECT state FROM quarantine WHERE upload_id = $1`, locked.ID))
	log, err := d.ListAudit(t.Context(), models.AuditFilter{Action: "integrity.repaired"})
	require.NoError(t, err)
	require.Len(t, log.Items, 1)
	require.Equal(t, boss.ID, log.Items[0].Actor.UserID)
	require.Equal(t, map[string]any{"damaged_object": 1.0, "missing_object": 1.0, "orphan_object": 1.0, "quarantine_missing": 1.0}, log.Items[0].Details)
	newest, err := d.NewestIntegrity(t.Context())
	require.NoError(t, err)
	require.Equal(t, int64(4), newest.Repaired)

	// Who sends the same bytes again is not told that they are there: they are not.
	variants, err := d.VariantsOfBlob(t.Context(), blob)
	require.NoError(t, err)
	require.Len(t, variants, 3)
	require.True(t, variants[0].Damaged)
	again := d.accepted(owner, "picture")
	claim, err := d.ClaimContent(t.Context(), again.ID, owner.ID, again.SHA256)
	require.NoError(t, err)
	require.Empty(t, claim.BlobID, "every step is taken")
	adopted, err := d.AdoptBlob(t.Context(), again.ID, blobOf(again))
	require.NoError(t, err)
	require.Equal(t, blob, adopted.ID)
	require.True(t, adopted.Damaged, "the step that moves is told to mend it")
	require.NoError(t, d.MarkMended(t.Context(), blob))
	res, err := d.CreateVersion(t.Context(), again.ID)
	require.NoError(t, err)
	require.Equal(t, models.OutcomeDuplicate, res.Outcome)
	require.NoError(t, d.FinishUpload(t.Context(), finish(again, models.UploadDone)))
	third := d.accepted(owner, "picture")
	claim, err = d.ClaimContent(t.Context(), third.ID, owner.ID, third.SHA256)
	require.NoError(t, err)
	require.Equal(t, blob, claim.BlobID, "mended, it serves again")
}

func TestRowsThatTheCheckReads(t *testing.T) {
	t.Parallel()
	d := open(t)
	owner, boss := d.user(), d.user(admin)
	for i := range 3 {
		d.stored(owner, fmt.Sprint("picture ", i))
	}
	var keys []string
	for after := ""; ; {
		part, err := d.StoredVariants(t.Context(), after, 4)
		require.NoError(t, err)
		for _, v := range part {
			require.Greater(t, v.Key, after)
			require.NotEmpty(t, v.SHA256)
			keys, after = append(keys, v.Key), v.Key
		}
		if len(part) < 4 {
			break
		}
	}
	require.Len(t, keys, 9)
	none, err := d.VariantsOfBlob(t.Context(), "not-an-id")
	require.NoError(t, err)
	require.Empty(t, none)

	a, b := d.infected(owner, "a"), d.infected(owner, "b")
	first, err := d.HeldQuarantine(t.Context(), "", 1)
	require.NoError(t, err)
	require.Equal(t, []string{a.ID}, first)
	rest, err := d.HeldQuarantine(t.Context(), a.ID, 10)
	require.NoError(t, err)
	require.Equal(t, []string{b.ID}, rest)
	needs := func(id string) bool {
		ok, err := d.QuarantineNeeds(t.Context(), id)
		require.NoError(t, err)
		return ok
	}
	made, err := d.ReleaseQuarantined(t.Context(), actorOf(boss), models.Release{UploadID: b.ID, NewID: id(), Reason: "good"})
	require.NoError(t, err)
	require.True(t, needs(a.ID))
	require.True(t, needs(b.ID), "a released upload reads it still")
	require.NoError(t, d.FinishUpload(t.Context(), finish(made, models.UploadCanceled)))
	require.False(t, needs(b.ID))
	require.False(t, needs(id()))
	require.False(t, needs("not-an-id"))
}
