//go:build integration

package workflows_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
	sdk "go.temporal.io/sdk/worker"
	"google.golang.org/protobuf/encoding/protojson"

	"safelight/activities"
	"safelight/internal/testkit"
	"safelight/models"
	"safelight/worker"
	"safelight/workflows"
)

// scripted stands in for the steps, so that the order of things is tested on
// the real engine, and its histories can be recorded, without other services.
type scripted struct {
	verdict     activities.Verdict
	claims      []models.Claim // answers of Dedup and AwaitClaim in turn; the last one stays
	claimCalls  atomic.Int32
	outcome     models.Outcome
	blob        string // that move adopts; empty: the upload's own
	compressErr error
	scanDown    atomic.Bool
	moving      func(ctx context.Context) error
	finish      atomic.Pointer[models.Finish]
	stalled     chan struct{}
}

func (s *scripted) scan(context.Context, activities.ScanInput) (activities.Verdict, error) {
	if s.scanDown.Load() {
		return activities.Verdict{}, temporal.NewApplicationError("The virus scanner cannot be used at the moment.", activities.ErrTypeScanner)
	}
	return s.verdict, nil
}

func (s *scripted) claim(context.Context, activities.DedupInput) (models.Claim, error) {
	n := int(s.claimCalls.Add(1)) - 1
	if n >= len(s.claims) {
		n = len(s.claims) - 1
	}
	return s.claims[n], nil
}

func (s *scripted) await(ctx context.Context, in activities.DedupInput) (models.Claim, error) {
	c, err := s.claim(ctx, in)
	if err == nil && c.HeldBy != "" {
		return c, temporal.NewApplicationError("waiting", activities.ErrTypeContentClaimed)
	}
	return c, err
}

func (s *scripted) register(w, scan, cpu sdk.Worker) {
	worker.RegisterWorkflows(w)
	named := func(name string) activity.RegisterOptions { return activity.RegisterOptions{Name: name} }
	nothing := func(context.Context, activities.DiscardInput) error { return nil }
	scan.RegisterActivityWithOptions(s.scan, named("Scan"))
	w.RegisterActivityWithOptions(s.claim, named("Dedup"))
	w.RegisterActivityWithOptions(s.await, named("AwaitClaim"))
	w.RegisterActivityWithOptions(func(ctx context.Context, in activities.MoveInput) (activities.MoveResult, error) {
		if s.moving != nil {
			return activities.MoveResult{}, s.moving(ctx)
		}
		if s.blob != "" {
			return activities.MoveResult{BlobID: s.blob}, nil
		}
		return activities.MoveResult{BlobID: in.UploadID}, nil
	}, named("Move"))
	w.RegisterActivityWithOptions(func(context.Context, activities.VersionInput) (models.VersionResult, error) {
		return models.VersionResult{Outcome: s.outcome, FileID: fileID, VersionNumber: 1, StoredSize: 600}, nil
	}, named("CreateVersion"))
	w.RegisterActivityWithOptions(func(_ context.Context, f models.Finish) error { s.finish.Store(&f); return nil }, named("Notify"))
	w.RegisterActivityWithOptions(func(context.Context, models.Stall) error { close(s.stalled); return nil }, named("Stall"))
	w.RegisterActivityWithOptions(nothing, named("DiscardStaged"))
	w.RegisterActivityWithOptions(nothing, named("DiscardBlob"))
	w.RegisterActivityWithOptions(nothing, named("Quarantine"))
	cpu.RegisterActivityWithOptions(func(context.Context, activities.CompressInput) (activities.CompressResult, error) {
		return compressed(), s.compressErr
	}, named("Compress"))
}

