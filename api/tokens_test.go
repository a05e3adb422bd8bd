package api

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"safelight/internal/auth"
	"safelight/models"
)

// personal makes a personal access token, whoever's and for whatever.
func (b *bench) personal(userID string, expires *time.Time, scopes ...models.TokenScope) string {
	b.t.Helper()
	token, hash := auth.NewAccessToken()
	_, err := b.rows.CreateToken(b.t.Context(), models.Actor{}, models.AccessToken{
		ID: uuid.NewString(), UserID: userID, Name: "script", TokenHash: hash, Scopes: scopes, ExpiresAt: expires,
	}, maxTokens)
	require.NoError(b.t, err)
	return token
}

func TestATokenIsShownOnce(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	_, session := b.user(models.RoleUser, models.StatusActive)
	a := b.ask(http.MethodPost, "/api/v1/me/tokens", session, map[string]any{"name": " backup\u202e ", "scopes": []string{"read", "write"}, "expiresInDays": 30})
	require.Equal(t, http.StatusCreated, a.Status, "%s", a.Body)
	var made newTokenView
	a.into(&made)
	require.Regexp(t, `^sl_[A-Za-z0-9_-]{43}$`, made.Token)
	require.Equal(t, "backup", made.Name)
	require.Equal(t, []models.TokenScope{models.ScopeRead, models.ScopeWrite}, made.Scopes)
	require.WithinDuration(t, time.Now().AddDate(0, 0, 30), *made.ExpiresAt, time.Minute)
	require.Nil(t, made.LastUsedAt)

	require.Equal(t, http.StatusOK, b.ask(http.MethodGet, "/api/v1/me", made.Token, nil).Status)
	require.Equal(t, http.StatusOK, b.ask(http.MethodHead, "/api/v1/files", made.Token, nil).Status)
	require.Equal(t, http.StatusOK, b.ask(http.MethodPatch, "/api/v1/me", made.Token, map[string]string{"name": "Ada"}).Status)
	list := b.ask(http.MethodGet, "/api/v1/me/tokens", session, nil)
	require.NotContains(t, string(list.Body), made.Token)
	require.NotContains(t, b.logs.String(), made.Token)
	var tokens page[tokenView]
	list.into(&tokens)
	require.Len(t, tokens.Items, 1)
	require.NotNil(t, tokens.Items[0].LastUsedAt)

	require.Equal(t, http.StatusNoContent, b.ask(http.MethodDelete, "/api/v1/me/tokens/"+made.ID, session, nil).Status)
	b.ask(http.MethodGet, "/api/v1/me", made.Token, nil).problem(CodeUnauthenticated)
	b.ask(http.MethodDelete, "/api/v1/me/tokens/"+made.ID, session, nil).problem(CodeNotFound)
}

func TestTokensThatCanNotBeMade(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	user, session := b.user(models.RoleUser, models.StatusActive)
	for name, bad := range map[string]any{
		"no name":       map[string]any{"scopes": []string{"read"}},
		"blank name":    map[string]any{"name": "\u202e", "scopes": []string{"read"}},
		"no scope":      map[string]any{"name": "a", "scopes": []string{}},
		"unknown scope": map[string]any{"name": "a", "scopes": []string{"root"}},
		"twice":         map[string]any{"name": "a", "scopes": []string{"read", "read"}},
		"expired":       map[string]any{"name": "a", "scopes": []string{"read"}, "expiresInDays": 0},
		"for ever":      map[string]any{"name": "a", "scopes": []string{"read"}, "expiresInDays": 3651},
		"too much said": map[string]any{"name": "a", "scopes": []string{"read"}, "userId": user.ID},
	} {
		a := b.ask(http.MethodPost, "/api/v1/me/tokens", session, bad)
		require.Equal(t, http.StatusUnprocessableEntity, a.Status, "%s: %s", name, a.Body)
	}
	p := b.ask(http.MethodPost, "/api/v1/me/tokens", session, map[string]any{"scopes": []string{"root"}, "expiresInDays": -1}).problem(CodeValidation)
	require.Len(t, p.Errors, 3, "all faults in one answer: %v", p.Errors)
	require.Empty(t, b.rows.tokens)
	for range maxTokens {
		b.personal(user.ID, nil, models.ScopeRead)
	}
	b.ask(http.MethodPost, "/api/v1/me/tokens", session, map[string]any{"name": "a", "scopes": []string{"read"}}).problem(CodeTooManyTokens)
}

