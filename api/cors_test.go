package api

import (
	"bufio"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"safelight/models"
)

const webOrigin = "https://app.safelight.test"

// newWebBench is an API on one host whose web app is on another one of its site.
func newWebBench(t *testing.T) *bench {
	t.Helper()
	return newBench(t, func(d *Deps) {
		d.Config.PublicURL, d.Config.SecureCookies = "https://api.safelight.test", true
		d.Config.WebOrigins = []string{webOrigin, "https://admin.safelight.test:8443"}
	})
}

func list(header string) []string { return strings.Split(header, ", ") }

// TestWebOriginsMayDoEverything goes through origins, what browsers say beside
// them, kinds of request and credentials: pages of configured origins do all
// that their user may, pages of others change nothing with a cookie and read nothing.
func TestWebOriginsMayDoEverything(t *testing.T) {
	t.Parallel()
	b := newWebBench(t)
	_, token := b.user(models.RoleUser, models.StatusActive)
	body := map[string]string{"name": "Ada"}
	credentials := map[string]func(*http.Request){
		"cookie": cookie("__Host-safelight_access", token),
		"bearer": header("Authorization", "Bearer "+token),
	}
	requests := map[string]struct {
		method, target string
		body           any
		changes        bool
	}{
		"read":   {http.MethodGet, "/api/v1/me", nil, false},
		"change": {http.MethodPatch, "/api/v1/me", body, true},
		"stream": {http.MethodGet, "/api/v1/events", nil, false},
		"upload": {http.MethodPost, "/api/v1/uploads/check", map[string][]string{"sha256": {strings.Repeat("a", 64)}}, true},
	}
	for name, o := range map[string]struct {
		origin, fetchSite string
		ours              bool // may read the answer
		same              bool // may change by cookie
	}{
		"the web app":                      {webOrigin, "same-site", true, true},
		"the web app, an older browser":    {webOrigin, "", true, true},
		"the other web app":                {"https://admin.safelight.test:8443", "same-site", true, true},
		"the API's own pages":              {"https://api.safelight.test", "same-origin", false, true},
		"said to be of another site":       {webOrigin, "cross-site", true, false},
		"a neighbour":                      {"https://blog.safelight.test", "same-site", false, false},
		"a neighbour without an origin":    {"", "same-site", false, false},
		"another port":                     {webOrigin + ":8443", "same-site", false, false},
		"another scheme":                   {"http://app.safelight.test", "cross-site", false, false},
		"a name that ends like it":         {"https://evil-app.safelight.test", "same-site", false, false},
		"a name that begins like it":       {webOrigin + ".evil.test", "cross-site", false, false},
		"elsewhere":                        {"https://evil.test", "cross-site", false, false},
		"null, as of a sandbox":            {"null", "cross-site", false, false},
		"an origin in capitals is no such": {"https://APP.safelight.test", "cross-site", false, false},
	} {
		for credential, signIn := range credentials {
			for kind, r := range requests {
				what := name + ", " + kind + " by " + credential
				a := b.ask(r.method, r.target, "", r.body, signIn, header("Origin", o.origin), header("Sec-Fetch-Site", o.fetchSite))
				if r.changes && credential == "cookie" && !o.same {
					a.problem(CodeCrossOrigin)
				} else {
					require.Less(t, a.Status, 300, what)
				}
				require.Contains(t, list(a.Header.Get("Vary")), "Origin", what)
				require.Equal(t, "same-site", a.Header.Get("Cross-Origin-Resource-Policy"), what)
				if !o.ours {
					for h := range a.Header {
						require.False(t, strings.HasPrefix(h, "Access-Control-"), "%s: %s", what, h)
					}
					continue
				}
				require.Equal(t, o.origin, a.Header.Get("Access-Control-Allow-Origin"), what)
				require.Equal(t, "true", a.Header.Get("Access-Control-Allow-Credentials"), what)
				require.Subset(t, list(a.Header.Get("Access-Control-Expose-Headers")), []string{
					"Location", "X-Request-ID", "RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset", "Retry-After", "ETag",
					"Tus-Resumable", "Upload-Offset", "Upload-Length", "Upload-Expires", "Safelight-Upload-Id",
				}, what)
			}
		}
	}
}

