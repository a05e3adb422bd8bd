package activities

import (
	"context"

	"safelight/models"
)

// VersionInput heads the version step; all it needs is in the rows.
type VersionInput struct {
	Mark
}

// CreateVersion makes the upload a version of its file, or says which file of
// its owner has these bytes already, in one transaction. Twice is once. After
// it there is no way back.
func (a *Activities) CreateVersion(ctx context.Context, in VersionInput) (models.VersionResult, error) {
	return during(ctx, a, in.Mark, func(ctx context.Context) (models.VersionResult, error) {
		res, err := a.Rows.CreateVersion(ctx, in.UploadID)
		if err != nil {
			return res, rowsFailed("create version for upload %s: %w", in.UploadID, err)
		}
		return res, nil
	})
}
