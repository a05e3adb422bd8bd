//go:build integration

package store_test

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"safelight/internal/testkit"
	"safelight/models"
	"safelight/models/store"
)

// TestBehindATransactionPooler: two stores on a pooler with two connections, many
// goroutines each: what one prepared the other would meet, or miss.
func TestBehindATransactionPooler(t *testing.T) {
	t.Parallel()
	direct := testkit.Database(t)
	pooled := testkit.TransactionPooler(t, direct)
	var stores []*store.Store
	for range 2 {
		s, err := store.Open(t.Context(), pooled, 8, store.Pooled(true))
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, s.Close()) })
		stores = append(stores, s)
	}
	requireAll(t, atOnce(16, func(i int) error {
		s := stores[i%2]
		for j := range 10 {
			id := uuid.NewString()
			email := fmt.Sprintf("%s-%d-%d@example.org", id[:8], i, j)
			u := models.User{ID: id, Email: email, Name: "Somebody", Role: models.RoleUser, Status: models.StatusActive, PasswordHash: "x", QuotaBytes: 1 << 30, QuotaFiles: 10}
			if err := s.CreateUser(t.Context(), u); err != nil {
				return err
			}
			got, err := stores[(i+1)%2].UserByEmail(t.Context(), email)
			if err != nil {
				return err
			}
			if got.ID != id {
				return fmt.Errorf("found %s, not %s", got.ID, id)
			}
			session := models.Session{ID: uuid.NewString(), UserID: id, TokenHash: []byte(id), ExpiresAt: time.Now().Add(time.Hour)}
			if err := s.CreateSession(t.Context(), session, "x"); err != nil {
				return err
			}
			if _, err := s.ListFiles(t.Context(), models.FileFilter{Scope: models.Scope{OwnerID: id}, Sort: models.SortCreatedAt, Limit: 10}); err != nil {
				return err
			}
		}
		return nil
	}))
}

// TestSignalsPassATransactionPooler: they are sent through it, inside
// transactions, and heard past it.
func TestSignalsPassATransactionPooler(t *testing.T) {
	t.Parallel()
	direct := testkit.Database(t)
	pooled := testkit.TransactionPooler(t, direct)
	heard, listens, ended := make(chan models.Signal, 1), make(chan struct{}, 8), make(chan error, 1)
	ctx, stop := context.WithCancel(t.Context())
	go func() {
		ended <- store.Listen(ctx, direct, func(s models.Signal) { heard <- s }, func() { listens <- struct{}{} })
	}()
	<-listens
	conn, err := pgx.Connect(t.Context(), pooled)
	require.NoError(t, err)
	payload, err := json.Marshal(models.Signal{Kind: models.SignalWebhook})
	require.NoError(t, err)
	_, err = conn.Exec(t.Context(), "SELECT pg_notify($1, $2)", pgx.QueryExecModeExec, models.NotifyChannel, string(payload))
	require.NoError(t, err)
	require.NoError(t, conn.Close(t.Context()))
	require.Equal(t, models.SignalWebhook, (<-heard).Kind)
	stop()
	require.NoError(t, <-ended)
}
