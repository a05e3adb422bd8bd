package workflows_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"

	"safelight/activities"
	"safelight/models"
	"safelight/worker"
	"safelight/workflows"
)

const reportID = "0192f0c1-0000-7000-8000-0000000000cc"

// checks is a test environment for integrity checks, with the pages asked for.
type checks struct {
	*testsuite.TestWorkflowEnvironment
	asked []string
	ended []activities.EndCheckInput
}

func newChecks(t *testing.T, page func(context.Context, activities.CheckInput) (activities.CheckResult, error)) *checks {
	t.Helper()
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(log.NewStructuredLogger(slog.New(slog.DiscardHandler)))
	c := &checks{TestWorkflowEnvironment: suite.NewTestWorkflowEnvironment()}
	var acts *activities.Activities
	worker.RegisterWorkflows(c)
	worker.RegisterIO(c, acts)
	c.SetTestTimeout(30 * time.Second)
	c.OnActivity("Check", mock.Anything, mock.Anything).Return(func(ctx context.Context, in activities.CheckInput) (activities.CheckResult, error) {
		c.asked = append(c.asked, fmt.Sprintf("%s %s", in.Phase, in.Cursor))
		if in.ReportID != reportID || in.Grace != time.Hour {
			return activities.CheckResult{}, temporal.NewNonRetryableApplicationError("other input", "test", nil)
		}
		return page(ctx, in)
	}).Maybe()
	c.OnActivity("EndCheck", mock.Anything, mock.Anything).Return(func(_ context.Context, in activities.EndCheckInput) error {
		c.ended = append(c.ended, in)
		return nil
	}).Maybe()
	return c
}

// twoPages gives every phase a second page.
func twoPages(_ context.Context, in activities.CheckInput) (activities.CheckResult, error) {
	res := activities.CheckResult{Counts: models.IntegrityCounts{Objects: 1, Rows: 2, HashedBytes: 3}}
	if in.Cursor == "" {
		res.Next = "more"
	}
	return res, nil
}

func checkInput(repair bool) workflows.IntegrityInput {
	return workflows.IntegrityInput{ReportID: reportID, Repair: repair, Grace: time.Hour}
}

func TestCheckIntegrityGoesThroughAllPages(t *testing.T) {
	t.Parallel()
	for _, repair := range []bool{false, true} {
		c := newChecks(t, twoPages)
		c.ExecuteWorkflow(workflows.CheckIntegrityName, checkInput(repair))
		require.NoError(t, c.GetWorkflowError())
		want := []string{
			"final ", "final more", "blobs ", "blobs more", "tmp ", "tmp more",
			"quarantine ", "quarantine more", "quarantine-rows ", "quarantine-rows more",
		}
		if repair {
			want = append(want, "repair ", "repair more")
		}
		require.Equal(t, want, c.asked)
		n := int64(len(want))
		require.Equal(t, []activities.EndCheckInput{{
			ReportID: reportID, State: models.ReportDone, Counts: models.IntegrityCounts{Objects: n, Rows: 2 * n, HashedBytes: 3 * n},
		}}, c.ended)
	}
}

func TestAScheduledCheckBeginsItsReport(t *testing.T) {
	t.Parallel()
	c := newChecks(t, twoPages)
	c.OnActivity("BeginCheck", mock.Anything, mock.MatchedBy(func(in activities.BeginCheckInput) bool {
		return len(in.ReportID) == 36 && in.Run == "default-test-workflow-id/default-test-run-id" && in.Repair
	})).Return(reportID, nil).Once()
	in := checkInput(true)
	in.ReportID = ""
	c.ExecuteWorkflow(workflows.CheckIntegrityName, in)
	require.NoError(t, c.GetWorkflowError())
	require.Len(t, c.asked, 12)
	require.Equal(t, models.ReportDone, c.ended[0].State)
	c.AssertExpectations(t)
}

func TestACheckBesideAnotherDoesNothing(t *testing.T) {
	t.Parallel()
	c := newChecks(t, twoPages)
	c.OnActivity("BeginCheck", mock.Anything, mock.Anything).
		Return("", temporal.NewNonRetryableApplicationError("Another check is under way.", "CheckRunning", nil)).Once()
	c.ExecuteWorkflow(workflows.CheckIntegrityName, workflows.IntegrityInput{Grace: time.Hour})
	var failed *temporal.ApplicationError
	require.ErrorAs(t, c.GetWorkflowError(), &failed)
	require.Equal(t, "CheckRunning", failed.Type())
	require.Empty(t, c.asked)
	require.Empty(t, c.ended)
}

