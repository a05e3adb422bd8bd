package api

import (
	"context"
	"slices"
	"time"

	"github.com/gofiber/fiber/v2"

	"safelight/models"
)

// Identity is who a request comes from, as proven by its credential: a session
// or a personal access token.
type Identity struct {
	User      models.User         // without UsedBytes
	Session   models.Session      // zero with a personal access token
	Token     *models.AccessToken // nil with a session
	ExpiresAt time.Time           // of the credential: a stream ends with it. Zero: never
}

// IsAdmin reports whether the request acts as an admin's. That of a personal
// access token does only if the token was made for it.
func (i Identity) IsAdmin() bool {
	return i.User.Role == models.RoleAdmin && (i.Token == nil || slices.Contains(i.Token.Scopes, models.ScopeAdmin))
}

// Scope is what the user may see and change under /files and /uploads: admins
// act on anyone's.
func (i Identity) Scope() models.Scope {
	return models.Scope{OwnerID: i.User.ID, Any: i.IsAdmin()}
}

// requestInfo is what is known of a request while it is served.
type requestInfo struct {
	ID       string
	ClientIP string
	Route    string // the pattern, not the address: addresses may hold names
	Identity *Identity
	cause    error  // of a failure, for the log
	code     Code   // of the problem that was answered, or empty
	uploadID string // that the request took in, or empty
	watch    *watch
	fiber    *fiber.Ctx
	body     *bodyReader
}

// note keeps the cause of a problem for the access line.
func (i *requestInfo) note(p *Problem) {
	i.code = p.Code
	if p.cause != nil {
		i.cause = p.cause
	}
}

type infoKey struct{}

// infoFrom finds the request's info in its context.
func infoFrom(ctx context.Context) *requestInfo {
	if info, ok := ctx.Value(infoKey{}).(*requestInfo); ok {
		return info
	}
	return &requestInfo{}
}

// requestID is the id of the request, or empty outside of one.
func requestID(c *fiber.Ctx) string { return infoFrom(c.UserContext()).ID }

// identityFrom tells who asks. Routes that are not public always know.
func identityFrom(ctx context.Context) Identity {
	if id := infoFrom(ctx).Identity; id != nil {
		return *id
	}
	return Identity{}
}

// actorFrom is who the audit log says that has done what the request does.
func actorFrom(ctx context.Context) models.Actor {
	info := infoFrom(ctx)
	actor := models.Actor{IP: info.ClientIP, RequestID: info.ID}
	if info.Identity != nil {
		actor.UserID, actor.Email = info.Identity.User.ID, info.Identity.User.Email
	}
	return actor
}
