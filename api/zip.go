package api

import (
	"archive/zip"
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"runtime/debug"
	"time"

	"github.com/gofiber/fiber/v2"

	"safelight/internal/diskname"
	"safelight/models"
	"safelight/storage"
)

const zipType = "application/zip"

// zipChunk is how much of an object is in memory at a time, in bytes.
const zipChunk = 64 << 10

// zipEntry is one picture of an archive.
type zipEntry struct {
	name    string
	variant models.Variant
	made    time.Time
}

// zipEntries names the pictures of files so that every system can unpack them
// side by side.
func zipEntries(files []models.File) ([]zipEntry, error) {
	names := diskname.Taken{}
	entries := make([]zipEntry, len(files))
	for i, f := range files {
		full, ok := f.Current.Blob.Variant(models.VariantFull)
		if !ok {
			return nil, problem(CodeInternal, "", fmt.Errorf("file %s has no picture", f.ID))
		}
		entries[i] = zipEntry{name: names.Take(diskname.Safe(diskname.WithType(f.Name, full.MIMEType))), variant: full, made: f.Current.CreatedAt}
	}
	return entries, nil
}

// serveZip answers with an archive that is made while it is sent: what is in
// memory does not grow with it, and nothing is on disk.
func (a *App) serveZip(c *fiber.Ctx, entries []zipEntry) {
	c.Set(fiber.HeaderContentType, zipType)
	c.Set(fiber.HeaderContentDisposition, attachment("safelight-"+time.Now().UTC().Format("2006-01-02")+".zip"))
	c.Set("X-Accel-Buffering", "no")
	var size int64
	for _, e := range entries {
		size += e.variant.Size
	}
	limit := time.Now().Add(2*stallTime + time.Duration(size/minRate)*time.Second)
	z := &zipStream{
		objects: a.Objects, conn: c.Context().Conn(), limit: limit,
		log: a.Log.With("request_id", requestID(c), "user_id", identityFrom(c.UserContext()).User.ID),
	}
	ctx := c.UserContext()
	z.watch = infoFrom(ctx).watch
	ended := z.watch.streams()
	c.Context().SetBodyStreamWriter(func(w *bufio.Writer) { // c is dead in here
		defer ended()
		ctx, cancel := context.WithDeadline(ctx, limit)
		defer cancel()
		z.run(ctx, w, entries)
	})
}

// zipStream writes one archive to one connection.
type zipStream struct {
	objects Objects
	conn    net.Conn
	limit   time.Time
	log     *slog.Logger
	watch   *watch
}

// run writes the archive. One that can not be finished must not look as if it
// were: the connection is cut, so that the client misses the end.
func (z *zipStream) run(ctx context.Context, w io.Writer, entries []zipEntry) {
	whole := false
	defer func() {
		if p := recover(); p != nil { // nothing else stands between a panic in here and the process
			z.log.Error("panic", slog.Any("panic", p), slog.String("stack", string(debug.Stack())))
		}
		if whole {
			return
		}
		if err := z.conn.Close(); err != nil {
			z.log.Debug("connection of a broken archive was closed already", "error", err)
		}
	}()
	err := z.write(ctx, w, entries)
	var source *sourceError
	switch {
	case err == nil:
		whole = true
	case errors.As(err, &source):
		z.log.Error("archive broke off", "error", err)
	default: // the client left, or takes nothing
		z.log.Debug("archive was not taken", "error", err)
	}
}

func (z *zipStream) write(ctx context.Context, w io.Writer, entries []zipEntry) error {
	archive := zip.NewWriter(&pacedWriter{w: w, conn: z.conn, limit: z.limit, watch: z.watch})
	buf := make([]byte, zipChunk)
	for _, e := range entries {
		// Pictures do not get smaller; sizes follow the bytes, beyond 4 GB too.
		entry, err := archive.CreateHeader(&zip.FileHeader{Name: e.name, Method: zip.Store, Modified: e.made.UTC()})
		if err != nil {
			return fmt.Errorf("begin entry: %w", err)
		}
		if err := z.copy(ctx, entry, e.variant, buf); err != nil {
			return err
		}
	}
	if err := archive.Close(); err != nil {
		return fmt.Errorf("end archive: %w", err)
	}
	return nil
}

// copy writes an object, of exactly the size of its row.
func (z *zipStream) copy(ctx context.Context, to io.Writer, v models.Variant, buf []byte) error {
	ref := storage.Ref{Bucket: storage.Final, Key: v.Key}
	object, _, err := z.objects.Open(ctx, ref, 0, -1)
	if err != nil {
		return &sourceError{fmt.Errorf("open %s: %w", ref, err)}
	}
	source := &sourceReader{r: object}
	n, err := io.CopyBuffer(onlyWriter{to}, source, buf)
	if closeErr := object.Close(); err == nil && closeErr != nil {
		err = &sourceError{fmt.Errorf("close %s: %w", ref, closeErr)}
	}
	switch {
	case source.err != nil:
		return &sourceError{fmt.Errorf("read %s: %w", ref, source.err)}
	case err != nil:
		return fmt.Errorf("send entry: %w", err)
	case n != v.Size:
		return &sourceError{fmt.Errorf("%s has %d bytes, its row %d", ref, n, v.Size)}
	}
	return nil
}

// onlyWriter hides that a writer could read by itself, in pieces of its own.
type onlyWriter struct{ io.Writer }

// sourceError is a failure of the object store, not of the client.
type sourceError struct{ err error }

func (e *sourceError) Error() string { return e.err.Error() }
func (e *sourceError) Unwrap() error { return e.err }

// sourceReader remembers what reading failed with.
type sourceReader struct {
	r   io.Reader
	err error
}

// Read implements io.Reader.
func (s *sourceReader) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		s.err = err
	}
	return n, err //nolint:wrapcheck // io.Reader's contract: io.EOF as it is
}

// pacedWriter moves the connection's write deadline on with every piece, up to
// a limit for all of them, as pacedReader does.
type pacedWriter struct {
	w     io.Writer
	conn  net.Conn
	limit time.Time
	watch *watch
}

// Write implements io.Writer.
func (p *pacedWriter) Write(b []byte) (int, error) {
	deadline := time.Now().Add(stallTime)
	if deadline.After(p.limit) {
		deadline = p.limit
	}
	if err := p.conn.SetWriteDeadline(deadline); err != nil {
		return 0, fmt.Errorf("move write deadline: %w", err)
	}
	n, err := p.w.Write(b)
	p.watch.wrote(n)
	return n, err //nolint:wrapcheck // says what the connection said
}
