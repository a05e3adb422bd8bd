package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"safelight/internal/config"
	"safelight/internal/devstack"
	"safelight/models/store"
)

func devCommand() *cobra.Command {
	var opts devstack.Options
	cmd := &cobra.Command{
		Use:   "dev",
		Short: "Run everything on this machine",
		Long: `Runs PostgreSQL, clamd, Temporal's dev server, the worker and the API, and keeps
them running until Ctrl-C. All state is in one folder. What DATABASE_URL,
TEMPORAL_ADDRESS, CLAMD_ADDRESS or STORAGE_URL names is used and not started.
When all is ready, DIR/dev.json says where everything is.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			program, err := os.Executable()
			if err != nil {
				return fmt.Errorf("find my own folder: %w", err)
			}
			if program, err = filepath.EvalSymlinks(program); err != nil {
				return fmt.Errorf("find my own folder: %w", err)
			}
			opts.Bin = filepath.Dir(program)
			opts.Out = cmd.OutOrStdout()
			opts.Prepare = prepareDatabase
			return devstack.Run(cmd.Context(), opts)
		},
	}
	cmd.Flags().StringVar(&opts.Home, "home", devstack.DefaultHome, "folder for all state, made if need be")
	cmd.Flags().IntVar(&opts.Port, "port", 8080, "port of the API on 127.0.0.1; 0 takes a free one")
	cmd.Flags().BoolVar(&opts.TestSignatures, "test-signatures", false, "do not fetch virus signatures: only the EICAR test file is found")
	return cmd
}

// prepareDatabase migrates the database of a dev stack, makes its admin, and
// the buckets where it was given a store that needs them.
func prepareDatabase(ctx context.Context, databaseURL, email, password string) (warning string, err error) {
	if err := store.Migrate(ctx, databaseURL); err != nil {
		return "", err
	}
	environ := environment()
	environ["DATABASE_URL"] = databaseURL
	migration, err := config.LoadMigration(environ)
	if err != nil {
		return "", err
	}
	if _, err := ensureBuckets(ctx, migration); err != nil {
		return "", err
	}
	cfg, err := config.LoadDatabase(environ)
	if err != nil {
		return "", err
	}
	known, err := ensureAdmin(ctx, cfg, email, password)
	if err != nil {
		return "", err
	}
	if !known {
		warning = "the password of " + email + " was changed; the one above no longer holds"
	}
	return warning, nil
}
