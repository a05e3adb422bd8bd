package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"

	"safelight/models"
	"safelight/storage"
)

type listQuarantineInput struct {
	PageInput
	State models.QuarantineState `query:"state" enum:"held,released,deleted,expired,lost" default:"held" doc:"Only those in this state."`
}

// QuarantineInput names what is locked up, by the upload that brought it.
type QuarantineInput struct {
	ID string `path:"id" maxLength:"64" doc:"The id of the upload that brought it."`
}

type releaseInput struct {
	QuarantineInput
	Body struct {
		Reason   string `json:"reason" minLength:"1" maxLength:"1000" doc:"Why the verdict is held to be wrong. Kept in the audit log." example:"Known false positive of this signature."`
		Password string `json:"password" minLength:"1" maxLength:"1024" format:"password" doc:"The caller's own, again."`
	}
}

// quarantineView is an infected original that is or was locked up.
type quarantineView struct {
	ID         string                 `json:"id" format:"uuid" doc:"Of the upload that brought it."`
	Name       string                 `json:"name"`
	OwnerID    string                 `json:"ownerId" format:"uuid"`
	OwnerEmail string                 `json:"ownerEmail"`
	Size       int64                  `json:"size" doc:"Bytes."`
	SHA256     string                 `json:"sha256"`
	MIMEType   string                 `json:"mimeType"`
	Signature  string                 `json:"signature" doc:"What the virus scanner found." example:"Eicar-Test-Signature"`
	State      models.QuarantineState `json:"state" enum:"held,released,deleted,expired,lost"`
	CreatedAt  time.Time              `json:"createdAt" doc:"When it was locked up."`
	EndedAt    *time.Time             `json:"endedAt"`
	EndedBy    *string                `json:"endedBy" doc:"Who released or deleted it; null for the system."`
	Reason     *string                `json:"reason" doc:"Why it was released."`
	ReleasedAs *string                `json:"releasedAs" doc:"The upload that goes on with it."`
}

func viewQuarantined(q models.Quarantined) quarantineView {
	return quarantineView{
		ID: q.UploadID, Name: q.Name, OwnerID: q.OwnerID, OwnerEmail: q.OwnerEmail, Size: q.Size, SHA256: q.SHA256,
		MIMEType: q.MIMEType, Signature: q.Signature, State: q.State, CreatedAt: q.CreatedAt.UTC(),
		EndedAt: q.EndedAt, EndedBy: q.EndedBy, Reason: known(q.Reason), ReleasedAs: q.ReleasedAs,
	}
}

type quarantineOutput struct{ Body quarantineView }

// quarantineRoutes registers what is locked up. There is no way to read it.
func (a *App) quarantineRoutes() {
	quarantine := Prefix + "/admin/quarantine"
	operation(a, Route{
		ID: "listQuarantine", Method: http.MethodGet, Path: quarantine, Permission: ForAdmins, Tag: "Operations",
		Summary: "What is locked up, newest first", Status: http.StatusOK,
	}, a.listQuarantine)
	operation(a, Route{
		ID: "deleteQuarantined", Method: http.MethodDelete, Path: quarantine + "/{id}", Permission: ForAdmins, Tag: "Operations",
		Summary: "Delete a locked-up original for good", Status: http.StatusNoContent, Codes: []Code{CodeNotFound, CodeNotHeld},
		Description: "Deleting again changes nothing.",
	}, a.deleteQuarantined)
	operation(a, Route{
		ID: "releaseQuarantined", Method: http.MethodPost, Path: quarantine + "/{id}/release", Permission: ForAdmins, Tag: "Operations",
		Summary: "Send a false positive on", Status: http.StatusAccepted, SessionOnly: true,
		Description: "A new upload of the same owner, `releasedAs`, takes every step with the same bytes: its scan passes with the one " +
			"signature that is released, and with no other. It counts against its owner's quota. The rejected upload stays what it is. " +
			"Wrong passwords are limited.",
		Codes: []Code{
			CodeMalformedBody, CodeTooLarge, CodeUnsupportedMedia, CodeWrongPassword, CodeNotFound, CodeNotHeld,
			CodeQuotaExceeded, CodeRateLimited, CodeUnavailable,
		},
	}, a.releaseQuarantined)
}

