package api

import (
	"context"
	"fmt"
	"slices"
	"time"

	"safelight/models"
	"safelight/storage"
)

// AdminRows is the part of the store that only administrators use. Methods that
// take an Actor or an AuditEntry write the audit log in their transaction.
type AdminRows interface {
	Stats(ctx context.Context) (models.Stats, error)
	// Trends counts the uploads of the last days as of now.
	Trends(ctx context.Context, now time.Time) (models.Trends, error)
	// Emails gives the addresses of users by their ids; who is not there is left out.
	Emails(ctx context.Context, ids []string) (map[string]string, error)
	ListAudit(ctx context.Context, f models.AuditFilter) (models.Page[models.AuditEntry], error)
	// Audited writes the entry before do, and where do fails another one that says so.
	Audited(ctx context.Context, e models.AuditEntry, do func(context.Context) error) error
	CancelReceivingAudited(ctx context.Context, scope models.Scope, id string, e models.AuditEntry) (bool, error)

	ListQuarantine(ctx context.Context, f models.QuarantineFilter) (models.Page[models.Quarantined], error)
	QuarantineByID(ctx context.Context, uploadID string) (models.Quarantined, error)
	ReleaseQuarantined(ctx context.Context, by models.Actor, r models.Release) (models.Upload, error)
	DeleteQuarantined(ctx context.Context, by models.Actor, uploadID string) error
	MarkPurged(ctx context.Context, uploadIDs []string) error

	BeginIntegrity(ctx context.Context, by models.Actor, id, run string, repair bool) (models.IntegrityReport, error)
	EndIntegrity(ctx context.Context, reportID string, state models.ReportState, c models.IntegrityCounts) error
	NewestIntegrity(ctx context.Context) (models.IntegrityReport, error)
	ListFindings(ctx context.Context, f models.FindingFilter) (models.Page[models.Finding], error)
}

// AdminObjects looks at locked-up objects and deletes them. None is ever read.
type AdminObjects interface {
	Stat(ctx context.Context, ref storage.Ref) (storage.Info, error)
	Delete(ctx context.Context, refs ...storage.Ref) error
}

// Starter starts workflows. One that runs already is success.
type Starter interface {
	StartUpload(ctx context.Context, up *models.Upload) error
	StartIntegrity(ctx context.Context, reportID string, repair bool) error
}

// Queues tells how much waits in the task queues.
type Queues interface {
	Backlog(ctx context.Context) ([]models.QueueBacklog, error)
}

// AdminParts are what the routes of administrators need. All fields are required.
type AdminParts struct {
	Rows    AdminRows
	Objects AdminObjects
	Starter Starter
	Queues  Queues
}

func (p AdminParts) incomplete() bool {
	return p.Rows == nil || p.Objects == nil || p.Starter == nil || p.Queues == nil
}

// operationsRoutes registers what administrators do besides keeping accounts.
func (a *App) operationsRoutes() {
	a.statsRoutes()
	a.adminFileRoutes()
	a.adminUploadRoutes()
	a.quarantineRoutes()
	a.integrityRoutes()
	a.auditRoutes()
}

// emailsOf gives the addresses of the owners of things, for who has to know
// whom to talk to. An owner whose account is gone has none.
func emailsOf[T any](ctx context.Context, rows AdminRows, things []T, owner func(T) string) (map[string]string, error) {
	ids := make([]string, len(things))
	for i, thing := range things {
		ids[i] = owner(thing)
	}
	slices.Sort(ids)
	emails, err := rows.Emails(ctx, slices.Compact(ids))
	if err != nil {
		return nil, fmt.Errorf("read addresses of owners: %w", err)
	}
	return emails, nil
}
