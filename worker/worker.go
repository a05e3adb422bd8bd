// Package worker registers workflows and activities with Temporal and says how
// many of each run at once. It holds no logic of the pipeline.
package worker

import (
	"errors"
	"fmt"
	"runtime"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	sdk "go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"safelight/activities"
	"safelight/workflows"
)

// Options say how much one process takes on. IO, Scan and CPU are numbers of
// steps at the same time; CPU 0 means one per core. Queues left out are not
// polled; Scan goes with IO.
type Options struct {
	IO, CPU    int
	Scan       int // at most what the scanner takes at once
	OnlyIO     bool
	OnlyCPU    bool
	StopWithin time.Duration // how long running steps may take to end
}

// Set is the workers of one process.
type Set struct {
	workers []sdk.Worker
}

// New registers everything on the queues of one process. It does not start.
func New(c client.Client, acts *activities.Activities, hooks *activities.Webhooks, o Options) (*Set, error) {
	if o.OnlyIO && o.OnlyCPU {
		return nil, errors.New("a worker must poll at least one queue")
	}
	if o.CPU <= 0 {
		o.CPU = runtime.NumCPU()
	}
	var set Set
	if !o.OnlyCPU {
		w := sdk.New(c, workflows.QueueIO, options(o.IO, o.StopWithin))
		RegisterWorkflows(w)
		RegisterIO(w, acts)
		RegisterWebhooks(w, hooks)
		// A scan that waits for the scanner must not keep other steps waiting: a
		// queue of its own lets it wait where nothing is held.
		scan := options(o.Scan, o.StopWithin)
		scan.DisableWorkflowWorker = true
		s := sdk.New(c, workflows.QueueScan, scan)
		s.RegisterActivityWithOptions(acts.Scan, named("Scan"))
		set.workers = append(set.workers, w, s)
	}
	if !o.OnlyIO {
		cpu := options(o.CPU, o.StopWithin)
		cpu.DisableWorkflowWorker = true
		cpu.MaxConcurrentActivityTaskPollers = min(o.CPU, 4)
		w := sdk.New(c, workflows.QueueCPU, cpu)
		w.RegisterActivityWithOptions(acts.Compress, named("Compress"))
		set.workers = append(set.workers, w)
	}
	return &set, nil
}

func options(concurrency int, stopWithin time.Duration) sdk.Options {
	return sdk.Options{
		MaxConcurrentActivityExecutionSize: concurrency,
		// A cancel travels back on a heartbeat: people wait for it.
		MaxHeartbeatThrottleInterval:     time.Second,
		DefaultHeartbeatThrottleInterval: time.Second,
		WorkerStopTimeout:                stopWithin,
	}
}

// workflowRegistry is what workers, test environments and replayers offer.
type workflowRegistry interface {
	RegisterWorkflowWithOptions(w any, options workflow.RegisterOptions)
}

// activityRegistry is what workers and test environments offer.
type activityRegistry interface {
	RegisterActivityWithOptions(a any, options activity.RegisterOptions)
}

// RegisterWorkflows registers every workflow under its wire name.
func RegisterWorkflows(r workflowRegistry) {
	r.RegisterWorkflowWithOptions(workflows.ProcessUpload, workflow.RegisterOptions{Name: workflows.ProcessUploadName})
	r.RegisterWorkflowWithOptions(workflows.Reconcile, workflow.RegisterOptions{Name: workflows.ReconcileName})
	r.RegisterWorkflowWithOptions(workflows.Sweep, workflow.RegisterOptions{Name: workflows.SweepName})
	r.RegisterWorkflowWithOptions(workflows.SweepFinal, workflow.RegisterOptions{Name: workflows.SweepFinalName})
	r.RegisterWorkflowWithOptions(workflows.DeliverWebhook, workflow.RegisterOptions{Name: workflows.DeliverWebhookName})
	r.RegisterWorkflowWithOptions(workflows.DispatchWebhooks, workflow.RegisterOptions{Name: workflows.DispatchWebhooksName})
	r.RegisterWorkflowWithOptions(workflows.PurgeQuarantine, workflow.RegisterOptions{Name: workflows.PurgeQuarantineName})
	r.RegisterWorkflowWithOptions(workflows.CheckIntegrity, workflow.RegisterOptions{Name: workflows.CheckIntegrityName})
}

// RegisterIO registers every activity of the queue for I/O.
func RegisterIO(r activityRegistry, acts *activities.Activities) {
	for name, fn := range map[string]any{
		"Dedup": acts.Dedup, "AwaitClaim": acts.AwaitClaim, "Move": acts.Move,
		"CreateVersion": acts.CreateVersion, "Notify": acts.Notify, "Stall": acts.Stall,
		"DiscardStaged": acts.DiscardStaged, "DiscardBlob": acts.DiscardBlob, "Quarantine": acts.Quarantine,
		"RestartUploads": acts.RestartUploads, "SweepReceiving": acts.SweepReceiving, "SweepTmp": acts.SweepTmp, "SweepFinal": acts.SweepFinal,
		"PurgeTrash": acts.PurgeTrash, "CollectBlobs": acts.CollectBlobs, "PurgeQuarantine": acts.PurgeQuarantine,
		"BeginCheck": acts.BeginCheck, "Check": acts.Check, "EndCheck": acts.EndCheck,
	} {
		r.RegisterActivityWithOptions(fn, named(name))
	}
}

// RegisterWebhooks registers the delivery of events. Activities are named by
// their methods, as the workflows call them.
func RegisterWebhooks(r activityRegistry, hooks *activities.Webhooks) {
	for name, fn := range map[string]any{"Deliver": hooks.Deliver, "GiveUp": hooks.GiveUp, "Dispatch": hooks.Dispatch} {
		r.RegisterActivityWithOptions(fn, named(name))
	}
}

func named(name string) activity.RegisterOptions { return activity.RegisterOptions{Name: name} }

// Start starts polling. Stop must be called after a success.
func (s *Set) Start() error {
	for i, w := range s.workers {
		if err := w.Start(); err != nil {
			for _, started := range s.workers[:i] {
				started.Stop()
			}
			return fmt.Errorf("start worker: %w", err)
		}
	}
	return nil
}

// Stop stops polling and gives running steps their time to end.
func (s *Set) Stop() {
	for _, w := range s.workers {
		w.Stop()
	}
}
