//go:build integration

package store_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"safelight/activities"
	"safelight/internal/webhook"
	"safelight/models"
	"safelight/models/store"
)

var _ activities.Deliveries = (*store.Store)(nil)

// hook makes a webhook for these events, all of them where none is named.
func (d db) hook(by models.User, events ...models.WebhookEvent) models.Webhook {
	d.t.Helper()
	if len(events) == 0 {
		events = models.WebhookEvents()
	}
	w, err := d.CreateWebhook(d.t.Context(), actor(by), models.Webhook{
		ID: id(), URL: "https://example.com/", Secret: webhook.NewSecret(), Events: events, Enabled: true,
	})
	require.NoError(d.t, err)
	return w
}

func actor(u models.User) models.Actor {
	return models.Actor{UserID: u.ID, Email: u.Email, IP: "192.0.2.1", RequestID: "r-1"}
}

// sent lists the events that a webhook has deliveries of, newest first.
func (d db) sent(w models.Webhook) (events []models.WebhookEvent) {
	d.t.Helper()
	p, err := d.Deliveries(d.t.Context(), w.ID, "", 200, "")
	require.NoError(d.t, err)
	for _, delivery := range p.Items {
		events = append(events, delivery.Event)
	}
	return events
}

func TestWhatHappensIsWrittenDownForTheWebhooksThatWantIt(t *testing.T) {
	t.Parallel()
	d := open(t)
	boss, owner := d.user(admin), d.user()
	all, trash := d.hook(boss), d.hook(boss, "file.trashed")
	off := false
	disabled := d.hook(boss)
	_, err := d.UpdateWebhook(t.Context(), actor(boss), disabled.ID, models.WebhookChange{Enabled: &off})
	require.NoError(t, err)

	file := d.stored(owner, "a").FileID
	_, err = d.TrashFile(t.Context(), mine(owner), file)
	require.NoError(t, err)
	_, err = d.RestoreFile(t.Context(), mine(owner), file)
	require.NoError(t, err)
	require.NoError(t, d.DeleteFile(t.Context(), models.Actor{}, mine(owner), file))
	require.Equal(t, []models.WebhookEvent{"file.deleted", "file.restored", "file.trashed", "upload.done", "file.created"}, d.sent(all))
	require.Equal(t, []models.WebhookEvent{"file.trashed"}, d.sent(trash))
	require.Empty(t, d.sent(disabled))

	_, err = d.TrashFile(t.Context(), mine(owner), file)
	require.ErrorIs(t, err, models.ErrNotFound)
	require.Len(t, d.sent(all), 5, "what did not happen is not told")
}

// A stalled upload is told of to its owner and to every admin: once to a webhook.
func TestCopiesForAdminsAreNoEventsOfTheirOwn(t *testing.T) {
	t.Parallel()
	d := open(t)
	boss, owner := d.user(admin), d.user()
	d.user(admin)
	w := d.hook(boss)
	up := d.accepted(owner, "a")
	require.NoError(t, d.StallUpload(t.Context(), models.Stall{UploadID: up.ID, Seq: up.Seq + models.SeqStride, Step: models.StepScan}))
	require.Equal(t, []models.WebhookEvent{"upload.stalled"}, d.sent(w))
	require.Equal(t, 3, value[int](d, `SELECT count(*)::int FROM notifications WHERE upload_id = $1`, up.ID))
}

