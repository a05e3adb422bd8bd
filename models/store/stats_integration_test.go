//go:build integration

package store_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"safelight/models"
)

func TestStatsOfNothing(t *testing.T) {
	t.Parallel()
	d := open(t)
	s, err := d.Stats(t.Context())
	require.NoError(t, err)
	none := map[models.UploadState]int64{}
	for _, state := range models.UploadStates() {
		none[state] = 0
	}
	require.Equal(t, models.Stats{Uploads24h: none, Uploads30d: none}, s)
}

func TestStats(t *testing.T) {
	t.Parallel()
	d := open(t)
	ada, eve := d.user(), d.user(admin)
	d.user(func(u *models.User) { u.Status = models.StatusSuspended })
	cat := d.stored(ada, "cat") // a blob of 300 + 200 + 100 bytes, of an original of 1,000
	d.stored(eve, "cat")        // shared: 600 bytes are spared
	dup := d.stored(ada, "cat") // a duplicate: 600 more
	require.Equal(t, models.OutcomeDuplicate, dup.Outcome)
	d.stored(ada, "dog", cat.FileID)
	trashed := d.stored(ada, "bird")
	_, err := d.TrashFile(t.Context(), anyone, trashed.FileID)
	require.NoError(t, err)
	d.infected(eve, "virus")
	old := d.infected(eve, "old virus")
	d.sql(`UPDATE uploads SET created_at = now() - interval '3 days' WHERE id = $1`, old.ID)
	ancient := d.infected(eve, "ancient virus")
	d.sql(`UPDATE uploads SET created_at = now() - interval '31 days' WHERE id = $1`, ancient.ID)

	s, err := d.Stats(t.Context())
	require.NoError(t, err)
	require.Equal(t, []int64{3, 1, 1}, []int64{s.Users, s.Admins, s.Suspended})
	require.Equal(t, []int64{3, 1, 4}, []int64{s.Files, s.Trashed, s.Versions})
	require.Equal(t, int64(3*600), s.StoredBytes)
	require.Equal(t, int64(3*700), s.SavedByCompression)
	require.Equal(t, int64(2*600), s.SavedByDedup)
	require.Equal(t, int64(3), s.Held)
	require.Equal(t, int64(5), s.Uploads24h[models.UploadDone])
	require.Equal(t, int64(1), s.Uploads24h[models.UploadRejected])
	require.Equal(t, int64(2), s.Uploads30d[models.UploadRejected])
	require.Equal(t, int64(0), s.Uploads30d[models.UploadStalled])
}

func TestUploadsAreFoundByStepAndCode(t *testing.T) {
	t.Parallel()
	d := open(t)
	ada, eve := d.user(), d.user()
	stalled := func(owner models.User, step models.StepName, code models.StallCode) string {
		up := d.accepted(owner, id())
		require.NoError(t, d.StallUpload(t.Context(), models.Stall{
			UploadID: up.ID, Step: step, Code: code, Cause: "down", Seq: 5 * models.SeqStride, Steps: models.NewSteps(),
		}))
		return up.ID
	}
	a := stalled(ada, models.StepScan, models.StallScanner)
	b := stalled(eve, models.StepScan, models.StallScanner)
	c := stalled(ada, models.StepMove, models.StallStorage)
	virus := d.infected(ada, "virus")
	again := stalled(ada, models.StepScan, models.StallScanner)
	require.NoError(t, d.Announce(t.Context(), models.Mark{UploadID: again, OwnerID: ada.ID, Step: models.StepScan, Percent: 10, Seq: 6 * models.SeqStride}, "begin"))

	list := func(f models.UploadFilter) []string {
		var ids []string
		f.Limit = 1 // every page is one
		for {
			p, err := d.ListUploads(t.Context(), f)
			require.NoError(t, err)
			for _, up := range p.Items {
				ids = append(ids, up.ID)
			}
			if f.Cursor = p.Next; f.Cursor == "" {
				return ids
			}
		}
	}
	scanner := string(models.StallScanner)
	require.Equal(t, []string{b, a}, list(models.UploadFilter{Scope: anyone, State: models.UploadStalled, Code: scanner}))
	require.Equal(t, []string{b, a}, list(models.UploadFilter{Scope: anyone, Code: scanner}), "what goes on again is not stalled")
	require.Equal(t, []string{a}, list(models.UploadFilter{Scope: mine(ada), State: models.UploadStalled, Step: models.StepScan, Code: scanner}))
	require.Equal(t, []string{c}, list(models.UploadFilter{Scope: anyone, Step: models.StepMove}))
	require.Equal(t, []string{virus.ID}, list(models.UploadFilter{Scope: anyone, Code: "infected"}))
	require.Empty(t, list(models.UploadFilter{Scope: anyone, State: models.UploadStalled, Code: "timeout"}))
	up, err := d.UploadByID(t.Context(), anyone, c)
	require.NoError(t, err)
	require.Equal(t, models.StallStorage, up.StallCode)
}
