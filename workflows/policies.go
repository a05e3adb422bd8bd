package workflows

import (
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"safelight/activities"
)

// How long a step may take and how it is tried again. Start-to-close bounds
// one attempt that is stuck, heartbeat notices a worker that died, and the
// number of attempts is what RetryFor comes to. Schedule-to-close counts the
// time in the queue too: with a backlog of hours nothing is wrong with an
// upload that waits, so it is only the last resort against a lost task.
const (
	scanTimeout     = 5 * time.Minute
	compressTimeout = 3 * time.Minute
	storageTimeout  = 5 * time.Minute
	rowsTimeout     = 30 * time.Second
	heartbeatEvery  = 10 * time.Second
	queueAllowance  = 24 * time.Hour

	firstRetry = 500 * time.Millisecond
	maxRetry   = 10 * time.Second
	backoff    = 2.0
)

// noRetry are the failures that the same step will meet again.
func noRetry() []string {
	return []string{activities.ErrTypeRejected, activities.ErrTypeGone, activities.ErrTypeFinished}
}

// attemptsWithin is how many attempts fit into d by their backoffs alone; at least one.
func attemptsWithin(d time.Duration) int32 {
	attempts, wait := int32(1), firstRetry
	for d >= wait {
		d -= wait
		attempts++
		wait = min(time.Duration(float64(wait)*backoff), maxRetry)
	}
	return attempts
}

func stepRetries(retryFor time.Duration) *temporal.RetryPolicy {
	return &temporal.RetryPolicy{
		InitialInterval: firstRetry, BackoffCoefficient: backoff, MaximumInterval: maxRetry,
		MaximumAttempts: attemptsWithin(retryFor), NonRetryableErrorTypes: noRetry(),
	}
}

func step(ctx workflow.Context, retryFor, timeout time.Duration, queue, summary string) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		TaskQueue:              queue,
		StartToCloseTimeout:    timeout,
		ScheduleToCloseTimeout: queueAllowance + retryFor,
		HeartbeatTimeout:       heartbeatEvery,
		RetryPolicy:            stepRetries(retryFor),
		// What a cancelled attempt still writes must be there before undo looks.
		WaitForCancellation: true,
		Summary:             summary,
	})
}

// withScan is for reading an object through the scanner.
func withScan(ctx workflow.Context, retryFor time.Duration) workflow.Context {
	return step(ctx, retryFor, scanTimeout, QueueScan, "scan for malware")
}

// withHash is for reading an object and claiming its content.
func withHash(ctx workflow.Context, retryFor time.Duration) workflow.Context {
	return step(ctx, retryFor, storageTimeout, QueueIO, "compare with what its owner has")
}

// withCompress is for decoding and encoding, on workers with cores to spare.
func withCompress(ctx workflow.Context, retryFor time.Duration) workflow.Context {
	return step(ctx, retryFor, compressTimeout, QueueCPU, "make full, preview and thumb")
}

// withStorage is for moving and locking up objects.
func withStorage(ctx workflow.Context, retryFor time.Duration, summary string) workflow.Context {
	return step(ctx, retryFor, storageTimeout, QueueIO, summary)
}

// withRows is for one transaction that may stall.
func withRows(ctx workflow.Context, retryFor time.Duration, summary string) workflow.Context {
	return step(ctx, retryFor, rowsTimeout, QueueIO, summary)
}

// withWait is for asking again and again for a claim that another upload
// holds: that one may itself wait for a person as long as it is allowed to.
func withWait(ctx workflow.Context, retryFor, stallFor time.Duration) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		TaskQueue:              QueueIO,
		StartToCloseTimeout:    rowsTimeout,
		ScheduleToCloseTimeout: 2 * (queueAllowance + retryFor + stallFor),
		RetryPolicy: &temporal.RetryPolicy{
			InitialInterval: 200 * time.Millisecond, BackoffCoefficient: 1.5, MaximumInterval: 15 * time.Second,
			NonRetryableErrorTypes: noRetry(),
		},
		WaitForCancellation: true,
		Summary:             "wait for another upload of the same picture",
	})
}

// withRecord is for writing down how an upload ended or that it waits: it is
// tried until it works, since a promise without an answer is a lost upload.
func withRecord(ctx workflow.Context, summary string) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		TaskQueue:           QueueIO,
		StartToCloseTimeout: rowsTimeout,
		RetryPolicy: &temporal.RetryPolicy{
			InitialInterval: firstRetry, BackoffCoefficient: backoff, MaximumInterval: time.Minute,
		},
		WaitForCancellation: true,
		Summary:             summary,
	})
}

// withUndo is for cleaning up: tried for a while, then left to the sweep.
func withUndo(ctx workflow.Context, summary string) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		TaskQueue:              QueueIO,
		StartToCloseTimeout:    time.Minute,
		ScheduleToCloseTimeout: queueAllowance,
		RetryPolicy: &temporal.RetryPolicy{
			InitialInterval: firstRetry, BackoffCoefficient: backoff, MaximumInterval: 30 * time.Second, MaximumAttempts: 10,
		},
		WaitForCancellation: true,
		Summary:             summary,
	})
}
