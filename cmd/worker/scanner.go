package main

import (
	"context"
	"io"
	"log/slog"

	"safelight/activities"
	"safelight/internal/clamd"
)

// scans makes a guarded clamd what the steps ask for.
type scans struct {
	guard *clamd.Guard
	seen  *seen
}

// watchScanner starts to check the scanner, until ctx ends, and returns what
// scans through it only while it judges rightly. maxUpload is the number of
// bytes that it has to judge to their end.
func watchScanner(ctx context.Context, c *clamd.Client, maxUpload int64, s *seen, log *slog.Logger) scans {
	guard := clamd.NewGuard(c, clamd.GuardOptions{Limit: maxUpload, Log: log})
	go guard.Run(ctx)
	go s.watchSignatures(ctx, c)
	return scans{guard, s}
}

// Scan implements activities.Scanner.
func (s scans) Scan(ctx context.Context, r io.Reader, size int64) (activities.Verdict, error) {
	return s.seen.scan(ctx, r, size, func(ctx context.Context, r io.Reader) (activities.Verdict, error) {
		v, err := s.guard.Scan(ctx, r, size)
		return activities.Verdict(v), err
	})
}
