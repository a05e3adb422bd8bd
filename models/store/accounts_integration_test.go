//go:build integration

package store_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"safelight/models"
)

func TestUsers(t *testing.T) {
	t.Parallel()
	d := open(t)
	u := d.user()
	twin := u
	twin.ID = id()
	require.ErrorIs(t, d.CreateUser(t.Context(), twin), models.ErrEmailTaken)
	twin.ID, twin.Email = u.ID, "other@example.com"
	require.ErrorIs(t, d.CreateUser(t.Context(), twin), models.ErrConflict)

	got, err := d.UserByID(t.Context(), u.ID)
	require.NoError(t, err)
	u.CreatedAt, u.UpdatedAt = got.CreatedAt, got.UpdatedAt
	require.Equal(t, u, got)
	require.Equal(t, time.UTC, got.CreatedAt.Location())
	got, err = d.UpdateUserName(t.Context(), u.ID, "Grace")
	require.NoError(t, err)
	require.Equal(t, "Grace", got.Name)
	got, err = d.UserByEmail(t.Context(), u.Email)
	require.NoError(t, err)
	require.Equal(t, "Grace", got.Name)

	for _, unknown := range []string{id(), "x", ""} {
		_, err = d.UserByID(t.Context(), unknown)
		require.ErrorIs(t, err, models.ErrNotFound)
		_, err = d.UpdateUserName(t.Context(), unknown, "n")
		require.ErrorIs(t, err, models.ErrNotFound)
	}
	for _, unknown := range []string{"nobody@example.com", "\x00", "\xff"} {
		_, err = d.UserByEmail(t.Context(), unknown)
		require.ErrorIs(t, err, models.ErrNotFound)
	}
}

func TestSessions(t *testing.T) {
	t.Parallel()
	d := open(t)
	u := d.user()
	begin := func(token string, expires time.Duration) models.Session {
		se := models.Session{
			ID: id(), UserID: u.ID, TokenHash: []byte(token), UserAgent: "curl", IP: "::1", ExpiresAt: time.Now().Add(expires),
		}
		require.NoError(t, d.CreateSession(t.Context(), se, u.PasswordHash))
		return se
	}
	alive := func(se models.Session, idle time.Duration) bool {
		user, got, err := d.SessionUser(t.Context(), se.ID, idle)
		if err != nil {
			require.ErrorIs(t, err, models.ErrUnauthenticated)
			return false
		}
		require.Equal(t, u.ID, user.ID)
		require.Equal(t, u.Email, user.Email)
		require.Equal(t, se.ID, got.ID)
		require.Equal(t, u.ID, got.UserID)
		require.Equal(t, "curl", got.UserAgent)
		return true
	}
	found, err := d.AnySession(t.Context())
	require.NoError(t, err)
	require.False(t, found)
	se := begin("a", time.Hour)
	found, err = d.AnySession(t.Context())
	require.NoError(t, err)
	require.True(t, found)
	before := d.Statements()
	require.True(t, alive(se, time.Hour))
	require.Equal(t, int64(1), d.Statements()-before)
	require.False(t, alive(models.Session{ID: id()}, time.Hour))
	require.False(t, alive(models.Session{ID: "x"}, time.Hour))
	expired := begin("b", -time.Second)
	require.False(t, alive(expired, time.Hour))
	d.sql(`UPDATE sessions SET last_used_at = now() - interval '3 hours' WHERE id = $1`, se.ID)
	require.False(t, alive(se, 2*time.Hour))
	require.True(t, alive(se, 4*time.Hour))

	_, _, err = d.RotateSession(t.Context(), []byte("a"), []byte("c"), 2*time.Hour)
	require.ErrorIs(t, err, models.ErrUnauthenticated, "idle for too long")
	d.stored(u, "picture")
	user, got, err := d.RotateSession(t.Context(), []byte("a"), []byte("c"), 4*time.Hour)
	require.NoError(t, err)
	require.Equal(t, int64(600), user.UsedBytes)
	require.Equal(t, []byte("c"), got.TokenHash)
	require.True(t, alive(se, 2*time.Hour), "rotating is using")
	_, _, err = d.RotateSession(t.Context(), []byte("b"), []byte("d"), time.Hour)
	require.ErrorIs(t, err, models.ErrUnauthenticated, "expired")
	_, _, err = d.RotateSession(t.Context(), []byte("unknown"), []byte("d"), time.Hour)
	require.ErrorIs(t, err, models.ErrUnauthenticated)
	require.True(t, alive(se, time.Hour))

	other := begin("other", time.Hour) // the expired one goes with it
	require.Equal(t, 2, value[int](d, `SELECT count(*) FROM sessions`))
	_, _, err = d.RotateSession(t.Context(), []byte("a"), []byte("d"), time.Hour)
	require.ErrorIs(t, err, models.ErrUnauthenticated, "used before")
	require.False(t, alive(se, time.Hour))
	require.True(t, alive(other, time.Hour), "another family")

	require.Equal(t, 1, value[int](d, `SELECT count(*) FROM audit_log WHERE action = 'session.token_reused' AND actor_id IS NULL AND target_id = $1`, se.ID))

	for range 2 {
		require.NoError(t, d.RevokeSession(t.Context(), models.Actor{UserID: u.ID}, other.ID))
	}
	require.Equal(t, 1, value[int](d, `SELECT count(*) FROM audit_log WHERE action = 'session.ended' AND actor_id = $1`, u.ID))
	require.False(t, alive(other, time.Hour))
	require.NoError(t, d.RevokeSession(t.Context(), models.Actor{}, id()))
	require.ErrorIs(t, d.RevokeSession(t.Context(), models.Actor{}, "x"), models.ErrNotFound)
	require.ErrorIs(t, d.CreateSession(t.Context(), models.Session{
		ID: id(), UserID: id(), TokenHash: []byte("z"), ExpiresAt: time.Now(),
	}, u.PasswordHash), models.ErrInvalidCredentials, "no such user")
	require.ErrorIs(t, d.CreateSession(t.Context(), models.Session{
		ID: id(), UserID: u.ID, TokenHash: []byte("z"), ExpiresAt: time.Now(),
	}, "another"), models.ErrInvalidCredentials, "the password is another by now")
}

