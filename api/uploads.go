package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"

	"safelight/internal/intake"
	"safelight/internal/progress"
	"safelight/models"
)

// UploadRows is the part of the store about uploads.
type UploadRows interface {
	UploadByID(ctx context.Context, scope models.Scope, id string) (models.Upload, error)
	ListUploads(ctx context.Context, f models.UploadFilter) (models.Page[models.Upload], error)
	CancelReceiving(ctx context.Context, scope models.Scope, id string) (bool, error)
}

// Intake takes an upload in; see intake.Intake.
type Intake interface {
	Accept(ctx context.Context, req intake.Request) (up models.Upload, created bool, err error)
}

// Resumable takes an upload in over several requests; see intake.Resumable.
type Resumable interface {
	Create(ctx context.Context, req intake.TusRequest) (models.TusUpload, error)
	Write(ctx context.Context, c intake.Chunk) (models.TusUpload, error)
	Look(ctx context.Context, ownerID, id string) (models.TusUpload, error)
	Terminate(ctx context.Context, ownerID, id string) error
	Drop(ctx context.Context, id string)
	Clear(ctx context.Context, id string)
}

// Engine steers the workflow of an upload. Errors: models.ErrAlreadyFinished,
// and models.ErrUnavailable where the engine does not answer.
type Engine interface {
	Retry(ctx context.Context, up *models.Upload) error
	Cancel(ctx context.Context, up *models.Upload) error
}

// Pictures gives the live picture of an upload whose row has just been read.
type Pictures interface {
	Snapshot(ctx context.Context, up models.Upload) progress.Snapshot
}

// UploadParts are what the routes of uploads need. All fields are required.
type UploadParts struct {
	Rows      UploadRows
	Intake    Intake
	Resumable Resumable
	Engine    Engine
	Pictures  Pictures

	pace uploadPace // zero: standardPace
}

// engineWithin is how long a caller waits for the workflow engine.
const engineWithin = 3 * time.Second

type listUploadsInput struct {
	PageInput
	State models.UploadState `query:"state" enum:"receiving,processing,stalled,done,rejected,canceled,failed" doc:"Only those in this state."`
}

type uploadInput struct {
	ID string `path:"id" maxLength:"64"`
}

type uploadOutput struct{ Body uploadView }

// uploadRoutes registers the routes of uploads.
func (a *App) uploadRoutes() {
	uploads, upload := Prefix+"/uploads", Prefix+"/uploads/{id}"
	a.plain(a.receiveRoute(uploads), a.receiveUpload)
	a.tusRoutes(uploads + "/tus/")
	operation(a, Route{
		ID: "listUploads", Method: http.MethodGet, Path: uploads, Permission: ForUsers, Tag: "Uploads",
		Summary: "My uploads, newest first", Status: http.StatusOK,
	}, a.listUploads)
	operation(a, Route{
		ID: "getUpload", Method: http.MethodGet, Path: upload, Permission: ForUsers, Tag: "Uploads",
		Summary: "An upload", Status: http.StatusOK, Codes: []Code{CodeNotFound},
	}, a.getUpload)
	operation(a, cancelRoute("cancelUpload", uploads, ForUsers, "Uploads"), a.cancelUpload)
	operation(a, retryRoute("retryUpload", uploads, ForUsers, "Uploads"), a.retryUpload)
}

// cancelRoute describes the cancel of one of the uploads below a path, which is
// the same for its owner and for administrators.
func cancelRoute(id, uploads string, p Permission, tag string) Route {
	return Route{
		ID: id, Method: http.MethodPost, Path: uploads + "/{id}/cancel", Permission: p, Tag: tag,
		Summary: "Stop an upload and take back what was done", Status: http.StatusAccepted,
		Description: "What has become a version by then stays one.",
		Codes:       []Code{CodeNotFound, CodeAlreadyFinished, CodeUnavailable},
	}
}

// retryRoute describes the retry likewise.
func retryRoute(id, uploads string, p Permission, tag string) Route {
	return Route{
		ID: id, Method: http.MethodPost, Path: uploads + "/{id}/retry", Permission: p, Tag: tag,
		Summary: "Have a stalled upload take its step up again", Status: http.StatusAccepted,
		Codes: []Code{CodeNotFound, CodeNotStalled, CodeUnavailable},
	}
}

