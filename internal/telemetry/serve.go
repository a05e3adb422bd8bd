package telemetry

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"
)

const (
	// checkWithin bounds asking all parts how they are.
	checkWithin = 2 * time.Second
	// closeWithin is how long a scrape under way may take to end.
	closeWithin = 2 * time.Second
)

// Checks are the parts that a process needs, by name.
type Checks struct {
	Parts map[string]func(ctx context.Context) error
	// Waitable are those without which work waits and nothing is lost.
	Waitable []string

	mu   sync.Mutex
	down map[string]bool // as of the last look, for the log
}

// Server answers what machines ask, apart from everybody else.
type Server struct {
	Address string // where it listens
	http    *http.Server
	serving chan struct{}
}

// Serve listens at address and answers /metrics, /healthz (the process lives)
// and, with checks, /readyz: each part by name, 503 when one is down that is not
// Waitable. It has no authentication: the address must not be a public one.
func Serve(ctx context.Context, address string, metrics http.Handler, checks *Checks, log *slog.Logger) (*Server, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listen for scrapes on %s: %w", address, err)
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", metrics)
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusOK, map[string]string{"status": "ok"}, log)
	})
	if checks != nil {
		mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
			status, body := checks.ask(r.Context(), log)
			answer(w, status, body, log)
		})
	}
	s := &Server{
		Address: listener.Addr().String(), serving: make(chan struct{}),
		http: &http.Server{
			Handler: mux, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second, WriteTimeout: 30 * time.Second,
			IdleTimeout: 2 * time.Minute, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn),
		},
	}
	go func() {
		defer close(s.serving)
		if err := s.http.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			log.Error("metrics cannot be scraped any more", "address", s.Address, "error", err)
		}
	}()
	return s, nil
}

// Close stops it and waits until it has.
func (s *Server) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), closeWithin)
	defer cancel()
	err := s.http.Shutdown(ctx)
	if err != nil {
		err = errors.Join(err, s.http.Close())
	}
	<-s.serving
	if err != nil {
		return fmt.Errorf("stop serving metrics: %w", err)
	}
	return nil
}

type readiness struct {
	Status string            `json:"status"` // ready, degraded or unavailable
	Checks map[string]string `json:"checks"` // up or down
}

// ask asks all parts together.
func (c *Checks) ask(ctx context.Context, log *slog.Logger) (int, readiness) {
	ctx, cancel := context.WithTimeout(ctx, checkWithin)
	defer cancel()
	var (
		all sync.WaitGroup
		out = readiness{Status: "ready", Checks: map[string]string{}}
	)
	for name, check := range c.Parts {
		all.Go(func() {
			err := check(ctx)
			c.mu.Lock()
			defer c.mu.Unlock()
			c.changed(ctx, name, err, log)
			out.Checks[name] = "up"
			if err == nil {
				return
			}
			out.Checks[name] = "down"
			if !slices.Contains(c.Waitable, name) {
				out.Status = "unavailable"
			} else if out.Status == "ready" {
				out.Status = "degraded"
			}
		})
	}
	all.Wait()
	if out.Status == "unavailable" {
		return http.StatusServiceUnavailable, out
	}
	return http.StatusOK, out
}

// changed gives the log one line when a part goes down, and one when it is back.
func (c *Checks) changed(ctx context.Context, name string, err error, log *slog.Logger) {
	before := c.down[name]
	if c.down == nil {
		c.down = map[string]bool{}
	}
	c.down[name] = err != nil
	switch {
	case err != nil && !before:
		log.WarnContext(ctx, "part is down", "part", name, "error", err)
	case err == nil && before:
		log.InfoContext(ctx, "part is back", "part", name)
	}
}

func answer(w http.ResponseWriter, status int, body any, log *slog.Logger) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	if err := json.NewEncoder(w).Encode(body); err != nil {
		log.Debug("an answer to a machine was not taken", "error", err)
	}
}
