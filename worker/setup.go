package worker

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"safelight/activities"
	"safelight/workflows"
)

// Housekeeping says how often and for what age the schedules clean up.
type Housekeeping struct {
	ReconcileEvery time.Duration
	Restart        activities.RestartInput
	SweepEvery     time.Duration
	Sweep          activities.SweepInput
	Dispatch       activities.DispatchInput
	Quarantine     activities.PurgeQuarantineInput
	IntegrityEvery time.Duration // 0: only when somebody asks for it
	Integrity      workflows.IntegrityInput
}

// Prepare makes what the workflows rely on in a namespace: search attributes
// and schedules. It may be called by every worker at every start.
func Prepare(ctx context.Context, c client.Client, namespace string, h Housekeeping) error {
	if err := ensureSearchAttributes(ctx, c, namespace); err != nil {
		return err
	}
	if err := ensureSchedule(ctx, c, workflows.ReconcileSchedule, h.ReconcileEvery, workflows.ReconcileName, h.Restart); err != nil {
		return err
	}
	if err := ensureSchedule(ctx, c, workflows.SweepSchedule, h.SweepEvery, workflows.SweepName, h.Sweep); err != nil {
		return err
	}
	if err := ensureSchedule(ctx, c, workflows.DispatchWebhooksSchedule, h.ReconcileEvery, workflows.DispatchWebhooksName, h.Dispatch); err != nil {
		return err
	}
	if err := ensureSchedule(ctx, c, workflows.SweepFinalSchedule, 24*time.Hour, workflows.SweepFinalName, h.Sweep); err != nil {
		return err
	}
	if err := ensureSchedule(ctx, c, workflows.PurgeQuarantineSchedule, h.SweepEvery, workflows.PurgeQuarantineName, h.Quarantine); err != nil {
		return err
	}
	if h.IntegrityEvery == 0 {
		return nil
	}
	return ensureSchedule(ctx, c, workflows.CheckIntegritySchedule, h.IntegrityEvery, workflows.CheckIntegrityName, h.Integrity)
}

// ensureSearchAttributes adds the missing ones. Temporal Cloud does not let
// programs do that; there they are made by hand once, and all are found here.
func ensureSearchAttributes(ctx context.Context, c client.Client, namespace string) error {
	have, err := c.OperatorService().ListSearchAttributes(ctx, &operatorservice.ListSearchAttributesRequest{Namespace: namespace})
	if err != nil {
		return fmt.Errorf("list search attributes: %w", err)
	}
	missing := map[string]enums.IndexedValueType{}
	for _, name := range workflows.SearchAttributes() {
		if _, ok := have.GetCustomAttributes()[name]; !ok {
			missing[name] = enums.INDEXED_VALUE_TYPE_KEYWORD
		}
	}
	if len(missing) == 0 {
		return nil
	}
	_, err = c.OperatorService().AddSearchAttributes(ctx, &operatorservice.AddSearchAttributesRequest{
		Namespace: namespace, SearchAttributes: missing,
	})
	var exists *serviceerror.AlreadyExists
	if err != nil && !errors.As(err, &exists) { // another worker was quicker
		return fmt.Errorf("add search attributes: %w", err)
	}
	return nil
}

// ensureSchedule creates a schedule or brings an existing one up to date. A
// schedule that an operator has paused stays paused.
func ensureSchedule(ctx context.Context, c client.Client, id string, every time.Duration, workflowName string, input any) error {
	spec := client.ScheduleSpec{Intervals: []client.ScheduleIntervalSpec{{Every: every}}}
	action := &client.ScheduleWorkflowAction{
		ID: id, Workflow: workflowName, TaskQueue: workflows.QueueIO, Args: []any{input},
		WorkflowRunTimeout: 2 * time.Hour,
	}
	_, err := c.ScheduleClient().Create(ctx, client.ScheduleOptions{
		ID: id, Spec: spec, Action: action, Overlap: enums.SCHEDULE_OVERLAP_POLICY_SKIP,
	})
	if err == nil {
		return nil
	}
	if !errors.Is(err, temporal.ErrScheduleAlreadyRunning) {
		return fmt.Errorf("create schedule %s: %w", id, err)
	}
	err = c.ScheduleClient().GetHandle(ctx, id).Update(ctx, client.ScheduleUpdateOptions{
		DoUpdate: func(in client.ScheduleUpdateInput) (*client.ScheduleUpdate, error) {
			s := in.Description.Schedule
			s.Spec, s.Action = &spec, action
			return &client.ScheduleUpdate{Schedule: &s}, nil
		},
	})
	if err != nil {
		return fmt.Errorf("update schedule %s: %w", id, err)
	}
	return nil
}
