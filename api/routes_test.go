package api

import (
	"bytes"
	"encoding/json"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"safelight/models"
)

// registered lists what the Fiber app really answers to, middleware aside.
func registered(b *bench) []routeKey {
	var keys []routeKey
	for _, r := range b.app.Fiber().GetRoutes(true) {
		keys = append(keys, routeKey{r.Method, r.Path})
	}
	return keys
}

func TestEveryRouteDeclaresItsPermission(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	keys := registered(b)
	require.Greater(t, len(keys), 30)
	for _, key := range keys {
		p, declared := b.app.permissions[key]
		require.True(t, declared && p.valid(), "%s %s declares no permission", key.method, key.path)
	}
	require.Len(t, b.app.permissions, len(keys), "no permission is declared for a route that is not there")
}

func TestARouteWithoutAPermissionCanNotBeRegistered(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	require.PanicsWithValue(t, "route GET /api/v1/forgotten declares no permission", func() {
		operation(b.app, Route{ID: "forgotten", Method: http.MethodGet, Path: Prefix + "/forgotten", Status: http.StatusOK}, b.app.config)
	})
	require.Panics(t, func() {
		b.app.plain(Route{ID: "typo", Method: http.MethodGet, Path: Prefix + "/typo", Permission: "everybody"}, b.app.content)
	})
}

// cell is who asks, in the order of the columns of the table.
type cell int

const (
	asAnonymous cell = iota
	asOwner
	asOther
	asAdmin
	asSuspended
	cells
)

func (c cell) String() string {
	return [...]string{"anonymous", "owner", "other user", "admin", "suspended"}[c]
}

