package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"safelight/internal/config"
	"safelight/models/store"
)

func migrateCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "migrate",
		Short: "Bring the database named by DATABASE_URL to the newest schema",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := config.LoadDatabase(environment())
			if err != nil {
				return err
			}
			if err := store.Migrate(cmd.Context(), string(cfg.DatabaseURL)); err != nil {
				return err
			}
			fmt.Fprintln(cmd.OutOrStdout(), "The schema is up to date.")
			return nil
		},
	}
}

// environment is the environment as a map, read here and nowhere else.
func environment() map[string]string { return config.Environ(os.Environ()) }
