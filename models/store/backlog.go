package store

import (
	"context"
	"time"

	"safelight/models"
)

type backlogRow struct {
	What  string  `gorm:"column:what"`
	Count int64   `gorm:"column:count"`
	Age   float64 `gorm:"column:age"` // seconds
}

// Every count ends at $1 rows of one index; the oldest is the first of an index.
const backlogSQL = `
	SELECT s.state AS what,
	       (SELECT count(*) FROM (SELECT 1 FROM uploads u WHERE u.state = s.state LIMIT $1) AS few) AS count,
	       coalesce(extract(epoch FROM now() - (SELECT u.created_at FROM uploads u WHERE u.state = s.state ORDER BY u.id LIMIT 1)), 0)::float8 AS age
	  FROM (VALUES ('receiving'), ('processing'), ('stalled')) AS s (state)
	UNION ALL
	SELECT 'deliveries', (SELECT count(*) FROM (SELECT 1 FROM webhook_deliveries WHERE state = 'pending' LIMIT $1) AS few),
	       coalesce(extract(epoch FROM now() - (SELECT created_at FROM webhook_deliveries WHERE state = 'pending' ORDER BY seq LIMIT 1)), 0)::float8
	UNION ALL
	SELECT 'held', (SELECT count(*) FROM (SELECT 1 FROM quarantine WHERE state = 'held' LIMIT $1) AS few), 0`

// Backlog counts what waits. It reads nothing but the beginnings of indexes:
// for every scrape.
func (s *Store) Backlog(ctx context.Context) (models.Backlog, error) {
	rows, err := every[backlogRow](s.conn(ctx), backlogSQL, models.BacklogLimit)
	if err != nil {
		return models.Backlog{}, fail("count what waits", err)
	}
	var out models.Backlog
	for _, r := range rows {
		age := time.Duration(max(r.Age, 0) * float64(time.Second))
		switch r.What {
		case "deliveries":
			out.Deliveries, out.OldestDelivery = r.Count, age
		case "held":
			out.Held = r.Count
		default:
			out.Uploads = append(out.Uploads, models.StateBacklog{State: models.UploadState(r.What), Count: r.Count, Oldest: age})
		}
	}
	return out, nil
}
