// Package clamd asks a clamd daemon whether bytes are clean. It fails closed:
// only a complete answer that says so is clean, and everything else that is
// not a verdict (no connection, a time-out, an empty, cut or unknown answer,
// a body that is shorter than announced) is an error.
package clamd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"
)

// Verdict is what clamd says of bytes that it has judged, or could not judge by
// its own limits. Exactly one of the three holds; the zero value holds none
// and is never returned without an error. Its fields are those of
// activities.Verdict, in the same order, so that the one converts to the other.
type Verdict struct {
	Clean       bool
	Signature   string // infected by this; as people know it, without ".UNOFFICIAL"
	Unscannable string // the limit of clamd that was reached
}

// Options tune a client. Zero values stand for the defaults in brackets.
type Options struct {
	// MaxConcurrent caps the scans at the same time [4]. It must be below
	// clamd's MaxThreads: connections above that wait in clamd without an
	// answer, and Ready and CheckLimit need one beside the scans.
	MaxConcurrent int
	// DialTimeout bounds connecting [5 s].
	DialTimeout time.Duration
	// IOTimeout bounds each write, and the answer to everything but a scan [30 s].
	IOTimeout time.Duration
	// ReplyTimeout bounds the wait from the last byte sent to the verdict
	// [150 s]: a little more than clamd's own MaxScanTime.
	ReplyTimeout time.Duration
}

// Client talks to one clamd. It may be used by many goroutines.
type Client struct {
	network string
	address string
	opts    Options
	slots   chan struct{}
}

// New returns a client for the clamd at address: unix:/path, /path or
// host:port. It does not connect; a wrong address shows at the first use.
func New(address string, opts Options) *Client {
	if opts.MaxConcurrent < 1 {
		opts.MaxConcurrent = 4
	}
	opts.DialTimeout = orDefault(opts.DialTimeout, 5*time.Second)
	opts.IOTimeout = orDefault(opts.IOTimeout, 30*time.Second)
	opts.ReplyTimeout = orDefault(opts.ReplyTimeout, 150*time.Second)
	c := &Client{network: "tcp", address: address, opts: opts, slots: make(chan struct{}, opts.MaxConcurrent)}
	if path, ok := strings.CutPrefix(address, "unix:"); ok {
		c.network, c.address = "unix", path
	} else if strings.HasPrefix(address, "/") {
		c.network = "unix"
	}
	return c
}

func orDefault(d, def time.Duration) time.Duration {
	if d <= 0 {
		return def
	}
	return d
}

// Scan streams r to clamd and returns its verdict. size is the number of bytes
// that r must give, or -1 if unknown: a body of another length, like one of no
// bytes at all, is an error. Scan waits for its turn when MaxConcurrent scans
// are under way. An error of r is returned wrapped.
func (c *Client) Scan(ctx context.Context, r io.Reader, size int64) (Verdict, error) {
	done, err := c.turn(ctx, nil)
	if err != nil {
		return Verdict{}, err
	}
	defer done()
	return c.scan(ctx, r, size)
}

// errTurnLost ends the wait for a turn because there is no use in one any more.
var errTurnLost = errors.New("the scanner went away while scans waited for their turn")

// turn waits until fewer than MaxConcurrent scans are under way, or lost is
// closed. The turn is given back by calling done.
func (c *Client) turn(ctx context.Context, lost <-chan struct{}) (done func(), err error) {
	select {
	case c.slots <- struct{}{}:
		return func() { <-c.slots }, nil
	case <-lost:
		return nil, errTurnLost
	case <-ctx.Done():
		return nil, fmt.Errorf("wait for a free scanner: %w", ctx.Err())
	}
}

func (c *Client) scan(ctx context.Context, r io.Reader, size int64) (Verdict, error) {
	conn, err := c.dial(ctx)
	if err != nil {
		return Verdict{}, err
	}
	defer conn.close()
	if err := conn.stream(r, size); err != nil {
		return Verdict{}, conn.because(err)
	}
	reply, err := conn.reply(c.opts.ReplyTimeout)
	if err != nil {
		return Verdict{}, conn.because(errors.Join(err, conn.broken))
	}
	v, err := parseVerdict(reply)
	if err != nil {
		return Verdict{}, errors.Join(err, conn.broken)
	}
	if v.Clean && conn.broken != nil {
		return Verdict{}, fmt.Errorf("clamd answered before it had all bytes: %w", conn.broken)
	}
	return v, nil
}

// Version returns what clamd says of itself: its version and, with an official
// database, the number and date of its signatures.
func (c *Client) Version(ctx context.Context) (string, error) {
	conn, err := c.dial(ctx)
	if err != nil {
		return "", err
	}
	defer conn.close()
	if err := conn.write([]byte("zVERSION\x00")); err != nil {
		return "", conn.because(fmt.Errorf("ask clamd for its version: %w", err))
	}
	reply, err := conn.reply(c.opts.IOTimeout)
	if err != nil {
		return "", conn.because(err)
	}
	if !strings.HasPrefix(reply, "ClamAV ") {
		return "", unknownReply(reply)
	}
	return reply, nil
}

// String implements fmt.Stringer.
func (v Verdict) String() string {
	switch {
	case v.Signature != "":
		return "infected by " + v.Signature
	case v.Unscannable != "":
		return "unscannable: " + v.Unscannable
	case v.Clean:
		return "clean"
	}
	return "no verdict"
}

func (c *Client) dial(ctx context.Context) (*connection, error) {
	d := net.Dialer{Timeout: c.opts.DialTimeout}
	conn, err := d.DialContext(ctx, c.network, c.address)
	if err != nil {
		return nil, fmt.Errorf("connect to clamd: %w", err)
	}
	// The only way to wake a read or write that waits: deadlines set later are
	// checked against the context again (see connection.arm).
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	return &connection{ctx: ctx, conn: conn, stop: stop, timeout: c.opts.IOTimeout}, nil
}