// The queue names are fixed, so these tests run one after the other.
func TestProcessUploadOnTheEngine(t *testing.T) {
	c, err := worker.Dial(worker.Frontend{Address: testkit.TemporalAddress(t), Namespace: "default"}, t.Name(), slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	t.Cleanup(c.Close)
	require.NoError(t, worker.Prepare(t.Context(), c, "default", worker.Housekeeping{
		ReconcileEvery: 24 * time.Hour, SweepEvery: 24 * time.Hour,
	}))

	clean := activities.Verdict{Clean: true}
	canceled := func(t *testing.T, err error) {
		t.Helper()
		var want *temporal.CanceledError
		require.ErrorAs(t, err, &want)
	}
	cases := []struct {
		name   string
		script *scripted
		during func(t *testing.T, s *scripted, run client.WorkflowRun)
		state  models.UploadState
		ends   func(t *testing.T, err error)
		free   *models.Clearance
		status enums.WorkflowExecutionStatus
	}{
		{name: "created", script: &scripted{verdict: clean, claims: []models.Claim{{}}, outcome: models.OutcomeCreated}, state: models.UploadDone},
		{name: "shared", script: &scripted{verdict: clean, claims: []models.Claim{{}}, outcome: models.OutcomeCreated, blob: blobID}, state: models.UploadDone},
		{name: "duplicate", script: &scripted{verdict: clean, claims: []models.Claim{{BlobID: blobID}}, outcome: models.OutcomeDuplicate}, state: models.UploadDone},
		{name: "waited", script: &scripted{verdict: clean, claims: []models.Claim{{HeldBy: blobID}, {HeldBy: blobID}, {}}, outcome: models.OutcomeCreated}, state: models.UploadDone},
		{name: "infected", script: &scripted{verdict: activities.Verdict{Signature: "Eicar"}, claims: []models.Claim{{}}}, state: models.UploadRejected},
		{name: "released", script: &scripted{
			verdict: activities.Verdict{Signature: "Eicar"}, claims: []models.Claim{{}}, outcome: models.OutcomeCreated,
		}, free: &models.Clearance{From: blobID, Signature: "Eicar"}, state: models.UploadDone},
		{name: "released-infected-otherwise", script: &scripted{
			verdict: activities.Verdict{Signature: "Worse"}, claims: []models.Claim{{}},
		}, free: &models.Clearance{From: blobID, Signature: "Eicar"}, state: models.UploadRejected},
		{name: "corrupt", script: &scripted{
			verdict: clean, claims: []models.Claim{{}}, compressErr: rejected(models.Reject(models.RejectCorrupt, "no")),
		}, state: models.UploadRejected},
		{name: "stalled-and-retried", script: func() *scripted {
			s := &scripted{verdict: clean, claims: []models.Claim{{}}, outcome: models.OutcomeCreated}
			s.scanDown.Store(true)
			return s
		}(), during: func(t *testing.T, s *scripted, run client.WorkflowRun) {
			<-s.stalled
			s.scanDown.Store(false)
			require.NoError(t, c.SignalWorkflow(t.Context(), run.GetID(), "", workflows.SignalRetry, nil))
		}, state: models.UploadDone},
		{name: "canceled-by-signal", script: &scripted{
			verdict: clean, claims: []models.Claim{{}},
			moving: func(ctx context.Context) error { return untilCanceled(ctx, func() {}) },
		}, during: func(t *testing.T, _ *scripted, run client.WorkflowRun) {
			require.NoError(t, c.SignalWorkflow(t.Context(), run.GetID(), "", workflows.SignalCancel, nil))
		}, state: models.UploadCanceled, ends: canceled, status: enums.WORKFLOW_EXECUTION_STATUS_CANCELED},
		{name: "canceled-by-request", script: &scripted{
			verdict: clean, claims: []models.Claim{{}},
			moving: func(ctx context.Context) error { return untilCanceled(ctx, func() {}) },
		}, during: func(t *testing.T, _ *scripted, run client.WorkflowRun) {
			require.NoError(t, c.CancelWorkflow(t.Context(), run.GetID(), ""))
		}, state: models.UploadCanceled, ends: canceled, status: enums.WORKFLOW_EXECUTION_STATUS_CANCELED},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			tc.script.stalled = make(chan struct{})
			beats := sdk.Options{MaxHeartbeatThrottleInterval: 50 * time.Millisecond, DefaultHeartbeatThrottleInterval: 50 * time.Millisecond}
			w, scan, cpu := sdk.New(c, workflows.QueueIO, beats), sdk.New(c, workflows.QueueScan, beats), sdk.New(c, workflows.QueueCPU, beats)
			tc.script.register(w, scan, cpu)
			for _, each := range []sdk.Worker{w, scan, cpu} {
				require.NoError(t, each.Start())
				defer each.Stop()
			}

			up := &models.Upload{ID: uuid.NewString(), OwnerID: ownerID, Name: "cat.jpg", SHA256: sha, Size: 1000, Released: tc.free}
			starter := workflows.Starter{Client: c, Options: workflows.Options{Settings: settings, RetryFor: time.Second, StallFor: time.Hour}}
			require.NoError(t, starter.StartUpload(t.Context(), up))
			require.NoError(t, starter.StartUpload(t.Context(), up), "starting what runs is success")
			run := c.GetWorkflow(t.Context(), up.WorkflowID(), "")
			if tc.during != nil {
				tc.during(t, tc.script, run)
			}
			var res workflows.UploadResult
			err := run.Get(t.Context(), &res)
			if tc.ends != nil {
				tc.ends(t, err)
			} else {
				require.NoError(t, err)
				require.Equal(t, tc.state, res.State)
				require.NoError(t, starter.StartUpload(t.Context(), up), "what ended well is not started again")
			}
			require.Equal(t, tc.state, tc.script.finish.Load().State)

			desc, err := c.DescribeWorkflowExecution(t.Context(), up.WorkflowID(), "")
			require.NoError(t, err)
			want := tc.status
			if want == enums.WORKFLOW_EXECUTION_STATUS_UNSPECIFIED {
				want = enums.WORKFLOW_EXECUTION_STATUS_COMPLETED
			}
			require.Equal(t, want, desc.GetWorkflowExecutionInfo().GetStatus())
			attrs := desc.GetWorkflowExecutionInfo().GetSearchAttributes().GetIndexedFields()
			var state, owner string
			require.NoError(t, json.Unmarshal(attrs["SafelightState"].GetData(), &state))
			require.NoError(t, json.Unmarshal(attrs["SafelightOwner"].GetData(), &owner))
			require.Equal(t, string(tc.state), state)
			require.Equal(t, ownerID, owner)

			record(t, c, up.WorkflowID(), tc.name)
		})
	}
}