func (a *App) listQuarantine(ctx context.Context, in *listQuarantineInput) (*pageOutput[quarantineView], error) {
	p, err := a.Admin.Rows.ListQuarantine(ctx, models.QuarantineFilter{State: in.State, Limit: in.Limit, Cursor: in.Cursor})
	if err != nil {
		return nil, fmt.Errorf("list quarantine: %w", err)
	}
	return viewPage(p, viewQuarantined), nil
}

// deleteQuarantined ends the row first: of a deletion and a release at once one
// wins. An object that cannot be deleted now is left to the schedule.
func (a *App) deleteQuarantined(ctx context.Context, in *QuarantineInput) (*struct{}, error) {
	if err := a.Admin.Rows.DeleteQuarantined(ctx, actorFrom(ctx), in.ID); err != nil {
		return nil, fmt.Errorf("delete from quarantine: %w", err)
	}
	err := a.Admin.Objects.Delete(ctx, storage.QuarantineRef(in.ID))
	if err == nil {
		err = a.Admin.Rows.MarkPurged(ctx, []string{in.ID})
	}
	if err != nil {
		a.Log.WarnContext(ctx, "a deleted object of the quarantine is left to the schedule", "upload_id", in.ID, "error", err)
	}
	return nil, nil //nolint:nilnil // Huma's way to say 204
}

func (a *App) releaseQuarantined(ctx context.Context, in *releaseInput) (*quarantineOutput, error) {
	reason := strings.TrimSpace(in.Body.Reason)
	if reason == "" || strings.ContainsRune(reason, 0) {
		return nil, invalid(Fault{Location: "body.reason", Message: "needs words that say why"})
	}
	if err := a.confirmPassword(ctx, in.Body.Password); err != nil {
		return nil, err
	}
	if err := a.releasable(ctx, in.ID); err != nil {
		return nil, err
	}
	up, err := a.Admin.Rows.ReleaseQuarantined(ctx, actorFrom(ctx), models.Release{
		UploadID: in.ID, NewID: uuid.Must(uuid.NewV7()).String(), Reason: reason,
	})
	if err != nil {
		return nil, fmt.Errorf("release from quarantine: %w", err)
	}
	a.startReleased(ctx, &up)
	q, err := a.Admin.Rows.QuarantineByID(ctx, in.ID)
	if err != nil {
		return nil, fmt.Errorf("read quarantine: %w", err)
	}
	return &quarantineOutput{Body: viewQuarantined(q)}, nil
}

// releasable reports whether there is something to release: a row that is held,
// and its object. Without the object an upload would only be stalled.
func (a *App) releasable(ctx context.Context, uploadID string) error {
	q, err := a.Admin.Rows.QuarantineByID(ctx, uploadID)
	switch {
	case err != nil:
		return fmt.Errorf("read quarantine: %w", err)
	case q.State != models.QuarantineHeld:
		return models.ErrNotHeld
	}
	_, err = a.Admin.Objects.Stat(ctx, storage.QuarantineRef(uploadID))
	switch {
	case errors.Is(err, storage.ErrNotFound):
		return problem(CodeNotFound, "The locked-up bytes are not there any more.", err)
	case err != nil:
		return fmt.Errorf("look at the locked-up object: %w", err)
	}
	return nil
}

// startReleased starts the workflow. The row is the promise: where the engine
// does not answer, the reconciler starts it later.
func (a *App) startReleased(ctx context.Context, up *models.Upload) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), engineWithin)
	defer cancel()
	if err := a.Admin.Starter.StartUpload(ctx, up); err != nil {
		a.Log.WarnContext(ctx, "the workflow of a released upload is left to the reconciler", "upload_id", up.ID, "error", err)
	}
}

// confirmPassword asks the caller for their password again. Wrong ones count
// against their session, as where they change it.
func (a *App) confirmPassword(ctx context.Context, password string) error {
	info, id := infoFrom(ctx), identityFrom(ctx)
	try, err := a.logins.again(ctx, info.fiber, id.Session.ID)
	if err != nil {
		return err
	}
	err = a.Passwords.Verify(ctx, id.User.PasswordHash, password)
	if errors.Is(err, models.ErrInvalidCredentials) {
		return problem(CodeWrongPassword, "", err)
	}
	try.forgive(ctx)
	if err != nil {
		return fmt.Errorf("check password: %w", err)
	}
	return nil
}
