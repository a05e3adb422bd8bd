package workflows

import (
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"safelight/activities"
)

// SweepName is the workflow that removes what nobody comes back for.
const (
	SweepName     = "Sweep"
	SweepSchedule = "safelight-sweep"
)

// Reconcile starts the workflows of accepted uploads that have none. It runs
// by a schedule, every minute or so; one round that fails is made up by the next.
func Reconcile(ctx workflow.Context, in activities.RestartInput) (started int, err error) {
	return call(withHousekeeping(ctx, "start what has no workflow"), acts.RestartUploads, in)
}

// SweepResult counts what a sweep removed.
type SweepResult struct {
	Receiving int `json:"receiving"`
	Tmp       int `json:"tmp"`
	Trash     int `json:"trash"`
	Blobs     int `json:"blobs"`
}

// Sweep removes uploads that were never fully received, leftovers in tmp, old
// trash and stored content that nothing refers to. It runs by a schedule.
func Sweep(ctx workflow.Context, in activities.SweepInput) (res SweepResult, err error) {
	if res.Receiving, err = call(withHousekeeping(ctx, "uploads never received"), acts.SweepReceiving, in); err != nil {
		return res, err
	}
	if res.Tmp, err = call(withHousekeeping(ctx, "leftovers in tmp"), acts.SweepTmp, in); err != nil {
		return res, err
	}
	if res.Trash, err = call(withHousekeeping(ctx, "old trash"), acts.PurgeTrash, in); err != nil {
		return res, err
	}
	res.Blobs, err = call(withHousekeeping(ctx, "unreferenced blobs"), acts.CollectBlobs, in)
	return res, err
}

// SweepFinalName is the workflow that looks through the whole final bucket.
const (
	SweepFinalName     = "SweepFinal"
	SweepFinalSchedule = "safelight-sweep-final"
)

// SweepFinal removes objects that belong to no blob. It runs by a schedule,
// once a day, since it lists every object.
func SweepFinal(ctx workflow.Context, in activities.SweepInput) (removed int, err error) {
	return call(withHousekeeping(ctx, "objects without a blob"), acts.SweepFinal, in)
}

// withHousekeeping is for rounds that a schedule repeats anyway.
func withHousekeeping(ctx workflow.Context, summary string) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		TaskQueue:              QueueIO,
		StartToCloseTimeout:    30 * time.Minute,
		ScheduleToCloseTimeout: time.Hour,
		HeartbeatTimeout:       heartbeatEvery,
		RetryPolicy:            &temporal.RetryPolicy{InitialInterval: time.Second, BackoffCoefficient: 2, MaximumAttempts: 3},
		Summary:                summary,
	})
}
