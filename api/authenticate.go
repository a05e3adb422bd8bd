package api

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"safelight/internal/auth"
	"safelight/models"
)

// tokenRule is what a route demands of personal access tokens.
type tokenRule struct {
	scope   models.TokenScope
	refused bool
}

// check says why a personal access token may not, or nil.
func (r tokenRule) check(t *models.AccessToken) error {
	switch {
	case t == nil:
		return nil
	case r.refused:
		return problem(CodeTokenNotAllowed, "", nil)
	case !slices.Contains(t.Scopes, r.scope):
		return problem(CodeInsufficientScope, "", nil).with(fiber.HeaderWWWAuthenticate,
			fmt.Sprintf(`Bearer realm="safelight", error="insufficient_scope", scope="%s"`, r.scope))
	}
	return nil
}

// require lets a request through to its handler if its permission holds.
func (a *App) require(p Permission, rule tokenRule) fiber.Handler {
	return func(c *fiber.Ctx) error {
		info := infoFrom(c.UserContext())
		info.Route = c.Route().Path
		if p == Public {
			if changes(c.Method()) && a.site(c) == otherSite {
				return problem(CodeCrossOrigin, "", nil)
			}
			return c.Next()
		}
		token, byCookie, err := a.credential(c)
		if err != nil {
			return err
		}
		id, err := a.authenticate(c.UserContext(), token, byCookie)
		if err != nil {
			return err
		}
		info.Identity = &id
		identified(c, id)
		if id.User.Status != models.StatusActive {
			return models.ErrSuspended
		}
		if err := rule.check(id.Token); err != nil {
			return err
		}
		switch {
		case byCookie && changes(c.Method()) && a.site(c) != sameSite:
			return problem(CodeCrossOrigin, "", nil)
		case p == ForAdmins && id.User.Role != models.RoleAdmin:
			return models.ErrForbidden
		}
		return c.Next()
	}
}

// credential finds the access token. A bearer token goes before a cookie, and
// an Authorization header of another kind is no fallback to one.
func (a *App) credential(c *fiber.Ctx) (token string, byCookie bool, err error) {
	if header := c.Get(fiber.HeaderAuthorization); header != "" {
		scheme, token, _ := strings.Cut(header, " ")
		if !strings.EqualFold(scheme, "Bearer") || token == "" {
			return "", false, fmt.Errorf("%w: not a bearer token", models.ErrUnauthenticated)
		}
		return token, false, nil
	}
	if token := c.Cookies(a.accessCookie()); token != "" {
		return token, true, nil
	}
	return "", false, fmt.Errorf("%w: no credential", models.ErrUnauthenticated)
}

// authenticate asks the credential who it is for, and the store whether it
// still counts: one statement, so that a change acts on the next request. A
// personal access token is a bearer token and nothing else.
func (a *App) authenticate(ctx context.Context, token string, byCookie bool) (Identity, error) {
	if auth.IsAccessToken(token) && !byCookie {
		hash, err := auth.HashAccessToken(token)
		if err != nil {
			return Identity{}, fmt.Errorf("read access token: %w", err)
		}
		return a.identifyToken(ctx, hash)
	}
	claims, err := a.Tokens.Verify(token)
	if err != nil {
		return Identity{}, fmt.Errorf("verify access token: %w", err)
	}
	id, err := a.identifySession(ctx, claims.SessionID, claims.ExpiresAt)
	if err == nil && id.User.ID != claims.UserID {
		return Identity{}, fmt.Errorf("%w: the session is not the token's user's", models.ErrUnauthenticated)
	}
	return id, err
}

func (a *App) identifySession(ctx context.Context, sessionID string, expires time.Time) (Identity, error) {
	user, session, err := a.Users.SessionUser(ctx, sessionID, a.Config.SessionIdle)
	if err != nil {
		return Identity{}, fmt.Errorf("look up session: %w", err)
	}
	return Identity{User: user, Session: session, ExpiresAt: expires}, nil
}

func (a *App) identifyToken(ctx context.Context, hash []byte) (Identity, error) {
	user, token, err := a.Users.TokenUser(ctx, hash)
	if err != nil {
		return Identity{}, fmt.Errorf("look up access token: %w", err)
	}
	id := Identity{User: user, Token: &token}
	if token.ExpiresAt != nil {
		id.ExpiresAt = *token.ExpiresAt
	}
	return id, nil
}

// identifyAgain reads an identity as it is by now; models.ErrUnauthenticated
// where its credential does not count any more.
func (a *App) identifyAgain(ctx context.Context, id Identity) (Identity, error) {
	if id.Token != nil {
		return a.identifyToken(ctx, id.Token.TokenHash)
	}
	return a.identifySession(ctx, id.Session.ID, id.ExpiresAt)
}

func changes(method string) bool {
	return method != http.MethodGet && method != http.MethodHead && method != http.MethodOptions
}

// site says where a browser says that a request was made.
type site int

const (
	unknownSite site = iota // nothing was said: not a browser, or a very old one
	sameSite
	otherSite
)

// site reads Sec-Fetch-Site, which scripts can not set, and where a browser
// does not send it (plain HTTP) Origin. Same means the same origin, or the one
// that the web app is served from, not any neighbour under the same domain.
func (a *App) site(c *fiber.Ctx) site {
	origin := c.Get(fiber.HeaderOrigin)
	switch c.Get("Sec-Fetch-Site") {
	case "same-origin":
		return sameSite
	case "same-site":
		if a.isWebOrigin(origin) {
			return sameSite
		}
		return otherSite
	case "":
	default:
		return otherSite
	}
	if origin == "" {
		return unknownSite
	}
	if a.isWebOrigin(origin) {
		return sameSite
	}
	u, err := url.Parse(origin)
	if err != nil || u.Scheme != a.origin.Scheme {
		return otherSite
	}
	if strings.EqualFold(u.Host, a.origin.Host) || strings.EqualFold(u.Host, string(c.Request().Host())) {
		return sameSite
	}
	return otherSite
}
