//go:build integration

package devstack

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
)

// The test program plays Safelight's own programs when it is run by their names.
func TestMain(m *testing.M) {
	play := map[string]func(context.Context) error{"api": playAPI, "worker": playWorker, "safelight": playSafelight}
	f := play[filepath.Base(os.Args[0])]
	if f == nil {
		os.Exit(m.Run())
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := f(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func playAPI(ctx context.Context) error {
	mux := http.NewServeMux()
	mux.HandleFunc("/readyz", func(http.ResponseWriter, *http.Request) {})
	server := &http.Server{Addr: os.Getenv("LISTEN_ADDRESS"), Handler: mux, ReadHeaderTimeout: time.Second}
	context.AfterFunc(ctx, func() { _ = server.Close() })
	if err := server.ListenAndServe(); ctx.Err() == nil {
		return err
	}
	return nil
}

func playWorker(ctx context.Context) error {
	c, err := client.Dial(client.Options{HostPort: os.Getenv("TEMPORAL_ADDRESS"), Logger: quiet})
	if err != nil {
		return err
	}
	defer c.Close()
	for _, queue := range taskQueues {
		w := worker.New(c, queue, worker.Options{DisableWorkflowWorker: true})
		w.RegisterActivity(playWorker)
		if err := w.Start(); err != nil {
			return err
		}
		defer w.Stop()
	}
	<-ctx.Done()
	return nil
}

// playSafelight is "safelight dev", on a home and port given as arguments.
func playSafelight(ctx context.Context) error {
	port, err := strconv.Atoi(os.Args[2])
	if err != nil {
		return err
	}
	opts := testOptions(os.Args[1], filepath.Dir(os.Args[0]), port)
	opts.Out = os.Stdout
	return Run(ctx, opts)
}

func testOptions(home, bin string, port int) Options {
	return Options{
		Home: home, Port: port, Bin: bin, Out: &locked{}, TestSignatures: true,
		Prepare: func(ctx context.Context, databaseURL, _, _ string) (string, error) {
			conn, err := pgx.Connect(ctx, databaseURL)
			if err != nil {
				return "", err
			}
			_, err = conn.Exec(ctx, "CREATE TABLE IF NOT EXISTS kept (n int)")
			if err != nil {
				return "", err
			}
			return "", conn.Close(ctx)
		},
	}
}

// locked is a buffer for several writers.
type locked struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *locked) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *locked) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// programs is a folder in which this test program goes by other names.
func programs(t *testing.T) string {
	t.Helper()
	dir := sharedDir(t)
	self, err := os.Executable()
	require.NoError(t, err)
	for _, name := range []string{"api", "worker", "safelight"} {
		require.NoError(t, os.Symlink(self, filepath.Join(dir, name)))
	}
	return dir
}

// sharedDir is a folder that the database server's user may pass through.
func sharedDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "devstack-") //nolint:usetesting // t.TempDir is for its owner alone
	require.NoError(t, err)
	require.NoError(t, os.Chmod(dir, 0o711))
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(dir)) })
	return dir
}

func port(t *testing.T) int {
	t.Helper()
	p, err := FreePort(0)
	require.NoError(t, err)
	return p
}

// runStack runs a stack until the returned function is called, which gives what Run did.
func runStack(t *testing.T, opts Options) (stop func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	result := make(chan error, 1)
	go func() { result <- Run(ctx, opts) }()
	var once sync.Once
	var err error
	stop = func() error {
		once.Do(func() {
			cancel()
			err = <-result
		})
		return err
	}
	t.Cleanup(func() { require.NoError(t, stop()) })
	return stop
}

// up waits for dev.json.
func up(t *testing.T, home string) Addresses {
	t.Helper()
	var a Addresses
	require.Eventually(t, func() bool { return readJSON(filepath.Join(home, DevFile), &a) == nil },
		2*time.Minute, 20*time.Millisecond, "the stack does not come up")
	return a
}

func requireGone(t *testing.T, a Addresses) {
	t.Helper()
	require.Len(t, a.PIDs, 5)
	for name, pid := range a.PIDs {
		eventually(t, name+" still runs", func() bool { return startToken(pid) == "" })
	}
}

