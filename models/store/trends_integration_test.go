//go:build integration

package store_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"safelight/models"
)

func TestTrendsOfNothing(t *testing.T) {
	t.Parallel()
	d := open(t)
	now := time.Date(2026, 5, 4, 10, 30, 0, 0, time.FixedZone("", 3600))
	got, err := d.Trends(t.Context(), now)
	require.NoError(t, err)
	require.Len(t, got.Hours, 24)
	require.Equal(t, models.UploadCounts{At: time.Date(2026, 5, 3, 10, 0, 0, 0, time.UTC)}, got.Hours[0])
	require.Equal(t, models.UploadCounts{At: time.Date(2026, 5, 4, 9, 0, 0, 0, time.UTC)}, got.Hours[23])
	require.Len(t, got.Days, 30)
	require.Equal(t, time.Date(2026, 4, 5, 0, 0, 0, 0, time.UTC), got.Days[0].At)
	require.Equal(t, time.Date(2026, 5, 4, 0, 0, 0, 0, time.UTC), got.Days[29].At)
	require.Empty(t, got.Outcomes30d)
	require.Empty(t, got.Rejections30d)
	require.Len(t, got.Steps, len(models.StepNames()))
	require.Equal(t, models.StepTimes{Name: models.StepScan}, got.Steps[0])
}

func TestTrends(t *testing.T) {
	t.Parallel()
	d := open(t)
	ada, eve := d.user(), d.user()
	now := time.Now().UTC()
	hour, day := now.Truncate(time.Hour), now.Truncate(24*time.Hour)
	began := func(uploadID string, at time.Time) {
		d.sql(`UPDATE uploads SET created_at = $2 WHERE id = $1`, uploadID, at)
	}
	done := func(owner models.User, content string, at time.Time) {
		up := d.accepted(owner, content)
		_, err := d.carry(t.Context(), up)
		require.NoError(t, err)
		began(up.ID, at)
	}
	done(ada, "cat", hour)
	done(ada, "cat", hour.Add(-time.Second)) // a duplicate, in the hour before
	began(d.accepted(ada, "slow").ID, hour.Add(-23*time.Hour))
	began(d.infected(eve, "virus").ID, hour.Add(-23*time.Hour-time.Second)) // one second too old for the hours
	done(eve, "dog", day.AddDate(0, 0, -29))
	done(eve, "bird", day.AddDate(0, 0, -29).Add(-time.Second)) // one second too old for the days
	failed := d.accepted(eve, "failed")
	require.NoError(t, d.FinishUpload(t.Context(), finish(failed, models.UploadFailed)))
	began(failed.ID, hour)

	got, err := d.Trends(t.Context(), now)
	require.NoError(t, err)
	require.Equal(t, models.UploadCounts{At: hour, Done: 1, Failed: 1}, got.Hours[23])
	require.Equal(t, models.UploadCounts{At: hour.Add(-time.Hour), Done: 1}, got.Hours[22])
	require.Equal(t, models.UploadCounts{At: hour.Add(-23 * time.Hour), Open: 1}, got.Hours[0])
	require.Equal(t, models.UploadCounts{At: day.AddDate(0, 0, -29), Done: 1}, got.Days[0])
	require.Equal(t, models.UploadCounts{Done: 3, Rejected: 1, Failed: 1, Open: 1}, total(got.Days), "each once")
	require.Equal(t, models.UploadCounts{Done: 2, Failed: 1, Open: 1}, total(got.Hours))
	require.Equal(t, map[models.Outcome]int64{models.OutcomeCreated: 1, models.OutcomeDuplicate: 1}, got.Outcomes24h)
	require.Equal(t, map[models.Outcome]int64{models.OutcomeCreated: 2, models.OutcomeDuplicate: 1}, got.Outcomes30d)
	require.Empty(t, got.Rejections24h)
	require.Equal(t, map[models.RejectionCode]int64{models.RejectInfected: 1}, got.Rejections30d)
}

func total(counts []models.UploadCounts) (all models.UploadCounts) {
	for _, c := range counts {
		all.Done += c.Done
		all.Rejected += c.Rejected
		all.Canceled += c.Canceled
		all.Failed += c.Failed
		all.Open += c.Open
	}
	return all
}

func TestStepsAreTimed(t *testing.T) {
	t.Parallel()
	d := open(t)
	ada := d.user()
	began := time.Now()
	took := func(scan, compress time.Duration, attempt int) {
		up := d.accepted(ada, id())
		f := finish(up, models.UploadCanceled)
		f.Steps = models.NewSteps()
		for i, span := range map[int]time.Duration{0: scan, 2: compress} {
			ended := began.Add(span)
			f.Steps[i].State, f.Steps[i].Attempt, f.Steps[i].StartedAt, f.Steps[i].FinishedAt = models.StepDone, attempt, &began, &ended
		}
		f.Steps[5].State, f.Steps[5].Attempt, f.Steps[5].StartedAt = models.StepFailed, 1, &began // never done: no time to count
		require.NoError(t, d.FinishUpload(t.Context(), f))
	}
	for i := range 20 {
		took(time.Duration(i+1)*time.Second, 100*time.Millisecond, 1)
	}
	took(21*time.Second, 100*time.Millisecond, 3)
	d.accepted(ada, "under way") // has no steps yet

	got, err := d.Trends(t.Context(), time.Now())
	require.NoError(t, err)
	require.Equal(t, models.StepTimes{Name: models.StepScan, Count: 21, P50: 11 * time.Second, P95: 20 * time.Second, Retries: 2}, got.Steps[0])
	require.Equal(t, models.StepTimes{Name: models.StepDedup}, got.Steps[1])
	require.Equal(t, models.StepTimes{Name: models.StepCompress, Count: 21, P50: 100 * time.Millisecond, P95: 100 * time.Millisecond, Retries: 2}, got.Steps[2])
	require.Equal(t, models.StepTimes{Name: models.StepNotify}, got.Steps[5])
}

func TestAddressesOfUsers(t *testing.T) {
	t.Parallel()
	d := open(t)
	ada, eve := d.user(), d.user(admin)
	_, err := d.DeleteUser(t.Context(), models.Actor{UserID: eve.ID, Email: eve.Email}, d.user().ID)
	require.NoError(t, err)
	got, err := d.Emails(t.Context(), []string{ada.ID, eve.ID, id()})
	require.NoError(t, err)
	require.Equal(t, map[string]string{ada.ID: ada.Email, eve.ID: eve.Email}, got)
	got, err = d.Emails(t.Context(), nil)
	require.NoError(t, err)
	require.Empty(t, got)
	_, err = d.Emails(t.Context(), []string{"x"})
	require.ErrorIs(t, err, models.ErrNotFound)
}
