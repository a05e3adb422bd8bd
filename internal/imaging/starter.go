package imaging

import (
	"context"
	"os/exec"
	"runtime"
)

// starter starts processes from one operating system thread that lives as
// long as the pool. On Linux a child's parent-death signal is tied to the
// thread that started it, and a thread of the Go runtime may end before its process.
type starter struct {
	jobs chan startJob
	done chan struct{}
}

type startJob struct {
	cmd    *exec.Cmd
	result chan<- error
}

func newStarter() *starter {
	s := &starter{jobs: make(chan startJob), done: make(chan struct{})}
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		for {
			select {
			case job := <-s.jobs:
				job.result <- job.cmd.Start()
			case <-s.done:
				return
			}
		}
	}()
	return s
}

// start starts a child and waits until it is ready, within ctx and the
// configured time.
func (s *starter) start(ctx context.Context, config Config) (*child, error) {
	ctx, cancel := context.WithTimeout(ctx, config.StartTime)
	defer cancel()
	return startChild(ctx, config, s.run)
}

func (s *starter) run(cmd *exec.Cmd) error {
	result := make(chan error, 1)
	s.jobs <- startJob{cmd: cmd, result: result}
	return <-result
}

// stop ends the thread. No start may be under way.
func (s *starter) stop() { close(s.done) }
