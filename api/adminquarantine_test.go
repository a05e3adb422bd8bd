package api

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"safelight/models"
)

func TestQuarantineIsListed(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	_, token := b.administrator()
	ada, _ := b.user(models.RoleUser, models.StatusActive)
	q := b.lockUp(ada)
	var p page[map[string]any]
	b.ask(http.MethodGet, "/api/v1/admin/quarantine", token, nil).into(&p)
	require.Len(t, p.Items, 1)
	for name, want := range map[string]any{
		"id": q.UploadID, "name": "cat.jpg", "ownerId": ada.ID, "ownerEmail": ada.Email, "size": 5.0, "signature": "False.Positive",
		"state": "held", "endedAt": nil, "releasedAs": nil, "reason": nil,
	} {
		require.Equal(t, want, p.Items[0][name], name)
	}
	b.ask(http.MethodGet, "/api/v1/admin/quarantine?state=released", token, nil).into(&p)
	require.Empty(t, p.Items)
	b.ask(http.MethodGet, "/api/v1/admin/quarantine?state=free", token, nil).problem(CodeValidation)
}

func TestDeletingFromQuarantine(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	_, token := b.administrator()
	ada, _ := b.user(models.RoleUser, models.StatusActive)
	q := b.lockUp(ada)
	target := "/api/v1/admin/quarantine/" + q.UploadID
	require.Equal(t, http.StatusNoContent, b.ask(http.MethodDelete, target, token, nil).Status)
	require.Empty(t, b.objects.bytes)
	require.Equal(t, []string{q.UploadID}, b.admin.purged)
	require.Equal(t, []string{"quarantine.deleted " + q.UploadID}, b.admin.actions())
	b.ask(http.MethodDelete, "/api/v1/admin/quarantine/"+uuid.NewString(), token, nil).problem(CodeNotFound)

	other := b.lockUp(ada)
	b.objects.fail = errBoom // the row has ended: the schedule does the rest
	require.Equal(t, http.StatusNoContent, b.ask(http.MethodDelete, "/api/v1/admin/quarantine/"+other.UploadID, token, nil).Status)
	require.Equal(t, []string{q.UploadID}, b.admin.purged)
	require.Contains(t, b.logs.String(), "left to the schedule")
}

func (b *bench) release(token, id, reason, password string) answer {
	b.t.Helper()
	return b.ask(http.MethodPost, "/api/v1/admin/quarantine/"+id+"/release", token, map[string]string{"reason": reason, "password": password})
}

func TestReleasingFromQuarantine(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	boss, token := b.administrator()
	ada, _ := b.user(models.RoleUser, models.StatusActive)
	q := b.lockUp(ada)
	a := b.release(token, q.UploadID, "  known good ", testPassword)
	require.Equal(t, http.StatusAccepted, a.Status, "%s", a.Body)
	var v quarantineView
	a.into(&v)
	require.Equal(t, models.QuarantineReleased, v.State)
	require.Equal(t, "known good", *v.Reason)
	require.Equal(t, boss.ID, *v.EndedBy)
	require.Equal(t, []string{"upload " + *v.ReleasedAs}, b.admin.started)
	require.Equal(t, []string{"quarantine.released " + q.UploadID}, b.admin.actions())
	require.NotContains(t, b.logs.String(), testPassword)
	b.release(token, q.UploadID, "again", testPassword).problem(CodeNotHeld)
	b.release(token, uuid.NewString(), "unknown", testPassword).problem(CodeNotFound)
	require.Len(t, b.admin.started, 1)
}

func TestAReleaseNeedsThePasswordAgain(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	_, token := b.administrator()
	ada, _ := b.user(models.RoleUser, models.StatusActive)
	q := b.lockUp(ada)
	for _, bad := range []map[string]string{
		{"reason": "good"},
		{"password": testPassword},
		{"reason": " \n ", "password": testPassword},
		{"reason": "a\x00b", "password": testPassword},
		{"reason": strings.Repeat("x", 1001), "password": testPassword},
	} {
		b.ask(http.MethodPost, "/api/v1/admin/quarantine/"+q.UploadID+"/release", token, bad).problem(CodeValidation)
	}
	for range pairBurst {
		b.release(token, q.UploadID, "good", "wrong").problem(CodeWrongPassword)
	}
	limited := b.release(token, q.UploadID, "good", testPassword)
	limited.problem(CodeRateLimited)
	require.NotEmpty(t, limited.Header.Get("Retry-After"))
	require.Equal(t, models.QuarantineHeld, b.admin.locked[q.UploadID].State)
	require.Empty(t, b.admin.actions())
}

func TestARightPasswordDoesNotCountAgainstTheLimit(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	_, token := b.administrator()
	ada, _ := b.user(models.RoleUser, models.StatusActive)
	for range pairBurst + 5 {
		require.Equal(t, http.StatusAccepted, b.release(token, b.lockUp(ada).UploadID, "good", testPassword).Status)
	}
}

func TestWhatCannotBeReleased(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	_, token := b.administrator()
	ada, _ := b.user(models.RoleUser, models.StatusActive)
	lost := b.admin.lock(ada) // a row without its object
	require.Contains(t, b.release(token, lost.UploadID, "good", testPassword).problem(CodeNotFound).Detail, "not there any more")
	full := b.lockUp(ada)
	b.admin.releases = models.ErrQuotaExceeded
	b.release(token, full.UploadID, "good", testPassword).problem(CodeQuotaExceeded)
	b.admin.releases = nil
	b.admin.engine = models.ErrUnavailable // the row is the promise; the reconciler keeps it
	require.Equal(t, http.StatusAccepted, b.release(token, full.UploadID, "good", testPassword).Status)
	require.Contains(t, b.logs.String(), "left to the reconciler")
}

func TestNobodyReadsWhatIsLockedUp(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	_, token := b.administrator()
	ada, _ := b.user(models.RoleUser, models.StatusActive)
	q := b.lockUp(ada)
	for _, target := range []string{"", "/content", "/download", "/bytes"} {
		a := b.ask(http.MethodGet, "/api/v1/admin/quarantine/"+q.UploadID+target, token, nil)
		require.Contains(t, []int{http.StatusNotFound, http.StatusMethodNotAllowed}, a.Status)
		require.NotContains(t, string(a.Body), "virus")
	}
	b.ask(http.MethodGet, "/api/v1/files/"+q.UploadID+"/content", token, nil).problem(CodeNotFound)
}
