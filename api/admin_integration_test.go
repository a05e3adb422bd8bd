//go:build integration

package api

import (
	"bytes"
	"net/http"
	"sync"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"safelight/models"
	"safelight/models/store"
	"safelight/storage"
)

var (
	_ AdminRows    = (*store.Store)(nil)
	_ AdminObjects = storage.Store(nil)
)

// newAdminBench is the app over a real database with an administrator. Only
// the workflow engine is a fake.
func newAdminBench(t *testing.T) (*realBench, *fakeAdmin, signedInAnswer) {
	t.Helper()
	engine := &fakeAdmin{}
	r := newRealBench(t, func(d *Deps) {
		rows, ok := d.Users.(*store.Store)
		require.True(t, ok)
		objects, ok := d.Objects.(storage.Store)
		require.True(t, ok)
		d.Admin = AdminParts{Rows: rows, Objects: objects, Starter: engine, Queues: engine}
		d.Uploads.Rows = rows
	})
	boss := r.person("boss")
	r.sql(`UPDATE users SET role = 'admin' WHERE id = $1`, boss.User.ID)
	return r, engine, boss
}

// accepted makes an upload in processing, with its object.
func (r *realBench) accepted(owner string, content []byte, ref func(uploadID string) storage.Ref) models.Upload {
	r.t.Helper()
	n := models.NewUpload{ID: uuid.Must(uuid.NewV7()).String(), OwnerID: owner, Name: "cat.jpg", Reserve: 1 << 10, MaxOpen: 10}
	_, _, err := r.store.CreateUpload(r.t.Context(), n)
	require.NoError(r.t, err)
	hash := "aa" + n.ID[:8] + "00000000000000000000000000000000000000000000000000000000"
	up, err := r.store.AcceptUpload(r.t.Context(), n.ID, int64(len(content)), hash[:64], "image/jpeg")
	require.NoError(r.t, err)
	_, err = r.files.Put(r.t.Context(), ref(up.ID), bytes.NewReader(content), int64(len(content)), "image/jpeg")
	require.NoError(r.t, err)
	return up
}

func (r *realBench) infected(owner string) models.Upload {
	r.t.Helper()
	up := r.accepted(owner, []byte("virus"), storage.QuarantineRef)
	rejection := models.Reject(models.RejectInfected, "A virus.")
	rejection.Signature = "Eicar"
	require.NoError(r.t, r.store.FinishUpload(r.t.Context(), models.Finish{
		UploadID: up.ID, State: models.UploadRejected, Rejection: rejection, Seq: 20 * models.SeqStride, Steps: models.NewSteps(),
	}))
	return up
}

func TestQuarantineOnARealDatabase(t *testing.T) {
	t.Parallel()
	r, engine, boss := newAdminBench(t)
	ada := r.person("ada")
	up, gone := r.infected(ada.User.ID), r.infected(ada.User.ID)
	list := func(query string) []quarantineView {
		var p page[quarantineView]
		r.get(boss.AccessToken, "/api/v1/admin/quarantine"+query, &p)
		return p.Items
	}
	require.Len(t, list(""), 2)
	require.Equal(t, gone.ID, list("?limit=1")[0].ID, "newest first")
	require.Equal(t, "ada@example.org", list("")[0].OwnerEmail)

	require.Equal(t, http.StatusNoContent, r.ask(http.MethodDelete, "/api/v1/admin/quarantine/"+gone.ID, boss.AccessToken, nil).Status)
	_, err := r.files.Stat(t.Context(), storage.QuarantineRef(gone.ID))
	require.ErrorIs(t, err, storage.ErrNotFound)
	r.release(boss.AccessToken, gone.ID, "good", "correct horse").problem(CodeNotHeld)

	r.release(boss.AccessToken, up.ID, "good", "wrong horse").problem(CodeWrongPassword)
	require.Len(t, list(""), 1)
	var won, lost int
	var mu sync.Mutex
	var wg sync.WaitGroup
	for range 6 {
		wg.Go(func() {
			a := r.release(boss.AccessToken, up.ID, "known good", "correct horse")
			mu.Lock()
			defer mu.Unlock()
			if a.Status == http.StatusAccepted {
				won++
			} else {
				a.problem(CodeNotHeld)
				lost++
			}
		})
	}
	wg.Wait()
	require.Equal(t, []int{1, 5}, []int{won, lost})
	released := list("?state=released")
	require.Len(t, released, 1)
	require.Equal(t, []string{"upload " + *released[0].ReleasedAs}, engine.started)

	var theirs uploadView
	r.get(ada.AccessToken, "/api/v1/uploads/"+*released[0].ReleasedAs, &theirs)
	require.Equal(t, models.UploadProcessing, theirs.State)
	r.get(ada.AccessToken, "/api/v1/uploads/"+up.ID, &theirs)
	require.Equal(t, models.UploadRejected, theirs.State)
	var all page[adminUploadView]
	r.get(boss.AccessToken, "/api/v1/admin/uploads?ownerId="+ada.User.ID, &all)
	require.Equal(t, up.ID, *all.Items[0].ReleasedFrom)

	var log page[auditView]
	r.get(boss.AccessToken, "/api/v1/admin/audit?actorId="+boss.User.ID, &log)
	require.Len(t, log.Items, 2)
	require.Equal(t, "quarantine.released", log.Items[0].Action)
	require.Equal(t, "known good", log.Items[0].Details["reason"])
	require.Equal(t, "boss@example.org", log.Items[0].ActorEmail)
	require.NotEmpty(t, log.Items[0].RequestID)
	require.Equal(t, "quarantine.deleted", log.Items[1].Action)
}

