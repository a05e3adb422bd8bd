// Package progress turns the live picture that a workflow gives of its upload
// into a stream for as many readers as there are. One watcher per watched
// upload and process asks the workflow; signals from the database wake it, a
// slow poll is the fallback, and the row answers where the workflow cannot.
package progress

import (
	"context"

	"safelight/models"
)

// Engine asks the workflow engine about one upload's workflow.
type Engine interface {
	// Query gives the workflow's own picture. ErrNotFound of models: there is
	// no such workflow under way. Any other error: it cannot be told now.
	Query(ctx context.Context, workflowID string) (models.Progress, error)
	// Pending lists the steps that the engine is at, with their attempts.
	Pending(ctx context.Context, workflowID string) ([]PendingStep, error)
}

// PendingStep is a step that the engine has begun or will try again.
type PendingStep struct {
	Step models.StepName
	// Attempt counts from 1. While the engine waits to try again it is the
	// number of the attempt to come, and Backoff is true.
	Attempt int
	Backoff bool
	// Message is the last failure in a sentence for people, or empty.
	Message string
	// Waiting: the attempts are a way to wait, nothing has failed.
	Waiting bool
}

// Rows is the part of models/store that the hub reads.
type Rows interface {
	UploadByID(ctx context.Context, scope models.Scope, id string) (models.Upload, error)
	NotificationByID(ctx context.Context, id string) (models.Notification, error)
	FileByID(ctx context.Context, scope models.Scope, id string) (models.File, error)
}

// Snapshot is the whole of one upload as it is now: its row, with state,
// percent, seq and steps of the live picture. Stale means that the workflow of
// an unfinished upload could not be asked and the row stands in for it.
type Snapshot struct {
	Upload models.Upload
	Stale  bool
}

// merge puts a picture into a copy of the row. A stale one is numbered just
// below the live one that the row remembers, so that readers take the live
// one for newer when it comes, and never this one in its place.
func merge(row models.Upload, p models.Progress, stale bool) Snapshot {
	if stale {
		p.Seq--
	}
	row.State, row.Percent, row.Seq, row.Steps = p.State, p.Percent, p.Seq, p.Steps
	return Snapshot{Upload: row, Stale: stale}
}

// fromRow is the picture that the row gives by itself.
func fromRow(row models.Upload, stale bool) Snapshot { return merge(row, row.Progress(), stale) }

// EventKind says what an Event is about.
type EventKind string

// The kinds of events. All but EventAccount are wire format.
const (
	EventProgress     EventKind = "progress"
	EventNotification EventKind = "notification"
	EventFile         EventKind = "file"
	// EventAccount: the reader's account or session may have changed; check it again.
	EventAccount EventKind = "account"
)

// Event is one piece of news. The field of its kind is set.
type Event struct {
	Kind         EventKind
	Snapshot     Snapshot
	Notification models.Notification
	File         FileChange
}

// FileChange is what happened to a file. File is nil where it is gone for good.
type FileChange struct {
	Action string
	ID     string
	File   *models.File
}
