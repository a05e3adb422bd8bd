package activities

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"

	"safelight/models"
)

// IntegrityRows is the part of models/store that the integrity check uses.
type IntegrityRows interface {
	// BeginIntegrity makes the report of a run, or finds it. While another check
	// is under way it is models.ErrCheckRunning.
	BeginIntegrity(ctx context.Context, by models.Actor, id, run string, repair bool) (models.IntegrityReport, error)
	// AddFindings notes findings, once each, and that the check is under way;
	// models.ErrConflict where it has been ended.
	AddFindings(ctx context.Context, reportID string, found []models.Finding) error
	// ListFindings lists findings in the order they were found.
	ListFindings(ctx context.Context, f models.FindingFilter) (models.Page[models.Finding], error)
	// SettleFindings ends findings, with what of their repair is in the rows.
	SettleFindings(ctx context.Context, reportID string, settled []models.Finding) error
	// EndIntegrity ends the report.
	EndIntegrity(ctx context.Context, reportID string, state models.ReportState, c models.IntegrityCounts) error

	// StoredVariants lists variants of all blobs after a key, in the order of keys.
	StoredVariants(ctx context.Context, after string, limit int) ([]models.StoredVariant, error)
	// VariantsOfBlob lists the variants of a blob.
	VariantsOfBlob(ctx context.Context, blobID string) ([]models.StoredVariant, error)
	// MarkMended takes the mark of damage from a blob.
	MarkMended(ctx context.Context, blobID string) error
	// HeldQuarantine lists uploads after an id whose original is locked up.
	HeldQuarantine(ctx context.Context, after string, limit int) ([]string, error)
	// QuarantineNeeds reports whether the locked-up object of an upload has a use.
	QuarantineNeeds(ctx context.Context, uploadID string) (bool, error)
}

// IntegrityPhase is a part of an integrity check, which goes page by page.
type IntegrityPhase string

// The phases. Wire format.
const (
	PhaseFinal           IntegrityPhase = "final"           // objects of the final bucket, against the rows
	PhaseBlobs           IntegrityPhase = "blobs"           // rows of stored content, against their objects and hashes
	PhaseTmp             IntegrityPhase = "tmp"             // objects on their way, against the uploads
	PhaseQuarantine      IntegrityPhase = "quarantine"      // locked-up objects, against the rows
	PhaseQuarantineRows  IntegrityPhase = "quarantine-rows" // and the other way round
	PhaseRepair          IntegrityPhase = "repair"          // the findings of the phases before
	errTypeCheckRunning                 = "CheckRunning"
	errTypeCheckHasEnded                = "CheckHasEnded"
)

// Sizes of pages. A page of hashes reads objects to their end.
const (
	listPage   = 1000
	hashPage   = 50
	repairPage = 100
)

// BeginCheckInput names the run that a check belongs to.
type BeginCheckInput struct {
	ReportID string `json:"reportId"`
	Run      string `json:"run"`
	Repair   bool   `json:"repair"`
}

// BeginCheck makes the report of a check that no person has started, and
// returns its id. The same run twice is one report. Another check under way is
// a failure of type CheckRunning, which is not retried.
func (a *Activities) BeginCheck(ctx context.Context, in BeginCheckInput) (string, error) {
	report, err := a.Rows.BeginIntegrity(ctx, models.Actor{}, in.ReportID, in.Run, in.Repair)
	if errors.Is(err, models.ErrCheckRunning) {
		return "", temporal.NewNonRetryableApplicationError("Another check is under way.", errTypeCheckRunning, err)
	}
	if err != nil {
		return "", fmt.Errorf("begin integrity check: %w", err)
	}
	return report.ID, nil
}

// CheckInput names one page of a check. Grace is how old an object must be to
// be missed by nobody: what is younger may be on its way.
type CheckInput struct {
	ReportID string         `json:"reportId"`
	Phase    IntegrityPhase `json:"phase"`
	Cursor   string         `json:"cursor"`
	Grace    time.Duration  `json:"grace"`
}

