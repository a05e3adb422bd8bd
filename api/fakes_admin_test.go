package api

import (
	"context"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"safelight/models"
	"safelight/storage"
)

// fakeAdmin keeps what administrators see in memory, by the contract that the
// interfaces of this package state. It is its own starter and its own queues.
type fakeAdmin struct {
	mu       sync.Mutex
	log      []models.AuditEntry
	locked   map[string]models.Quarantined
	purged   []string
	reports  []models.IntegrityReport
	findings []models.Finding
	filter   models.FindingFilter
	audit    models.AuditFilter
	started  []string
	counted  atomic.Int32
	trended  atomic.Int32
	releases error
	engine   error // of starting workflows and of asking for the queues
	fail     error // of everything else
}

func (f *fakeAdmin) Stats(context.Context) (models.Stats, error) {
	f.counted.Add(1)
	return models.Stats{
		Users: 3, Admins: 1, Files: 7, StoredBytes: 700, SavedByCompression: 70, SavedByDedup: 7,
		Uploads24h: map[models.UploadState]int64{models.UploadDone: 5}, Uploads30d: map[models.UploadState]int64{models.UploadDone: 50},
	}, f.fail
}

func (f *fakeAdmin) Trends(_ context.Context, now time.Time) (models.Trends, error) {
	f.trended.Add(1)
	return models.Trends{
		Hours: []models.UploadCounts{{At: now.Truncate(time.Hour), Done: 5, Open: 1}}, Days: []models.UploadCounts{{At: now.Truncate(24 * time.Hour), Done: 50, Rejected: 2}},
		Outcomes24h: map[models.Outcome]int64{}, Outcomes30d: map[models.Outcome]int64{models.OutcomeCreated: 50},
		Rejections24h: map[models.RejectionCode]int64{}, Rejections30d: map[models.RejectionCode]int64{models.RejectInfected: 2},
		Steps: []models.StepTimes{{Name: models.StepScan, Count: 52, P50: 1500 * time.Millisecond, P95: 4 * time.Second, Retries: 3}},
	}, f.fail
}

func (f *fakeAdmin) Emails(_ context.Context, ids []string) (map[string]string, error) {
	emails := map[string]string{}
	for _, id := range ids {
		emails[id] = id + "@example.org"
	}
	return emails, f.fail
}

func (f *fakeAdmin) Backlog(context.Context) ([]models.QueueBacklog, error) {
	if f.engine != nil {
		return nil, f.engine
	}
	return []models.QueueBacklog{{Name: "safelight-cpu", Kind: "activity", Backlog: 12, Age: 90 * time.Second, AddRate: 1.5, Pollers: 2}}, nil
}

func (f *fakeAdmin) ListAudit(_ context.Context, filter models.AuditFilter) (models.Page[models.AuditEntry], error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.audit = filter
	return models.Page[models.AuditEntry]{Items: slices.Clone(f.log)}, f.fail
}

func (f *fakeAdmin) record(e models.AuditEntry) {
	f.mu.Lock()
	defer f.mu.Unlock()
	e.ID, e.At = uuid.NewString(), time.Now()
	f.log = append(f.log, e)
}

func (f *fakeAdmin) Audited(ctx context.Context, e models.AuditEntry, do func(context.Context) error) error {
	if f.fail != nil {
		return f.fail
	}
	f.record(e)
	err := do(ctx)
	if err != nil {
		e.Details = maps.Clone(e.Details)
		e.Details["failed"] = err.Error()
		f.record(e)
	}
	return err
}

func (f *fakeAdmin) CancelReceivingAudited(_ context.Context, _ models.Scope, _ string, e models.AuditEntry) (bool, error) {
	f.record(e)
	return true, f.fail
}

// lock puts something into quarantine.
func (f *fakeAdmin) lock(owner models.User) models.Quarantined {
	q := models.Quarantined{
		UploadID: uuid.NewString(), OwnerID: owner.ID, OwnerEmail: owner.Email, Name: "cat.jpg", Size: 5, SHA256: strings.Repeat("a", 64),
		MIMEType: "image/jpeg", Signature: "False.Positive", State: models.QuarantineHeld, CreatedAt: time.Now(),
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.locked[q.UploadID] = q
	return q
}

func (f *fakeAdmin) ListQuarantine(_ context.Context, filter models.QuarantineFilter) (models.Page[models.Quarantined], error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	var p models.Page[models.Quarantined]
	for _, q := range f.locked {
		if filter.State == "" || q.State == filter.State {
			p.Items = append(p.Items, q)
		}
	}
	return p, f.fail
}

func (f *fakeAdmin) QuarantineByID(_ context.Context, id string) (models.Quarantined, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	q, ok := f.locked[id]
	if !ok {
		return q, models.ErrNotFound
	}
	return q, f.fail
}

func (f *fakeAdmin) end(id string, change func(*models.Quarantined)) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	q, ok := f.locked[id]
	switch {
	case !ok:
		return models.ErrNotFound
	case q.State != models.QuarantineHeld:
		return models.ErrNotHeld
	}
	change(&q)
	f.locked[id] = q
	return f.fail
}

