package api

import (
	"strings"

	"safelight/models"
)

// cell is who asks, in the order of the columns of the table.
type cell int

const (
	asAnonymous cell = iota
	asLink           // who holds a public link and has given its password, and nothing else
	asUser           // of things that are not there at all
	asOwner
	asOther // a user like any other, of somebody's things
	asSuspended
	asAdmin
	// A personal access token of one scope. Its owner owns the things and is an
	// administrator as well: what it may not do is for its scope alone.
	asReadToken
	asWriteToken
	asAdminToken
	cells
)

func (c cell) String() string {
	return [...]string{
		"anonymous", "share link", "user", "owner", "other user", "suspended", "admin", "read token", "write token", "admin token",
	}[c]
}

// scope is that of the columns of tokens.
func (c cell) scope() models.TokenScope {
	return map[cell]models.TokenScope{asReadToken: models.ScopeRead, asWriteToken: models.ScopeWrite, asAdminToken: models.ScopeAdmin}[c]
}

// all is the row of what answers everybody alike.
func all(status int) (row [cells]int) {
	for i := range row {
		row[i] = status
	}
	return row
}

// permissionTable states the answer of every operation to everybody: anonymous,
// share link, user, owner, other user, suspended, admin, and tokens to read, to
// write and for administration. What braces name is the owner's.
var permissionTable = []struct {
	operation string
	target    string
	body      any
	want      [cells]int
}{
	// Open to all.
	{"getConfig", "/api/v1/config", nil, all(200)},
	{"getHealth", "/healthz", nil, all(200)},
	{"getReadiness", "/readyz", nil, all(200)},
	{"getDocument", "/api/openapi.json", nil, all(200)},
	{"getDocs", "/api/docs", nil, all(200)},
	{"getDocsStyle", "/api/docs/docs.css", nil, all(200)},
	{"register", "/api/v1/auth/register", map[string]string{"email": "{unique}@example.org", "password": "correct horse", "name": "Ada"}, all(201)},
	{"login", "/api/v1/auth/login", map[string]string{"email": "{unique}@example.org", "password": "correct horse"}, all(401)},
	{"refresh", "/api/v1/auth/refresh", nil, all(401)},
	{"resetPassword", "/api/v1/auth/reset", map[string]string{"token": "x", "newPassword": "battery staple"}, all(400)},
	// The link has a password: who has given it is shown the picture, and whoever
	// else has the link is asked for it.
	{"openShare", "/s/{token}", nil, [cells]int{200, 200, 404, 200, 200, 200, 200, 200, 200, 200}},
	{"unlockShare", "/s/{token}", "{password}", [cells]int{303, 303, 404, 303, 303, 303, 303, 303, 303, 303}},
	{"getSharedContent", "/s/{token}/content", nil, [cells]int{403, 200, 404, 403, 403, 403, 403, 403, 403, 403}},
	// One's own.
	{"logout", "/api/v1/auth/logout", nil, [cells]int{401, 401, 204, 204, 204, 403, 204, 403, 403, 403}},
	{"getMe", "/api/v1/me", nil, [cells]int{401, 401, 200, 200, 200, 403, 200, 200, 403, 403}},
	{"updateMe", "/api/v1/me", map[string]string{"name": "Ada"}, [cells]int{401, 401, 200, 200, 200, 403, 200, 403, 200, 403}},
	{"changePassword", "/api/v1/me/password", map[string]string{"currentPassword": "wrong horse", "newPassword": "battery staple"}, [cells]int{401, 401, 403, 403, 403, 403, 403, 403, 403, 403}},
	{"listSessions", "/api/v1/me/sessions", nil, [cells]int{401, 401, 200, 200, 200, 403, 200, 403, 403, 403}},
	{"endSession", "/api/v1/me/sessions/{session}", nil, [cells]int{401, 401, 404, 204, 404, 403, 404, 403, 403, 403}},
	{"listTokens", "/api/v1/me/tokens", nil, [cells]int{401, 401, 200, 200, 200, 403, 200, 403, 403, 403}},
	{"createToken", "/api/v1/me/tokens", map[string]any{"name": "script", "scopes": []string{"admin"}}, [cells]int{401, 401, 403, 403, 403, 403, 201, 403, 403, 403}},
	{"deleteToken", "/api/v1/me/tokens/{token}", nil, [cells]int{401, 401, 404, 204, 404, 403, 404, 403, 403, 403}},
	// What admins do to accounts.
	{"listUsers", "/api/v1/admin/users", nil, [cells]int{401, 401, 403, 403, 403, 403, 200, 403, 403, 200}},
	{"addUser", "/api/v1/admin/users", map[string]string{"email": "{unique}@example.org", "name": "Ada"}, [cells]int{401, 401, 403, 403, 403, 403, 201, 403, 403, 201}},
	{"updateUser", "/api/v1/admin/users/{owner}", map[string]string{"role": "admin"}, [cells]int{401, 401, 403, 403, 403, 403, 200, 403, 403, 200}},
	{"deleteUser", "/api/v1/admin/users/{owner}", nil, [cells]int{401, 401, 403, 403, 403, 403, 204, 403, 403, 204}},
	{"resetUserPassword", "/api/v1/admin/users/{owner}/reset-password", nil, [cells]int{401, 401, 403, 403, 403, 403, 200, 403, 403, 200}},
	{"endUserSessions", "/api/v1/admin/users/{owner}/sessions", nil, [cells]int{401, 401, 403, 403, 403, 403, 204, 403, 403, 204}},
	{"listFiles", "/api/v1/files", nil, [cells]int{401, 401, 200, 200, 200, 403, 200, 200, 403, 403}},
	{"changeFiles", "/api/v1/files/bulk", map[string]any{"action": "trash", "ids": []string{"{file}"}}, [cells]int{401, 401, 200, 200, 200, 403, 200, 403, 200, 403}},
	{"checkContents", "/api/v1/uploads/check", map[string][]string{"sha256": {strings.Repeat("a", 64)}}, [cells]int{401, 401, 200, 200, 200, 403, 200, 200, 403, 403}},
	{"listUploads", "/api/v1/uploads", nil, [cells]int{401, 401, 200, 200, 200, 403, 200, 200, 403, 403}},
	{"createUpload", "/api/v1/uploads", "{form}", [cells]int{401, 401, 202, 202, 202, 403, 202, 403, 202, 403}},
	{"listNotifications", "/api/v1/notifications", nil, [cells]int{401, 401, 200, 200, 200, 403, 200, 200, 403, 403}},
	{"readAllNotifications", "/api/v1/notifications/read-all", nil, [cells]int{401, 401, 204, 204, 204, 403, 204, 403, 204, 403}},
	{"watchEverything", "/api/v1/events", nil, [cells]int{401, 401, 200, 200, 200, 403, 200, 200, 403, 403}},
	{"getTusOptions", "/api/v1/uploads/tus/", nil, all(204)},
	{"createTusUpload", "/api/v1/uploads/tus/", "{tus}", [cells]int{401, 401, 201, 201, 201, 403, 201, 403, 201, 403}},
	// The owner's and nobody else's: who resumes an upload is who began it.
	{"getTusUpload", "/api/v1/uploads/tus/{upload}", "{tus}", [cells]int{401, 401, 404, 200, 404, 403, 404, 200, 403, 403}},
	{"continueTusUpload", "/api/v1/uploads/tus/{upload}", "{tus}", [cells]int{401, 401, 404, 204, 404, 403, 404, 403, 204, 403}},
	{"deleteTusUpload", "/api/v1/uploads/tus/{upload}", "{tus}", [cells]int{401, 401, 404, 204, 404, 403, 404, 403, 204, 403}},
	{"overrideTusMethod", "/api/v1/uploads/tus/{upload}", "{tus}", [cells]int{401, 401, 404, 200, 404, 403, 404, 403, 200, 403}},
	// The owner's: not there for others, all of it for admins, except that a
	// notification concerns nobody else.
	{"getFile", "/api/v1/files/{file}", nil, [cells]int{401, 401, 404, 200, 404, 403, 200, 200, 403, 403}},
	{"renameFile", "/api/v1/files/{file}", map[string]string{"name": "dog.jpg"}, [cells]int{401, 401, 404, 200, 404, 403, 200, 403, 200, 403}},
	{"deleteFile", "/api/v1/files/{file}", nil, [cells]int{401, 401, 404, 204, 404, 403, 204, 403, 204, 403}},
	{"restoreFile", "/api/v1/files/{file}/restore", nil, [cells]int{401, 401, 404, 200, 404, 403, 200, 403, 200, 403}},
	{"getContent", "/api/v1/files/{file}/content", nil, [cells]int{401, 401, 404, 200, 404, 403, 200, 200, 403, 403}},
	{"createShare", "/api/v1/files/{file}/shares", map[string]int{}, [cells]int{401, 401, 404, 201, 404, 403, 201, 403, 201, 403}},
	{"listShares", "/api/v1/files/{file}/shares", nil, [cells]int{401, 401, 404, 200, 404, 403, 200, 200, 403, 403}},
	{"endShare", "/api/v1/files/{file}/shares/{share}", nil, [cells]int{401, 401, 404, 204, 404, 403, 204, 403, 204, 403}},
	{"zipFiles", "/api/v1/files/zip", map[string][]string{"ids": {"{file}"}}, [cells]int{401, 401, 404, 200, 404, 403, 200, 200, 403, 403}},
	{"listSimilarFiles", "/api/v1/files/{file}/similar", nil, [cells]int{401, 401, 404, 200, 404, 403, 200, 200, 403, 403}},
	{"listVersions", "/api/v1/files/{file}/versions", nil, [cells]int{401, 401, 404, 200, 404, 403, 200, 200, 403, 403}},
	{"restoreVersion", "/api/v1/files/{file}/versions/1/restore", nil, [cells]int{401, 401, 404, 201, 404, 403, 201, 403, 201, 403}},
	{"deleteVersion", "/api/v1/files/{file}/versions/1", nil, [cells]int{401, 401, 404, 409, 404, 403, 409, 403, 409, 403}},
	{"readNotification", "/api/v1/notifications/{note}/read", nil, [cells]int{401, 401, 404, 200, 404, 403, 404, 403, 200, 403}},
	{"getUpload", "/api/v1/uploads/{upload}", nil, [cells]int{401, 401, 404, 200, 404, 403, 200, 200, 403, 403}},
	{"watchUpload", "/api/v1/uploads/{upload}/events", nil, [cells]int{401, 401, 404, 200, 404, 403, 200, 200, 403, 403}},
	{"cancelUpload", "/api/v1/uploads/{upload}/cancel", nil, [cells]int{401, 401, 404, 202, 404, 403, 202, 403, 202, 403}},
	{"retryUpload", "/api/v1/uploads/{upload}/retry", nil, [cells]int{401, 401, 404, 202, 404, 403, 202, 403, 202, 403}},
	// For administrators. {locked} is in quarantine; the password is the caller's.
	{"listWebhooks", "/api/v1/admin/webhooks", nil, [cells]int{401, 401, 403, 403, 403, 403, 200, 403, 403, 200}},
	{"createWebhook", "/api/v1/admin/webhooks", map[string]string{"url": "https://example.com/"}, [cells]int{401, 401, 403, 403, 403, 403, 201, 403, 403, 201}},
	{"updateWebhook", "/api/v1/admin/webhooks/{hook}", map[string]bool{"enabled": false}, [cells]int{401, 401, 403, 403, 403, 403, 200, 403, 403, 200}},
	{"deleteWebhook", "/api/v1/admin/webhooks/{hook}", nil, [cells]int{401, 401, 403, 403, 403, 403, 204, 403, 403, 204}},
	{"testWebhook", "/api/v1/admin/webhooks/{hook}/test", nil, [cells]int{401, 401, 403, 403, 403, 403, 202, 403, 403, 202}},
	{"listDeliveries", "/api/v1/admin/webhooks/{hook}/deliveries", nil, [cells]int{401, 401, 403, 403, 403, 403, 200, 403, 403, 200}},
	{"redeliver", "/api/v1/admin/webhooks/{hook}/deliveries/{hook}/redeliver", nil, [cells]int{401, 401, 403, 403, 403, 403, 202, 403, 403, 202}},
	{"getStats", "/api/v1/admin/stats", nil, [cells]int{401, 401, 403, 403, 403, 403, 200, 403, 403, 200}},
	{"adminListFiles", "/api/v1/admin/files", nil, [cells]int{401, 401, 403, 403, 403, 403, 200, 403, 403, 200}},
	{"adminListUploads", "/api/v1/admin/uploads", nil, [cells]int{401, 401, 403, 403, 403, 403, 200, 403, 403, 200}},
	{"adminRetryUpload", "/api/v1/admin/uploads/{upload}/retry", nil, [cells]int{401, 401, 403, 403, 403, 403, 202, 403, 403, 202}},
	{"adminCancelUpload", "/api/v1/admin/uploads/{upload}/cancel", nil, [cells]int{401, 401, 403, 403, 403, 403, 202, 403, 403, 202}},
	{"adminRetryUploads", "/api/v1/admin/uploads/retry", map[string]string{}, [cells]int{401, 401, 403, 403, 403, 403, 200, 403, 403, 200}},
	{"listQuarantine", "/api/v1/admin/quarantine", nil, [cells]int{401, 401, 403, 403, 403, 403, 200, 403, 403, 200}},
	{"deleteQuarantined", "/api/v1/admin/quarantine/{locked}", nil, [cells]int{401, 401, 403, 403, 403, 403, 204, 403, 403, 204}},
	{"releaseQuarantined", "/api/v1/admin/quarantine/{locked}/release", map[string]string{"reason": "known good", "password": testPassword}, [cells]int{401, 401, 403, 403, 403, 403, 202, 403, 403, 403}},
	{"getIntegrity", "/api/v1/admin/integrity", nil, [cells]int{401, 401, 403, 403, 403, 403, 404, 403, 403, 404}},
	{"startIntegrity", "/api/v1/admin/integrity", nil, [cells]int{401, 401, 403, 403, 403, 403, 202, 403, 403, 202}},
	{"listAudit", "/api/v1/admin/audit", nil, [cells]int{401, 401, 403, 403, 403, 403, 200, 403, 403, 200}},
}
