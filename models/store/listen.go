package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"time"

	"github.com/jackc/pgx/v5"

	"safelight/models"
)

const (
	// quiet is after how long without a signal the listener asks whether the
	// server is still there: a connection can die without a word.
	quiet = 15 * time.Second
	// reach bounds connecting and asking.
	reach     = 5 * time.Second
	firstWait = 100 * time.Millisecond
	longWait  = 10 * time.Second
)

// Listen hands every models.Signal to on until ctx ends, then returns nil; an
// error means that url is malformed. url must not be a transaction pooler's,
// whose connections hear nothing. It has a connection of its own, which it
// makes again, ever more slowly, whenever it is lost. Signals sent meanwhile
// are not stored: resync is called each time that listening has begun, and
// must look at everything anew. Both are called from one goroutine, one at a
// time, and must not block.
func Listen(ctx context.Context, url string, on func(models.Signal), resync func()) error {
	cfg, err := pgx.ParseConfig(url)
	if err != nil {
		return fmt.Errorf("parse database url: %w", err)
	}
	cfg.RuntimeParams["application_name"] = "safelight-listener"
	cfg.ConnectTimeout = reach
	wait := firstWait
	for {
		begun, err := listenOnce(ctx, cfg, on, resync)
		if ctx.Err() != nil {
			return nil //nolint:nilerr // the caller has ended it
		}
		if begun {
			wait = firstWait
		}
		slog.WarnContext(ctx, "listening for changes was interrupted", "error", err, "again_in", wait)
		pause := time.NewTimer(wait/2 + rand.N(wait/2))
		select {
		case <-ctx.Done():
			pause.Stop()
			return nil
		case <-pause.C:
		}
		wait = min(2*wait, longWait)
	}
}

// listenOnce listens on one connection until it fails, and reports whether it
// had come to listening.
func listenOnce(ctx context.Context, cfg *pgx.ConnConfig, on func(models.Signal), resync func()) (begun bool, err error) {
	conn, err := pgx.ConnectConfig(ctx, cfg)
	if err != nil {
		return false, fmt.Errorf("connect: %w", err)
	}
	defer func() {
		bye, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		err = errors.Join(err, conn.Close(bye))
	}()
	if _, err := conn.Exec(ctx, "LISTEN "+pgx.Identifier{models.NotifyChannel}.Sanitize()); err != nil {
		return false, fmt.Errorf("listen: %w", err)
	}
	resync()
	for {
		if err := receive(ctx, conn, on); err != nil {
			return true, err
		}
	}
}

// receive waits for one signal, or for a sign that the server is still there.
func receive(ctx context.Context, conn *pgx.Conn, on func(models.Signal)) error {
	waiting, cancel := context.WithTimeout(ctx, quiet)
	n, err := conn.WaitForNotification(waiting)
	cancel()
	switch {
	case err == nil:
		var s models.Signal
		if err := json.Unmarshal([]byte(n.Payload), &s); err != nil {
			slog.WarnContext(ctx, "a signal that is none was passed over", "error", err)
			return nil
		}
		on(s)
		return nil
	case ctx.Err() == nil && errors.Is(err, context.DeadlineExceeded) && !conn.IsClosed():
		asking, cancel := context.WithTimeout(ctx, reach)
		defer cancel()
		if err := conn.Ping(asking); err != nil {
			return fmt.Errorf("ask whether the server is there: %w", err)
		}
		return nil
	}
	return fmt.Errorf("wait for a signal: %w", err)
}
