package workflows

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"
)

// Operators are told what the part said, once.
func TestReason(t *testing.T) {
	t.Parallel()
	part := temporal.NewApplicationError("scan tmp/uploads/x: connection refused", "partError", errors.New("scan tmp/uploads/x: connection refused"))
	told := temporal.NewApplicationErrorWithOptions("The virus scanner cannot be used.", "ScannerUnavailable", temporal.ApplicationErrorOptions{Cause: part})
	for want, err := range map[string]error{
		"scan tmp/uploads/x: connection refused": told,
		"Gone for good.":                         temporal.NewNonRetryableApplicationError("Gone for good.", "Gone", nil),
		"no deadline is kept":                    errors.New("no deadline is kept"),
	} {
		require.Equal(t, want, reason(err))
	}
}
