package models

// Scope says whose things a query may see: those of OwnerID, or with Any all
// of them (admins). What lies outside is ErrNotFound, as if it did not exist.
type Scope struct {
	OwnerID string
	Any     bool
}

// Page is a part of a list. Next is the opaque cursor of the following part,
// empty at the end.
type Page[T any] struct {
	Items []T
	Next  string
}

// UploadFilter selects uploads, newest first. Limit is 1 to 200.
type UploadFilter struct {
	Scope  Scope
	State  UploadState // empty: any
	Step   StepName    // empty: any; the one that an upload is at or was at last
	Code   string      // empty: any; of the rejection, or of the failure it is stalled with
	Limit  int
	Cursor string
}

// AuditFilter selects lines of the audit log, newest first. Limit is 1 to 200.
type AuditFilter struct {
	ActorID string // empty: any
	Action  string // empty: any
	Limit   int
	Cursor  string
}

// FileSort is what a list of files is ordered by. Wire format.
type FileSort string

// The orders of a list of files.
const (
	SortCreatedAt FileSort = "createdAt"
	SortName      FileSort = "name"
	SortSize      FileSort = "size"
)

// FileFilter selects files. Q matches a part of the name, whatever its case.
// Limit is 1 to 200.
type FileFilter struct {
	Scope      Scope
	Q          string
	Sort       FileSort
	Descending bool
	Trashed    bool
	Limit      int
	Cursor     string
}

// NewUpload is an upload about to be received. Reserve is the number of bytes
// it may come to, as announced, with those of the original where it is kept; MaxOpen bounds the owner's uploads in receiving.
type NewUpload struct {
	ID             string
	OwnerID        string
	Name           string
	TargetFileID   *string
	Reserve        int64
	IdempotencyKey *string
	MaxOpen        int
	// KeepsOriginal: the bytes as uploaded will be kept beside the variants, so
	// that twice what is announced is reserved.
	KeepsOriginal bool
}
