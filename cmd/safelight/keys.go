package main

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"safelight/internal/config"
)

// keysVariable holds the keys, in the environment and in the file.
const keysVariable = "JWT_KEYS"

func keysCommand() *cobra.Command {
	var file string
	cmd := &cobra.Command{
		Use:   "keys",
		Short: "Roll the keys that access tokens are signed with",
		Long: `Works on JWT_KEYS: on the one in the environment, whose new value is printed, or
with --file on the one in that file, which is changed in place.

The first key signs, and every key is believed. So nobody is signed out by

  1. safelight keys new         adds a key, and every API process is restarted
  2. safelight keys use ID      has it sign, and every API process is restarted
  3. safelight keys retire OLD  takes the old one away, once the last token that
                                it signed is over (ACCESS_TOKEN_TTL, 15 minutes)

With one API process the first restart can be left out. Where a key has become
known, do all three at once: everybody's browser gets a new token by itself.`,
	}
	cmd.PersistentFlags().StringVar(&file, "file", "", "file with a line JWT_KEYS=…, such as .env")
	keys := &keyStore{file: &file}
	cmd.AddCommand(keys.newCommand(), keys.useCommand(), keys.retireCommand(), keys.listCommand())
	return cmd
}

// keyStore is where the keys are: in a file, or in the environment.
type keyStore struct{ file *string }

func (s *keyStore) read() (config.Keys, error) {
	if *s.file == "" {
		return config.ParseKeys(environment()[keysVariable])
	}
	text, err := readVariable(*s.file, keysVariable)
	if err != nil {
		return nil, err
	}
	return config.ParseKeys(text)
}

// write changes the file, or prints what the variable has to be.
func (s *keyStore) write(cmd *cobra.Command, keys config.Keys, done string) error {
	if *s.file == "" {
		fmt.Fprintln(cmd.OutOrStdout(), keys.Reveal())
		return nil
	}
	if err := replaceVariable(*s.file, keysVariable, keys.Reveal()); err != nil {
		return err
	}
	fmt.Fprintln(cmd.OutOrStdout(), done)
	return nil
}

func (s *keyStore) newCommand() *cobra.Command {
	return &cobra.Command{
		Use: "new", Short: "Add a key, which is believed and does not sign yet", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			keys, err := s.read()
			if err != nil {
				return err
			}
			key := newKey(time.Now())
			return s.write(cmd, append(keys, key),
				fmt.Sprintf("Key %s is there. Restart every API process, then: safelight keys use %s", key.ID, key.ID))
		},
	}
}

func (s *keyStore) useCommand() *cobra.Command {
	return &cobra.Command{
		Use: "use ID", Short: "Have a key sign from now on", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			keys, err := s.read()
			if err != nil {
				return err
			}
			old := keys[0].ID
			if keys, err = useKey(keys, args[0]); err != nil {
				return err
			}
			return s.write(cmd, keys,
				fmt.Sprintf("Key %s signs. Restart every API process and, ACCESS_TOKEN_TTL later: safelight keys retire %s", args[0], old))
		},
	}
}

func (s *keyStore) retireCommand() *cobra.Command {
	return &cobra.Command{
		Use: "retire ID", Short: "Take a key away: what it signed does not count any more", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			keys, err := s.read()
			if err != nil {
				return err
			}
			if keys, err = retireKey(keys, args[0]); err != nil {
				return err
			}
			return s.write(cmd, keys, fmt.Sprintf("Key %s is gone. Restart every API process.", args[0]))
		},
	}
}

func (s *keyStore) listCommand() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List the keys, without their secrets", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			keys, err := s.read()
			if err != nil {
				return err
			}
			table := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
			fmt.Fprintln(table, "ID\tDOES\tFINGERPRINT")
			for i, k := range keys {
				does := "is believed"
				if i == 0 {
					does = "signs"
				}
				fmt.Fprintf(table, "%s\t%s\t%s\n", k.ID, does, fingerprint(k))
			}
			if err := table.Flush(); err != nil {
				return fmt.Errorf("write the list: %w", err)
			}
			return nil
		},
	}
}

// newKey makes a key whose id says of which day it is.
func newKey(now time.Time) config.Key {
	return config.Key{
		ID:     "k" + now.UTC().Format("20060102") + "-" + strings.ToLower(rand.Text()[:4]),
		Secret: config.Secret(newSecret()),
	}
}

// newSecret is 260 random bits, in letters and digits.
func newSecret() string { return strings.ToLower(rand.Text() + rand.Text()) }

func useKey(keys config.Keys, id string) (config.Keys, error) {
	i := slices.IndexFunc(keys, func(k config.Key) bool { return k.ID == id })
	if i < 0 {
		return nil, fmt.Errorf("there is no key %s", id)
	}
	used := config.Keys{keys[i]}
	return append(used, slices.Delete(slices.Clone(keys), i, i+1)...), nil
}

func retireKey(keys config.Keys, id string) (config.Keys, error) {
	i := slices.IndexFunc(keys, func(k config.Key) bool { return k.ID == id })
	switch {
	case i < 0:
		return nil, fmt.Errorf("there is no key %s", id)
	case i == 0:
		return nil, errors.New("this key signs: have another one do so first (safelight keys use)")
	}
	return slices.Delete(slices.Clone(keys), i, i+1), nil
}

// fingerprint tells two secrets apart and gives neither away.
func fingerprint(k config.Key) string {
	sum := sha256.Sum256([]byte(k.Secret))
	return hex.EncodeToString(sum[:4])
}
