package api

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"runtime/debug"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"
	"github.com/valyala/fasthttp"
)

// operationTimeout bounds the work of one JSON operation.
const operationTimeout = 20 * time.Second

// begin makes the request's info and sets the headers that every answer has.
func (a *App) begin(c *fiber.Ctx) *requestInfo {
	id := c.Get(fiber.HeaderXRequestID)
	if !saneRequestID(id) {
		id = uuid.Must(uuid.NewV7()).String()
	}
	info := &requestInfo{ID: id, ClientIP: a.clientIP(c), Route: "unmatched", fiber: c}
	c.SetUserContext(context.WithValue(c.UserContext(), infoKey{}, info))
	c.Set(fiber.HeaderXRequestID, id)
	c.Set(fiber.HeaderXContentTypeOptions, "nosniff")
	c.Set(fiber.HeaderContentSecurityPolicy, "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'")
	c.Set(fiber.HeaderReferrerPolicy, "no-referrer")
	c.Set(fiber.HeaderXFrameOptions, "DENY")
	c.Set("Cross-Origin-Resource-Policy", a.resourcePolicy())
	c.Set("Cross-Origin-Opener-Policy", "same-origin")
	if a.Config.SecureCookies {
		c.Set(fiber.HeaderStrictTransportSecurity, "max-age=63072000; includeSubDomains")
	}
	// What may be kept says so itself.
	c.Set(fiber.HeaderCacheControl, "no-store")
	return info
}

// saneRequestID takes over a caller's id if it can not do harm in logs and headers.
func saneRequestID(id string) bool {
	if len(id) < 8 || len(id) > 64 {
		return false
	}
	for i := range len(id) {
		c := id[i]
		ok := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_' || c == '.'
		if !ok {
			return false
		}
	}
	return true
}

// observe stands around everything else: it answers errors, leaves no unread
// body on the connection, and writes the access line.
func (a *App) observe(c *fiber.Ctx) error {
	start := time.Now()
	info := a.begin(c)
	a.watch(c, info, start)
	defer func() { info.watch.answered(c) }()
	if err := c.Next(); err != nil {
		if err := a.handleError(c, err); err != nil {
			return err
		}
	}
	settleBody(c, info)
	a.access(c, info, time.Since(start))
	return nil
}

// access writes one line per request. Addresses are not in it: they may hold
// names, and what was asked for is the route.
func (a *App) access(c *fiber.Ctx, info *requestInfo, took time.Duration) {
	status := c.Response().StatusCode()
	attrs := []slog.Attr{
		slog.String("method", c.Method()), slog.String("route", info.Route), slog.Int("status", status),
		slog.Float64("duration_ms", float64(took.Microseconds())/1000), slog.String("request_id", info.ID),
	}
	if info.Identity != nil {
		attrs = append(attrs, slog.String("user_id", info.Identity.User.ID))
	}
	if info.uploadID != "" {
		attrs = append(attrs, slog.String("upload_id", info.uploadID))
	}
	level := slog.LevelInfo
	switch {
	case status == http.StatusInternalServerError:
		level = slog.LevelError
	case status == http.StatusServiceUnavailable:
		level = slog.LevelWarn
	case info.Route == "/healthz" || info.Route == "/readyz" || info.Route == "/metrics" || info.Route == webRoute:
		level = slog.LevelDebug
	}
	if info.cause != nil {
		attrs = append(attrs, slog.String("error", info.cause.Error()))
	}
	a.Log.LogAttrs(c.UserContext(), level, "request", attrs...)
}

// recoverPanics turns a panic into an internal error and logs where it was.
func (a *App) recoverPanics(c *fiber.Ctx) (err error) {
	defer func() {
		if r := recover(); r != nil {
			a.Log.ErrorContext(c.UserContext(), "panic", slog.String("request_id", requestID(c)),
				slog.Any("panic", r), slog.String("stack", string(debug.Stack())))
			err = problem(CodeInternal, "", fmt.Errorf("panic: %v", r))
		}
	}()
	return c.Next() //nolint:wrapcheck // the handler's own error, on its way to handleError
}

// guardRequest refuses what no route should have to think of: an address that
// is not well-formed, and text in it that no database takes.
func (a *App) guardRequest(c *fiber.Ctx) error {
	u, err := url.ParseRequestURI(string(c.Request().RequestURI()))
	if err != nil {
		return problem(CodeBadRequest, "The address is not well-formed.", err)
	}
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return invalid(Fault{Location: "query", Message: "not well-formed"})
	}
	var faults []Fault
	for name, values := range query {
		for _, v := range append(values, name) {
			if !utf8.ValidString(v) || strings.ContainsRune(v, 0) {
				faults = append(faults, Fault{Location: "query." + strings.ToValidUTF8(name, "?"), Message: "not valid text"})
			}
		}
	}
	if len(faults) > 0 {
		return invalid(faults...)
	}
	return c.Next() //nolint:wrapcheck // the handler's own error, on its way to handleError
}

// answerUnknownMethods gives methods that Fiber does not know the same kind of
// answer as everything else; by itself it answers them before any handler.
func (a *App) answerUnknownMethods() {
	server := a.fiber.Server()
	next := server.Handler
	server.Handler = func(ctx *fasthttp.RequestCtx) {
		if slices.Contains(fiber.DefaultMethods, string(ctx.Method())) {
			next(ctx)
			return
		}
		c := a.fiber.AcquireCtx(ctx)
		defer a.fiber.ReleaseCtx(c)
		ctx.Response.SetConnectionClose() // its body, if any, is not read
		if err := a.handleError(c, problem(CodeNotImplemented, "", nil)); err != nil {
			a.Log.Error("unknown method could not be answered", "error", err)
		}
	}
}

// clientIP is the address of whoever asks: that of the connection, or, behind
// a trusted proxy, the last one in X-Forwarded-For that is not such a proxy.
// Those before it are the client's own word.
func (a *App) clientIP(c *fiber.Ctx) string {
	remote := c.Context().RemoteIP().String()
	if !a.trusted(remote) {
		return remote
	}
	hops := strings.Split(c.Get(fiber.HeaderXForwardedFor), ",")
	for _, hop := range slices.Backward(hops) {
		addr, err := netip.ParseAddr(strings.TrimSpace(hop))
		if err != nil {
			break
		}
		remote = addr.Unmap().String()
		if !a.trusted(remote) {
			break
		}
	}
	return remote
}

func (a *App) trusted(address string) bool {
	addr, err := netip.ParseAddr(address)
	if err != nil {
		return false
	}
	return slices.ContainsFunc(a.Config.TrustedProxies, func(p netip.Prefix) bool { return p.Contains(addr.Unmap()) })
}
