package store

import (
	"context"
	"time"

	"safelight/models"
)

// UnstartedUploads lists uploads under way that show no sign of a workflow, the
// oldest first: in processing and never begun since longer than grace, or in
// processing or stalled and silent for longer than silence (who waits for a
// person must have a workflow that hears the answer). The silent ones count as seen from now on, so that
// they are listed once per silence and not each time; the others are listed
// until they begin.
func (s *Store) UnstartedUploads(ctx context.Context, grace, silence time.Duration, limit int) ([]models.Upload, error) {
	var rows []uploadRow
	err := again(ctx, func() (err error) {
		// Any update sets updated_at (by trigger); this one changes nothing else.
		rows, err = every[uploadRow](s.conn(ctx), `
			WITH due AS (
				SELECT *, state = 'processing' AND seq <= $1 AND updated_at < now() - make_interval(secs => $2) AS unbegun
				  FROM uploads
				 WHERE state = 'processing' AND seq <= $1 AND updated_at < now() - make_interval(secs => $2)
				    OR state IN ('processing', 'stalled') AND updated_at < now() - make_interval(secs => $3)
				 ORDER BY created_at, id LIMIT $4 FOR NO KEY UPDATE SKIP LOCKED
			), seen AS (
				UPDATE uploads SET seq = uploads.seq FROM due WHERE uploads.id = due.id AND NOT due.unbegun
			)
			SELECT `+uploadColumns+` FROM due ORDER BY created_at, id`,
			int64(models.SeqStride), grace.Seconds(), silence.Seconds(), limit)
		return err
	})
	if err != nil {
		return nil, fail("list unstarted uploads", err)
	}
	return uploadsOf(rows)
}

// AbandonReceiving fails up to limit uploads that are receiving and have shown
// no change since before the given time, or, where they can be resumed, until
// the time for that has run out, and returns their ids. What lies in the object
// store for them is the caller's to delete.
func (s *Store) AbandonReceiving(ctx context.Context, before time.Time, limit int) ([]string, error) {
	var rows []uploadRow
	err := again(ctx, func() (err error) {
		rows, err = every[uploadRow](s.conn(ctx), `
			WITH ended AS (
				UPDATE uploads SET state = 'failed', finished_at = now(), reserved_bytes = 0, seq = seq + $3
				 WHERE id IN (
					SELECT id FROM uploads WHERE state = 'receiving' AND CASE
						WHEN resumable_until IS NULL THEN updated_at < $1
						ELSE resumable_until <= now() AND NOT (`+aliveSQL+`) END
					 ORDER BY created_at, id LIMIT $2 FOR UPDATE SKIP LOCKED)
				RETURNING id, owner_id
			)
			SELECT id, emit_signal('progress', owner_id, id, 'row') FROM ended`,
			before, limit, int64(models.SeqStride))
		return err
	})
	if err != nil {
		return nil, fail("abandon uploads in receiving", err)
	}
	ids := make([]string, len(rows))
	for i, r := range rows {
		ids[i] = r.ID
	}
	return ids, nil
}
