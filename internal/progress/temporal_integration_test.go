//go:build integration

package progress

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
	sdk "go.temporal.io/sdk/worker"
	"google.golang.org/protobuf/types/known/durationpb"

	"safelight/activities"
	"safelight/internal/testkit"
	"safelight/models"
	"safelight/worker"
	"safelight/workflows"
)

const scannerDown = "The virus scanner cannot be used at the moment."

// namespace makes a namespace of the test's own: queues have fixed names, and
// other tests work on them at the same time.
func namespace(t *testing.T) client.Client {
	t.Helper()
	c, _ := namedNamespace(t)
	return c
}

func namedNamespace(t *testing.T) (c client.Client, name string) {
	t.Helper()
	name = "progress-" + uuid.NewString()
	setup, err := worker.Dial(worker.Frontend{Address: testkit.TemporalAddress(t), Namespace: "default"}, t.Name(), slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	defer setup.Close()
	_, err = setup.WorkflowService().RegisterNamespace(t.Context(), &workflowservice.RegisterNamespaceRequest{
		Namespace: name, WorkflowExecutionRetentionPeriod: durationpb.New(24 * time.Hour),
	})
	require.NoError(t, err)
	attributes := map[string]enums.IndexedValueType{}
	for _, a := range workflows.SearchAttributes() {
		attributes[a] = enums.INDEXED_VALUE_TYPE_KEYWORD
	}
	require.Eventually(t, func() bool { // until every part of the server knows the namespace
		_, err = setup.OperatorService().AddSearchAttributes(t.Context(), &operatorservice.AddSearchAttributesRequest{
			Namespace: name, SearchAttributes: attributes,
		})
		return err == nil
	}, 30*time.Second, 100*time.Millisecond)
	c, err = worker.Dial(worker.Frontend{Address: testkit.TemporalAddress(t), Namespace: name}, t.Name(), slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	t.Cleanup(c.Close)
	return c, name
}

// steps stand in for the real ones: the scanner is down until it is let go,
// and the end is written into the row, as the store would.
type steps struct {
	rows  *fakeRows
	hub   *Hub
	up    atomic.Bool
	scans atomic.Int32
}

func (s *steps) notify(_ context.Context, f models.Finish) error {
	s.rows.mu.Lock()
	up := s.rows.uploads[f.UploadID]
	up.State, up.Seq, up.Percent, up.Steps = f.State, f.Seq, f.Percent, f.Steps
	s.rows.uploads[f.UploadID] = up
	s.rows.mu.Unlock()
	s.hub.Signal(models.Signal{Kind: models.SignalProgress, OwnerID: up.OwnerID, ID: up.ID, Action: "row"})
	return nil
}

func (s *steps) scan(_ context.Context, in activities.ScanInput) (activities.Verdict, error) {
	if s.up.Load() {
		return activities.Verdict{Clean: true}, nil
	}
	s.scans.Add(1)
	s.hub.Signal(models.Signal{Kind: models.SignalProgress, OwnerID: in.OwnerID, ID: in.UploadID, Action: "failed"})
	return activities.Verdict{}, temporal.NewApplicationErrorWithOptions(scannerDown, activities.ErrTypeScanner,
		temporal.ApplicationErrorOptions{Cause: errors.New("dial tcp 10.0.0.7:3310: refused")})
}

func (s *steps) run(t *testing.T, c client.Client) {
	t.Helper()
	nothing := func(context.Context, activities.DiscardInput) error { return nil }
	for _, queue := range []string{workflows.QueueIO, workflows.QueueScan, workflows.QueueCPU} {
		w := sdk.New(c, queue, sdk.Options{})
		worker.RegisterWorkflows(w)
		for name, do := range map[string]any{
			"Scan": s.scan, "Notify": s.notify, "DiscardStaged": nothing, "DiscardBlob": nothing,
			"Dedup": func(context.Context, activities.DedupInput) (models.Claim, error) { return models.Claim{}, nil },
			"Compress": func(context.Context, activities.CompressInput) (r activities.CompressResult, err error) {
				return r, nil
			},
			"Move": func(context.Context, activities.MoveInput) (r activities.MoveResult, err error) { return r, nil },
			"CreateVersion": func(context.Context, activities.VersionInput) (models.VersionResult, error) {
				return models.VersionResult{Outcome: models.OutcomeCreated}, nil
			},
		} {
			w.RegisterActivityWithOptions(do, activity.RegisterOptions{Name: name})
		}
		require.NoError(t, w.Start())
		t.Cleanup(w.Stop)
	}
}

func TestTheHubFollowsARealWorkflow(t *testing.T) {
	c := namespace(t)
	options := workflows.Options{RetryFor: time.Minute, StallFor: time.Hour}
	engine := Temporal{Client: c, Options: options}
	rows := &fakeRows{uploads: map[string]models.Upload{}}
	hub := New(rows, engine, slog.New(slog.DiscardHandler))
	t.Cleanup(hub.Close)
	s := &steps{rows: rows, hub: hub}
	newUpload := func() models.Upload {
		return rows.put(models.Upload{ID: uuid.NewString(), OwnerID: owner, Name: "cat.jpg", State: models.UploadProcessing, Seq: models.SeqStride})
	}

	up := newUpload()
	_, err := engine.Query(t.Context(), up.WorkflowID())
	require.ErrorIs(t, err, models.ErrNotFound, "not started")
	require.True(t, hub.Snapshot(t.Context(), up).Stale)
	require.Eventually(t, func() bool { // until the new namespace takes workflows
		return workflows.Starter{Client: c, Options: options}.StartUpload(t.Context(), &up) == nil
	}, 30*time.Second, 100*time.Millisecond)
	s.run(t, c)

	f := hub.Watch(owner, up)
	defer f.Close()
	seen, tried := int64(0), 0
	for tried < 4 { // attempts, as they are seen from outside
		snap := follow(t, f, &seen)
		scan := step(t, snap, models.StepScan)
		if scan.State == models.StepRetrying {
			require.Equal(t, scannerDown, *scan.Message)
			require.GreaterOrEqual(t, scan.Attempt, tried)
			tried = scan.Attempt
		}
	}
	require.InDelta(t, s.scans.Load(), tried, 1)
	require.Equal(t, models.StepRetrying, step(t, hub.Snapshot(t.Context(), up), models.StepScan).State)
	s.up.Store(true)
	for {
		snap := follow(t, f, &seen)
		if snap.Upload.State.Final() {
			require.Equal(t, models.UploadDone, snap.Upload.State)
			break
		}
	}
	require.Eventually(t, func() bool {
		_, err := engine.Query(t.Context(), up.WorkflowID())
		return errors.Is(err, models.ErrNotFound)
	}, 10*time.Second, 10*time.Millisecond, "an ended workflow is not asked any more")
	require.ErrorIs(t, engine.Cancel(t.Context(), &up), models.ErrAlreadyFinished)

	t.Run("a cancel reaches an upload that was never started", func(t *testing.T) {
		s.up.Store(false)
		up := newUpload()
		require.NoError(t, engine.Cancel(t.Context(), &up))
		require.Eventually(t, func() bool {
			row, err := rows.UploadByID(t.Context(), models.Scope{Any: true}, up.ID)
			return err == nil && row.State == models.UploadCanceled
		}, 20*time.Second, 10*time.Millisecond)
	})
}

// follow waits for the next snapshot, whose seq must be higher than any before.
func follow(t *testing.T, f *Feed, seen *int64) Snapshot {
	t.Helper()
	late := time.After(30 * time.Second)
	for {
		select {
		case <-f.Ready():
		case <-late:
			require.Fail(t, "nothing more comes")
		}
		events, _ := f.Take()
		if len(events) == 0 { // taken before, together with the one that came first
			continue
		}
		snap := events[0].Snapshot
		require.Greater(t, snap.Upload.Seq, *seen)
		*seen = snap.Upload.Seq
		return snap
	}
}

func TestAnEngineOutOfReachIsUnavailable(t *testing.T) {
	c, err := worker.Dial(worker.Frontend{Address: "127.0.0.1:1", Namespace: "default"}, t.Name(), slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	defer c.Close()
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	up := models.Upload{ID: uuid.NewString()}
	require.ErrorIs(t, Temporal{Client: c}.Cancel(ctx, &up), models.ErrUnavailable)
	_, err = Temporal{Client: c}.Query(ctx, up.WorkflowID())
	require.Error(t, err)
	require.NotErrorIs(t, err, models.ErrNotFound)
}
