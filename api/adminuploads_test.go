package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"safelight/models"
)

// stalled makes n stalled uploads of somebody.
func (b *bench) stalled(owner string, n int, step models.StepName, code models.StallCode) []string {
	b.uploads.mu.Lock()
	defer b.uploads.mu.Unlock()
	var ids []string
	for range n {
		id := uuid.Must(uuid.NewV7()).String()
		b.uploads.rows[id] = models.Upload{ID: id, OwnerID: owner, State: models.UploadStalled, Step: step, StallCode: code}
		ids = append(ids, id)
	}
	return ids
}

func TestAdminsSeeEverybodysUploads(t *testing.T) {
	t.Parallel()
	b := newBench(t, func(d *Deps) {
		d.Config.TemporalUIURL, d.Config.TemporalNamespace = "http://ui.test:8233/", "name space"
	})
	_, token := b.administrator()
	ada, _ := b.user(models.RoleUser, models.StatusActive)
	eve, _ := b.user(models.RoleUser, models.StatusActive)
	a := b.stalled(ada.ID, 1, models.StepScan, models.StallScanner)[0]
	b.stalled(eve.ID, 1, models.StepMove, models.StallStorage)
	list := func(query string) []map[string]any {
		var p page[map[string]any]
		b.ask(http.MethodGet, "/api/v1/admin/uploads"+query, token, nil).into(&p)
		return p.Items
	}
	require.Len(t, list(""), 2)
	require.Empty(t, list("?state=done"))
	got := list("?ownerId=" + ada.ID + "&state=stalled&step=scan&code=scanner_unavailable")
	require.Len(t, got, 1)
	require.Equal(t, a, got[0]["id"])
	require.Equal(t, []any{ada.ID, ada.Email}, []any{got[0]["ownerId"], got[0]["ownerEmail"]})
	require.Equal(t, "scanner_unavailable", got[0]["stallCode"])
	require.Equal(t, "http://ui.test:8233/namespaces/name%20space/workflows/upload-"+a, got[0]["temporalUrl"])
	require.Nil(t, got[0]["releasedFrom"])
	for _, bad := range []string{"?state=lost", "?step=polish", "?code=A-B", "?owner=x", "?limit=0"} {
		b.ask(http.MethodGet, "/api/v1/admin/uploads"+bad, token, nil).problem(CodeValidation)
	}

	without := newBench(t)
	_, token = without.administrator()
	without.stalled(ada.ID, 1, models.StepScan, models.StallScanner)
	var p page[map[string]any]
	without.ask(http.MethodGet, "/api/v1/admin/uploads", token, nil).into(&p)
	require.Nil(t, p.Items[0]["temporalUrl"])
}

func TestWhatAnAdminDoesToUploadsIsAudited(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	boss, token := b.administrator()
	ada, adas := b.user(models.RoleUser, models.StatusActive)
	ids := b.stalled(ada.ID, 5, models.StepScan, models.StallScanner)
	accepted := func(target, token string) answer {
		a := b.ask(http.MethodPost, "/api/v1/"+target, token, nil)
		require.Equal(t, http.StatusAccepted, a.Status, "%s", a.Body)
		return a
	}
	accepted("uploads/"+ids[0]+"/retry", adas)
	require.Empty(t, b.admin.actions(), "one's own is one's own business")
	var shown map[string]any
	accepted("admin/uploads/"+ids[1]+"/retry", token).into(&shown)
	require.Equal(t, ada.ID, shown["ownerId"])
	accepted("admin/uploads/"+ids[2]+"/cancel", token)
	accepted("uploads/"+ids[3]+"/retry", token) // by the owner's route
	own := b.stalled(boss.ID, 1, models.StepScan, models.StallScanner)[0]
	accepted("admin/uploads/"+own+"/retry", token)
	want := []string{"upload.canceled " + ids[2], "upload.retried " + ids[1], "upload.retried " + ids[3], "upload.retried " + own}
	slices.Sort(want)
	require.Equal(t, want, b.admin.actions())
	e := b.admin.log[0]
	require.Equal(t, boss.ID, e.Actor.UserID)
	require.Equal(t, boss.Email, e.Actor.Email)
	require.NotEmpty(t, e.Actor.IP)
	require.NotEmpty(t, e.Actor.RequestID)
	require.Equal(t, map[string]any{"ownerId": ada.ID, "state": "stalled", "step": "scan", "code": "scanner_unavailable"}, e.Details)

	receiving := uuid.NewString()
	b.uploads.rows[receiving] = models.Upload{ID: receiving, OwnerID: ada.ID, State: models.UploadReceiving}
	accepted("admin/uploads/"+receiving+"/cancel", token)
	require.Contains(t, b.admin.actions(), "upload.canceled "+receiving)
	b.ask(http.MethodPost, "/api/v1/admin/uploads/"+uuid.NewString()+"/retry", token, nil).problem(CodeNotFound)
}

