//go:build integration

package main

import (
	"testing"

	"github.com/stretchr/testify/require"

	"safelight/internal/auth"
	"safelight/internal/config"
	"safelight/internal/testkit"
	"safelight/models"
	"safelight/models/store"
)

func TestPreparingADatabaseIsSafeToRepeat(t *testing.T) {
	t.Parallel()
	url := testkit.EmptyDatabase(t)
	for range 2 {
		warning, err := prepareDatabase(t.Context(), url, "admin@example.org", "first password")
		require.NoError(t, err)
		require.Empty(t, warning)
	}
	warning, err := prepareDatabase(t.Context(), url, "admin@example.org", "another password")
	require.NoError(t, err)
	require.Contains(t, warning, "was changed")
}

func TestCreateAdmin(t *testing.T) {
	t.Parallel()
	url := testkit.Database(t)
	cfg := config.Database{Postgres: config.Postgres{URL: config.Secret(url)}, Accounts: config.Accounts{QuotaBytes: 7}}
	require.NoError(t, createAdmin(t.Context(), cfg, "Ada@Example.org", "Ada", "a good password"))
	err := createAdmin(t.Context(), cfg, "ada@example.org", "Ada", "a good password")
	require.ErrorIs(t, err, models.ErrEmailTaken)
	err = createAdmin(t.Context(), cfg, "bob@example.org", "Bob", "short")
	require.ErrorIs(t, err, auth.ErrWeakPassword)

	db, err := store.Open(t.Context(), url, 1)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	user, err := db.UserByEmail(t.Context(), "ada@example.org")
	require.NoError(t, err)
	require.Equal(t, models.RoleAdmin, user.Role)
	require.EqualValues(t, 7, user.QuotaBytes)
	hasher, err := passwords()
	require.NoError(t, err)
	require.NoError(t, hasher.Verify(t.Context(), user.PasswordHash, "a good password"))
}
