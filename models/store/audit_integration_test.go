//go:build integration

package store_test

import (
	"context"
	"errors"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"

	"safelight/models"
)

func actorOf(u models.User) models.Actor {
	return models.Actor{UserID: u.ID, Email: u.Email, IP: "192.0.2.1", RequestID: "request-1"}
}

func (d db) lineOf(by models.User, action, target string) {
	d.t.Helper()
	e := models.AuditEntry{Actor: actorOf(by), Action: action, TargetKind: "upload", TargetID: target, Details: map[string]any{"n": 1.0}}
	require.NoError(d.t, d.Audited(d.t.Context(), e, func(context.Context) error { return nil }))
}

// The database itself refuses it, also to the owner of the table.
func TestTheAuditLogCannotBeChanged(t *testing.T) {
	t.Parallel()
	d := open(t)
	d.lineOf(d.user(admin), "upload.retried", id())
	for _, statement := range []string{
		`UPDATE audit_log SET actor_email = 'somebody@else'`,
		`UPDATE audit_log SET details = details`,
		`DELETE FROM audit_log`,
		`DELETE FROM audit_log WHERE at < now()`,
		`TRUNCATE audit_log`,
		`TRUNCATE audit_log CASCADE`,
	} {
		var refused *pgconn.PgError
		require.ErrorAs(t, d.try(statement), &refused, statement)
		require.Equal(t, "42501", refused.Code, statement)
		require.Contains(t, refused.Message, "append-only", statement)
	}
	require.Equal(t, 1, value[int](d, `SELECT count(*) FROM audit_log`))
	require.Error(t, d.try(`INSERT INTO audit_log (id, action) VALUES (gen_random_uuid(), 'Not An Action')`))
}

// The line is there before the act: whatever ends this process meanwhile, no
// act goes unrecorded. That it failed is said by a second line.
func TestWhatIsAuditedIsRecordedFirst(t *testing.T) {
	t.Parallel()
	d := open(t)
	boss, broken := d.user(admin), errors.New("the engine is away")
	e := models.AuditEntry{Actor: actorOf(boss), Action: "upload.retried", Details: map[string]any{"n": 1.0}}
	ctx, cancel := context.WithCancel(t.Context())
	require.ErrorIs(t, d.Audited(ctx, e, func(context.Context) error {
		require.Equal(t, 1, value[int](d, `SELECT count(*) FROM audit_log`), "committed: another connection sees it")
		cancel() // who asked does not wait any more
		return broken
	}), broken)
	p, err := d.ListAudit(t.Context(), models.AuditFilter{Action: "upload.retried"})
	require.NoError(t, err)
	require.Len(t, p.Items, 2)
	require.Equal(t, map[string]any{"n": 1.0}, p.Items[1].Details)
	require.Equal(t, map[string]any{"n": 1.0, "failed": broken.Error(), "line": p.Items[1].ID}, p.Items[0].Details)
	require.Equal(t, map[string]any{"n": 1.0}, e.Details, "the caller's stay as they are")

	e.Action = "Not An Action"
	require.Error(t, d.Audited(t.Context(), e, func(context.Context) error {
		t.Error("done without a line")
		return nil
	}))
}

func TestTheAuditLogIsListedByPages(t *testing.T) {
	t.Parallel()
	d := open(t)
	ada, eve := d.user(admin), d.user(admin)
	var mine []string
	for range 5 {
		target := id()
		d.lineOf(ada, "upload.retried", target)
		d.lineOf(eve, "upload.canceled", id())
		mine = append([]string{target}, mine...)
	}
	var got []string
	filter := models.AuditFilter{ActorID: ada.ID, Action: "upload.retried", Limit: 2}
	for {
		p, err := d.ListAudit(t.Context(), filter)
		require.NoError(t, err)
		for _, e := range p.Items {
			require.Equal(t, actorOf(ada), e.Actor)
			require.Equal(t, map[string]any{"n": 1.0}, e.Details)
			require.NotZero(t, e.At)
			got = append(got, e.TargetID)
		}
		if p.Next == "" {
			break
		}
		filter.Cursor = p.Next
	}
	require.Equal(t, mine, got)

	all, err := d.ListAudit(t.Context(), models.AuditFilter{Limit: 200})
	require.NoError(t, err)
	require.Len(t, all.Items, 10)
	_, err = d.ListAudit(t.Context(), models.AuditFilter{Cursor: filter.Cursor})
	require.ErrorIs(t, err, models.ErrBadCursor, "a cursor of another list")
	for _, f := range []models.AuditFilter{{ActorID: "nobody"}, {ActorID: id()}, {Action: "a\x00b"}} {
		p, err := d.ListAudit(t.Context(), f)
		require.NoError(t, err)
		require.Empty(t, p.Items)
	}
}

func TestACancelByAnAdminIsAuditedWithIt(t *testing.T) {
	t.Parallel()
	d := open(t)
	owner, boss := d.user(), d.user(admin)
	up, _, err := d.CreateUpload(t.Context(), models.NewUpload{ID: id(), OwnerID: owner.ID, Name: "a", Reserve: 1, MaxOpen: 9})
	require.NoError(t, err)
	e := models.AuditEntry{Actor: actorOf(boss), Action: "upload.canceled", TargetKind: "upload", TargetID: up.ID}
	for _, want := range []bool{true, false} {
		canceled, err := d.CancelReceivingAudited(t.Context(), anyone, up.ID, e)
		require.NoError(t, err)
		require.Equal(t, want, canceled)
	}
	require.Equal(t, 1, value[int](d, `SELECT count(*) FROM audit_log WHERE target_id = $1`, up.ID), "once, as it was canceled once")
}
