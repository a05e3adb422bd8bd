package models_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"safelight/models"
	"safelight/models/migrations"
)

// The arrows that the trigger in the schema allows are those of CanMove. (That
// the trigger does what it says is tested in models/store.)
func TestArrowsAreThoseOfTheSchema(t *testing.T) {
	t.Parallel()
	text, err := migrations.FS.ReadFile("00001_init.sql")
	require.NoError(t, err)
	line := regexp.MustCompile(`OLD\.state = '(\w+)'\s+AND NEW\.state IN \(([^)]*)\)`)
	allowed := map[string][]string{}
	for _, m := range line.FindAllStringSubmatch(string(text), -1) {
		for to := range strings.SplitSeq(m[2], ",") {
			allowed[m[1]] = append(allowed[m[1]], strings.Trim(to, " '"))
		}
	}
	require.Len(t, allowed, 3, "the trigger was not found as it is written")
	for _, from := range models.UploadStates() {
		for _, to := range models.UploadStates() {
			inSchema := false
			for _, s := range allowed[string(from)] {
				inSchema = inSchema || s == string(to)
			}
			require.Equal(t, inSchema, from.CanMove(to), "%s to %s", from, to)
		}
	}
}

func TestNothingLeavesAFinalState(t *testing.T) {
	t.Parallel()
	for _, from := range models.UploadStates() {
		moves := 0
		for _, to := range models.UploadStates() {
			if from.CanMove(to) {
				moves++
			}
		}
		require.Equal(t, from.Final(), moves == 0, from)
	}
	require.False(t, models.UploadState("no such").Final())
	require.False(t, models.UploadState("no such").CanMove(models.UploadDone))
}

func TestProgressFromTheRow(t *testing.T) {
	t.Parallel()
	const (
		wait = models.StepPending
		run  = models.StepRunning
		done = models.StepDone
	)
	for step, want := range map[models.StepName][6]models.StepState{
		"":                  {wait, wait, wait, wait, wait, wait},
		models.StepScan:     {run, run, wait, wait, wait, wait}, // side by side
		models.StepDedup:    {run, run, wait, wait, wait, wait},
		models.StepCompress: {done, done, run, wait, wait, wait},
		models.StepMove:     {done, done, done, run, wait, wait},
		models.StepVersion:  {done, done, done, done, run, wait},
		models.StepNotify:   {done, done, done, done, done, run},
	} {
		up := models.Upload{State: models.UploadProcessing, Step: step, Percent: 33, Seq: 4000}
		p := up.Progress()
		require.Equal(t, models.UploadProcessing, p.State)
		require.Equal(t, 33, p.Percent)
		require.Equal(t, int64(4000), p.Seq)
		for i, s := range p.Steps {
			require.Equal(t, models.StepNames()[i], s.Name)
			require.Equal(t, want[i], s.State, "%s while %q", s.Name, step)
			require.Equal(t, s.State != wait, s.Attempt == 1)
		}
	}
	kept := models.NewSteps()
	kept[0].State = models.StepFailed
	up := models.Upload{State: models.UploadStalled, Step: models.StepMove, Steps: kept}
	require.Equal(t, kept, up.Progress().Steps, "the full picture goes before the coarse one")
}

func TestPercentGrowsWithTheSteps(t *testing.T) {
	t.Parallel()
	last := 0
	for _, s := range models.StepNames() {
		require.GreaterOrEqual(t, models.StepPercent(s), last, s)
		last = models.StepPercent(s)
	}
	require.Less(t, last, 100)
}

func TestBlobSizes(t *testing.T) {
	t.Parallel()
	b := models.Blob{Variants: []models.Variant{{Name: models.VariantThumb, Size: 1}, {Name: models.VariantFull, Size: 10}}}
	require.Equal(t, int64(10), b.Size())
	require.Equal(t, int64(11), b.TotalSize())
	_, ok := b.Variant(models.VariantPreview)
	require.False(t, ok)
}

func TestRejectionIsAnErrorWithItsReason(t *testing.T) {
	t.Parallel()
	r := models.Reject(models.RejectTooManyPixels, "%d pixels", 9)
	require.Equal(t, "9 pixels", r.Detail)
	require.ErrorContains(t, r, "too_many_pixels")
	require.Equal(t, "upload-7", models.WorkflowID("7"))
}
