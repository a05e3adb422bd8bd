//go:build integration

package store_test

import (
	"context"
	"net"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"safelight/internal/testkit"
	"safelight/models"
	"safelight/models/store"
)

// listening runs a listener and gives what it hears.
func listening(t *testing.T, d db) (signals chan models.Signal, resyncs chan struct{}) {
	t.Helper()
	signals, resyncs = make(chan models.Signal, 100), make(chan struct{}, 100)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- store.Listen(ctx, d.url, func(s models.Signal) { signals <- s }, func() { resyncs <- struct{}{} })
	}()
	t.Cleanup(func() {
		stop()
		require.NoError(t, <-ended)
	})
	next(t, resyncs)
	return signals, resyncs
}

func next[T any](t *testing.T, from chan T) T {
	t.Helper()
	select {
	case v := <-from:
		return v
	case <-time.After(30 * time.Second):
		require.Fail(t, "nothing came")
		panic("not reached")
	}
}

func TestEveryChangeIsSignaled(t *testing.T) {
	t.Parallel()
	d := open(t)
	owner := d.user()
	signals, _ := listening(t, d)
	progress := func(uploadID, action string) models.Signal {
		return models.Signal{Kind: models.SignalProgress, OwnerID: owner.ID, ID: uploadID, Action: action}
	}
	file := func(fileID, action string) models.Signal {
		return models.Signal{Kind: models.SignalFile, OwnerID: owner.ID, ID: fileID, Action: action}
	}
	heard := func(want models.Signal) {
		t.Helper()
		require.Equal(t, want, next(t, signals))
	}
	told := func() {
		t.Helper()
		s := next(t, signals)
		require.Equal(t, models.SignalNotification, s.Kind)
		require.Equal(t, owner.ID, s.OwnerID)
		n, err := d.NotificationByID(t.Context(), s.ID)
		require.NoError(t, err)
		require.Equal(t, owner.ID, n.UserID)
	}
	up := d.accepted(owner, "a")
	heard(progress(up.ID, "row"))
	require.NoError(t, d.Announce(t.Context(), mark(up, models.StepScan, 2000), "begin"))
	heard(progress(up.ID, "begin"))
	require.NoError(t, d.Announce(t.Context(), mark(up, models.StepScan, 2000), "failed"))
	heard(progress(up.ID, "failed"))
	require.NoError(t, d.StallUpload(t.Context(), models.Stall{UploadID: up.ID, Step: models.StepScan, Seq: 3000}))
	heard(progress(up.ID, "row"))
	told()
	res, err := d.carry(t.Context(), up)
	require.NoError(t, err)
	heard(file(res.FileID, "created"))
	heard(progress(up.ID, "row"))
	told()

	scope := mine(owner)
	_, err = d.RenameFile(t.Context(), scope, res.FileID, "n")
	require.NoError(t, err)
	heard(file(res.FileID, "updated"))
	_, err = d.TrashFile(t.Context(), scope, res.FileID)
	require.NoError(t, err)
	heard(file(res.FileID, "trashed"))
	d.stored(owner, "a")
	next(t, signals) // accepted
	heard(file(res.FileID, "restored"))
	next(t, signals) // finished
	told()
	_, err = d.RestoreVersion(t.Context(), scope, owner.ID, res.FileID, 1)
	require.NoError(t, err)
	heard(file(res.FileID, "updated"))
	require.NoError(t, d.DeleteVersion(t.Context(), models.Actor{}, scope, res.FileID, 1))
	heard(file(res.FileID, "updated"))
	_, err = d.TrashFile(t.Context(), scope, res.FileID)
	require.NoError(t, err)
	heard(file(res.FileID, "trashed"))
	_, err = d.RestoreFile(t.Context(), scope, res.FileID)
	require.NoError(t, err)
	heard(file(res.FileID, "restored"))
	require.NoError(t, d.DeleteFile(t.Context(), models.Actor{}, scope, res.FileID))
	heard(file(res.FileID, "deleted"))

	se := models.Session{ID: id(), UserID: owner.ID, TokenHash: []byte("t"), ExpiresAt: inAnHour()}
	require.NoError(t, d.CreateSession(t.Context(), se, owner.PasswordHash))
	require.NoError(t, d.RevokeSession(t.Context(), models.Actor{}, se.ID))
	heard(models.Signal{Kind: models.SignalUser, OwnerID: owner.ID, ID: se.ID})
}

func TestListenComesBack(t *testing.T) {
	t.Parallel()
	d := open(t)
	owner := d.user()
	signals, resyncs := listening(t, d)
	d.sql(`SELECT pg_notify('safelight', 'not a signal')`)
	up := d.accepted(owner, "a")
	require.Equal(t, up.ID, next(t, signals).ID, "what is no signal is passed over")

	d.sql(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'safelight-listener'`)
	next(t, resyncs)
	up = d.accepted(owner, "b")
	require.Equal(t, up.ID, next(t, signals).ID)
	require.Empty(t, resyncs, "once for each connection")
}

func TestListenWaitsForAServer(t *testing.T) {
	t.Parallel()
	require.Error(t, store.Listen(t.Context(), "postgres://%zz", nil, nil))
	ctx, stop := context.WithCancel(t.Context())
	ended, address := make(chan error, 1), nobody(t)
	go func() {
		ended <- store.Listen(ctx, address, func(models.Signal) {}, func() { t.Error("listened to nobody") })
	}()
	stop()
	require.NoError(t, next(t, ended))
}

// nobody is the URL of a port on which nothing listens.
func nobody(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	u := url.URL{Scheme: "postgres", Host: l.Addr().String(), Path: "/x", RawQuery: "sslmode=disable"}
	return u.String()
}

func TestUnreachableDatabaseIsUnavailable(t *testing.T) {
	t.Parallel()
	_, err := store.Open(t.Context(), nobody(t), 1)
	require.ErrorIs(t, err, models.ErrUnavailable)
	require.ErrorIs(t, store.Migrate(t.Context(), nobody(t)), models.ErrUnavailable)
	_, err = store.Open(t.Context(), "postgres://%zz", 1)
	require.Error(t, err)

	d := open(t)
	require.NoError(t, d.Ping(t.Context()))
	u := d.user()
	d.sql(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'safelight'`)
	_, err = d.UserByID(t.Context(), u.ID)
	if err != nil { // a connection may be noticed as lost only by its use
		require.ErrorIs(t, err, models.ErrUnavailable)
	}
	require.Eventually(t, func() bool { return d.Ping(t.Context()) == nil }, 10*time.Second, time.Millisecond)
	_, err = d.UserByID(t.Context(), u.ID)
	require.NoError(t, err)

	canceled, stop := context.WithCancel(t.Context())
	stop()
	_, err = d.UserByID(canceled, u.ID)
	require.ErrorIs(t, err, context.Canceled)
	require.NotErrorIs(t, err, models.ErrUnavailable)
}

func TestMigrateByManyAtOnce(t *testing.T) {
	t.Parallel()
	url := testkit.EmptyDatabase(t)
	requireAll(t, atOnce(4, func(int) error { return store.Migrate(t.Context(), url) }))
	s, err := store.Open(t.Context(), url, 2)
	require.NoError(t, err)
	_, err = s.UserByID(t.Context(), id())
	require.ErrorIs(t, err, models.ErrNotFound)
	require.NoError(t, s.Close())
	require.NoError(t, store.Migrate(t.Context(), url))
}