func TestAdminUploadsOnARealDatabase(t *testing.T) {
	t.Parallel()
	r, _, boss := newAdminBench(t)
	ada := r.person("ada")
	var stalled []string
	for i := range 5 {
		up := r.accepted(ada.User.ID, []byte("x"), storage.OriginalRef)
		code := models.StallScanner
		if i == 4 {
			code = models.StallGone
		}
		require.NoError(t, r.store.StallUpload(t.Context(), models.Stall{
			UploadID: up.ID, Step: models.StepScan, Code: code, Cause: "down", Seq: 5 * models.SeqStride, Steps: models.NewSteps(),
		}))
		stalled = append(stalled, up.ID)
	}
	var p page[adminUploadView]
	r.get(boss.AccessToken, "/api/v1/admin/uploads?state=stalled&code=scanner_unavailable&step=scan", &p)
	require.Len(t, p.Items, 4)
	require.Equal(t, models.StallScanner, *p.Items[0].StallCode)
	require.Equal(t, 4, retryAll(r.bench, boss.AccessToken, map[string]string{"code": "scanner_unavailable"}))
	require.Equal(t, http.StatusAccepted, r.ask(http.MethodPost, "/api/v1/admin/uploads/"+stalled[4]+"/cancel", boss.AccessToken, nil).Status)
	var log page[auditView]
	r.get(boss.AccessToken, "/api/v1/admin/audit?action=upload.retried", &log)
	require.Len(t, log.Items, 4)
	r.get(boss.AccessToken, "/api/v1/admin/audit?action=upload.canceled", &log)
	require.Equal(t, stalled[4], log.Items[0].TargetID)
}

func TestStatsAndFilesOnARealDatabase(t *testing.T) {
	t.Parallel()
	r, engine, boss := newAdminBench(t)
	ada, eve := r.person("ada"), r.person("eve")
	cat := r.stored(ada.User.ID, "cat.jpg", []byte("cat")).FileID
	r.stored(eve.User.ID, "dog.jpg", []byte("dog"))
	engine.engine = models.ErrUnavailable
	var s statsView
	r.get(boss.AccessToken, "/api/v1/admin/stats", &s)
	require.EqualValues(t, 3, s.Users.Total)
	require.EqualValues(t, 2, s.Files.Total)
	require.EqualValues(t, 2, s.Uploads24h[models.UploadDone])
	require.Nil(t, s.Queues)
	require.EqualValues(t, 2, s.Trends.Hours[23].Done+s.Trends.Hours[22].Done, "in this hour, or the test began in the last one")
	require.EqualValues(t, 2, s.Trends.Outcomes24h[models.OutcomeCreated])

	var p page[adminFileView]
	r.get(boss.AccessToken, "/api/v1/admin/files", &p)
	require.Len(t, p.Items, 2)
	require.Equal(t, eve.User.Email, *p.Items[0].OwnerEmail, "newest first")
	r.get(boss.AccessToken, "/api/v1/admin/files?ownerId="+ada.User.ID+"&q=CAT", &p)
	require.Len(t, p.Items, 1)
	require.Equal(t, cat, p.Items[0].ID)
	for _, target := range []string{"", "/content", "/versions"} {
		require.Equal(t, http.StatusOK, r.ask(http.MethodGet, "/api/v1/files/"+cat+target, boss.AccessToken, nil).Status, target)
		r.ask(http.MethodGet, "/api/v1/files/"+cat+target, eve.AccessToken, nil).problem(CodeNotFound)
	}
}

func TestIntegrityOnARealDatabase(t *testing.T) {
	t.Parallel()
	r, engine, boss := newAdminBench(t)
	r.ask(http.MethodGet, "/api/v1/admin/integrity", boss.AccessToken, nil).problem(CodeNotFound)
	var v integrityView
	r.ask(http.MethodPost, "/api/v1/admin/integrity", boss.AccessToken, nil).into(&v)
	r.ask(http.MethodPost, "/api/v1/admin/integrity", boss.AccessToken, nil).problem(CodeCheckRunning)
	require.NoError(t, r.store.AddFindings(t.Context(), v.ID, []models.Finding{
		{Kind: models.FindingOrphan, Bucket: "final", Key: "blobs/a/full"}, {Kind: models.FindingMissing, Bucket: "final", Key: "blobs/b/full"},
	}))
	r.get(boss.AccessToken, "/api/v1/admin/integrity?limit=1", &v)
	require.Len(t, v.Findings.Items, 1)
	r.get(boss.AccessToken, "/api/v1/admin/integrity?limit=1&cursor="+*v.Findings.NextCursor, &v)
	require.Equal(t, models.FindingMissing, v.Findings.Items[0].Kind)
	require.Nil(t, v.Findings.NextCursor)
	require.Equal(t, map[models.FindingKind]int64{models.FindingOrphan: 1, models.FindingMissing: 1}, v.Counts)
	require.NoError(t, r.store.EndIntegrity(t.Context(), v.ID, models.ReportDone, models.IntegrityCounts{Objects: 9}))
	r.get(boss.AccessToken, "/api/v1/admin/integrity", &v)
	require.EqualValues(t, 9, v.Objects)

	engine.engine = models.ErrUnavailable
	r.ask(http.MethodPost, "/api/v1/admin/integrity", boss.AccessToken, nil).problem(CodeUnavailable)
	r.get(boss.AccessToken, "/api/v1/admin/integrity", &v)
	require.Equal(t, models.ReportFailed, v.State)
	var log page[auditView]
	r.get(boss.AccessToken, "/api/v1/admin/audit?action=integrity.started", &log)
	require.Len(t, log.Items, 2)
}
