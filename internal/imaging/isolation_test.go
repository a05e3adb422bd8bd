package imaging_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"safelight/internal/imaging"
	"safelight/internal/imaging/imagingtest"
)

const onLinux = runtime.GOOS == "linux"

func TestFilterHoldsForEveryThread(t *testing.T) {
	t.Parallel()
	if !onLinux {
		t.Skip("threads of another process are read from /proc")
	}
	p := imagingtest.NewPool(t, imaging.Config{Children: 1})
	requireWorks(t, p)
	tasks, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/status", pidOf(p)))
	require.NoError(t, err)
	require.Greater(t, len(tasks), 2, "the Go runtime and libvips have threads of their own")
	for _, task := range tasks {
		status, err := os.ReadFile(task)
		require.NoError(t, err)
		require.Regexp(t, `(?m)^Seccomp:\s+2$`, string(status))
		require.Regexp(t, `(?m)^NoNewPrivs:\s+1$`, string(status))
	}
}

// What the filter refuses and what it leaves is tried in a process of its own:
// there is no way back.
func TestFilter(t *testing.T) {
	t.Parallel()
	if !onLinux {
		t.Skip("other systems have no filter")
	}
	out, err := exec.Command(os.Args[0], "filtered", t.TempDir()).CombinedOutput()
	require.NoError(t, err, "%s", out)
	require.Equal(t, "done\n", string(out))
	require.Error(t, imaging.ProveNetworkDenied(), "the proof fails where there is no filter")
}

// filtered is the main function of that process.
func filtered(dir string) error {
	started := make(chan struct{}) // a thread that is there before the filter is
	probes := make(chan func() error)
	results := make(chan error)
	go func() {
		runtime.LockOSThread()
		close(started)
		for probe := range probes {
			results <- probe()
		}
	}()
	<-started
	if unfiltered, err := imaging.Isolate(); err != nil || unfiltered != "" {
		return fmt.Errorf("isolate: %s %w", unfiltered, err)
	}
	for name, probe := range denied() {
		probes <- func() error { return probe() }
		if err := <-results; err != syscall.EPERM { //nolint:errorlint // a bare errno, as the system gives it
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	if _, err := os.StartProcess("/bin/true", []string{"true"}, &os.ProcAttr{}); err == nil {
		return fmt.Errorf("a process was started")
	}
	return stillWorks(dir)
}

// stillWorks does what a Go program does all day.
func stillWorks(dir string) error {
	var all sync.WaitGroup
	errs := make(chan error, 64)
	for i := range 64 {
		all.Go(func() {
			runtime.LockOSThread() // each on a new thread
			path := filepath.Join(dir, fmt.Sprint(i))
			if err := os.WriteFile(path, bytes.Repeat([]byte{7}, 1<<16), 0o600); err != nil {
				errs <- err
			}
			<-time.After(time.Millisecond)
			if b, err := os.ReadFile(path); err != nil || len(b) != 1<<16 {
				errs <- fmt.Errorf("read %d bytes: %w", len(b), err)
			}
			for n := range 1 << 22 { // long enough to be interrupted by a signal
				_ = n
			}
		})
	}
	runtime.GC()
	all.Wait()
	close(errs)
	return <-errs
}

// A child that says it could not be kept from the network works, and is spoken of.
func TestChildWithoutFilterIsSpokenOf(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	p, err := imaging.NewPool(imaging.Config{
		Command: []string{os.Args[0], "unfiltered-child"}, Children: 2, TempDir: t.TempDir(),
		Log: slog.New(slog.NewTextHandler(&log, nil)),
	})
	require.NoError(t, err)
	p.Close()
	require.Equal(t, 1, strings.Count(log.String(), "not kept from the network"), log.String())
	require.Contains(t, log.String(), "no such kernel")

	log.Reset()
	p, err = imaging.NewPool(imagingtest.Config(imaging.Config{
		Children: 1, TempDir: t.TempDir(), Log: slog.New(slog.NewTextHandler(&log, nil)),
	}))
	require.NoError(t, err)
	p.Close()
	if onLinux {
		require.Empty(t, log.String())
	}
}

// unfilteredChild says so and waits for its end.
func unfilteredChild() {
	_ = imaging.GreetUnfiltered(os.Stdout, "no such kernel")
	_, _ = bufio.NewReader(os.Stdin).WriteTo(new(bytes.Buffer))
}

func TestChildThatKeepsTooMuchIsReplaced(t *testing.T) {
	t.Parallel()
	if !onLinux {
		t.Skip("the memory of another process is read from /proc")
	}
	p := imagingtest.NewPool(t, imaging.Config{Children: 1, IdleBytes: 1 << 20}) // every process has more
	first := pidOf(p)
	requireWorks(t, p)
	require.NotEqual(t, first, pidOf(p))
	requireGone(t, first)
	requireWorks(t, p)

	p = imagingtest.NewPool(t, imaging.Config{Children: 1, IdleBytes: 1 << 40})
	first = pidOf(p)
	requireWorks(t, p)
	requireWorks(t, p)
	require.Equal(t, first, pidOf(p))
}

// However little memory a picture finds, it is never called a bad one.
func TestShortOfMemoryIsNeverThePicturesFault(t *testing.T) {
	t.Parallel()
	if !onLinux || imagingtest.Race {
		t.Skip("the address space of a child can be limited on Linux, without the race detector")
	}
	p := imagingtest.NewPool(t, imaging.Config{Children: 1, MemoryBytes: 200 << 20})
	for name, path := range map[string]string{ // 300 to 800 MB each
		"interlaced png":   whole(t, blackPNG(t, 9990, 9990, 16, 6, 1, 8*9990+64)),
		"progressive jpeg": whole(t, claim(harmless(t)["progressive jpeg"], 9990, 9990)),
		"gif":              whole(t, join("GIF89a", le16(9990, 9990), "\x80\x00\x00\x00\x00\x00\xff\xff\xff,", le16(0, 0, 9990, 9990), "\x00\x02\x02D\x01\x00;")),
		"webp":             whole(t, flatWebP(9990, 9990)),
	} {
		req := imagingtest.Request(t, nil)
		req.Source = path
		_, err := p.Compress(context.Background(), req)
		require.ErrorIs(t, err, imaging.ErrChildEnded, name)
	}
	requireWorks(t, p)
}
