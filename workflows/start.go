package workflows

import (
	"context"
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/google/uuid"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"safelight/models"
)

// StartOptions are the options that every start of an upload's workflow uses,
// whoever starts it. One that runs or that ended well is never started again;
// one that was terminated or failed may be.
func StartOptions(up *models.Upload) client.StartWorkflowOptions {
	return client.StartWorkflowOptions{
		ID:                                       up.WorkflowID(),
		TaskQueue:                                QueueIO,
		WorkflowIDReusePolicy:                    enums.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE_FAILED_ONLY,
		WorkflowIDConflictPolicy:                 enums.WORKFLOW_ID_CONFLICT_POLICY_FAIL,
		WorkflowExecutionErrorWhenAlreadyStarted: true,
		TypedSearchAttributes: temporal.NewSearchAttributes(
			attrOwner.ValueSet(up.OwnerID),
			attrState.ValueSet(string(models.UploadProcessing)),
			attrSHA256.ValueSet(up.SHA256),
		),
		StaticSummary: fmt.Sprintf("%s, %.1f MB, of %s", cut(up.Name, maxSummaryName), float64(up.Size)/1e6, up.OwnerID),
	}
}

// maxSummaryName bounds the name in a summary, in bytes: Temporal's default
// limit of a whole summary is 400.
const maxSummaryName = 200

// cut shortens a text to at most n bytes between two characters.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	n -= len("…")
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + "…"
}

// Starter starts workflows of uploads.
type Starter struct {
	Client  client.Client
	Options Options
}

// StartIntegrity starts the check of a report that has been begun. One that runs
// or has run is success, and is not begun again.
func (s Starter) StartIntegrity(ctx context.Context, reportID string, repair bool) error {
	_, err := s.Client.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
		ID:                       IntegrityWorkflowID(reportID),
		TaskQueue:                QueueIO,
		WorkflowIDReusePolicy:    enums.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE,
		WorkflowIDConflictPolicy: enums.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING,
	}, CheckIntegrityName, IntegrityInput{ReportID: reportID, Repair: repair, Grace: s.Options.Grace})
	if err != nil {
		return fmt.Errorf("%w: start integrity check %s: %w", models.ErrUnavailable, reportID, err)
	}
	return nil
}

// newReportID makes an id that grows with time.
func newReportID() string { return uuid.Must(uuid.NewV7()).String() }

// StartUpload starts ProcessUpload for an accepted upload. One that runs
// already, or that ended well, is success.
func (s Starter) StartUpload(ctx context.Context, up *models.Upload) error {
	_, err := s.Client.ExecuteWorkflow(ctx, StartOptions(up), ProcessUploadName, InputFor(up, s.Options))
	var running *serviceerror.WorkflowExecutionAlreadyStarted
	if errors.As(err, &running) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("start workflow %s: %w", up.WorkflowID(), err)
	}
	return nil
}