// However many pages there are, no history grows long: every run takes some and
// hands on where it is.
func TestALongCheckGoesOnAsANewRun(t *testing.T) {
	t.Parallel()
	const pages = 120 // of the second phase
	at := 0
	page := func(_ context.Context, in activities.CheckInput) (activities.CheckResult, error) {
		res := activities.CheckResult{Counts: models.IntegrityCounts{Objects: 1}}
		if in.Phase == activities.PhaseBlobs {
			if at++; at < pages {
				res.Next = fmt.Sprint(at)
			}
		}
		return res, nil
	}
	var asked []string
	in, runs := checkInput(true), 0
	for {
		c := newChecks(t, page)
		c.ExecuteWorkflow(workflows.CheckIntegrityName, in)
		asked, runs = append(asked, c.asked...), runs+1
		require.LessOrEqual(t, len(c.asked), 50)
		var next *workflow.ContinueAsNewError
		if !errors.As(c.GetWorkflowError(), &next) {
			require.NoError(t, c.GetWorkflowError())
			require.Equal(t, int64(len(asked)), c.ended[0].Counts.Objects, "counts are handed on")
			break
		}
		require.Empty(t, c.ended)
		in = workflows.IntegrityInput{}
		require.NoError(t, converter.GetDefaultDataConverter().FromPayloads(next.Input, &in))
	}
	require.Equal(t, 3, runs)
	require.Len(t, asked, pages+5)
	seen := map[string]bool{}
	for _, a := range asked {
		require.False(t, seen[a], "%s twice", a)
		seen[a] = true
	}
	require.Equal(t, "repair ", asked[len(asked)-1])
}

func TestAPageIsRetried(t *testing.T) {
	t.Parallel()
	failures := 5
	c := newChecks(t, func(context.Context, activities.CheckInput) (activities.CheckResult, error) {
		if failures--; failures >= 0 {
			return activities.CheckResult{}, temporal.NewApplicationError("down", activities.ErrTypeStorage)
		}
		return activities.CheckResult{}, nil
	})
	c.ExecuteWorkflow(workflows.CheckIntegrityName, checkInput(false))
	require.NoError(t, c.GetWorkflowError())
	require.Equal(t, models.ReportDone, c.ended[0].State)
}

func TestACheckThatFailsSaysSo(t *testing.T) {
	t.Parallel()
	c := newChecks(t, func(_ context.Context, in activities.CheckInput) (activities.CheckResult, error) {
		if in.Phase == activities.PhaseTmp {
			return activities.CheckResult{}, temporal.NewApplicationError("down", activities.ErrTypeStorage)
		}
		return activities.CheckResult{Counts: models.IntegrityCounts{Objects: 7}}, nil
	})
	c.ExecuteWorkflow(workflows.CheckIntegrityName, checkInput(false))
	require.Error(t, c.GetWorkflowError())
	require.Equal(t, []activities.EndCheckInput{{ReportID: reportID, State: models.ReportFailed, Counts: models.IntegrityCounts{Objects: 14}}}, c.ended)
	require.Len(t, c.asked, 2+20)
}

func TestACancelledCheckEndsItsReport(t *testing.T) {
	t.Parallel()
	var c *checks
	c = newChecks(t, func(ctx context.Context, _ activities.CheckInput) (activities.CheckResult, error) {
		return activities.CheckResult{}, untilCanceled(ctx, func() { c.CancelWorkflow() })
	})
	c.ExecuteWorkflow(workflows.CheckIntegrityName, checkInput(true))
	var canceled *temporal.CanceledError
	require.ErrorAs(t, c.GetWorkflowError(), &canceled)
	require.Len(t, c.ended, 1)
	require.Equal(t, models.ReportFailed, c.ended[0].State)
}

func TestPurgeQuarantine(t *testing.T) {
	t.Parallel()
	c := newChecks(t, nil)
	in := activities.PurgeQuarantineInput{Retention: 30 * 24 * time.Hour}
	c.OnActivity("PurgeQuarantine", mock.Anything, in).Return(0, errors.New("down")).Once()
	c.OnActivity("PurgeQuarantine", mock.Anything, in).Return(4, nil).Once()
	c.ExecuteWorkflow(workflows.PurgeQuarantineName, in)
	require.NoError(t, c.GetWorkflowError())
	var removed int
	require.NoError(t, c.GetWorkflowResult(&removed))
	require.Equal(t, 4, removed)
	c.AssertExpectations(t)
}
