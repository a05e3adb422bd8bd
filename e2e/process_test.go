//go:build integration

package e2e

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// process is a further process of the stack's, that a test starts, may
// configure otherwise, and kills.
type process struct {
	t       *testing.T
	program string
	environ []string
	log     *os.File
	cmd     *exec.Cmd
}

// newProcess prepares a program to run as a part of the stack, without starting it.
func newProcess(t *testing.T, program string, environ ...string) *process {
	t.Helper()
	d, err := running.dev()
	require.NoError(t, err)
	p := &process{t: t, program: filepath.Join(filepath.Dir(binary()), program)}
	p.environ = append(os.Environ(),
		"ENVIRONMENT=development", "DATABASE_URL="+d.DatabaseURL, "TEMPORAL_ADDRESS="+d.TemporalAddress, "STORAGE_URL="+d.StorageURL)
	p.environ = append(p.environ, environ...)
	p.log, err = os.Create(filepath.Join(t.TempDir(), program+".log"))
	require.NoError(t, err)
	t.Cleanup(func() { p.kill(); _ = p.log.Close() })
	return p
}

func (p *process) start() {
	p.t.Helper()
	p.cmd = exec.Command(p.program)
	p.cmd.Env, p.cmd.Stdout, p.cmd.Stderr = p.environ, p.log, p.log
	require.NoError(p.t, p.cmd.Start())
}

// kill ends it as a crash would.
func (p *process) kill() {
	if p.cmd != nil && p.cmd.Process != nil {
		_ = p.cmd.Process.Kill() // gone already: all the same
		_ = p.cmd.Wait()         // of a process that was killed: always an error
	}
}

// said is what it has logged.
func (p *process) said() string {
	p.t.Helper()
	said, err := os.ReadFile(p.log.Name())
	require.NoError(p.t, err)
	return string(said)
}

// secondAPI is another API process of the stack.
type secondAPI struct {
	*process
	address string
}

func startSecondAPI(t *testing.T, environ ...string) *secondAPI {
	t.Helper()
	d, err := running.dev()
	require.NoError(t, err)
	port, err := freePort()
	require.NoError(t, err)
	address := fmt.Sprintf("127.0.0.1:%d", port)
	s := &secondAPI{address: address, process: newProcess(t, "api", append([]string{
		"LISTEN_ADDRESS=" + address, "PUBLIC_URL=" + d.APIURL, "JWT_KEYS=e2e:" + stackSecret, "LOGIN_PER_MINUTE=1000",
	}, environ...)...)}
	s.start()
	return s
}

// start returns when it answers.
func (s *secondAPI) start() {
	s.t.Helper()
	s.process.start()
	require.Eventually(s.t, func() bool {
		req, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet, "http://"+s.address+"/healthz", nil)
		if err != nil {
			return false
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			return false
		}
		_ = res.Body.Close()
		return res.StatusCode == http.StatusOK
	}, time.Minute, 20*time.Millisecond, "the second API does not answer")
}

// startWorker starts another worker of the stack, and returns when it polls.
func startWorker(t *testing.T) *process {
	t.Helper()
	d, err := running.dev()
	require.NoError(t, err)
	// What it sets up for all of them, as the schedules, is as the stack's own has it.
	w := newProcess(t, "worker", append([]string{"CLAMD_ADDRESS=" + running.scanner.address(), "WORK_DIR=" + t.TempDir()}, stackSettings...)...)
	w.start()
	require.Eventually(t, func() bool { return strings.Contains(w.said(), `"worker runs"`) }, time.Minute, 20*time.Millisecond,
		"a further worker does not run at %s", d.TemporalAddress)
	return w
}
