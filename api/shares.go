package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/google/uuid"

	"safelight/internal/auth"
	"safelight/models"
)

type createShareInput struct {
	FileInput
	Body struct {
		ExpiresInHours int    `json:"expiresInHours,omitempty" minimum:"1" maximum:"8760" default:"168" doc:"How long the link is good for."`
		Password       string `json:"password,omitempty" minLength:"8" maxLength:"256" doc:"Asked of whoever opens the link. By default nothing is."`
	}
}

type sharesInput struct {
	FileInput
	PageInput
}

type shareInput struct {
	FileInput
	ShareID string `path:"shareId" maxLength:"64"`
}

// shareView is a public link.
type shareView struct {
	ID           string     `json:"id" format:"uuid"`
	FileID       string     `json:"fileId" format:"uuid"`
	URL          *string    `json:"url" format:"uri" doc:"The link. Null where this server's secret was changed since it was made: it still works for whoever has it."`
	HasPassword  bool       `json:"hasPassword"`
	Views        int64      `json:"views" doc:"How often the picture was fetched by it, thumbnails aside."`
	LastViewedAt *time.Time `json:"lastViewedAt"`
	CreatedAt    time.Time  `json:"createdAt"`
	CreatedBy    string     `json:"createdBy" format:"uuid"`
	ExpiresAt    time.Time  `json:"expiresAt"`
}

type shareOutput struct{ Body shareView }

// shareRoutes registers the making and ending of public links.
func (a *App) shareRoutes() {
	shares := Prefix + "/files/{id}/shares"
	operation(a, Route{
		ID: "createShare", Method: http.MethodPost, Path: shares, Permission: ForUsers, Tag: "Shares",
		Summary: "Make a public link to a file", Status: http.StatusCreated,
		Description: "Whoever has the link sees the file's current version until the link expires or is ended, or the file lies in the trash.",
		Codes: []Code{
			CodeNotFound, CodeFileTrashed, CodeConflict, CodeMalformedBody, CodeTooLarge, CodeUnsupportedMedia, CodeUnavailable,
		},
	}, a.createShare)
	operation(a, Route{
		ID: "listShares", Method: http.MethodGet, Path: shares, Permission: ForUsers, Tag: "Shares",
		Summary: "The public links of a file, newest first", Status: http.StatusOK, Codes: []Code{CodeNotFound},
	}, a.listShares)
	operation(a, Route{
		ID: "endShare", Method: http.MethodDelete, Path: shares + "/{shareId}", Permission: ForUsers, Tag: "Shares",
		Summary: "End a public link", Status: http.StatusNoContent, Codes: []Code{CodeNotFound},
	}, a.endShare)
}

func (a *App) viewShare(s models.Share) shareView {
	view := shareView{
		ID: s.ID, FileID: s.FileID, HasPassword: s.PasswordHash != "", Views: s.Views, LastViewedAt: s.LastViewedAt,
		CreatedAt: s.CreatedAt.UTC(), CreatedBy: s.CreatedBy, ExpiresAt: s.ExpiresAt.UTC(),
	}
	if token, ok := a.ShareLinks.Reveal(s.ID, s.TokenSealed); ok {
		view.URL = ptr(a.origin.Scheme + "://" + a.origin.Host + sharedPrefix + token)
	}
	return view
}

func (a *App) createShare(ctx context.Context, in *createShareInput) (*shareOutput, error) {
	// Before a password is hashed: who may not share the file costs nothing.
	if _, err := a.Files.FileByID(ctx, identityFrom(ctx).Scope(), in.ID); err != nil {
		return nil, fmt.Errorf("read file: %w", err)
	}
	share := models.Share{ID: uuid.Must(uuid.NewV7()).String(), FileID: in.ID, CreatedBy: identityFrom(ctx).User.ID}
	if in.Body.Password != "" {
		hash, err := a.Passwords.Hash(ctx, in.Body.Password)
		if errors.Is(err, auth.ErrWeakPassword) {
			return nil, invalid(Fault{Location: "body.password", Message: err.Error()})
		}
		if err != nil {
			return nil, fmt.Errorf("hash password: %w", err)
		}
		share.PasswordHash = hash
	}
	_, share.TokenHash, share.TokenSealed = a.ShareLinks.New(share.ID)
	lives := time.Duration(in.Body.ExpiresInHours) * time.Hour
	made, err := a.Shares.CreateShare(ctx, actorFrom(ctx), identityFrom(ctx).Scope(), share, lives)
	if errors.Is(err, models.ErrConflict) {
		return nil, problem(CodeConflict, fmt.Sprintf("A file may have %d links at a time. End one first.", models.MaxShares), err)
	}
	if err != nil {
		return nil, fmt.Errorf("create share: %w", err)
	}
	return &shareOutput{Body: a.viewShare(made)}, nil
}

func (a *App) listShares(ctx context.Context, in *sharesInput) (*pageOutput[shareView], error) {
	p, err := a.Shares.SharesOf(ctx, identityFrom(ctx).Scope(), in.ID, in.Limit, in.Cursor)
	if err != nil {
		return nil, fmt.Errorf("list shares: %w", err)
	}
	return viewPage(p, a.viewShare), nil
}

func (a *App) endShare(ctx context.Context, in *shareInput) (*struct{}, error) {
	if err := a.Shares.EndShare(ctx, actorFrom(ctx), identityFrom(ctx).Scope(), in.ID, in.ShareID); err != nil {
		return nil, fmt.Errorf("end share: %w", err)
	}
	return nil, nil //nolint:nilnil // Huma's way to say 204
}
