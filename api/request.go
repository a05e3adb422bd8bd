package api

import (
	"context"
	"time"

	"github.com/gofiber/fiber/v2"

	"safelight/models"
)

// Identity is who a request comes from, as proven by its access token.
type Identity struct {
	User      models.User // without UsedBytes
	Session   models.Session
	ExpiresAt time.Time // of the access token: a stream ends with it
}

// Scope is what the user may see and change under /files and /uploads: admins
// act on anyone's.
func (i Identity) Scope() models.Scope {
	return models.Scope{OwnerID: i.User.ID, Any: i.User.Role == models.RoleAdmin}
}

// requestInfo is what is known of a request while it is served.
type requestInfo struct {
	ID       string
	ClientIP string
	Route    string // the pattern, not the address: addresses may hold names
	Identity *Identity
	cause    error // of a failure, for the log
	fiber    *fiber.Ctx
	body     *bodyReader
}

// note keeps the cause of a problem for the access line.
func (i *requestInfo) note(p *Problem) {
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

// actorFrom is who asks, for the audit log.
func actorFrom(ctx context.Context) models.Actor {
	info, id := infoFrom(ctx), identityFrom(ctx)
	return models.Actor{UserID: id.User.ID, Email: id.User.Email, IP: info.ClientIP, RequestID: info.ID}
}