// TestErrorsCanBeReadToo: a page that may not read why it failed can only shrug.
func TestErrorsCanBeReadToo(t *testing.T) {
	t.Parallel()
	b := newWebBench(t)
	for target, code := range map[string]Code{"/api/v1/me": CodeUnauthenticated, "/api/v1/nothing": CodeNotFound, "/api/v1/files?x=1": CodeUnauthenticated} {
		a := b.ask(http.MethodGet, target, "", nil, header("Origin", webOrigin))
		a.problem(code)
		require.Equal(t, webOrigin, a.Header.Get("Access-Control-Allow-Origin"), target)
	}
}

func TestPreflights(t *testing.T) {
	t.Parallel()
	b := newWebBench(t)
	preflight := func(origin, target, method string) answer {
		return b.ask(http.MethodOptions, target, "", nil, header("Origin", origin),
			header("Access-Control-Request-Method", method), header("Access-Control-Request-Headers", "content-type"))
	}
	for target, method := range map[string]string{
		"/api/v1/me": http.MethodPatch, "/api/v1/uploads/tus/": http.MethodPost, "/api/v1/uploads/tus/x": http.MethodPatch, "/api/v1/files/x": http.MethodDelete,
		"/api/v1/events": http.MethodGet, "/api/v1/nothing": http.MethodPut,
	} {
		a := preflight(webOrigin, target, method)
		require.Equal(t, http.StatusNoContent, a.Status, target)
		require.Empty(t, a.Body)
		require.Equal(t, webOrigin, a.Header.Get("Access-Control-Allow-Origin"))
		require.Equal(t, "true", a.Header.Get("Access-Control-Allow-Credentials"))
		require.Contains(t, list(a.Header.Get("Access-Control-Allow-Methods")), method)
		require.Subset(t, list(a.Header.Get("Access-Control-Allow-Headers")), []string{
			"Content-Type", "Authorization", "Idempotency-Key", "Last-Event-ID",
			"Tus-Resumable", "Upload-Offset", "Upload-Length", "Upload-Metadata", "Upload-Checksum", "Upload-Defer-Length", "X-HTTP-Method-Override",
		})
		require.Equal(t, "7200", a.Header.Get("Access-Control-Max-Age"))
		require.Subset(t, list(a.Header.Get("Vary")), []string{"Origin", "Access-Control-Request-Method", "Access-Control-Request-Headers"})
	}
	for _, origin := range []string{"https://evil.test", "https://blog.safelight.test", "null", "https://api.safelight.test"} {
		a := preflight(origin, "/api/v1/me", http.MethodPatch)
		require.NotEqual(t, http.StatusNoContent, a.Status, origin)
		for h := range a.Header {
			require.False(t, strings.HasPrefix(h, "Access-Control-"), "%s: %s", origin, h)
		}
	}
	// What of tus is spoken is asked by the same method, and is no preflight.
	a := b.ask(http.MethodOptions, "/api/v1/uploads/tus/", "", nil, header("Origin", webOrigin))
	require.Equal(t, "1.0.0", a.Header.Get("Tus-Version"))
	require.Equal(t, webOrigin, a.Header.Get("Access-Control-Allow-Origin"))
}

// TestWithoutWebOriginsNothingIsShared: then the API says nothing of all this.
func TestWithoutWebOriginsNothingIsShared(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	_, token := b.user(models.RoleUser, models.StatusActive)
	a := b.ask(http.MethodGet, "/api/v1/me", token, nil, header("Origin", webOrigin))
	for h := range a.Header {
		require.False(t, strings.HasPrefix(h, "Access-Control-"), h)
	}
	require.NotContains(t, a.Header.Get("Vary"), "Origin")
	require.Equal(t, "same-origin", a.Header.Get("Cross-Origin-Resource-Policy"))
	a = b.ask(http.MethodOptions, "/api/v1/me", "", nil, header("Origin", webOrigin), header("Access-Control-Request-Method", "PATCH"))
	require.NotEqual(t, http.StatusNoContent, a.Status)
}

