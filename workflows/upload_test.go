package workflows_test

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"

	"safelight/activities"
	"safelight/internal/config"
	"safelight/models"
	"safelight/storage"
	"safelight/worker"
	"safelight/workflows"
)

const (
	uploadID = "0192f0c1-0000-7000-8000-000000000001"
	ownerID  = "0192f0c1-0000-7000-8000-0000000000aa"
	fileID   = "0192f0c1-0000-7000-8000-0000000000ff"
	blobID   = "0192f0c1-0000-7000-8000-0000000000bb"
	sha      = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
)

var settings = activities.CodecSettings{MaxSide: 2560, PreviewSide: 1280, ThumbSide: 400, Format: "webp", MinSSIM: 0.98, Quality: 80, MaxPixels: 1e8, MaxFrames: 1000}

func input() workflows.UploadInput {
	return workflows.UploadInput{
		UploadID: uploadID, OwnerID: ownerID, SHA256: sha, Size: 1000, Seq: models.SeqStride, Settings: settings,
		RetryFor: 10 * time.Second, StallFor: 7 * 24 * time.Hour,
	}
}

// pipeline is a test environment in which every step works until a test says
// otherwise, and which remembers what was called with what.
type pipeline struct {
	*testsuite.TestWorkflowEnvironment
	mu       sync.Mutex
	calls    []string
	finishes []models.Finish
	stalls   []models.Stall
}

func newPipeline(t *testing.T) *pipeline {
	t.Helper()
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(log.NewStructuredLogger(slog.New(slog.DiscardHandler)))
	p := &pipeline{TestWorkflowEnvironment: suite.NewTestWorkflowEnvironment()}
	var acts *activities.Activities
	worker.RegisterWorkflows(p)
	worker.RegisterIO(p, acts)
	p.RegisterActivityWithOptions(acts.Scan, activity.RegisterOptions{Name: "Scan"})
	p.RegisterActivityWithOptions(acts.Compress, activity.RegisterOptions{Name: "Compress"})
	p.SetTestTimeout(30 * time.Second)
	t.Cleanup(func() { p.AssertExpectations(t) })
	p.SetOnActivityStartedListener(func(info *activity.Info, _ context.Context, args encodedArgs) {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.calls = append(p.calls, info.ActivityType.Name)
		switch info.ActivityType.Name {
		case "Notify":
			var f models.Finish
			if args.Get(&f) == nil {
				p.finishes = append(p.finishes, f)
			}
		case "Stall":
			var s models.Stall
			if args.Get(&s) == nil {
				p.stalls = append(p.stalls, s)
			}
		}
	})
	return p
}

// count is how often an activity was started.
func (p *pipeline) count(name string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := 0
	for _, c := range p.calls {
		if c == name {
			n++
		}
	}
	return n
}

func (p *pipeline) finish(t *testing.T) models.Finish {
	t.Helper()
	require.NotEmpty(t, p.finishes, "the end was not recorded")
	return p.finishes[len(p.finishes)-1]
}

// works mocks the given steps as succeeding, any number of times.
func (p *pipeline) works(names ...string) {
	for _, name := range names {
		call := p.OnActivity(name, mock.Anything, mock.Anything)
		switch name {
		case "Scan":
			call.Return(activities.Verdict{Clean: true}, nil)
		case "Dedup", "AwaitClaim":
			call.Return(models.Claim{}, nil)
		case "Compress":
			call.Return(compressed(), nil)
		case "Move":
			call.Return(activities.MoveResult{BlobID: uploadID}, nil)
		case "CreateVersion":
			call.Return(models.VersionResult{Outcome: models.OutcomeCreated, FileID: fileID, VersionNumber: 1, StoredSize: 600}, nil)
		default:
			call.Return(nil)
		}
		call.Maybe()
	}
}

func (p *pipeline) othersWork(except ...string) {
	for _, name := range []string{
		"Scan", "Dedup", "AwaitClaim", "Compress", "Move", "CreateVersion", "Notify", "Stall",
		"DiscardStaged", "DiscardBlob", "Quarantine",
	} {
		skip := false
		for _, e := range except {
			skip = skip || e == name
		}
		if !skip {
			p.works(name)
		}
	}
}

