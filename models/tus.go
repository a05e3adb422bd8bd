package models

import "time"

// An upload that can be resumed has one writer at a time, who says every
// TusHold that it is still there. One that was silent for TusLease is of a
// process that was killed, and the next one takes its place. TusLease is the
// longest that anybody waits for it.
const (
	TusHold  = 500 * time.Millisecond
	TusLease = 6 * time.Second
)

// MaxTusParts bounds the parts of one upload: a client that sends single bytes
// must not make an object of each.
const MaxTusParts = 10_000

// TusUpload is an upload whose bytes may come in several requests: the upload,
// and how far it is. Received counts the bytes that are safe; it is the truth
// about the offset.
type TusUpload struct {
	Upload
	Total     *int64 // nil: not said yet
	Received  int64
	Metadata  string // as the client sent it
	Sniffed   string // the type by the first bytes; empty: not told yet
	Head      []byte // the first bytes, while Sniffed is empty
	ExpiresAt time.Time
	Writing   bool // somebody is adding to it
	Expired   bool // nothing will be added any more
}

// Complete reports whether every byte is there.
func (u *TusUpload) Complete() bool { return u.Total != nil && u.Received == *u.Total }

// Taken reports whether every byte was taken in: the promise was made, whatever
// came of the upload after that.
func (u *TusUpload) Taken() bool { return u.State != UploadReceiving && u.SHA256 != "" }

// NewTusUpload is a resumable upload about to be received. Without a Total
// nothing is reserved until bytes come.
type NewTusUpload struct {
	NewUpload
	Total    *int64
	Metadata string
	KeepFor  time.Duration // without new bytes
}

// TusClaim asks to become the writer of an upload at an offset. Total is given
// where the client says now how long the upload is; MaxOpen is as in NewUpload.
type TusClaim struct {
	UploadID string
	Scope    Scope
	Writer   string // a UUID of this claim alone
	Offset   int64
	Total    *int64
	MaxOpen  int
}

// TusPart is a stored run of bytes. Its object carries the writer's id, so that
// two writers never write the same one.
type TusPart struct {
	Start  int64
	Size   int64
	Writer string
}

// NewTusPart is a part about to count. Sniffed and Head become the upload's.
type NewTusPart struct {
	TusPart
	UploadID string
	Sniffed  string
	Head     []byte
	KeepFor  time.Duration
}