// countingEngine takes signals, and refuses some.
type countingEngine struct {
	mu      sync.Mutex
	retried map[string]int
	most    int
	now     int
	refuse  func(n int) error // of the nth signal
}

func (e *countingEngine) Retry(_ context.Context, up *models.Upload) error {
	e.mu.Lock()
	e.now++
	e.most = max(e.most, e.now)
	e.retried[up.ID]++
	n := len(e.retried)
	e.mu.Unlock()
	time.Sleep(time.Millisecond)
	e.mu.Lock()
	defer e.mu.Unlock()
	e.now--
	if e.refuse != nil {
		return e.refuse(n)
	}
	return nil
}

func (e *countingEngine) Cancel(context.Context, *models.Upload) error {
	return errors.New("not asked for")
}

func retryBench(t *testing.T, refuse func(n int) error) (*bench, *countingEngine, string) {
	t.Helper()
	e := &countingEngine{retried: map[string]int{}, refuse: refuse}
	b := newBench(t, func(d *Deps) { d.Uploads.Engine = e })
	_, token := b.administrator()
	return b, e, token
}

func retryAll(b *bench, token string, body any) int {
	b.t.Helper()
	a := b.ask(http.MethodPost, "/api/v1/admin/uploads/retry", token, body)
	require.Equal(b.t, http.StatusOK, a.Status, "%s", a.Body)
	var out struct{ Retried int }
	a.into(&out)
	return out.Retried
}

func TestRetryOfEverythingThatMatches(t *testing.T) {
	t.Parallel()
	b, e, token := retryBench(t, nil)
	ada, _ := b.user(models.RoleUser, models.StatusActive)
	b.stalled(ada.ID, 450, models.StepScan, models.StallScanner) // more than two pages
	b.stalled(ada.ID, 30, models.StepMove, models.StallStorage)
	b.stalled(ada.ID, 3, models.StepScan, models.StallGone)
	require.Equal(t, 450, retryAll(b, token, map[string]string{"step": "scan", "code": "scanner_unavailable"}))
	require.Len(t, e.retried, 450)
	require.LessOrEqual(t, e.most, retryAtOnce)
	require.Len(t, b.admin.actions(), 450, "each is in the audit log")
	require.Equal(t, 30, retryAll(b, token, map[string]string{"step": "move"}))
	require.Equal(t, 3, retryAll(b, token, map[string]string{"code": "gone"}))
	require.Equal(t, 483, retryAll(b, token, map[string]string{}))
	require.Zero(t, retryAll(b, token, map[string]string{"step": "version"}))
	for _, bad := range []any{map[string]string{"step": "notify"}, map[string]string{"code": "infected"}, map[string]string{"steps": "scan"}} {
		b.ask(http.MethodPost, "/api/v1/admin/uploads/retry", token, bad).problem(CodeValidation)
	}
}

func TestRetryOfEverythingPassesOverWhatHasEnded(t *testing.T) {
	t.Parallel()
	b, _, token := retryBench(t, func(n int) error {
		if n%2 == 0 {
			return models.ErrAlreadyFinished
		}
		return nil
	})
	ada, _ := b.user(models.RoleUser, models.StatusActive)
	b.stalled(ada.ID, 40, models.StepScan, models.StallScanner)
	n := retryAll(b, token, map[string]string{})
	require.Less(t, n, 40)
	require.Len(t, b.admin.actions(), 40+(40-n), "a line before each signal, and one more for each that meant nothing")
}

func TestRetryOfEverythingStopsWithoutTheEngine(t *testing.T) {
	t.Parallel()
	b, e, token := retryBench(t, func(n int) error {
		if n > 20 {
			return fmt.Errorf("signal: %w", models.ErrUnavailable)
		}
		return nil
	})
	ada, _ := b.user(models.RoleUser, models.StatusActive)
	b.stalled(ada.ID, 300, models.StepScan, models.StallScanner)
	p := b.ask(http.MethodPost, "/api/v1/admin/uploads/retry", token, map[string]string{}).problem(CodeUnavailable)
	require.Contains(t, p.Detail, "ask again for the others")
	require.Less(t, len(e.retried), 50, "it does not go on against a wall")
	e.refuse = nil
	require.Equal(t, 300, retryAll(b, token, map[string]string{}))
}