func compressed() activities.CompressResult {
	return activities.CompressResult{
		Variants: []models.Variant{
			{Name: "full", Key: storage.VariantRef(uploadID, "full").Key, MIMEType: "image/webp", Size: 500, Width: 640, Height: 480, SHA256: sha},
			{Name: "thumb", Key: storage.VariantRef(uploadID, "thumb").Key, MIMEType: "image/webp", Size: 100, Width: 400, Height: 300, SHA256: sha},
		},
		Thumbhash: []byte{1, 2, 3}, PHash: 1<<63 + 5, Message: "WebP, half the size",
	}
}

func (p *pipeline) run(t *testing.T) (workflows.UploadResult, error) {
	t.Helper()
	p.ExecuteWorkflow(workflows.ProcessUploadName, input())
	require.True(t, p.IsWorkflowCompleted(), "the workflow did not end")
	if err := p.GetWorkflowError(); err != nil {
		return workflows.UploadResult{}, err
	}
	var res workflows.UploadResult
	require.NoError(t, p.GetWorkflowResult(&res))
	return res, nil
}

func steps(f models.Finish) map[models.StepName]models.StepState {
	out := map[models.StepName]models.StepState{}
	for _, s := range f.Steps {
		out[s.Name] = s.State
	}
	return out
}

func rejected(r *models.Rejection) error {
	return temporal.NewNonRetryableApplicationError(r.Detail, activities.ErrTypeRejected, r, r)
}

func TestProcessUploadCreates(t *testing.T) {
	t.Parallel()
	p := newPipeline(t)
	original := storage.OriginalRef(uploadID)
	marked := func(m activities.Mark, step models.StepName) bool {
		return m.UploadID == uploadID && m.OwnerID == ownerID && m.Step == step && m.Seq > models.SeqStride
	}
	p.OnActivity("Scan", mock.Anything, mock.MatchedBy(func(in activities.ScanInput) bool {
		return in.Object == original && marked(in.Mark, models.StepScan)
	})).Return(activities.Verdict{Clean: true}, nil).Once()
	p.OnActivity("Dedup", mock.Anything, mock.MatchedBy(func(in activities.DedupInput) bool {
		return in.Object == original && in.SHA256 == sha && marked(in.Mark, models.StepDedup)
	})).Return(models.Claim{}, nil).Once()
	p.OnActivity("Compress", mock.Anything, mock.MatchedBy(func(in activities.CompressInput) bool {
		return in.Object == original && in.Settings == settings && marked(in.Mark, models.StepCompress)
	})).Return(compressed(), nil).Once()
	p.OnActivity("Move", mock.Anything, mock.MatchedBy(func(in activities.MoveInput) bool {
		return in.SHA256 == sha && in.OriginalSize == 1000 && in.Settings == settings.Fingerprint() &&
			marked(in.Mark, models.StepMove) && len(in.Variants) == 2 && in.PHash == 1<<63+5 && in.Message == "WebP, half the size"
	})).Return(activities.MoveResult{BlobID: uploadID}, nil).Once()
	p.OnActivity("CreateVersion", mock.Anything, mock.Anything).
		Return(models.VersionResult{Outcome: models.OutcomeCreated, FileID: fileID, VersionNumber: 1}, nil).Once()
	p.OnActivity("Notify", mock.Anything, mock.Anything).Return(nil).Once()
	p.OnActivity("DiscardStaged", mock.Anything, activities.DiscardInput{UploadID: uploadID}).Return(nil).Once()

	res, err := p.run(t)
	require.NoError(t, err)
	require.Equal(t, workflows.UploadResult{State: models.UploadDone, Outcome: models.OutcomeCreated, FileID: fileID, VersionNumber: 1}, res)
	f := p.finish(t)
	require.Equal(t, models.UploadDone, f.State)
	require.Equal(t, 100, f.Percent)
	for _, s := range f.Steps {
		require.Equal(t, models.StepDone, s.State, s.Name)
		require.NotNil(t, s.StartedAt, s.Name)
		require.NotNil(t, s.FinishedAt, s.Name)
		require.Equal(t, 1, s.Attempt, s.Name)
	}
	require.Equal(t, "WebP, half the size", *f.Steps[2].Message)

	answer, err := p.QueryWorkflow(workflows.ProgressQuery)
	require.NoError(t, err)
	var progress models.Progress
	require.NoError(t, answer.Get(&progress))
	require.Equal(t, models.Progress{State: models.UploadDone, Percent: 100, Seq: f.Seq, Steps: f.Steps}, progress)
	require.Zero(t, progress.Seq%models.SeqStride)
}