// receiveRoute describes the streaming upload, which Huma cannot derive.
func (a *App) receiveRoute(path string) Route {
	text := func(doc string) *huma.Schema { return &huma.Schema{Type: huma.TypeString, Description: doc} }
	form := &huma.Schema{
		Type: huma.TypeObject, Required: []string{"file"},
		Properties: map[string]*huma.Schema{
			"name":   text("What the file is called; by default the file name of the part file. Comes before the part file."),
			"fileId": text("The file that this upload becomes the next version of. Comes before the part file."),
			"file":   {Type: huma.TypeString, Format: "binary", Description: "The picture. The last part."},
		},
	}
	return Route{
		ID: "createUpload", Method: http.MethodPost, Path: path, Permission: ForUsers, Tag: "Uploads",
		Summary: "Upload a picture", Status: http.StatusAccepted,
		Description: "Accepted means stored: from then on the upload is not lost. Follow it by its events.",
		Codes: []Code{
			CodeMalformedBody, CodeUploadInterrupted, CodeNotFound, CodeTimeout, CodeConflict, CodeFileTrashed, CodeTooLarge,
			CodeUnsupportedMedia, CodeMissingFile, CodeEmptyFile, CodeNameTooLong, CodeTooManyUploads, CodeUnavailable, CodeQuotaExceeded,
		},
		Parameters: []*huma.Param{{
			Name: idempotencyKey, In: "header", Schema: text(""),
			Description: "1 to 255 printable characters. The same key again gives the first answer, not a second upload.",
		}},
		RequestBody: &huma.RequestBody{
			Required: true, Content: map[string]*huma.MediaType{fiber.MIMEMultipartForm: {Schema: form}},
		},
		Responses: map[string]*huma.Response{"202": {
			Description: "The upload", Content: map[string]*huma.MediaType{fiber.MIMEApplicationJSON: {Schema: a.uploadSchema()}},
			Headers: map[string]*huma.Param{fiber.HeaderLocation: {Schema: text("Where the upload is.")}},
		}},
	}
}

func (a *App) uploadSchema() *huma.Schema {
	return a.huma.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[uploadView](), true, "Upload")
}

func (a *App) listUploads(ctx context.Context, in *listUploadsInput) (*pageOutput[uploadView], error) {
	p, err := a.Uploads.Rows.ListUploads(ctx, models.UploadFilter{
		Scope: models.Scope{OwnerID: identityFrom(ctx).User.ID}, // mine, for admins too
		State: in.State, Limit: in.Limit, Cursor: in.Cursor,
	})
	if err != nil {
		return nil, fmt.Errorf("list uploads: %w", err)
	}
	return viewPage(p, viewUpload), nil
}

func (a *App) getUpload(ctx context.Context, in *uploadInput) (*uploadOutput, error) {
	up, err := a.Uploads.Rows.UploadByID(ctx, identityFrom(ctx).Scope(), in.ID)
	if err != nil {
		return nil, fmt.Errorf("read upload: %w", err)
	}
	return &uploadOutput{Body: viewSnapshot(a.Uploads.Pictures.Snapshot(ctx, up))}, nil
}

func (a *App) cancelUpload(ctx context.Context, in *uploadInput) (*uploadOutput, error) {
	scope := identityFrom(ctx).Scope()
	up, err := a.Uploads.Rows.UploadByID(ctx, scope, in.ID)
	if err != nil {
		return nil, fmt.Errorf("read upload: %w", err)
	}
	if up.State == models.UploadReceiving {
		ended, err := a.cancelReceiving(ctx, scope, &up)
		if err != nil {
			return nil, err
		}
		if ended {
			a.Uploads.Resumable.Clear(ctx, up.ID)
		}
		if up, err = a.Uploads.Rows.UploadByID(ctx, scope, up.ID); err != nil {
			return nil, fmt.Errorf("read upload: %w", err)
		}
		if up.State == models.UploadCanceled {
			return &uploadOutput{Body: viewUpload(up)}, nil
		}
	}
	if up.State.Final() {
		return nil, models.ErrAlreadyFinished
	}
	return a.steer(ctx, up, "upload.canceled", a.Uploads.Engine.Cancel)
}

// cancelReceiving cancels an upload whose bytes are still coming, and reports
// whether it was one.
func (a *App) cancelReceiving(ctx context.Context, scope models.Scope, up *models.Upload) (ended bool, err error) {
	if byRole(ctx, up) {
		ended, err = a.Admin.Rows.CancelReceivingAudited(ctx, scope, up.ID, uploadEntry(ctx, "upload.canceled", up))
	} else {
		ended, err = a.Uploads.Rows.CancelReceiving(ctx, scope, up.ID)
	}
	if err != nil {
		return false, fmt.Errorf("cancel upload: %w", err)
	}
	return ended, nil
}

func (a *App) retryUpload(ctx context.Context, in *uploadInput) (*uploadOutput, error) {
	up, err := a.Uploads.Rows.UploadByID(ctx, identityFrom(ctx).Scope(), in.ID)
	if err != nil {
		return nil, fmt.Errorf("read upload: %w", err)
	}
	if up.State != models.UploadStalled {
		return nil, models.ErrNotStalled
	}
	out, err := a.steer(ctx, up, "upload.retried", a.Uploads.Engine.Retry)
	if errors.Is(err, models.ErrAlreadyFinished) {
		return nil, problem(CodeNotStalled, "", err)
	}
	return out, err
}

// steer has the engine act on an upload and answers with what it is then. An
// act of an administrator is in the audit log as action.
func (a *App) steer(ctx context.Context, up models.Upload, action string, do func(context.Context, *models.Upload) error) (*uploadOutput, error) {
	infoFrom(ctx).uploadID = up.ID
	asking, cancel := context.WithTimeout(ctx, engineWithin)
	defer cancel()
	switch err := a.audited(asking, action, &up, do); {
	case errors.Is(err, models.ErrUnavailable):
		return nil, problem(CodeUnavailable, "The workflow engine can not be reached at the moment. Try again in a little while.", err)
	case err != nil:
		return nil, fmt.Errorf("steer upload: %w", err)
	}
	return &uploadOutput{Body: viewSnapshot(a.Uploads.Pictures.Snapshot(ctx, up))}, nil
}
