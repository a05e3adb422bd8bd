package api

import (
	"net/http"
	"strings"
	"testing"

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
