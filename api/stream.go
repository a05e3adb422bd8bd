package api

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"runtime/debug"
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"

	"safelight/internal/progress"
	"safelight/models"
)

const (
	// takeWithin is how long a client may take over one write.
	takeWithin = 10 * time.Second
	// checkWithin bounds a look at the account, and reading missed notifications.
	checkWithin = 5 * time.Second
)

// streams serves event streams and counts them per user.
type streams struct {
	app *App

	mu   sync.Mutex
	open map[string]int // by user id
}

// reader is what one stream is made of.
type reader struct {
	feed *progress.Feed
	// greet writes what comes before the feed; nil: nothing.
	greet func(ctx context.Context, w *eventWriter) error
	// follow brings more of the present into the feed; nil: all is in it. It is
	// called after every pass, and overdue when too long nothing has come.
	follow func(ctx context.Context, overdue bool) (more bool, err error)
	// send writes an event, or passes over it.
	send func(w *eventWriter, e progress.Event) error
	// stats writes the numbers for an administrator every so often; nil: never.
	stats func(ctx context.Context, w *eventWriter) error
	// allowed reports whether the stream is still for who asked, as they are now.
	allowed func(now Identity) bool
}

// serve answers with a stream. What make gives is closed with it.
func (s *streams) serve(c *fiber.Ctx, id Identity, make func() (*reader, error)) error {
	c.Set(fiber.HeaderContentType, "text/event-stream; charset=utf-8")
	c.Set("X-Accel-Buffering", "no")
	if c.Method() == http.MethodHead {
		return nil
	}
	if !s.enter(id.User.ID) {
		return models.ErrTooManyStreams
	}
	r, err := make()
	if err != nil {
		s.leave(id.User.ID)
		return err
	}
	log := s.app.Log.With("request_id", requestID(c), "user_id", id.User.ID)
	out := &eventWriter{conn: c.Context().Conn(), watch: infoFrom(c.UserContext()).watch, sent: s.app.Telemetry.Metrics.Event}
	ended := out.watch.streams()
	c.Context().SetBodyStreamWriter(func(w *bufio.Writer) { // c is dead in here
		defer ended()
		defer func() { // nothing else stands between a panic in here and the process
			if p := recover(); p != nil {
				log.Error("panic", slog.Any("panic", p), slog.String("stack", string(debug.Stack())))
			}
		}()
		defer s.leave(id.User.ID)
		defer r.feed.Close()
		out.w = w
		if err := s.run(out, id, r); err != nil {
			log.Debug("event stream ended", "error", err)
		}
	})
	return nil
}

// openStreams is how many event streams a user has open.
func (a *App) openStreams(userID string) int {
	a.streams.mu.Lock()
	defer a.streams.mu.Unlock()
	return a.streams.open[userID]
}

func (s *streams) enter(userID string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open[userID] >= s.app.Config.MaxStreams {
		return false
	}
	s.open[userID]++
	s.app.Telemetry.Metrics.StreamOpened()
	return true
}

func (s *streams) leave(userID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.app.Telemetry.Metrics.StreamClosed()
	if s.open[userID]--; s.open[userID] <= 0 {
		delete(s.open, userID)
	}
}

// run writes the stream until its feed ends, its token expires, its user loses
// the right to it, the server closes, or the client is gone.
func (s *streams) run(w *eventWriter, id Identity, r *reader) error {
	if err := s.begin(w, r); err != nil {
		return err
	}
	// What changed since the request was let in has been told to no feed.
	if !s.stillAllowed(id, r) {
		return w.comment("the session has ended")
	}
	every := s.app.Events.alive
	if every == 0 {
		every = standardAlive
	}
	alive := time.NewTicker(every)
	defer alive.Stop()
	expired, stop := expiry(id)
	defer stop()
	overdue := time.NewTicker(nextPageWithin)
	defer overdue.Stop()
	stats := time.NewTicker(s.statsEvery())
	defer stats.Stop()
	for {
		if r.follow == nil {
			overdue.Stop()
		}
		if r.stats == nil {
			stats.Stop()
		}
		select {
		case <-s.app.Events.Closing:
			return w.comment("the server is going away")
		case <-expired:
			return w.comment("the access token has expired")
		case <-alive.C:
			if err := w.comment("alive"); err != nil {
				return err
			}
		case <-r.feed.Ready():
			more, err := s.pass(w, id, r)
			if err != nil || !more {
				return err
			}
			if err := s.followMore(r, false); err != nil {
				return err
			}
		case <-stats.C:
			if err := s.writeStats(w, r); err != nil {
				return err
			}
		case <-overdue.C:
			if err := s.followMore(r, true); err != nil {
				return err
			}
		}
	}
}

