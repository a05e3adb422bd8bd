package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"

	"safelight/internal/diskname"
	"safelight/models"
	"safelight/storage"
)

const (
	// signedFor is how long an address at the object store is good: who has it
	// needs nothing else, whatever becomes of file, link or account meanwhile. It
	// has to be begun within that time; a transfer under way goes on.
	signedFor = time.Minute
	// redirectKept is how long a browser may follow a redirect to the bytes of a
	// version again without asking; less than signedFor, by what asking may take.
	redirectKept = 30 * time.Second
)

// redirects reports whether a request for content is answered by sending it to
// the object store. Thumbnails are not: a page shows dozens of them, and each
// would cost a call to the store, a second request, and what the browser keeps.
// HEAD is not: all that it asks for is known here.
func (a *App) redirects(c *fiber.Ctx, q contentQuery) bool {
	return a.Signer != nil && q.variant != models.VariantThumb && c.Method() == http.MethodGet
}

// redirect sends a reader to the object store for a variant. The answer has no
// ETag of ours: a browser would ask by it whether the redirect still holds.
func (a *App) redirect(c *fiber.Ctx, name string, v models.Variant, q contentQuery) error {
	ctx, cancel := context.WithTimeout(c.UserContext(), operationTimeout)
	defer cancel()
	saveAs := ""
	if q.download {
		saveAs = diskname.Safe(diskname.WithType(name, v.MIMEType))
	}
	ref := storage.Ref{Bucket: storage.Final, Key: v.Key}
	address, err := a.Signer.SignedURL(ctx, ref, signedFor, saveAs)
	if errors.Is(err, storage.ErrNotFound) { // a row without its object is our fault, not a wrong address
		return problem(CodeInternal, "", fmt.Errorf("sign %s: %w", ref, err))
	}
	if err != nil {
		return fmt.Errorf("sign %s: %w", ref, errors.Join(models.ErrUnavailable, err))
	}
	if q.version > 0 { // what is current may be another one the next moment
		c.Set(fiber.HeaderVary, "Cookie, Authorization")
		c.Set(fiber.HeaderCacheControl, "private, max-age="+strconv.Itoa(int(redirectKept.Seconds())))
	}
	c.Set(fiber.HeaderLocation, address)
	c.Status(http.StatusTemporaryRedirect)
	return nil
}
