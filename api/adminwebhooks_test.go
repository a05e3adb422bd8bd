package api

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"safelight/internal/webhook"
	"safelight/models"
)

// fakeWebhooks keeps one list of each in memory.
type fakeWebhooks struct {
	mu         sync.Mutex
	hooks      []models.Webhook
	deliveries []models.Delivery
	by         models.Actor // who changed something last
}

func (f *fakeWebhooks) find(id string) (*models.Webhook, error) {
	for i := range f.hooks {
		if f.hooks[i].ID == id {
			return &f.hooks[i], nil
		}
	}
	return nil, models.ErrNotFound
}

func (f *fakeWebhooks) CreateWebhook(_ context.Context, by models.Actor, w models.Webhook) (models.Webhook, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	w.CreatedAt, w.UpdatedAt, f.by = time.Now(), time.Now(), by
	f.hooks = append(f.hooks, w)
	return w, nil
}

func (f *fakeWebhooks) Webhooks(context.Context, int, string) (models.Page[models.Webhook], error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return models.Page[models.Webhook]{Items: f.hooks}, nil
}

func (f *fakeWebhooks) UpdateWebhook(_ context.Context, by models.Actor, id string, change models.WebhookChange) (models.Webhook, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	w, err := f.find(id)
	if err != nil {
		return models.Webhook{}, err
	}
	f.by = by
	if change.URL != nil {
		w.URL = *change.URL
	}
	if change.Enabled != nil {
		w.Enabled = *change.Enabled
	}
	if change.Secret != nil {
		w.Secret = change.Secret
	}
	return *w, nil
}

func (f *fakeWebhooks) DeleteWebhook(_ context.Context, by models.Actor, id string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.by = by
	_, err := f.find(id)
	return err
}

func (f *fakeWebhooks) TestWebhook(_ context.Context, id string) (models.Delivery, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	_, err := f.find(id)
	return models.Delivery{ID: uuid.NewString(), Event: models.WebhookTest, State: models.DeliveryPending, Round: 1}, err
}

func (f *fakeWebhooks) Deliveries(_ context.Context, id string, _ models.DeliveryState, _ int, _ string) (models.Page[models.Delivery], error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	_, err := f.find(id)
	return models.Page[models.Delivery]{Items: f.deliveries}, err
}

func (f *fakeWebhooks) Redeliver(_ context.Context, by models.Actor, _, id string) (models.Delivery, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.by = by
	for _, d := range f.deliveries {
		if d.ID == id && d.State == models.DeliveryPending {
			return d, models.ErrConflict
		}
		if d.ID == id {
			d.State, d.Round = models.DeliveryPending, d.Round+1
			return d, nil
		}
	}
	return models.Delivery{}, models.ErrNotFound
}

func TestAWebhooksSecretIsShownWhenItIsMade(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	boss, token := b.user(models.RoleAdmin, models.StatusActive)
	var made webhookView
	a := b.ask(http.MethodPost, "/api/v1/admin/webhooks", token, map[string]any{"url": "https://example.com/hook"})
	require.Equal(t, http.StatusCreated, a.Status, "%s", a.Body)
	a.into(&made)
	secret, err := webhook.ParseSecret(made.Secret)
	require.NoError(t, err)
	require.Equal(t, b.hooks.hooks[0].Secret, secret)
	require.Equal(t, models.WebhookEvents(), made.Events, "all of them where nothing is said")
	require.True(t, made.Enabled)
	require.Equal(t, models.Actor{UserID: boss.ID, Email: boss.Email, IP: b.hooks.by.IP, RequestID: a.Header.Get("X-Request-Id")}, b.hooks.by)

	require.NotContains(t, string(b.ask(http.MethodGet, "/api/v1/admin/webhooks", token, nil).Body), "whsec_")
	one := "/api/v1/admin/webhooks/" + made.ID
	a = b.ask(http.MethodPatch, one, token, map[string]any{"enabled": false})
	require.NotContains(t, string(a.Body), "whsec_")
	var changed webhookView
	b.ask(http.MethodPatch, one, token, map[string]any{"rotateSecret": true}).into(&changed)
	require.NotEmpty(t, changed.Secret)
	require.NotEqual(t, made.Secret, changed.Secret)
	require.False(t, changed.Enabled)
	require.Equal(t, http.StatusAccepted, b.ask(http.MethodPost, one+"/test", token, nil).Status)
	require.Equal(t, http.StatusNoContent, b.ask(http.MethodDelete, one, token, nil).Status)
}

// All faults come in one answer.
func TestWebhooksThatMakeNoSense(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	_, token := b.user(models.RoleAdmin, models.StatusActive)
	for url, events := range map[string][]string{
		"http://example.com/": {"upload.done"}, "https://127.0.0.1/": nil, "https://169.254.169.254/": nil, "not a url": nil,
		"https://example.com/": {"upload.done", "nothing", "upload.done"},
	} {
		p := b.ask(http.MethodPost, "/api/v1/admin/webhooks", token, map[string]any{"url": url, "events": events}).problem(CodeValidation)
		require.NotEmpty(t, p.Errors)
	}
	p := b.ask(http.MethodPost, "/api/v1/admin/webhooks", token, map[string]any{"url": "http://10.0.0.1/", "events": []string{"a", "b"}}).problem(CodeValidation)
	require.Len(t, p.Errors, 3)
	require.Empty(t, b.hooks.hooks)
	b.ask(http.MethodPatch, "/api/v1/admin/webhooks/"+uuid.NewString(), token, map[string]any{"events": []string{}}).problem(CodeValidation)
	b.ask(http.MethodPatch, "/api/v1/admin/webhooks/"+uuid.NewString(), token, map[string]any{"enabled": true}).problem(CodeNotFound)
}

func TestRedelivering(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	_, token := b.user(models.RoleAdmin, models.StatusActive)
	hook, done, pending := uuid.NewString(), uuid.NewString(), uuid.NewString()
	b.hooks.hooks = []models.Webhook{{ID: hook}}
	status, reason := 500, "the receiver answered 500"
	b.hooks.deliveries = []models.Delivery{
		{ID: done, Event: "upload.done", State: models.DeliveryFailed, Round: 1, Attempts: 14, LastStatus: &status, LastError: &reason},
		{ID: pending, Event: "upload.done", State: models.DeliveryPending, Round: 1},
	}
	base := "/api/v1/admin/webhooks/" + hook + "/deliveries"
	var p page[map[string]any]
	b.ask(http.MethodGet, base+"?state=failed", token, nil).into(&p)
	require.Equal(t, []any{"failed", 14.0, 500.0, reason, "webhook-" + done},
		[]any{p.Items[0]["state"], p.Items[0]["attempts"], p.Items[0]["lastStatus"], p.Items[0]["lastError"], p.Items[0]["workflowId"]})
	b.ask(http.MethodGet, base+"?state=lost", token, nil).problem(CodeValidation)
	var again deliveryView
	a := b.ask(http.MethodPost, base+"/"+done+"/redeliver", token, nil)
	require.Equal(t, http.StatusAccepted, a.Status)
	a.into(&again)
	require.True(t, strings.HasSuffix(again.WorkflowID, "-2"))
	b.ask(http.MethodPost, base+"/"+pending+"/redeliver", token, nil).problem(CodeConflict)
	b.ask(http.MethodPost, base+"/"+uuid.NewString()+"/redeliver", token, nil).problem(CodeNotFound)
}
