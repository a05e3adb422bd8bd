package models

import "time"

// FindingKind says what is wrong between rows and objects. Wire format.
type FindingKind string

// The kinds of findings.
const (
	FindingOrphan            FindingKind = "orphan_object"      // in final, of no blob
	FindingStray             FindingKind = "stray_object"       // in final, of a blob that does not name it
	FindingMissing           FindingKind = "missing_object"     // a blob names it, and it is not there
	FindingDamaged           FindingKind = "damaged_object"     // other bytes than the blob's row says
	FindingTmpLeftover       FindingKind = "tmp_leftover"       // of an upload that has ended
	FindingQuarantineOrphan  FindingKind = "quarantine_orphan"  // locked up, and nothing says so
	FindingQuarantineMissing FindingKind = "quarantine_missing" // said to be locked up, and not there
)

// Repair says what mends a kind of finding. Wire format.
type Repair string

// The repairs. RepairDelete removes the object. RepairMark marks the blob as
// damaged and touches no object: whoever uploads the same bytes again replaces
// what is wrong, and objects brought back from a backup clear the mark at the
// next check. RepairClose ends the row as lost.
const (
	RepairDelete Repair = "delete_object"
	RepairMark   Repair = "mark_damaged"
	RepairClose  Repair = "close_quarantine"
)

// Repair is what mends a finding of this kind.
func (k FindingKind) Repair() Repair {
	switch k {
	case FindingMissing, FindingDamaged:
		return RepairMark
	case FindingQuarantineMissing:
		return RepairClose
	case FindingOrphan, FindingStray, FindingTmpLeftover, FindingQuarantineOrphan:
		return RepairDelete
	}
	return ""
}

// FindingState says what became of a finding. Wire format.
type FindingState string

// The states of a finding.
const (
	FindingOpen     FindingState = "open"
	FindingRepaired FindingState = "repaired"
	FindingGone     FindingState = "gone" // by the time of the repair nothing was wrong any more
)

// Finding is one thing that is wrong. Bucket and Key name the object, there or not.
type Finding struct {
	ID       string
	ReportID string
	Kind     FindingKind
	Bucket   string
	Key      string
	Detail   string
	State    FindingState
	FoundAt  time.Time
	EndedAt  *time.Time
}

// ReportState says how far a report is. Wire format.
type ReportState string

// The states of a report.
const (
	ReportRunning ReportState = "running"
	ReportDone    ReportState = "done"
	ReportFailed  ReportState = "failed"
)

// IntegrityCounts is how much a check has looked at.
type IntegrityCounts struct {
	Objects     int64 `json:"objects"`     // listed
	Rows        int64 `json:"rows"`        // compared with their objects
	HashedBytes int64 `json:"hashedBytes"` // read
}

// Add adds up.
func (c IntegrityCounts) Add(more IntegrityCounts) IntegrityCounts {
	return IntegrityCounts{c.Objects + more.Objects, c.Rows + more.Rows, c.HashedBytes + more.HashedBytes}
}

// IntegrityReport is one check of everything. Counts are known at its end.
type IntegrityReport struct {
	ID         string
	State      ReportState
	Repair     bool    // findings are repaired as well
	StartedBy  *string // nil: the schedule
	StartedAt  time.Time
	FinishedAt *time.Time
	Counts     IntegrityCounts
	Findings   map[FindingKind]int64 // how many of each kind
	Repaired   int64
}

// FindingFilter selects findings of a report, in the order they were found.
// Limit is 1 to 200.
type FindingFilter struct {
	ReportID string
	Kind     FindingKind  // empty: any
	State    FindingState // empty: any
	Limit    int
	Cursor   string
}

// StoredVariant is a variant with the blob it belongs to.
type StoredVariant struct {
	Variant
	BlobID  string
	Damaged bool // the blob is marked
}
