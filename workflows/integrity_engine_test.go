//go:build integration

package workflows_test

import (
	"context"
	"log/slog"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	sdk "go.temporal.io/sdk/worker"

	"safelight/activities"
	"safelight/internal/testkit"
	"safelight/models"
	"safelight/worker"
	"safelight/workflows"
)

// scriptedCheck stands in for the steps of a check: its first phase has so
// many pages.
type scriptedCheck struct {
	pages int

	mu    sync.Mutex
	asked int
	ended []activities.EndCheckInput
}

func (s *scriptedCheck) check(_ context.Context, in activities.CheckInput) (activities.CheckResult, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked++
	res := activities.CheckResult{Counts: models.IntegrityCounts{Objects: 1}}
	if at, _ := strconv.Atoi(in.Cursor); in.Phase == activities.PhaseFinal && at+1 < s.pages {
		res.Next = strconv.Itoa(at + 1)
	}
	return res, nil
}

func (s *scriptedCheck) register(w sdk.Worker) {
	worker.RegisterWorkflows(w)
	for name, do := range map[string]any{
		"Check":      s.check,
		"BeginCheck": func(_ context.Context, in activities.BeginCheckInput) (string, error) { return in.ReportID, nil },
		"EndCheck": func(_ context.Context, in activities.EndCheckInput) error {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.ended = append(s.ended, in)
			return nil
		},
		"PurgeQuarantine": func(context.Context, activities.PurgeQuarantineInput) (int, error) { return 3, nil },
	} {
		w.RegisterActivityWithOptions(do, activity.RegisterOptions{Name: name})
	}
}

// The queue names are fixed, so these tests run one after the other.
func TestChecksOnTheEngine(t *testing.T) {
	c, err := worker.Dial(worker.Frontend{Address: testkit.TemporalAddress(t), Namespace: "default"}, t.Name(), slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	t.Cleanup(c.Close)
	housekeeping := worker.Housekeeping{ReconcileEvery: 24 * time.Hour, SweepEvery: 24 * time.Hour, IntegrityEvery: 24 * time.Hour}
	for range 2 { // as every worker does at every start
		require.NoError(t, worker.Prepare(t.Context(), c, "default", housekeeping))
	}
	for id, name := range map[string]string{
		workflows.CheckIntegritySchedule: workflows.CheckIntegrityName, workflows.PurgeQuarantineSchedule: workflows.PurgeQuarantineName,
	} {
		desc, err := c.ScheduleClient().GetHandle(t.Context(), id).Describe(t.Context())
		require.NoError(t, err, id)
		action, ok := desc.Schedule.Action.(*client.ScheduleWorkflowAction)
		require.True(t, ok)
		require.Equal(t, name, action.Workflow)
	}

	for name, tc := range map[string]struct {
		in    workflows.IntegrityInput
		pages int
		asked int
	}{
		"integrity-scheduled": {workflows.IntegrityInput{Grace: time.Hour}, 2, 6},
		"integrity-repaired":  {workflows.IntegrityInput{ReportID: reportID, Repair: true, Grace: time.Hour}, 1, 6},
		"integrity-continued": {workflows.IntegrityInput{ReportID: reportID, Repair: true, Grace: time.Hour}, 60, 65},
	} {
		t.Run(name, func(t *testing.T) {
			s := &scriptedCheck{pages: tc.pages}
			w := sdk.New(c, workflows.QueueIO, sdk.Options{})
			s.register(w)
			require.NoError(t, w.Start())
			defer w.Stop()
			run, err := c.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{
				ID: name + "-" + uuid.NewString(), TaskQueue: workflows.QueueIO,
			}, workflows.CheckIntegrityName, tc.in)
			require.NoError(t, err)
			first := run.GetRunID()
			var counts models.IntegrityCounts
			require.NoError(t, run.Get(t.Context(), &counts))
			require.Equal(t, tc.asked, s.asked, "no page twice and none left out")
			require.Equal(t, int64(tc.asked), counts.Objects)
			require.Len(t, s.ended, 1)
			require.Equal(t, models.ReportDone, s.ended[0].State)
			require.Equal(t, counts, s.ended[0].Counts)
			if tc.in.ReportID != "" {
				require.Equal(t, tc.in.ReportID, s.ended[0].ReportID)
			} else {
				require.NoError(t, uuid.Validate(s.ended[0].ReportID))
			}
			record(t, c, run.GetID(), name)
			if tc.pages > 50 {
				recordRun(t, c, run.GetID(), first, name+"-first")
			}
		})
	}
	t.Run("quarantine-purged", func(t *testing.T) {
		s := &scriptedCheck{}
		w := sdk.New(c, workflows.QueueIO, sdk.Options{})
		s.register(w)
		require.NoError(t, w.Start())
		defer w.Stop()
		run, err := c.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{ID: "purge-" + uuid.NewString(), TaskQueue: workflows.QueueIO},
			workflows.PurgeQuarantineName, activities.PurgeQuarantineInput{Retention: time.Hour})
		require.NoError(t, err)
		var removed int
		require.NoError(t, run.Get(t.Context(), &removed))
		require.Equal(t, 3, removed)
		record(t, c, run.GetID(), "quarantine-purged")
	})

	// A check that a person starts: twice is once.
	t.Run("started", func(t *testing.T) {
		s := &scriptedCheck{pages: 1}
		w := sdk.New(c, workflows.QueueIO, sdk.Options{})
		s.register(w)
		require.NoError(t, w.Start())
		defer w.Stop()
		starter, id := workflows.Starter{Client: c, Options: workflows.Options{Grace: time.Hour}}, uuid.NewString()
		require.NoError(t, starter.StartIntegrity(t.Context(), id, false))
		require.NoError(t, c.GetWorkflow(t.Context(), workflows.IntegrityWorkflowID(id), "").Get(t.Context(), nil))
		require.NoError(t, starter.StartIntegrity(t.Context(), id, false))
		require.NoError(t, c.GetWorkflow(t.Context(), workflows.IntegrityWorkflowID(id), "").Get(t.Context(), nil))
		require.Equal(t, 5, s.asked, "a report has one run")
	})
}
