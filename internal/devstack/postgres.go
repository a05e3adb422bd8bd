package devstack

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// PostgresUser is the superuser of a private cluster, and the owner of its
// database of the same name.
const PostgresUser = "safelight"

// Postgres is a private cluster in a folder of its own, reached by TCP on
// 127.0.0.1. It has nothing to do with a cluster that the system may run.
type Postgres struct {
	Dir      string // data folder, made at the first start
	Port     int
	Password string
	// Throwaway switches off everything that keeps data over a crash: for tests alone.
	Throwaway bool
}

// URL is the connection URL of a database of the cluster.
func (p *Postgres) URL(database string) string {
	u := url.URL{
		Scheme: "postgres", User: url.UserPassword(PostgresUser, p.Password),
		Host: localAddress(p.Port), Path: "/" + database, RawQuery: "sslmode=disable",
	}
	return u.String()
}

// Part is the cluster as a part of a stack.
func (p *Postgres) Part() *Part {
	return &Part{
		Name:       "postgres",
		Prepare:    p.prepare,
		Ready:      p.ready,
		StopSignal: syscall.SIGINT, // "fast": ends sessions, then writes everything
		Grace:      30 * time.Second,
		Patience:   2 * time.Minute, // recovery after a crash
		Advice:     "look at its log, or set DATABASE_URL to one that runs elsewhere",
	}
}

// prepare makes the cluster if there is none and clears what a killed run left.
func (p *Postgres) prepare(ctx context.Context) (Command, error) {
	who, err := stepDown(p.Dir)
	if err != nil {
		return Command{}, err
	}
	major, err := clusterMajor(p.Dir)
	if err != nil {
		return Command{}, err
	}
	bin, err := findPostgres(major)
	if err != nil {
		return Command{}, err
	}
	if major == 0 {
		if err := p.initdb(ctx, bin, who); err != nil {
			return Command{}, err
		}
	}
	if err := clearPostmaster(p.Dir); err != nil {
		return Command{}, err
	}
	if err := waitPortFree(p.Port, 5*time.Second); err != nil {
		return Command{}, err
	}
	return Command{
		Path:       filepath.Join(bin, "postgres"),
		Args:       p.arguments(),
		Env:        postgresEnviron(p.Dir),
		User:       who,
		OnOrphaned: syscall.SIGINT,
	}, nil
}

func (p *Postgres) arguments() []string {
	settings := []string{
		"listen_addresses=127.0.0.1",
		"unix_socket_directories=", // paths of sockets are limited to about 100 bytes; the port serves
		"max_connections=200",
		"logging_collector=off",
		"log_line_prefix=%m [%p] %q%d ",
		"jit=off", // compiling costs more than it saves in queries as small as ours
	}
	if p.Throwaway {
		settings = append(settings, "fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_wal_size=256MB")
	}
	args := []string{"-D", p.Dir, "-p", strconv.Itoa(p.Port)}
	for _, s := range settings {
		args = append(args, "-c", s)
	}
	return args
}

// initdb makes the cluster beside its place and moves it there when it is
// whole, so that an interrupted first start leaves nothing half made.
func (p *Postgres) initdb(ctx context.Context, bin string, who *User) (err error) {
	made := p.Dir + ".new"
	if err := os.RemoveAll(made); err != nil {
		return fmt.Errorf("clear an unfinished cluster: %w", err)
	}
	if err := own(made, who); err != nil {
		return fmt.Errorf("make the folder of the cluster: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(made))
		}
	}()
	password, err := passwordFile(made+".password", p.Password, who)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.Remove(password)) }()

	ctype := "C.UTF-8"
	if runtime.GOOS == "darwin" {
		ctype = "en_US.UTF-8" // has no C.UTF-8
	}
	args := []string{
		"-D", made, "-U", PostgresUser, "--auth=scram-sha-256", "--pwfile=" + password,
		"--encoding=UTF8", "--locale=C", "--lc-ctype=" + ctype,
	}
	if p.Throwaway {
		args = append(args, "--no-sync")
	}
	cmd := exec.CommandContext(ctx, filepath.Join(bin, "initdb"), args...)
	cmd.Env = postgresEnviron(made)
	cmd.SysProcAttr = sysProcAttr(who, syscall.SIGKILL)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w: %s", err, lastLines(string(out), 5))
	}
	if err := os.Rename(made, p.Dir); err != nil {
		return fmt.Errorf("move the new cluster to its place: %w", err)
	}
	return nil
}

