package devstack

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"syscall"
	"time"
)

// record is a process that was started, kept in a file so that the next run
// finds what a killed one has left. The token tells it from a later process of
// the same id.
type record struct {
	Name  string `json:"name"`
	PID   int    `json:"pid"`
	Token string `json:"token"`
}

const recordFile = "parts.json"

// keepRecords writes down the running parts.
func keepRecords(h *Home, pids map[string]int) error {
	records := make([]record, 0, len(pids))
	for name, pid := range pids {
		records = append(records, record{Name: name, PID: pid, Token: startToken(pid)})
	}
	slices.SortFunc(records, func(a, b record) int { return strings.Compare(a.Name, b.Name) })
	return writeJSON(h.Path(recordFile), records)
}

// stopLeftovers ends the parts of an earlier run that was killed. The home's
// lock is held, so that run is over.
func stopLeftovers(h *Home, say func(format string, args ...any)) error {
	var records []record
	if err := readJSON(h.Path(recordFile), &records); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("read what an earlier run has left: %w", err)
	}
	for _, r := range records {
		if r.PID <= 1 || r.Token == "" || startToken(r.PID) != r.Token {
			continue
		}
		say("stopping %s of an earlier run (process %d)", r.Name, r.PID)
		sig := syscall.SIGTERM
		if r.Name == "postgres" {
			sig = syscall.SIGINT
		}
		if err := stopLeftover(r.PID, sig, 20*time.Second); err != nil {
			return err
		}
		killGroup(r.PID)
	}
	if err := os.Remove(h.Path(recordFile)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("forget what an earlier run has left: %w", err)
	}
	return nil
}

// stopLeftover ends a process that is not our child, asking first, and waits
// until it is gone.
func stopLeftover(pid int, sig syscall.Signal, grace time.Duration) error {
	token := startToken(pid)
	if token == "" {
		return nil
	}
	if err := syscall.Kill(pid, sig); err != nil {
		if alive(pid) {
			return fmt.Errorf("stop process %d of an earlier run: %w", pid, err)
		}
		return nil
	}
	if goneWithin(pid, token, grace) {
		return nil
	}
	// Gone in between is as good: the wait below tells.
	_ = syscall.Kill(pid, syscall.SIGKILL)
	if goneWithin(pid, token, 5*time.Second) {
		return nil
	}
	return fmt.Errorf("process %d of an earlier run does not end", pid)
}

// goneWithin waits until the process with this id and start is no more.
func goneWithin(pid int, token string, patience time.Duration) bool {
	for end := time.Now().Add(patience); startToken(pid) == token; {
		if time.Now().After(end) {
			return false
		}
		time.Sleep(20 * time.Millisecond)
	}
	return true
}
