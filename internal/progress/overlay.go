package progress

import (
	"reflect"
	"slices"

	"safelight/models"
)

// overlay shows on a picture what only the engine knows: which running steps
// it tries again, for the how many-th time and why. Seq grows with every
// attempt and every wait before one, within the room that the workflow leaves
// between its own changes, so that it comes out the same in every process.
func overlay(p models.Progress, pending []PendingStep) models.Progress {
	p.Steps = slices.Clone(p.Steps)
	var extra int64
	for _, a := range pending {
		i := slices.IndexFunc(p.Steps, func(s models.Step) bool {
			return s.Name == a.Step && s.State == models.StepRunning
		})
		tried := 2 * int64(a.Attempt-1)
		if a.Backoff {
			tried--
		}
		if i < 0 || tried <= 0 {
			continue
		}
		extra += tried
		if a.Waiting {
			continue
		}
		s := &p.Steps[i]
		s.State, s.Attempt = models.StepRetrying, s.Attempt+a.Attempt-1
		if a.Message != "" {
			s.Message = &a.Message
		}
	}
	p.Seq += min(extra, models.SeqStride-1)
	return p
}

// retrying reports whether a picture has a step whose attempts are worth asking for.
func retrying(steps []models.Step) bool {
	return slices.ContainsFunc(steps, func(s models.Step) bool { return s.State == models.StepRetrying })
}

// newer reports whether next is news to those who have last: a higher seq with
// something to see.
func newer(last *Snapshot, next Snapshot) bool {
	if last == nil {
		return true
	}
	a, b := &last.Upload, &next.Upload
	return b.Seq > a.Seq && (last.Stale != next.Stale || a.State != b.State || a.Percent != b.Percent || !reflect.DeepEqual(a.Steps, b.Steps))
}
