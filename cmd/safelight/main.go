// Command safelight is for people: it runs a whole stack on one machine, sends
// pictures, and does what the database needs. See each command's --help.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"safelight/internal/devstack"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	// After the first signal the next one has its usual effect: a stop that
	// hangs can be cut short.
	context.AfterFunc(ctx, stop)
	if err := rootCommand().ExecuteContext(ctx); err != nil {
		explain(err)
		os.Exit(1)
	}
}

func rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:           "safelight",
		Short:         "Takes in images, safely and durably",
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.AddCommand(
		devCommand(), uploadCommand(), importCommand(), exportCommand(), inspectCommand(), migrateCommand(), adminCommand(),
		envCommand(), keysCommand(), manCommand(),
	)
	return root
}

// explain says what went wrong, why, and what to do.
func explain(err error) {
	fmt.Fprintln(os.Stderr, "safelight:", err)
	var start *devstack.StartError
	var missing *devstack.MissingError
	switch {
	case errors.As(err, &start):
	case errors.As(err, &missing):
		start = &devstack.StartError{Advice: missing.Advice}
	default:
		return
	}
	if start.Tail != "" {
		fmt.Fprintf(os.Stderr, "\nThe end of its log (%s):\n", start.Log)
		for line := range strings.Lines(start.Tail) {
			fmt.Fprintf(os.Stderr, "    %s", line)
		}
		fmt.Fprintln(os.Stderr)
	}
	fmt.Fprintf(os.Stderr, "\nWhat to do: %s\n", start.Advice)
}
