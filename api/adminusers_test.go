package api

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"safelight/models"
)

func TestAdminsMakeAccounts(t *testing.T) {
	t.Parallel()
	b := newBench(t, func(d *Deps) { d.Config.RegistrationOpen = false })
	_, admin := b.user(models.RoleAdmin, models.StatusActive)
	a := b.ask(http.MethodPost, "/api/v1/admin/users", admin, map[string]any{"email": " Ada@Example.org", "name": "Ada", "quotaBytes": 5000, "quotaFiles": 50})
	require.Equal(t, http.StatusCreated, a.Status, "%s", a.Body)
	var ada addedUserView
	a.into(&ada)
	require.Equal(t, "ada@example.org", ada.Email)
	require.Equal(t, models.RoleUser, ada.Role)
	require.Equal(t, []int64{5000, 50}, []int64{ada.QuotaBytes, ada.QuotaFiles})
	require.NotNil(t, ada.ResetExpiresAt)
	login(b, "ada@example.org", "correct horse").problem(CodeInvalidCredentials)
	_, token, _ := strings.Cut(*ada.ResetURL, "#token=")
	require.Equal(t, http.StatusNoContent, b.ask(http.MethodPost, "/api/v1/auth/reset", "", map[string]string{"token": token, "newPassword": "correct horse"}).Status)
	require.Equal(t, http.StatusOK, login(b, "ada@example.org", "correct horse").Status)

	a = b.ask(http.MethodPost, "/api/v1/admin/users", admin, map[string]any{"email": "eve@example.org", "name": "Eve", "role": "admin", "password": "battery staple"})
	var eve addedUserView
	a.into(&eve)
	require.Equal(t, models.RoleAdmin, eve.Role)
	require.Equal(t, []int64{1 << 30, 1000}, []int64{eve.QuotaBytes, eve.QuotaFiles})
	require.Nil(t, eve.ResetURL)
	require.Equal(t, http.StatusOK, login(b, "eve@example.org", "battery staple").Status)

	b.ask(http.MethodPost, "/api/v1/admin/users", admin, map[string]any{"email": "EVE@example.org", "name": "Eve"}).problem(CodeEmailTaken)
	p := b.ask(http.MethodPost, "/api/v1/admin/users", admin, map[string]any{"email": "bad", "name": "\u0000", "password": "password1"}).problem(CodeValidation)
	require.Len(t, p.Errors, 3, "all faults in one answer")
	b.ask(http.MethodPost, "/api/v1/admin/users", admin, map[string]any{"email": "c@example.org", "name": "C", "quotaBytes": -1, "role": "root"}).problem(CodeValidation)
}

func TestAdminsChangeAccounts(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ada, session := b.user(models.RoleUser, models.StatusActive)
	me, admin := b.user(models.RoleAdmin, models.StatusActive)
	patch := func(id string, body any) answer {
		return b.ask(http.MethodPatch, "/api/v1/admin/users/"+id, admin, body)
	}
	var v userView
	patch(ada.ID, map[string]any{"name": "Ada L.", "quotaBytes": 0}).into(&v)
	require.Equal(t, "Ada L.", v.Name)
	require.Zero(t, v.QuotaBytes)
	require.Equal(t, models.RoleUser, v.Role, "what is not sent stays")
	patch(ada.ID, map[string]any{"quotaFiles": 7}).into(&v)
	require.Equal(t, []int64{0, 7}, []int64{v.QuotaBytes, v.QuotaFiles})
	patch(ada.ID, map[string]any{"status": "suspended"}).into(&v)
	b.ask(http.MethodGet, "/api/v1/me", session, nil).problem(CodeAccountSuspended)
	patch(ada.ID, map[string]any{"status": "active", "role": "admin"}).into(&v)
	require.Equal(t, http.StatusOK, b.ask(http.MethodGet, "/api/v1/admin/users", session, nil).Status, "on the next request")
	patch(ada.ID, map[string]any{"role": "user"})
	b.ask(http.MethodGet, "/api/v1/admin/users", session, nil).problem(CodeForbidden)

	for _, last := range []any{map[string]any{"role": "user"}, map[string]any{"status": "suspended"}} {
		patch(me.ID, last).problem(CodeLastAdmin)
	}
	b.ask(http.MethodDelete, "/api/v1/admin/users/"+me.ID, admin, nil).problem(CodeLastAdmin)
	require.Equal(t, http.StatusOK, patch(me.ID, map[string]any{}).Status)
	for _, bad := range []any{map[string]any{"role": "root"}, map[string]any{"status": ""}, map[string]any{"quotaBytes": 1.5}, map[string]any{"name": " "}, map[string]any{"email": "x@y.z"}} {
		patch(ada.ID, bad).problem(CodeValidation)
	}
	patch("x", map[string]any{"name": "X"}).problem(CodeNotFound)
}

