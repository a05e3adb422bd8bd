package api

import (
	"io"
	"net"
	"time"

	"github.com/gofiber/fiber/v2"
)

// How much of an unwanted body is still taken in behind its answer, and for
// how long. A client that reads while it sends has the answer at once and
// stops; one that reads when it has sent everything gets to it, if that is not
// beyond all measure.
const (
	lingerBytes = 128 << 20
	lingerIdle  = 2 * time.Second
	lingerTotal = 20 * time.Second
)

// linger has the answer sent before the rest of the body has come, and the
// connection closed only after taking in some of that: closing with bytes
// unread makes the client's system throw the answer away.
func linger(c *fiber.Ctx, rest *bodyReader) {
	res := c.Response()
	res.SetConnectionClose()
	if res.IsBodyStream() {
		return
	}
	answer := append([]byte(nil), res.Body()...)
	infoFrom(c.UserContext()).watch.wrote(len(answer))
	res.SetBodyStream(&lingering{answer: answer, rest: rest, conn: c.Context().Conn()}, len(answer))
}

// lingering is an answer that takes in a request's body behind itself.
type lingering struct {
	answer []byte
	sent   int
	rest   *bodyReader
	conn   net.Conn
}

// Read implements io.Reader, with the answer alone.
func (l *lingering) Read(p []byte) (int, error) {
	if l.sent == len(l.answer) {
		return 0, io.EOF
	}
	n := copy(p, l.answer[l.sent:])
	l.sent += n
	return n, nil
}

// WriteTo implements io.WriterTo, which fasthttp prefers: it is given the
// connection's own buffer, and can send the answer before it takes in the rest.
func (l *lingering) WriteTo(w io.Writer) (int64, error) {
	n, err := w.Write(l.answer)
	if err != nil {
		return int64(n), err
	}
	if buffer, ok := w.(interface{ Flush() error }); ok {
		if err := buffer.Flush(); err != nil {
			return int64(n), err
		}
		l.takeIn()
	}
	return int64(n), nil
}

// takeIn reads until the body ends, the client closes, stands still or is at it
// for too long. Why it stops makes no difference to anybody.
func (l *lingering) takeIn() {
	buf := make([]byte, 32<<10)
	end := time.Now().Add(lingerTotal)
	l.rest.left = lingerBytes
	for l.rest.left > 0 && !l.rest.ended {
		by := time.Now().Add(lingerIdle)
		if by.After(end) {
			by = end
		}
		if _, err := l.rest.readBy(l.conn, by, buf); err != nil {
			return
		}
	}
}
