// Command testenv runs a command with the services that tests need: a
// throw-away PostgreSQL, a clamd with test signatures and a Temporal dev server,
// on free ports and in a temporary folder, named to the command by environment
// variables. It stops them afterwards and exits as the command did. A service
// whose variable is set already is used and not started.
//
//	go run ./internal/testkit/testenv -- go test -tags integration ./...
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"

	"safelight/internal/devstack"
	"safelight/internal/testkit"
)

func main() {
	args := os.Args[1:]
	if len(args) > 0 && args[0] == "--" {
		args = args[1:]
	}
	if len(args) == 0 {
		fmt.Fprintln(os.Stderr, "usage: testenv -- COMMAND [ARGUMENT…]")
		os.Exit(2)
	}
	code, err := run(args)
	if err != nil {
		fmt.Fprintln(os.Stderr, "testenv:", err)
		code = max(code, 1)
	}
	os.Exit(code)
}

// run gives the exit code of the command, or why it could not be run.
func run(args []string) (code int, err error) {
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer cancel()
	dir, err := os.MkdirTemp("", "safelight-test-")
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	// The database server may have to run as another user.
	if err := os.Chmod(dir, 0o711); err != nil {
		return 0, err
	}
	logs, err := devstack.NewLogs(filepath.Join(dir, "logs"), nil)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, logs.Close()) }()

	supervisor := devstack.NewSupervisor(logs, func(format string, args ...any) {
		fmt.Fprintf(os.Stderr, "testenv: "+format+"\n", args...)
	}, nil)
	defer supervisor.Stop()
	services, err := plan(dir)
	if err != nil {
		return 0, err
	}
	if err := supervisor.Start(ctx, services.parts...); err != nil {
		return 0, explain(err)
	}
	return command(ctx, args, services.environ)
}

// services are those that have to be started, and how the command is told.
type services struct {
	parts   []*devstack.Part
	environ []string
}

// plan decides what has to be started.
func plan(dir string) (services, error) {
	var s services
	add := func(variable, value string, part *devstack.Part) {
		if os.Getenv(variable) == "" {
			s.parts = append(s.parts, part)
			s.environ = append(s.environ, variable+"="+value)
		}
	}
	var ports [2]int
	for i := range ports {
		var err error
		if ports[i], err = devstack.FreePort(0); err != nil {
			return services{}, err
		}
	}
	postgres := &devstack.Postgres{Dir: filepath.Join(dir, "postgres"), Port: ports[0], Password: "test", Throwaway: true}
	add(testkit.DatabaseVariable, postgres.URL("postgres"), postgres.Part())
	clamd := &devstack.Clamd{Database: filepath.Join(dir, "signatures"), Run: filepath.Join(dir, "clamd"), Programs: filepath.Join(dir, "bin")}
	add(testkit.ClamdVariable, clamd.Address(), clamd.Part())
	temporal := &devstack.Temporal{Database: filepath.Join(dir, "temporal", "state.db"), Port: ports[1]}
	add(testkit.TemporalVariable, temporal.Address(), temporal.Part())
	return s, nil
}

// command runs the tests. Interrupted, it is asked to end and waited for.
func command(ctx context.Context, args, environ []string) (int, error) {
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.Env = append(os.Environ(), environ...)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	err := cmd.Run()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return max(exit.ExitCode(), 1), nil // killed by a signal is -1
	}
	return 0, err
}

// explain adds the log and the way out to the news that a service did not start.
func explain(err error) error {
	var start *devstack.StartError
	if !errors.As(err, &start) {
		return err
	}
	return fmt.Errorf("%w\n%s\nWhat to do: %s", err, start.Tail, start.Advice)
}
