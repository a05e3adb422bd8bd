package imaging

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"
	"time"
)

// child is the pool's end of one child process. One goroutine at a time uses it.
type child struct {
	cmd    *exec.Cmd
	in     io.WriteCloser
	out    *bufio.Reader
	pipe   io.Closer // beneath out
	stderr *lastWords
	temp   string
	ended  chan struct{} // closed when the process is gone
	cause  error         // how it ended; set before ended is closed
	images int
	broken bool
	// unfiltered is why it could not be kept from the network, empty where it was.
	unfiltered string
}

// startChild starts a process through run, sends it its limits and waits for
// its hello. The process is killed when ctx ends before that.
func startChild(ctx context.Context, config Config, run func(*exec.Cmd) error) (*child, error) {
	temp, err := makeTemp(config.TempDir)
	if err != nil {
		return nil, err
	}
	c := &child{stderr: &lastWords{}, temp: temp, ended: make(chan struct{})}
	if err := c.launch(ctx, config, run); err != nil {
		return nil, errors.Join(fmt.Errorf("start imaging process: %w", err), os.RemoveAll(temp))
	}
	var answer hello
	err = c.exchange(ctx, setup{
		MemoryBytes: config.MemoryBytes, CPUTime: config.CPUTime,
		MaxImages: config.MaxImages, Effort: config.Effort,
	}, &answer)
	if err == nil && answer.Error != "" {
		err = errors.New(answer.Error)
	}
	if err != nil {
		c.discard()
		return nil, fmt.Errorf("start imaging process: %w", err)
	}
	c.unfiltered = answer.Unfiltered
	return c, nil
}

// launch makes the pipes and starts the process with nothing of the worker's
// environment and descriptors, in a process group of its own.
func (c *child) launch(ctx context.Context, config Config, run func(*exec.Cmd) error) error {
	inRead, inWrite, err := os.Pipe()
	if err != nil {
		return fmt.Errorf("make a pipe: %w", err)
	}
	outRead, outWrite, err := os.Pipe()
	if err != nil {
		return errors.Join(err, inRead.Close(), inWrite.Close())
	}
	// The child outlives the call that starts it; kill and discard end it.
	c.cmd = exec.CommandContext(context.WithoutCancel(ctx), config.Command[0], config.Command[1:]...)
	c.cmd.Env = childEnv(c.temp)
	c.cmd.Dir = c.temp
	c.cmd.Stdin, c.cmd.Stdout, c.cmd.Stderr = inRead, outWrite, c.stderr
	c.cmd.SysProcAttr = childAttributes()
	c.cmd.WaitDelay = time.Second
	c.in, c.out = inWrite, bufio.NewReader(outRead)
	err = run(c.cmd)
	err = errors.Join(err, inRead.Close(), outWrite.Close())
	if err != nil {
		return errors.Join(err, inWrite.Close(), outRead.Close())
	}
	c.pipe = outRead
	go func() {
		c.cause = describeEnd(c.cmd.Wait(), c.stderr)
		close(c.ended)
	}()
	return nil
}

// childEnv is all the environment a child gets. One thread and two heaps are
// enough for one picture at a time; what libvips has to say goes into errors,
// not on stderr a thousand times.
func childEnv(temp string) []string {
	return []string{
		"PATH=/usr/bin:/bin", "LC_ALL=C", "TMPDIR=" + temp, "HOME=" + temp,
		"VIPS_BLOCK_UNTRUSTED=1", "VIPS_CONCURRENCY=1", "VIPS_WARNING=1", "MALLOC_ARENA_MAX=2",
		"GOMAXPROCS=2", "GOTRACEBACK=none",
	}
}

// exchange sends a frame and waits for the answer. When ctx ends first, or the
// child does, the child is broken and on its way out.
func (c *child) exchange(ctx context.Context, request, answer any) error {
	done := make(chan error, 1)
	go func() {
		if err := writeFrame(c.in, request); err != nil {
			done <- err
			return
		}
		done <- readFrame(c.out, answer)
	}()
	select {
	case err := <-done:
		if err == nil {
			return nil
		}
		c.kill()
		<-c.ended
		if errors.Is(err, io.EOF) || errors.Is(err, syscall.EPIPE) {
			return c.cause // says more than a broken pipe does
		}
		return fmt.Errorf("%w (%w)", err, c.cause)
	case <-ctx.Done():
		c.kill()
		<-done                    //nolint:errcheck // what the exchange with a killed child came to is no news
		return context.Cause(ctx) //nolint:wrapcheck // callers ask whose end it was
	}
}

// errWall is the cause of a context that ended at the wall time of a picture.
var errWall = errors.New("took too long")

// compress sends a request and gives the answer. Only ErrChildEnded, the end
// of ctx and a reached limit leave the child broken.
func (c *child) compress(ctx context.Context, req Request, wall time.Duration) (Result, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, wall, errWall)
	defer cancel()
	c.images++
	var answer reply
	err := c.exchange(ctx, req, &answer)
	switch {
	case errors.Is(err, errWall):
		return Result{}, fmt.Errorf("%w: killed after %s on one picture", ErrChildEnded, wall)
	case err != nil && ctx.Err() != nil:
		return Result{}, fmt.Errorf("compress: %w", err)
	case err != nil:
		return Result{}, fmt.Errorf("%w: %w", ErrChildEnded, err)
	case answer.Ended != "":
		c.broken = true
		return Result{}, fmt.Errorf("%w: %s", ErrChildEnded, answer.Ended)
	case answer.Rejection != nil:
		return Result{}, answer.Rejection
	case answer.Result == nil:
		return Result{}, fmt.Errorf("imaging: %s", answer.Error)
	}
	return *answer.Result, nil
}

// spent reports whether the child should make room for another: it is broken
// or gone, has done its number of pictures, or keeps more memory than it may
// between two of them.
func (c *child) spent(config Config) bool {
	if c.broken || c.images >= config.MaxImages || c.gone() {
		return true
	}
	kept, told := residentBytes(c.cmd.Process.Pid)
	return told && kept > config.IdleBytes
}

// gone reports whether the process has ended.
func (c *child) gone() bool {
	select {
	case <-c.ended:
		return true
	default:
		return false
	}
}

// end is how the process ended; only after gone.
func (c *child) end() error { return c.cause }

// kill ends the process at once. It is the one that was started: os.Process
// never signals a process id that has been given to another.
func (c *child) kill() {
	c.broken = true
	_ = c.cmd.Process.Kill() // fails only for a process that has ended
}

// discard kills the process, waits for its end and removes its folder.
func (c *child) discard() {
	c.kill()
	<-c.ended
	_ = c.in.Close() // a pipe whose other end is gone
	_ = c.pipe.Close()
	_ = os.RemoveAll(c.temp) // what cannot be removed is left to who cleans the temporary folder
}
