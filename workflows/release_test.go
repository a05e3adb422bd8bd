package workflows_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"safelight/activities"
	"safelight/models"
	"safelight/storage"
	"safelight/workflows"
)

const rejectedID = "0192f0c1-0000-7000-8000-0000000000dd"

func (p *pipeline) release(t *testing.T) (workflows.UploadResult, error) {
	t.Helper()
	in := input()
	in.Released = &models.Clearance{From: rejectedID, Signature: "False.Positive"}
	p.ExecuteWorkflow(workflows.ProcessUploadName, in)
	require.True(t, p.IsWorkflowCompleted())
	if err := p.GetWorkflowError(); err != nil {
		return workflows.UploadResult{}, err
	}
	var res workflows.UploadResult
	require.NoError(t, p.GetWorkflowResult(&res))
	return res, nil
}

// A released upload takes every step, on the bytes that lie in quarantine, and
// its scan passes with the verdict of which it is cleared.
func TestAReleasedUploadTakesEveryStep(t *testing.T) {
	t.Parallel()
	locked := storage.QuarantineRef(rejectedID)
	for name, verdict := range map[string]activities.Verdict{
		"the same verdict": {Signature: "False.Positive"}, "clean by now": {Clean: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPipeline(t)
			p.OnActivity("Scan", mock.Anything, mock.MatchedBy(func(in activities.ScanInput) bool { return in.Object == locked })).Return(verdict, nil).Once()
			p.OnActivity("Dedup", mock.Anything, mock.MatchedBy(func(in activities.DedupInput) bool { return in.Object == locked && in.SHA256 == sha })).Return(models.Claim{}, nil).Once()
			p.OnActivity("Compress", mock.Anything, mock.MatchedBy(func(in activities.CompressInput) bool { return in.Object == locked })).Return(compressed(), nil).Once()
			p.OnActivity("DiscardStaged", mock.Anything, activities.DiscardInput{UploadID: uploadID, ReleasedFrom: rejectedID}).Return(nil).Once()
			p.othersWork("Scan", "Dedup", "Compress", "DiscardStaged")
			res, err := p.release(t)
			require.NoError(t, err)
			require.Equal(t, models.UploadDone, res.State)
			for _, step := range []string{"Move", "CreateVersion", "Notify"} {
				require.Equal(t, 1, p.count(step), step)
			}
			for step, state := range steps(p.finish(t)) {
				require.Equal(t, models.StepDone, state, step)
			}
			if verdict.Signature != "" {
				require.Equal(t, "Released from quarantine by an administrator.", *p.finish(t).Steps[0].Message)
			}
		})
	}
}

// What was released is one verdict: any other ends the upload as ever.
func TestAReleaseIsOfOneVerdict(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		verdict activities.Verdict
		code    models.RejectionCode
		locked  int
	}{
		"another signature": {activities.Verdict{Signature: "Real.Virus"}, models.RejectInfected, 1},
		"unscannable":       {activities.Verdict{Unscannable: "too deep"}, models.RejectUnscannable, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPipeline(t)
			what := activities.DiscardInput{UploadID: uploadID, ReleasedFrom: rejectedID}
			p.OnActivity("Scan", mock.Anything, mock.Anything).Return(c.verdict, nil).Once()
			p.OnActivity("Quarantine", mock.Anything, what).Return(nil).Maybe()
			p.OnActivity("DiscardStaged", mock.Anything, what).Return(nil).Once()
			p.othersWork("Scan", "Quarantine", "DiscardStaged")
			res, err := p.release(t)
			require.NoError(t, err)
			require.Equal(t, models.UploadRejected, res.State)
			require.Equal(t, c.code, res.Rejection.Code)
			require.Equal(t, c.locked, p.count("Quarantine"))
			require.Zero(t, p.count("Compress"))
			require.Zero(t, p.count("CreateVersion"))
		})
	}
}

// Without a release the signature means what it says.
func TestASignatureIsNoReleaseByItself(t *testing.T) {
	t.Parallel()
	p := newPipeline(t)
	p.OnActivity("Scan", mock.Anything, mock.Anything).Return(activities.Verdict{Signature: "False.Positive"}, nil).Once()
	p.othersWork("Scan")
	res, err := p.run(t)
	require.NoError(t, err)
	require.Equal(t, models.RejectInfected, res.Rejection.Code)
}

func TestAStallCarriesItsCode(t *testing.T) {
	t.Parallel()
	for kind, code := range map[string]models.StallCode{
		activities.ErrTypeScanner: models.StallScanner, activities.ErrTypeStorage: models.StallStorage, activities.ErrTypeRefused: models.StallStorage,
		activities.ErrTypeDatabase: models.StallDatabase, activities.ErrTypeCodecCrashed: models.StallCodec,
		activities.ErrTypeGone: models.StallGone, "SomethingElse": models.StallOther,
	} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			p := newPipeline(t)
			p.OnActivity("Scan", mock.Anything, mock.Anything).Return(activities.Verdict{}, temporal.NewApplicationError("down", kind))
			p.othersWork("Scan")
			p.RegisterDelayedCallback(func() { p.SignalWorkflow(workflows.SignalCancel, nil) }, time.Hour)
			_, err := p.run(t)
			require.Error(t, err)
			require.Len(t, p.stalls, 1)
			require.Equal(t, code, p.stalls[0].Code)
			require.Equal(t, models.StepScan, p.stalls[0].Step)
		})
	}
}