// CheckResult is what came of a page. Next is empty at the end of the phase.
type CheckResult struct {
	Next   string                 `json:"next"`
	Counts models.IntegrityCounts `json:"counts"`
}

// Check does one page of a check and notes what it finds. Twice is once: a
// finding is noted once, and a repair recognises what was done before. A check
// that has been ended meanwhile is a failure of type CheckHasEnded.
func (a *Activities) Check(ctx context.Context, in CheckInput) (CheckResult, error) {
	defer heartbeat(ctx, nil)()
	check := integrityCheck{Activities: a, before: time.Now().Add(-in.Grace)}
	pages := map[IntegrityPhase]func(context.Context, string) (string, error){
		PhaseFinal: check.finalPage, PhaseBlobs: check.blobsPage, PhaseTmp: check.tmpPage,
		PhaseQuarantine: check.quarantinePage, PhaseQuarantineRows: check.quarantineRowsPage,
	}
	if in.Phase == PhaseRepair {
		return a.repairPage(ctx, in)
	}
	page, ok := pages[in.Phase]
	if !ok {
		return CheckResult{}, temporal.NewNonRetryableApplicationError(fmt.Sprintf("no phase %q", in.Phase), "NoSuchPhase", nil)
	}
	next, err := page(ctx, in.Cursor)
	if err != nil {
		return CheckResult{}, fmt.Errorf("check %s after %q: %w", in.Phase, in.Cursor, err)
	}
	if err := a.Rows.AddFindings(ctx, in.ReportID, check.found); err != nil {
		return CheckResult{}, checkError(err)
	}
	if n := len(check.found); n > 0 {
		activity.GetLogger(ctx).Warn("rows and objects differ", "phase", in.Phase, "findings", n, "first", check.found[0].Key)
	}
	return CheckResult{Next: next, Counts: check.counts}, nil
}

// repairPage repairs a page of what has been found. Each finding is looked at
// again first: what has changed meanwhile is left alone.
func (a *Activities) repairPage(ctx context.Context, in CheckInput) (CheckResult, error) {
	page, err := a.Rows.ListFindings(ctx, models.FindingFilter{
		ReportID: in.ReportID, State: models.FindingOpen, Limit: repairPage, Cursor: in.Cursor,
	})
	if err != nil {
		return CheckResult{}, rowsFailed("list findings: %w", err)
	}
	check := integrityCheck{Activities: a, before: time.Now().Add(-in.Grace)}
	for i, f := range page.Items {
		if page.Items[i].State, err = check.repair(ctx, f); err != nil {
			return CheckResult{}, fmt.Errorf("repair %s: %w", f.Key, err)
		}
	}
	if err := a.Rows.AddFindings(ctx, in.ReportID, nil); err != nil { // still ours
		return CheckResult{}, checkError(err)
	}
	if err := a.Rows.SettleFindings(ctx, in.ReportID, page.Items); err != nil {
		return CheckResult{}, rowsFailed("settle findings: %w", err)
	}
	return CheckResult{Next: page.Next, Counts: check.counts}, nil
}

func checkError(err error) error {
	if errors.Is(err, models.ErrConflict) || errors.Is(err, models.ErrNotFound) {
		return temporal.NewNonRetryableApplicationError("The check has been ended meanwhile.", errTypeCheckHasEnded, err)
	}
	return rowsFailed("note findings: %w", err)
}

// EndCheckInput is how a check ended.
type EndCheckInput struct {
	ReportID string                 `json:"reportId"`
	State    models.ReportState     `json:"state"`
	Counts   models.IntegrityCounts `json:"counts"`
}

// EndCheck ends the report. Twice is once.
func (a *Activities) EndCheck(ctx context.Context, in EndCheckInput) error {
	if err := a.Rows.EndIntegrity(ctx, in.ReportID, in.State, in.Counts); err != nil {
		return fmt.Errorf("end integrity check: %w", err)
	}
	return nil
}
