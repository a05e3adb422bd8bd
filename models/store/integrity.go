package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"safelight/models"
)

// A check says at every page that it is under way. One that was silent for so
// long has lost its workflow, and stands in no other's way.
const silentCheck = 3 * time.Hour

// keptReports is how many reports are kept with their findings.
const keptReports = 30

// BeginIntegrity makes the report of a check, whose id and workflow the caller
// names, and a line in the audit log. The same run again is the same report.
// While another check is under way it is ErrCheckRunning.
func (s *Store) BeginIntegrity(ctx context.Context, by models.Actor, id, run string, repair bool) (models.IntegrityReport, error) {
	if err := checkIDs(id); err != nil {
		return models.IntegrityReport{}, fail("begin integrity check", err)
	}
	var startedBy *string
	if by.UserID != "" {
		startedBy = &by.UserID
	}
	err := s.transact(ctx, func(tx *gorm.DB) error {
		_, found, err := first[string](tx, `SELECT id::text FROM integrity_reports WHERE run = $1`, run)
		if err != nil || found {
			return err
		}
		_, err = exec(tx, `
			UPDATE integrity_reports SET state = 'failed', finished_at = now()
			 WHERE state = 'running' AND updated_at < now() - make_interval(secs => $1)`, silentCheck.Seconds())
		if err != nil {
			return err
		}
		n, err := exec(tx, `
			INSERT INTO integrity_reports (id, run, repair, started_by) VALUES ($1, $2, $3, $4)
			ON CONFLICT ((true)) WHERE state = 'running' DO NOTHING`, id, run, repair, startedBy)
		if err != nil {
			return err
		}
		if n == 0 {
			return models.ErrCheckRunning
		}
		return record(tx, models.AuditEntry{
			Actor: by, Action: "integrity.started", TargetKind: "integrity", TargetID: id,
			Details: map[string]any{"repair": repair},
		})
	})
	if err != nil {
		return models.IntegrityReport{}, fail("begin integrity check", err)
	}
	return s.integrityReport(ctx, `WHERE r.run = $1`, run)
}

// AddFindings notes what a page of a check has found, and that the check is
// under way. A finding that is there already stays as it is. A check that has
// been ended meanwhile is ErrConflict: it must stop.
func (s *Store) AddFindings(ctx context.Context, reportID string, found []models.Finding) error {
	if err := checkIDs(reportID); err != nil {
		return fail("note findings", err)
	}
	rows := make([]map[string]string, len(found))
	for i, f := range found {
		id, err := newID()
		if err != nil {
			return err
		}
		rows[i] = map[string]string{"id": id, "kind": string(f.Kind), "bucket": f.Bucket, "key": f.Key, "detail": f.Detail}
	}
	text, err := json.Marshal(rows)
	if err != nil {
		return fmt.Errorf("marshal findings: %w", err)
	}
	n, err := exec(s.conn(ctx), `
		WITH report AS (
			UPDATE integrity_reports SET updated_at = now() WHERE id = $1 AND state = 'running' RETURNING id
		), noted AS (
			INSERT INTO integrity_findings (id, report_id, kind, bucket, key, detail)
			SELECT f.id, report.id, f.kind, f.bucket, f.key, f.detail
			  FROM report, jsonb_to_recordset($2::jsonb) AS f (id uuid, kind text, bucket text, key text, detail text)
			ON CONFLICT (report_id, kind, bucket, key) DO NOTHING
		)
		SELECT id FROM report`, reportID, string(text))
	if err == nil && n == 0 {
		err = fmt.Errorf("%w: the check has ended", models.ErrConflict)
	}
	return fail("note findings", err)
}

