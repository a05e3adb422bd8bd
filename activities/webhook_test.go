package activities_test

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"

	"safelight/activities"
	"safelight/internal/webhook"
	"safelight/models"
)

// mail is the store, the network and the engine of webhooks, in memory.
type mail struct {
	delivery models.Delivery
	hook     models.Webhook
	missing  bool
	down     error
	attempts []models.DeliveryAttempt
	disabled string
	bodies   []string
	status   int
	answer   error
	waiting  []models.Delivery
	started  []string
	purged   bool
}

func (m *mail) FileByID(context.Context, models.Scope, string) (models.File, error) {
	return models.File{}, models.ErrNotFound
}

func (m *mail) NotificationByID(context.Context, string) (models.Notification, error) {
	return models.Notification{}, models.ErrNotFound
}

func (m *mail) DeliveryByID(context.Context, string) (models.Delivery, models.Webhook, error) {
	if m.missing {
		return models.Delivery{}, models.Webhook{}, models.ErrNotFound
	}
	return m.delivery, m.hook, m.down
}

func (m *mail) SetDeliveryPayload(_ context.Context, _ string, payload []byte) ([]byte, error) {
	if m.delivery.Payload == nil {
		m.delivery.Payload = payload
	}
	return m.delivery.Payload, nil
}

func (m *mail) RecordAttempt(_ context.Context, a models.DeliveryAttempt) error {
	m.attempts = append(m.attempts, a)
	if a.Error == "" {
		m.delivery.State = models.DeliveryDelivered
	}
	return nil
}

func (m *mail) GiveUpDelivery(context.Context, string) error {
	if m.delivery.State == models.DeliveryPending {
		m.delivery.State = models.DeliveryFailed
	}
	return m.down
}

func (m *mail) DisableWebhook(_ context.Context, id, _ string) error {
	m.disabled = id
	return nil
}

func (m *mail) UnstartedDeliveries(context.Context, time.Duration, int) ([]models.Delivery, error) {
	return m.waiting, nil
}
func (m *mail) DeliveryStarted(context.Context, string, int) error { return nil }
func (m *mail) PurgeDeliveries(context.Context, time.Time, int) (int64, error) {
	m.purged = true
	return 0, nil
}

func (m *mail) Send(_ context.Context, _ string, _ []byte, id string, body []byte) (int, error) {
	m.bodies = append(m.bodies, id+" "+string(body))
	return m.status, m.answer
}

func (m *mail) StartDelivery(_ context.Context, d models.Delivery) error {
	m.started = append(m.started, d.ID)
	return m.down
}

func newMail() *mail {
	return &mail{
		delivery: models.Delivery{ID: "d", WebhookID: "w", Event: "file.deleted", SubjectID: "f", OwnerID: "o", State: models.DeliveryPending},
		hook:     models.Webhook{ID: "w", URL: "https://example.com", Enabled: true}, status: 200,
	}
}

// run executes one of the activities in a test environment.
func (m *mail) run(t *testing.T, name string, in any) error {
	t.Helper()
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(log.NewStructuredLogger(slog.New(slog.DiscardHandler)))
	env := suite.NewTestActivityEnvironment()
	hooks := &activities.Webhooks{Rows: m, Composer: webhook.Composer{From: m}, Sender: m, Starter: m}
	env.RegisterActivity(hooks)
	_, err := env.ExecuteActivity(map[string]any{"Deliver": hooks.Deliver, "GiveUp": hooks.GiveUp, "Dispatch": hooks.Dispatch}[name], in)
	return err
}

func (m *mail) deliver(t *testing.T) *temporal.ApplicationError {
	t.Helper()
	err := m.run(t, "Deliver", activities.DeliverInput{DeliveryID: "d"})
	if err == nil {
		return nil
	}
	var failure *temporal.ApplicationError
	require.ErrorAs(t, err, &failure)
	return failure
}

func TestDeliverTwiceSendsOnce(t *testing.T) {
	t.Parallel()
	m := newMail()
	require.Nil(t, m.deliver(t))
	require.Nil(t, m.deliver(t))
	require.Len(t, m.bodies, 1)
	require.Contains(t, m.bodies[0], `msg_d {"type":"file.deleted"`)
	require.Equal(t, []models.DeliveryAttempt{{DeliveryID: "d", Status: 200}}, m.attempts)
}

func TestAllAttemptsSendTheSameBytes(t *testing.T) {
	t.Parallel()
	m := newMail()
	m.status, m.answer = 503, &webhook.Refusal{Status: 503, RetryAfter: 90 * time.Second}
	failure := m.deliver(t)
	require.Equal(t, activities.ErrTypeWebhookRefused, failure.Type())
	require.False(t, failure.NonRetryable())
	require.Equal(t, 90*time.Second, failure.NextRetryDelay(), "the receiver says when")
	m.delivery.OwnerID = "somebody else by now"
	m.status, m.answer = 0, errors.New("connection refused")
	failure = m.deliver(t)
	require.Zero(t, failure.NextRetryDelay())
	require.Len(t, m.bodies, 2)
	require.Equal(t, m.bodies[0], m.bodies[1])
	require.Equal(t, []models.DeliveryAttempt{
		{DeliveryID: "d", Status: 503, Error: "the receiver answered 503 Service Unavailable"},
		{DeliveryID: "d", Error: "connection refused"},
	}, m.attempts)
}

func TestWhatNoAttemptCanCure(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		spoil    func(*mail)
		sent     int
		disabled bool
	}{
		"gone":            {func(m *mail) { m.status, m.answer = 410, &webhook.Refusal{Status: 410} }, 1, true},
		"switched off":    {func(m *mail) { m.hook.Enabled = false }, 0, false},
		"deleted":         {func(m *mail) { m.missing = true }, 0, false},
		"subject is gone": {func(m *mail) { m.delivery.Event = "upload.done" }, 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMail()
			c.spoil(m)
			failure := m.deliver(t)
			require.Equal(t, activities.ErrTypeWebhookGone, failure.Type())
			require.True(t, failure.NonRetryable())
			require.Len(t, m.bodies, c.sent)
			require.Equal(t, c.disabled, m.disabled != "")
		})
	}
	m := newMail()
	m.hook.Enabled, m.delivery.Event = false, models.WebhookTest
	require.Nil(t, m.deliver(t), "a test goes to a webhook that is switched off, too")
}

func TestADatabaseThatIsAwayIsTriedAgain(t *testing.T) {
	t.Parallel()
	m := newMail()
	m.down = models.ErrUnavailable
	failure := m.deliver(t)
	require.Equal(t, activities.ErrTypeDatabase, failure.Type())
	require.False(t, failure.NonRetryable())
	require.Empty(t, m.bodies)
}

func TestGiveUpAndDispatch(t *testing.T) {
	t.Parallel()
	m := newMail()
	for range 2 {
		require.NoError(t, m.run(t, "GiveUp", activities.DeliverInput{DeliveryID: "d"}))
	}
	require.Equal(t, models.DeliveryFailed, m.delivery.State)
	m.waiting = []models.Delivery{{ID: "a"}, {ID: "b"}}
	require.NoError(t, m.run(t, "Dispatch", activities.DispatchInput{GoneAfter: time.Hour, Keep: time.Hour}))
	require.Equal(t, []string{"a", "b"}, m.started)
	require.True(t, m.purged)
	m.down = errors.New("the engine is away")
	require.ErrorContains(t, m.run(t, "Dispatch", activities.DispatchInput{}), "the engine is away")
}