// TestSignInFromTheWebApp: its cookies are the API host's own and stay within
// the site, so that the web app's host never sees them.
func TestSignInFromTheWebApp(t *testing.T) {
	t.Parallel()
	b := newWebBench(t)
	a := b.ask(http.MethodPost, "/api/v1/auth/register", "", map[string]string{"email": "ada@example.org", "password": "correct horse battery", "name": "Ada"},
		header("Origin", webOrigin), header("Sec-Fetch-Site", "same-site"))
	require.Equal(t, http.StatusCreated, a.Status, string(a.Body))
	cookies := strings.ToLower(strings.Join(a.Header.Values("Set-Cookie"), "\n"))
	require.Contains(t, cookies, "__host-safelight_access=")
	require.Equal(t, 2, strings.Count(cookies, "samesite=strict"))
	require.Equal(t, 2, strings.Count(cookies, "; secure"))
	require.NotContains(t, cookies, "domain=")
	b.ask(http.MethodPost, "/api/v1/auth/refresh", "", nil, cookie("__Secure-safelight_refresh", "x"),
		header("Origin", webOrigin), header("Sec-Fetch-Site", "same-site")).problem(CodeUnauthenticated)
	b.ask(http.MethodPost, "/api/v1/auth/refresh", "", nil, cookie("__Secure-safelight_refresh", "x"),
		header("Origin", "https://blog.safelight.test"), header("Sec-Fetch-Site", "same-site")).problem(CodeCrossOrigin)
}

// TestPicturesCanBeShown: an <img> of the web app loads without CORS, and caches
// keep it apart by who asked.
func TestPicturesCanBeShown(t *testing.T) {
	t.Parallel()
	b := newWebBench(t)
	user, token := b.user(models.RoleUser, models.StatusActive)
	file := b.file(user.ID, []byte("picture"))
	a := b.ask(http.MethodGet, "/api/v1/files/"+file.ID+"/content?variant=thumb", "", nil,
		cookie("__Host-safelight_access", token), header("Sec-Fetch-Site", "same-site"), header("Sec-Fetch-Mode", "no-cors"))
	require.Equal(t, http.StatusOK, a.Status)
	require.Equal(t, "same-site", a.Header.Get("Cross-Origin-Resource-Policy"))
	require.Subset(t, list(a.Header.Get("Vary")), []string{"Origin", "Cookie", "Authorization"})
}

// TestStreamsReachTheWebApp: over a real connection, the headers that let a page
// read a stream come before its first event.
func TestStreamsReachTheWebApp(t *testing.T) {
	t.Parallel()
	b := newWebBench(t)
	_, token := b.user(models.RoleUser, models.StatusActive)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	served := make(chan error, 1)
	go func() { served <- b.app.Fiber().Listener(listener) }()
	t.Cleanup(func() {
		require.NoError(t, b.app.Fiber().ShutdownWithTimeout(10*time.Second))
		require.NoError(t, <-served)
	})
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+listener.Addr().String()+"/api/v1/events", nil)
	require.NoError(t, err)
	req.Header.Set("Origin", webOrigin)
	req.Header.Set("Sec-Fetch-Site", "same-site")
	req.AddCookie(&http.Cookie{Name: "__Host-safelight_access", Value: token})
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer res.Body.Close()
	require.Equal(t, http.StatusOK, res.StatusCode)
	require.Equal(t, webOrigin, res.Header.Get("Access-Control-Allow-Origin"))
	require.Equal(t, "true", res.Header.Get("Access-Control-Allow-Credentials"))
	line, err := bufio.NewReader(res.Body).ReadString('\n')
	require.NoError(t, err)
	require.Regexp(t, `^retry: \d+`, line)
}
