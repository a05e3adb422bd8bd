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

// ChildMain is the main function of a child process: cmd/worker calls it when
// its first argument is "imaging". It speaks the pool's protocol on standard
// input and output until its input ends, and never returns.
func ChildMain() {
	runtime.LockOSThread()
	if err := serve(); err != nil {
		fmt.Fprintln(os.Stderr, "imaging:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

// serve answers requests until the input ends.
func serve() error {
	in, out, err := takeOverPipes()
	if err != nil {
		return err
	}
	var limits setup
	if err := readFrame(in, &limits); err != nil {
		return fmt.Errorf("setup: %w", err)
	}
	if err := prepare(limits); err != nil {
		return errors.Join(err, writeFrame(out, hello{Error: err.Error()}))
	}
	if err := writeFrame(out, hello{}); err != nil {
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
		answer := answer(req, limits.Effort)
		if err := writeFrame(out, answer); err != nil {
			return err
		}
		if answer.Ended != "" {
			return errors.New(answer.Ended)
		}
	}
}

// prepare gives up what a child must not have, starts libvips, and works once
// on a small picture, so that the first real one finds everything loaded.
func prepare(limits setup) error {
	if err := confine(limits); err != nil {
		return err
	}
	// The garbage of Go is small here and C's memory does not count towards it.
	debug.SetMemoryLimit(256 << 20)
	if err := startVips(); err != nil {
		return err
	}
	return warmUp(limits.Effort)
}

func answer(req Request, effort int) reply {
	if err := req.check(); err != nil {
		return reply{Error: err.Error()}
	}
	result, err := compress(req, effort)
	var rejection *models.Rejection
	switch {
	case err == nil:
		return reply{Result: &result}
	case errors.As(err, &rejection):
		return reply{Rejection: rejection}
	case errors.Is(err, errMemory):
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
