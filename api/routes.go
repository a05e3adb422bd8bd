package api

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"

	"safelight/models"
)

// Permission says who may call a route. The zero value is none: a route
// without a permission can not be registered.
type Permission string

// The permissions.
const (
	Public    Permission = "public" // anybody
	ForUsers  Permission = "user"   // whoever is signed in with an active account
	ForAdmins Permission = "admin"
)

func (p Permission) valid() bool { return p == Public || p == ForUsers || p == ForAdmins }

type routeKey struct{ method, path string }

// Route describes a route to the router and to the document.
type Route struct {
	ID         string // operationId: verb and noun, unique
	Method     string
	Path       string // absolute, parameters in braces
	Permission Permission
	// Scope is what a personal access token must be made for. Empty is the
	// usual: admin for what is ForAdmins, else read for GET, write for the rest.
	Scope models.TokenScope
	// SessionOnly refuses personal access tokens, whatever their scopes: for
	// what decides about the account itself.
	SessionOnly bool
	Tag         string
	Summary     string
	// Description is for what the summary has no room for. CommonMark.
	Description string
	// Status is that of success.
	Status int
	// Codes are the problems that the route itself may answer with; those that
	// every route or every route of its permission may are added.
	Codes []Code
	// Parameters, RequestBody and Responses describe a plain route; a typed
	// operation derives them from its types. A query parameter that is not
	// among Parameters is refused before the handler runs.
	Parameters  []*huma.Param
	RequestBody *huma.RequestBody
	Responses   map[string]*huma.Response
}

// routes registers everything.
func (a *App) routes() {
	a.systemRoutes()
	a.scrapeRoute()
	a.authRoutes()
	a.meRoutes()
	a.passwordRoutes()
	a.sessionRoutes()
	a.tokenRoutes()
	a.adminUserRoutes()
	a.uploadRoutes()
	a.fileRoutes()
	a.versionRoutes()
	a.manyFilesRoutes()
	a.shareRoutes()
	a.sharedRoutes()
	a.notificationRoutes()
	a.eventRoutes()
	a.webhookRoutes()
	a.operationsRoutes()
	a.documentRoutes()
}

// operation registers a typed JSON operation.
func operation[I, O any](a *App, r Route, handle func(context.Context, *I) (*O, error)) {
	op := a.describe(r)
	a.permit(r)
	huma.Register(a.huma, op, func(ctx context.Context, in *I) (*O, error) {
		ctx, cancel := context.WithTimeout(ctx, operationTimeout)
		defer cancel()
		out, err := handle(ctx, in)
		if err != nil {
			return nil, a.failed(ctx, err)
		}
		return out, nil
	})
}

// failed turns the error of an operation into the answer that Huma writes.
func (a *App) failed(ctx context.Context, err error) error {
	info := infoFrom(ctx)
	p := *decorate(problemOf(err))
	p.RequestID = info.ID
	info.note(&p)
	return &p
}

// plain registers a Fiber handler, for what is not JSON in and JSON out.
// Errors that it returns are answered as problems.
func (a *App) plain(r Route, handle fiber.Handler) {
	op := a.describe(r)
	a.permit(r)
	a.huma.OpenAPI().AddOperation(&op)
	known := map[string]bool{}
	for _, p := range r.Parameters {
		known[p.Name] = known[p.Name] || p.In == "query"
	}
	a.add(r.Method, fiberPath(r.Path), func(c *fiber.Ctx) error {
		if faults := unknownQuery(c, known); len(faults) > 0 {
			return invalid(faults...)
		}
		return handle(c)
	})
}

// scopeOf is the scope that a route demands of a personal access token.
func scopeOf(r Route) models.TokenScope {
	switch {
	case r.Scope != "":
		return r.Scope
	case r.Permission == ForAdmins:
		return models.ScopeAdmin
	case changes(r.Method):
		return models.ScopeWrite
	}
	return models.ScopeRead
}

// permit notes the permission that the router demands for every route.
func (a *App) permit(r Route) {
	key := routeKey{r.Method, fiberPath(r.Path)}
	a.permissions[key] = r.Permission
	if r.SessionOnly {
		a.sessionOnly[key] = true
	} else {
		a.scopes[key] = scopeOf(r)
	}
}

// guardedRouter is the only way by which routes get into the Fiber app: Huma
// registers through it as well.
type guardedRouter struct {
	fiber.Router
	app *App
}

// Add implements fiber.Router.
func (g guardedRouter) Add(method, path string, handlers ...fiber.Handler) fiber.Router {
	g.app.add(method, path, handlers...)
	return g
}

// add puts a route behind its permission. That there is none is a mistake of
// the program, found at every start.
func (a *App) add(method, path string, handlers ...fiber.Handler) {
	key := routeKey{method, path}
	p := a.permissions[key]
	if !p.valid() {
		panic(fmt.Sprintf("route %s %s declares no permission", method, path))
	}
	chain := append([]fiber.Handler{a.require(p, tokenRule{scope: a.scopes[key], refused: a.sessionOnly[key]})}, handlers...)
	a.fiber.Add(method, path, chain...)
	if method == http.MethodGet {
		a.permissions[routeKey{http.MethodHead, path}] = p
		a.fiber.Add(http.MethodHead, path, chain...)
	}
}

// fiberPath writes {id} as Fiber does.
func fiberPath(path string) string {
	return strings.NewReplacer("{", ":", "}", "").Replace(path)
}

// unknownQuery lists the query parameters that a route does not know.
func unknownQuery(c *fiber.Ctx, known map[string]bool) []Fault {
	var faults []Fault
	for key := range c.Context().QueryArgs().All() {
		if name := string(key); !known[name] {
			faults = append(faults, Fault{Location: "query." + name, Message: "unknown query parameter"})
		}
	}
	return faults
}