func TestStackFromStartToStop(t *testing.T) {
	t.Parallel()
	home, bin := filepath.Join(sharedDir(t), "home"), programs(t)
	opts := testOptions(home, bin, port(t))
	stop := runStack(t, opts)
	a := up(t, home)
	info, err := os.Stat(filepath.Join(home, DevFile))
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	require.NoError(t, query(t.Context(), a.DatabaseURL))
	require.NoError(t, CheckTemporal(t.Context(), a.TemporalAddress, client.DefaultNamespace))

	again := testOptions(home, bin, port(t))
	var inUse *InUseError
	require.ErrorAs(t, Run(t.Context(), again), &inUse)
	other := testOptions(filepath.Join(sharedDir(t), "home"), bin, opts.Port)
	require.ErrorContains(t, Run(t.Context(), other), "can not be used")

	require.NoError(t, syscall.Kill(a.PIDs["postgres"], syscall.SIGKILL))
	out, isLocked := opts.Out.(*locked)
	require.True(t, isLocked)
	eventually(t, "postgres is back", func() bool { return strings.Contains(out.String(), "postgres is back") })
	require.NoError(t, query(t.Context(), a.DatabaseURL))
	before := a.PIDs["postgres"]
	a = up(t, home)
	require.NotEqual(t, before, a.PIDs["postgres"])
	require.NoError(t, stop())
	requireGone(t, a)
	require.NoFileExists(t, filepath.Join(home, DevFile))
	require.Contains(t, out.String(), a.AdminPassword)
}

func TestStackAfterAKillTakesUpItsState(t *testing.T) {
	t.Parallel()
	home, bin := filepath.Join(sharedDir(t), "home"), programs(t)
	opts := testOptions(home, bin, port(t))
	first := exec.Command(filepath.Join(bin, "safelight"), home, "0")
	require.NoError(t, first.Start())
	before := up(t, home)
	require.NotContains(t, before.APIURL, ":0", "a free port is found")
	require.NoError(t, first.Process.Kill())
	require.Error(t, first.Wait())

	stop := runStack(t, opts)
	eventually(t, "dev.json of the run before is gone", func() bool {
		var a Addresses
		err := readJSON(filepath.Join(home, DevFile), &a)
		return err != nil || a.PIDs["api"] != before.PIDs["api"]
	})
	after := up(t, home)
	requireGone(t, before)
	require.Equal(t, before.AdminPassword, after.AdminPassword)
	require.Equal(t, before.DatabaseURL, after.DatabaseURL)
	conn, err := pgx.Connect(t.Context(), after.DatabaseURL)
	require.NoError(t, err)
	_, err = conn.Exec(t.Context(), "SELECT n FROM kept")
	require.NoError(t, err)
	require.NoError(t, conn.Close(t.Context()))
	require.NoError(t, stop())
	requireGone(t, after)
}

func TestStackThatCannotStartLeavesNothing(t *testing.T) {
	t.Parallel()
	home, bin := filepath.Join(sharedDir(t), "home"), programs(t)
	broken := filepath.Join(bin, "api")
	require.NoError(t, os.Remove(broken))
	script := "#!/bin/sh\necho the config is bad >&2\nexit 3\n"
	require.NoError(t, os.WriteFile(broken, []byte(script), 0o755))
	err := Run(t.Context(), testOptions(home, bin, port(t)))
	var start *StartError
	require.ErrorAs(t, err, &start)
	require.Equal(t, "api", start.Part)
	require.Contains(t, start.Tail, "the config is bad")
	require.NoFileExists(t, filepath.Join(home, recordFile))
	require.NoFileExists(t, filepath.Join(home, "postgres", "postmaster.pid"))
	require.NoError(t, os.Remove(broken))
	var missing *MissingError
	require.ErrorAs(t, Run(t.Context(), testOptions(home, bin, port(t))), &missing)
	require.True(t, strings.HasSuffix(missing.Program, "api"))
}
