package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/google/uuid"

	"safelight/models"
	"safelight/workflows"
)

type integrityInput struct {
	PageInput
	Kind  models.FindingKind  `query:"kind" enum:"orphan_object,stray_object,missing_object,damaged_object,tmp_leftover,quarantine_orphan,quarantine_missing" doc:"Only findings of this kind."`
	State models.FindingState `query:"state" enum:"open,repaired,gone" doc:"Only findings in this state."`
}

type startIntegrityInput struct {
	Body *struct {
		Repair bool `json:"repair,omitempty" doc:"Repair what is found as well."`
	}
}

// findingView is one thing that is wrong between rows and objects.
type findingView struct {
	ID      string              `json:"id" format:"uuid"`
	Kind    models.FindingKind  `json:"kind" enum:"orphan_object,stray_object,missing_object,damaged_object,tmp_leftover,quarantine_orphan,quarantine_missing"`
	Bucket  string              `json:"bucket" enum:"tmp,final"`
	Key     string              `json:"key" doc:"Of the object, there or not."`
	Detail  string              `json:"detail"`
	Repair  models.Repair       `json:"repair" enum:"delete_object,mark_damaged,close_quarantine" doc:"What mends it."`
	State   models.FindingState `json:"state" enum:"open,repaired,gone" doc:"gone: by the time of the repair nothing was wrong any more."`
	FoundAt time.Time           `json:"foundAt"`
	EndedAt *time.Time          `json:"endedAt"`
}

// integrityView is a report, with a page of its findings.
type integrityView struct {
	ID          string                       `json:"id" format:"uuid"`
	State       models.ReportState           `json:"state" enum:"running,done,failed"`
	Repair      bool                         `json:"repair" doc:"Findings are repaired as well."`
	StartedBy   *string                      `json:"startedBy" doc:"Null for the nightly one."`
	StartedAt   time.Time                    `json:"startedAt"`
	FinishedAt  *time.Time                   `json:"finishedAt"`
	Objects     int64                        `json:"objects" doc:"How many were listed; known at the end."`
	Rows        int64                        `json:"rows" doc:"How many were compared with their objects; known at the end."`
	HashedBytes int64                        `json:"hashedBytes" doc:"Known at the end."`
	Counts      map[models.FindingKind]int64 `json:"counts" doc:"Findings by kind."`
	Repaired    int64                        `json:"repaired"`
	Findings    page[findingView]            `json:"findings" doc:"In the order they were found."`
}

type integrityOutput struct{ Body integrityView }

func viewFinding(f models.Finding) findingView {
	return findingView{
		ID: f.ID, Kind: f.Kind, Bucket: f.Bucket, Key: f.Key, Detail: f.Detail, Repair: f.Kind.Repair(),
		State: f.State, FoundAt: f.FoundAt.UTC(), EndedAt: f.EndedAt,
	}
}

func viewReport(r models.IntegrityReport, findings models.Page[models.Finding]) integrityView {
	return integrityView{
		ID: r.ID, State: r.State, Repair: r.Repair, StartedBy: r.StartedBy, StartedAt: r.StartedAt.UTC(), FinishedAt: r.FinishedAt,
		Objects: r.Counts.Objects, Rows: r.Counts.Rows, HashedBytes: r.Counts.HashedBytes,
		Counts: r.Findings, Repaired: r.Repaired, Findings: viewPage(findings, viewFinding).Body,
	}
}

// integrityRoutes registers the integrity report.
func (a *App) integrityRoutes() {
	integrity := Prefix + "/admin/integrity"
	operation(a, Route{
		ID: "getIntegrity", Method: http.MethodGet, Path: integrity, Permission: ForAdmins, Tag: "Operations",
		Summary: "The newest integrity report, with a page of its findings", Status: http.StatusOK,
		Description: "404 before the first check.", Codes: []Code{CodeNotFound},
	}, a.getIntegrity)
	operation(a, Route{
		ID: "startIntegrity", Method: http.MethodPost, Path: integrity, Permission: ForAdmins, Tag: "Operations",
		Summary: "Compare rows, objects and hashes, both ways", Status: http.StatusAccepted,
		Description: "With `repair` each finding is repaired, after a second look: objects that belong to nothing are deleted " +
			"(`delete_object`); stored pictures with a missing or damaged object are marked (`mark_damaged`), so that the next upload " +
			"of the same bytes replaces it, and nothing is deleted; rows of the quarantine without an object are ended " +
			"(`close_quarantine`). One check at a time.",
		Codes: []Code{CodeMalformedBody, CodeTooLarge, CodeUnsupportedMedia, CodeCheckRunning, CodeUnavailable},
	}, a.startIntegrity)
}

func (a *App) getIntegrity(ctx context.Context, in *integrityInput) (*integrityOutput, error) {
	report, err := a.Admin.Rows.NewestIntegrity(ctx)
	if err != nil {
		return nil, fmt.Errorf("read integrity report: %w", err)
	}
	findings, err := a.Admin.Rows.ListFindings(ctx, models.FindingFilter{
		ReportID: report.ID, Kind: in.Kind, State: in.State, Limit: in.Limit, Cursor: in.Cursor,
	})
	if err != nil {
		return nil, fmt.Errorf("list findings: %w", err)
	}
	return &integrityOutput{Body: viewReport(report, findings)}, nil
}

func (a *App) startIntegrity(ctx context.Context, in *startIntegrityInput) (*integrityOutput, error) {
	id, repair := uuid.Must(uuid.NewV7()).String(), in.Body != nil && in.Body.Repair
	report, err := a.Admin.Rows.BeginIntegrity(ctx, actorFrom(ctx), id, workflows.IntegrityWorkflowID(id), repair)
	if err != nil {
		return nil, fmt.Errorf("begin integrity check: %w", err)
	}
	asking, cancel := context.WithTimeout(ctx, engineWithin)
	defer cancel()
	if err := a.Admin.Starter.StartIntegrity(asking, id, repair); err != nil {
		// Should it have been started all the same, its first page ends it.
		last, stop := context.WithTimeout(context.WithoutCancel(ctx), engineWithin)
		defer stop()
		ended := a.Admin.Rows.EndIntegrity(last, id, models.ReportFailed, models.IntegrityCounts{})
		return nil, problem(CodeUnavailable, "The workflow engine can not be reached at the moment. Try again in a little while.", errors.Join(err, ended))
	}
	return &integrityOutput{Body: viewReport(report, models.Page[models.Finding]{})}, nil
}
