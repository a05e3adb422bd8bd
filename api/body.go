package api

import (
	"errors"
	"fmt"
	"io"
	"net/url"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humafiber"
	"github.com/gofiber/fiber/v2"

	"safelight/models"
)

const (
	// maxJSONBody bounds the body of a JSON operation, in bytes.
	maxJSONBody = 64 << 10
	// readAhead is what fasthttp has read of a body before a handler runs.
	readAhead = 8 << 10
)

// bodyReader reads a request's body up to a limit and remembers whether it saw
// the end: bytes left unread would be taken for the next request of the connection.
type bodyReader struct {
	stream    io.Reader
	announced int64 // -1: in chunks
	read      int64
	left      int64
	ended     bool
}

func newBodyReader(c *fiber.Ctx) *bodyReader {
	stream := c.Context().RequestBodyStream()
	return &bodyReader{stream: stream, announced: int64(c.Request().Header.ContentLength()), ended: stream == nil}
}

// requestBody gives the request's body, of which at most limit bytes may come:
// past them the reader fails with models.ErrTooLarge. A body announced to be
// longer fails at once. With StreamRequestBody Fiber's BodyLimit is no limit;
// this is. There is one reader per request; a second call only moves its limit.
func requestBody(c *fiber.Ctx, limit int64) (*bodyReader, error) {
	info := infoFrom(c.UserContext())
	if announced := int64(c.Request().Header.ContentLength()); announced > limit {
		return nil, fmt.Errorf("body of %d bytes, %d are allowed: %w", announced, limit, models.ErrTooLarge)
	}
	if info.body == nil {
		info.body = newBodyReader(c)
	}
	info.body.left = limit
	return info.body, nil
}

// Read implements io.Reader.
func (b *bodyReader) Read(p []byte) (int, error) {
	if b.ended {
		return 0, io.EOF
	}
	if b.left <= 0 {
		return b.probe()
	}
	if int64(len(p)) > b.left {
		p = p[:b.left]
	}
	n, err := b.stream.Read(p)
	b.left -= int64(n)
	return n, b.note(n, err)
}

// probe tells a body of exactly the limit from one that is longer.
func (b *bodyReader) probe() (int, error) {
	var one [1]byte
	n, err := b.stream.Read(one[:])
	if err := b.note(n, err); n == 0 {
		return 0, err
	}
	return 0, models.ErrTooLarge
}

func (b *bodyReader) note(n int, err error) error {
	b.read += int64(n)
	if errors.Is(err, io.EOF) || b.read == b.announced {
		b.ended = true
	}
	return err
}

// settleBody sees to what a handler has left of the body: what is unread must
// never be parsed as a request. Of what has arrived already the rest is thrown
// away; where more is to come, the connection is closed behind the answer.
func settleBody(c *fiber.Ctx, info *requestInfo) {
	if c.Context().RequestBodyStream() == nil {
		return
	}
	if info.body == nil {
		info.body = newBodyReader(c)
	}
	b := info.body
	if b.announced >= 0 && b.announced <= readAhead {
		b.left = readAhead
		_, _ = io.Copy(io.Discard, b) // from memory: its only error is the end
	}
	if !b.ended {
		linger(c, b)
	}
}

// humaRequest is Huma's view of a request with its two weak spots covered: a
// body without a limit while streaming, and an address that does not parse.
type humaRequest struct {
	humaContext
	body io.Reader
	url  url.URL
}

type humaContext huma.Context

// BodyReader implements huma.Context.
func (r humaRequest) BodyReader() io.Reader { return r.body }

// URL implements huma.Context.
func (r humaRequest) URL() url.URL { return r.url }

// Unwrap lets Huma find what is below.
func (r humaRequest) Unwrap() huma.Context { return r.humaContext }

// failedBody gives Huma the error in place of the bytes.
type failedBody struct{ err error }

func (f failedBody) Read([]byte) (int, error) { return 0, f.err }

// withBody is the Huma middleware that puts humaRequest in place.
func withBody(ctx huma.Context, next func(huma.Context)) {
	c := humafiber.Unwrap(ctx)
	u, err := url.ParseRequestURI(string(c.Request().RequestURI()))
	if err != nil {
		u = &url.URL{Path: c.Path(), RawQuery: string(c.Request().URI().QueryString())}
	}
	var body io.Reader
	if capped, err := requestBody(c, maxJSONBody); err == nil {
		body = capped
	} else {
		body = failedBody{err}
	}
	next(humaRequest{humaContext: ctx, body: body, url: *u})
}
