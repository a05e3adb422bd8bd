package workflows

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"safelight/activities"
	"safelight/models"
)

// Names of the delivery of webhooks. Wire format, never renamed.
const (
	DeliverWebhookName       = "DeliverWebhook"
	DispatchWebhooksName     = "DispatchWebhooks"
	DispatchWebhooksSchedule = "safelight-webhooks"
)

// DeliveryGoneAfter is when a delivery that was started and has not ended must
// have lost its workflow: longer than all its attempts take.
const DeliveryGoneAfter = 48 * time.Hour

// hooks names activities by their methods; it is never called.
var hooks *activities.Webhooks

// DeliverWebhook sends one event to one receiver and tries for about a day.
func DeliverWebhook(ctx workflow.Context, in activities.DeliverInput) error {
	err := workflow.ExecuteActivity(withDelivery(ctx), hooks.Deliver, in).Get(ctx, nil)
	if err == nil {
		return nil
	}
	ctx, _ = workflow.NewDisconnectedContext(ctx) // one that was canceled is given up too
	giveUp := workflow.ExecuteActivity(withRecord(ctx, "give the delivery up"), hooks.GiveUp, in).Get(ctx, nil)
	if giveUp != nil {
		workflow.GetLogger(ctx).Error("delivery could not be given up", "delivery", in.DeliveryID, "error", giveUp)
	}
	return err
}

// DispatchWebhooks starts deliveries that a worker did not start at once. It
// runs by a schedule.
func DispatchWebhooks(ctx workflow.Context, in activities.DispatchInput) (started int, err error) {
	return call(withHousekeeping(ctx, "deliveries without a workflow"), hooks.Dispatch, in)
}

// withDelivery: 14 attempts with growing pauses come to about a day: 5 s, 15 s,
// 45 s, 2 min, 7 min, 20 min, 1 h, 3 h and then 4 h each.
func withDelivery(ctx workflow.Context) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		TaskQueue:              QueueIO,
		StartToCloseTimeout:    time.Minute,
		ScheduleToCloseTimeout: DeliveryGoneAfter - time.Hour,
		RetryPolicy: &temporal.RetryPolicy{
			InitialInterval: 5 * time.Second, BackoffCoefficient: 3, MaximumInterval: 4 * time.Hour, MaximumAttempts: 14,
			NonRetryableErrorTypes: []string{activities.ErrTypeWebhookGone},
		},
		Summary: "send to the receiver",
	})
}

// StartDelivery implements activities.DeliveryStarter.
func (s Starter) StartDelivery(ctx context.Context, d models.Delivery) error {
	options := client.StartWorkflowOptions{
		ID: d.WorkflowID(), TaskQueue: QueueIO,
		WorkflowIDReusePolicy:                    enums.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE_FAILED_ONLY,
		WorkflowIDConflictPolicy:                 enums.WORKFLOW_ID_CONFLICT_POLICY_FAIL,
		WorkflowExecutionErrorWhenAlreadyStarted: true,
		StaticSummary:                            fmt.Sprintf("%s to webhook %s", d.Event, d.WebhookID),
	}
	_, err := s.Client.ExecuteWorkflow(ctx, options, DeliverWebhookName, activities.DeliverInput{DeliveryID: d.ID})
	var running *serviceerror.WorkflowExecutionAlreadyStarted
	if err != nil && !errors.As(err, &running) {
		return fmt.Errorf("start workflow %s: %w", d.WorkflowID(), err)
	}
	return nil
}
