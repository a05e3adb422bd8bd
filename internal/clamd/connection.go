package clamd

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"
)

const (
	// chunkSize of the stream; anything from 1 KiB up is equally fast.
	chunkSize = 64 << 10
	// maxReply bounds what is read of an answer; a real one has under 200 bytes.
	maxReply = 4 << 10
)

// connection is one command and its answer.
type connection struct {
	ctx     context.Context //nolint:containedctx // lives for one command
	conn    net.Conn
	stop    func() bool
	timeout time.Duration
	broken  error // why not all bytes could be sent
}

func (c *connection) close() {
	c.stop()
	_ = c.conn.Close() // all that mattered has been read
}

// because names the context's end as the reason of an error it has caused.
func (c *connection) because(err error) error {
	if ended := c.ctx.Err(); ended != nil && !errors.Is(err, ended) {
		return fmt.Errorf("%w: %w", ended, err)
	}
	return err
}

// arm sets the deadline of the next read or write. The context is asked
// afterwards: one that ends in between has its own deadline overwritten.
func (c *connection) arm(set func(time.Time) error, d time.Duration) error {
	if err := set(time.Now().Add(d)); err != nil {
		return fmt.Errorf("set a deadline: %w", err)
	}
	return c.ctx.Err()
}

func (c *connection) write(p []byte) error {
	if err := c.arm(c.conn.SetWriteDeadline, c.timeout); err != nil {
		return err
	}
	_, err := c.conn.Write(p)
	return err //nolint:wrapcheck // wrapped by the callers
}

// stream sends r as INSTREAM. An error means that no verdict must be read: r
// failed, or is not as long as announced. That clamd stops taking bytes is kept
// in broken: it may have answered why.
func (c *connection) stream(r io.Reader, size int64) error {
	if c.broken = c.write([]byte("zINSTREAM\x00")); c.broken != nil {
		return c.ctx.Err()
	}
	var sent int64
	buf := make([]byte, 4+chunkSize)
	for {
		n, err := fill(r, buf[4:])
		sent += int64(n)
		if size >= 0 && sent > size {
			return fmt.Errorf("the body has more than the announced %d bytes", size)
		}
		if n > 0 {
			binary.BigEndian.PutUint32(buf, uint32(n))
			if c.broken = c.write(buf[:4+n]); c.broken != nil {
				return c.ctx.Err()
			}
		}
		if err == io.EOF { //nolint:errorlint // the end of a reader is this value and no other
			break
		}
		if err != nil {
			return fmt.Errorf("read the body after %d bytes: %w", sent, err)
		}
	}
	if size >= 0 && sent != size {
		return fmt.Errorf("the body ended after %d of %d bytes", sent, size)
	}
	if sent == 0 {
		return errors.New("the body is empty: there is nothing to judge")
	}
	c.broken = c.write([]byte{0, 0, 0, 0})
	return c.ctx.Err()
}

// fill reads until buf is full. Unlike io.ReadFull it tells a body that ended
// from one that was cut: an io.ErrUnexpectedEOF is the reader's own.
func fill(r io.Reader, buf []byte) (n int, err error) {
	for n < len(buf) && err == nil {
		var m int
		m, err = r.Read(buf[n:])
		n += m
	}
	return n, err //nolint:wrapcheck // the caller tells the end from a fault
}

// reply reads one answer, which ends in a NUL byte. Without it the answer may
// be the beginning of another one ("stream: OK" of a longer sentence).
func (c *connection) reply(wait time.Duration) (string, error) {
	if c.broken != nil {
		wait = min(wait, c.timeout) // clamd has closed: what it says is there already
	}
	if err := c.arm(c.conn.SetReadDeadline, wait); err != nil {
		return "", err
	}
	said, err := bufio.NewReader(io.LimitReader(c.conn, maxReply)).ReadString(0)
	switch {
	case err == nil:
		return strings.TrimSuffix(said, "\x00"), nil
	case said != "":
		return "", fmt.Errorf("clamd's answer is cut (%w): %w", err, unknownReply(said))
	case errors.Is(err, io.EOF):
		return "", errors.New("clamd closed the connection without an answer")
	}
	return "", fmt.Errorf("read clamd's answer: %w", err)
}

const (
	limitPrefix = "Heuristics.Limits.Exceeded"
	streamLimit = "INSTREAM size limit exceeded. ERROR"
)

func parseVerdict(reply string) (Verdict, error) {
	if reply == streamLimit {
		return Verdict{Unscannable: "stream size"}, nil
	}
	said, ok := strings.CutPrefix(reply, "stream: ")
	if !ok {
		return Verdict{}, unknownReply(reply)
	}
	if said == "OK" {
		return Verdict{Clean: true}, nil
	}
	name, found := strings.CutSuffix(said, " FOUND")
	name = strings.TrimSuffix(name, ".UNOFFICIAL")
	if !found || strings.TrimSpace(name) == "" {
		return Verdict{}, unknownReply(reply)
	}
	if rest, ok := strings.CutPrefix(name, limitPrefix); ok {
		if rest = strings.TrimPrefix(rest, "."); rest == "" {
			rest = "a limit"
		}
		return Verdict{Unscannable: rest}, nil
	}
	return Verdict{Signature: name}, nil
}

// unknownReply quotes an answer that is no verdict, at a length fit for a log.
func unknownReply(reply string) error {
	reply = strings.TrimSpace(reply)
	if len(reply) > 200 {
		reply = reply[:200] + "…"
	}
	return fmt.Errorf("clamd answered %q", reply)
}
