package imaging_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"safelight/internal/imaging"
	"safelight/internal/imaging/imagingtest"
)

// grey is a JPEG of nothing but its size.
func grey(t *testing.T, w, h int) []byte {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, jpeg.Encode(&b, image.NewGray(image.Rect(0, 0, w, h)), nil))
	return b.Bytes()
}

// noise is a PNG that takes an encoder long.
func noise(t *testing.T, w, h int) []byte {
	t.Helper()
	r, img := rand.New(rand.NewPCG(3, 4)), image.NewGray(image.Rect(0, 0, w, h))
	for i := range img.Pix {
		img.Pix[i] = uint8(r.Uint32())
	}
	var b bytes.Buffer
	require.NoError(t, (&png.Encoder{CompressionLevel: png.NoCompression}).Encode(&b, img))
	return b.Bytes()
}

// A child that is stopped (SIGSTOP) hangs for certain, without a picture that
// takes long on every machine.
func stopChild(t *testing.T, p *imaging.Pool) int {
	t.Helper()
	pid := pidOf(p)
	require.NoError(t, syscall.Kill(pid, syscall.SIGSTOP))
	return pid
}

func requireGone(t *testing.T, pid int) {
	t.Helper()
	require.Eventually(t, func() bool { return syscall.Kill(pid, 0) != nil }, 10*time.Second, time.Millisecond, "process %d lives", pid)
}

func requireWorks(t *testing.T, p *imaging.Pool) {
	t.Helper()
	r, err := p.Compress(context.Background(), imagingtest.Request(t, grey(t, 64, 48)))
	require.NoError(t, err)
	require.Len(t, r.Variants, 3)
}

func TestCrashIsOneFailedAttempt(t *testing.T) {
	t.Parallel()
	p := imagingtest.NewPool(t, imaging.Config{Children: 1})
	pid := stopChild(t, p)
	failed, req := make(chan error, 1), imagingtest.Request(t, grey(t, 64, 48))
	go func() {
		_, err := p.Compress(context.Background(), req)
		failed <- err
	}()
	require.Eventually(t, func() bool { return p.Idle() == 0 }, 10*time.Second, time.Millisecond)
	require.NoError(t, syscall.Kill(pid, syscall.SIGKILL))
	err := <-failed
	require.ErrorIs(t, err, imaging.ErrChildEnded)
	require.ErrorContains(t, err, "killed")
	requireWorks(t, p)
	require.NotEqual(t, pid, pidOf(p))
}

func TestCrashOfOneLeavesTheOthersAlone(t *testing.T) {
	t.Parallel()
	p := imagingtest.NewPool(t, imaging.Config{Children: 2})
	pid := stopChild(t, p)
	results := make(chan error, 2)
	for range 2 {
		req := imagingtest.Request(t, grey(t, 64, 48))
		go func() {
			_, err := p.Compress(context.Background(), req)
			results <- err
		}()
	}
	require.NoError(t, <-results, "the one with the healthy child")
	requireWorks(t, p)
	require.NoError(t, syscall.Kill(pid, syscall.SIGKILL))
	require.ErrorIs(t, <-results, imaging.ErrChildEnded)
}

func TestChildThatEndedWhileIdleIsNobodysFault(t *testing.T) {
	t.Parallel()
	p := imagingtest.NewPool(t, imaging.Config{Children: 1})
	c, giveBack := p.Borrow()
	require.NoError(t, c.End())
	giveBack()
	requireWorks(t, p)
}

func TestHungChildIsKilled(t *testing.T) {
	t.Parallel()
	p := imagingtest.NewPool(t, imaging.Config{Children: 1, WallTime: 300 * time.Millisecond})
	pid := stopChild(t, p)
	_, err := p.Compress(context.Background(), imagingtest.Request(t, grey(t, 64, 48)))
	require.ErrorIs(t, err, imaging.ErrChildEnded)
	require.ErrorContains(t, err, "300ms")
	requireGone(t, pid)
}

