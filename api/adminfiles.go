package api

import (
	"context"
	"fmt"
	"net/http"

	"safelight/models"
)

type adminListFilesInput struct {
	ListFilesInput
	OwnerID string `query:"ownerId" maxLength:"64" doc:"Only those of this user; by default everybody's."`
}

// adminFileView is a file with whom it belongs to.
type adminFileView struct {
	FileView
	OwnerEmail *string `json:"ownerEmail" doc:"Null where the account is gone."`
}

// adminFileRoutes registers the list of everybody's files. A single file is
// reached like one's own, by /files/{id}.
func (a *App) adminFileRoutes() {
	operation(a, Route{
		ID: "adminListFiles", Method: http.MethodGet, Path: Prefix + "/admin/files", Permission: ForAdmins, Tag: "Operations",
		Summary: "Everybody's files", Status: http.StatusOK,
		Description: "What is found is read and changed by `/files/{id}` and what is below it, as if it were one's own.",
	}, a.adminListFiles)
}

func (a *App) adminListFiles(ctx context.Context, in *adminListFilesInput) (*pageOutput[adminFileView], error) {
	p, err := a.Files.ListFiles(ctx, in.filter(ownedBy(in.OwnerID)))
	if err != nil {
		return nil, fmt.Errorf("list everybody's files: %w", err)
	}
	emails, err := emailsOf(ctx, a.Admin.Rows, p.Items, func(f models.File) string { return f.OwnerID })
	if err != nil {
		return nil, err
	}
	return viewPage(p, func(f models.File) adminFileView {
		return adminFileView{FileView: viewFile(f), OwnerEmail: known(emails[f.OwnerID])}
	}), nil
}

// ownedBy is what belongs to one user, or to anybody.
func ownedBy(ownerID string) models.Scope {
	return models.Scope{OwnerID: ownerID, Any: ownerID == ""}
}
