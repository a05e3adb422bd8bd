package progress

import (
	"testing"

	"github.com/stretchr/testify/require"

	"safelight/models"
)

func TestOverlay(t *testing.T) {
	t.Parallel()
	base := models.Progress{State: models.UploadProcessing, Seq: 3000, Steps: models.NewSteps()}
	base.Steps[0].State, base.Steps[0].Attempt = models.StepRunning, 1
	base.Steps[1].State, base.Steps[1].Attempt = models.StepRunning, 2
	tests := map[string]struct {
		pending  []PendingStep
		seq      int64
		state    models.StepState // of dedup
		attempts int
	}{
		"nothing":        {nil, 3000, models.StepRunning, 2},
		"first attempt":  {[]PendingStep{{Step: models.StepDedup, Attempt: 1}}, 3000, models.StepRunning, 2},
		"waits for 2":    {[]PendingStep{{Step: models.StepDedup, Attempt: 2, Backoff: true}}, 3001, models.StepRetrying, 3},
		"second attempt": {[]PendingStep{{Step: models.StepDedup, Attempt: 2}}, 3002, models.StepRetrying, 3},
		"waits for 3":    {[]PendingStep{{Step: models.StepDedup, Attempt: 3, Backoff: true}}, 3003, models.StepRetrying, 4},
		"both steps": {
			[]PendingStep{{Step: models.StepDedup, Attempt: 3}, {Step: models.StepScan, Attempt: 2}}, 3006, models.StepRetrying, 4,
		},
		"very many":          {[]PendingStep{{Step: models.StepDedup, Attempt: 5000}}, 3999, models.StepRetrying, 5001},
		"a way to wait":      {[]PendingStep{{Step: models.StepDedup, Attempt: 9, Waiting: true}}, 3016, models.StepRunning, 2},
		"a step not running": {[]PendingStep{{Step: models.StepMove, Attempt: 9}}, 3000, models.StepRunning, 2},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := overlay(base, tt.pending)
			require.Equal(t, tt.seq, p.Seq)
			require.Equal(t, tt.state, p.Steps[1].State)
			require.Equal(t, tt.attempts, p.Steps[1].Attempt)
			require.Equal(t, models.StepRunning, base.Steps[1].State, "the picture itself stays as it was")
		})
	}
}
