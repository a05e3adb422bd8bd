package api

import (
	"fmt"
	"net"
	"os"
	"time"

	"github.com/gofiber/fiber/v2"
)

// uploadPace is how slow a client may be before its place goes to another.
type uploadPace struct {
	idle  time.Duration // without a byte
	grace time.Duration // before the rate counts
	rate  int64         // bytes per second, on average since the start
	total time.Duration // at the very most
	rest  time.Duration // for what follows the last byte that matters
}

func standardPace() uploadPace {
	return uploadPace{idle: 20 * time.Second, grace: 30 * time.Second, rate: 4 << 10, total: time.Hour, rest: time.Second}
}

// pacedBody reads a request's body within the pace that is asked of clients.
// What it failed with once it fails with again.
type pacedBody struct {
	r     *bodyReader
	conn  net.Conn
	pace  uploadPace
	start time.Time
	n     int64
	err   error
}

func (a *App) paced(c *fiber.Ctx, r *bodyReader) pacedBody {
	pace := a.Uploads.pace
	if pace == (uploadPace{}) {
		pace = standardPace()
	}
	return pacedBody{r: r, conn: c.Context().Conn(), pace: pace, start: time.Now()}
}

// until is by when the next byte has to come: a client has as much time as it
// has earned by what it sent, within the bounds of the pace.
func (b *pacedBody) until() time.Time {
	earned := b.pace.grace + time.Duration(float64(b.n)/float64(b.pace.rate)*float64(time.Second))
	until := b.start.Add(min(earned, b.pace.total))
	if idle := time.Now().Add(b.pace.idle); idle.Before(until) {
		return idle
	}
	return until
}

// Read implements io.Reader.
func (b *pacedBody) Read(p []byte) (int, error) {
	if b.err != nil {
		return 0, b.err
	}
	n, err := b.r.readBy(b.conn, b.until(), p)
	b.n += int64(n)
	b.err = err
	return n, err
}

// readBy reads with a deadline. One that has passed is met without a read:
// bytes that lie ready would else hide it.
func (b *bodyReader) readBy(conn net.Conn, by time.Time, p []byte) (int, error) {
	if !time.Now().Before(by) {
		return 0, os.ErrDeadlineExceeded
	}
	if err := conn.SetReadDeadline(by); err != nil {
		return 0, fmt.Errorf("set read deadline: %w", err)
	}
	return b.Read(p)
}
