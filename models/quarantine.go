package models

import "time"

// QuarantineState says what became of a locked-up original. Wire format.
type QuarantineState string

// The states of a locked-up original. All but held are final.
const (
	QuarantineHeld     QuarantineState = "held"
	QuarantineReleased QuarantineState = "released" // a person found the verdict wrong
	QuarantineDeleted  QuarantineState = "deleted"  // by a person
	QuarantineExpired  QuarantineState = "expired"  // held for as long as it is kept
	QuarantineLost     QuarantineState = "lost"     // its object was found missing
)

// Quarantined is an infected original that is or was locked up. Its id is that
// of the upload which brought it.
type Quarantined struct {
	UploadID   string
	OwnerID    string
	OwnerEmail string
	Name       string
	Size       int64 // bytes
	SHA256     string
	MIMEType   string
	Signature  string
	State      QuarantineState
	CreatedAt  time.Time
	EndedAt    *time.Time
	EndedBy    *string // nil while it is held, and where the system did it
	Reason     string  // of a release
	ReleasedAs *string // the upload that goes on with the bytes
}

// QuarantineFilter selects what is or was locked up, newest upload first.
// Limit is 1 to 200.
type QuarantineFilter struct {
	State  QuarantineState // empty: any
	Limit  int
	Cursor string
}

// Release asks for an original to be let out: NewID is the upload that goes on
// with it, Reason why the verdict is held to be wrong.
type Release struct {
	UploadID string
	NewID    string
	Reason   string
}
