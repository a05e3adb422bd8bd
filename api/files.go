package api

import (
	"context"
	"fmt"
	"net/http"

	"safelight/models"
)

// ListFilesInput says which files to list, and in which order.
type ListFilesInput struct {
	PageInput
	Q       string          `query:"q" maxLength:"200" doc:"A part of the name, whatever its case. Pages of a search may be shorter than the limit, even empty, with more to come: the end is where nextCursor is null."`
	Sort    models.FileSort `query:"sort" enum:"createdAt,name,size" default:"createdAt" doc:"What the list goes by."`
	Order   string          `query:"order" enum:"asc,desc" doc:"By default desc, and asc for names."`
	Trashed bool            `query:"trashed" doc:"What lies in the trash, in place of what does not."`
}

// FileInput names a file.
type FileInput struct {
	ID string `path:"id" maxLength:"64"`
}

type renameFileInput struct {
	FileInput
	Body struct {
		Name string `json:"name" minLength:"1" maxLength:"10000" example:"cat.jpg"`
	}
}

type deleteFileInput struct {
	FileInput
	Permanent bool `query:"permanent" doc:"Delete it for good, from the trash or past it."`
}

type fileOutput struct{ Body fileView }

// fileRoutes registers files and their content.
func (a *App) fileRoutes() {
	file := Prefix + "/files/{id}"
	operation(a, Route{
		ID: "listFiles", Method: http.MethodGet, Path: Prefix + "/files", Permission: ForUsers, Tag: "Files",
		Summary: "My files", Status: http.StatusOK,
	}, a.listFiles)
	operation(a, Route{
		ID: "getFile", Method: http.MethodGet, Path: file, Permission: ForUsers, Tag: "Files",
		Summary: "A file", Status: http.StatusOK, Codes: []Code{CodeNotFound},
	}, a.getFile)
	operation(a, Route{
		ID: "renameFile", Method: http.MethodPatch, Path: file, Permission: ForUsers, Tag: "Files",
		Summary: "Rename a file", Status: http.StatusOK,
		Description: "Of a path the last component is taken; characters that can not be seen are dropped.",
		Codes:       []Code{CodeNotFound, CodeNameTooLong, CodeMalformedBody, CodeTooLarge, CodeUnsupportedMedia},
	}, a.renameFile)
	operation(a, Route{
		ID: "deleteFile", Method: http.MethodDelete, Path: file, Permission: ForUsers, Tag: "Files",
		Summary: "Put a file into the trash, or delete it for good", Status: http.StatusNoContent, Codes: []Code{CodeNotFound},
	}, a.deleteFile)
	operation(a, Route{
		ID: "restoreFile", Method: http.MethodPost, Path: file + "/restore", Permission: ForUsers, Tag: "Files",
		Summary: "Take a file out of the trash", Status: http.StatusOK, Codes: []Code{CodeNotFound, CodeQuotaExceeded},
	}, a.restoreFile)
	a.similarRoute()
	a.contentRoute()
}

func (in *ListFilesInput) filter(scope models.Scope) models.FileFilter {
	return models.FileFilter{
		Scope: scope, Q: in.Q, Sort: in.Sort, Trashed: in.Trashed, Limit: in.Limit, Cursor: in.Cursor,
		Descending: in.Order == "desc" || in.Order == "" && in.Sort != models.SortName,
	}
}

func (a *App) listFiles(ctx context.Context, in *ListFilesInput) (*pageOutput[fileView], error) {
	mine := models.Scope{OwnerID: identityFrom(ctx).User.ID} // for admins too
	p, err := a.Files.ListFiles(ctx, in.filter(mine))
	if err != nil {
		return nil, fmt.Errorf("list files: %w", err)
	}
	return viewPage(p, viewFile), nil
}

func (a *App) getFile(ctx context.Context, in *FileInput) (*fileOutput, error) {
	f, err := a.Files.FileByID(ctx, identityFrom(ctx).Scope(), in.ID)
	if err != nil {
		return nil, fmt.Errorf("read file: %w", err)
	}
	return &fileOutput{Body: viewFile(f)}, nil
}

func (a *App) renameFile(ctx context.Context, in *renameFileInput) (*fileOutput, error) {
	name, err := models.CleanName(in.Body.Name, a.Config.MaxNameLength)
	if err != nil {
		return nil, fmt.Errorf("rename file: %w", err)
	}
	f, err := a.Files.RenameFile(ctx, identityFrom(ctx).Scope(), in.ID, name)
	if err != nil {
		return nil, fmt.Errorf("rename file: %w", err)
	}
	return &fileOutput{Body: viewFile(f)}, nil
}

func (a *App) deleteFile(ctx context.Context, in *deleteFileInput) (*struct{}, error) {
	var err error
	if in.Permanent {
		err = a.Files.DeleteFile(ctx, actorFrom(ctx), identityFrom(ctx).Scope(), in.ID)
	} else {
		_, err = a.Files.TrashFile(ctx, identityFrom(ctx).Scope(), in.ID)
	}
	if err != nil {
		return nil, fmt.Errorf("delete file: %w", err)
	}
	return nil, nil //nolint:nilnil // Huma's way to say 204
}

func (a *App) restoreFile(ctx context.Context, in *FileInput) (*fileOutput, error) {
	f, err := a.Files.RestoreFile(ctx, identityFrom(ctx).Scope(), in.ID)
	if err != nil {
		return nil, fmt.Errorf("restore file: %w", err)
	}
	return &fileOutput{Body: viewFile(f)}, nil
}
