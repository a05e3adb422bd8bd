package store

import (
	"encoding/json"
	"fmt"
	"time"

	"safelight/models"
)

// uploadRow is a row of uploads.
type uploadRow struct {
	ID                 string     `gorm:"column:id"`
	OwnerID            string     `gorm:"column:owner_id"`
	Name               string     `gorm:"column:name"`
	Size               int64      `gorm:"column:size"`
	SHA256             string     `gorm:"column:sha256"`
	MIMEType           string     `gorm:"column:mime_type"`
	State              string     `gorm:"column:state"`
	TargetFileID       *string    `gorm:"column:target_file_id"`
	Outcome            *string    `gorm:"column:outcome"`
	RejectionCode      *string    `gorm:"column:rejection_code"`
	RejectionDetail    string     `gorm:"column:rejection_detail"`
	RejectionSignature string     `gorm:"column:rejection_signature"`
	FileID             *string    `gorm:"column:file_id"`
	VersionNumber      *int       `gorm:"column:version_number"`
	DuplicateOf        *string    `gorm:"column:duplicate_of"`
	BlobID             *string    `gorm:"column:blob_id"`
	StoredSize         *int64     `gorm:"column:stored_size"`
	Step               string     `gorm:"column:step"`
	Percent            int        `gorm:"column:percent"`
	Seq                int64      `gorm:"column:seq"`
	Steps              []byte     `gorm:"column:steps"`
	IdempotencyKey     *string    `gorm:"column:idempotency_key"`
	StallCode          string     `gorm:"column:stall_code"`
	ReleasedFrom       *string    `gorm:"column:released_from"`
	ReleasedSignature  string     `gorm:"column:released_signature"`
	CreatedAt          time.Time  `gorm:"column:created_at"`
	UpdatedAt          time.Time  `gorm:"column:updated_at"`
	FinishedAt         *time.Time `gorm:"column:finished_at"`
}

const uploadColumns = `id, owner_id, name, size, sha256, mime_type, state, target_file_id, outcome,
	rejection_code, coalesce(rejection_detail, '') AS rejection_detail, coalesce(rejection_signature, '') AS rejection_signature,
	file_id, version_number, duplicate_of, blob_id, stored_size, step, percent, seq, steps, idempotency_key,
	stall_code, released_from, coalesce(released_signature, '') AS released_signature,
	created_at, updated_at, finished_at`

func (r uploadRow) upload() (models.Upload, error) {
	up := models.Upload{
		ID: r.ID, OwnerID: r.OwnerID, Name: r.Name, Size: r.Size, SHA256: r.SHA256, MIMEType: r.MIMEType,
		State: models.UploadState(r.State), TargetFileID: r.TargetFileID, Outcome: (*models.Outcome)(r.Outcome),
		FileID: r.FileID, VersionNumber: r.VersionNumber, DuplicateOf: r.DuplicateOf,
		BlobID: r.BlobID, StoredSize: r.StoredSize, Step: models.StepName(r.Step), Percent: r.Percent, Seq: r.Seq,
		IdempotencyKey: r.IdempotencyKey, StallCode: models.StallCode(r.StallCode),
		CreatedAt: r.CreatedAt.UTC(), UpdatedAt: r.UpdatedAt.UTC(), FinishedAt: utc(r.FinishedAt),
	}
	if r.RejectionCode != nil {
		up.Rejection = &models.Rejection{
			Code: models.RejectionCode(*r.RejectionCode), Detail: r.RejectionDetail, Signature: r.RejectionSignature,
		}
	}
	if r.ReleasedFrom != nil {
		up.Released = &models.Clearance{From: *r.ReleasedFrom, Signature: r.ReleasedSignature}
	}
	if len(r.Steps) > 0 {
		if err := json.Unmarshal(r.Steps, &up.Steps); err != nil {
			return models.Upload{}, fmt.Errorf("steps of upload %s: %w", r.ID, err)
		}
	}
	return up, nil
}

func uploadsOf(rows []uploadRow) ([]models.Upload, error) {
	ups := make([]models.Upload, 0, len(rows))
	for _, r := range rows {
		up, err := r.upload()
		if err != nil {
			return nil, err
		}
		ups = append(ups, up)
	}
	return ups, nil
}

// stepsJSON is how steps are kept: NULL where there are none.
func stepsJSON(steps []models.Step) (*string, error) {
	if len(steps) == 0 {
		return nil, nil
	}
	text, err := json.Marshal(steps)
	if err != nil {
		return nil, fmt.Errorf("marshal steps: %w", err)
	}
	s := string(text)
	return &s, nil
}
