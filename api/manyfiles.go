package api

import (
	"context"
	"fmt"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humafiber"
	"github.com/gofiber/fiber/v2"

	"safelight/models"
)

type changeFilesInput struct {
	Body struct {
		Action models.FileAction `json:"action" enum:"trash,restore,delete" doc:"delete is for good, from the trash or past it."`
		IDs    []string          `json:"ids" minItems:"1" maxItems:"500" doc:"Of files. One that is there twice counts once."`
	}
}

// changedView is what became of one file.
type changedView struct {
	ID     string `json:"id"`
	OK     bool   `json:"ok"`
	Status int    `json:"status" doc:"The HTTP status that the same done to this file alone would have." example:"200"`
	Code   *Code  `json:"code" doc:"The code of what stood in the way, or null."`
}

type changeFilesOutput struct {
	Body struct {
		Items []changedView `json:"items" doc:"One for each id, in the order of the request."`
	}
}

type zipFilesInput struct {
	Body struct {
		IDs []string `json:"ids" minItems:"1" maxItems:"500" doc:"Of files. One that is there twice counts once."`
	}
}

type checkContentsInput struct {
	Body struct {
		SHA256 []string `json:"sha256" minItems:"1" maxItems:"500" pattern:"^[0-9a-f]{64}$" doc:"Of the bytes that might be uploaded."`
	}
}

// ownedView says that these bytes need not be sent.
type ownedView struct {
	SHA256  string `json:"sha256"`
	FileID  string `json:"fileId" format:"uuid" doc:"The file that has them."`
	Trashed bool   `json:"trashed" doc:"It lies in the trash; uploading the bytes would restore it."`
}

type checkContentsOutput struct {
	Body struct {
		Items []ownedView `json:"items" doc:"Those that you have, in no special order. What others have is never said."`
	}
}

// manyFilesRoutes registers what is about more than one file.
func (a *App) manyFilesRoutes() {
	body := []Code{CodeMalformedBody, CodeTooLarge, CodeUnsupportedMedia}
	operation(a, Route{
		ID: "changeFiles", Method: http.MethodPost, Path: Prefix + "/files/bulk", Permission: ForUsers, Tag: "Files",
		Summary: "Trash, restore or delete many files", Status: http.StatusOK, Codes: body,
		Description: "Each file has a result of its own: what can not be done to one keeps nothing from the others. An admin may name anybody's files.",
	}, a.changeFiles)
	operation(a, Route{
		ID: "zipFiles", Method: http.MethodPost, Path: Prefix + "/files/zip", Permission: ForUsers, Scope: models.ScopeRead, Tag: "Files",
		Summary: "Many files as one zip", Status: http.StatusOK, Codes: append(body, CodeNotFound),
		Description: "Streamed as it is made, of unknown length. Holds the current version of each file under its name; names that are there already are numbered. If one of the files is not there, nothing is sent. An archive whose transfer breaks off is not complete.",
		Responses: map[string]*huma.Response{"200": {
			Description: "The archive.",
			Headers:     map[string]*huma.Param{fiber.HeaderContentDisposition: {Schema: &huma.Schema{Type: huma.TypeString}}},
			Content:     map[string]*huma.MediaType{zipType: {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}},
		}},
	}, a.zipFiles)
	operation(a, Route{
		ID: "checkContents", Method: http.MethodPost, Path: Prefix + "/uploads/check", Permission: ForUsers, Scope: models.ScopeRead, Tag: "Uploads",
		Summary: "Which of these bytes I have already", Status: http.StatusOK, Codes: body,
		Description: "Asked before sending, it saves the sending. Only files of one's own count, for admins too.",
	}, a.checkContents)
}

func (a *App) changeFiles(ctx context.Context, in *changeFilesInput) (*changeFilesOutput, error) {
	ids := unique(in.Body.IDs)
	refused, err := a.Files.ChangeFiles(ctx, actorFrom(ctx), identityFrom(ctx).Scope(), in.Body.Action, ids)
	if err != nil {
		return nil, fmt.Errorf("change files: %w", err)
	}
	done := http.StatusOK
	if in.Body.Action != models.FileRestore {
		done = http.StatusNoContent
	}
	out := &changeFilesOutput{}
	for _, id := range ids {
		view := changedView{ID: id, OK: true, Status: done}
		if err := refused[id]; err != nil {
			p := problemOf(err)
			view = changedView{ID: id, Status: p.Status, Code: &p.Code}
		}
		out.Body.Items = append(out.Body.Items, view)
	}
	return out, nil
}

func (a *App) zipFiles(ctx context.Context, in *zipFilesInput) (*huma.StreamResponse, error) {
	files, err := a.Files.FilesByIDs(ctx, identityFrom(ctx).Scope(), unique(in.Body.IDs))
	if err != nil {
		return nil, fmt.Errorf("read files: %w", err)
	}
	entries, err := zipEntries(files)
	if err != nil {
		return nil, err
	}
	return &huma.StreamResponse{Body: func(ctx huma.Context) { //nolint:contextcheck // the request's own, which outlives the operation
		a.serveZip(humafiber.Unwrap(ctx), entries)
	}}, nil
}

func (a *App) checkContents(ctx context.Context, in *checkContentsInput) (*checkContentsOutput, error) {
	have, err := a.Files.OwnedContents(ctx, identityFrom(ctx).User.ID, unique(in.Body.SHA256))
	if err != nil {
		return nil, fmt.Errorf("look for contents: %w", err)
	}
	out := &checkContentsOutput{}
	out.Body.Items = make([]ownedView, len(have))
	for i, h := range have {
		out.Body.Items[i] = ownedView(h)
	}
	return out, nil
}

// unique drops what is there twice and keeps the order.
func unique(all []string) []string {
	seen := make(map[string]bool, len(all))
	return slices.DeleteFunc(slices.Clone(all), func(s string) bool {
		known := seen[s]
		seen[s] = true
		return known
	})
}
