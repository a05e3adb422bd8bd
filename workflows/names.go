// Package workflows holds the durable order of things: ProcessUpload, which
// carries one upload through all its steps, and Reconcile, which keeps the
// promise for uploads that lost their workflow.
package workflows

import (
	"time"

	"safelight/activities"
	"safelight/internal/config"
	"safelight/models"
	"safelight/storage"
)

// Names that stand in histories and in other programs. Wire format, never renamed.
const (
	QueueIO   = "safelight-io"   // workflows, and the steps that wait for others
	QueueScan = "safelight-scan" // the scanner, which takes only so many at once
	QueueCPU  = "safelight-cpu"  // compression

	ProgressQuery = "progress" // answers models.Progress
	SignalRetry   = "retry"    // a stalled step is tried again
	SignalCancel  = "cancel"   // stops the upload, up to the version row

	ProcessUploadName = "ProcessUpload"
	ReconcileName     = "Reconcile"
	ReconcileSchedule = "safelight-reconcile"
)

// UploadInput is all that ProcessUpload needs to know. What may differ between
// workers or change with time comes in here, so that a replay sees the same.
type UploadInput struct {
	UploadID string                   `json:"uploadId"`
	OwnerID  string                   `json:"ownerId"`
	SHA256   string                   `json:"sha256"`
	Size     int64                    `json:"size"`
	Seq      int64                    `json:"seq"` // of the row: a workflow that begins again counts on from there
	Settings activities.CodecSettings `json:"settings"`
	RetryFor time.Duration            `json:"retryFor"` // how long a step retries by itself
	StallFor time.Duration            `json:"stallFor"` // how long a stalled upload waits for a person
	// Released: a person let the original out of quarantine, where it lies still,
	// and cleared it of one verdict.
	Released *models.Clearance `json:"released,omitempty"`
}

// original is where the bytes lie as they came in.
func (in UploadInput) original() storage.Ref {
	if in.Released != nil {
		return storage.QuarantineRef(in.Released.From)
	}
	return storage.OriginalRef(in.UploadID)
}

// discard names what an undo takes away.
func (in UploadInput) discard() activities.DiscardInput {
	d := activities.DiscardInput{UploadID: in.UploadID, ReleasedFrom: ""}
	if in.Released != nil {
		d.ReleasedFrom = in.Released.From
	}
	return d
}

// Options are the parts of UploadInput that come from configuration.
type Options struct {
	Settings activities.CodecSettings
	RetryFor time.Duration
	StallFor time.Duration
	Grace    time.Duration // of integrity checks: how old an object must be to be missed by nobody
}

// OptionsFrom takes them from the configuration.
func OptionsFrom(p config.Pipeline, l config.Limits, r config.Retention) Options {
	return Options{
		Settings: activities.CodecSettings{
			MaxSide: p.MaxSide, PreviewSide: p.PreviewSide, ThumbSide: p.ThumbSide,
			Format: p.Format, MinSSIM: p.MinSSIM, Quality: p.Quality,
			MaxPixels: l.MaxPixels, MaxFrames: l.MaxFrames, KeepOriginal: p.KeepOriginals,
		},
		RetryFor: p.RetryFor, StallFor: r.Stalled, Grace: r.Receiving,
	}
}

// InputFor builds the input for an accepted upload.
func InputFor(up *models.Upload, o Options) UploadInput {
	return UploadInput{
		UploadID: up.ID, OwnerID: up.OwnerID, SHA256: up.SHA256, Size: up.Size, Seq: up.Seq,
		Settings: o.Settings, RetryFor: o.RetryFor, StallFor: o.StallFor,
		Released: up.Released,
	}
}
