package api

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"

	"safelight/internal/diskname"
	"safelight/models"
	"safelight/storage"
)

// contentRoute registers the bytes of files.
func (a *App) contentRoute() {
	a.plain(Route{
		ID: "getContent", Method: http.MethodGet, Path: Prefix + "/files/{id}/content", Permission: ForUsers, Tag: "Files",
		Summary: "The bytes of a picture", Status: http.StatusOK,
		Description: "Takes `Range`, `If-Range` and `If-None-Match`. Answers with the bytes or, where the object store can be reached by clients, with a redirect to it. Carries none of the camera's metadata, but for `original`: the bytes as uploaded, there for the owner alone where this server keeps them, and always a download.",
		Codes:       []Code{CodeNotFound, CodeRange, CodeUnavailable},
		Parameters: append([]*huma.Param{
			{Name: "id", In: "path", Required: true, Schema: &huma.Schema{Type: "string"}},
			variantParam(models.VariantFull, models.VariantPreview, models.VariantThumb, models.VariantOriginal),
			{Name: "version", In: "query", Description: "By default the current one.", Schema: &huma.Schema{Type: "integer", Minimum: ptr(1.0)}},
		}, contentParams()...),
		Responses: contentResponses(),
	}, a.content)
}

func variantParam(names ...any) *huma.Param {
	return &huma.Param{
		Name: "variant", In: "query", Description: "Which size of it.",
		Schema: &huma.Schema{Type: "string", Enum: names, Default: models.VariantFull},
	}
}

// contentParams are those of every route that serves bytes.
func contentParams() []*huma.Param {
	text := &huma.Schema{Type: "string"}
	return []*huma.Param{
		{Name: "download", In: "query", Description: "As an attachment, under the file's name.", Schema: &huma.Schema{Type: "boolean", Default: false}},
		{Name: "Range", In: "header", Schema: text, Description: "One range of bytes."},
		{Name: "If-Range", In: "header", Schema: text, Description: "The ETag that Range is about; of another one all bytes come."},
		{Name: "If-None-Match", In: "header", Schema: text, Description: "ETags that the client has already."},
	}
}

func contentResponses() map[string]*huma.Response {
	binary := map[string]*huma.MediaType{"image/*": {Schema: &huma.Schema{Type: "string", Format: "binary"}}}
	text := &huma.Schema{Type: "string"}
	headers := map[string]*huma.Param{
		"ETag": {Schema: text}, "Accept-Ranges": {Schema: text}, "Content-Disposition": {Schema: text}, "Cache-Control": {Schema: text},
	}
	return map[string]*huma.Response{
		"200": {Description: "The picture.", Content: binary, Headers: headers},
		"206": {Description: "The part of it that Range asks for.", Content: binary, Headers: headers},
		"304": {Description: "It is the one that If-None-Match names."},
		"307": {
			Description: "It is to be had from the object store, in ranges too, for a minute. Ask again here rather than keep the address.",
			Headers: map[string]*huma.Param{
				"Location":      {Description: "A signed address, which needs no credentials: send none there.", Schema: text},
				"Cache-Control": {Schema: text},
			},
		},
	}
}

func ptr[T any](v T) *T { return &v }

// contentQuery is what a request for content asks for. Version 0 is the current one.
type contentQuery struct {
	variant  string
	version  int
	download bool
}

func parseContentQuery(c *fiber.Ctx) (contentQuery, error) {
	q := contentQuery{variant: c.Query("variant", models.VariantFull)}
	var faults []Fault
	switch q.variant {
	case models.VariantFull, models.VariantPreview, models.VariantThumb:
	case models.VariantOriginal:
		q.download = true // not of our making: never shown in place
	default:
		faults = append(faults, Fault{Location: "query.variant", Message: `expected value to be one of "full, preview, thumb, original"`})
	}
	if s := c.Query("version"); s != "" {
		n, err := strconv.ParseInt(s, 10, 32)
		if err != nil || n < 1 {
			faults = append(faults, Fault{Location: "query.version", Message: "expected integer >= 1"})
		}
		q.version = int(n)
	}
	switch c.Query("download", "false") {
	case "true":
		q.download = true
	case "false":
	default:
		faults = append(faults, Fault{Location: "query.download", Message: "expected boolean"})
	}
	if len(faults) > 0 {
		return q, invalid(faults...)
	}
	return q, nil
}

// content serves the bytes of a file, or the part of them that is asked for.
func (a *App) content(c *fiber.Ctx) error {
	q, err := parseContentQuery(c)
	if err != nil {
		return err
	}
	name, variant, err := a.findContent(c.UserContext(), c.Params("id"), q)
	if err != nil {
		return err
	}
	_, err = a.deliver(c, name, variant, q)
	return err
}

// deliver answers with a variant, or the part of it that is asked for. begun
// says that the answer holds the first byte.
func (a *App) deliver(c *fiber.Ctx, name string, variant models.Variant, q contentQuery) (begun bool, err error) {
	etag := `"` + variant.SHA256 + `"`
	if header := c.Get(fiber.HeaderIfNoneMatch); header != "" && matchesETag(header, etag, true) {
		contentCaching(c, etag, q)
		c.Status(http.StatusNotModified)
		return false, nil
	}
	part, answer := span{0, variant.Size}, wholeContent
	if condition := c.Get(fiber.HeaderIfRange); condition == "" || condition == etag {
		part, answer = parseRange(c.Get(fiber.HeaderRange), variant.Size)
	}
	switch answer {
	case noSuchPart:
		return false, problem(CodeRange, "", nil).with(fiber.HeaderContentRange, fmt.Sprintf("bytes */%d", variant.Size))
	case partOfContent:
		c.Status(http.StatusPartialContent)
	case wholeContent:
		part = span{0, variant.Size}
	}
	begun = part.offset == 0 && c.Method() == http.MethodGet
	if a.redirects(c, q) {
		return begun, a.redirect(c, name, variant, q)
	}
	if err := a.stream(c, variant, part); err != nil {
		return false, err
	}
	if answer == partOfContent {
		c.Set(fiber.HeaderContentRange, part.contentRange(variant.Size))
	}
	contentCaching(c, etag, q)
	c.Set(fiber.HeaderAcceptRanges, "bytes")
	c.Set(fiber.HeaderContentType, variant.MIMEType)
	c.Set(fiber.HeaderContentSecurityPolicy, "sandbox; default-src 'none'; frame-ancestors 'none'")
	c.Set(fiber.HeaderContentDisposition, "inline") // under no name: what a page shows is not a download
	if q.download {
		c.Set(fiber.HeaderContentDisposition, attachment(diskname.WithType(name, variant.MIMEType)))
	}
	return begun, nil
}