func TestAWorkflowThatBeginsAgainCountsOn(t *testing.T) {
	t.Parallel()
	p := newPipeline(t)
	p.othersWork()
	in := input()
	in.Seq = 7*models.SeqStride + 1 // a row that an earlier run has ended up with
	p.ExecuteWorkflow(workflows.ProcessUploadName, in)
	require.NoError(t, p.GetWorkflowError())
	require.Zero(t, p.finish(t).Seq%models.SeqStride)
	require.Greater(t, p.finish(t).Seq, int64(9*models.SeqStride))
}

func TestProcessUploadSkipsWhatTheOwnerHas(t *testing.T) {
	t.Parallel()
	p := newPipeline(t)
	p.OnActivity("Dedup", mock.Anything, mock.Anything).Return(models.Claim{BlobID: blobID}, nil).Once()
	p.OnActivity("CreateVersion", mock.Anything, mock.Anything).
		Return(models.VersionResult{Outcome: models.OutcomeDuplicate, FileID: fileID}, nil).Once()
	p.othersWork("Dedup", "CreateVersion")
	res, err := p.run(t)
	require.NoError(t, err)
	require.Equal(t, models.OutcomeDuplicate, res.Outcome)
	require.Zero(t, p.count("Compress"))
	require.Zero(t, p.count("Move"))
	got := steps(p.finish(t))
	require.Equal(t, models.StepSkipped, got[models.StepCompress])
	require.Equal(t, models.StepSkipped, got[models.StepMove])
	require.Equal(t, models.StepDone, got[models.StepVersion])
}

func TestProcessUploadRejects(t *testing.T) {
	t.Parallel()
	bad := func(code models.RejectionCode) error { return rejected(models.Reject(code, "no")) }
	cases := []struct {
		name    string
		fail    string
		verdict activities.Verdict
		err     error
		want    models.RejectionCode
		at      models.StepName
	}{
		{"infected", "Scan", activities.Verdict{Signature: "Eicar"}, nil, models.RejectInfected, models.StepScan},
		{"unscannable", "Scan", activities.Verdict{Unscannable: "MaxFileSize"}, nil, models.RejectUnscannable, models.StepScan},
		{"integrity", "Dedup", activities.Verdict{}, bad(models.RejectIntegrity), models.RejectIntegrity, models.StepDedup},
		{"corrupt", "Compress", activities.Verdict{}, bad(models.RejectCorrupt), models.RejectCorrupt, models.StepCompress},
		{"unsupported", "Compress", activities.Verdict{}, bad(models.RejectUnsupported), models.RejectUnsupported, models.StepCompress},
		{"too many pixels", "Compress", activities.Verdict{}, bad(models.RejectTooManyPixels), models.RejectTooManyPixels, models.StepCompress},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := newPipeline(t)
			switch c.fail {
			case "Scan":
				p.OnActivity("Scan", mock.Anything, mock.Anything).Return(c.verdict, nil).Once()
			case "Dedup":
				p.OnActivity("Dedup", mock.Anything, mock.Anything).Return(models.Claim{}, c.err).Once()
			case "Compress":
				p.OnActivity("Compress", mock.Anything, mock.Anything).Return(activities.CompressResult{}, c.err).Once()
			}
			p.othersWork(c.fail)
			res, err := p.run(t)
			require.NoError(t, err, "a rejection is a result")
			require.Equal(t, models.UploadRejected, res.State)
			require.Equal(t, c.want, res.Rejection.Code)
			f := p.finish(t)
			require.Equal(t, models.UploadRejected, f.State)
			require.Equal(t, c.want, f.Rejection.Code)
			require.Equal(t, c.verdict.Signature, f.Rejection.Signature)
			require.Equal(t, models.StepFailed, steps(f)[c.at])
			require.Equal(t, models.StepSkipped, steps(f)[models.StepVersion])
			require.Equal(t, models.StepDone, steps(f)[models.StepNotify])
			require.Zero(t, p.count("CreateVersion"))
			require.Equal(t, 1, p.count("DiscardStaged"))
			wantLocked := 0
			if c.want == models.RejectInfected {
				wantLocked = 1
			}
			require.Equal(t, wantLocked, p.count("Quarantine"))
		})
	}
}

