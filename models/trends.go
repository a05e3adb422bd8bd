package models

import "time"

// Trends is how uploads went lately: what charts are drawn from. Hours and
// days are those of UTC, oldest first and without gaps; the last one has only
// begun.
type Trends struct {
	Hours []UploadCounts // 24 of them
	Days  []UploadCounts // 30 of them

	// What became of the uploads in Hours and in Days.
	Outcomes24h, Outcomes30d     map[Outcome]int64
	Rejections24h, Rejections30d map[RejectionCode]int64

	Steps []StepTimes // in the order of the pipeline
}

// UploadCounts counts the uploads that began in the hour or day from At by
// what has become of them since.
type UploadCounts struct {
	At       time.Time
	Done     int64
	Rejected int64
	Canceled int64
	Failed   int64
	Open     int64 // receiving, processing or stalled
}

// Add counts n uploads in a state.
func (c *UploadCounts) Add(state UploadState, n int64) {
	switch state {
	case UploadDone:
		c.Done += n
	case UploadRejected:
		c.Rejected += n
	case UploadCanceled:
		c.Canceled += n
	case UploadFailed:
		c.Failed += n
	case UploadReceiving, UploadProcessing, UploadStalled:
		c.Open += n
	}
}

// StepTimes is how long a step took in the newest uploads.
type StepTimes struct {
	Name     StepName
	Count    int64         // uploads that had this step done
	P50, P95 time.Duration // the waiting between the engine's own retries included
	Retries  int64         // times it was taken up again after it had stalled
}