func TestNotifications(t *testing.T) {
	t.Parallel()
	d := open(t)
	u, other := d.user(), d.user()
	for _, content := range []string{"a", "b", "c", "d", "e"} {
		d.stored(u, content)
	}
	list := func(unread bool, limit int) (seqs []int64) {
		for cursor := ""; ; {
			p, err := d.ListNotifications(t.Context(), u.ID, unread, limit, cursor)
			require.NoError(t, err)
			for _, n := range p.Items {
				require.Equal(t, u.ID, n.UserID)
				seqs = append(seqs, n.Seq)
			}
			if cursor = p.Next; cursor == "" {
				return seqs
			}
		}
	}
	all := list(false, 2)
	require.Len(t, all, 5)
	require.IsDecreasing(t, all)
	require.Equal(t, all, list(true, 50))
	top, err := d.LastNotificationSeq(t.Context(), u.ID)
	require.NoError(t, err)
	require.Equal(t, all[0], top)
	none, err := d.LastNotificationSeq(t.Context(), other.ID)
	require.NoError(t, err)
	require.Zero(t, none)

	since, err := d.NotificationsSince(t.Context(), u.ID, all[3], 2)
	require.NoError(t, err)
	require.Len(t, since, 2)
	require.Equal(t, all[2], since[0].Seq)
	require.Equal(t, all[1], since[1].Seq)

	read, err := d.MarkRead(t.Context(), u.ID, since[0].ID)
	require.NoError(t, err)
	require.NotNil(t, read.ReadAt)
	again, err := d.MarkRead(t.Context(), u.ID, since[0].ID)
	require.NoError(t, err)
	require.Equal(t, read, again, "the first time stays")
	one, err := d.NotificationByID(t.Context(), since[0].ID)
	require.NoError(t, err)
	require.Equal(t, read, one)
	_, err = d.NotificationByID(t.Context(), id())
	require.ErrorIs(t, err, models.ErrNotFound)
	require.Len(t, list(true, 1), 4)
	n, err := d.MarkAllRead(t.Context(), other.ID)
	require.NoError(t, err)
	require.Zero(t, n)
	n, err = d.MarkAllRead(t.Context(), u.ID)
	require.NoError(t, err)
	require.Equal(t, int64(4), n)
	require.Empty(t, list(true, 5))
	require.Len(t, list(false, 5), 5)
}
