//go:build integration

// Package e2e drives the compiled binaries the way a person does: it starts
// `safelight dev` and talks to it over HTTP, and kills parts of it.
package e2e

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// devJSON is what `safelight dev` leaves for scripts.
type devJSON struct {
	APIURL          string         `json:"apiUrl"`
	TemporalAddress string         `json:"temporalAddress"`
	TemporalUIURL   string         `json:"temporalUiUrl"`
	DatabaseURL     string         `json:"databaseUrl"`
	ClamdAddress    string         `json:"clamdAddress"`
	StorageURL      string         `json:"storageUrl"`
	AdminEmail      string         `json:"adminEmail"`
	AdminPassword   string         `json:"adminPassword"`
	PIDs            map[string]int `json:"pids"`
	// MetricsURLs are where each program is scraped.
	MetricsURLs map[string]string `json:"metricsUrls"`
}

// stack is one running Safelight. Its scanner is reached through a door that
// a test can shut.
type stack struct {
	home    string
	scanner *door
	traces  *collector
	cmd     *exec.Cmd
	out     *os.File
}

var running *stack

// stackSecret signs the tokens of the stack, for a second API process to know.
const stackSecret = "a secret of these tests and of nothing else"

// stackSettings are what all workers of the stack must have in common.
var stackSettings = []string{"RECONCILE_EVERY=2s", "RECONCILE_GRACE=1s", "WEBHOOK_ALLOW_PRIVATE=true"}

func TestMain(m *testing.M) { os.Exit(runWith(m)) }

func runWith(m *testing.M) int {
	clamd := os.Getenv("SAFELIGHT_TEST_CLAMD_ADDRESS")
	if clamd == "" {
		fmt.Fprintln(os.Stderr, "e2e: SAFELIGHT_TEST_CLAMD_ADDRESS is not set; run these tests with `make test`")
		return 1
	}
	stopStore, err := useStore()
	if err != nil {
		fmt.Fprintln(os.Stderr, "e2e:", err)
		return 1
	}
	s, err := start(clamd)
	if err != nil {
		fmt.Fprintln(os.Stderr, "e2e:", err)
		return 1
	}
	running = s
	code := m.Run()
	if err := errors.Join(s.stop(), stopStore()); err != nil {
		fmt.Fprintln(os.Stderr, "e2e: the stack did not stop well:", err)
		code = max(code, 1)
	}
	return code
}