// permissionTable states the answer of every operation to everybody. {file},
// {upload} and {note} are the owner's.
var permissionTable = []struct {
	operation string
	target    string
	body      any
	want      [cells]int
}{
	// Open to all.
	{"getConfig", "/api/v1/config", nil, [cells]int{200, 200, 200, 200, 200}},
	{"getHealth", "/healthz", nil, [cells]int{200, 200, 200, 200, 200}},
	{"getReadiness", "/readyz", nil, [cells]int{200, 200, 200, 200, 200}},
	{"getDocument", "/api/openapi.json", nil, [cells]int{200, 200, 200, 200, 200}},
	{"getDocs", "/api/docs", nil, [cells]int{200, 200, 200, 200, 200}},
	{"getDocsStyle", "/api/docs/docs.css", nil, [cells]int{200, 200, 200, 200, 200}},
	{"register", "/api/v1/auth/register", map[string]string{"email": "{unique}@example.org", "password": "correct horse", "name": "Ada"}, [cells]int{201, 201, 201, 201, 201}},
	{"login", "/api/v1/auth/login", map[string]string{"email": "nobody@example.org", "password": "correct horse"}, [cells]int{401, 401, 401, 401, 401}},
	{"refresh", "/api/v1/auth/refresh", nil, [cells]int{401, 401, 401, 401, 401}},
	// A public link is for whoever has it.
	{"openShare", "/s/{token}", nil, [cells]int{200, 200, 200, 200, 200}},
	{"unlockShare", "/s/{token}", nil, [cells]int{303, 303, 303, 303, 303}},
	{"getSharedContent", "/s/{token}/content", nil, [cells]int{200, 200, 200, 200, 200}},
	{"resetPassword", "/api/v1/auth/reset", map[string]string{"token": "x", "newPassword": "battery staple"}, [cells]int{400, 400, 400, 400, 400}},
	// One's own.
	{"logout", "/api/v1/auth/logout", nil, [cells]int{401, 204, 204, 204, 403}},
	{"getMe", "/api/v1/me", nil, [cells]int{401, 200, 200, 200, 403}},
	{"updateMe", "/api/v1/me", map[string]string{"name": "Ada"}, [cells]int{401, 200, 200, 200, 403}},
	{"changePassword", "/api/v1/me/password", map[string]string{"currentPassword": "wrong horse", "newPassword": "battery staple"}, [cells]int{401, 403, 403, 403, 403}},
	{"listSessions", "/api/v1/me/sessions", nil, [cells]int{401, 200, 200, 200, 403}},
	{"endSession", "/api/v1/me/sessions/{session}", nil, [cells]int{401, 204, 404, 404, 403}},
	{"listTokens", "/api/v1/me/tokens", nil, [cells]int{401, 200, 200, 200, 403}},
	{"createToken", "/api/v1/me/tokens", map[string]any{"name": "script", "scopes": []string{"admin"}}, [cells]int{401, 403, 403, 201, 403}},
	{"deleteToken", "/api/v1/me/tokens/{token}", nil, [cells]int{401, 204, 404, 404, 403}},
	// What admins do to accounts.
	{"listUsers", "/api/v1/admin/users", nil, [cells]int{401, 403, 403, 200, 403}},
	{"addUser", "/api/v1/admin/users", map[string]string{"email": "{unique}@example.org", "name": "Ada"}, [cells]int{401, 403, 403, 201, 403}},
	{"updateUser", "/api/v1/admin/users/{owner}", map[string]string{"role": "admin"}, [cells]int{401, 403, 403, 200, 403}},
	{"deleteUser", "/api/v1/admin/users/{owner}", nil, [cells]int{401, 403, 403, 204, 403}},
	{"resetUserPassword", "/api/v1/admin/users/{owner}/reset-password", nil, [cells]int{401, 403, 403, 200, 403}},
	{"endUserSessions", "/api/v1/admin/users/{owner}/sessions", nil, [cells]int{401, 403, 403, 204, 403}},
	{"listFiles", "/api/v1/files", nil, [cells]int{401, 200, 200, 200, 403}},
	{"changeFiles", "/api/v1/files/bulk", map[string]any{"action": "trash", "ids": []string{"{file}"}}, [cells]int{401, 200, 200, 200, 403}},
	{"checkContents", "/api/v1/uploads/check", map[string][]string{"sha256": {strings.Repeat("a", 64)}}, [cells]int{401, 200, 200, 200, 403}},
	{"listUploads", "/api/v1/uploads", nil, [cells]int{401, 200, 200, 200, 403}},
	{"createUpload", "/api/v1/uploads", "{form}", [cells]int{401, 202, 202, 202, 403}},
	{"listNotifications", "/api/v1/notifications", nil, [cells]int{401, 200, 200, 200, 403}},
	{"readAllNotifications", "/api/v1/notifications/read-all", nil, [cells]int{401, 204, 204, 204, 403}},
	{"watchEverything", "/api/v1/events", nil, [cells]int{401, 200, 200, 200, 403}},
	{"getTusOptions", "/api/v1/uploads/tus/", nil, [cells]int{204, 204, 204, 204, 204}},
	{"createTusUpload", "/api/v1/uploads/tus/", "{tus}", [cells]int{401, 201, 201, 201, 403}},
	// The owner's and nobody else's: who resumes an upload is who began it.
	{"getTusUpload", "/api/v1/uploads/tus/{upload}", "{tus}", [cells]int{401, 200, 404, 404, 403}},
	{"continueTusUpload", "/api/v1/uploads/tus/{upload}", "{tus}", [cells]int{401, 204, 404, 404, 403}},
	{"deleteTusUpload", "/api/v1/uploads/tus/{upload}", "{tus}", [cells]int{401, 204, 404, 404, 403}},
	{"overrideTusMethod", "/api/v1/uploads/tus/{upload}", "{tus}", [cells]int{401, 200, 404, 404, 403}},
	// The owner's: not there for others, all of it for admins, except that a
	// notification concerns nobody else.
	{"getFile", "/api/v1/files/{file}", nil, [cells]int{401, 200, 404, 200, 403}},
	{"renameFile", "/api/v1/files/{file}", map[string]string{"name": "dog.jpg"}, [cells]int{401, 200, 404, 200, 403}},
	{"deleteFile", "/api/v1/files/{file}", nil, [cells]int{401, 204, 404, 204, 403}},
	{"restoreFile", "/api/v1/files/{file}/restore", nil, [cells]int{401, 200, 404, 200, 403}},
	{"getContent", "/api/v1/files/{file}/content", nil, [cells]int{401, 200, 404, 200, 403}},
	{"createShare", "/api/v1/files/{file}/shares", map[string]int{}, [cells]int{401, 201, 404, 201, 403}},
	{"listShares", "/api/v1/files/{file}/shares", nil, [cells]int{401, 200, 404, 200, 403}},
	{"endShare", "/api/v1/files/{file}/shares/{share}", nil, [cells]int{401, 204, 404, 204, 403}},
	{"zipFiles", "/api/v1/files/zip", map[string][]string{"ids": {"{file}"}}, [cells]int{401, 200, 404, 200, 403}},
	{"listSimilarFiles", "/api/v1/files/{file}/similar", nil, [cells]int{401, 200, 404, 200, 403}},
	{"listVersions", "/api/v1/files/{file}/versions", nil, [cells]int{401, 200, 404, 200, 403}},
	{"restoreVersion", "/api/v1/files/{file}/versions/1/restore", nil, [cells]int{401, 201, 404, 201, 403}},
	{"deleteVersion", "/api/v1/files/{file}/versions/1", nil, [cells]int{401, 409, 404, 409, 403}},
	{"readNotification", "/api/v1/notifications/{note}/read", nil, [cells]int{401, 200, 404, 404, 403}},
	{"getUpload", "/api/v1/uploads/{upload}", nil, [cells]int{401, 200, 404, 200, 403}},
	{"watchUpload", "/api/v1/uploads/{upload}/events", nil, [cells]int{401, 200, 404, 200, 403}},
	{"cancelUpload", "/api/v1/uploads/{upload}/cancel", nil, [cells]int{401, 202, 404, 202, 403}},
	{"retryUpload", "/api/v1/uploads/{upload}/retry", nil, [cells]int{401, 202, 404, 202, 403}},
	// For admins.
	{"listWebhooks", "/api/v1/admin/webhooks", nil, [cells]int{401, 403, 403, 200, 403}},
	{"createWebhook", "/api/v1/admin/webhooks", map[string]string{"url": "https://example.com/"}, [cells]int{401, 403, 403, 201, 403}},
	{"updateWebhook", "/api/v1/admin/webhooks/{hook}", map[string]bool{"enabled": false}, [cells]int{401, 403, 403, 200, 403}},
	{"deleteWebhook", "/api/v1/admin/webhooks/{hook}", nil, [cells]int{401, 403, 403, 204, 403}},
	{"testWebhook", "/api/v1/admin/webhooks/{hook}/test", nil, [cells]int{401, 403, 403, 202, 403}},
	{"listDeliveries", "/api/v1/admin/webhooks/{hook}/deliveries", nil, [cells]int{401, 403, 403, 200, 403}},
	{"redeliver", "/api/v1/admin/webhooks/{hook}/deliveries/{hook}/redeliver", nil, [cells]int{401, 403, 403, 202, 403}},
	// For administrators. {locked} is in quarantine; the password is the caller's.
	{"getStats", "/api/v1/admin/stats", nil, [cells]int{401, 403, 403, 200, 403}},
	{"adminListFiles", "/api/v1/admin/files", nil, [cells]int{401, 403, 403, 200, 403}},
	{"adminListUploads", "/api/v1/admin/uploads", nil, [cells]int{401, 403, 403, 200, 403}},
	{"adminRetryUpload", "/api/v1/admin/uploads/{upload}/retry", nil, [cells]int{401, 403, 403, 202, 403}},
	{"adminCancelUpload", "/api/v1/admin/uploads/{upload}/cancel", nil, [cells]int{401, 403, 403, 202, 403}},
	{"adminRetryUploads", "/api/v1/admin/uploads/retry", map[string]string{}, [cells]int{401, 403, 403, 200, 403}},
	{"listQuarantine", "/api/v1/admin/quarantine", nil, [cells]int{401, 403, 403, 200, 403}},
	{"deleteQuarantined", "/api/v1/admin/quarantine/{locked}", nil, [cells]int{401, 403, 403, 204, 403}},
	{"releaseQuarantined", "/api/v1/admin/quarantine/{locked}/release", map[string]string{"reason": "known good", "password": testPassword}, [cells]int{401, 403, 403, 202, 403}},
	{"getIntegrity", "/api/v1/admin/integrity", nil, [cells]int{401, 403, 403, 404, 403}},
	{"startIntegrity", "/api/v1/admin/integrity", nil, [cells]int{401, 403, 403, 202, 403}},
	{"listAudit", "/api/v1/admin/audit", nil, [cells]int{401, 403, 403, 200, 403}},
}

