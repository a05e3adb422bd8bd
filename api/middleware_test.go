package api

import (
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"safelight/models"
)

func TestEveryAnswerHasTheSecurityHeaders(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	user, token := b.user(models.RoleUser, models.StatusActive)
	file := b.file(user.ID, []byte("picture"))
	for _, target := range []string{
		"/healthz", "/api/v1/config", "/api/v1/me", "/nothing", "/api/docs", "/api/docs/docs.css", "/api/openapi.json",
		"/api/v1/files/" + file.ID + "/content", "/api/v1/files?x=1",
	} {
		h := b.ask(http.MethodGet, target, token, nil).Header
		require.Equal(t, "nosniff", h.Get("X-Content-Type-Options"), target)
		require.Equal(t, "no-referrer", h.Get("Referrer-Policy"), target)
		require.Equal(t, "same-origin", h.Get("Cross-Origin-Resource-Policy"), target)
		require.Contains(t, h.Get("Content-Security-Policy"), "default-src 'none'", target)
		require.Contains(t, h.Get("Content-Security-Policy"), "frame-ancestors 'none'", target)
		require.NotEmpty(t, h.Get("X-Request-Id"), target)
		require.NotEmpty(t, h.Get("Cache-Control"), target)
		require.Empty(t, h.Get("Strict-Transport-Security"), target)
		require.Empty(t, h.Get("Server"), target)
		require.Empty(t, h.Get("Access-Control-Allow-Origin"), target)
	}
	for _, target := range []string{"/api/v1/me", "/api/v1/files", "/api/v1/files/" + file.ID, "/api/v1/notifications"} {
		require.Equal(t, "no-store", b.ask(http.MethodGet, target, token, nil).Header.Get("Cache-Control"), target)
	}
	secure := newBench(t, func(d *Deps) { d.Config.PublicURL, d.Config.SecureCookies = "https://safelight.test", true })
	require.Contains(t, secure.ask(http.MethodGet, "/healthz", "", nil).Header.Get("Strict-Transport-Security"), "max-age=63072000")
}

func TestRequestIDs(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	id := func(sent string) string {
		return b.ask(http.MethodGet, "/healthz", "", nil, header("X-Request-Id", sent)).Header.Get("X-Request-Id")
	}
	require.Equal(t, "trace-0123.abc_DEF", id("trace-0123.abc_DEF"))
	for _, bad := range []string{"", "short", strings.Repeat("a", 65), "with space", "quote\"quote", "semi;colon", "ünïcødé-ünïcødé", "<script>alert"} {
		got := id(bad)
		require.NotEqual(t, bad, got)
		require.Len(t, got, 36)
	}
	first, second := id(""), id("")
	require.NotEqual(t, first, second)
}

func TestTheAccessLineNamesRouteAndUserNotAddresses(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	user, token := b.user(models.RoleUser, models.StatusActive)
	a := b.ask(http.MethodGet, "/api/v1/files?q=my+secret+name", token, nil)
	line := logLine(t, b, a.Header.Get("X-Request-Id"))
	for _, want := range []string{`"method":"GET"`, `"route":"/api/v1/files"`, `"status":200`, `"duration_ms":`, `"user_id":"` + user.ID + `"`, `"level":"INFO"`} {
		require.Contains(t, line, want)
	}
	b.ask(http.MethodGet, "/secret/address?token=x", "", nil)
	b.ask(http.MethodPost, "/api/v1/auth/login", "", map[string]string{"email": "secret@example.org", "password": "secret password"})
	require.NotContains(t, b.logs.String(), "secret")
	require.NotContains(t, b.logs.String(), token)
}

