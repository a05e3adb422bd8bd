package activities_test

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"safelight/models"
)

func (r *rows) ExpireQuarantine(_ context.Context, _ time.Time, limit int) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := 0
	for id, state := range r.locked {
		if state == models.QuarantineHeld && n < limit {
			r.locked[id] = models.QuarantineExpired
			n++
		}
	}
	return n, r.down
}

func (r *rows) PurgeableQuarantine(_ context.Context, after string, limit int) ([]string, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var ids []string
	for id, state := range r.locked {
		if state != models.QuarantineHeld && !r.goesOn[id] && id > after && !slices.Contains(r.purged, id) {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids[:min(len(ids), limit)], r.down
}

func (r *rows) MarkPurged(_ context.Context, ids []string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.purged = append(r.purged, ids...)
	return r.down
}

func (r *rows) BeginIntegrity(_ context.Context, _ models.Actor, id, run string, repair bool) (models.IntegrityReport, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.report == nil:
		r.report = &models.IntegrityReport{ID: id, State: models.ReportRunning, Repair: repair, StartedBy: &run}
	case *r.report.StartedBy != run:
		return models.IntegrityReport{}, models.ErrCheckRunning
	}
	return *r.report, r.down
}

func (r *rows) AddFindings(_ context.Context, _ string, found []models.Finding) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.report != nil && r.report.State != models.ReportRunning {
		return models.ErrConflict
	}
	for _, f := range found {
		same := func(g models.Finding) bool { return g.Kind == f.Kind && g.Bucket == f.Bucket && g.Key == f.Key }
		if !slices.ContainsFunc(r.findings, same) {
			f.ID = fmt.Sprintf("%04d", len(r.findings))
			r.findings = append(r.findings, f)
		}
	}
	return r.down
}

func (r *rows) ListFindings(_ context.Context, f models.FindingFilter) (models.Page[models.Finding], error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var p models.Page[models.Finding]
	for _, g := range r.findings {
		if g.State == f.State && g.ID > f.Cursor {
			if len(p.Items) == f.Limit {
				p.Next = p.Items[len(p.Items)-1].ID
				break
			}
			p.Items = append(p.Items, g)
		}
	}
	return p, r.down
}

func (r *rows) SettleFindings(_ context.Context, _ string, settled []models.Finding) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.down != nil {
		return r.down
	}
	for _, s := range settled {
		for i := range r.findings {
			if r.findings[i].ID == s.ID {
				r.findings[i].State = s.State
			}
		}
		if s.State != models.FindingRepaired {
			continue
		}
		id := strings.Split(s.Key, "/")[1]
		switch s.Kind.Repair() {
		case models.RepairMark:
			r.damaged[id] = true
		case models.RepairClose:
			r.locked[id] = models.QuarantineLost
		case models.RepairDelete:
		}
	}
	return nil
}

func (r *rows) EndIntegrity(_ context.Context, _ string, state models.ReportState, c models.IntegrityCounts) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.report.State, r.report.Counts = state, c
	return r.down
}

func (r *rows) variants(which func(models.StoredVariant) bool) []models.StoredVariant {
	var out []models.StoredVariant
	for _, b := range r.blobs {
		for _, v := range b.Variants {
			if s := (models.StoredVariant{Variant: v, BlobID: b.ID, Damaged: r.damaged[b.ID]}); which(s) {
				out = append(out, s)
			}
		}
	}
	slices.SortFunc(out, func(a, b models.StoredVariant) int { return cmp.Compare(a.Key, b.Key) })
	return out
}

func (r *rows) StoredVariants(_ context.Context, after string, limit int) ([]models.StoredVariant, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := r.variants(func(v models.StoredVariant) bool { return v.Key > after })
	return out[:min(len(out), limit)], r.down
}

func (r *rows) VariantsOfBlob(_ context.Context, id string) ([]models.StoredVariant, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.variants(func(v models.StoredVariant) bool { return v.BlobID == id }), r.down
}

func (r *rows) MarkMended(_ context.Context, id string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.damaged, id)
	return r.down
}

func (r *rows) HeldQuarantine(_ context.Context, after string, limit int) ([]string, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var ids []string
	for id, state := range r.locked {
		if state == models.QuarantineHeld && id > after {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids[:min(len(ids), limit)], r.down
}

func (r *rows) QuarantineNeeds(_ context.Context, id string) (bool, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.locked[id] == models.QuarantineHeld || r.goesOn[id], r.down
}