func TestEveryOperationAnswersEverybodyAsStated(t *testing.T) {
	t.Parallel()
	routes := map[string]Route{}
	for _, r := range newBench(t).app.described {
		routes[r.ID] = r
	}
	for _, row := range permissionTable {
		route, ok := routes[row.operation]
		require.True(t, ok, "%s is in the table and not in the app", row.operation)
		delete(routes, row.operation)
		for who := range cells {
			t.Run(row.operation+" as "+who.String(), func(t *testing.T) {
				t.Parallel()
				names, token, b := world(t, who)
				target := names.Replace(row.target)
				body, edits := tableBody(t, names, row.body)
				a := b.ask(route.Method, target, token, body, edits...)
				require.Equal(t, row.want[who], a.Status, "%s", a.Body)
			})
		}
	}
	for id := range routes {
		t.Errorf("%s is not in the table", id)
	}
}

// tableBody writes what the table sends.
func tableBody(t *testing.T, names *strings.Replacer, of any) (body any, edits []func(*http.Request)) {
	t.Helper()
	switch of {
	case nil:
		return nil, nil
	case "{tus}":
		return nil, []func(*http.Request){
			header("Tus-Resumable", "1.0.0"), header("X-HTTP-Method-Override", "HEAD"),
			header("Upload-Offset", "0"), header("Upload-Length", "9"), header("Content-Type", "application/offset+octet-stream"),
		}
	case "{form}":
		form, contentType := tableForm(t)
		return form, []func(*http.Request){header("Content-Type", contentType)}
	}
	raw, err := json.Marshal(of)
	require.NoError(t, err)
	return names.Replace(strings.ReplaceAll(string(raw), "{unique}", uuid.NewString())), nil
}

