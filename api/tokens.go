package api

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/google/uuid"

	"safelight/internal/auth"
	"safelight/models"
)

// maxTokens is how many personal access tokens a user may have.
const maxTokens = 100

// tokenView is a personal access token, without what makes it one.
type tokenView struct {
	ID         string              `json:"id" format:"uuid"`
	Name       string              `json:"name" example:"backup script"`
	Scopes     []models.TokenScope `json:"scopes" enum:"read,write,admin"`
	CreatedAt  time.Time           `json:"createdAt"`
	LastUsedAt *time.Time          `json:"lastUsedAt" doc:"To the minute; null if it never was used."`
	ExpiresAt  *time.Time          `json:"expiresAt" doc:"Null: it is good until it is deleted."`
}

// newTokenView is a tokenView with the token itself.
type newTokenView struct {
	ID         string              `json:"id" format:"uuid"`
	Name       string              `json:"name" example:"backup script"`
	Scopes     []models.TokenScope `json:"scopes" enum:"read,write,admin"`
	CreatedAt  time.Time           `json:"createdAt"`
	LastUsedAt *time.Time          `json:"lastUsedAt"`
	ExpiresAt  *time.Time          `json:"expiresAt" doc:"Null: it is good until it is deleted."`
	Token      string              `json:"token" doc:"Shown this once: only its hash is kept. Send it as a bearer token." example:"sl_kq3G1S5cXJ0mCz7o9QvVtYw2bHfRnE4uLdPaIiTgZxM"`
}

type createTokenInput struct {
	Body struct {
		Name          string              `json:"name" minLength:"1" maxLength:"100" doc:"What it is for." example:"backup script"`
		Scopes        []models.TokenScope `json:"scopes" minItems:"1" maxItems:"3" uniqueItems:"true" enum:"read,write,admin" doc:"What it may be used for; none includes another. An upload needs read and write."`
		ExpiresInDays *int                `json:"expiresInDays,omitempty" minimum:"1" maximum:"3650" doc:"Left out: it is good until it is deleted."`
	}
}

type newTokenOutput struct{ Body newTokenView }

type tokenInput struct {
	ID string `path:"id" maxLength:"64"`
}

// tokenRoutes registers personal access tokens. One can not make another.
func (a *App) tokenRoutes() {
	tokens := Prefix + "/me/tokens"
	operation(a, Route{
		ID: "listTokens", Method: http.MethodGet, Path: tokens, Permission: ForUsers, SessionOnly: true, Tag: "Account",
		Summary: "My personal access tokens, newest first", Status: http.StatusOK,
		Description: "Those that have expired are listed until they are deleted.",
	}, a.listTokens)
	operation(a, Route{
		ID: "createToken", Method: http.MethodPost, Path: tokens, Permission: ForUsers, SessionOnly: true, Tag: "Account",
		Summary: "Make a personal access token", Status: http.StatusCreated,
		Description: "For programs. Only admins can make one with the scope admin; without that scope an admin's token acts as a user's.",
		Codes:       []Code{CodeMalformedBody, CodeTooLarge, CodeUnsupportedMedia, CodeForbidden, CodeTooManyTokens},
	}, a.createToken)
	operation(a, Route{
		ID: "deleteToken", Method: http.MethodDelete, Path: tokens + "/{id}", Permission: ForUsers, SessionOnly: true, Tag: "Account",
		Summary: "Delete a personal access token", Status: http.StatusNoContent, Codes: []Code{CodeNotFound},
	}, a.deleteToken)
}

func viewToken(t models.AccessToken) tokenView {
	return tokenView{
		ID: t.ID, Name: t.Name, Scopes: t.Scopes, CreatedAt: t.CreatedAt.UTC(), LastUsedAt: t.LastUsedAt, ExpiresAt: t.ExpiresAt,
	}
}

func (a *App) listTokens(ctx context.Context, in *struct{ PageInput }) (*pageOutput[tokenView], error) {
	p, err := a.Users.ListTokens(ctx, identityFrom(ctx).User.ID, in.Limit, in.Cursor)
	if err != nil {
		return nil, fmt.Errorf("list access tokens: %w", err)
	}
	return viewPage(p, viewToken), nil
}

func (a *App) createToken(ctx context.Context, in *createTokenInput) (*newTokenOutput, error) {
	user := identityFrom(ctx).User
	name := cleanPersonName(in.Body.Name)
	if name == "" {
		return nil, invalid(Fault{Location: "body.name", Message: "needs at least one visible character"})
	}
	if slices.Contains(in.Body.Scopes, models.ScopeAdmin) && user.Role != models.RoleAdmin {
		return nil, problem(CodeForbidden, "Only an administrator can make a token with the scope admin.", nil)
	}
	secret, hash := auth.NewAccessToken()
	token := models.AccessToken{
		ID: uuid.Must(uuid.NewV7()).String(), UserID: user.ID, Name: name, TokenHash: hash, Scopes: in.Body.Scopes,
	}
	if days := in.Body.ExpiresInDays; days != nil {
		token.ExpiresAt = ptr(time.Now().UTC().AddDate(0, 0, *days))
	}
	token, err := a.Users.CreateToken(ctx, actorFrom(ctx), token, maxTokens)
	if err != nil {
		return nil, fmt.Errorf("make access token: %w", err)
	}
	v := viewToken(token)
	return &newTokenOutput{Body: newTokenView{
		ID: v.ID, Name: v.Name, Scopes: v.Scopes, CreatedAt: v.CreatedAt, LastUsedAt: v.LastUsedAt, ExpiresAt: v.ExpiresAt, Token: secret,
	}}, nil
}

func (a *App) deleteToken(ctx context.Context, in *tokenInput) (*struct{}, error) {
	if err := a.Users.DeleteToken(ctx, actorFrom(ctx), identityFrom(ctx).User.ID, in.ID); err != nil {
		return nil, fmt.Errorf("delete access token: %w", err)
	}
	return nil, nil //nolint:nilnil // Huma's way to say 204
}
