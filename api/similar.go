package api

import (
	"context"
	"fmt"
	"net/http"

	"safelight/models"
)

type similarFilesInput struct {
	FileInput
	PageInput
}

// FileView is fileView by a name that Huma sees where it is embedded.
type FileView = fileView

// similarFileView is a file that looks like another.
type similarFileView struct {
	FileView
	Distance int `json:"distance" minimum:"0" doc:"0 for the same picture, larger the less they have in common. Only what counts as alike is listed."`
}

func viewSimilarFile(f models.SimilarFile) similarFileView {
	return similarFileView{FileView: viewFile(f.File), Distance: f.Distance}
}

// similarRoute registers the search for pictures that look alike.
func (a *App) similarRoute() {
	operation(a, Route{
		ID: "listSimilarFiles", Method: http.MethodGet, Path: Prefix + "/files/{id}/similar", Permission: ForUsers, Tag: "Files",
		Summary: "Files that look like a file, nearest first", Status: http.StatusOK, Codes: []Code{CodeNotFound},
		Description: "Among the files of its owner that are not in the trash: copies of other sizes, formats and qualities, " +
			"brighter or darker ones, cropped a little, mirrored or turned. Pictures are compared as they look now, by their current versions.",
	}, a.similarFiles)
}

func (a *App) similarFiles(ctx context.Context, in *similarFilesInput) (*pageOutput[similarFileView], error) {
	p, err := a.Files.SimilarFiles(ctx, identityFrom(ctx).Scope(), in.ID, in.Limit, in.Cursor)
	if err != nil {
		return nil, fmt.Errorf("list similar files: %w", err)
	}
	return viewPage(p, viewSimilarFile), nil
}
