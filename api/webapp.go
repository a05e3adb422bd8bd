package api

import (
	"net/http"
	"strings"

	"github.com/gofiber/fiber/v2"

	"safelight/api/web"
)

// webRoute is the route of the web app's files in the log.
const webRoute = "web app"

// webApp serves the web app at every address that is not the API's. It stands
// behind all routes, so that whatever is described goes before it.
func (a *App) webApp(c *fiber.Ctx) error {
	path := c.Path()
	if method := c.Method(); method != http.MethodGet && method != http.MethodHead || reserved(path) {
		return c.Next() //nolint:wrapcheck // nobody is left: not found
	}
	if file := a.Web.File(path); file != nil {
		return a.sendFile(c, file)
	}
	if strings.HasPrefix(path, web.AssetPrefix) {
		return c.Next() //nolint:wrapcheck // a page in place of a script would only fail later
	}
	// The app itself says which of its addresses there are.
	c.Vary(fiber.HeaderAccept)
	if path != "/" && !web.AcceptsPages(c.Get(fiber.HeaderAccept)) {
		return c.Next() //nolint:wrapcheck // nobody is left: not found
	}
	if index := a.Web.Index(); index != nil {
		return a.sendFile(c, index)
	}
	c.Set(fiber.HeaderContentType, fiber.MIMETextHTMLCharsetUTF8)
	return c.Status(http.StatusNotFound).Send(web.NotBuilt) //nolint:wrapcheck // it only sets the body
}

// reserved are the addresses that are the API's even where it has no route.
func reserved(path string) bool {
	switch path {
	case "/api", "/healthz", "/readyz", "/metrics":
		return true
	}
	return strings.HasPrefix(path, "/api/") || strings.HasPrefix(path, sharedPrefix)
}

// sendFile answers with the form of a file that the client takes. Files whose
// name stands for their content are kept for good; of the others the client
// asks each time whether they have changed.
func (a *App) sendFile(c *fiber.Ctx, file *web.File) error {
	infoFrom(c.UserContext()).Route = webRoute
	form := file.Form(c.Get(fiber.HeaderAcceptEncoding))
	if file.Varies() {
		c.Vary(fiber.HeaderAcceptEncoding)
	}
	caching := "no-cache"
	if file.Immutable {
		caching = "public, max-age=31536000, immutable"
	}
	c.Set(fiber.HeaderCacheControl, caching)
	c.Set(fiber.HeaderETag, form.ETag)
	// Of every file: a worker has the policy of its script, not of its page.
	c.Set(fiber.HeaderContentSecurityPolicy, a.pagePolicy)
	if header := c.Get(fiber.HeaderIfNoneMatch); header != "" && matchesETag(header, form.ETag, true) {
		c.Status(http.StatusNotModified)
		return nil
	}
	c.Set(fiber.HeaderContentType, file.Type)
	if form.Encoding != "" {
		c.Set(fiber.HeaderContentEncoding, form.Encoding)
	}
	c.Response().SetBodyRaw(form.Bytes)
	return nil
}