func TestCancelKillsAtOnce(t *testing.T) {
	t.Parallel()
	p := imagingtest.NewPool(t, imaging.Config{Children: 1})
	pid := stopChild(t, p)
	ctx, cancel := context.WithCancel(context.Background())
	failed, req := make(chan error, 1), imagingtest.Request(t, grey(t, 64, 48))
	go func() {
		_, err := p.Compress(ctx, req)
		failed <- err
	}()
	require.Eventually(t, func() bool { return p.Idle() == 0 }, 10*time.Second, time.Millisecond)
	cancel()
	err := <-failed
	require.ErrorIs(t, err, context.Canceled)
	require.NotErrorIs(t, err, imaging.ErrChildEnded)
	requireGone(t, pid)
	requireWorks(t, p)
}

func TestWaitingForAChildEndsWithTheContext(t *testing.T) {
	t.Parallel()
	p := imagingtest.NewPool(t, imaging.Config{Children: 1})
	_, giveBack := p.Borrow()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := p.Compress(ctx, imagingtest.Request(t, grey(t, 8, 8)))
	require.ErrorIs(t, err, context.Canceled)
	giveBack()
}

func TestCloseEndsEverything(t *testing.T) {
	t.Parallel()
	p := imagingtest.NewPool(t, imaging.Config{Children: 1})
	pid := stopChild(t, p)
	failed, req := make(chan error, 1), imagingtest.Request(t, grey(t, 64, 48))
	go func() {
		_, err := p.Compress(context.Background(), req)
		failed <- err
	}()
	require.Eventually(t, func() bool { return p.Idle() == 0 }, 10*time.Second, time.Millisecond)
	p.Close()
	require.ErrorIs(t, <-failed, imaging.ErrClosed)
	requireGone(t, pid)
	_, err := p.Compress(context.Background(), imagingtest.Request(t, grey(t, 8, 8)))
	require.ErrorIs(t, err, imaging.ErrClosed)
	p.Close()
	left, err := filepath.Glob(filepath.Join(p.TempDir(), "*"))
	require.NoError(t, err)
	require.Empty(t, left, "folders of children")
}

func TestChildrenAreRecycled(t *testing.T) {
	t.Parallel()
	p := imagingtest.NewPool(t, imaging.Config{Children: 1, MaxImages: 2})
	first := pidOf(p)
	requireWorks(t, p)
	require.Equal(t, first, pidOf(p))
	requireWorks(t, p)
	require.NotEqual(t, first, pidOf(p))
	requireGone(t, first)
	requireWorks(t, p)
}

func TestCPULimit(t *testing.T) {
	t.Parallel()
	p := imagingtest.NewPool(t, imaging.Config{Children: 1, CPUTime: time.Second, Effort: 6})
	req := imagingtest.Request(t, noise(t, 2000, 2000))
	req.MaxSide = 2000
	_, err := p.Compress(context.Background(), req)
	require.ErrorIs(t, err, imaging.ErrChildEnded)
	require.ErrorContains(t, err, "CPU time limit")
	requireWorks(t, p)
}

func TestMemoryLimit(t *testing.T) {
	t.Parallel()
	if imagingtest.Race || runtime.GOOS != "linux" {
		t.Skip("the address space of a child can be limited on Linux, without the race detector")
	}
	// 288 MB of pixels at its own size.
	picture := blackPNG(t, 16_000, 6000, 8, 0, 0, 16_000)
	p := imagingtest.NewPool(t, imaging.Config{Children: 1, MemoryBytes: 200 << 20})
	req := imagingtest.Request(t, picture)
	req.MaxSide = 16_000
	_, err := p.Compress(context.Background(), req)
	require.ErrorIs(t, err, imaging.ErrChildEnded)
	requireWorks(t, p)
	req.MaxSide = 400
	_, err = p.Compress(context.Background(), req)
	require.NoError(t, err, "the same picture with memory enough for what is made of it")
}

