package store

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"

	"safelight/models"
)

func TestErrorsAreMappedOnce(t *testing.T) {
	t.Parallel()
	pg := func(code, constraint string) error { return &pgconn.PgError{Code: code, ConstraintName: constraint} }
	for _, c := range []struct {
		err  error
		want error // nil: none of the sentinels
	}{
		{pg("23505", "users_email"), models.ErrEmailTaken},
		{pg("23505", "uploads_pkey"), models.ErrConflict},
		{pg("23514", "uploads_state_arrows"), models.ErrConflict},
		{pg("23503", "sessions_user_id_fkey"), models.ErrNotFound},
		{pg("40P01", ""), models.ErrUnavailable},
		{pg("57P01", ""), models.ErrUnavailable},
		{pg("53300", ""), models.ErrUnavailable},
		{pg("08006", ""), models.ErrUnavailable},
		{pg("42P01", ""), nil},
		{io.ErrUnexpectedEOF, models.ErrUnavailable},
		{&net.OpError{Op: "read", Err: errors.New("connection reset")}, models.ErrUnavailable},
		{context.Canceled, nil},
		{context.DeadlineExceeded, nil},
		{errors.New("bug"), nil},
	} {
		got := fail("do it", fmt.Errorf("wrapped: %w", c.err))
		require.ErrorIs(t, got, c.err, "the cause stays")
		require.True(t, strings.HasPrefix(got.Error(), "do it: "), got.Error())
		for _, sentinel := range []error{models.ErrEmailTaken, models.ErrConflict, models.ErrNotFound, models.ErrUnavailable} {
			require.Equal(t, errors.Is(sentinel, c.want), errors.Is(got, sentinel), "%v is %v", c.err, sentinel)
		}
	}
	require.NoError(t, fail("do it", nil))
}

func TestRacesAreRunAgainABoundedNumberOfTimes(t *testing.T) {
	t.Parallel()
	for _, race := range []error{
		errAgain, &pgconn.PgError{Code: "40001"}, &pgconn.PgError{Code: "40P01"},
		&pgconn.PgError{Code: "23503", ConstraintName: "uploads_blob_id_fkey"},
	} {
		calls := 0
		require.NoError(t, again(t.Context(), func() error {
			if calls++; calls < 3 {
				return fmt.Errorf("wrapped: %w", race)
			}
			return nil
		}))
		require.Equal(t, 3, calls)

		calls = 0
		err := again(t.Context(), func() error { calls++; return race })
		require.ErrorIs(t, fail("do it", err), models.ErrUnavailable)
		require.Equal(t, attempts, calls)
	}
	calls := 0
	require.ErrorIs(t, again(t.Context(), func() error { calls++; return models.ErrConflict }), models.ErrConflict)
	require.Equal(t, 1, calls)
	ctx, stop := context.WithCancel(t.Context())
	stop()
	require.ErrorIs(t, again(ctx, func() error { return errAgain }), context.Canceled)
}

func TestCursors(t *testing.T) {
	t.Parallel()
	tag := listTag("files", "name")
	require.NotEqual(t, tag, listTag("files", "size"))
	require.NotEqual(t, listTag("a", "bc"), listTag("ab", "c"))
	c := cursor{List: tag, Key: "über ? %", ID: "0190f7a0-0000-7000-8000-000000000000"}
	got, err := decodeCursor(c.encode(), tag)
	require.NoError(t, err)
	require.Equal(t, c, got)

	raw := func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }
	for what, text := range map[string]string{
		"empty":          "",
		"no base64":      "***",
		"padding":        c.encode() + "=",
		"no JSON":        raw("x"),
		"another tag":    cursor{List: "x", Key: "1"}.encode(),
		"no tag":         raw(`{"k":"1"}`),
		"unknown fields": raw(`{"l":"` + tag + `","k":"1","z":1}`),
		"something more": raw(`{"l":"` + tag + `","k":"1"} 1`),
		"wrong type":     raw(`{"l":"` + tag + `","k":1}`),
	} {
		_, err := decodeCursor(text, tag)
		require.ErrorIs(t, err, models.ErrBadCursor, what)
	}
	at := time.Date(2026, 3, 4, 5, 6, 7, 123456000, time.FixedZone("x", 3600))
	read, err := cursor{Key: timeKey(at)}.atTime()
	require.NoError(t, err)
	require.True(t, at.Equal(read), "to the microsecond")
	_, err = cursor{Key: "yesterday"}.atTime()
	require.ErrorIs(t, err, models.ErrBadCursor)
	_, err = cursor{Key: "1e3"}.atNumber()
	require.ErrorIs(t, err, models.ErrBadCursor)
	_, err = cursor{Key: "\x00"}.atText()
	require.ErrorIs(t, err, models.ErrBadCursor)
	require.ErrorIs(t, cursor{ID: "1"}.checkID(), models.ErrBadCursor)
}

func TestEveryEndHasItsNotice(t *testing.T) {
	t.Parallel()
	number := 7
	for outcome, kind := range map[models.Outcome]models.NotificationKind{
		models.OutcomeCreated: models.NotifyDone, models.OutcomeVersioned: models.NotifyDone,
		models.OutcomeDuplicate: models.NotifyDuplicate, models.OutcomeRestored: models.NotifyDuplicate,
		models.OutcomeUnchanged: models.NotifyDuplicate,
	} {
		n := noticeOf(ending{Name: "cat.jpg", Outcome: (*string)(&outcome), VersionNumber: &number}, models.Finish{State: models.UploadDone})
		require.Equal(t, kind, n.kind, outcome)
		require.Contains(t, n.title, "cat.jpg")
		require.NotEmpty(t, n.body)
		require.Equal(t, outcome == models.OutcomeVersioned, strings.Contains(n.body, "version 7"))
	}
	for _, state := range models.UploadStates() {
		n := noticeOf(ending{Name: "cat.jpg"}, models.Finish{State: state, Reason: "why", Rejection: models.Reject(models.RejectCorrupt, "why")})
		told := state == models.UploadRejected || state == models.UploadFailed
		require.Equal(t, told, n.kind != "", state)
		if told {
			require.Equal(t, "why", n.body)
		}
	}
}

func TestIDs(t *testing.T) {
	t.Parallel()
	id, err := newID()
	require.NoError(t, err)
	require.NoError(t, checkIDs(id, strings.ToUpper(id)))
	for _, bad := range []string{"", "x", "{" + id + "}", "urn:uuid:" + id, strings.ReplaceAll(id, "-", ""), strings.Repeat("z", 36)} {
		require.ErrorIs(t, checkIDs(id, bad), models.ErrNotFound, bad)
	}
	_, err = ownerIn(models.Scope{})
	require.ErrorIs(t, err, models.ErrNotFound)
	owner, err := ownerIn(models.Scope{Any: true})
	require.NoError(t, err)
	require.Nil(t, owner)
}
