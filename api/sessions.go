package api

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"safelight/models"
)

// sessionView is one place where a user is signed in.
type sessionView struct {
	ID         string    `json:"id" format:"uuid"`
	UserAgent  string    `json:"userAgent" doc:"What the program called itself when it signed in."`
	IP         string    `json:"ip" doc:"Where the sign-in came from." example:"198.51.100.7"`
	Current    bool      `json:"current" doc:"This is the session that asks."`
	CreatedAt  time.Time `json:"createdAt"`
	LastUsedAt time.Time `json:"lastUsedAt" doc:"When it last got a new access token."`
	ExpiresAt  time.Time `json:"expiresAt" doc:"When it ends at the latest; unused it ends sooner."`
}

type sessionInput struct {
	ID string `path:"id" maxLength:"64"`
}

// sessionRoutes registers where a user is signed in.
func (a *App) sessionRoutes() {
	operation(a, Route{
		ID: "listSessions", Method: http.MethodGet, Path: Prefix + "/me/sessions", Permission: ForUsers, SessionOnly: true, Tag: "Account",
		Summary: "Where I am signed in, newest first", Status: http.StatusOK,
	}, a.listSessions)
	operation(a, Route{
		ID: "endSession", Method: http.MethodDelete, Path: Prefix + "/me/sessions/{id}", Permission: ForUsers, SessionOnly: true, Tag: "Account",
		Summary: "Sign out somewhere", Status: http.StatusNoContent, Codes: []Code{CodeNotFound},
		Description: "It acts on the next request of that session, and ends its event streams.",
	}, a.endSession)
}

func (a *App) listSessions(ctx context.Context, in *struct{ PageInput }) (*pageOutput[sessionView], error) {
	id := identityFrom(ctx)
	p, err := a.Users.ListSessions(ctx, id.User.ID, a.Config.SessionIdle, in.Limit, in.Cursor)
	if err != nil {
		return nil, fmt.Errorf("list sessions: %w", err)
	}
	return viewPage(p, func(s models.Session) sessionView {
		return sessionView{
			ID: s.ID, UserAgent: s.UserAgent, IP: s.IP, Current: s.ID == id.Session.ID,
			CreatedAt: s.CreatedAt.UTC(), LastUsedAt: s.LastUsedAt.UTC(), ExpiresAt: s.ExpiresAt.UTC(),
		}
	}), nil
}

func (a *App) endSession(ctx context.Context, in *sessionInput) (*struct{}, error) {
	id := identityFrom(ctx)
	if err := a.Users.EndSession(ctx, actorFrom(ctx), id.User.ID, in.ID, a.Config.SessionIdle); err != nil {
		return nil, fmt.Errorf("end session: %w", err)
	}
	if in.ID == id.Session.ID {
		a.clearCookies(infoFrom(ctx).fiber)
	}
	return nil, nil //nolint:nilnil // Huma's way to say 204
}
