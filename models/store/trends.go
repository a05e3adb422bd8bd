package store

import (
	"context"
	"time"

	"safelight/models"
)

const (
	trendHours = 24
	trendDays  = 30
	// trendUploads is in how many of the newest uploads the steps are timed:
	// their pictures are read one by one.
	trendUploads = 2000
)

type trendRow struct {
	At        time.Time          `gorm:"column:at"`
	State     models.UploadState `gorm:"column:state"`
	Outcome   string             `gorm:"column:outcome"`
	Rejection string             `gorm:"column:rejection"`
	N         int64              `gorm:"column:n"`
}

// By hour from $3 on, and by day before: some hundred rows at most. All columns
// are in uploads_recent.
const trendsSQL = `
	SELECT CASE WHEN created_at >= $3 THEN date_trunc('hour', created_at, 'UTC') ELSE date_trunc('day', created_at, 'UTC') END AS at,
	       state, coalesce(outcome, '') AS outcome, coalesce(rejection_code, '') AS rejection, count(*) AS n
	  FROM uploads WHERE id >= $1::uuid AND created_at >= $2 GROUP BY 1, 2, 3, 4`

type stepTimesRow struct {
	Name    models.StepName `gorm:"column:name"`
	Count   int64           `gorm:"column:count"`
	P50     float64         `gorm:"column:p50"`
	P95     float64         `gorm:"column:p95"`
	Retries int64           `gorm:"column:retries"`
}

const stepTimesSQL = `
	WITH newest AS (
		SELECT steps FROM uploads WHERE id >= $1::uuid ORDER BY id DESC LIMIT $2
	), taken AS (
		SELECT s->>'name' AS name, (s->>'attempt')::int AS attempt,
		       CASE WHEN s->>'state' = 'done' THEN
		           extract(epoch FROM (s->>'finishedAt')::timestamptz - (s->>'startedAt')::timestamptz) END AS seconds
		  FROM newest CROSS JOIN jsonb_array_elements(newest.steps) s WHERE newest.steps IS NOT NULL
	)
	SELECT name, count(seconds) AS count, sum(greatest(attempt - 1, 0)) AS retries,
	       coalesce(percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds), 0) AS p50,
	       coalesce(percentile_cont(0.95) WITHIN GROUP (ORDER BY seconds), 0) AS p95
	  FROM taken GROUP BY name`

// Trends counts the uploads of the last days, as of now. It reads a part of an
// index: not for every request.
func (s *Store) Trends(ctx context.Context, now time.Time) (models.Trends, error) {
	hour, day := now.UTC().Truncate(time.Hour), now.UTC().Truncate(24*time.Hour)
	firstHour, firstDay := hour.Add(-(trendHours-1)*time.Hour), day.AddDate(0, 0, -(trendDays-1))
	oldest := lowestID(firstDay.Add(-24 * time.Hour)) // an id is made a little before its row
	rows, err := every[trendRow](s.conn(ctx), trendsSQL, oldest, firstDay, firstHour)
	if err != nil {
		return models.Trends{}, fail("count uploads over time", err)
	}
	out := models.Trends{
		Hours: make([]models.UploadCounts, trendHours), Days: make([]models.UploadCounts, trendDays),
		Outcomes24h: map[models.Outcome]int64{}, Outcomes30d: map[models.Outcome]int64{},
		Rejections24h: map[models.RejectionCode]int64{}, Rejections30d: map[models.RejectionCode]int64{},
	}
	for i := range out.Hours {
		out.Hours[i].At = firstHour.Add(time.Duration(i) * time.Hour)
	}
	for i := range out.Days {
		out.Days[i].At = firstDay.AddDate(0, 0, i)
	}
	for _, r := range rows {
		countTrend(out.Days, 24*time.Hour, r, out.Outcomes30d, out.Rejections30d)
		countTrend(out.Hours, time.Hour, r, out.Outcomes24h, out.Rejections24h)
	}
	out.Steps, err = s.stepTimes(ctx, oldest)
	return out, err
}

// countTrend counts a row where it lies within the points, which are span apart.
func countTrend(
	points []models.UploadCounts, span time.Duration, r trendRow, outcomes map[models.Outcome]int64, rejections map[models.RejectionCode]int64,
) {
	since := r.At.Sub(points[0].At)
	if since < 0 || since >= span*time.Duration(len(points)) {
		return
	}
	points[since/span].Add(r.State, r.N)
	if r.Outcome != "" && r.State == models.UploadDone {
		outcomes[models.Outcome(r.Outcome)] += r.N
	}
	if r.Rejection != "" {
		rejections[models.RejectionCode(r.Rejection)] += r.N
	}
}

// stepTimes are the steps in their order, those that no upload took included.
func (s *Store) stepTimes(ctx context.Context, oldest string) ([]models.StepTimes, error) {
	rows, err := every[stepTimesRow](s.conn(ctx), stepTimesSQL, oldest, trendUploads)
	if err != nil {
		return nil, fail("time the steps of uploads", err)
	}
	found := make(map[models.StepName]stepTimesRow, len(rows))
	for _, r := range rows {
		found[r.Name] = r
	}
	names := models.StepNames()
	out := make([]models.StepTimes, len(names))
	for i, name := range names {
		r := found[name]
		out[i] = models.StepTimes{Name: name, Count: r.Count, P50: seconds(r.P50), P95: seconds(r.P95), Retries: r.Retries}
	}
	return out, nil
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }
