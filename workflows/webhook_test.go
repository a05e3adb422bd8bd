package workflows_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"

	"safelight/activities"
	"safelight/worker"
	"safelight/workflows"
)

var delivery = activities.DeliverInput{DeliveryID: "0192f0c1-0000-7000-8000-0000000000dd"}

func newPost(t *testing.T) *testsuite.TestWorkflowEnvironment {
	t.Helper()
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(log.NewStructuredLogger(slog.New(slog.DiscardHandler)))
	env := suite.NewTestWorkflowEnvironment()
	var hooks *activities.Webhooks
	worker.RegisterWorkflows(env)
	worker.RegisterWebhooks(env, hooks)
	env.SetTestTimeout(30 * time.Second)
	t.Cleanup(func() { env.AssertExpectations(t) })
	return env
}

func TestADeliveryThatIsTakenAtTheThirdAttempt(t *testing.T) {
	t.Parallel()
	env := newPost(t)
	refused := temporal.NewApplicationError("no", activities.ErrTypeWebhookRefused)
	env.OnActivity("Deliver", mock.Anything, delivery).Return(refused).Twice()
	env.OnActivity("Deliver", mock.Anything, delivery).Return(nil).Once()
	env.ExecuteWorkflow(workflows.DeliverWebhookName, delivery)
	require.NoError(t, env.GetWorkflowError())
}

func TestADeliveryIsTriedForAboutADayAndThenGivenUp(t *testing.T) {
	t.Parallel()
	env := newPost(t)
	begun, attempts := env.Now(), 0
	env.OnActivity("Deliver", mock.Anything, delivery).Return(func(context.Context, activities.DeliverInput) error {
		attempts++
		return temporal.NewApplicationError("no", activities.ErrTypeWebhookRefused)
	})
	env.OnActivity("GiveUp", mock.Anything, delivery).Return(nil).Once()
	env.ExecuteWorkflow(workflows.DeliverWebhookName, delivery)
	require.Error(t, env.GetWorkflowError(), "it shows as failed in the Temporal UI")
	require.Equal(t, 14, attempts)
	took := env.Now().Sub(begun)
	require.Greater(t, took, 20*time.Hour)
	require.Less(t, took, workflows.DeliveryGoneAfter)
}

func TestADeliveryToNobodyIsGivenUpAtOnce(t *testing.T) {
	t.Parallel()
	env := newPost(t)
	env.OnActivity("Deliver", mock.Anything, delivery).
		Return(temporal.NewNonRetryableApplicationError("gone", activities.ErrTypeWebhookGone, nil)).Once()
	env.OnActivity("GiveUp", mock.Anything, delivery).Return(nil).Once()
	env.ExecuteWorkflow(workflows.DeliverWebhookName, delivery)
	require.Error(t, env.GetWorkflowError())
}

func TestACanceledDeliveryIsGivenUp(t *testing.T) {
	t.Parallel()
	env := newPost(t)
	env.OnActivity("Deliver", mock.Anything, delivery).
		Return(temporal.NewApplicationError("no", activities.ErrTypeWebhookRefused))
	env.OnActivity("GiveUp", mock.Anything, delivery).Return(nil).Once()
	env.RegisterDelayedCallback(env.CancelWorkflow, time.Minute)
	env.ExecuteWorkflow(workflows.DeliverWebhookName, delivery)
	require.True(t, temporal.IsCanceledError(env.GetWorkflowError()))
}

func TestDispatchWebhooks(t *testing.T) {
	t.Parallel()
	env := newPost(t)
	in := activities.DispatchInput{GoneAfter: time.Hour, Keep: time.Hour}
	env.OnActivity("Dispatch", mock.Anything, in).Return(3, nil).Once()
	env.ExecuteWorkflow(workflows.DispatchWebhooksName, in)
	var started int
	require.NoError(t, env.GetWorkflowResult(&started))
	require.Equal(t, 3, started)
}
