package imaging

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"

	"safelight/models"
)

// Codec is what works on pictures inside a child. Compress answers a
// *models.Rejection for bytes that are no good image, and ErrMemory (wrapped)
// when it could not get the memory it needed. One call runs at a time.
type Codec interface {
	Compress(req Request) (Result, error)
}

// ChildMain is the main function of a child process: cmd/worker calls it when
// its first argument is "imaging". It gives up what a child must not have,
// opens the codec, speaks the pool's protocol on standard input and output
// until its input ends, and never returns.
func ChildMain(open func(effort int) (Codec, error)) {
	runtime.LockOSThread()
	if err := serve(open); err != nil {
		fmt.Fprintln(os.Stderr, "imaging:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

// serve answers requests until the input ends.
func serve(open func(effort int) (Codec, error)) error {
	in, out, err := takeOverPipes()
	if err != nil {
		return err
	}
	var limits setup
	if err := readFrame(in, &limits); err != nil {
		return fmt.Errorf("setup: %w", err)
	}
	codec, unfiltered, err := prepare(limits, open)
	if err != nil {
		return errors.Join(err, writeFrame(out, hello{Error: err.Error()}))
	}
	if err := writeFrame(out, hello{Unfiltered: unfiltered}); err != nil {
		return err
	}
	for {
		var req Request
		if err := readFrame(in, &req); err != nil {
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
		if err := limitCPU(limits.CPUTime); err != nil {
			return err
		}
		answer := answer(codec, req)
		if err := writeFrame(out, answer); err != nil {
			return err
		}
		if answer.Ended != "" {
			return errors.New(answer.Ended)
		}
	}
}

// prepare confines the process before the codec touches anything. unfiltered
// is why it could not be kept from the network, if so.
func prepare(limits setup, open func(effort int) (Codec, error)) (codec Codec, unfiltered string, err error) {
	if err := confine(limits); err != nil {
		return nil, "", err
	}
	if unfiltered, err = isolate(); err != nil {
		return nil, "", err
	}
	// The garbage of Go is small here and C's memory does not count towards it.
	debug.SetMemoryLimit(256 << 20)
	codec, err = open(limits.Effort)
	return codec, unfiltered, err
}

func answer(codec Codec, req Request) reply {
	if err := req.check(); err != nil {
		return reply{Error: err.Error()}
	}
	result, err := codec.Compress(req)
	var rejection *models.Rejection
	switch {
	case err == nil:
		return reply{Result: &result}
	case errors.As(err, &rejection):
		return reply{Rejection: rejection}
	case errors.Is(err, ErrMemory):
		return reply{Ended: err.Error()}
	}
	return reply{Error: err.Error()}
}

// takeOverPipes moves the protocol away from standard output, so that nothing
// a library prints can get into it, and closes what else was inherited.
func takeOverPipes() (*bufio.Reader, io.Writer, error) {
	out, err := detachStdout()
	if err != nil {
		return nil, nil, fmt.Errorf("take over pipes: %w", err)
	}
	if err := closeInherited(); err != nil {
		return nil, nil, fmt.Errorf("close inherited descriptors: %w", err)
	}
	return bufio.NewReader(os.Stdin), out, nil
}
