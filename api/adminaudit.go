package api

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"safelight/models"
)

type listAuditInput struct {
	PageInput
	ActorID string `query:"actorId" maxLength:"64" doc:"Only what this user did."`
	Action  string `query:"action" maxLength:"100" pattern:"^[a-z]+(\\.[a-z_]+)+$" doc:"Only this action." example:"quarantine.released"`
}

// auditView is one line of the audit log.
type auditView struct {
	ID         string         `json:"id" format:"uuid"`
	At         time.Time      `json:"at"`
	ActorID    *string        `json:"actorId" doc:"Who did it; null for the system itself."`
	ActorEmail string         `json:"actorEmail" doc:"As it was at the time."`
	Action     string         `json:"action" example:"upload.retried"`
	TargetKind string         `json:"targetKind" example:"upload"`
	TargetID   string         `json:"targetId" doc:"What it was done to."`
	IP         string         `json:"ip"`
	RequestID  string         `json:"requestId"`
	Details    map[string]any `json:"details" doc:"What else there is to know; depends on the action."`
}

func viewAudit(e models.AuditEntry) auditView {
	v := auditView{
		ID: e.ID, At: e.At.UTC(), ActorID: known(e.Actor.UserID), ActorEmail: e.Actor.Email, Action: e.Action,
		TargetKind: e.TargetKind, TargetID: e.TargetID, IP: e.Actor.IP, RequestID: e.Actor.RequestID, Details: e.Details,
	}
	if v.Details == nil {
		v.Details = map[string]any{}
	}
	return v
}

// auditRoutes registers the audit log. There is no way to change it.
func (a *App) auditRoutes() {
	operation(a, Route{
		ID: "listAudit", Method: http.MethodGet, Path: Prefix + "/admin/audit", Permission: ForAdmins, Tag: "Operations",
		Summary: "Who did what to whom, from where, newest first", Status: http.StatusOK,
		Description: "Append-only: the database itself refuses to change or remove a line.",
	}, a.listAudit)
}

func (a *App) listAudit(ctx context.Context, in *listAuditInput) (*pageOutput[auditView], error) {
	p, err := a.Admin.Rows.ListAudit(ctx, models.AuditFilter{
		ActorID: in.ActorID, Action: in.Action, Limit: in.Limit, Cursor: in.Cursor,
	})
	if err != nil {
		return nil, fmt.Errorf("list audit log: %w", err)
	}
	return viewPage(p, viewAudit), nil
}
