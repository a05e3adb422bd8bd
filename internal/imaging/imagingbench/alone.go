package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"time"

	"golang.org/x/sync/errgroup"
	"golang.org/x/sys/unix"

	"safelight/internal/imaging"
	"safelight/internal/imaging/codec"
)

// work is what a process is to do alone: requests, so many at the same time.
type work struct {
	Requests []imaging.Request `json:"requests"`
	AtOnce   int               `json:"atOnce"`
}

// spent is what that took, in seconds, without the start.
type spent struct {
	Wall float64 `json:"wall"`
	CPU  float64 `json:"cpu"`
}

// alone is the main function of a process that compresses without a pool.
func alone(ctx context.Context, in io.Reader, out io.Writer) error {
	var w work
	if err := json.NewDecoder(in).Decode(&w); err != nil {
		return fmt.Errorf("read the work: %w", err)
	}
	c, err := codec.Open(imaging.DefaultEffort)
	if err != nil {
		return fmt.Errorf("open the codec: %w", err)
	}
	begin, before := time.Now(), cpuSeconds()
	err = together(ctx, w.AtOnce, w.Requests, func(_ context.Context, r imaging.Request) error {
		_, err := c.Compress(r)
		return err
	})
	if err != nil {
		return err
	}
	s := spent{Wall: time.Since(begin).Seconds(), CPU: cpuSeconds() - before}
	return json.NewEncoder(out).Encode(s) //nolint:wrapcheck // nothing to add
}

// cpuSeconds is what this process has used so far.
func cpuSeconds() float64 {
	var used unix.Rusage
	if unix.Getrusage(unix.RUSAGE_SELF, &used) != nil {
		return 0 // it knows no failure for oneself
	}
	return (time.Duration(used.Utime.Nano()) + time.Duration(used.Stime.Nano())).Seconds()
}

// runAlone does the requests in one process of their own, with the environment
// that the pool gives to its children.
func (b *bench) runAlone(ctx context.Context, w work) (spent, error) {
	in, err := json.Marshal(w)
	if err != nil {
		return spent{}, fmt.Errorf("encode the work: %w", err)
	}
	cmd := exec.CommandContext(ctx, b.self, "alone")
	cmd.Env = []string{"PATH=/usr/bin:/bin", "TMPDIR=" + b.dir, "VIPS_CONCURRENCY=1", "VIPS_WARNING=1", "MALLOC_ARENA_MAX=2"}
	cmd.Stdin, cmd.Stderr = bytes.NewReader(in), os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return spent{}, fmt.Errorf("work in one process: %w", err)
	}
	var s spent
	if err := json.Unmarshal(out, &s); err != nil {
		return spent{}, fmt.Errorf("read what was spent: %w", err)
	}
	return s, nil
}

// runPool does the requests in a pool. Its CPU time is 0 without /proc.
func runPool(ctx context.Context, p *imaging.Pool, w work) (spent, error) {
	begin, before := time.Now(), cpuSeconds()
	for _, pid := range children() {
		before += cpuOf(pid)
	}
	err := together(ctx, w.AtOnce, w.Requests, func(ctx context.Context, r imaging.Request) error {
		_, err := p.Compress(ctx, r)
		return err
	})
	s := spent{Wall: time.Since(begin).Seconds(), CPU: cpuSeconds() - before}
	for _, pid := range children() {
		s.CPU += cpuOf(pid)
	}
	return s, err
}

// together does the requests, so many at a time.
func together(ctx context.Context, n int, all []imaging.Request, do func(context.Context, imaging.Request) error) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(n)
	for _, r := range all {
		group.Go(func() error { return do(ctx, r) })
	}
	if err := group.Wait(); err != nil {
		return fmt.Errorf("compress: %w", err)
	}
	return nil
}
