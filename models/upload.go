package models

import "time"

// UploadState is where an upload is on its way. Wire format.
type UploadState string

// The states of an upload. See CanMove for the allowed arrows.
const (
	UploadReceiving  UploadState = "receiving"
	UploadProcessing UploadState = "processing"
	UploadStalled    UploadState = "stalled"
	UploadDone       UploadState = "done"
	UploadRejected   UploadState = "rejected"
	UploadCanceled   UploadState = "canceled"
	UploadFailed     UploadState = "failed"
)

// UploadStates lists every state, in the order of the way.
func UploadStates() []UploadState {
	return []UploadState{
		UploadReceiving, UploadProcessing, UploadStalled,
		UploadDone, UploadRejected, UploadCanceled, UploadFailed,
	}
}

// Final reports whether nothing will change any more.
func (s UploadState) Final() bool {
	switch s {
	case UploadDone, UploadRejected, UploadCanceled, UploadFailed:
		return true
	case UploadReceiving, UploadProcessing, UploadStalled:
		return false
	}
	return false
}

// CanMove reports whether an upload may go from one state to another. The
// database holds the same arrows in a trigger.
func (s UploadState) CanMove(to UploadState) bool {
	switch s {
	case UploadReceiving:
		return to == UploadProcessing || to == UploadCanceled || to == UploadFailed
	case UploadProcessing:
		return to == UploadStalled || to.Final()
	case UploadStalled:
		return to == UploadProcessing || to.Final()
	case UploadDone, UploadRejected, UploadCanceled, UploadFailed:
		return false
	}
	return false
}

// Outcome says what became of a done upload. Wire format.
type Outcome string

// The outcomes of the HTTP contract.
const (
	OutcomeCreated   Outcome = "created"
	OutcomeVersioned Outcome = "versioned"
	OutcomeDuplicate Outcome = "duplicate"
	OutcomeRestored  Outcome = "restored"
	OutcomeUnchanged Outcome = "unchanged"
)

// StepName names a step of the pipeline. Wire format.
type StepName string

// The steps, in their order.
const (
	StepScan     StepName = "scan"
	StepDedup    StepName = "dedup"
	StepCompress StepName = "compress"
	StepMove     StepName = "move"
	StepVersion  StepName = "version"
	StepNotify   StepName = "notify"
)

// StepNames lists the steps in their order.
func StepNames() []StepName {
	return []StepName{StepScan, StepDedup, StepCompress, StepMove, StepVersion, StepNotify}
}

// StepState is how far a step is. Wire format.
type StepState string

// The states of a step.
const (
	StepPending  StepState = "pending"
	StepRunning  StepState = "running"
	StepRetrying StepState = "retrying"
	StepDone     StepState = "done"
	StepSkipped  StepState = "skipped"
	StepFailed   StepState = "failed"
)

// Step is one step of one upload as people see it. Message is a short sentence
// for them: the last error of a retrying step, or what the step decided.
type Step struct {
	Name       StepName   `json:"name"`
	State      StepState  `json:"state"`
	Attempt    int        `json:"attempt"`
	StartedAt  *time.Time `json:"startedAt"`
	FinishedAt *time.Time `json:"finishedAt"`
	Message    *string    `json:"message"`
}

// SeqStride is what every change inside the workflow (or of the row) adds to
// Progress.Seq. The numbers between are left for readers that overlay the
// attempts of a retrying step, so that seq grows with those changes too,
// whichever process looked.
const SeqStride = 1000

// Progress is the live picture of an upload: the answer of the workflow's
// progress query, and what the row keeps when there is no workflow to ask.
type Progress struct {
	State   UploadState `json:"state"`
	Percent int         `json:"percent"`
	Seq     int64       `json:"seq"`
	Steps   []Step      `json:"steps"`
}

// NewSteps returns all steps, pending.
func NewSteps() []Step {
	names := StepNames()
	steps := make([]Step, len(names))
	for i, n := range names {
		steps[i] = Step{Name: n, State: StepPending}
	}
	return steps
}

// StepPercent is how far an upload is when the given step begins.
func StepPercent(s StepName) int {
	switch s {
	case StepScan:
		return 10
	case StepDedup:
		return 10
	case StepCompress:
		return 40
	case StepMove:
		return 70
	case StepVersion:
		return 85
	case StepNotify:
		return 95
	}
	return 0
}

// Upload is one attempt to bring an image in: a row of uploads.
//
// Step, Percent and Seq are the coarse picture that every activity leaves when
// it begins; Steps is the full one, kept when the upload stalls or ends (nil
// before). Progress joins them.
type Upload struct {
	ID             string
	OwnerID        string
	Name           string
	Size           int64
	SHA256         string
	MIMEType       string
	State          UploadState
	TargetFileID   *string // the file this upload shall become a version of
	Outcome        *Outcome
	Rejection      *Rejection
	FileID         *string
	VersionNumber  *int
	DuplicateOf    *string
	BlobID         *string
	StoredSize     *int64 // of the full variant that is new for its owner; 0 where they had it already
	Step           StepName
	Percent        int
	Seq            int64
	Steps          []Step
	IdempotencyKey *string
	StallCode      StallCode // of the last stall; it says nothing in another state
	Released       *Clearance
	CreatedAt      time.Time
	UpdatedAt      time.Time
	FinishedAt     *time.Time
}

// Clearance is a person's word that one verdict on the bytes of an upload was
// wrong. They lie in quarantine under the id of the upload that was rejected.
type Clearance struct {
	From      string `json:"from"`
	Signature string `json:"signature"`
}

// StallCode says why a step is out of automatic retries. Wire format.
type StallCode string

// The codes of stalled uploads.
const (
	StallScanner  StallCode = "scanner_unavailable"
	StallStorage  StallCode = "storage_unavailable"
	StallDatabase StallCode = "database_unavailable"
	StallCodec    StallCode = "codec_crashed"
	StallGone     StallCode = "gone"
	StallTimeout  StallCode = "timeout"
	StallOther    StallCode = "other"
)

// WorkflowID is the id of the upload's workflow.
func (u *Upload) WorkflowID() string { return WorkflowID(u.ID) }

// WorkflowID is the workflow id of the upload with this id.
func WorkflowID(uploadID string) string { return "upload-" + uploadID }

// Progress is the picture the row can give by itself.
func (u *Upload) Progress() Progress {
	p := Progress{State: u.State, Percent: u.Percent, Seq: u.Seq, Steps: u.Steps}
	if len(p.Steps) > 0 {
		return p
	}
	p.Steps = NewSteps()
	if u.Step == "" {
		return p
	}
	for i := range p.Steps {
		s := &p.Steps[i]
		beside := s.Name == StepScan && u.Step == StepDedup || s.Name == StepDedup && u.Step == StepScan
		if s.Name == u.Step || beside { // scan and dedup run side by side
			s.State, s.Attempt = StepRunning, 1
			continue
		}
		if StepPercent(s.Name) > StepPercent(u.Step) {
			break
		}
		s.State, s.Attempt = StepDone, 1
	}
	return p
}
