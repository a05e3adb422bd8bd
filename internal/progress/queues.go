package progress

import (
	"context"
	"fmt"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/taskqueue/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"

	"safelight/models"
	"safelight/workflows"
)

// Queues asks Temporal how much waits in the task queues.
type Queues struct {
	Client    client.Client
	Namespace string
}

// watchedQueues are the queues and the kinds of tasks that go through each.
var watchedQueues = []struct {
	name, kind string
	is         enums.TaskQueueType
}{
	{workflows.QueueIO, "workflow", enums.TASK_QUEUE_TYPE_WORKFLOW},
	{workflows.QueueIO, "activity", enums.TASK_QUEUE_TYPE_ACTIVITY},
	{workflows.QueueScan, "activity", enums.TASK_QUEUE_TYPE_ACTIVITY},
	{workflows.QueueCPU, "activity", enums.TASK_QUEUE_TYPE_ACTIVITY},
}

// Backlog describes every task queue. It fails where one of them cannot be told.
func (q Queues) Backlog(ctx context.Context) ([]models.QueueBacklog, error) {
	out := make([]models.QueueBacklog, 0, len(watchedQueues))
	for _, w := range watchedQueues {
		res, err := q.Client.WorkflowService().DescribeTaskQueue(ctx, &workflowservice.DescribeTaskQueueRequest{
			Namespace:     q.Namespace,
			TaskQueue:     &taskqueue.TaskQueue{Name: w.name, Kind: enums.TASK_QUEUE_KIND_NORMAL},
			TaskQueueType: w.is,
			ReportStats:   true,
		})
		if err != nil {
			return nil, fmt.Errorf("%w: describe task queue %s: %w", models.ErrUnavailable, w.name, err)
		}
		s := res.GetStats()
		out = append(out, models.QueueBacklog{
			Name: w.name, Kind: w.kind, Backlog: s.GetApproximateBacklogCount(), Age: s.GetApproximateBacklogAge().AsDuration(),
			AddRate: float64(s.GetTasksAddRate()), DispatchRate: float64(s.GetTasksDispatchRate()), Pollers: len(res.GetPollers()),
		})
	}
	return out, nil
}
