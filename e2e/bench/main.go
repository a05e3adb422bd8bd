// Command bench measures a whole stack on this machine and prints JSON. It
// starts bin/safelight dev in a folder of its own and stops it again. The
// machine is part of what is measured: compare numbers of one run only.
package main

import (
	"context"
	"encoding/json"
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
	Imaging json.RawMessage `json:"imaging"`
}

func main() {
	bin := flag.String("bin", "bin", "folder of the compiled binaries")
	files := flag.Int("load", 60, "uploads of the load test")
	corpus := flag.String("corpus", os.Getenv("SAFELIGHT_CORPUS"), "folder of pictures; those in its photos are compressed too (default $SAFELIGHT_CORPUS)")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, *bin, *files, *corpus)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, bin string, files int, corpus string) (err error) {
	ctx, cancel := context.WithTimeout(ctx, 40*time.Minute)
	defer cancel()
	out := report{Go: runtime.Version(), Cores: runtime.NumCPU()}
	if out.Imaging, err = measureImaging(ctx, filepath.Join(bin, "imagingbench"), corpus); err != nil {
		return err
	}
	home, err := os.MkdirTemp("", "safelight-bench-")
	if err != nil {
		return fmt.Errorf("make a folder: %w", err)
	}
	if err := os.Chmod(home, 0o755); err != nil { //nolint:gosec // PostgreSQL runs as another user and must reach its own folder below
		return fmt.Errorf("open the folder to PostgreSQL's user: %w", err)
	}
	s, err := startStack(ctx, filepath.Join(bin, "safelight"), home)
	if err != nil {
		return err
	}
	defer func() {
		if stopErr := s.stop(); err == nil {
			err = stopErr
		}
	}()
	if out.Idle, out.Stream, err = measureIdle(ctx, s); err != nil {
		return err
	}
	if out.Load, out.PerUpload, err = measureLoad(ctx, s, files); err != nil {
		return err
	}
	if out.Large, err = measureLarge(ctx, s); err != nil {
		return err
	}
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetIndent("", "  ")
	return encoder.Encode(out) //nolint:wrapcheck // nothing to add
}