// statsEvery is how often administrators are sent the numbers.
func (s *streams) statsEvery() time.Duration {
	if s.app.Events.stats > 0 {
		return s.app.Events.stats
	}
	return standardStats
}

// writeStats sends the numbers, where the reader gets them.
func (s *streams) writeStats(w *eventWriter, r *reader) error {
	if r.stats == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), checkWithin)
	defer cancel()
	return r.stats(ctx, w)
}

// followMore brings more of the present into the feed until all is in it.
func (s *streams) followMore(r *reader, overdue bool) error {
	if r.follow == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), checkWithin)
	defer cancel()
	more, err := r.follow(ctx, overdue)
	if !more {
		r.follow = nil
	}
	return err
}

// begin says when to come back, somewhat different to each client, so that not
// all come at once, and what there is before the feed.
func (s *streams) begin(w *eventWriter, r *reader) error {
	if err := w.retry(2*time.Second + rand.N(3*time.Second)); err != nil {
		return err
	}
	if r.greet == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), checkWithin)
	defer cancel()
	return r.greet(ctx, w)
}

// pass writes what the feed has.
func (s *streams) pass(w *eventWriter, id Identity, r *reader) (more bool, err error) {
	events, more := r.feed.Take()
	for _, e := range events {
		if e.Kind == progress.EventAccount && !s.stillAllowed(id, r) {
			return false, w.comment("the session has ended")
		}
		if err := r.send(w, e); err != nil {
			return false, err
		}
	}
	return more, nil
}

// expiry receives when a credential ends; never, for one that does not.
func expiry(id Identity) (<-chan time.Time, func() bool) {
	if id.ExpiresAt.IsZero() {
		return nil, func() bool { return false }
	}
	timer := time.NewTimer(time.Until(id.ExpiresAt))
	return timer.C, timer.Stop
}

// stillAllowed asks for the credential and its user again. With another role a
// stream may be another one: the client is to come back. It is as well where
// nothing can be told, and asked for its credential then.
func (s *streams) stillAllowed(id Identity, r *reader) bool {
	ctx, cancel := context.WithTimeout(context.Background(), checkWithin)
	defer cancel()
	now, err := s.app.identifyAgain(ctx, id)
	if err != nil && !errors.Is(err, models.ErrUnauthenticated) {
		s.app.Log.Warn("credential of an event stream cannot be checked", "user_id", id.User.ID, "error", err)
	}
	return err == nil && now.User.Status == models.StatusActive && now.User.Role == id.User.Role && r.allowed(now)
}

// eventWriter writes server-sent events. Every write is sent at once: an error
// is the only sign that the client has left.
type eventWriter struct {
	w     *bufio.Writer
	conn  net.Conn
	watch *watch
	sent  func(name string) // counts an event
}

func (e *eventWriter) event(name string, id int64, data any) error {
	b, err := json.Marshal(data) // one line: JSON escapes line breaks
	if err != nil {
		return fmt.Errorf("marshal %s event: %w", name, err)
	}
	if err := e.send("event: %s\nid: %d\ndata: %s\n\n", name, id, b); err != nil {
		return err
	}
	e.sent(name)
	return nil
}

func (e *eventWriter) comment(text string) error { return e.send(": %s\n\n", text) }

func (e *eventWriter) retry(after time.Duration) error {
	return e.send("retry: %d\n\n", after.Milliseconds())
}

func (e *eventWriter) send(format string, args ...any) error {
	if err := e.conn.SetWriteDeadline(time.Now().Add(takeWithin)); err != nil {
		return fmt.Errorf("set write deadline: %w", err)
	}
	n, err := fmt.Fprintf(e.w, format, args...)
	if err != nil {
		return fmt.Errorf("write event: %w", err)
	}
	e.watch.wrote(n)
	if err := e.w.Flush(); err != nil {
		return fmt.Errorf("send event: %w", err)
	}
	return nil
}
