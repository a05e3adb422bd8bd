package activities

import (
	"context"

	"safelight/models"
)

// Notify ends the upload: final state, notification and released claim in one
// transaction, which also wakes the API processes. Twice is once.
func (a *Activities) Notify(ctx context.Context, in models.Finish) error {
	if err := a.Rows.FinishUpload(ctx, in); err != nil {
		return classify(rowsFailed("finish upload %s as %s: %w", in.UploadID, in.State, err))
	}
	return nil
}

// Stall marks the upload as waiting for a person and tells its owner and the
// admins. Twice is once.
func (a *Activities) Stall(ctx context.Context, in models.Stall) error {
	if err := a.Rows.StallUpload(ctx, in); err != nil {
		return classify(rowsFailed("stall upload %s: %w", in.UploadID, err))
	}
	return nil
}
