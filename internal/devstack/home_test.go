package devstack

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func openHome(t *testing.T, dir string) *Home {
	t.Helper()
	h, err := OpenHome(dir)
	require.NoError(t, err)
	t.Cleanup(func() { _ = h.Close() })
	return h
}

func TestHomeIsForOneAtATime(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "home")
	h := openHome(t, dir)
	_, err := OpenHome(dir)
	var inUse *InUseError
	require.ErrorAs(t, err, &inUse)
	require.Equal(t, strconv.Itoa(os.Getpid()), inUse.PID)
	require.NoError(t, h.Close())
	openHome(t, dir)
}

func TestSocketsFitWhateverTheHome(t *testing.T) {
	t.Parallel()
	short := openHome(t, filepath.Join(t.TempDir(), "h"))
	long := openHome(t, filepath.Join(t.TempDir(), strings.Repeat("long/", 30)))
	for _, h := range []*Home{short, long} {
		require.LessOrEqual(t, len(filepath.Join(h.Run, "clamd.sock")), longestSocket)
		info, err := os.Stat(h.Run)
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o700), info.Mode().Perm())
	}
	require.False(t, strings.HasPrefix(long.Run, long.Dir))
	require.NoError(t, long.Close())
	require.NoDirExists(t, long.Run)
}

func TestSecretsAndPortsStay(t *testing.T) {
	t.Parallel()
	h := openHome(t, t.TempDir())
	secrets, err := loadSecrets(h)
	require.NoError(t, err)
	again, err := loadSecrets(h)
	require.NoError(t, err)
	require.Equal(t, secrets, again)
	require.GreaterOrEqual(t, len(secrets.JWTSecret), 32)
	require.NotEqual(t, secrets.AdminPassword, secrets.DatabasePassword)

	other, err := loadSecrets(openHome(t, t.TempDir()))
	require.NoError(t, err)
	require.NotEqual(t, secrets, other)
	info, err := os.Stat(h.Path("secrets.json"))
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())

	first, err := choosePorts(h)
	require.NoError(t, err)
	var kept ports
	require.NoError(t, readJSON(h.Path("ports.json"), &kept))
	require.Equal(t, first, kept)
	require.Len(t, map[int]bool{first.Postgres: true, first.Temporal: true, first.TemporalUI: true, first.WorkerMetrics: true}, 4)
}

func TestUnreadableSecretsAreNotReplaced(t *testing.T) {
	t.Parallel()
	h := openHome(t, t.TempDir())
	require.NoError(t, os.WriteFile(h.Path("secrets.json"), []byte("{"), 0o600))
	_, err := loadSecrets(h)
	require.ErrorContains(t, err, "secrets.json can not be read")
}

func TestLeftoversAreStoppedByRecordAlone(t *testing.T) {
	t.Parallel()
	h := openHome(t, t.TempDir())
	start := func() *exec.Cmd {
		cmd := exec.Command("sleep", "600")
		cmd.SysProcAttr = sysProcAttr(nil, 9)
		require.NoError(t, cmd.Start())
		t.Cleanup(func() { _ = cmd.Process.Kill() })
		return cmd
	}
	ours, reused := start(), start()
	require.NoError(t, writeJSON(h.Path(recordFile), []record{
		{Name: "api", PID: ours.Process.Pid, Token: startToken(ours.Process.Pid)},
		{Name: "worker", PID: reused.Process.Pid, Token: "of an earlier process"},
		{Name: "clamd", PID: 1, Token: "never"},
	}))
	ended := make(chan error, 1)
	go func() { ended <- ours.Wait() }()
	said := &notes{}
	require.NoError(t, stopLeftovers(h, said.say))
	require.Error(t, <-ended) // by a signal
	require.NotEmpty(t, startToken(reused.Process.Pid), "a process that is not ours was stopped")
	require.Contains(t, said.text(), "stopping api of an earlier run")
	require.NoFileExists(t, h.Path(recordFile))
}

func TestStaleLockOfAClusterIsRemoved(t *testing.T) {
	t.Parallel()
	for name, content := range map[string]string{
		"of another program": strconv.Itoa(os.Getpid()) + "\n/somewhere\n",
		"of nobody":          "2147483000\n",
		"empty":              "",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			lock := filepath.Join(dir, "postmaster.pid")
			require.NoError(t, os.WriteFile(lock, []byte(content), 0o600))
			require.NoError(t, clearPostmaster(dir))
			require.NoFileExists(t, lock)
			require.NoError(t, clearPostmaster(dir))
		})
	}
}

func TestFreePortIsGivenOnce(t *testing.T) {
	t.Parallel()
	first, err := FreePort(0)
	require.NoError(t, err)
	second, err := FreePort(first)
	require.NoError(t, err)
	require.NotEqual(t, first, second)
	require.NoError(t, waitPortFree(first, time.Second))
}