func (f *fakeAdmin) ReleaseQuarantined(_ context.Context, by models.Actor, r models.Release) (models.Upload, error) {
	if f.releases != nil {
		return models.Upload{}, f.releases
	}
	err := f.end(r.UploadID, func(q *models.Quarantined) {
		q.State, q.Reason, q.ReleasedAs, q.EndedBy = models.QuarantineReleased, r.Reason, &r.NewID, &by.UserID
	})
	if err == nil {
		f.record(models.AuditEntry{Actor: by, Action: "quarantine.released", TargetID: r.UploadID})
	}
	return models.Upload{ID: r.NewID, State: models.UploadProcessing}, err
}

func (f *fakeAdmin) DeleteQuarantined(_ context.Context, by models.Actor, id string) error {
	err := f.end(id, func(q *models.Quarantined) { q.State, q.EndedBy = models.QuarantineDeleted, &by.UserID })
	if err == nil {
		f.record(models.AuditEntry{Actor: by, Action: "quarantine.deleted", TargetID: id})
	}
	return err
}

func (f *fakeAdmin) MarkPurged(_ context.Context, ids []string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.purged = append(f.purged, ids...)
	return f.fail
}

func (f *fakeAdmin) BeginIntegrity(_ context.Context, by models.Actor, id, _ string, repair bool) (models.IntegrityReport, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if n := len(f.reports); n > 0 && f.reports[n-1].State == models.ReportRunning {
		return models.IntegrityReport{}, models.ErrCheckRunning
	}
	r := models.IntegrityReport{ID: id, State: models.ReportRunning, Repair: repair, StartedBy: &by.UserID, StartedAt: time.Now(), Findings: map[models.FindingKind]int64{}}
	f.reports = append(f.reports, r)
	return r, f.fail
}

func (f *fakeAdmin) EndIntegrity(_ context.Context, id string, state models.ReportState, _ models.IntegrityCounts) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i := range f.reports {
		if f.reports[i].ID == id {
			f.reports[i].State = state
		}
	}
	return f.fail
}

func (f *fakeAdmin) NewestIntegrity(context.Context) (models.IntegrityReport, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.reports) == 0 {
		return models.IntegrityReport{}, models.ErrNotFound
	}
	return f.reports[len(f.reports)-1], f.fail
}

func (f *fakeAdmin) ListFindings(_ context.Context, filter models.FindingFilter) (models.Page[models.Finding], error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.filter = filter
	return models.Page[models.Finding]{Items: f.findings, Next: "more"}, f.fail
}

func (f *fakeAdmin) StartUpload(_ context.Context, up *models.Upload) error {
	return f.start("upload " + up.ID)
}

func (f *fakeAdmin) StartIntegrity(_ context.Context, id string, _ bool) error {
	return f.start("integrity " + id)
}

func (f *fakeAdmin) start(what string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.engine == nil {
		f.started = append(f.started, what)
	}
	return f.engine
}

// actions lists what the audit log tells of.
func (f *fakeAdmin) actions() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	var out []string
	for _, e := range f.log {
		out = append(out, e.Action+" "+e.TargetID)
	}
	slices.Sort(out)
	return out
}

// Stat and Delete make the objects in memory those of the quarantine too.
func (o *fakeObjects) Stat(_ context.Context, ref storage.Ref) (storage.Info, error) {
	b, ok := o.bytes[ref.Key]
	if !ok && o.fail == nil {
		return storage.Info{}, storage.ErrNotFound
	}
	return storage.Info{Ref: ref, Size: int64(len(b))}, o.fail
}

func (o *fakeObjects) Delete(_ context.Context, refs ...storage.Ref) error {
	for _, ref := range refs {
		if o.fail == nil {
			delete(o.bytes, ref.Key)
		}
	}
	return o.fail
}

// page lists uploads as the store does: filtered, by id, newest first.
func (u *quietUploads) page(f models.UploadFilter) models.Page[models.Upload] {
	ids := slices.Sorted(maps.Keys(u.rows))
	slices.Reverse(ids)
	var p models.Page[models.Upload]
	for _, id := range ids {
		up := u.rows[id]
		switch {
		case !f.Scope.Any && up.OwnerID != f.Scope.OwnerID, f.State != "" && up.State != f.State,
			f.Step != "" && up.Step != f.Step, f.Code != "" && string(up.StallCode) != f.Code, f.Cursor != "" && id >= f.Cursor:
			continue
		case f.Limit > 0 && len(p.Items) == f.Limit:
			p.Next = p.Items[f.Limit-1].ID
			return p
		}
		p.Items = append(p.Items, up)
	}
	return p
}
