package api

import (
	"net/http"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"
)

// preflightFor is how long a browser may remember an answer, in seconds: two
// hours is the most that any of them takes.
const preflightFor = "7200"

// What pages of another origin may send, and what of an answer they may read.
// By itself a browser hides all but a few headers of an answer from them.
var (
	webMethods = strings.Join([]string{
		http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete,
	}, ", ")
	webSends = strings.Join([]string{
		fiber.HeaderAuthorization, fiber.HeaderContentType, "Idempotency-Key", lastEventID, fiber.HeaderXRequestID,
		fiber.HeaderRange, fiber.HeaderIfRange, fiber.HeaderIfNoneMatch,
		headerTusResumable, headerUploadOffset, headerUploadLength, headerDeferLength, headerMetadata, headerChecksum, headerOverride,
	}, ", ")
	webReads = strings.Join([]string{
		fiber.HeaderLocation, fiber.HeaderXRequestID, fiber.HeaderRetryAfter, "RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset",
		fiber.HeaderETag, fiber.HeaderContentRange, fiber.HeaderAcceptRanges, fiber.HeaderContentDisposition, fiber.HeaderContentLength,
		headerTusResumable, headerTusVersion, "Tus-Extension", "Tus-Max-Size", "Tus-Checksum-Algorithm",
		headerUploadOffset, headerUploadLength, headerDeferLength, headerMetadata, headerUploadExpires, headerUploadID,
	}, ", ")
)

// shareWithWeb lets the pages of the configured origins, and of no others, use
// the API with the cookies of their user (CORS). Where none is configured
// nothing of it is in any answer. What pages of other origins ask for is served
// as ever, without a word that would let them read it; changes that come from
// there with a cookie are refused later on, see App.site.
func (a *App) shareWithWeb(c *fiber.Ctx) error {
	if len(a.Config.WebOrigins) == 0 {
		return c.Next() //nolint:wrapcheck // the handler's own error, on its way to handleError
	}
	c.Vary(fiber.HeaderOrigin) // of every answer, or a cache gives one origin's to another
	origin := c.Get(fiber.HeaderOrigin)
	if !a.isWebOrigin(origin) {
		return c.Next() //nolint:wrapcheck // as above
	}
	c.Set(fiber.HeaderAccessControlAllowOrigin, origin)
	c.Set(fiber.HeaderAccessControlAllowCredentials, "true")
	if c.Method() != http.MethodOptions || c.Get(fiber.HeaderAccessControlRequestMethod) == "" {
		c.Set(fiber.HeaderAccessControlExposeHeaders, webReads)
		return c.Next() //nolint:wrapcheck // as above
	}
	// A preflight: it carries no cookie, so that there is nobody to let in yet.
	infoFrom(c.UserContext()).Route = "preflight"
	c.Vary(fiber.HeaderAccessControlRequestMethod, fiber.HeaderAccessControlRequestHeaders)
	c.Set(fiber.HeaderAccessControlAllowMethods, webMethods)
	c.Set(fiber.HeaderAccessControlAllowHeaders, webSends)
	c.Set(fiber.HeaderAccessControlMaxAge, preflightFor)
	c.Status(http.StatusNoContent)
	return nil
}

// isWebOrigin reports whether the web app is served from an origin. Browsers
// write origins in one way only, so that they are compared as they are.
func (a *App) isWebOrigin(origin string) bool {
	return origin != "" && slices.Contains(a.Config.WebOrigins, origin)
}

// resourcePolicy says whose pages may show our pictures: where the web app has
// an origin of its own, those of this site.
func (a *App) resourcePolicy() string {
	if len(a.Config.WebOrigins) > 0 {
		return "same-site"
	}
	return "same-origin"
}
