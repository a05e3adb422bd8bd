package workflows

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"safelight/activities"
	"safelight/models"
)

// CheckIntegrity and PurgeQuarantine: names and schedules. Wire format.
const (
	CheckIntegrityName      = "CheckIntegrity"
	CheckIntegritySchedule  = "safelight-integrity"
	PurgeQuarantineName     = "PurgeQuarantine"
	PurgeQuarantineSchedule = "safelight-purge-quarantine"
)

// checkPages is after how many pages a check goes on as a new run, so that a
// history stays short however many objects there are.
const checkPages = 50

// IntegrityInput says what to check, and where a run goes on that another one
// has begun. ReportID is empty where no person has started the check: the
// report is made by the first step then.
type IntegrityInput struct {
	ReportID string        `json:"reportId,omitempty"`
	Repair   bool          `json:"repair"`
	Grace    time.Duration `json:"grace"` // how old an object must be to be missed by nobody

	Phase  activities.IntegrityPhase `json:"phase,omitempty"`
	Cursor string                    `json:"cursor,omitempty"`
	Counts models.IntegrityCounts    `json:"counts"`
}

// phases are the parts of a check, in their order.
func (in IntegrityInput) phases() []activities.IntegrityPhase {
	all := []activities.IntegrityPhase{
		activities.PhaseFinal, activities.PhaseBlobs, activities.PhaseTmp,
		activities.PhaseQuarantine, activities.PhaseQuarantineRows,
	}
	if in.Repair {
		all = append(all, activities.PhaseRepair)
	}
	return all
}

// IntegrityWorkflowID is the id of the workflow of a check that a person has started.
func IntegrityWorkflowID(reportID string) string { return "integrity-" + reportID }

// CheckIntegrity compares rows, objects and hashes both ways, page by page, and
// repairs what it finds where that is asked for. What ends it early, a cancel
// too, ends its report as failed.
func CheckIntegrity(ctx workflow.Context, in IntegrityInput) (models.IntegrityCounts, error) {
	if in.ReportID == "" {
		if err := beginCheck(ctx, &in); err != nil {
			return in.Counts, err
		}
	}
	err := checkPhases(ctx, &in)
	if workflow.IsContinueAsNewError(err) {
		return in.Counts, err
	}
	state := models.ReportDone
	if err != nil {
		state = models.ReportFailed
	}
	last, release := workflow.NewDisconnectedContext(ctx)
	defer release()
	ended := workflow.ExecuteActivity(withRecord(last, "record that the check is "+string(state)), acts.EndCheck,
		activities.EndCheckInput{ReportID: in.ReportID, State: state, Counts: in.Counts}).Get(last, nil)
	if err == nil && ended != nil {
		err = fmt.Errorf("record the end: %w", ended)
	}
	return in.Counts, err
}

// beginCheck makes the report of a scheduled check, under an id that the
// history keeps: begun twice is begun once.
func beginCheck(ctx workflow.Context, in *IntegrityInput) error {
	run := workflow.GetInfo(ctx).WorkflowExecution
	var id string
	if err := workflow.SideEffect(ctx, func(workflow.Context) any { return newReportID() }).Get(&id); err != nil {
		return fmt.Errorf("make an id: %w", err)
	}
	var err error
	in.ReportID, err = call(withRows(ctx, checkRetryFor, "begin a report"), acts.BeginCheck,
		activities.BeginCheckInput{ReportID: id, Run: run.ID + "/" + run.RunID, Repair: in.Repair})
	return err
}

// checkPhases goes on from in's phase and cursor, and keeps them in in.
func checkPhases(ctx workflow.Context, in *IntegrityInput) error {
	pages := 0
	for _, phase := range in.phases() {
		if in.Phase != "" && in.Phase != phase {
			continue // done by a run before
		}
		in.Phase = phase
		for {
			if pages++; pages > checkPages || workflow.GetInfo(ctx).GetContinueAsNewSuggested() {
				return workflow.NewContinueAsNewError(ctx, CheckIntegrityName, *in) //nolint:wrapcheck // the engine knows it by its type
			}
			page, err := call(withCheck(ctx, string(phase)), acts.Check, activities.CheckInput{
				ReportID: in.ReportID, Phase: phase, Cursor: in.Cursor, Grace: in.Grace,
			})
			if err != nil {
				return err
			}
			in.Counts, in.Cursor = in.Counts.Add(page.Counts), page.Next
			if page.Next == "" {
				break
			}
		}
		in.Phase = ""
	}
	return nil
}

// checkRetryFor is for how long a step of a check is tried again.
const checkRetryFor = 15 * time.Minute

// withCheck is for one page: at most a thousand look-ups, or some fifty objects
// read to their end. Its heartbeat finds a worker that died; what is down is
// tried again for a quarter of an hour by its backoffs.
func withCheck(ctx workflow.Context, summary string) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		TaskQueue:              QueueIO,
		StartToCloseTimeout:    30 * time.Minute,
		ScheduleToCloseTimeout: queueAllowance,
		HeartbeatTimeout:       heartbeatEvery,
		RetryPolicy: &temporal.RetryPolicy{
			InitialInterval: time.Second, BackoffCoefficient: backoff, MaximumInterval: time.Minute, MaximumAttempts: 20,
		},
		WaitForCancellation: true, // no page may write after the end is recorded
		Summary:             summary,
	})
}

// PurgeQuarantine ends what has been locked up for long enough and removes what
// nobody needs any more. It runs by a schedule.
func PurgeQuarantine(ctx workflow.Context, in activities.PurgeQuarantineInput) (removed int, err error) {
	return call(withHousekeeping(ctx, "what is locked up too long"), acts.PurgeQuarantine, in)
}
