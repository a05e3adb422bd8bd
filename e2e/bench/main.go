// Command bench measures a whole stack on this machine and prints JSON. It
// starts bin/safelight dev in a folder of its own and stops it again. The
// machine is part of what is measured: compare numbers of one run only.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"syscall"
	"time"
)

// report is what is printed. Durations are in milliseconds, sizes in MiB.
type report struct {
	Go        string      `json:"go"`
	Cores     int         `json:"cores"`
	Idle      idleReport  `json:"idle"`
	Stream    lagReport   `json:"stream"`
	Load      loadReport  `json:"load"`
	Large     largeReport `json:"large"`
	PerUpload costReport  `json:"perUpload"`
	// Imaging is what bin/imagingbench prints.
	Imaging json.RawMessage `json:"imaging,omitempty"`
	SignIns signInReport    `json:"signIns"`
	Lists   listReport      `json:"lists"`
}

// plan says what to measure.
type plan struct {
	bin, corpus string
	files       int // uploads of the load test
	listed      int // files in the lists
	only        bool
	transfers   int // large files on each store; 0: none
	signIns     bool
}

func main() {
	var p plan
	flag.StringVar(&p.bin, "bin", "bin", "folder of the compiled binaries")
	flag.StringVar(&p.corpus, "corpus", os.Getenv("SAFELIGHT_CORPUS"), "folder of pictures; those in its photos are compressed too (default $SAFELIGHT_CORPUS)")
	flag.IntVar(&p.files, "load", 60, "uploads of the load test")
	flag.IntVar(&p.listed, "listed", 1_000_000, "files in the lists, a fifth of them of one user")
	flag.BoolVar(&p.only, "lists", false, "measure the lists alone")
	flag.BoolVar(&p.signIns, "sign-ins", false, "measure what sign-ins cost everybody else alone")
	flag.IntVar(&p.transfers, "transfers", 0, "measure the memory of API and worker over so many transfers of 40 MiB on each store alone; fails where one grows by 100 MiB")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, p)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, p plan) (err error) {
	ctx, cancel := context.WithTimeout(ctx, 90*time.Minute)
	defer cancel()
	if p.transfers > 0 {
		return runTransfers(ctx, p)
	}
	out := report{Go: runtime.Version(), Cores: runtime.NumCPU()}
	all := !p.only && !p.signIns
	if all {
		if out.Imaging, err = measureImaging(ctx, filepath.Join(p.bin, "imagingbench"), p.corpus); err != nil {
			return err
		}
	}
	home, err := os.MkdirTemp("", "safelight-bench-")
	if err != nil {
		return fmt.Errorf("make a folder: %w", err)
	}
	if err := os.Chmod(home, 0o755); err != nil { //nolint:gosec // PostgreSQL runs as another user and must reach its own folder below
		return fmt.Errorf("open the folder to PostgreSQL's user: %w", err)
	}
	s, err := startStack(ctx, filepath.Join(p.bin, "safelight"), home)
	if err != nil {
		return err
	}
	defer func() {
		if stopErr := s.stop(); err == nil {
			err = stopErr
		}
	}()
	if all {
		if err := measureUploads(ctx, s, p.files, &out); err != nil {
			return err
		}
	}
	if all || p.signIns {
		if out.SignIns, err = measureSignIns(ctx, s); err != nil {
			return err
		}
	}
	if all || p.only {
		if out.Lists, err = measureLists(ctx, s, p.listed); err != nil { // last: it fills the database
			return err
		}
	}
	return show(out)
}

func show(out any) error {
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetIndent("", "  ")
	return encoder.Encode(out) //nolint:wrapcheck // nothing to add
}

// runTransfers measures them on each store, and prints what it saw before it
// says whether that is well.
func runTransfers(ctx context.Context, p plan) error {
	out := struct {
		Go        string           `json:"go"`
		Cores     int              `json:"cores"`
		Transfers []transferReport `json:"transfers"`
	}{Go: runtime.Version(), Cores: runtime.NumCPU()}
	var errs []error
	for _, store := range transferStores {
		r, err := measureTransfers(ctx, p.bin, store, p.transfers)
		if err != nil {
			errs = append(errs, fmt.Errorf("transfers on %s: %w", store, err))
			continue
		}
		out.Transfers = append(out.Transfers, r)
		errs = append(errs, r.flat())
	}
	return errors.Join(append(errs, show(out))...)
}

func measureUploads(ctx context.Context, s *stack, files int, out *report) (err error) {
	if out.Idle, out.Stream, err = measureIdle(ctx, s); err != nil {
		return err
	}
	if out.Load, out.PerUpload, err = measureLoad(ctx, s, files); err != nil {
		return err
	}
	out.Large, err = measureLarge(ctx, s)
	return err
}
