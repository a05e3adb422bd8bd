package testkit

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// poolerSettings: two connections to the server for all clients, so that these
// meet what others left on them.
const poolerSettings = `[databases]
* = host=%s port=%s
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = %s
unix_socket_dir =
auth_type = scram-sha-256
auth_file = %s
pool_mode = transaction
default_pool_size = 2
max_client_conn = 100
logfile =
`

// TransactionPooler starts a PgBouncer in transaction mode before the database of
// a URL and returns the URL through it. Where PgBouncer is not installed the test
// is skipped; "make test" installs it.
func TransactionPooler(t testing.TB, databaseURL string) string {
	t.Helper()
	program := findPooler(t)
	u, err := url.Parse(databaseURL)
	require.NoError(t, err)
	password, _ := u.User.Password()
	dir, err := os.MkdirTemp("", "pooler") //nolint:usetesting // another user has to enter it
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(dir)) })
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	_, port, err := net.SplitHostPort(listener.Addr().String())
	require.NoError(t, err)
	require.NoError(t, listener.Close())

	users, conf := filepath.Join(dir, "users.txt"), filepath.Join(dir, "pgbouncer.ini")
	require.NoError(t, os.WriteFile(users, fmt.Appendf(nil, "%q %q\n", u.User.Username(), password), 0o600))
	require.NoError(t, os.WriteFile(conf, fmt.Appendf(nil, poolerSettings, u.Hostname(), u.Port(), port, users), 0o600))
	cmd := exec.Command(program, "-q", conf)
	cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: steppedDown(t, dir, users, conf)}
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		require.NoError(t, cmd.Process.Kill())
		_ = cmd.Wait() // it was killed
	})
	u.Host = net.JoinHostPort("127.0.0.1", port)
	require.Eventually(t, func() bool {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		conn, err := pgx.Connect(ctx, u.String())
		return err == nil && conn.Close(ctx) == nil
	}, patience, 50*time.Millisecond, "the pooler has to answer")
	return u.String()
}

// findPooler: programs for administrators are not on everybody's PATH.
func findPooler(t testing.TB) string {
	t.Helper()
	for _, name := range []string{"pgbouncer", "/usr/sbin/pgbouncer", "/opt/homebrew/bin/pgbouncer"} {
		if program, err := exec.LookPath(name); err == nil {
			return program
		}
	}
	t.Skip("pgbouncer is not installed: run \"make test\", or install it")
	return ""
}

// steppedDown is whom to run it as: it refuses root. What it reads is given to
// them. Nil for a plain user.
func steppedDown(t testing.TB, paths ...string) *syscall.Credential {
	t.Helper()
	if os.Geteuid() != 0 {
		return nil
	}
	nobody, err := user.Lookup("nobody")
	require.NoError(t, err)
	uid, err := strconv.ParseUint(nobody.Uid, 10, 32)
	require.NoError(t, err)
	gid, err := strconv.ParseUint(nobody.Gid, 10, 32)
	require.NoError(t, err)
	for _, path := range paths {
		require.NoError(t, os.Chown(path, int(uid), int(gid)))
	}
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
}
