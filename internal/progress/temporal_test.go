package progress

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/common/v1"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/failure/v1"
	"go.temporal.io/api/workflow/v1"
	"google.golang.org/protobuf/types/known/timestamppb"

	"safelight/activities"
	"safelight/models"
)

func application(kind, message string) *failure.Failure {
	return &failure.Failure{
		Message:     message,
		FailureInfo: &failure.Failure_ApplicationFailureInfo{ApplicationFailureInfo: &failure.ApplicationFailureInfo{Type: kind}},
		Cause:       &failure.Failure{Message: "dial tcp 10.0.0.7: refused"},
	}
}

func timeout(kind enums.TimeoutType) *failure.Failure {
	return &failure.Failure{
		Message:     "activity Heartbeat timeout",
		FailureInfo: &failure.Failure_TimeoutFailureInfo{TimeoutFailureInfo: &failure.TimeoutFailureInfo{TimeoutType: kind}},
	}
}

// People are told what our steps have put into words for them, and of nothing
// else its inner text.
func TestFailuresAreToldInWords(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		failure *failure.Failure
		want    string
		waiting bool
	}{
		"none":        {nil, "", false},
		"ours":        {application(activities.ErrTypeScanner, "The virus scanner cannot be used."), "The virus scanner cannot be used.", false},
		"a Go error":  {application("wrapError", "open /var/lib/x: no such file"), "The step failed.", false},
		"claimed":     {application(activities.ErrTypeContentClaimed, "waiting (upload 1)"), "", true},
		"worker gone": {timeout(enums.TIMEOUT_TYPE_HEARTBEAT), "The worker that did this step went away.", false},
		"too slow":    {timeout(enums.TIMEOUT_TYPE_START_TO_CLOSE), "The step took too long.", false},
		"other":       {&failure.Failure{Message: "panic: runtime error"}, "The step failed.", false},
		"very long":   {application(activities.ErrTypeStorage, strings.Repeat("ä", 400)), strings.Repeat("ä", 299) + "…", false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			message, waiting := told(tt.failure)
			require.Equal(t, tt.want, message)
			require.Equal(t, tt.waiting, waiting)
		})
	}
}

func TestPendingSteps(t *testing.T) {
	t.Parallel()
	info := func(state enums.PendingActivityState, attempt int32, next *timestamppb.Timestamp) *workflow.PendingActivityInfo {
		return &workflow.PendingActivityInfo{
			ActivityType: &common.ActivityType{Name: "Scan"}, State: state, Attempt: attempt, NextAttemptScheduleTime: next,
		}
	}
	soon := timestamppb.New(time.Now().Add(time.Second))
	tests := map[string]struct {
		info *workflow.PendingActivityInfo
		want PendingStep
	}{
		"waits for a worker":         {info(enums.PENDING_ACTIVITY_STATE_SCHEDULED, 1, nil), PendingStep{Step: models.StepScan, Attempt: 1}},
		"runs":                       {info(enums.PENDING_ACTIVITY_STATE_STARTED, 1, nil), PendingStep{Step: models.StepScan, Attempt: 1}},
		"waits to be tried again":    {info(enums.PENDING_ACTIVITY_STATE_SCHEDULED, 2, soon), PendingStep{Step: models.StepScan, Attempt: 2, Backoff: true}},
		"runs again":                 {info(enums.PENDING_ACTIVITY_STATE_STARTED, 2, nil), PendingStep{Step: models.StepScan, Attempt: 2}},
		"of a server that says none": {info(enums.PENDING_ACTIVITY_STATE_STARTED, 0, nil), PendingStep{Step: models.StepScan, Attempt: 1}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tt.want, pendingStep(models.StepScan, tt.info))
		})
	}
}
