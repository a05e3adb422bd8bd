package models

import "time"

// NotificationKind says what a notification is about. Wire format.
type NotificationKind string

// The kinds of the HTTP contract.
const (
	NotifyDone      NotificationKind = "upload.done"
	NotifyDuplicate NotificationKind = "upload.duplicate"
	NotifyRejected  NotificationKind = "upload.rejected"
	NotifyFailed    NotificationKind = "upload.failed"
	NotifyStalled   NotificationKind = "upload.stalled"
)

// Notification tells a user of something that ended or got stuck. Seq grows
// over all notifications: the event id that a stream resumes from.
//
// Title and Body are sentences in English. Subject (the name of the upload) and
// Reason (an Outcome, a RejectionCode or the StepName that stalled; empty where
// Kind says it all) are the same for who words them otherwise.
type Notification struct {
	ID        string
	Seq       int64
	UserID    string
	Kind      NotificationKind
	Title     string
	Body      string
	UploadID  *string
	FileID    *string
	Subject   string
	Reason    string
	ReadAt    *time.Time
	CreatedAt time.Time
}

// Signal is what goes through Postgres NOTIFY on channel NotifyChannel, as
// JSON: ids only (a payload is limited to 8,000 bytes, and is a hint to look,
// not the news itself).
type Signal struct {
	Kind    SignalKind `json:"k"`
	OwnerID string     `json:"o"`
	ID      string     `json:"i"`           // of the upload, notification or file
	Action  string     `json:"a,omitempty"` // file: created, updated, trashed, restored, deleted; progress: begin, end, failed, row
}

// SignalKind says what a Signal is about.
type SignalKind string

// The kinds of signals.
const (
	SignalProgress     SignalKind = "progress"
	SignalNotification SignalKind = "notification"
	SignalFile         SignalKind = "file"
	SignalUser         SignalKind = "user"    // the account changed: suspended, role, sessions ended
	SignalWebhook      SignalKind = "webhook" // deliveries wait to be started
)

// NotifyChannel is the Postgres channel of Signals.
const NotifyChannel = "safelight"