func TestTokensThatDoNotCount(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	user, _ := b.user(models.RoleUser, models.StatusActive)
	good := b.personal(user.ID, ptr(time.Now().Add(time.Hour)), models.ScopeRead)
	require.Equal(t, http.StatusOK, b.ask(http.MethodGet, "/api/v1/me", good, nil).Status)
	for name, bad := range map[string]string{
		"expired": b.personal(user.ID, ptr(time.Now().Add(-time.Second)), models.ScopeRead), "unknown": "sl_" + strings.Repeat("A", 43),
		"short": good[:45], "long": good + "A", "without prefix": good[3:], "another prefix": "SL_" + good[3:], "empty": "sl_",
	} {
		b.ask(http.MethodGet, "/api/v1/me", bad, nil).problem(CodeUnauthenticated)
		require.NotEmpty(t, name)
	}
	b.ask(http.MethodGet, "/api/v1/me", "", nil, cookie("safelight_access", good)).problem(CodeUnauthenticated)
	b.ask(http.MethodPost, "/api/v1/auth/refresh", "", map[string]string{"refreshToken": good}).problem(CodeUnauthenticated)
	u := b.rows.users[user.ID]
	u.Status = models.StatusSuspended
	b.rows.users[u.ID] = u
	b.ask(http.MethodGet, "/api/v1/me", good, nil).problem(CodeAccountSuspended)
}

// An admin's token that is not made for it acts as a user's: what leaks of a
// script's token is no more than the script needed.
func TestAnAdminsTokenIsNoAdminByItself(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	owner, _ := b.user(models.RoleUser, models.StatusActive)
	admin, session := b.user(models.RoleAdmin, models.StatusActive)
	file := "/api/v1/files/" + b.file(owner.ID, []byte("picture")).ID
	require.Equal(t, http.StatusOK, b.ask(http.MethodGet, file, session, nil).Status)
	b.ask(http.MethodGet, file, b.personal(admin.ID, nil, models.ScopeRead, models.ScopeWrite), nil).problem(CodeNotFound)
	all := b.personal(admin.ID, nil, models.ScopeRead, models.ScopeAdmin)
	require.Equal(t, http.StatusOK, b.ask(http.MethodGet, file, all, nil).Status)
	require.Equal(t, http.StatusOK, b.ask(http.MethodGet, "/api/v1/admin/users", all, nil).Status)
	u := b.rows.users[admin.ID]
	u.Role = models.RoleUser
	b.rows.users[u.ID] = u
	b.ask(http.MethodGet, file, all, nil).problem(CodeNotFound)
	b.ask(http.MethodGet, "/api/v1/admin/users", all, nil).problem(CodeForbidden)
}

func TestAStreamOfATokenEndsWithIt(t *testing.T) {
	t.Parallel()
	u := newUploadBench(t)
	me, _ := u.user(models.RoleUser, models.StatusActive)
	up := u.processing(me.ID)

	short := u.stream(u.personal(me.ID, ptr(time.Now().Add(2*time.Second)), models.ScopeRead), "/uploads/"+up.ID+"/events")
	short.must()
	short.ends()
	require.Equal(t, []string{"the access token has expired"}, short.Comment)

	deleted := u.stream(u.personal(me.ID, nil, models.ScopeRead), "/events")
	deleted.must()
	u.rows.mu.Lock()
	clear(u.rows.tokens)
	u.rows.mu.Unlock()
	u.signal(models.SignalUser, me.ID, me.ID, "")
	deleted.ends()
	require.Equal(t, []string{"the session has ended"}, deleted.Comment)
}
