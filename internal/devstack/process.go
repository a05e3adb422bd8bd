package devstack

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"syscall"
	"time"
)

// Command says how a program is started.
type Command struct {
	Path string
	Args []string
	Env  []string // nil: this process's own
	User *User    // nil: as this process
	// OnOrphaned is sent to the program when this process dies without having
	// stopped it, where the system can do that (Linux). Zero: SIGKILL.
	OnOrphaned syscall.Signal
}

// Process is a running program, the leader of a process group of its own, so
// that a Ctrl-C on the terminal reaches this process alone and parts are
// stopped in order.
type Process struct {
	cmd  *exec.Cmd
	done chan struct{}
	err  error
}

// launcher runs functions on one thread that never ends. The kernel sends the
// parent-death signal when the thread that started a program ends, not the
// process: on any other thread of the Go runtime a part could die with us alive.
var launcher = sync.OnceValue(func() chan<- func() {
	jobs := make(chan func())
	go func() {
		runtime.LockOSThread()
		for job := range jobs {
			job()
		}
	}()
	return jobs
})

// StartProcess starts a program whose output goes to out. It does not wait for
// anything; use Done and Stop.
func StartProcess(c Command, out io.Writer) (*Process, error) {
	cmd := exec.Command(c.Path, c.Args...)
	cmd.Env = c.Env
	cmd.Stdout, cmd.Stderr = out, out
	// A grandchild that keeps our end of the pipe open must not keep Wait from returning.
	cmd.WaitDelay = 2 * time.Second
	orphaned := c.OnOrphaned
	if orphaned == 0 {
		orphaned = syscall.SIGKILL
	}
	cmd.SysProcAttr = sysProcAttr(c.User, orphaned)

	started := make(chan error)
	launcher() <- func() { started <- cmd.Start() }
	if err := <-started; err != nil {
		return nil, fmt.Errorf("start %s: %w", c.Path, err)
	}
	p := &Process{cmd: cmd, done: make(chan struct{})}
	go func() {
		p.err = cmd.Wait()
		close(p.done)
	}()
	return p, nil
}

// PID is the process id, and that of its group.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Done is closed when the program has ended.
func (p *Process) Done() <-chan struct{} { return p.done }

// Ending says how the program ended, in words. Only after Done.
func (p *Process) Ending() string {
	var exit *exec.ExitError
	switch {
	case p.err == nil, errors.Is(p.err, exec.ErrWaitDelay):
		return "exit status 0"
	case errors.As(p.err, &exit):
		return exit.String()
	default:
		return p.err.Error()
	}
}

// Stop asks the program to end by sig and, when it has not after grace, kills
// it and what is left of its group. It returns when the program has ended.
// Stopping what has ended does nothing.
func (p *Process) Stop(sig syscall.Signal, grace time.Duration) {
	select {
	case <-p.done:
		return
	default:
	}
	// An error means that it ended in between: done tells.
	_ = p.cmd.Process.Signal(sig)
	select {
	case <-p.done:
	case <-time.After(grace):
	}
	killGroup(p.PID())
	<-p.done
}

// killGroup ends whatever still runs in a process group.
func killGroup(pgid int) {
	// ESRCH is the usual answer: nobody left.
	_ = syscall.Kill(-pgid, syscall.SIGKILL)
}

// alive reports whether a process with this id exists, whoever owns it.
func alive(pid int) bool {
	err := syscall.Kill(pid, 0)
	return err == nil || errors.Is(err, os.ErrPermission)
}
