package api

import (
	"net/http"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"safelight/models"
)

func TestIntegrity(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	boss, token := b.administrator()
	b.ask(http.MethodGet, "/api/v1/admin/integrity", token, nil).problem(CodeNotFound)
	a := b.ask(http.MethodPost, "/api/v1/admin/integrity", token, map[string]bool{"repair": true})
	require.Equal(t, http.StatusAccepted, a.Status, "%s", a.Body)
	var v integrityView
	a.into(&v)
	require.Equal(t, models.ReportRunning, v.State)
	require.True(t, v.Repair)
	require.Equal(t, boss.ID, *v.StartedBy)
	require.NotNil(t, v.Findings.Items)
	require.Equal(t, []string{"integrity " + v.ID}, b.admin.started)
	b.ask(http.MethodPost, "/api/v1/admin/integrity", token, nil).problem(CodeCheckRunning)

	b.admin.reports[0].State, b.admin.reports[0].Findings = models.ReportDone, map[models.FindingKind]int64{models.FindingDamaged: 1}
	b.admin.findings = []models.Finding{{ID: uuid.NewString(), Kind: models.FindingDamaged, Bucket: "final", Key: "blobs/x/full", State: models.FindingRepaired}}
	var got integrityView
	b.ask(http.MethodGet, "/api/v1/admin/integrity?kind=damaged_object&state=repaired&limit=3&cursor=abc", token, nil).into(&got)
	require.Equal(t, models.FindingFilter{ReportID: v.ID, Kind: models.FindingDamaged, State: models.FindingRepaired, Limit: 3, Cursor: "abc"}, b.admin.filter)
	require.Equal(t, map[models.FindingKind]int64{models.FindingDamaged: 1}, got.Counts)
	require.Equal(t, models.RepairMark, got.Findings.Items[0].Repair)
	require.Equal(t, "more", *got.Findings.NextCursor)
	b.ask(http.MethodGet, "/api/v1/admin/integrity?kind=dust", token, nil).problem(CodeValidation)
}

func TestIntegrityWithoutTheEngine(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	_, token := b.administrator()
	b.admin.engine = models.ErrUnavailable
	b.ask(http.MethodPost, "/api/v1/admin/integrity", token, nil).problem(CodeUnavailable)
	require.Equal(t, models.ReportFailed, b.admin.reports[0].State, "it stands in nobody's way")
	b.admin.engine = nil
	require.Equal(t, http.StatusAccepted, b.ask(http.MethodPost, "/api/v1/admin/integrity", token, nil).Status)
}
