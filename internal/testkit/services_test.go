//go:build integration

package testkit_test

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"safelight/internal/clamd"
	"safelight/internal/devstack"
	"safelight/internal/testkit"
)

func TestEachTestHasADatabaseOfItsOwn(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"one", "other"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			conn, err := pgx.Connect(t.Context(), testkit.Database(t))
			require.NoError(t, err)
			t.Cleanup(func() { require.NoError(t, conn.Close(context.Background())) })
			// The same address twice would break the rule of unique ones.
			_, err = conn.Exec(t.Context(), `INSERT INTO users (id, email, name, role, password_hash, quota_bytes)
				VALUES (gen_random_uuid(), 'a@example.org', 'A', 'user', '', 1)`)
			require.NoError(t, err)
		})
	}
}

func TestServicesAnswer(t *testing.T) {
	t.Parallel()
	require.NoError(t, clamd.New(testkit.ClamdAddress(t), clamd.Options{}).Ready(t.Context()))
	require.NoError(t, devstack.CheckTemporal(t.Context(), testkit.TemporalAddress(t), "default"))
}