func TestADeliveryFromItsStartToItsEnd(t *testing.T) {
	t.Parallel()
	d := open(t)
	boss, owner := d.user(admin), d.user()
	w := d.hook(boss, "file.created")
	d.stored(owner, "a")

	waiting, err := d.UnstartedDeliveries(t.Context(), time.Hour, 10)
	require.NoError(t, err)
	require.Len(t, waiting, 1)
	one := waiting[0]
	require.Equal(t, "webhook-"+one.ID, one.WorkflowID())
	require.NoError(t, d.DeliveryStarted(t.Context(), one.ID, one.Round))
	waiting, err = d.UnstartedDeliveries(t.Context(), time.Hour, 10)
	require.NoError(t, err)
	require.Empty(t, waiting)
	d.sql(`UPDATE webhook_deliveries SET started_at = now() - interval '2 hours'`)
	waiting, err = d.UnstartedDeliveries(t.Context(), time.Hour, 10)
	require.NoError(t, err)
	require.Len(t, waiting, 1, "its workflow must be gone")

	kept, err := d.SetDeliveryPayload(t.Context(), one.ID, []byte("first"))
	require.NoError(t, err)
	require.Equal(t, "first", string(kept))
	kept, err = d.SetDeliveryPayload(t.Context(), one.ID, []byte("second"))
	require.NoError(t, err)
	require.Equal(t, "first", string(kept), "all attempts send the same bytes")

	require.NoError(t, d.RecordAttempt(t.Context(), models.DeliveryAttempt{DeliveryID: one.ID, Status: 500, Error: "no"}))
	got, target, err := d.DeliveryByID(t.Context(), one.ID)
	require.NoError(t, err)
	require.Equal(t, w.Secret, target.Secret)
	require.Equal(t, models.DeliveryPending, got.State)
	require.Equal(t, []any{1, 500, "no"}, []any{got.Attempts, *got.LastStatus, *got.LastError})
	_, err = d.Redeliver(t.Context(), actor(boss), w.ID, one.ID)
	require.ErrorIs(t, err, models.ErrConflict, "it is on its way")

	require.NoError(t, d.RecordAttempt(t.Context(), models.DeliveryAttempt{DeliveryID: one.ID, Status: 204}))
	require.NoError(t, d.GiveUpDelivery(t.Context(), one.ID))
	got, _, err = d.DeliveryByID(t.Context(), one.ID)
	require.NoError(t, err)
	require.Equal(t, models.DeliveryDelivered, got.State, "what was taken is not given up")
	require.Nil(t, got.LastError)
	require.NotNil(t, got.FinishedAt)

	again, err := d.Redeliver(t.Context(), actor(boss), w.ID, one.ID)
	require.NoError(t, err)
	require.Equal(t, "webhook-"+one.ID+"-2", again.WorkflowID())
	require.Nil(t, again.FinishedAt)
	_, err = d.Redeliver(t.Context(), actor(boss), d.hook(boss).ID, one.ID)
	require.ErrorIs(t, err, models.ErrNotFound, "of another webhook")
	require.NoError(t, d.GiveUpDelivery(t.Context(), one.ID))

	n, err := d.PurgeDeliveries(t.Context(), time.Now().Add(-time.Hour), 10)
	require.NoError(t, err)
	require.Zero(t, n)
	n, err = d.PurgeDeliveries(t.Context(), time.Now().Add(time.Hour), 10)
	require.NoError(t, err)
	require.EqualValues(t, 1, n)
}

func TestWebhooksAreChangedAndEveryChangeIsInTheAuditLog(t *testing.T) {
	t.Parallel()
	d := open(t)
	boss := d.user(admin)
	w := d.hook(boss)
	url, events, secret := "https://example.org/", []models.WebhookEvent{"upload.done"}, webhook.NewSecret()
	changed, err := d.UpdateWebhook(t.Context(), actor(boss), w.ID, models.WebhookChange{URL: &url, Events: events, Secret: secret})
	require.NoError(t, err)
	require.Equal(t, []any{url, events, secret, true, w.Description}, []any{changed.URL, changed.Events, changed.Secret, changed.Enabled, changed.Description})
	for _, reason := range []string{"410", "410"} {
		require.NoError(t, d.DisableWebhook(t.Context(), w.ID, reason))
	}
	trial, err := d.TestWebhook(t.Context(), w.ID)
	require.NoError(t, err)
	require.Equal(t, models.WebhookTest, trial.Event)
	require.NoError(t, d.DeleteWebhook(t.Context(), actor(boss), w.ID))
	require.ErrorIs(t, d.DeleteWebhook(t.Context(), actor(boss), w.ID), models.ErrNotFound)
	_, _, err = d.DeliveryByID(t.Context(), trial.ID)
	require.ErrorIs(t, err, models.ErrNotFound)
	_, err = d.Deliveries(t.Context(), w.ID, "", 10, "")
	require.ErrorIs(t, err, models.ErrNotFound)
	_, err = d.UpdateWebhook(t.Context(), actor(boss), uuid.NewString(), models.WebhookChange{})
	require.ErrorIs(t, err, models.ErrNotFound)
	require.Equal(t, "webhook.created webhook.changed webhook.disabled webhook.deleted",
		value[string](d, `SELECT string_agg(action, ' ' ORDER BY id) FROM audit_log WHERE target_id = $1`, w.ID))
	require.Zero(t, value[int](d, `SELECT count(*)::int FROM audit_log WHERE details::text LIKE '%' || $1 || '%'`, webhook.FormatSecret(secret)))
}

func TestListsOfWebhooksAndDeliveriesHavePages(t *testing.T) {
	t.Parallel()
	d := open(t)
	boss := d.user(admin)
	var made []string
	for range 5 {
		made = append([]string{d.hook(boss).ID}, made...)
	}
	var got []string
	cursor := ""
	for {
		p, err := d.Webhooks(t.Context(), 2, cursor)
		require.NoError(t, err)
		for _, w := range p.Items {
			got = append(got, w.ID)
		}
		if cursor = p.Next; cursor == "" {
			break
		}
	}
	require.Equal(t, made, got)
	var trials []string
	for range 5 {
		trial, err := d.TestWebhook(t.Context(), made[0])
		require.NoError(t, err)
		trials = append([]string{trial.ID}, trials...)
	}
	got = nil
	for {
		p, err := d.Deliveries(t.Context(), made[0], models.DeliveryPending, 2, cursor)
		require.NoError(t, err)
		for _, one := range p.Items {
			got = append(got, one.ID)
		}
		if cursor = p.Next; cursor == "" {
			break
		}
	}
	require.Equal(t, trials, got)
	_, err := d.Webhooks(t.Context(), 2, "nonsense")
	require.ErrorIs(t, err, models.ErrBadCursor)
}