// SettleFindings ends open findings of a report as repaired or gone, does what
// of the repair is in the rows, and writes a line in the audit log, all in one
// transaction. Those that have ended stay as they are.
func (s *Store) SettleFindings(ctx context.Context, reportID string, settled []models.Finding) error {
	if err := checkIDs(reportID); err != nil {
		return fail("settle findings", err)
	}
	return fail("settle findings", s.transact(ctx, func(tx *gorm.DB) error {
		repaired := map[string]any{}
		for _, f := range settled {
			n, err := exec(tx, `
				UPDATE integrity_findings SET state = $3, ended_at = now()
				 WHERE id = $1 AND report_id = $2 AND state = 'open'`, f.ID, reportID, string(f.State))
			if err != nil {
				return err
			}
			if n == 0 || f.State != models.FindingRepaired {
				continue
			}
			if err := repairRow(tx, f); err != nil {
				return err
			}
			count, _ := repaired[string(f.Kind)].(int)
			repaired[string(f.Kind)] = count + 1
		}
		if len(repaired) == 0 {
			return nil
		}
		by, err := starterOf(tx, reportID)
		if err != nil {
			return err
		}
		return record(tx, models.AuditEntry{
			Actor: by, Action: "integrity.repaired", TargetKind: "integrity", TargetID: reportID, Details: repaired,
		})
	}))
}

// repairRow does what of a repair is in the rows.
func repairRow(tx *gorm.DB, f models.Finding) error {
	switch f.Kind.Repair() {
	case models.RepairMark:
		_, err := exec(tx, `
			UPDATE blobs SET damaged_at = now() FROM blob_variants v
			 WHERE v.key = $1 AND blobs.id = v.blob_id AND damaged_at IS NULL`, f.Key)
		return err
	case models.RepairClose:
		_, err := exec(tx, `
			UPDATE quarantine SET state = 'lost', ended_at = now(), purged_at = now()
			 WHERE state = 'held' AND 'quarantine/' || upload_id = $1`, f.Key)
		return err
	case models.RepairDelete:
	}
	return nil
}

// starterOf is who had a check made; the zero value for the schedule.
func starterOf(tx *gorm.DB, reportID string) (models.Actor, error) {
	type person struct {
		ID    string `gorm:"column:id"`
		Email string `gorm:"column:email"`
	}
	p, _, err := first[person](tx, `
		SELECT coalesce(r.started_by::text, '') AS id, coalesce(u.email, '') AS email
		  FROM integrity_reports r LEFT JOIN users u ON u.id = r.started_by WHERE r.id = $1`, reportID)
	return models.Actor{UserID: p.ID, Email: p.Email}, err
}

// EndIntegrity ends a report and forgets those that are too many. One that has
// ended stays as it is.
func (s *Store) EndIntegrity(ctx context.Context, reportID string, state models.ReportState, c models.IntegrityCounts) error {
	if err := checkIDs(reportID); err != nil {
		return fail("end integrity check", err)
	}
	_, err := exec(s.conn(ctx), `
		WITH old AS (
			DELETE FROM integrity_reports WHERE state <> 'running' AND id IN (
				SELECT id FROM integrity_reports ORDER BY started_at DESC, id DESC OFFSET $6)
		)
		UPDATE integrity_reports SET state = $2, finished_at = now(), objects = $3, checked_rows = $4, hashed_bytes = $5
		 WHERE id = $1 AND state = 'running'`, reportID, string(state), c.Objects, c.Rows, c.HashedBytes, keptReports)
	return fail("end integrity check", err)
}

// reportRow is a row of integrity_reports with the counts of its findings.
type reportRow struct {
	ID         string     `gorm:"column:id"`
	State      string     `gorm:"column:state"`
	Repair     bool       `gorm:"column:repair"`
	StartedBy  *string    `gorm:"column:started_by"`
	StartedAt  time.Time  `gorm:"column:started_at"`
	FinishedAt *time.Time `gorm:"column:finished_at"`
	Objects    int64      `gorm:"column:objects"`
	Rows       int64      `gorm:"column:checked_rows"`
	Bytes      int64      `gorm:"column:hashed_bytes"`
	Kinds      []byte     `gorm:"column:kinds"`
	Repaired   int64      `gorm:"column:repaired"`
}