// contentCaching lets a browser keep what it has seen, for the user who saw it
// alone: a version's bytes never change, but who may see them does.
func contentCaching(c *fiber.Ctx, etag string, q contentQuery) {
	c.Set(fiber.HeaderETag, etag)
	c.Vary(fiber.HeaderCookie, fiber.HeaderAuthorization)
	c.Set(fiber.HeaderCacheControl, "private, no-cache")
	if q.version > 0 {
		c.Set(fiber.HeaderCacheControl, "private, max-age=86400, immutable")
	}
}

// findContent finds the object that a request is for. The name is looked up
// only for a download, and a version given needs no look at the file.
func (a *App) findContent(ctx context.Context, id string, q contentQuery) (name string, v models.Variant, err error) {
	me := identityFrom(ctx)
	scope := me.Scope()
	var blob models.Blob
	if q.version == 0 || q.download {
		f, err := a.Files.FileByID(ctx, scope, id)
		if err != nil {
			return "", v, fmt.Errorf("read file: %w", err)
		}
		name, blob = f.Name, f.Current.Blob
		if q.variant == models.VariantOriginal && (f.OwnerID != me.User.ID || !a.Config.KeepOriginals) {
			return "", v, fmt.Errorf("original of file %s: %w", id, models.ErrNotFound)
		}
	}
	if q.version > 0 {
		version, err := a.Files.VersionByNumber(ctx, scope, id, q.version)
		if err != nil {
			return "", v, fmt.Errorf("read version: %w", err)
		}
		blob = version.Blob
	}
	v, ok := blob.Variant(q.variant)
	if !ok {
		return "", v, fmt.Errorf("variant %s of blob %s: %w", q.variant, blob.ID, models.ErrNotFound)
	}
	return name, v, nil
}

// Bounds of sending: a client that takes nothing for stallTime, or that takes
// less than minRate bytes a second over all, loses its connection.
const (
	stallTime = 30 * time.Second
	minRate   = 4 << 10
)

// stream has the answer's body sent from the object store. A HEAD is answered
// without opening anything.
func (a *App) stream(c *fiber.Ctx, v models.Variant, part span) error {
	if c.Method() == http.MethodHead {
		c.Response().Header.SetContentLength(int(part.length))
		return nil
	}
	ref := storage.Ref{Bucket: storage.Final, Key: v.Key}
	limit := time.Now().Add(2*stallTime + time.Duration(part.length/minRate)*time.Second)
	ctx, cancel := context.WithDeadline(c.UserContext(), limit)
	object, info, err := a.Objects.Open(ctx, ref, part.offset, part.length)
	if err != nil {
		cancel()
		if errors.Is(err, storage.ErrNotFound) { // a row without its object is our fault, not a wrong address
			return problem(CodeInternal, "", fmt.Errorf("open %s: %w", ref, err))
		}
		return fmt.Errorf("open %s: %w", ref, errors.Join(models.ErrUnavailable, err))
	}
	body := &pacedReader{object: object, conn: c.Context().Conn(), limit: limit, done: cancel, log: a.Log, id: requestID(c), watch: infoFrom(c.UserContext()).watch}
	if info.Size != v.Size {
		return problem(CodeInternal, "", errors.Join(fmt.Errorf("%s has %d bytes, its row %d", ref, info.Size, v.Size), body.Close()))
	}
	body.ended = body.watch.streams()
	c.Context().SetBodyStream(body, int(part.length))
	return nil
}

// pacedReader moves the connection's write deadline on with every piece of the
// body, up to a limit for all of it. The server reads it when the handler has
// returned, and closes it.
type pacedReader struct {
	object io.ReadCloser
	conn   net.Conn
	limit  time.Time
	done   context.CancelFunc
	log    *slog.Logger
	id     string
	watch  *watch
	ended  func() // of the watch, once the answer streams
}

// Read implements io.Reader.
func (r *pacedReader) Read(p []byte) (int, error) {
	deadline := time.Now().Add(stallTime)
	if deadline.After(r.limit) {
		deadline = r.limit
	}
	if err := r.conn.SetWriteDeadline(deadline); err != nil {
		return 0, fmt.Errorf("move write deadline: %w", err)
	}
	n, err := r.object.Read(p)
	r.watch.wrote(n)
	if err != nil && !errors.Is(err, io.EOF) { // the answer has begun: only the log can tell
		r.log.Error("content broke off", slog.String("request_id", r.id), slog.Any("error", err))
	}
	return n, err //nolint:wrapcheck // io.Reader's contract: io.EOF as it is
}

// Close implements io.Closer.
func (r *pacedReader) Close() error {
	r.done()
	if r.ended != nil {
		defer r.ended()
	}
	if err := r.object.Close(); err != nil {
		return fmt.Errorf("close object: %w", err)
	}
	return nil
}
