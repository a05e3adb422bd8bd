//go:build integration

package progress

import (
	"context"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"safelight/models"
	"safelight/workflows"
)

func TestTheBacklogIsWhatWaits(t *testing.T) {
	c, name := namedNamespace(t)
	q := Queues{Client: c, Namespace: name}
	wait := func(want int64) {
		t.Helper()
		require.Eventually(t, func() bool {
			got, err := q.Backlog(t.Context())
			if err != nil {
				return false // a new namespace takes a moment
			}
			require.Len(t, got, 4)
			require.Equal(t, workflows.QueueIO, got[0].Name)
			require.Equal(t, "workflow", got[0].Kind)
			return got[0].Backlog == want
		}, time.Minute, 100*time.Millisecond)
	}
	wait(0)
	for range 5 { // nobody polls
		_, err := c.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{ID: uuid.NewString(), TaskQueue: workflows.QueueIO}, workflows.ReconcileName)
		require.NoError(t, err)
	}
	wait(5)

	gone, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer cancel()
	away, err := client.NewLazyClient(client.Options{HostPort: "127.0.0.1:1"})
	require.NoError(t, err)
	t.Cleanup(away.Close)
	_, err = Queues{Client: away, Namespace: "default"}.Backlog(gone)
	require.ErrorIs(t, err, models.ErrUnavailable)
}
