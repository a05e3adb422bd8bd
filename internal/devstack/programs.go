package devstack

import (
	"context"
	"fmt"
	"path/filepath"
	"sync"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	taskqueuepb "go.temporal.io/api/taskqueue/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"

	"safelight/internal/ready"
	"safelight/workflows"
)

// ownProgram is the path of one of Safelight's programs, which are built into
// one folder.
func ownProgram(bin, name string) (string, error) {
	path := filepath.Join(bin, name)
	if !executable(path) {
		return "", &MissingError{Program: path, Advice: `build it by "make build"`}
	}
	return path, nil
}

// apiPart is the HTTP API, ready when it says that its own parts are.
func apiPart(bin, url string, port int, environ []string) *Part {
	return &Part{
		Name: "api",
		Prepare: func(context.Context) (Command, error) {
			path, err := ownProgram(bin, "api")
			if err != nil {
				return Command{}, err
			}
			if err := waitPortFree(port, 5*time.Second); err != nil {
				return Command{}, fmt.Errorf("%w: choose another with --port", err)
			}
			return Command{Path: path, Env: environ}, nil
		},
		Ready:  func(ctx context.Context) error { return ready.Check(ctx, url) },
		Advice: "look at its log",
		Echo:   true,
	}
}

// workerPart is the worker, ready when Temporal has seen it ask for work on
// every task queue.
func workerPart(bin, temporalAddress, namespace string, environ []string) *Part {
	var mu sync.Mutex
	var started time.Time
	return &Part{
		Name: "worker",
		Prepare: func(context.Context) (Command, error) {
			path, err := ownProgram(bin, "worker")
			if err != nil {
				return Command{}, err
			}
			mu.Lock()
			defer mu.Unlock()
			started = time.Now()
			return Command{Path: path, Env: environ}, nil
		},
		Ready: func(ctx context.Context) error {
			mu.Lock()
			defer mu.Unlock()
			return checkPolled(ctx, temporalAddress, namespace, started)
		},
		Grace:  20 * time.Second,
		Advice: "look at its log",
		Echo:   true,
	}
}

// taskQueues are those that a whole worker polls.
var taskQueues = []string{workflows.QueueIO, workflows.QueueScan, workflows.QueueCPU}

// checkPolled fails unless somebody has asked for work on each task queue
// since the given time: Temporal remembers pollers for minutes after their end.
func checkPolled(ctx context.Context, address, namespace string, since time.Time) error {
	c, err := dialTemporal(ctx, address, namespace)
	if err != nil {
		return err
	}
	defer c.Close()
	for _, queue := range taskQueues {
		polled, err := polledSince(ctx, c, namespace, queue, since)
		if err != nil {
			return err
		}
		if !polled {
			return fmt.Errorf("no worker asks for work on task queue %s", queue)
		}
	}
	return nil
}

func polledSince(ctx context.Context, c client.Client, namespace, queue string, since time.Time) (bool, error) {
	res, err := c.WorkflowService().DescribeTaskQueue(ctx, &workflowservice.DescribeTaskQueueRequest{
		Namespace:     namespace,
		TaskQueue:     &taskqueuepb.TaskQueue{Name: queue, Kind: enumspb.TASK_QUEUE_KIND_NORMAL},
		TaskQueueType: enumspb.TASK_QUEUE_TYPE_ACTIVITY,
	})
	if err != nil {
		return false, fmt.Errorf("ask Temporal about task queue %s: %w", queue, err)
	}
	for _, p := range res.GetPollers() {
		if !p.GetLastAccessTime().AsTime().Before(since) {
			return true, nil
		}
	}
	return false, nil
}
