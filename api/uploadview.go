package api

import (
	"time"

	"github.com/danielgtaylor/huma/v2"

	"safelight/internal/progress"
	"safelight/models"
)

// uploadView is an upload: in answers and, whole, in every event of its progress.
type uploadView struct {
	ID            string             `json:"id" format:"uuid"`
	Name          string             `json:"name" example:"cat.jpg"`
	Size          int64              `json:"size" doc:"Bytes as uploaded; 0 until all have come."`
	SHA256        *string            `json:"sha256" doc:"Of the bytes as uploaded; null until all have come."`
	MIMEType      *string            `json:"mimeType" doc:"As judged by content; null until all have come." example:"image/jpeg"`
	State         models.UploadState `json:"state" enum:"receiving,processing,stalled,done,rejected,canceled,failed"`
	Percent       int                `json:"percent" minimum:"0" maximum:"100"`
	Steps         []models.Step      `json:"steps" doc:"scan, dedup, compress, move, version and notify, in this order."`
	Outcome       *models.Outcome    `json:"outcome" enum:"created,versioned,duplicate,restored,unchanged" doc:"Of a done upload."`
	Rejection     *rejectionView     `json:"rejection" doc:"Of a rejected upload."`
	FileID        *string            `json:"fileId" doc:"The file that this upload became a version of."`
	VersionNumber *int               `json:"versionNumber"`
	DuplicateOf   *string            `json:"duplicateOf" doc:"The file that has these bytes already."`
	StoredSize    *int64             `json:"storedSize" doc:"Bytes of the stored picture."`
	WorkflowID    string             `json:"workflowId" doc:"In the Temporal UI."`
	Seq           int64              `json:"seq" doc:"Grows with every change: what has a lower one is an older picture."`
	CreatedAt     time.Time          `json:"createdAt"`
	FinishedAt    *time.Time         `json:"finishedAt"`
	Stale         bool               `json:"stale,omitempty" doc:"True when the workflow could not be asked and the picture is the last one known."`
}

// TransformSchema implements huma.SchemaTransformer.
func (uploadView) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	orNull(s, "rejection")
	return s
}

// rejectionView says why an upload was turned down.
type rejectionView struct {
	Code      models.RejectionCode `json:"code" enum:"infected,unscannable,corrupt,unsupported,too_many_pixels,integrity"`
	Detail    string               `json:"detail"`
	Signature string               `json:"signature,omitempty" doc:"What the virus scanner found, of an infected one."`
}

// viewUpload shows what the row knows.
func viewUpload(up models.Upload) uploadView {
	p := up.Progress()
	return uploadView{
		ID: up.ID, Name: up.Name, Size: up.Size, SHA256: known(up.SHA256), MIMEType: known(up.MIMEType),
		State: p.State, Percent: p.Percent, Steps: p.Steps, Outcome: up.Outcome, Rejection: viewRejection(up.Rejection),
		FileID: up.FileID, VersionNumber: up.VersionNumber, DuplicateOf: up.DuplicateOf, StoredSize: up.StoredSize,
		WorkflowID: up.WorkflowID(), Seq: p.Seq, CreatedAt: up.CreatedAt.UTC(), FinishedAt: up.FinishedAt,
	}
}

// viewSnapshot shows the live picture.
func viewSnapshot(s progress.Snapshot) uploadView {
	v := viewUpload(s.Upload)
	v.Stale = s.Stale
	return v
}

func viewRejection(r *models.Rejection) *rejectionView {
	if r == nil {
		return nil
	}
	v := rejectionView{Code: r.Code, Detail: r.Detail}
	if r.Code == models.RejectInfected {
		v.Signature = r.Signature
	}
	return &v
}

func known(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