// failTwice makes a step fail for now twice and then work.
func (p *pipeline) failTwice(name string) {
	trouble := temporal.NewApplicationError("The part is down.", activities.ErrTypeStorage)
	call := p.OnActivity(name, mock.Anything, mock.Anything)
	switch name {
	case "Scan":
		call.Return(activities.Verdict{}, trouble).Times(2)
	case "Dedup":
		call.Return(models.Claim{}, trouble).Times(2)
	case "Compress":
		call.Return(activities.CompressResult{}, trouble).Times(2)
	case "Move":
		call.Return(activities.MoveResult{}, trouble).Times(2)
	case "CreateVersion":
		call.Return(models.VersionResult{}, trouble).Times(2)
	default:
		call.Return(trouble).Times(2)
	}
}

func TestProcessUploadRetriesEveryStep(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"Scan", "Dedup", "Compress", "Move", "CreateVersion", "Notify", "DiscardStaged"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPipeline(t)
			p.failTwice(name)
			p.works(name)
			p.othersWork(name)
			res, err := p.run(t)
			require.NoError(t, err)
			require.Equal(t, models.UploadDone, res.State)
			require.Equal(t, 3, p.count(name))
			require.Zero(t, p.count("Stall"))
		})
	}
}

func TestProcessUploadStallsAndIsRetried(t *testing.T) {
	t.Parallel()
	for name, step := range map[string]models.StepName{
		"Scan": models.StepScan, "Dedup": models.StepDedup, "Compress": models.StepCompress,
		"Move": models.StepMove, "CreateVersion": models.StepVersion,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPipeline(t)
			down := true
			p.fails(name, func() bool { return down })
			p.othersWork(name)
			p.RegisterDelayedCallback(func() {
				progress := p.progress(t)
				require.Equal(t, models.UploadStalled, progress.State)
				for _, s := range progress.Steps {
					if s.Name == step {
						require.Equal(t, models.StepFailed, s.State)
						require.Equal(t, "The part is down.", *s.Message)
					}
				}
				down = false
				p.SignalWorkflow(workflows.SignalRetry, nil)
			}, 48*time.Hour)
			res, err := p.run(t)
			require.NoError(t, err)
			require.Equal(t, models.UploadDone, res.State)
			require.Len(t, p.stalls, 1)
			require.Equal(t, step, p.stalls[0].Step)
			require.Equal(t, "The part is down.", p.stalls[0].Cause)
			f := p.finish(t)
			require.Greater(t, f.Seq, p.stalls[0].Seq)
			for _, s := range f.Steps {
				want := 1
				if s.Name == step {
					want = 2
				}
				require.Equal(t, want, s.Attempt, s.Name)
			}
		})
	}
}

// fails makes a step fail for now as long as down says so.
func (p *pipeline) fails(name string, down func() bool) {
	trouble := func() error {
		if down() {
			return temporal.NewApplicationError("The part is down.", activities.ErrTypeStorage)
		}
		return nil
	}
	call := p.OnActivity(name, mock.Anything, mock.Anything)
	switch name {
	case "Scan":
		call.Return(func(context.Context, activities.ScanInput) (activities.Verdict, error) {
			return activities.Verdict{Clean: !down()}, trouble()
		})
	case "Dedup":
		call.Return(func(context.Context, activities.DedupInput) (models.Claim, error) { return models.Claim{}, trouble() })
	case "Compress":
		call.Return(func(context.Context, activities.CompressInput) (activities.CompressResult, error) {
			return compressed(), trouble()
		})
	case "Move":
		call.Return(func(context.Context, activities.MoveInput) (activities.MoveResult, error) {
			return activities.MoveResult{BlobID: uploadID}, trouble()
		})
	case "CreateVersion":
		call.Return(func(context.Context, activities.VersionInput) (models.VersionResult, error) {
			return models.VersionResult{Outcome: models.OutcomeCreated, FileID: fileID, VersionNumber: 1}, trouble()
		})
	}
}

func (p *pipeline) progress(t *testing.T) models.Progress {
	t.Helper()
	answer, err := p.QueryWorkflow(workflows.ProgressQuery)
	require.NoError(t, err)
	var progress models.Progress
	require.NoError(t, answer.Get(&progress))
	return progress
}

