package clamd_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"safelight/internal/clamd"
)

// scanner is a fake clamd whose ways can be changed while it runs.
type scanner struct {
	says   atomic.Pointer[replies] // of the bodies of checks; nil: it closes without an answer
	hangs  atomic.Bool             // it takes all and says nothing
	checks atomic.Int32            // EICAR has been asked for
	large  atomic.Int32            // a large body has been asked for
	held   atomic.Int32            // scans of "slow" under way
	hold   chan struct{}           // closed: they are answered
}

func (s *scanner) play(t *testing.T, conn *net.TCPConn) {
	t.Helper()
	body, whole := takeAll(conn)
	says := s.says.Load()
	switch {
	case !whole:
		return
	case s.hangs.Load():
		_, _ = io.Copy(io.Discard, conn) // until the client goes away
		return
	case says == nil:
		return
	case string(body) == "slow":
		s.held.Add(1)
		<-s.hold
		s.held.Add(-1)
	case bytes.HasPrefix(body, []byte{0, 0}):
		s.large.Add(1)
	case bytes.HasPrefix(body, []byte("X5O")):
		s.checks.Add(1)
	}
	_, _ = io.WriteString(conn, says.of(body)+"\x00")
}

// journal is a log that can be read while it is written.
type journal struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.buf.Write(p)
}

func (j *journal) count(words string) int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return strings.Count(j.buf.String(), words)
}

// has waits for a line, which is written after what it tells of, and then
// wants it the given number of times.
func (j *journal) has(t *testing.T, times int, words string) {
	t.Helper()
	require.Eventually(t, func() bool { return j.count(words) >= times }, patience, time.Millisecond)
	require.Equal(t, times, j.count(words))
}

const (
	stopped  = "cannot be used: uploads wait for it"
	back     = "the virus scanner is back"
	patience = 20 * time.Second
)

// guarded gives a running guard of a fake clamd that begins well.
func guarded(t *testing.T, says *replies, opts clamd.GuardOptions, concurrent int) (*clamd.Guard, *scanner, *journal) {
	t.Helper()
	s, log := &scanner{hold: make(chan struct{})}, &journal{}
	s.says.Store(says)
	opts.Log = slog.New(slog.NewTextHandler(log, nil))
	if opts.Every == 0 {
		opts.Every = 20 * time.Millisecond
	}
	if opts.Again == 0 {
		opts.Again = time.Millisecond
	}
	c := clamd.New(serve(t, s.play), clamd.Options{MaxConcurrent: concurrent})
	g := clamd.NewGuard(c, opts)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { g.Run(ctx); close(ended) }()
	t.Cleanup(func() { cancel(); <-ended })
	return g, s, log
}

func scan(g *clamd.Guard, body string) (clamd.Verdict, error) {
	return g.Scan(context.Background(), strings.NewReader(body), int64(len(body)))
}

// refused waits until scans are refused.
func refused(t *testing.T, g *clamd.Guard) (err error) {
	t.Helper()
	require.Eventually(t, func() bool {
		_, err = scan(g, "abc")
		return err != nil && strings.Contains(err.Error(), clamd.ErrNotReady.Error())
	}, patience, time.Millisecond)
	require.ErrorIs(t, err, clamd.ErrNotReady)
	return err
}

func accepted(t *testing.T, g *clamd.Guard) {
	t.Helper()
	require.Eventually(t, func() bool {
		v, err := scan(g, "abc")
		return err == nil && v.Clean
	}, patience, time.Millisecond)
}

func TestGuardLetsAWellScannerScan(t *testing.T) {
	t.Parallel()
	g, s, log := guarded(t, &wellSaid, clamd.GuardOptions{Limit: 1000}, 2)
	v, err := scan(g, "abc") // at once: it waits for the first check
	require.NoError(t, err)
	require.True(t, v.Clean)
	v, err = scan(g, "has EICAR")
	require.NoError(t, err)
	require.Equal(t, "Eicar", v.Signature)
	require.Eventually(t, func() bool { return s.checks.Load() >= 4 }, patience, time.Millisecond)
	require.EqualValues(t, 1, s.large.Load(), "the limit is checked once")
	require.Zero(t, log.count("level="))
	_, err = g.Scan(t.Context(), strings.NewReader("abc"), 4)
	require.ErrorContains(t, err, "ended after 3 of 4", "errors of a scan pass as they are")
	require.NotErrorIs(t, err, clamd.ErrNotReady)
}

func TestGuardFallsAndComesBack(t *testing.T) {
	t.Parallel()
	bad := map[string]*replies{
		"away":           nil,
		"finds nothing":  {clean, clean, limit, found},
		"no alert":       {found, clean, clean, found},
		"cannot scan":    {"stream: no disk ERROR", "stream: no disk ERROR", limit, found},
		"finds all":      {found, found, found, found},
		"answers oddly ": {"?", "?", "?", "?"},
	}
	for name, says := range bad {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g, s, log := guarded(t, &wellSaid, clamd.GuardOptions{Limit: 1000}, 2)
			accepted(t, g)
			s.says.Store(says)
			refused(t, g)
			before := s.checks.Load()
			require.Eventually(t, func() bool { return says == nil || s.checks.Load() > before+2 }, patience, time.Millisecond)
			log.has(t, 1, stopped)
			require.Zero(t, log.count(back))
			s.says.Store(&wellSaid)
			accepted(t, g)
			require.EqualValues(t, 2, s.large.Load(), "the limit is checked when it comes back")
			log.has(t, 1, stopped)
			log.has(t, 1, back)
		})
	}
}

