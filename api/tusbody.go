package api

import (
	"errors"
	"fmt"
	"io"
	"os"
	"sync/atomic"
	"time"

	"github.com/gofiber/fiber/v2"

	"safelight/internal/intake"
)

// tusBody is the body of one request of the tus protocol. It may be stopped,
// and says how long nothing has come of it, while another goroutine reads.
type tusBody struct {
	pacedBody
	heard   atomic.Int64 // when the last byte came, in nanoseconds
	stopped atomic.Pointer[error]
}

// tusChunk opens the request's body, and reads the digest it is said to have.
func (a *App) tusChunk(c *fiber.Ctx, chunk *intake.Chunk) error {
	sum, err := tusChecksum(c)
	if err != nil {
		return err
	}
	r, err := requestBody(c, a.Config.MaxUploadBytes)
	if err != nil {
		return err
	}
	body := &tusBody{pacedBody: a.paced(c, r)}
	body.heard.Store(body.start.UnixNano())
	chunk.Checksum, chunk.Announced, chunk.Body = sum, r.announced, body
	return nil
}

// Read implements intake.Body. The deadline is set before the look at what Stop
// left, and Stop leaves it before it moves the deadline: one of them ends a read
// that waits.
func (b *tusBody) Read(p []byte) (int, error) {
	if b.err != nil {
		return 0, b.err
	}
	n, err := b.read(p)
	b.n += int64(n)
	if n > 0 {
		b.heard.Store(time.Now().UnixNano())
	}
	if err == nil {
		return n, nil
	}
	b.err = err
	if why := b.stopped.Load(); why != nil && !errors.Is(err, io.EOF) {
		b.err = *why
	}
	return n, b.err
}

func (b *tusBody) read(p []byte) (int, error) {
	by := b.until()
	if !time.Now().Before(by) {
		return 0, os.ErrDeadlineExceeded
	}
	if err := b.conn.SetReadDeadline(by); err != nil {
		return 0, fmt.Errorf("set read deadline: %w", err)
	}
	if why := b.stopped.Load(); why != nil {
		return 0, *why
	}
	n, err := b.r.Read(p)
	if errors.Is(err, io.EOF) && b.r.read < b.r.announced {
		err = io.ErrUnexpectedEOF // the connection broke
	}
	return n, err
}

// Idle implements intake.Body.
func (b *tusBody) Idle() time.Duration { return time.Since(time.Unix(0, b.heard.Load())) }

// Stop implements intake.Body.
func (b *tusBody) Stop(err error) {
	b.stopped.CompareAndSwap(nil, &err)
	_ = b.conn.SetReadDeadline(time.Unix(1, 0)) // fails on a connection that is closed, where nothing waits
}