// For a quota that has no room no retry is spent: its owner is asked at once.
func TestProcessUploadWaitsForRoomInTheQuota(t *testing.T) {
	p := newPipeline(t)
	full := temporal.NewNonRetryableApplicationError("No room.", activities.ErrTypeQuota, nil)
	p.OnActivity("CreateVersion", mock.Anything, mock.Anything).Return(models.VersionResult{}, full).Once()
	p.OnActivity("CreateVersion", mock.Anything, mock.Anything).
		Return(models.VersionResult{Outcome: models.OutcomeCreated, FileID: fileID, VersionNumber: 1}, nil).Once()
	p.othersWork("CreateVersion")
	p.RegisterDelayedCallback(func() { p.SignalWorkflow(workflows.SignalRetry, nil) }, 24*time.Hour)
	p.ExecuteWorkflow(workflows.ProcessUpload, input())
	require.NoError(t, p.GetWorkflowError())
	require.Equal(t, models.UploadDone, p.finish(t).State)
	require.Len(t, p.stalls, 1)
	require.Equal(t, models.StepVersion, p.stalls[0].Step)
	require.Equal(t, "No room.", p.stalls[0].Cause)
	require.Zero(t, p.count("DiscardBlob"), "what was stored waits with it")
}

func TestProcessUploadGivesUpAfterAWeek(t *testing.T) {
	t.Parallel()
	p := newPipeline(t)
	p.fails("Move", func() bool { return true })
	p.othersWork("Move")
	_, err := p.run(t)
	var app *temporal.ApplicationError
	require.ErrorAs(t, err, &app)
	require.Equal(t, workflows.ErrTypeGaveUp, app.Type())
	f := p.finish(t)
	require.Equal(t, models.UploadFailed, f.State)
	require.NotEmpty(t, f.Reason)
	require.Equal(t, 1, p.count("DiscardBlob"))
	require.Equal(t, 1, p.count("DiscardStaged"))
}

func TestOneRetryWakesBothStalledSteps(t *testing.T) {
	t.Parallel()
	p := newPipeline(t)
	down := true
	p.fails("Scan", func() bool { return down })
	p.fails("Dedup", func() bool { return down })
	p.othersWork("Scan", "Dedup")
	p.RegisterDelayedCallback(func() {
		down = false
		p.SignalWorkflow(workflows.SignalRetry, nil)
	}, time.Hour)
	res, err := p.run(t)
	require.NoError(t, err)
	require.Equal(t, models.UploadDone, res.State)
	require.Len(t, p.stalls, 2)
}

func TestRetryBeforeTheStallDoesNotCount(t *testing.T) {
	t.Parallel()
	p := newPipeline(t)
	p.fails("Compress", func() bool { return true })
	p.othersWork("Compress")
	p.RegisterDelayedCallback(func() { p.SignalWorkflow(workflows.SignalRetry, nil) }, time.Millisecond)
	p.RegisterDelayedCallback(func() {
		require.Equal(t, models.UploadStalled, p.progress(t).State)
		p.SignalWorkflow(workflows.SignalCancel, nil)
	}, time.Hour)
	_, err := p.run(t)
	require.True(t, temporal.IsCanceledError(err) || errors.As(err, new(*temporal.CanceledError)), "%v", err)
	require.Len(t, p.stalls, 1)
	require.Equal(t, models.UploadCanceled, p.finish(t).State)
}

func TestDedupWaitsForTheOtherUpload(t *testing.T) {
	t.Parallel()
	for name, then := range map[string]models.Claim{"takes over": {}, "is a duplicate": {BlobID: blobID}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPipeline(t)
			p.OnActivity("Dedup", mock.Anything, mock.Anything).Return(models.Claim{HeldBy: blobID}, nil).Once()
			held := temporal.NewApplicationError("waiting", activities.ErrTypeContentClaimed)
			p.OnActivity("AwaitClaim", mock.Anything, mock.Anything).Return(models.Claim{}, held).Times(8) // the test environment ends unlimited retries after ten
			p.OnActivity("AwaitClaim", mock.Anything, mock.Anything).Return(then, nil).Once()
			p.othersWork("Dedup", "AwaitClaim")
			p.RegisterDelayedCallback(func() {
				s := p.progress(t).Steps[1]
				require.Equal(t, models.StepRunning, s.State)
				require.Contains(t, *s.Message, "another upload")
			}, time.Second)
			_, err := p.run(t)
			require.NoError(t, err)
			require.Equal(t, 9, p.count("AwaitClaim"))
			want := 1
			if then.BlobID != "" {
				want = 0
			}
			require.Equal(t, want, p.count("Compress"))
			require.Zero(t, p.count("Stall"), "waiting is not failing")
		})
	}
}

