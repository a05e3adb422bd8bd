package models

import (
	"errors"
	"fmt"
)

// The failures every layer agrees on. Wrap them with %w; api/errors.go maps
// each to a status and a stable code in one table.
var (
	// ErrNotFound: no such row, or one that the asker may not know about.
	ErrNotFound = errors.New("not found")
	// ErrConflict: a unique rule or an expected state did not hold.
	ErrConflict = errors.New("conflict")
	// ErrForbidden: the asker is known, but the role does not allow it.
	ErrForbidden = errors.New("forbidden")
	// ErrUnauthenticated: no credential, or one that no longer counts.
	ErrUnauthenticated = errors.New("unauthenticated")
	// ErrInvalidCredentials: wrong e-mail or password, deliberately not which.
	ErrInvalidCredentials = errors.New("invalid credentials")
	// ErrSuspended: the account is suspended.
	ErrSuspended = errors.New("account suspended")
	// ErrEmailTaken: another account has this e-mail address.
	ErrEmailTaken = errors.New("email taken")
	// ErrLastAdmin: without this one there would be no active admin.
	ErrLastAdmin = errors.New("last active admin")
	// ErrBadResetToken: a reset token that is unknown, used or expired.
	ErrBadResetToken = errors.New("reset token no longer counts")
	// ErrTooManyTokens: the user has too many personal access tokens.
	ErrTooManyTokens = errors.New("too many access tokens")
	// ErrRegistrationClosed: registration is switched off.
	ErrRegistrationClosed = errors.New("registration closed")
	// ErrTooLarge: more bytes than the limit.
	ErrTooLarge = errors.New("too large")
	// ErrEmptyFile: an upload of no bytes.
	ErrEmptyFile = errors.New("empty file")
	// ErrNameTooLong: a file name of more characters than the limit.
	ErrNameTooLong = errors.New("name too long")
	// ErrUnsupportedMedia: the bytes are not one of the accepted image types.
	ErrUnsupportedMedia = errors.New("unsupported media type")
	// ErrQuotaExceeded: the owner's quota has no room for it.
	ErrQuotaExceeded = errors.New("quota exceeded")
	// ErrFileTrashed: the file is in the trash; restore it first.
	ErrFileTrashed = errors.New("file is in the trash")
	// ErrAlreadyFinished: the upload is in a final state.
	ErrAlreadyFinished = errors.New("upload already finished")
	// ErrNotStalled: only a stalled upload can be retried.
	ErrNotStalled = errors.New("upload is not stalled")
	// ErrNotHeld: it is not locked up any more: released, deleted or expired.
	ErrNotHeld = errors.New("not in quarantine any more")
	// ErrCheckRunning: one integrity check is under way.
	ErrCheckRunning = errors.New("an integrity check is running")
	// ErrCurrentVersion: the current version cannot be deleted.
	ErrCurrentVersion = errors.New("version is the current one")
	// ErrIntegrity: stored bytes differ from the hash taken when they came in.
	ErrIntegrity = errors.New("stored bytes do not match their hash")
	// ErrBadCursor: a cursor that no list has given out.
	ErrBadCursor = errors.New("malformed cursor")
	// ErrUnavailable: a part this call needs cannot be reached now.
	ErrUnavailable = errors.New("temporarily unavailable")
	// ErrTooManyUploads: the owner has too many uploads under way.
	ErrTooManyUploads = errors.New("too many uploads at once")
	// ErrTooManyStreams: the user has too many event streams open.
	ErrTooManyStreams = errors.New("too many event streams")
	// ErrWrongOffset: bytes for another place than the end of what is there.
	ErrWrongOffset = errors.New("wrong offset")
	// ErrLocked: another request is adding to the upload.
	ErrLocked = errors.New("locked by another request")
	// ErrGone: it was there, and is not to be had any more.
	ErrGone = errors.New("gone")
	// ErrChecksum: bytes differ from the digest that came with them.
	ErrChecksum = errors.New("checksum mismatch")
	// ErrTooManyParts: an upload in more parts than are allowed.
	ErrTooManyParts = errors.New("too many parts")
)

// RejectionCode says why an upload was turned down for good. Wire format.
type RejectionCode string

// The rejection codes of the HTTP contract.
const (
	RejectInfected      RejectionCode = "infected"
	RejectUnscannable   RejectionCode = "unscannable"
	RejectCorrupt       RejectionCode = "corrupt"
	RejectUnsupported   RejectionCode = "unsupported"
	RejectTooManyPixels RejectionCode = "too_many_pixels"
	RejectIntegrity     RejectionCode = "integrity"
)

// Rejection is the answer that these bytes will never become a file. It is an
// error where a part judges bytes (imaging) and a value in rows and answers.
// Detail is a sentence for the person who uploaded; it holds no internals.
type Rejection struct {
	Code      RejectionCode `json:"code"`
	Detail    string        `json:"detail"`
	Signature string        `json:"signature,omitempty"`
}

// Error implements error.
func (r *Rejection) Error() string { return fmt.Sprintf("rejected: %s: %s", r.Code, r.Detail) }

// Reject builds a Rejection.
func Reject(code RejectionCode, format string, args ...any) *Rejection {
	return &Rejection{Code: code, Detail: fmt.Sprintf(format, args...)}
}