func TestChildStartsWithNothing(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("descriptors of another process are read from /proc")
	}
	var leak [2]int
	require.NoError(t, syscall.Pipe(leak[:])) // without close-on-exec
	t.Cleanup(func() { _ = syscall.Close(leak[0]); _ = syscall.Close(leak[1]) })
	theirs, err := os.Readlink(fmt.Sprintf("/proc/self/fd/%d", leak[0]))
	require.NoError(t, err)
	p := imagingtest.NewPool(t, imaging.Config{Children: 1})
	requireWorks(t, p)
	proc := fmt.Sprintf("/proc/%d", pidOf(p))
	fds, err := os.ReadDir(proc + "/fd")
	require.NoError(t, err)
	for _, fd := range fds {
		link, err := os.Readlink(filepath.Join(proc, "fd", fd.Name()))
		require.NoError(t, err)
		require.NotEqual(t, theirs, link)
		require.NotContains(t, link, "socket:")
	}
	c, giveBack := p.Borrow()
	temp := c.Temp()
	giveBack()
	environ, err := os.ReadFile(proc + "/environ")
	require.NoError(t, err)
	for pair := range strings.SplitSeq(strings.TrimRight(string(environ), "\x00"), "\x00") {
		require.Contains(t, imaging.ChildEnv(temp), pair)
	}
	limits, err := os.ReadFile(proc + "/limits")
	require.NoError(t, err)
	require.Regexp(t, `Max core file size\s+0\s+0`, string(limits))
	require.Regexp(t, `Max open files\s+128\s+128`, string(limits))
	require.Regexp(t, `Max cpu time\s+[0-9]+`, string(limits))
}

func TestStartThatFails(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ command, says string }{
		"no such program": {"/nowhere/imaging", "no such file"},
		"refuses":         {"refusing-child", "still loads SVG"},
		"babbles":         {"babbling-child", "start imaging process"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			config := imaging.Config{Command: []string{os.Args[0], c.command}, Children: 2, TempDir: t.TempDir()}
			if strings.HasPrefix(c.command, "/") {
				config.Command = []string{c.command}
			}
			p, err := imaging.NewPool(config)
			require.Nil(t, p)
			require.ErrorContains(t, err, c.says)
			left, err := os.ReadDir(config.TempDir)
			require.NoError(t, err)
			require.Empty(t, left)
		})
	}
	_, err := imaging.NewPool(imaging.Config{Log: slog.Default()})
	require.Error(t, err)
}

func TestChildDiesWithItsWorker(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	owner := exec.Command(os.Args[0], "pool-owner", dir)
	out, err := owner.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, owner.Start())
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	pid, err := strconv.Atoi(strings.TrimSpace(line))
	require.NoError(t, err)
	require.NoError(t, syscall.Kill(pid, 0))
	require.NoError(t, owner.Process.Kill())
	require.Error(t, owner.Wait())
	requireGone(t, pid)
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, left, 1, "nobody could remove it")
	require.NoError(t, imaging.Sweep(dir))
	left, err = os.ReadDir(dir)
	require.NoError(t, err)
	require.Empty(t, left)
}

func TestRequestsThatMakeNoSense(t *testing.T) {
	t.Parallel()
	good := imaging.Request{Source: "a", OutDir: "b", MaxSide: 1, PreviewSide: 1, ThumbSide: 1, Quality: 1, MaxPixels: 1, MaxFrames: 1}
	require.NoError(t, good.Check())
	for name, spoil := range map[string]func(*imaging.Request){
		"source": func(r *imaging.Request) { r.Source = "" }, "folder": func(r *imaging.Request) { r.OutDir = "" },
		"side": func(r *imaging.Request) { r.ThumbSide = 0 }, "too wide": func(r *imaging.Request) { r.MaxSide = 20_000 },
		"quality": func(r *imaging.Request) { r.Quality = 101 }, "pixels": func(r *imaging.Request) { r.MaxPixels = 0 },
		"frames": func(r *imaging.Request) { r.MaxFrames = 0 },
	} {
		bad := good
		spoil(&bad)
		_, err := imagingtest.SharedPool(t).Compress(context.Background(), bad)
		require.Error(t, err, name)
		require.NotErrorIs(t, err, imaging.ErrChildEnded)
	}
	_, err := imagingtest.SharedPool(t).Compress(context.Background(), imaging.Request{
		Source: filepath.Join(t.TempDir(), "gone"), OutDir: t.TempDir(),
		MaxSide: 9, PreviewSide: 9, ThumbSide: 9, Quality: 9, MaxPixels: 9, MaxFrames: 9,
	})
	require.ErrorContains(t, err, "no such file")
	require.NotErrorIs(t, err, imaging.ErrChildEnded)
}
