package api

import (
	"context"
	"fmt"
	"net/http"
)

type versionsInput struct {
	FileInput
	PageInput
}

type versionInput struct {
	FileInput
	Number int `path:"number" minimum:"1" maximum:"2147483647"`
}

type restoredVersionOutput struct {
	Location string `header:"Location" doc:"The content of the new version."`
	Body     versionView
}

// versionRoutes registers the versions of files.
func (a *App) versionRoutes() {
	versions := Prefix + "/files/{id}/versions"
	operation(a, Route{
		ID: "listVersions", Method: http.MethodGet, Path: versions, Permission: ForUsers, Tag: "Versions",
		Summary: "A file's versions, newest first", Status: http.StatusOK, Codes: []Code{CodeNotFound},
	}, a.listVersions)
	operation(a, Route{
		ID: "restoreVersion", Method: http.MethodPost, Path: versions + "/{number}/restore", Permission: ForUsers, Tag: "Versions",
		Summary: "Make an old version current, as a new one", Status: http.StatusCreated,
		Codes: []Code{CodeNotFound, CodeFileTrashed, CodeQuotaExceeded},
	}, a.restoreVersion)
	operation(a, Route{
		ID: "deleteVersion", Method: http.MethodDelete, Path: versions + "/{number}", Permission: ForUsers, Tag: "Versions",
		Summary: "Delete a version that is not current", Status: http.StatusNoContent, Codes: []Code{CodeNotFound, CodeCurrentVersion},
	}, a.deleteVersion)
}

func (a *App) listVersions(ctx context.Context, in *versionsInput) (*pageOutput[versionView], error) {
	p, err := a.Files.Versions(ctx, identityFrom(ctx).Scope(), in.ID, in.Limit, in.Cursor)
	if err != nil {
		return nil, fmt.Errorf("list versions: %w", err)
	}
	return viewPage(p, viewVersion), nil
}

func (a *App) restoreVersion(ctx context.Context, in *versionInput) (*restoredVersionOutput, error) {
	id := identityFrom(ctx)
	v, err := a.Files.RestoreVersion(ctx, id.Scope(), id.User.ID, in.ID, in.Number)
	if err != nil {
		return nil, fmt.Errorf("restore version: %w", err)
	}
	return &restoredVersionOutput{Location: contentLink(in.ID, "full", v.Number), Body: viewVersion(v)}, nil
}

func (a *App) deleteVersion(ctx context.Context, in *versionInput) (*struct{}, error) {
	if err := a.Files.DeleteVersion(ctx, actorFrom(ctx), identityFrom(ctx).Scope(), in.ID, in.Number); err != nil {
		return nil, fmt.Errorf("delete version: %w", err)
	}
	return nil, nil //nolint:nilnil // Huma's way to say 204
}
