package worker

import (
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/taskqueue/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"

	"safelight/workflows"
)

// Frontend is the Temporal server that clients speak with.
type Frontend struct {
	Address   string // host:port
	Namespace string
	APIKey    string      // of Temporal Cloud; empty: none
	TLS       *tls.Config // nil: in the open
}

// Dial connects to Temporal. The connection is made lazily, so that a process
// may start before the engine does. change may set further options.
func Dial(f Frontend, identity string, logger *slog.Logger, change ...func(*client.Options)) (client.Client, error) {
	options := f.options(identity, logger)
	for _, c := range change {
		c(&options)
	}
	c, err := client.NewLazyClient(options)
	if err != nil {
		return nil, fmt.Errorf("temporal client for %s: %w", f.Address, err)
	}
	return c, nil
}

func (f Frontend) options(identity string, logger *slog.Logger) client.Options {
	o := client.Options{
		HostPort: f.Address, Namespace: f.Namespace, Identity: identity, Logger: log.NewStructuredLogger(logger),
		ConnectionOptions: client.ConnectionOptions{TLS: f.TLS},
	}
	if f.APIKey != "" {
		o.Credentials = client.NewAPIKeyStaticCredentials(f.APIKey)
	}
	return o
}

// CheckPolling fails unless a worker of that identity has asked for workflow
// tasks since the given time. Those are answered at once however busy the
// worker is, so that one that is well always asks for more.
func CheckPolling(ctx context.Context, c client.Client, namespace, identity string, since time.Time) error {
	res, err := c.WorkflowService().DescribeTaskQueue(ctx, &workflowservice.DescribeTaskQueueRequest{
		Namespace:     namespace,
		TaskQueue:     &taskqueue.TaskQueue{Name: workflows.QueueIO, Kind: enums.TASK_QUEUE_KIND_NORMAL},
		TaskQueueType: enums.TASK_QUEUE_TYPE_WORKFLOW,
	})
	if err != nil {
		return fmt.Errorf("ask Temporal about task queue %s: %w", workflows.QueueIO, err)
	}
	for _, p := range res.GetPollers() {
		if p.GetIdentity() == identity && !p.GetLastAccessTime().AsTime().Before(since) {
			return nil
		}
	}
	return fmt.Errorf("worker %s does not ask for work on task queue %s", identity, workflows.QueueIO)
}
