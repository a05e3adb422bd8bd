package imaging

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"runtime"
	"time"
)

// Config configures a Pool. Only Command is required; a zero elsewhere takes
// the default named beside it.
type Config struct {
	// Command starts a child: a program that calls ChildMain, and its arguments.
	Command []string
	// Children is how many work at once. Default: one per core.
	Children int
	// MaxImages is how many pictures a child does before another takes its
	// place, which bounds what leaks and fragmentation can come to. Default 500.
	MaxImages int
	// IdleBytes is how much memory a child may keep between two pictures before
	// another takes its place. Where the system does not tell, MaxImages alone
	// counts. Default 256 MiB.
	IdleBytes uint64
	// MemoryBytes limits what a child may map beyond what the Go runtime and the
	// libraries have reserved at its start, which is 1.5 GB that they never
	// touch. Measured for 100 megapixels: progressive JPEG 0.65 GB, AVIF 0.9,
	// interlaced PNG of 16 bits with alpha 1.0, WebP 1.2. Default 2 GiB.
	MemoryBytes uint64
	// CPUTime limits the CPU time of one picture. 100 megapixels take 2 to 5 s
	// on a core of 2020, with alpha and 16 bits 11. Default 60 s.
	CPUTime time.Duration
	// WallTime limits the time of one picture, which on a busy machine is a
	// multiple of its CPU time: it is there for a child that waits for ever. A
	// step's own time-out should be longer. Default 150 s.
	WallTime time.Duration
	// StartTime limits the start of a child. Default 15 s.
	StartTime time.Duration
	// TempDir is where each child gets a folder for pictures that do not fit
	// in memory, removed when it ends. Default: the system's.
	TempDir string
	// Effort is how hard the WebP encoder tries, 1 to 6. Default DefaultEffort.
	Effort int
	// Seen is told of every picture that a child has worked on: how long it waited
	// for the child, how long the child took, and what came of it. Nil: nobody.
	Seen func(ctx context.Context, waited, took time.Duration, err error)
	// Log gets a line for each child that ends before its time. Default: slog's.
	Log *slog.Logger
}

// DefaultEffort is the effort of the WebP encoder. Measured on a 12-megapixel
// photo, for all three variants: 4 takes half as long again as 2 and saves 4 %
// of the bytes; 1 saves 7 % of the time and costs 14 % more bytes.
const DefaultEffort = 2

func (c Config) withDefaults() (Config, error) {
	if len(c.Command) == 0 {
		return c, errors.New("imaging: no command to start children with")
	}
	c.Children = positive(c.Children, runtime.NumCPU())
	c.MaxImages = positive(c.MaxImages, 500)
	c.IdleBytes = positive(c.IdleBytes, 256<<20)
	c.MemoryBytes = positive(c.MemoryBytes, 2<<30)
	c.CPUTime = positive(c.CPUTime, 60*time.Second)
	c.WallTime = positive(c.WallTime, 150*time.Second)
	c.StartTime = positive(c.StartTime, 15*time.Second)
	c.Effort = positive(c.Effort, DefaultEffort)
	if c.TempDir == "" {
		c.TempDir = os.TempDir()
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	return c, nil
}

func positive[T int | uint64 | time.Duration](v, def T) T {
	if v <= 0 {
		return def
	}
	return v
}
