//go:build integration

package api

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/testsuite"

	"safelight/activities"
	"safelight/models"
)

// Housekeeping as the worker does it: what has expired goes, rows and bytes; what
// can be resumed stays, however old its parts are; what is complete is finished.
func TestSweepingTusUploads(t *testing.T) {
	t.Parallel()
	s := newTusStack(t)
	ada := tusClient{s, s.person("ada").AccessToken}
	content := noise(t, 300_000)
	expired, waiting, whole := ada.begin(len(content)), ada.begin(len(content)), ada.begin(len(content))
	for _, path := range []string{expired, waiting} {
		require.Equal(t, http.StatusNoContent, ada.patch(0, path, 0, content[:200_000]).Status)
	}
	complete(s, whole, content)
	s.sql(`UPDATE uploads SET resumable_until = now() - interval '1 second' WHERE id = $1`, uploadOf(expired))
	s.sql(`ALTER TABLE uploads DISABLE TRIGGER uploads_state_arrows`)
	s.sql(`UPDATE uploads SET updated_at = now() - interval '2 days'`)
	s.sql(`ALTER TABLE uploads ENABLE TRIGGER uploads_state_arrows`)

	var suite testsuite.WorkflowTestSuite
	env := suite.NewTestActivityEnvironment()
	acts := &activities.Activities{Objects: s.files, Rows: s.store, Assembler: assemblerOf(t, s.apps[1])}
	env.RegisterActivity(acts)
	for _, sweep := range []any{acts.SweepReceiving, acts.SweepTmp} {
		_, err := env.ExecuteActivity(sweep, activities.SweepInput{Receiving: time.Nanosecond, Trash: 0, BlobGrace: 0})
		require.NoError(t, err)
	}

	s.whole(whole, content)
	require.Equal(t, models.UploadFailed, s.row(expired).State)
	require.Empty(t, s.objects(expired))
	require.Equal(t, http.StatusGone, ada.send(0, http.MethodHead, expired, nil).Status)
	require.Len(t, s.objects(waiting), 1)
	require.Equal(t, 200_000, ada.offset(1, waiting))
	require.Equal(t, http.StatusNoContent, ada.patch(0, waiting, 200_000, content[200_000:]).Status, "and goes on")
	require.Equal(t, digestOf(content), s.row(waiting).SHA256)
}