func (r reportRow) report() (models.IntegrityReport, error) {
	out := models.IntegrityReport{
		ID: r.ID, State: models.ReportState(r.State), Repair: r.Repair, StartedBy: r.StartedBy,
		StartedAt: r.StartedAt.UTC(), FinishedAt: utc(r.FinishedAt), Repaired: r.Repaired,
		Counts:   models.IntegrityCounts{Objects: r.Objects, Rows: r.Rows, HashedBytes: r.Bytes},
		Findings: map[models.FindingKind]int64{},
	}
	if len(r.Kinds) > 0 {
		if err := json.Unmarshal(r.Kinds, &out.Findings); err != nil {
			return out, fmt.Errorf("findings of report %s: %w", r.ID, err)
		}
	}
	return out, nil
}

func (s *Store) integrityReport(ctx context.Context, which string, args ...any) (models.IntegrityReport, error) {
	row, found, err := first[reportRow](s.conn(ctx), `
		SELECT r.id, r.state, r.repair, r.started_by, r.started_at, r.finished_at, r.objects, r.checked_rows, r.hashed_bytes,
		       (SELECT count(*) FROM integrity_findings f WHERE f.report_id = r.id AND f.state = 'repaired') AS repaired,
		       (SELECT json_object_agg(kind, n) FROM (
		               SELECT kind, count(*) AS n FROM integrity_findings f WHERE f.report_id = r.id GROUP BY kind) AS k) AS kinds
		  FROM integrity_reports r `+which, args...)
	if err == nil && !found {
		err = models.ErrNotFound
	}
	if err != nil {
		return models.IntegrityReport{}, fail("read integrity report", err)
	}
	return row.report()
}

// NewestIntegrity reads the newest report, or ErrNotFound.
func (s *Store) NewestIntegrity(ctx context.Context) (models.IntegrityReport, error) {
	return s.integrityReport(ctx, `ORDER BY r.started_at DESC, r.id DESC LIMIT 1`)
}

// findingRow is a row of integrity_findings.
type findingRow struct {
	ID       string     `gorm:"column:id"`
	ReportID string     `gorm:"column:report_id"`
	Kind     string     `gorm:"column:kind"`
	Bucket   string     `gorm:"column:bucket"`
	Key      string     `gorm:"column:key"`
	Detail   string     `gorm:"column:detail"`
	State    string     `gorm:"column:state"`
	FoundAt  time.Time  `gorm:"column:found_at"`
	EndedAt  *time.Time `gorm:"column:ended_at"`
}

func (r findingRow) finding() (models.Finding, error) {
	return models.Finding{
		ID: r.ID, ReportID: r.ReportID, Kind: models.FindingKind(r.Kind), Bucket: r.Bucket, Key: r.Key, Detail: r.Detail,
		State: models.FindingState(r.State), FoundAt: r.FoundAt.UTC(), EndedAt: utc(r.EndedAt),
	}, nil
}

// ListFindings lists findings of a report in the order they were found. A
// report that is not there has none.
func (s *Store) ListFindings(ctx context.Context, f models.FindingFilter) (models.Page[models.Finding], error) {
	none := models.Page[models.Finding]{Items: []models.Finding{}}
	if !isID(f.ReportID) {
		return none, nil
	}
	tag, limit := listTag("findings", f.ReportID, string(f.Kind), string(f.State)), pageSize(f.Limit)
	q := s.conn(ctx).Table("integrity_findings").Where("report_id = ?", f.ReportID).Order("id").Limit(limit + 1)
	if f.Kind != "" {
		q = q.Where("kind = ?", string(f.Kind))
	}
	if f.State != "" {
		q = q.Where("state = ?", string(f.State))
	}
	if f.Cursor != "" {
		c, err := decodeCursor(f.Cursor, tag)
		if err := errors.Join(err, c.checkID()); err != nil {
			return none, fail("list findings", err)
		}
		q = q.Where("id > ?", c.ID)
	}
	var rows []findingRow
	if err := q.Scan(&rows).Error; err != nil {
		return none, fail("list findings", err)
	}
	return page(rows, limit, findingRow.finding, func(r findingRow) cursor { return cursor{List: tag, ID: r.ID} })
}
