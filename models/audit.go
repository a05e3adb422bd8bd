package models

import "time"

// Actor is who does something that the audit log keeps, and from where. The
// zero value is the system itself.
type Actor struct {
	UserID    string
	Email     string // as it is at the time
	IP        string
	RequestID string
}

// AuditEntry is one line of the audit log. Action is a dotted lower-case name
// like "user.suspended"; Target says what it was done to; Details holds what
// else a reader needs, and never a secret.
type AuditEntry struct {
	ID         string
	At         time.Time
	Actor      Actor
	Action     string
	TargetKind string // user, file, upload, quarantine, webhook, integrity
	TargetID   string
	Details    map[string]any
}
