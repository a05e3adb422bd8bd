package clamd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"
)

// GuardOptions tune a guard. Zero durations stand for the defaults in brackets.
type GuardOptions struct {
	// Limit is the number of bytes that clamd must judge to their end: the
	// greatest upload. It is checked before the first scan and whenever clamd
	// comes back, not every time, since it costs that many bytes. 0 leaves it out.
	Limit int64
	// Log is told when the scanner can no longer be used and when it is back [slog.Default].
	Log *slog.Logger
	// Every is the pause between checks while all is well [15 s].
	Every time.Duration
	// Believe is how long a check that went well counts [1 min]: the end of it
	// is reached only if Run does not come to check any more.
	Believe time.Duration
	// Again is the pause between checks while it is not [1.5 s].
	Again time.Duration
	// CheckTimeout bounds a check, and the wait of a scan for the first one [5 s].
	CheckTimeout time.Duration
	// LimitTimeout bounds the check of Limit [60 s].
	LimitTimeout time.Duration
}

// Guard scans only while clamd is known to judge rightly. It is used by many
// goroutines; Run must be running.
type Guard struct {
	client *Client
	opts   GuardOptions
	// first is closed when the first check has ended, well or not.
	first chan struct{}

	mu       sync.Mutex
	err      error         // why clamd must not be used; nil if the last check went well
	passed   time.Time     // when the last check that went well began
	fell     chan struct{} // closed while err is set
	misjudge int           // checks so far that found wrong verdicts
}

var errUnchecked = errors.New("the scanner has not been checked yet")

// NewGuard guards a client. Nothing is scanned before Run has checked it.
func NewGuard(c *Client, opts GuardOptions) *Guard {
	opts.Every = orDefault(opts.Every, 15*time.Second)
	opts.Believe = orDefault(opts.Believe, time.Minute)
	opts.Again = orDefault(opts.Again, 1500*time.Millisecond)
	opts.CheckTimeout = orDefault(opts.CheckTimeout, 5*time.Second)
	opts.LimitTimeout = orDefault(opts.LimitTimeout, time.Minute)
	if opts.Log == nil {
		opts.Log = slog.Default()
	}
	fell := make(chan struct{})
	close(fell)
	return &Guard{client: c, opts: opts, first: make(chan struct{}), err: errUnchecked, fell: fell}
}

// Scan is Client.Scan while the last check went well and is not old. Otherwise
// it fails at once with an error that wraps ErrNotReady and why, as does a scan
// that waits for its turn when a check fails. A verdict is also refused if a
// check has found wrong ones since the scan began: it may be wrong as well. A
// check that only could not reach clamd takes no verdict away.
func (g *Guard) Scan(ctx context.Context, r io.Reader, size int64) (Verdict, error) {
	if err := g.awaitFirst(ctx); err != nil {
		return Verdict{}, err
	}
	fell, _, err := g.standing()
	if err != nil {
		return Verdict{}, err
	}
	done, err := g.client.turn(ctx, fell)
	if errors.Is(err, errTurnLost) {
		return Verdict{}, notReady(err)
	} else if err != nil {
		return Verdict{}, err
	}
	defer done()
	_, misjudged, err := g.standing() // the turn may have come long after
	if err != nil {
		return Verdict{}, err
	}
	v, err := g.client.scan(ctx, r, size)
	if err != nil {
		return Verdict{}, err
	}
	if g.misjudged() != misjudged {
		return Verdict{}, fmt.Errorf("%w: found during this scan", ErrNotReady)
	}
	return v, nil
}

// Usable fails while nothing is scanned, and says why.
func (g *Guard) Usable() error {
	_, _, err := g.standing()
	return err
}

// awaitFirst waits for the first check: a scan right after the start is not to
// fail only because it came before.
func (g *Guard) awaitFirst(ctx context.Context) error {
	select {
	case <-g.first:
		return nil
	default:
	}
	patience := time.NewTimer(g.opts.CheckTimeout)
	defer patience.Stop()
	select {
	case <-g.first:
		return nil
	case <-patience.C:
		return notReady(errUnchecked)
	case <-ctx.Done():
		return fmt.Errorf("wait for the first check of the scanner: %w", ctx.Err())
	}
}

// standing fails if clamd must not be used now; fell is closed once that is so.
func (g *Guard) standing() (fell <-chan struct{}, misjudged int, err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.err != nil {
		return nil, 0, notReady(g.err)
	}
	if age := time.Since(g.passed); age > g.opts.Believe {
		return nil, 0, fmt.Errorf("%w: it was last checked %s ago", ErrNotReady, age.Round(time.Second))
	}
	return g.fell, g.misjudge, nil
}

func (g *Guard) misjudged() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.misjudge
}

func notReady(err error) error {
	if errors.Is(err, ErrNotReady) {
		return err
	}
	return fmt.Errorf("%w: %w", ErrNotReady, err)
}

// Run checks clamd until ctx ends, and is called once. Its checks use
// connections beside those of the scans and wait for none of them.
func (g *Guard) Run(ctx context.Context) {
	for {
		began := time.Now()
		pause, err := g.check(ctx)
		if ctx.Err() != nil {
			return
		}
		g.note(began, err)
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return
		}
	}
}

// check asks clamd once and says when to ask again.
func (g *Guard) check(ctx context.Context) (pause time.Duration, err error) {
	if err := g.bounded(ctx, g.opts.CheckTimeout, g.client.Ready); err != nil {
		return g.opts.Again, err
	}
	g.mu.Lock()
	well := g.err == nil
	g.mu.Unlock()
	if well || g.opts.Limit <= 0 {
		return g.opts.Every, nil
	}
	err = g.bounded(ctx, g.opts.LimitTimeout, func(ctx context.Context) error { return g.client.CheckLimit(ctx, g.opts.Limit) })
	if err != nil && !errors.Is(err, ErrNotReady) {
		return g.opts.Again, err
	}
	return g.opts.Every, err // wrong settings stay until somebody changes them, and this check is dear
}

func (*Guard) bounded(ctx context.Context, within time.Duration, do func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	return do(ctx)
}

// note takes up the end of a check. The log gets one line when the scanner can
// not be used, one more when it turns out to be wrong and not only away, which
// needs somebody's hand, and one when it is back.
func (g *Guard) note(began time.Time, err error) {
	g.mu.Lock()
	before := g.err
	g.err = err
	wrong := errors.Is(err, ErrNotReady)
	switch {
	case err == nil:
		g.passed = began
		if before != nil {
			g.fell = make(chan struct{})
		}
	case before == nil:
		close(g.fell)
	}
	if wrong {
		g.misjudge++
	}
	g.mu.Unlock()

	starting := errors.Is(before, errUnchecked)
	switch {
	case err != nil && (before == nil || starting || wrong && !errors.Is(before, ErrNotReady)):
		g.opts.Log.Error("the virus scanner cannot be used: uploads wait for it", "error", err)
	case err == nil && before != nil && !starting:
		g.opts.Log.Info("the virus scanner is back")
	}
	if starting {
		close(g.first)
	}
}