// passwordFile writes a password where initdb reads it.
func passwordFile(path, password string, who *User) (string, error) {
	if err := os.WriteFile(path, []byte(password+"\n"), 0o600); err != nil {
		return "", fmt.Errorf("write the password for initdb: %w", err)
	}
	if who != nil {
		if err := os.Chown(path, int(who.UID), int(who.GID)); err != nil {
			return "", errors.Join(fmt.Errorf("hand over the password to initdb: %w", err), os.Remove(path))
		}
	}
	return path, nil
}

// ready runs a query in the database, which is made if it is not there.
func (p *Postgres) ready(ctx context.Context) error {
	err := query(ctx, p.URL(PostgresUser))
	var pgErr *pgconn.PgError
	const noSuchDatabase = "3D000"
	if !errors.As(err, &pgErr) || pgErr.Code != noSuchDatabase {
		return err
	}
	conn, err := pgx.Connect(ctx, p.URL("postgres"))
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	_, err = conn.Exec(ctx, "CREATE DATABASE "+PostgresUser)
	return errors.Join(err, conn.Close(ctx))
}

// query asks the database behind a URL something that it must know.
func query(ctx context.Context, databaseURL string) error {
	conn, err := pgx.Connect(ctx, databaseURL)
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	var n int
	err = conn.QueryRow(ctx, "SELECT count(*) FROM pg_catalog.pg_database").Scan(&n)
	return errors.Join(err, conn.Close(ctx))
}

// clusterMajor is the version of PostgreSQL that made the cluster in dir, or 0
// if there is none.
func clusterMajor(dir string) (int, error) {
	text, err := os.ReadFile(filepath.Join(dir, "PG_VERSION"))
	if errors.Is(err, os.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("read the version of the cluster: %w", err)
	}
	major, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		return 0, fmt.Errorf("read the version of the cluster in %s: %w", dir, err)
	}
	return major, nil
}

// clearPostmaster stops a server that still runs in the data folder, left by a
// run that was killed, and removes the lock file of one that does not: after a
// reboot its process id may belong to another program, which would make the
// server refuse to start.
func clearPostmaster(dir string) error {
	lock := filepath.Join(dir, "postmaster.pid")
	f, err := os.Open(lock)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read the lock of the cluster: %w", err)
	}
	head, err := io.ReadAll(io.LimitReader(f, 64))
	if err = errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("read the lock of the cluster: %w", err)
	}
	first, _, _ := strings.Cut(string(head), "\n")
	pid, err := strconv.Atoi(strings.TrimSpace(first))
	if err == nil && pid > 1 && worksIn(pid, "postgres", dir) {
		return stopLeftover(pid, syscall.SIGINT, 30*time.Second)
	}
	if err := os.Remove(lock); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("remove a stale lock of the cluster: %w", err)
	}
	return nil
}

// postgresEnviron is the environment without what would redirect the server or
// its tools, in a language whose messages we can show.
func postgresEnviron(home string) []string {
	env := make([]string, 0, len(os.Environ())+2)
	for _, kv := range os.Environ() {
		if !strings.HasPrefix(kv, "PG") && !strings.HasPrefix(kv, "LC_") && !strings.HasPrefix(kv, "HOME=") {
			env = append(env, kv)
		}
	}
	return append(env, "LC_ALL=C", "HOME="+home)
}

// lastLines is the end of a text, for messages.
func lastLines(text string, n int) string {
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}