func TestGuardOfAScannerThatIsWrongFromTheStart(t *testing.T) {
	t.Parallel()
	g, s, log := guarded(t, &replies{found, clean, limit, clean}, clamd.GuardOptions{Limit: 1000}, 2)
	require.ErrorContains(t, refused(t, g), "MaxFileSize")
	log.has(t, 1, stopped)
	s.says.Store(&wellSaid)
	accepted(t, g)
	log.has(t, 1, back)
}

// TestGuardChecksTheLimitSeldom: wrong settings stay, and the check is dear, so
// that it comes at the pause of good times and not at the short one.
func TestGuardChecksTheLimitSeldom(t *testing.T) {
	t.Parallel()
	wrong := &replies{found, clean, limit, clean}
	g, s, _ := guarded(t, wrong, clamd.GuardOptions{Limit: 1000, Every: time.Millisecond, Again: time.Hour}, 2)
	refused(t, g)
	require.Eventually(t, func() bool { return s.large.Load() > 2 }, patience, time.Millisecond)
}

// TestGuardTellsWrongFromAway: that a scanner is not there yet must not hide
// that it is set wrongly when it comes.
func TestGuardTellsWrongFromAway(t *testing.T) {
	t.Parallel()
	g, s, log := guarded(t, nil, clamd.GuardOptions{}, 2)
	refused(t, g)
	log.has(t, 1, stopped)
	s.says.Store(&replies{found, clean, clean, found})
	require.Eventually(t, func() bool { return log.count("AlertExceedsMax") == 1 }, patience, time.Millisecond)
	log.has(t, 2, stopped)
	require.Zero(t, log.count(back))
}

// TestGuardReleasesWhoWaits: a clamd that hangs fails the check in spite of
// scans that hold every turn, and those that wait for one are let go.
func TestGuardReleasesWhoWaits(t *testing.T) {
	t.Parallel()
	g, s, _ := guarded(t, &wellSaid, clamd.GuardOptions{CheckTimeout: 2 * time.Second}, 1)
	accepted(t, g)
	inside := make(chan error, 1)
	go func() { _, err := scan(g, "slow"); inside <- err }()
	require.Eventually(t, func() bool { return s.held.Load() == 1 }, patience, time.Millisecond)
	waiting := make(chan error, 3)
	for range cap(waiting) {
		go func() { _, err := scan(g, "abc"); waiting <- err }()
	}
	before := s.checks.Load()
	require.Eventually(t, func() bool { return s.checks.Load() > before+1 }, patience, time.Millisecond, "checks go on")
	s.hangs.Store(true)
	for range cap(waiting) {
		require.ErrorIs(t, <-waiting, clamd.ErrNotReady)
	}
	require.EqualValues(t, 1, s.held.Load())
	close(s.hold)
	require.NoError(t, <-inside, "it had its answer, and nothing says that it is wrong")
}

// TestGuardRefusesAVerdictOfAWrongScanner: one that began before it was known.
func TestGuardRefusesAVerdictOfAWrongScanner(t *testing.T) {
	t.Parallel()
	g, s, _ := guarded(t, &wellSaid, clamd.GuardOptions{}, 1)
	accepted(t, g)
	inside := make(chan error, 1)
	go func() { _, err := scan(g, "slow"); inside <- err }()
	require.Eventually(t, func() bool { return s.held.Load() == 1 }, patience, time.Millisecond)
	s.says.Store(&replies{clean, clean, limit, found})
	refused(t, g)
	s.says.Store(&wellSaid)
	before := s.checks.Load()
	require.Eventually(t, func() bool { return s.checks.Load() > before+3 }, patience, time.Millisecond, "it is well again")
	close(s.hold)
	require.ErrorIs(t, <-inside, clamd.ErrNotReady)
	accepted(t, g)
}

func TestGuardThatDoesNotRun(t *testing.T) {
	t.Parallel()
	c := client(serve(t, judge(wellSaid)))
	g := clamd.NewGuard(c, clamd.GuardOptions{CheckTimeout: time.Millisecond})
	_, err := scan(g, "abc")
	require.ErrorIs(t, err, clamd.ErrNotReady, "never checked")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = clamd.NewGuard(c, clamd.GuardOptions{}).Scan(ctx, strings.NewReader("abc"), 3)
	require.ErrorIs(t, err, context.Canceled, "waiting for the first check obeys the context")
	require.NotErrorIs(t, err, clamd.ErrNotReady)

	g = clamd.NewGuard(c, clamd.GuardOptions{Every: time.Millisecond, Believe: time.Second})
	ctx, cancel = context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { g.Run(ctx); close(ended) }()
	accepted(t, g)
	cancel()
	<-ended
	require.ErrorContains(t, refused(t, g), "last checked", "a check is not believed for ever")
}
