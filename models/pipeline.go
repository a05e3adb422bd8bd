package models

// The values that the steps of the pipeline and the store exchange.

// Mark is the coarse picture of an upload at the beginning of a step.
type Mark struct {
	UploadID string   `json:"uploadId"`
	OwnerID  string   `json:"ownerId"`
	Step     StepName `json:"step"`
	Percent  int      `json:"percent"`
	Seq      int64    `json:"seq"`
}

// Claim is the answer to claiming content for an owner. At most one of BlobID
// and HeldBy is set.
type Claim struct {
	// BlobID: the owner has a version with these bytes; its blob serves.
	BlobID string `json:"blobId,omitempty"`
	// HeldBy: another upload of this owner has the claim and is under way.
	HeldBy string `json:"heldBy,omitempty"`
}

// VersionResult is what CreateVersion made of an upload.
type VersionResult struct {
	Outcome       Outcome `json:"outcome"`
	FileID        string  `json:"fileId"`
	VersionNumber int     `json:"versionNumber,omitempty"`
	StoredSize    int64   `json:"storedSize"`
}

// Finish is the end of an upload. Percent becomes 100 for done. Seq must be
// higher than any before.
type Finish struct {
	UploadID  string      `json:"uploadId"`
	State     UploadState `json:"state"` // final
	Rejection *Rejection  `json:"rejection,omitempty"`
	Reason    string      `json:"reason,omitempty"` // of failed, for people
	Percent   int         `json:"percent"`
	Seq       int64       `json:"seq"`
	Steps     []Step      `json:"steps"`
}

// Stall marks an upload as waiting for a person. Cause is the last error, for people.
type Stall struct {
	UploadID string    `json:"uploadId"`
	Step     StepName  `json:"step"`
	Cause    string    `json:"cause"`
	Code     StallCode `json:"code,omitempty"`
	Percent  int       `json:"percent"`
	Seq      int64     `json:"seq"`
	Steps    []Step    `json:"steps"`
}
