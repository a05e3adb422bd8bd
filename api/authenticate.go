package api

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/gofiber/fiber/v2"

	"safelight/models"
)

// require lets a request through to its handler if its permission holds.
func (a *App) require(p Permission) fiber.Handler {
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
		id, err := a.authenticate(c, token)
		if err != nil {
			return err
		}
		info.Identity = &id
		switch {
		case id.User.Status != models.StatusActive:
			return models.ErrSuspended
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

// authenticate asks the token who it is for, and the store whether its session
// still counts: one statement, so that a change acts on the next request.
func (a *App) authenticate(c *fiber.Ctx, token string) (Identity, error) {
	claims, err := a.Tokens.Verify(token)
	if err != nil {
		return Identity{}, fmt.Errorf("verify access token: %w", err)
	}
	user, session, err := a.Users.SessionUser(c.UserContext(), claims.SessionID, a.Config.SessionIdle)
	if err != nil {
		return Identity{}, fmt.Errorf("look up session: %w", err)
	}
	if user.ID != claims.UserID {
		return Identity{}, fmt.Errorf("%w: the session is not the token's user's", models.ErrUnauthenticated)
	}
	return Identity{User: user, Session: session, ExpiresAt: claims.ExpiresAt}, nil
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
// does not send it (plain HTTP) Origin. Same means the same origin, not a
// neighbour under the same domain.
func (a *App) site(c *fiber.Ctx) site {
	switch c.Get("Sec-Fetch-Site") {
	case "same-origin":
		return sameSite
	case "":
	default:
		return otherSite
	}
	origin := c.Get(fiber.HeaderOrigin)
	if origin == "" {
		return unknownSite
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