// world makes what the table's targets name, and the token of who asks.
func world(t *testing.T, who cell) (*strings.Replacer, string, *bench) {
	t.Helper()
	b := newBench(t)
	owner, ownerToken := b.user(models.RoleUser, models.StatusActive)
	_, other := b.user(models.RoleUser, models.StatusActive)
	boss, admin := b.user(models.RoleAdmin, models.StatusActive)
	b.givePassword(boss)
	_, suspended := b.user(models.RoleAdmin, models.StatusSuspended)
	token := map[cell]string{asAnonymous: "", asOwner: ownerToken, asOther: other, asAdmin: admin, asSuspended: suspended}[who]

	file := b.file(owner.ID, []byte("picture"))
	upload, note := uuid.NewString(), uuid.NewString()
	b.uploads.rows[upload] = models.Upload{ID: upload, OwnerID: owner.ID, Name: "cat.jpg", State: models.UploadStalled}
	b.rows.notes[note] = models.Notification{ID: note, UserID: owner.ID, Kind: models.NotifyDone}
	share, link := b.share(file)
	hook := uuid.NewString()
	b.hooks.hooks = []models.Webhook{{ID: hook, URL: "https://example.com/", Events: models.WebhookEvents()}}
	b.hooks.deliveries = []models.Delivery{{ID: hook, State: models.DeliveryFailed, Round: 1}}
	personal := uuid.NewString()
	b.rows.tokens[personal] = models.AccessToken{ID: personal, UserID: owner.ID, Name: "script", Scopes: []models.TokenScope{models.ScopeRead}}
	locked := b.lockUp(owner)
	return strings.NewReplacer("{hook}", hook, "{locked}", locked.UploadID, "{share}", share.ID, "/s/{token}", link, "{file}", file.ID,
		"{upload}", upload, "{note}", note, "{owner}", owner.ID, "{session}", sessionOf(b, ownerToken), "{token}", personal), token, b
}

func tableForm(t *testing.T) (body, contentType string) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	part, err := w.CreateFormFile("file", "cat.jpg")
	require.NoError(t, err)
	_, err = part.Write([]byte("picture"))
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return b.String(), w.FormDataContentType()
}

// Whatever is asked of an address that is not there, the answer does not tell
// who asks from who may.
func TestUnknownAddressesLeakNothing(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	_, token := b.user(models.RoleAdmin, models.StatusActive)
	for _, target := range []string{
		"/api", "/api/", "/api/v1", "/api/v1/", "/api/v2/me", "/api/v1/nothing", "/api/v1/admin/nothing", "/api/v1/ME",
		"/api/v1/me/", "//api/v1/me/..", "/api/v1/files/x/y/z", "/.env", "/debug/pprof/", "/metrics", "/api/docs/page.html", "/api/v1/me%00",
	} {
		for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodDelete} {
			anonymous := b.ask(method, target, "", nil).problem(CodeNotFound)
			known := b.ask(method, target, token, nil).problem(CodeNotFound)
			require.Equal(t, anonymous.Detail, known.Detail)
			require.NotContains(t, anonymous.Detail, target+" ")
		}
	}
	b.ask(http.MethodGet, "/"+strings.Repeat("a", 5000), "", nil).problem(CodeNotFound)
}

func TestOtherMethodsAreRefused(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	a := b.ask(http.MethodPut, "/api/v1/me", "", nil)
	a.problem(CodeMethodNotAllowed)
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPatch} {
		require.Contains(t, strings.Join(a.Header.Values("Allow"), ","), method)
	}
	b.ask("BREW", "/api/v1/me", "", nil).problem(CodeNotImplemented)
	b.ask(http.MethodOptions, "/api/v1/me", "", nil).problem(CodeMethodNotAllowed)
	b.ask(http.MethodTrace, "/api/v1/me", "", nil).problem(CodeMethodNotAllowed)
}

func TestHeadAnswersAsGetWithoutABody(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	_, token := b.user(models.RoleUser, models.StatusActive)
	a := b.ask(http.MethodHead, "/api/v1/me", token, nil)
	require.Equal(t, http.StatusOK, a.Status)
	require.Empty(t, a.Body)
	require.NotEqual(t, "0", a.Header.Get("Content-Length"))
	require.Equal(t, http.StatusUnauthorized, b.ask(http.MethodHead, "/api/v1/me", "", nil).Status)
}
