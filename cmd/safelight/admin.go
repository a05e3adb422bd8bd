package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"safelight/internal/auth"
	"safelight/internal/config"
	"safelight/models"
	"safelight/models/store"
)

func adminCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "admin", Short: "Work on admins in the database named by DATABASE_URL"}
	cmd.AddCommand(adminCreateCommand())
	return cmd
}

func adminCreateCommand() *cobra.Command {
	var email, name string
	cmd := &cobra.Command{
		Use:   "create --email ADDRESS",
		Short: "Make an account with the role admin",
		Long: `Makes an account with the role admin. The password is asked for, or read from
standard input when that is not a terminal; it is never an argument, which other
users of the machine could see.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := config.LoadDatabase(environment())
			if err != nil {
				return fmt.Errorf("configuration:\n%w", err)
			}
			password, err := readPassword(cmd.InOrStdin(), cmd.ErrOrStderr())
			if err != nil {
				return err
			}
			if err := createAdmin(cmd.Context(), cfg, email, name, password); err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s can sign in as admin.\n", strings.ToLower(email))
			return nil
		},
	}
	cmd.Flags().StringVar(&email, "email", "", "address to sign in with")
	cmd.Flags().StringVar(&name, "name", "Admin", "name shown to others")
	if err := cmd.MarkFlagRequired("email"); err != nil {
		panic(err) // the flag is made two lines above
	}
	return cmd
}

// readPassword asks a person twice, or reads the first line of what is piped in.
func readPassword(in io.Reader, out io.Writer) (string, error) {
	if f, ok := in.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		var answers [2]string
		for i, question := range []string{"Password: ", "Once more: "} {
			fmt.Fprint(out, question)
			answer, err := term.ReadPassword(int(f.Fd()))
			fmt.Fprintln(out)
			if err != nil {
				return "", fmt.Errorf("read the password: %w", err)
			}
			answers[i] = string(answer)
		}
		if answers[0] != answers[1] {
			return "", errors.New("the two passwords differ")
		}
		return answers[0], nil
	}
	line, err := bufio.NewReader(in).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("read the password: %w", err)
	}
	if line = strings.TrimRight(line, "\r\n"); line == "" {
		return "", errors.New("no password was given on standard input")
	}
	return line, nil
}

// passwords hashes as the API does, one at a time.
func passwords() (*auth.Passwords, error) {
	return auth.NewPasswords(auth.DefaultParameters(), 1, time.Minute)
}

// createAdmin makes the account; models.ErrEmailTaken where there is one.
func createAdmin(ctx context.Context, cfg config.Database, email, name, password string) (err error) {
	db, err := store.Open(ctx, string(cfg.Postgres.URL), 1, store.Pooled(cfg.Postgres.Pooled()))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	return insertAdmin(ctx, db, cfg.Accounts, email, name, password)
}

func insertAdmin(ctx context.Context, db *store.Store, quota config.Accounts, email, name, password string) error {
	hasher, err := passwords()
	if err != nil {
		return err
	}
	hash, err := hasher.Hash(ctx, password)
	if err != nil {
		return err
	}
	id, err := uuid.NewV7()
	if err != nil {
		return fmt.Errorf("make an id: %w", err)
	}
	return db.CreateUser(ctx, models.User{
		ID: id.String(), Email: strings.ToLower(email), Name: name,
		Role: models.RoleAdmin, Status: models.StatusActive,
		PasswordHash: hash, QuotaBytes: quota.QuotaBytes, QuotaFiles: quota.QuotaFiles,
	})
}

// ensureAdmin makes the account unless it is there, and reports whether the
// password is its own.
func ensureAdmin(ctx context.Context, cfg config.Database, email, password string) (known bool, err error) {
	db, err := store.Open(ctx, string(cfg.Postgres.URL), 1, store.Pooled(cfg.Postgres.Pooled()))
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	user, err := db.UserByEmail(ctx, email)
	if errors.Is(err, models.ErrNotFound) {
		return true, insertAdmin(ctx, db, cfg.Accounts, email, "Admin", password)
	}
	if err != nil {
		return false, err
	}
	hasher, err := passwords()
	if err != nil {
		return false, err
	}
	err = hasher.Verify(ctx, user.PasswordHash, password)
	if errors.Is(err, models.ErrInvalidCredentials) {
		return false, nil
	}
	return err == nil, err
}
