package devstack

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// notes collects what is said, in order.
type notes struct {
	mu    sync.Mutex
	lines []string
}

func (n *notes) say(format string, args ...any) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.lines = append(n.lines, fmt.Sprintf(format, args...))
}

func (n *notes) text() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return strings.Join(n.lines, "\n")
}

// shell is a part that runs a script and is ready when a file is there, which
// the script makes.
func shell(name, ready, script string) *Part {
	return &Part{
		Name: name,
		Prepare: func(context.Context) (Command, error) {
			return Command{Path: "/bin/sh", Args: []string{"-c", script}}, nil
		},
		Ready: func(context.Context) error {
			_, err := os.Stat(ready)
			return err
		},
		Grace:    5 * time.Second,
		Patience: 20 * time.Second,
		Advice:   "do something",
	}
}

func newTestSupervisor(t *testing.T) (*Supervisor, *notes) {
	t.Helper()
	logs, err := NewLogs(t.TempDir(), nil)
	require.NoError(t, err)
	said := &notes{}
	s := NewSupervisor(logs, said.say, nil)
	t.Cleanup(func() {
		s.Stop()
		require.NoError(t, logs.Close())
	})
	return s, said
}

func eventually(t *testing.T, what string, condition func() bool) {
	t.Helper()
	require.Eventually(t, condition, 20*time.Second, 10*time.Millisecond, what)
}

func TestStopEndsPartsInReverseOrder(t *testing.T) {
	t.Parallel()
	s, _ := newTestSupervisor(t)
	dir := t.TempDir()
	order := filepath.Join(dir, "order")
	part := func(name string) *Part {
		ready := filepath.Join(dir, name)
		return shell(name, ready, fmt.Sprintf(`trap 'echo %s >> %s; exit 0' TERM; touch %s; while :; do sleep 0.05; done`, name, order, ready))
	}
	require.NoError(t, s.Start(t.Context(), part("first"), part("second")))
	require.NoError(t, s.Start(t.Context(), part("third")))
	pids := s.PIDs()
	require.Len(t, pids, 3)
	s.Stop()
	ended, err := os.ReadFile(order)
	require.NoError(t, err)
	require.Equal(t, "third\nsecond\nfirst\n", string(ended))
	for name, pid := range pids {
		require.False(t, alive(pid), name)
	}
	s.Stop() // again does nothing
}

func TestPartThatDiesIsStartedAgain(t *testing.T) {
	t.Parallel()
	s, said := newTestSupervisor(t)
	ready := filepath.Join(t.TempDir(), "ready")
	require.NoError(t, s.Start(t.Context(), shell("mortal", ready, "touch "+ready+"; exec sleep 600")))
	first := s.PIDs()["mortal"]
	require.NoError(t, syscall.Kill(first, syscall.SIGKILL))
	eventually(t, "another process", func() bool { return s.PIDs()["mortal"] != first })
	eventually(t, "to be told", func() bool { return strings.Contains(said.text(), "mortal is back") })
	require.Contains(t, said.text(), "mortal ended (signal: killed); starting it again in 500ms")
}

func TestDescendantsOfADeadPartAreEnded(t *testing.T) {
	t.Parallel()
	s, _ := newTestSupervisor(t)
	child := filepath.Join(t.TempDir(), "child")
	require.NoError(t, s.Start(t.Context(), shell("parent", child, "sleep 600 & echo $! > "+child+".new; mv "+child+".new "+child+"; wait")))
	var pid int
	text, err := os.ReadFile(child)
	require.NoError(t, err)
	_, err = fmt.Sscan(string(text), &pid)
	require.NoError(t, err)
	require.NoError(t, syscall.Kill(s.PIDs()["parent"], syscall.SIGKILL))
	eventually(t, "the child's end", func() bool { return startToken(pid) == "" })
}

func TestPartThatCannotStartSaysWhy(t *testing.T) {
	t.Parallel()
	s, _ := newTestSupervisor(t)
	dir := t.TempDir()
	good := shell("good", filepath.Join(dir, "good"), "touch "+filepath.Join(dir, "good")+"; exec sleep 600")
	bad := shell("bad", filepath.Join(dir, "never"), "echo no such luck; exit 3")
	err := s.Start(t.Context(), good, bad)
	var start *StartError
	require.ErrorAs(t, err, &start)
	require.Equal(t, "bad", start.Part)
	require.Equal(t, "do something", start.Advice)
	require.Contains(t, start.Tail, "no such luck")
	require.ErrorContains(t, err, "exit status 3")
	pid := s.PIDs()["good"]
	s.Stop()
	require.False(t, pid != 0 && alive(pid), "the other part still runs")
}

func TestMissingProgramBringsItsOwnAdvice(t *testing.T) {
	t.Parallel()
	s, _ := newTestSupervisor(t)
	part := shell("x", "/", "")
	part.Prepare = func(context.Context) (Command, error) {
		return Command{}, &MissingError{Program: "x", Advice: "get it"}
	}
	var start *StartError
	require.ErrorAs(t, s.Start(t.Context(), part), &start)
	require.Equal(t, "get it", start.Advice)
}

func TestPartThatIsNeverReadyIsGivenUp(t *testing.T) {
	t.Parallel()
	s, _ := newTestSupervisor(t)
	part := shell("slow", "/", "exec sleep 600")
	part.Ready = func(context.Context) error { return errors.New("still thinking") }
	part.Patience = 100 * time.Millisecond
	err := s.Start(t.Context(), part)
	require.ErrorContains(t, err, "not ready within 100ms: still thinking")
}

func TestStubbornPartIsKilled(t *testing.T) {
	t.Parallel()
	s, _ := newTestSupervisor(t)
	ready := filepath.Join(t.TempDir(), "ready")
	part := shell("stubborn", ready, "trap '' TERM; touch "+ready+"; while :; do sleep 0.05; done")
	part.Grace = 100 * time.Millisecond
	require.NoError(t, s.Start(t.Context(), part))
	pid := s.PIDs()["stubborn"]
	s.Stop()
	require.False(t, alive(pid))
}

func TestNothingIsStartedAfterStop(t *testing.T) {
	t.Parallel()
	s, _ := newTestSupervisor(t)
	s.Stop()
	require.ErrorIs(t, s.Start(t.Context(), shell("late", "/", "exec sleep 600")), errStopping)
}