func TestAdminsListAccounts(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	_, admin := b.user(models.RoleAdmin, models.StatusActive)
	b.user(models.RoleUser, models.StatusSuspended)
	register(b, "ada@example.org")
	for query, n := range map[string]int{"": 3, "?q=ada": 1, "?role=admin": 1, "?status=suspended": 1, "?role=user&status=active&q=example": 1} {
		var list page[userView]
		b.ask(http.MethodGet, "/api/v1/admin/users"+query, admin, nil).into(&list)
		require.Len(t, list.Items, n, query)
	}
	for _, bad := range []string{"?role=root", "?status=gone", "?sort=name", "?limit=0", "?cursor=x", "?q=" + strings.Repeat("a", 255)} {
		b.ask(http.MethodGet, "/api/v1/admin/users"+bad, admin, nil).problem(CodeValidation)
	}
	list := b.ask(http.MethodGet, "/api/v1/admin/users", admin, nil)
	require.NotContains(t, string(list.Body), "argon2")
}

func TestDeletingAnAccount(t *testing.T) {
	t.Parallel()
	for name, failing := range map[string]error{"": nil, "with the engine out of reach": models.ErrUnavailable, "with uploads that have just ended": models.ErrAlreadyFinished} {
		engine := &shownEngine{err: failing}
		b := newBench(t, func(d *Deps) { d.Uploads.Engine = engine })
		ada, session := b.user(models.RoleUser, models.StatusActive)
		_, admin := b.user(models.RoleAdmin, models.StatusActive)
		for range 3 {
			b.file(ada.ID, []byte("picture"))
		}
		kept := b.file("somebody else", []byte("picture"))
		b.rows.running = []models.Upload{{ID: "1", State: models.UploadReceiving}, {ID: "2", State: models.UploadProcessing}, {ID: "3", State: models.UploadStalled}}
		a := b.ask(http.MethodDelete, "/api/v1/admin/users/"+ada.ID, admin, nil)
		require.Equal(t, http.StatusNoContent, a.Status, "%s: %s", name, a.Body)
		b.ask(http.MethodGet, "/api/v1/me", session, nil).problem(CodeUnauthenticated)
		require.Len(t, b.rows.files, 1)
		require.Contains(t, b.rows.files, kept.ID)
		if failing == nil {
			require.Equal(t, []string{"cancel 2", "cancel 3"}, engine.signals)
		}
		b.ask(http.MethodDelete, "/api/v1/admin/users/"+ada.ID, admin, nil).problem(CodeNotFound)
	}
}

