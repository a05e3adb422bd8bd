package main

import (
	"context"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"safelight/internal/config"
	"safelight/models/store"
	"safelight/storage"
)

func migrateCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "migrate",
		Short: "Bring the database to the newest schema, and make the buckets",
		Long: `Brings the database that DATABASE_URL names to the newest schema. Where STORAGE_URL
names a Supabase Storage, it also makes its buckets, private and limited to
MAX_UPLOAD_BYTES. Doing it again changes nothing.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := config.LoadMigration(environment())
			if err != nil {
				return fmt.Errorf("configuration:\n%w", err)
			}
			if err := store.Migrate(cmd.Context(), cfg.Postgres.Session()); err != nil {
				return err
			}
			fmt.Fprintln(cmd.OutOrStdout(), "The schema is up to date.")
			made, err := ensureBuckets(cmd.Context(), cfg)
			if made {
				fmt.Fprintln(cmd.OutOrStdout(), "The buckets are there, private and limited.")
			}
			return err
		},
	}
}

// ensureBuckets makes the buckets of an object store that has to be given them.
// A folder is left alone: it may be another machine's, and makes itself.
func ensureBuckets(ctx context.Context, cfg config.Migration) (made bool, err error) {
	if !storage.IsSupabase(string(cfg.Storage.URL)) {
		return false, nil
	}
	objects, err := storage.Open(ctx, string(cfg.Storage.URL), storage.WithSupabase(storage.SupabaseOptions{
		Key: string(cfg.Storage.Supabase.ServiceKey), BucketPrefix: cfg.Storage.Supabase.BucketPrefix,
		PublicURL: cfg.Storage.Supabase.PublicURL, MaxBytes: cfg.MaxUploadBytes,
	}))
	if err != nil {
		return false, fmt.Errorf("object store: %w", err)
	}
	buckets, ok := objects.(storage.Provisioner)
	if !ok {
		return false, nil
	}
	if err := buckets.EnsureBuckets(ctx); err != nil {
		return false, fmt.Errorf("object store: %w", err)
	}
	return true, nil
}

// environment is the environment as a map, read here and nowhere else.
func environment() map[string]string { return config.Environ(os.Environ()) }