// A change that is authenticated by cookie, or that sets one, must come from
// this site's own pages.
func TestCrossOriginChangesAreRefused(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	_, token := b.user(models.RoleUser, models.StatusActive)
	byCookie := cookie("safelight_access", token)
	body := map[string]string{"name": "Eve"}
	none := func(*http.Request) {}
	for name, c := range map[string]struct {
		edit  func(*http.Request)
		other func(*http.Request)
		same  bool
	}{
		"nothing said":                 {none, none, false},
		"fetch metadata: same origin":  {header("Sec-Fetch-Site", "same-origin"), none, true},
		"fetch metadata: same site":    {header("Sec-Fetch-Site", "same-site"), none, false},
		"fetch metadata: cross site":   {header("Sec-Fetch-Site", "cross-site"), none, false},
		"fetch metadata: none":         {header("Sec-Fetch-Site", "none"), none, false},
		"metadata goes before origin":  {header("Sec-Fetch-Site", "cross-site"), header("Origin", testOrigin), false},
		"our origin":                   {header("Origin", testOrigin), none, true},
		"the host that was asked":      {header("Origin", "http://192.168.0.9:8080"), func(r *http.Request) { r.Host = "192.168.0.9:8080" }, true},
		"another origin":               {header("Origin", "http://evil.test"), none, false},
		"another port":                 {header("Origin", testOrigin+":81"), none, false},
		"another scheme":               {header("Origin", "https://safelight.test"), none, false},
		"a subdomain":                  {header("Origin", "http://x.safelight.test"), none, false},
		"a domain that ends like ours": {header("Origin", "http://evilsafelight.test"), none, false},
		"null":                         {header("Origin", "null"), none, false},
		"a referer is no proof":        {header("Referer", testOrigin+"/"), none, false},
	} {
		a := b.ask(http.MethodPatch, "/api/v1/me", "", body, byCookie, c.edit, c.other)
		if c.same {
			require.Equal(t, http.StatusOK, a.Status, name)
		} else {
			a.problem(CodeCrossOrigin)
		}
	}
	require.Equal(t, http.StatusOK, b.ask(http.MethodGet, "/api/v1/me", "", nil, byCookie, header("Sec-Fetch-Site", "cross-site")).Status, "looking changes nothing")
	require.Equal(t, http.StatusOK, b.ask(http.MethodPatch, "/api/v1/me", token, body, header("Origin", "http://evil.test")).Status, "a browser adds no bearer token by itself")

	login := map[string]string{"email": "nobody@example.org", "password": "12345678"}
	b.ask(http.MethodPost, "/api/v1/auth/login", "", login, header("Origin", "http://evil.test")).problem(CodeCrossOrigin)
	b.ask(http.MethodPost, "/api/v1/auth/login", "", login, header("Sec-Fetch-Site", "same-site")).problem(CodeCrossOrigin)
	b.ask(http.MethodPost, "/api/v1/auth/login", "", login).problem(CodeInvalidCredentials)
	b.ask(http.MethodPost, "/api/v1/auth/refresh", "", nil, cookie("safelight_refresh", "x")).problem(CodeCrossOrigin)
	b.ask(http.MethodPost, "/api/v1/auth/refresh", "", nil, cookie("safelight_refresh", "x"), header("Sec-Fetch-Site", "same-origin")).problem(CodeUnauthenticated)
}

func TestTheClientsAddress(t *testing.T) {
	t.Parallel()
	proxies := []netip.Prefix{netip.MustParsePrefix("0.0.0.0/32"), netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}
	for _, c := range []struct {
		trusted   []netip.Prefix
		forwarded string
		want      string
	}{
		{nil, "", "0.0.0.0"},
		{nil, "198.51.100.1", "0.0.0.0"}, // anybody can write this header
		{proxies, "", "0.0.0.0"},
		{proxies, "198.51.100.1", "198.51.100.1"},
		{proxies, "203.0.113.9, 198.51.100.1", "198.51.100.1"}, // the first is the client's own word
		{proxies, "198.51.100.1, 10.1.2.3", "198.51.100.1"},    // through two proxies of ours
		{proxies, "2001:db8::1, fd00::5", "2001:db8::1"},
		{proxies, "::ffff:198.51.100.1", "198.51.100.1"},
		{proxies, "garbage", "0.0.0.0"},
		{proxies, "198.51.100.1, garbage", "0.0.0.0"},
	} {
		b := newBench(t, func(d *Deps) { d.Config.TrustedProxies = c.trusted })
		b.ask(http.MethodPost, "/api/v1/auth/register", "", map[string]string{"email": "a@example.org", "password": "correct horse", "name": "A"},
			header("X-Forwarded-For", c.forwarded))
		require.Len(t, b.rows.sessions, 1)
		for _, s := range b.rows.sessions {
			require.Equal(t, c.want, s.IP, "%+v", c)
		}
	}
}
