//go:build integration

package workflows_test

import (
	"context"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"
	sdk "go.temporal.io/sdk/worker"

	"safelight/activities"
	"safelight/internal/testkit"
	"safelight/models"
	"safelight/worker"
	"safelight/workflows"
)

// The queue names are fixed, so these run one after the other, too.
func TestDeliveriesOnTheEngine(t *testing.T) {
	c, err := worker.Dial(worker.Frontend{Address: testkit.TemporalAddress(t), Namespace: "default"}, t.Name(), slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	t.Cleanup(c.Close)
	for name, answers := range map[string][]error{
		"webhook-delivered": {
			temporal.NewApplicationErrorWithOptions("later", activities.ErrTypeWebhookRefused, temporal.ApplicationErrorOptions{NextRetryDelay: 10 * time.Millisecond}), nil,
		},
		"webhook-given-up": {temporal.NewNonRetryableApplicationError("gone", activities.ErrTypeWebhookGone, nil)},
	} {
		t.Run(name, func(t *testing.T) {
			var attempts, given atomic.Int32
			w := sdk.New(c, workflows.QueueIO, sdk.Options{})
			worker.RegisterWorkflows(w)
			named := func(name string) activity.RegisterOptions { return activity.RegisterOptions{Name: name} }
			w.RegisterActivityWithOptions(func(context.Context, activities.DeliverInput) error {
				return answers[attempts.Add(1)-1]
			}, named("Deliver"))
			w.RegisterActivityWithOptions(func(context.Context, activities.DeliverInput) error {
				given.Add(1)
				return nil
			}, named("GiveUp"))
			require.NoError(t, w.Start())
			defer w.Stop()

			d := models.Delivery{ID: uuid.NewString(), WebhookID: uuid.NewString(), Event: "upload.done", Round: 2}
			starter := workflows.Starter{Client: c}
			require.NoError(t, starter.StartDelivery(t.Context(), d))
			require.NoError(t, starter.StartDelivery(t.Context(), d), "starting what runs is success")
			err := c.GetWorkflow(t.Context(), d.WorkflowID(), "").Get(t.Context(), nil)
			last := answers[len(answers)-1]
			require.Equal(t, last == nil, err == nil, "%v", err)
			require.EqualValues(t, len(answers), attempts.Load())
			require.Equal(t, last != nil, given.Load() == 1)
			record(t, c, d.WorkflowID(), name)
		})
	}
}
