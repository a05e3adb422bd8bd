package activities

import (
	"errors"
	"fmt"

	"go.temporal.io/sdk/temporal"

	"safelight/models"
	"safelight/storage"
)

// Failure types in Temporal histories. Wire format, never renamed.
const (
	// ErrTypeRejected: the bytes are turned down; details hold a models.Rejection.
	ErrTypeRejected = "Rejected"
	// ErrTypeCodecCrashed: the child that decoded ended; may be tried again.
	ErrTypeCodecCrashed = "CodecCrashed"
	// ErrTypeContentClaimed: another upload has the claim; try again later.
	ErrTypeContentClaimed = "ContentClaimed"
	// ErrTypeFinished: the upload has ended otherwise; nothing is left to do for it.
	ErrTypeFinished = "AlreadyFinished"
	// ErrTypeGone: what the step works on does not exist any more, and no retry brings it back.
	ErrTypeGone = "Gone"
	// ErrTypeQuota: its owner's quota has no room for what came of the upload.
	// It waits for the owner, who can make room and have it tried again.
	ErrTypeQuota = "QuotaExceeded"
)

// ErrTypeRefused says that the object store does not take what the step gives it, and
// would not the next time. It waits for whoever runs the system.
const ErrTypeRefused = "StorageRefused"

// ErrCodecCrashed is returned by a Codec whose child crashed, hung or was
// killed for its limits while it worked on the source.
var ErrCodecCrashed = errors.New("codec process ended")

// Failure types for a part that a step needs and that failed it for now.
const (
	ErrTypeScanner  = "ScannerUnavailable"
	ErrTypeStorage  = "StorageUnavailable"
	ErrTypeDatabase = "DatabaseUnavailable"
)

// partError says which part failed a step. People are told the part; the
// cause, with its paths and addresses, is for the operators' histories and logs.
type partError struct {
	failureType string
	told        string
	err         error
}

func (e *partError) Error() string { return e.err.Error() }
func (e *partError) Unwrap() error { return e.err }

func scannerFailed(format string, args ...any) error {
	return &partError{ErrTypeScanner, "The virus scanner cannot be used at the moment.", fmt.Errorf(format, args...)}
}

func storageFailed(format string, args ...any) error {
	return &partError{ErrTypeStorage, "The object store cannot be used at the moment.", fmt.Errorf(format, args...)}
}

func rowsFailed(format string, args ...any) error {
	return &partError{ErrTypeDatabase, "The database cannot be used at the moment.", fmt.Errorf(format, args...)}
}

// classify types a failure for the workflow and marks those that no automatic
// retry can cure. Unknown means retryable, as are of the store's failures
// ErrUnavailable, ErrShort (a local file that changed: the step makes it anew)
// and ErrExists (what was there is looked at again).
func classify(err error) error {
	if err == nil {
		return nil
	}
	var rejection *models.Rejection
	var part *partError
	switch {
	case errors.As(err, &rejection):
		return temporal.NewNonRetryableApplicationError(rejection.Detail, ErrTypeRejected, err, rejection)
	case errors.Is(err, models.ErrIntegrity):
		r := models.Reject(models.RejectIntegrity, "The stored bytes differ from the ones that were sent. Please upload the file again.")
		return temporal.NewNonRetryableApplicationError(r.Detail, ErrTypeRejected, err, r)
	case errors.Is(err, models.ErrAlreadyFinished):
		return temporal.NewNonRetryableApplicationError("The upload has ended already.", ErrTypeFinished, err)
	case errors.Is(err, models.ErrNotFound), errors.Is(err, storage.ErrNotFound):
		return temporal.NewNonRetryableApplicationError("What this step works on is gone.", ErrTypeGone, err)
	case errors.Is(err, storage.ErrTooLarge):
		return temporal.NewNonRetryableApplicationError(
			"The object store takes no file as large as what came of this picture.", ErrTypeRefused, err)
	case errors.Is(err, storage.ErrInvalidKey):
		return temporal.NewNonRetryableApplicationError("The object store does not take the name of an object.", ErrTypeRefused, err)
	case errors.Is(err, models.ErrQuotaExceeded):
		return temporal.NewNonRetryableApplicationError(
			"The quota has no room for what came of this picture. Delete something for good, then try again.", ErrTypeQuota, err)
	case errors.Is(err, ErrCodecCrashed):
		return temporal.NewApplicationErrorWithOptions("The image decoder ended unexpectedly.", ErrTypeCodecCrashed,
			temporal.ApplicationErrorOptions{Cause: err})
	case errors.As(err, &part):
		return temporal.NewApplicationErrorWithOptions(part.told, part.failureType,
			temporal.ApplicationErrorOptions{Cause: err})
	}
	return err
}
