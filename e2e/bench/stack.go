package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"safelight/internal/uploader"
)

// stack is a running Safelight of our own.
type stack struct {
	home   string
	cmd    *exec.Cmd
	ended  chan error
	client *uploader.Client
	dev    struct {
		APIURL          string         `json:"apiUrl"`
		DatabaseURL     string         `json:"databaseUrl"`
		TemporalAddress string         `json:"temporalAddress"`
		AdminEmail      string         `json:"adminEmail"`
		AdminPassword   string         `json:"adminPassword"`
		PIDs            map[string]int `json:"pids"`
	}
}

// startStack starts a stack with everything of its own. environ goes before what
// this process was given.
func startStack(ctx context.Context, program, home string, environ ...string) (*stack, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("find a free port: %w", err)
	}
	port := listener.Addr().(*net.TCPAddr).Port //nolint:forcetypeassert // of a TCP listener
	if err := listener.Close(); err != nil {
		return nil, fmt.Errorf("free the port: %w", err)
	}
	s := &stack{home: home, ended: make(chan error, 1)}
	s.cmd = exec.Command(program, "dev", "--test-signatures", "--home", filepath.Join(home, "data"), "--port", strconv.Itoa(port)) //nolint:noctx // our own binary, stopped by its signal
	s.cmd.Env = append(append(os.Environ(), "LOG_LEVEL=WARN", "LOGIN_PER_MINUTE=100000"), environ...)                              // all requests come from one address
	log, err := os.Create(filepath.Join(home, "dev.log"))
	if err != nil {
		return nil, fmt.Errorf("make a log: %w", err)
	}
	s.cmd.Stdout, s.cmd.Stderr = log, log
	if err := s.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start the stack (run `make build` first): %w", err)
	}
	go func() { s.ended <- s.cmd.Wait() }()
	if err := s.wait(ctx); err != nil {
		return nil, errors.Join(err, fmt.Errorf("its log is %s", log.Name()), s.stop())
	}
	s.client, err = uploader.New(uploader.Options{
		Server:      s.dev.APIURL,
		Credentials: uploader.Credentials{Email: s.dev.AdminEmail, Password: s.dev.AdminPassword},
	})
	if err != nil {
		return nil, errors.Join(err, s.stop())
	}
	return s, nil
}

// wait returns when dev.json is there.
func (s *stack) wait(ctx context.Context) error {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		data, err := os.ReadFile(filepath.Join(s.home, "data", "dev.json"))
		if err == nil {
			return json.Unmarshal(data, &s.dev) //nolint:wrapcheck // ours
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("the stack did not come up: %w", ctx.Err())
		case err := <-s.ended:
			s.ended <- err
			return fmt.Errorf("the stack ended at its start: %w", err)
		case <-tick.C:
		}
	}
}

func (s *stack) stop() error {
	if err := s.cmd.Process.Signal(os.Interrupt); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("stop the stack: %w", err)
	}
	if err := <-s.ended; err != nil {
		return fmt.Errorf("the stack did not end well: %w", err)
	}
	return os.RemoveAll(s.home) //nolint:wrapcheck // it names the folder
}

// resident is a number of a process's memory in MiB: VmRSS now, or VmHWM, the
// most it ever was. It is 0 where the system has no /proc.
func resident(pid int, name string) float64 {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(data)) {
		if rest, ok := strings.CutPrefix(line, name+":"); ok {
			kib, err := strconv.ParseFloat(strings.Fields(rest)[0], 64)
			if err != nil {
				return 0
			}
			return kib / 1024
		}
	}
	return 0
}