// record writes the history of a run where SAFELIGHT_RECORD_HISTORIES names a
// folder, and always replays it.
func record(t *testing.T, c client.Client, id, name string) {
	t.Helper()
	recordRun(t, c, id, "", name)
}

// recordRun is record for one run of several under an id.
func recordRun(t *testing.T, c client.Client, id, runID, name string) {
	t.Helper()
	iter := c.GetWorkflowHistory(t.Context(), id, runID, false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	var h history.History
	for iter.HasNext() {
		event, err := iter.Next()
		require.NoError(t, err)
		h.Events = append(h.Events, event)
	}
	replayer := sdk.NewWorkflowReplayer()
	worker.RegisterWorkflows(replayer)
	require.NoError(t, replayer.ReplayWorkflowHistory(nil, &h))
	dir := os.Getenv("SAFELIGHT_RECORD_HISTORIES")
	if dir == "" {
		return
	}
	data, err := protojson.MarshalOptions{Indent: " "}.Marshal(&h)
	require.NoError(t, err)
	host, err := os.Hostname() // the SDK names its queues by it; whose machine it was is nobody's business
	require.NoError(t, err)
	data = bytes.ReplaceAll(data, []byte(`"`+host+":"), []byte(`"worker:`))
	require.NoError(t, os.MkdirAll(dir, 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(dir, name+".json"), append(data, '\n'), 0o644))
}
