package storage

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// errSilent is why a transfer was given up.
var errSilent = errors.New("no bytes went through for too long")

// silence ends a transfer in which the server does nothing for too long. Only
// its turns are timed: the other side is the caller's, who may be slow.
type silence struct {
	timer *time.Timer
	limit time.Duration
}

func newSilence(limit time.Duration, cancel context.CancelCauseFunc) *silence {
	s := &silence{timer: time.AfterFunc(limit, func() { cancel(errSilent) }), limit: limit}
	s.over()
	return s
}

func (s *silence) begins() { s.timer.Reset(s.limit) }
func (s *silence) over()   { s.timer.Stop() }

// uploadBody is what the transport reads an upload from. Its last piece is held
// back until the source has ended where it said it would: a request whose body
// fails is never stored, one that is complete is.
type uploadBody struct {
	r       io.Reader
	size    int64           // -1: unknown
	max     int64           // 0: none
	ctx     context.Context //nolint:containedctx // lives for one Put
	silence *silence

	mu     sync.Mutex
	n      int64 // bytes handed out
	whole  bool  // everything has been handed out
	failed error // why the source did not give what it should
	ended  bool
	panics any // what the source panicked with
}

// errPanicked stands for a panic until it is back on the caller's goroutine.
var errPanicked = errors.New("the reader panicked")

// Read implements io.Reader. It runs on a goroutine of the transport, where a
// panic would end the process; put panics with it instead.
func (b *uploadBody) Read(p []byte) (n int, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	defer func() {
		if v := recover(); v != nil {
			b.panics = v
			b.failed = errPanicked
			n, err = 0, errPanicked
		}
	}()
	b.silence.over()
	switch {
	case b.failed != nil:
		return 0, b.failed
	case b.ended:
		return 0, errors.New("the upload is over")
	case b.whole:
		return 0, io.EOF
	case len(p) == 0:
		return 0, nil
	}
	if b.size >= 0 {
		p = p[:min(int64(len(p)), max(b.size-b.n, 1))]
	}
	n, err = b.r.Read(p)
	if err == nil && b.size >= 0 && b.n+int64(n) == b.size {
		n, err = b.atEnd(n)
	}
	if err := b.judge(n, err); err != nil {
		b.failed = err
		return 0, err
	}
	if n == 0 && b.whole {
		return 0, io.EOF
	}
	b.n += int64(n)
	b.silence.begins()
	return n, nil
}

// atEnd finds out, n bytes before its announced end, whether the source ends there.
func (b *uploadBody) atEnd(n int) (int, error) {
	var more [1]byte
	for range 100 {
		extra, err := b.r.Read(more[:])
		if extra > 0 || err != nil {
			return n + extra, err //nolint:wrapcheck // judge wraps it
		}
	}
	return n, io.ErrNoProgress
}

// judge says what becomes of n more bytes and the source's err.
func (b *uploadBody) judge(n int, err error) error {
	total := b.n + int64(n)
	switch {
	case err != nil && !errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("after %d bytes: %w", b.n, err)
	case b.size >= 0 && total > b.size:
		return fmt.Errorf("%w: more than %d bytes", ErrShort, b.size)
	case b.max > 0 && total > b.max:
		return fmt.Errorf("%w: more than %d bytes", ErrTooLarge, b.max)
	case err == nil:
		return nil
	case b.size >= 0 && total < b.size:
		return fmt.Errorf("%w: %d of %d bytes", ErrShort, total, b.size)
	}
	if err := b.ctx.Err(); err != nil {
		return fmt.Errorf("after %d bytes: %w", total, err)
	}
	b.whole = true
	return nil
}

// Close implements io.Closer. The source is the caller's.
func (b *uploadBody) Close() error { return nil }

// end waits for a read that is under way, lets no other begin (the transport
// may go on for a moment after the answer), and returns what was wrong with the source, or
// panics as it did.
func (b *uploadBody) end() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.ended = true
	b.silence.over()
	if b.panics != nil {
		panic(b.panics)
	}
	return b.failed
}

// downloadBody is a part of an object on its way in.
type downloadBody struct {
	ctx     context.Context //nolint:containedctx // a reader has no other way to obey the context it was opened with
	reading context.Context //nolint:containedctx // the request's, which silence ends
	cancel  context.CancelCauseFunc
	body    io.ReadCloser
	silence *silence
	left    int64
}

// begin understands the head of an answer, and stands at offset.
func (d *downloadBody) begin(res *http.Response, ref Ref, offset, length int64) (Info, error) {
	first, size := int64(0), res.ContentLength
	if res.StatusCode == http.StatusPartialContent {
		var err error
		if first, size, err = parseContentRange(res.Header.Get("Content-Range")); err != nil {
			return Info{}, err
		}
	}
	if size < 0 || first > offset {
		return Info{}, fmt.Errorf("%w: an answer without the object's size, or of another part", ErrUnavailable)
	}
	changed, err := http.ParseTime(res.Header.Get("Last-Modified"))
	if err != nil {
		return Info{}, fmt.Errorf("%w: an answer without the time of the object", ErrUnavailable)
	}
	// A server that leaves the range unheeded sends what lies before as well.
	d.left = min(offset, size) - first
	if _, err := io.CopyN(io.Discard, d, d.left); err != nil {
		return Info{}, fmt.Errorf("skip to offset %d: %w", offset, err)
	}
	d.left = max(size-offset, 0)
	if length >= 0 {
		d.left = min(d.left, length)
	}
	contentType := res.Header.Get("Content-Type")
	if contentType == "" {
		contentType = unknownType
	}
	return Info{Ref: ref, Size: size, ContentType: contentType, ModTime: changed}, nil
}

// Read implements io.Reader.
func (d *downloadBody) Read(p []byte) (int, error) {
	if err := d.ctx.Err(); err != nil {
		return 0, err
	}
	if d.left == 0 {
		return 0, io.EOF
	}
	d.silence.begins()
	n, err := d.body.Read(p[:min(int64(len(p)), d.left)])
	d.silence.over()
	d.left -= int64(n)
	switch {
	case err == nil, d.left == 0:
		return n, nil
	case d.ctx.Err() != nil:
		return n, d.ctx.Err()
	case errors.Is(err, io.EOF):
		err = io.ErrUnexpectedEOF
	case context.Cause(d.reading) != nil:
		err = context.Cause(d.reading)
	}
	return n, fmt.Errorf("%w: %d bytes are missing: %w", ErrUnavailable, d.left, err)
}

// Close implements io.Closer.
func (d *downloadBody) Close() error {
	d.silence.over()
	defer d.cancel(nil)
	return d.body.Close() //nolint:wrapcheck // nothing to add
}

// rangeHeader is empty for a whole object.
func rangeHeader(offset, length int64) string {
	switch {
	case length < 0 && offset == 0:
		return ""
	case length < 0 || length > math.MaxInt64-offset:
		return fmt.Sprintf("bytes=%d-", offset)
	}
	return fmt.Sprintf("bytes=%d-%d", offset, offset+length-1)
}

// parseContentRange reads "bytes first-last/size".
func parseContentRange(header string) (first, size int64, err error) {
	part, total, ok := strings.Cut(strings.TrimPrefix(header, "bytes "), "/")
	from, _, ok2 := strings.Cut(part, "-")
	first, err = strconv.ParseInt(from, 10, 64)
	if err == nil {
		size, err = strconv.ParseInt(total, 10, 64)
	}
	if !ok || !ok2 || err != nil {
		return 0, 0, fmt.Errorf("%w: bad Content-Range %q", ErrUnavailable, header)
	}
	return first, size, nil
}
