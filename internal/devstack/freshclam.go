package devstack

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"
)

const (
	// firstFetch is how long the first start waits for signatures: a download
	// of some 300 MB. It goes on in the background afterwards.
	firstFetch = 90 * time.Second
	// Pauses between fetches after a good one and after a bad one.
	fetchEvery = 6 * time.Hour
	fetchAgain = time.Hour
)

// Signatures fetches the official virus signatures by freshclam and keeps them
// fresh. Where its mirror can not be reached, clamd has the test signatures
// alone, and people are told so loudly.
type Signatures struct {
	clamd *Clamd
	logs  *Logs
	say   func(format string, args ...any)

	first chan struct{} // closed after the first fetch

	mu      sync.Mutex
	problem string // why there are no official signatures; empty: there are
}

// NewSignatures makes what keeps clamd's signatures fresh.
func NewSignatures(clamd *Clamd, logs *Logs, say func(format string, args ...any)) *Signatures {
	return &Signatures{clamd: clamd, logs: logs, say: say, first: make(chan struct{})}
}

// Await waits until there are official signatures, or for a while. Keep must
// have been started.
func (s *Signatures) Await(ctx context.Context) {
	if haveOfficial(s.clamd.Database) {
		return
	}
	slow := time.NewTimer(firstFetch)
	defer slow.Stop()
	tell := time.NewTimer(2 * time.Second)
	defer tell.Stop()
	for {
		select {
		case <-tell.C:
			s.say("freshclam is fetching the virus signatures (some 300 MB, once); waiting up to %s", firstFetch)
		case <-slow.C:
			s.setProblem("they are still being fetched")
			return
		case <-s.first:
			return
		case <-ctx.Done():
			return
		}
	}
}

// Problem says why clamd knows the test signatures only; empty if it knows all.
func (s *Signatures) Problem() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.problem
}

func (s *Signatures) setProblem(p string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.problem = p
}

// Keep fetches now and from time to time until ctx ends. It is called once.
func (s *Signatures) Keep(ctx context.Context) {
	for first := s.first; ctx.Err() == nil; first = nil {
		had := haveOfficial(s.clamd.Database)
		err := s.fetch(ctx)
		pause := fetchEvery
		switch {
		case err == nil:
			s.setProblem("")
		case had: // yesterday's are good for today
			pause = fetchAgain
		default:
			s.setProblem(err.Error())
			pause = fetchAgain
		}
		if first != nil {
			close(first)
		}
		if err == nil && !had {
			s.say("virus signatures have been fetched; clamd takes them up within a minute")
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
		}
	}
}

// fetch runs freshclam once.
func (s *Signatures) fetch(ctx context.Context) error {
	path, err := findProgram("freshclam", "install it by "+installAdvice("clamav-freshclam", "clamav"))
	if err != nil {
		return err
	}
	if err := os.MkdirAll(s.clamd.Database, 0o700); err != nil {
		return fmt.Errorf("make the folder of signatures: %w", err)
	}
	if path, err = unconfined(path, s.clamd.Programs); err != nil {
		return err
	}
	conf, err := s.settings()
	if err != nil {
		return err
	}
	out, err := s.logs.Writer("freshclam", false)
	if err != nil {
		return err
	}
	proc, err := StartProcess(Command{Path: path, Args: []string{"--config-file=" + conf, "--stdout"}}, out)
	if err != nil {
		return err
	}
	select {
	case <-proc.Done():
	case <-ctx.Done():
		proc.Stop(syscall.SIGTERM, 5*time.Second)
		return ctx.Err()
	}
	if proc.err != nil {
		return fmt.Errorf("freshclam: %s (log: %s)", firstError(s.logs.Tail("freshclam", 12)), s.logs.Path("freshclam"))
	}
	if !haveOfficial(s.clamd.Database) {
		return errors.New("freshclam has brought nothing")
	}
	return nil
}

func (s *Signatures) settings() (string, error) {
	text := fmt.Sprintf("# Written by safelight.\nDatabaseDirectory %s\nDatabaseMirror database.clamav.net\n"+
		"MaxAttempts 1\nConnectTimeout 10\nReceiveTimeout 0\n", s.clamd.Database)
	if os.Geteuid() == 0 {
		me, err := user.Current() // freshclam gives up root unless told to keep it
		if err != nil {
			return "", fmt.Errorf("find out who I am: %w", err)
		}
		text += "DatabaseOwner " + me.Username + "\n"
	}
	conf := filepath.Join(s.clamd.Run, "freshclam.conf")
	if err := writeFile(conf, []byte(text), 0o600); err != nil {
		return "", fmt.Errorf("write freshclam's settings: %w", err)
	}
	return conf, nil
}

// haveOfficial reports whether the folder holds the official signatures.
func haveOfficial(dir string) bool {
	for _, name := range []string{"main", "daily"} {
		_, errCVD := os.Stat(filepath.Join(dir, name+".cvd"))
		_, errCLD := os.Stat(filepath.Join(dir, name+".cld"))
		if errCVD != nil && errCLD != nil {
			return false
		}
	}
	return true
}

// firstError is the line of a log that says what went wrong.
func firstError(log string) string {
	for line := range strings.Lines(log) {
		if _, cause, ok := strings.Cut(line, "Message: "); ok {
			return strings.TrimSpace(cause)
		}
	}
	for line := range strings.Lines(log) {
		if cause, ok := strings.CutPrefix(line, "ERROR: "); ok {
			return strings.TrimSpace(cause)
		}
	}
	return lastLines(log, 1)
}
