package activities

import (
	"errors"

	"go.temporal.io/sdk/temporal"

	"safelight/models"
)

// Failure types in Temporal histories. Wire format, never renamed.
const (
	// ErrTypeRejected: the bytes are turned down; details hold a models.Rejection.
	ErrTypeRejected = "Rejected"
	// ErrTypeCodecCrashed: the child that decoded ended; may be tried again.
	ErrTypeCodecCrashed = "CodecCrashed"
	// ErrTypeContentClaimed: another upload has the claim; try again later.
	ErrTypeContentClaimed = "ContentClaimed"
	// ErrTypeGone: what the step works on does not exist any more, and no retry brings it back.
	ErrTypeGone = "Gone"
)

// ErrCodecCrashed is returned by a Codec whose child crashed, hung or was
// killed for its limits while it worked on the source.
var ErrCodecCrashed = errors.New("codec process ended")

// classify marks the failures that no automatic retry can cure. Unknown means retryable.
func classify(err error) error {
	if err == nil {
		return nil
	}
	var rejection *models.Rejection
	switch {
	case errors.As(err, &rejection):
		return temporal.NewNonRetryableApplicationError(rejection.Detail, ErrTypeRejected, err, rejection)
	case errors.Is(err, models.ErrIntegrity):
		r := models.Reject(models.RejectIntegrity, "The stored bytes differ from the ones that were sent. Please upload the file again.")
		return temporal.NewNonRetryableApplicationError(r.Detail, ErrTypeRejected, err, r)
	case errors.Is(err, models.ErrNotFound):
		return temporal.NewNonRetryableApplicationError("what this step works on is gone", ErrTypeGone, err)
	case errors.Is(err, ErrCodecCrashed):
		return temporal.NewApplicationErrorWithOptions("the image decoder ended unexpectedly", ErrTypeCodecCrashed,
			temporal.ApplicationErrorOptions{Cause: err})
	}
	return err
}
