package devstack

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"
)

// Supervisor starts parts, starts again what dies, and stops them. The zero
// value is not usable; see NewSupervisor.
type Supervisor struct {
	logs *Logs
	say  func(format string, args ...any)
	// changed is called after every start of a part, with all process ids by name.
	changed func(pids map[string]int)

	mu       sync.Mutex
	running  []*running // in the order of starting
	stopping bool
}

// running is a part that has been started.
type running struct {
	part    *Part
	proc    *Process      // nil while it is being started again
	stop    chan struct{} // closed: do not start it again
	watched chan struct{} // closed: nobody will start it again
}

// NewSupervisor makes a supervisor. say tells people what happens, one line
// each; changed, which may be nil, is told the process ids after each change.
func NewSupervisor(logs *Logs, say func(format string, args ...any), changed func(pids map[string]int)) *Supervisor {
	if changed == nil {
		changed = func(map[string]int) {}
	}
	return &Supervisor{logs: logs, say: say, changed: changed}
}

// StartError says which part could not be started, why, and what to do.
type StartError struct {
	Part   string
	Cause  error
	Log    string // path of its log
	Tail   string // the last lines of its log
	Advice string
}

// Error implements error.
func (e *StartError) Error() string {
	return fmt.Sprintf("%s could not be started: %v", e.Part, e.Cause)
}

// Unwrap gives the cause.
func (e *StartError) Unwrap() error { return e.Cause }

// Start starts parts side by side and waits until all of them are ready. They
// are stopped in the reverse of the order given, after those of later calls.
// The first one that can not be started ends the wait with a *StartError; what
// was started by then is left to Stop.
func (s *Supervisor) Start(ctx context.Context, parts ...*Part) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	entries := make([]*running, len(parts))
	s.mu.Lock()
	for i, p := range parts {
		entries[i] = &running{part: p, stop: make(chan struct{}), watched: make(chan struct{})}
	}
	s.running = append(s.running, entries...)
	s.mu.Unlock()

	errs := make(chan error, len(entries))
	for _, r := range entries {
		go func() {
			err := s.launch(ctx, r)
			if err != nil {
				close(r.watched)
			} else {
				go s.watch(r) //nolint:contextcheck // outlives the start: r.stop ends it
			}
			errs <- err
		}()
	}
	var first error
	for range entries {
		if err := <-errs; err != nil && first == nil {
			first = err
			cancel()
		}
	}
	return first
}

// launch starts a part and waits until it is ready.
func (s *Supervisor) launch(ctx context.Context, r *running) error {
	ctx, cancel := context.WithTimeout(ctx, r.part.patience())
	defer cancel()
	fail := func(cause error) error {
		advice := r.part.Advice
		var missing *MissingError
		if errors.As(cause, &missing) {
			advice = missing.Advice
		}
		return &StartError{
			Part: r.part.Name, Cause: cause, Advice: advice,
			Log: s.logs.Path(r.part.Name), Tail: s.logs.Tail(r.part.Name, 12),
		}
	}
	command, err := r.part.Prepare(ctx)
	if err != nil {
		return fail(err)
	}
	out, err := s.logs.Writer(r.part.Name, r.part.Echo)
	if err != nil {
		return fail(err)
	}
	proc, err := s.spawn(r, command, out)
	if err != nil {
		return fail(err)
	}
	if err := awaitReady(ctx, r.part, proc); err != nil {
		return fail(err)
	}
	return nil
}

// errStopping: no part is started any more.
var errStopping = errors.New("the stack is being stopped")

// spawn starts the program unless the stack is being stopped.
func (s *Supervisor) spawn(r *running, command Command, out io.Writer) (*Process, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopping {
		return nil, errStopping
	}
	proc, err := StartProcess(command, out)
	if err != nil {
		return nil, err
	}
	r.proc = proc
	s.changed(s.pids())
	return proc, nil
}

// awaitReady probes a part until it answers, ends, or the context does.
func awaitReady(ctx context.Context, part *Part, proc *Process) error {
	var last error
	for pause := 10 * time.Millisecond; ; pause = min(2*pause, 250*time.Millisecond) {
		probe, cancel := context.WithTimeout(ctx, 10*time.Second)
		last = part.Ready(probe)
		cancel()
		if last == nil {
			return nil
		}
		select {
		case <-proc.Done():
			return fmt.Errorf("it ended by itself (%s)", proc.Ending())
		case <-ctx.Done():
			if errors.Is(ctx.Err(), context.DeadlineExceeded) {
				return fmt.Errorf("it was not ready within %s: %w", part.patience(), last)
			}
			return ctx.Err()
		case <-time.After(pause):
		}
	}
}

// Backoff of starting a part again: it grows while the part keeps dying and
// begins anew once the part has lived for a while.
const (
	firstBackoff = 500 * time.Millisecond
	lastBackoff  = 30 * time.Second
	longLife     = time.Minute
)

// watch starts a part again whenever it has died, until the stack is stopped.
func (s *Supervisor) watch(r *running) {
	defer close(r.watched)
	backoff := firstBackoff
	for {
		born := time.Now()
		select {
		case <-r.proc.Done():
		case <-r.stop:
			return
		}
		killGroup(r.proc.PID()) // what it has left behind
		if time.Since(born) > longLife {
			backoff = firstBackoff
		}
		s.say("%s ended (%s); starting it again in %s", r.part.Name, r.proc.Ending(), backoff)
		for again := true; again; {
			select {
			case <-time.After(backoff):
			case <-r.stop:
				return
			}
			backoff = min(2*backoff, lastBackoff)
			err := s.relaunch(r)
			again = err != nil
			if again && !s.isStopping() {
				s.say("%s could not be started again: %v; next try in %s (log: %s)", r.part.Name, errors.Unwrap(err), backoff, s.logs.Path(r.part.Name))
			}
		}
		s.say("%s is back (process %d)", r.part.Name, r.proc.PID())
	}
}

// relaunch starts a part again; a start that fails leaves no process behind.
func (s *Supervisor) relaunch(r *running) error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() {
		select {
		case <-r.stop:
			cancel()
		case <-ctx.Done():
		}
	}()
	before := r.proc
	err := s.launch(ctx, r)
	if err != nil && r.proc != before {
		r.proc.Stop(r.part.stopSignal(), r.part.grace())
	}
	return err
}

func (s *Supervisor) isStopping() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stopping
}

// pids are the ids of the parts' processes by name. The lock must be held.
func (s *Supervisor) pids() map[string]int {
	pids := make(map[string]int, len(s.running))
	for _, r := range s.running {
		if r.proc != nil {
			pids[r.part.Name] = r.proc.PID()
		}
	}
	return pids
}

// PIDs are the ids of the parts' processes by name.
func (s *Supervisor) PIDs() map[string]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.pids()
}

// Stop stops everything that was started, one part after the other, the last
// one first, and returns when nothing runs any more. It may be called twice.
func (s *Supervisor) Stop() {
	s.mu.Lock()
	first := !s.stopping
	s.stopping = true
	parts := slices.Clone(s.running)
	s.mu.Unlock()
	if first {
		for _, r := range parts {
			close(r.stop)
		}
	}
	for _, r := range slices.Backward(parts) {
		<-r.watched
		if r.proc != nil {
			r.proc.Stop(r.part.stopSignal(), r.part.grace())
		}
	}
}