func TestAVerdictThatSaysNothingNeverPasses(t *testing.T) {
	t.Parallel()
	p := newPipeline(t)
	p.OnActivity("Scan", mock.Anything, mock.Anything).Return(activities.Verdict{}, nil)
	p.othersWork("Scan")
	_, err := p.run(t)
	require.Error(t, err)
	require.Equal(t, models.UploadFailed, p.finish(t).State)
	require.Zero(t, p.count("Compress"))
	require.Len(t, p.stalls, 1)
}

func TestTheCopyOfSharedContentGoesAfterTheEndIsTold(t *testing.T) {
	t.Parallel()
	p := newPipeline(t)
	p.OnActivity("Move", mock.Anything, mock.Anything).Return(activities.MoveResult{BlobID: blobID}, nil).Once()
	p.othersWork("Move")
	_, err := p.run(t)
	require.NoError(t, err)
	require.Equal(t, []string{"Notify", "DiscardBlob", "DiscardStaged"}, p.calls[len(p.calls)-3:])
}

func TestEvidenceIsNotDiscardedWhenItCannotBeLockedUp(t *testing.T) {
	t.Parallel()
	p := newPipeline(t)
	p.OnActivity("Scan", mock.Anything, mock.Anything).Return(activities.Verdict{Signature: "Eicar"}, nil)
	p.OnActivity("Quarantine", mock.Anything, mock.Anything).Return(errors.New("store is down"))
	p.othersWork("Scan", "Quarantine")
	res, err := p.run(t)
	require.NoError(t, err)
	require.Equal(t, models.UploadRejected, res.State)
	require.Zero(t, p.count("DiscardStaged"))
}

// A run that was started beside one that has ended finds nothing left to do.
func TestAnUploadThatHasEndedOtherwiseEndsTheRun(t *testing.T) {
	t.Parallel()
	ended := temporal.NewNonRetryableApplicationError("The upload has ended already.", activities.ErrTypeFinished, nil)
	for _, name := range []string{"Dedup", "Stall"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPipeline(t)
			if name == "Dedup" {
				p.OnActivity(name, mock.Anything, mock.Anything).Return(models.Claim{}, ended)
				p.othersWork(name)
			} else {
				p.OnActivity(name, mock.Anything, mock.Anything).Return(ended)
				p.fails("Scan", func() bool { return true })
				p.othersWork(name, "Scan")
			}
			_, err := p.run(t)
			var app *temporal.ApplicationError
			require.ErrorAs(t, err, &app)
			require.Equal(t, activities.ErrTypeFinished, app.Type())
			require.LessOrEqual(t, p.count("Stall"), 1)
		})
	}
}

func TestAFailedUndoDoesNotHideTheEnd(t *testing.T) {
	t.Parallel()
	p := newPipeline(t)
	p.OnActivity("Compress", mock.Anything, mock.Anything).
		Return(activities.CompressResult{}, rejected(models.Reject(models.RejectCorrupt, "no"))).Once()
	p.OnActivity("DiscardStaged", mock.Anything, mock.Anything).Return(errors.New("store is down"))
	p.othersWork("Compress", "DiscardStaged")
	res, err := p.run(t)
	require.NoError(t, err)
	require.Equal(t, models.UploadRejected, res.State)
	require.Equal(t, 10, p.count("DiscardStaged"))
}

func TestSettingsComeFromTheConfiguration(t *testing.T) {
	t.Parallel()
	o := workflows.OptionsFrom(config.Pipeline{
		MaxSide: 2560, PreviewSide: 1280, ThumbSide: 400, Format: "webp", MinSSIM: 0.98, Quality: 80, RetryFor: time.Minute,
	}, config.Limits{MaxPixels: 1e8, MaxFrames: 1000}, config.Retention{Stalled: time.Hour})
	require.Equal(t, workflows.Options{Settings: settings, RetryFor: time.Minute, StallFor: time.Hour}, o)
}