func TestSessionsAreListedAndEnded(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	here, _ := register(b, "ada@example.org")
	var there signedInAnswer
	login(b, "ada@example.org", "correct horse", header("User-Agent", "elsewhere")).into(&there)
	_, stranger := b.user(models.RoleUser, models.StatusActive)
	_, admin := b.user(models.RoleAdmin, models.StatusActive)
	var list page[sessionView]
	b.ask(http.MethodGet, "/api/v1/me/sessions", here.AccessToken, nil).into(&list)
	require.Len(t, list.Items, 2)
	other := sessionOf(b, there.AccessToken)
	for _, s := range list.Items {
		require.Equal(t, s.ID != other, s.Current)
		require.Equal(t, s.ID == other, s.UserAgent == "elsewhere")
		require.Equal(t, "0.0.0.0", s.IP)
	}
	b.ask(http.MethodDelete, "/api/v1/me/sessions/"+other, stranger, nil).problem(CodeNotFound)
	require.Equal(t, http.StatusNoContent, b.ask(http.MethodDelete, "/api/v1/me/sessions/"+other, here.AccessToken, nil).Status)
	b.ask(http.MethodGet, "/api/v1/me", there.AccessToken, nil).problem(CodeUnauthenticated)
	b.ask(http.MethodDelete, "/api/v1/me/sessions/"+other, here.AccessToken, nil).problem(CodeNotFound)
	gone := b.ask(http.MethodDelete, "/api/v1/me/sessions/"+sessionOf(b, here.AccessToken), here.AccessToken, nil)
	require.Equal(t, http.StatusNoContent, gone.Status)
	require.Empty(t, gone.Cookie["safelight_access"].Value, "one's own takes the cookies with it")

	var again signedInAnswer
	login(b, "ada@example.org", "correct horse").into(&again)
	require.Equal(t, http.StatusNoContent, b.ask(http.MethodDelete, "/api/v1/admin/users/"+here.User.ID+"/sessions", admin, nil).Status)
	b.ask(http.MethodGet, "/api/v1/me", again.AccessToken, nil).problem(CodeUnauthenticated)
	b.ask(http.MethodDelete, "/api/v1/admin/users/x/sessions", admin, nil).problem(CodeNotFound)
	b.ask(http.MethodPost, "/api/v1/admin/users/x/reset-password", admin, nil).problem(CodeNotFound)
}

// A failure of the rows is no answer of its own, wherever it comes.
func TestFailuresOfTheRowsAreHidden(t *testing.T) {
	t.Parallel()
	for target, method := range map[string]string{
		"/api/v1/admin/users": http.MethodGet, "/api/v1/me/tokens": http.MethodGet, "/api/v1/me/sessions": http.MethodGet,
	} {
		b := newBench(t)
		_, admin := b.user(models.RoleAdmin, models.StatusActive)
		b.rows.fail = errors.Join(errBoom, models.ErrUnavailable)
		a := b.ask(method, target, admin, nil)
		a.problem(CodeUnavailable)
		require.NotContains(t, string(a.Body), "10.0.0.7")
	}
	b := newBench(t)
	b.buckets.fail = models.ErrUnavailable
	login(b, "ada@example.org", "correct horse").problem(CodeUnavailable)
}

// The document names for each operation the scope that the router demands.
func TestTheDocumentNamesTheScopes(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	var doc struct {
		Paths map[string]map[string]struct {
			OperationID string
			Security    []map[string][]string
		}
		Components struct{ SecuritySchemes map[string]any }
	}
	document, err := b.app.document()
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(document, &doc))
	seen := 0
	for _, r := range b.app.described {
		op := doc.Paths[r.Path][strings.ToLower(r.Method)]
		require.Equal(t, r.ID, op.OperationID)
		var named []string
		for _, requirement := range op.Security {
			named = append(named, requirement[schemeToken]...)
			for scheme := range requirement {
				require.Contains(t, doc.Components.SecuritySchemes, scheme, r.ID)
			}
		}
		switch {
		case r.Permission == Public || r.SessionOnly:
			require.Empty(t, named, r.ID)
		default:
			require.Equal(t, []string{string(b.app.scopes[routeKey{r.Method, fiberPath(r.Path)}])}, named, r.ID)
			seen++
		}
	}
	require.Greater(t, seen, 20)
}
