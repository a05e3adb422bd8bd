// Command imagingbench measures what compressing pictures costs and wins, and
// prints JSON. Times are of this machine and this minute: the ratios, each of
// two things measured in turns, are what to compare.
//
// Started as `imagingbench imaging` it is one of its own decoders, and as
// `imagingbench alone` it does the same work in one process, for comparison.
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

	"safelight/internal/imaging"
	"safelight/internal/imaging/codec"
)

// report is what is printed. Ratios are explained where they are measured.
type report struct {
	Saving  map[string]savingReport `json:"saving"` // by set of pictures
	Cost    costReport              `json:"cost"`
	Pool    poolReport              `json:"pool"`
	Rotated rotatedReport           `json:"rotated"`
	Memory  memoryReport            `json:"memory"`
}

func main() {
	if len(os.Args) > 1 && os.Args[1] == "imaging" {
		imaging.ChildMain(codec.Open)
	}
	corpus := flag.String("corpus", "", "folder whose sub-folder photos is measured too")
	rounds := flag.Int("rounds", 5, "rounds of each comparison")
	images := flag.Int("images", 2000, "pictures of the measurement of memory")
	flag.Parse()
	run := func(ctx context.Context) error { return measure(ctx, *corpus, *rounds, *images) }
	if flag.Arg(0) == "alone" {
		run = func(ctx context.Context) error { return alone(ctx, os.Stdin, os.Stdout) }
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "imagingbench:", err)
		os.Exit(1)
	}
}

// bench is one run, with a folder for its pictures.
type bench struct {
	self            string
	dir             string
	rounds          int
	upright, turned []string // JPEGs of 12 megapixels
}

func measure(ctx context.Context, corpus string, rounds, images int) (err error) {
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find the own binary: %w", err)
	}
	dir, err := os.MkdirTemp("", "imagingbench-")
	if err != nil {
		return fmt.Errorf("make a folder: %w", err)
	}
	defer os.RemoveAll(dir)
	b := &bench{self: self, dir: dir, rounds: rounds}

	var out report
	if out.Saving, err = b.saving(ctx, corpus); err != nil {
		return err
	}
	if err := b.draw(); err != nil {
		return err
	}
	if out.Cost, err = b.cost(ctx); err != nil {
		return err
	}
	if out.Pool, err = b.pooled(ctx); err != nil {
		return err
	}
	if out.Rotated, err = b.rotated(ctx); err != nil {
		return err
	}
	if out.Memory, err = b.memory(ctx, images); err != nil {
		return err
	}
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetIndent("", "  ")
	return encoder.Encode(out) //nolint:wrapcheck // nothing to add
}

// pool starts one as the worker does.
func (b *bench) pool(config imaging.Config) (*imaging.Pool, error) {
	config.Command, config.TempDir = []string{b.self, "imaging"}, b.dir
	p, err := imaging.NewPool(config)
	if err != nil {
		return nil, fmt.Errorf("start the pool: %w", err)
	}
	return p, nil
}

// request is one with the settings of production. Each has a folder of its own.
func (b *bench) request(source string) (imaging.Request, error) {
	dir, err := os.MkdirTemp(b.dir, "out-")
	if err != nil {
		return imaging.Request{}, fmt.Errorf("make a folder: %w", err)
	}
	return imaging.Request{
		Source: source, OutDir: dir, MaxSide: 2560, PreviewSide: 1280, ThumbSide: 400,
		Format: imaging.FormatWebP, MinSSIM: 0.98, Quality: fixedQuality, MaxPixels: 100_000_000, MaxFrames: 1000,
	}, nil
}

// store writes a picture into the folder of the run.
func (b *bench) store(name string, data []byte) (string, error) {
	path := filepath.Join(b.dir, name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		return "", fmt.Errorf("write a picture: %w", err)
	}
	return path, nil
}

// atOnce is how many pictures are worked on at the same time.
func atOnce() int { return runtime.NumCPU() }