// start starts a stack with some more variables than those that all of them have.
func start(clamd string, environ ...string) (*stack, error) {
	home, err := os.MkdirTemp("", "safelight-e2e-")
	if err != nil {
		return nil, err
	}
	if err := os.Chmod(home, 0o755); err != nil { // PostgreSQL steps down to another user
		return nil, err
	}
	scanner, err := openDoor(clamd)
	if err != nil {
		return nil, err
	}
	traces, err := openCollector(home)
	if err != nil {
		return nil, err
	}
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	s := &stack{home: home, scanner: scanner, traces: traces}
	if s.out, err = os.Create(filepath.Join(home, "dev.out")); err != nil {
		return nil, err
	}
	s.cmd = exec.Command(binary(), "dev", "--home", filepath.Join(home, "data"), "--port", fmt.Sprint(port))
	s.cmd.Env = append(append(os.Environ(),
		"CLAMD_ADDRESS="+scanner.address(), "JWT_KEYS=e2e:"+stackSecret, "LOGIN_PER_MINUTE=1000",
		"OTEL_EXPORTER_OTLP_ENDPOINT="+traces.addr, "OTEL_BSP_SCHEDULE_DELAY=200"), stackSettings...)
	s.cmd.Env = append(s.cmd.Env, environ...)
	s.cmd.Stdout, s.cmd.Stderr = s.out, s.out
	if err := s.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", binary(), err)
	}
	deadline := time.Now().Add(3 * time.Minute)
	for time.Now().Before(deadline) {
		if _, err := s.dev(); err == nil {
			return s, nil
		}
		if s.cmd.ProcessState != nil || syscall.Kill(s.cmd.Process.Pid, 0) != nil {
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	said, _ := os.ReadFile(s.out.Name())
	return nil, errors.Join(fmt.Errorf("the stack did not come up; it said:\n%s", said), s.stop())
}

// binary is the compiled command, which `make test` builds first.
func binary() string {
	path, err := filepath.Abs(filepath.Join("..", "bin", "safelight"))
	if err != nil {
		return "safelight"
	}
	return path
}

func (s *stack) dev() (devJSON, error) {
	var d devJSON
	data, err := os.ReadFile(filepath.Join(s.home, "data", "dev.json"))
	if err != nil {
		return d, err
	}
	return d, json.Unmarshal(data, &d)
}

// stop ends the stack the way Ctrl-C does and checks that nothing is left.
func (s *stack) stop() error {
	s.scanner.close()
	d, _ := s.dev()
	if err := s.cmd.Process.Signal(os.Interrupt); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- s.cmd.Wait() }()
	select {
	case err := <-ended:
		if err != nil {
			return fmt.Errorf("safelight dev: %w", err)
		}
	case <-time.After(time.Minute):
		return errors.Join(errors.New("safelight dev did not end within a minute"), s.cmd.Process.Kill())
	}
	var left []string
	for name, pid := range d.PIDs {
		if syscall.Kill(pid, 0) == nil {
			left = append(left, fmt.Sprintf("%s (%d)", name, pid))
		}
	}
	if len(left) > 0 {
		return fmt.Errorf("still running: %s", strings.Join(left, ", "))
	}
	if err := s.traces.close(); err != nil {
		return err
	}
	return os.RemoveAll(s.home)
}

// pid is the process of a part, as of now.
func (s *stack) pid(t *testing.T, part string) int {
	t.Helper()
	d, err := s.dev()
	require.NoError(t, err)
	require.NotZero(t, d.PIDs[part], "no part named %s in %v", part, d.PIDs)
	return d.PIDs[part]
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// door forwards connections to a service and can be shut.
type door struct {
	listener net.Listener
	network  string
	target   string
	mu       sync.Mutex
	shut     bool
	conns    map[net.Conn]bool
}

func openDoor(target string) (*door, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	d := &door{listener: l, network: "tcp", target: target, conns: map[net.Conn]bool{}}
	if path, ok := strings.CutPrefix(target, "unix:"); ok || strings.HasPrefix(target, "/") {
		d.network, d.target = "unix", path
	}
	go d.serve()
	return d, nil
}

func (d *door) address() string { return d.listener.Addr().String() }

func (d *door) serve() {
	for {
		conn, err := d.listener.Accept()
		if err != nil {
			return
		}
		go d.forward(conn)
	}
}

func (d *door) forward(conn net.Conn) {
	defer conn.Close()
	d.mu.Lock()
	shut := d.shut
	d.conns[conn] = true
	d.mu.Unlock()
	defer func() { d.mu.Lock(); delete(d.conns, conn); d.mu.Unlock() }()
	if shut {
		return
	}
	var dialer net.Dialer
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	to, err := dialer.DialContext(ctx, d.network, d.target)
	if err != nil {
		return
	}
	defer to.Close()
	back := make(chan struct{})
	go func() { _, _ = io.Copy(conn, to); conn.Close(); close(back) }()
	_, _ = io.Copy(to, conn)
	if half, ok := to.(interface{ CloseWrite() error }); ok {
		_ = half.CloseWrite()
	}
	<-back
}

// setShut shuts the door, cutting who is in it, or opens it.
func (d *door) setShut(shut bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.shut = shut
	if shut {
		for c := range d.conns {
			_ = c.Close()
		}
	}
}

func (d *door) close() { _ = d.listener.Close() }
