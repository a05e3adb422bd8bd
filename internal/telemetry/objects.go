package telemetry

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"safelight/internal/metrics"
	"safelight/internal/tracing"
	"safelight/storage"
)

// StoreKind is the value of the label that says which store a URL names.
func StoreKind(storageURL string) string {
	if storage.IsSupabase(storageURL) {
		return "supabase"
	}
	return "folder"
}

// Objects gives a store that is counted, and that shows in traces. It is a
// Sweeper and a Signer where the store is one.
func Objects(of storage.Store, m *metrics.Storage) storage.Store {
	s := &objects{of: of, metrics: m}
	sweeper, sweeps := of.(storage.Sweeper)
	signer, signs := of.(storage.Signer)
	switch {
	case sweeps && signs:
		return struct {
			*objects
			storage.Sweeper
			signing
		}{s, sweeper, signing{signer, s}}
	case sweeps:
		return struct {
			*objects
			storage.Sweeper
		}{s, sweeper}
	case signs:
		return struct {
			*objects
			signing
		}{s, signing{signer, s}}
	}
	return s
}

// signing shows what is asked of a Signer.
type signing struct {
	storage.Signer
	seen *objects
}

// SignedURL implements storage.Signer.
func (s signing) SignedURL(ctx context.Context, ref storage.Ref, validFor time.Duration, name string) (string, error) {
	ctx, c := s.seen.begin(ctx, "sign", ref)
	url, err := s.Signer.SignedURL(ctx, ref, validFor, name)
	c.end(err, 0)
	return url, err
}

type objects struct {
	of      storage.Store
	metrics *metrics.Storage
}

// call is one call under way.
type call struct {
	operation string
	began     time.Time
	span      trace.Span
	metrics   *metrics.Storage
}

// key is the name of an object in spans. Keys are made of ids: which of them are
// for whom is in the rows alone.
const key = attribute.Key("safelight.object")

func (s *objects) begin(ctx context.Context, operation string, ref storage.Ref) (context.Context, call) {
	ctx, span := tracing.Start(ctx, "storage "+operation)
	if span.IsRecording() {
		span.SetAttributes(key.String(ref.String()))
	}
	return ctx, call{operation, time.Now(), span, s.metrics}
}

func (c call) end(err error, bytes int64) {
	if bytes > 0 && c.span.IsRecording() {
		c.span.SetAttributes(tracing.Bytes.Int64(bytes))
	}
	if expected(err) { // an answer, and no failure
		tracing.End(c.span, nil)
	} else {
		tracing.End(c.span, err)
	}
	c.metrics.Called(c.operation, outcome(err), time.Since(c.began), bytes)
}

// expected reports whether an error is what callers ask for at times.
func expected(err error) bool {
	return errors.Is(err, storage.ErrNotFound) || errors.Is(err, storage.ErrExists)
}

func outcome(err error) string {
	switch {
	case err == nil:
		return metrics.StorageOK
	case errors.Is(err, storage.ErrNotFound):
		return metrics.StorageNotFound
	case errors.Is(err, storage.ErrExists):
		return metrics.StorageExists
	case errors.Is(err, storage.ErrTooLarge):
		return metrics.StorageTooLarge
	case errors.Is(err, context.Canceled):
		return metrics.StorageCanceled
	case errors.Is(err, storage.ErrUnavailable), errors.Is(err, context.DeadlineExceeded):
		return metrics.StorageUnavailable
	}
	return metrics.StorageFailed
}

// Put implements storage.Store.
func (s *objects) Put(ctx context.Context, ref storage.Ref, r io.Reader, size int64, contentType string) (int64, error) {
	ctx, c := s.begin(ctx, "put", ref)
	n, err := s.of.Put(ctx, ref, r, size, contentType)
	c.end(err, n)
	return n, err
}

// Open implements storage.Store. The call ends when the reader is closed.
func (s *objects) Open(ctx context.Context, ref storage.Ref, offset, length int64) (io.ReadCloser, storage.Info, error) {
	ctx, c := s.begin(ctx, "open", ref)
	r, info, err := s.of.Open(ctx, ref, offset, length)
	if err != nil {
		c.end(err, 0)
		return nil, info, err
	}
	return &opened{r: r, call: c}, info, nil
}

// opened counts what is read of an object.
type opened struct {
	r    io.ReadCloser
	call call
	n    int64
	err  error
	once sync.Once
}

// Read implements io.Reader.
func (o *opened) Read(p []byte) (int, error) {
	n, err := o.r.Read(p)
	o.n += int64(n)
	if err != nil && !errors.Is(err, io.EOF) {
		o.err = err
	}
	return n, err //nolint:wrapcheck // io.Reader's contract: io.EOF as it is
}

// Close implements io.Closer.
func (o *opened) Close() error {
	err := o.r.Close()
	o.once.Do(func() { o.call.end(errors.Join(o.err, err), o.n) })
	return err //nolint:wrapcheck // it stands for the store
}

// Stat implements storage.Store.
func (s *objects) Stat(ctx context.Context, ref storage.Ref) (storage.Info, error) {
	ctx, c := s.begin(ctx, "stat", ref)
	info, err := s.of.Stat(ctx, ref)
	c.end(err, 0)
	return info, err
}

// Move implements storage.Store.
func (s *objects) Move(ctx context.Context, from, to storage.Ref) error {
	ctx, c := s.begin(ctx, "move", to)
	err := s.of.Move(ctx, from, to)
	c.end(err, 0)
	return err
}

// Delete implements storage.Store.
func (s *objects) Delete(ctx context.Context, refs ...storage.Ref) error {
	var first storage.Ref
	if len(refs) > 0 {
		first = refs[0]
	}
	ctx, c := s.begin(ctx, "delete", first)
	c.span.SetAttributes(attribute.Int("safelight.objects", len(refs)))
	err := s.of.Delete(ctx, refs...)
	c.end(err, 0)
	return err
}

// List implements storage.Store.
func (s *objects) List(ctx context.Context, bucket storage.Bucket, prefix, cursor string, limit int) (storage.Page, error) {
	ctx, c := s.begin(ctx, "list", storage.Ref{Bucket: bucket, Key: prefix})
	page, err := s.of.List(ctx, bucket, prefix, cursor, limit)
	c.end(err, 0)
	return page, err
}

// Ready implements storage.Store. It is not counted: nobody's work waits for it.
func (s *objects) Ready(ctx context.Context) error {
	return s.of.Ready(ctx)
}
