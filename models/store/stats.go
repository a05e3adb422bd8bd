package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"

	"safelight/models"
)

type statsRow struct {
	Users       int64  `gorm:"column:users"`
	Admins      int64  `gorm:"column:admins"`
	Suspended   int64  `gorm:"column:suspended"`
	Files       int64  `gorm:"column:files"`
	Trashed     int64  `gorm:"column:trashed"`
	Versions    int64  `gorm:"column:versions"`
	Stored      int64  `gorm:"column:stored"`
	Compression int64  `gorm:"column:compression"`
	Dedup       int64  `gorm:"column:dedup"`
	Held        int64  `gorm:"column:held"`
	Day         []byte `gorm:"column:day"`
	Month       []byte `gorm:"column:month"`
}

// What is shared is what all versions would take up, less what those blobs do
// that have versions. An upload that stored nothing would have taken what the
// version takes that it was found in. Uploads of the last days are found by
// their ids, which grow with time and have an index.
const statsSQL = `
	WITH people AS (
		SELECT count(*) AS users, count(*) FILTER (WHERE role = 'admin') AS admins,
		       count(*) FILTER (WHERE status = 'suspended') AS suspended FROM users WHERE deleted_at IS NULL
	), documents AS (
		SELECT count(*) AS files, count(*) FILTER (WHERE trashed_at IS NOT NULL) AS trashed FROM files
	), kept AS (
		SELECT count(*) AS versions, coalesce(sum(stored_bytes), 0) AS taken FROM versions
	), objects AS (
		SELECT coalesce(sum(p.size), 0) AS stored, coalesce(sum(p.size) FILTER (WHERE b.unreferenced_since IS NULL), 0) AS used,
		       coalesce(sum(b.original_size - p.size) FILTER (WHERE p.name = 'full'), 0) AS compression
		  FROM blob_variants p JOIN blobs b ON b.id = p.blob_id
	), again AS (
		SELECT coalesce(sum(v.stored_bytes), 0) AS spared
		  FROM uploads u JOIN versions v ON v.file_id = u.file_id AND v.number = u.version_number
		 WHERE u.state = 'done' AND u.outcome IN ('duplicate', 'restored', 'unchanged')
	), recent AS (
		SELECT state, count(*) AS month, count(*) FILTER (WHERE created_at > now() - interval '24 hours') AS day
		  FROM uploads WHERE id >= $1::uuid AND created_at > now() - interval '30 days' GROUP BY state
	)
	SELECT users, admins, suspended, files, trashed, versions, stored, greatest(compression, 0) AS compression,
	       greatest(taken - used, 0) + spared AS dedup,
	       (SELECT count(*) FROM quarantine WHERE state = 'held') AS held,
	       (SELECT json_object_agg(state, day) FROM recent) AS day, (SELECT json_object_agg(state, month) FROM recent) AS month
	  FROM people, documents, kept, objects, again`

// Stats counts everything. It reads whole tables: not for every request.
func (s *Store) Stats(ctx context.Context) (models.Stats, error) {
	row, _, err := first[statsRow](s.conn(ctx), statsSQL, lowestID(time.Now().Add(-31*24*time.Hour)))
	if err != nil {
		return models.Stats{}, fail("count everything", err)
	}
	out := models.Stats{
		Users: row.Users, Admins: row.Admins, Suspended: row.Suspended,
		Files: row.Files, Trashed: row.Trashed, Versions: row.Versions,
		StoredBytes: row.Stored, SavedByCompression: row.Compression, SavedByDedup: row.Dedup, Held: row.Held,
	}
	if out.Uploads24h, err = byState(row.Day); err != nil {
		return models.Stats{}, err
	}
	out.Uploads30d, err = byState(row.Month)
	return out, err
}

// byState reads counts of uploads; a state that none is in counts zero.
func byState(text []byte) (map[models.UploadState]int64, error) {
	counts := map[models.UploadState]int64{}
	for _, state := range models.UploadStates() {
		counts[state] = 0
	}
	if len(text) == 0 {
		return counts, nil
	}
	if err := json.Unmarshal(text, &counts); err != nil {
		return nil, fmt.Errorf("counts of uploads: %w", err)
	}
	return counts, nil
}

// lowestID is not above any UUIDv7 made at t or later.
func lowestID(t time.Time) string {
	var id uuid.UUID
	ms := uint64(max(t.UnixMilli(), 0))
	for i := range 6 {
		id[i] = byte(ms >> (8 * (5 - i)))
	}
	return id.String()
}
