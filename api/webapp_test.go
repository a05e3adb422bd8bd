package api

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"safelight/api/web"
)

// builtApp stands for what the build leaves.
var builtApp = fstest.MapFS{
	".keep":                  {},
	"index.html":             {Data: []byte("<!doctype html><title>app</title>")},
	"start.js":               {Data: []byte("start()")},
	"manifest.webmanifest":   {Data: []byte("{}")},
	"assets/main-0a1b.js":    {Data: []byte(strings.Repeat("main();", 50))},
	"assets/main-0a1b.js.br": {Data: []byte("smallest")},
	"assets/main-0a1b.js.gz": {Data: []byte("rather small")},
}

// asBrowser asks as a browser does where a person goes.
func asBrowser(r *http.Request) { r.Header.Set("Accept", "text/html,application/xhtml+xml,*/*;q=0.8") }

func TestEveryAddressOfTheAppIsItsPage(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for _, target := range []string{"/", "/files", "/files/0190?tab=versions", "/admin/uploads", "/no/such/page", "/apis", "/share", "/s", "/index.html", "/readyz/x"} {
		a := b.ask(http.MethodGet, target, "", nil, asBrowser)
		require.Equal(t, http.StatusOK, a.Status, target)
		require.Equal(t, string(builtApp["index.html"].Data), string(a.Body), target)
		require.Equal(t, "text/html; charset=utf-8", a.Header.Get("Content-Type"), target)
		require.Equal(t, "no-cache", a.Header.Get("Cache-Control"), target)
		require.Contains(t, a.Header.Get("Vary"), "Accept", target)
		same := b.ask(http.MethodGet, target, "", nil, asBrowser, header("If-None-Match", a.Header.Get("ETag")))
		require.Equal(t, http.StatusNotModified, same.Status, target)
		require.Empty(t, same.Body, target)
		require.Equal(t, a.Header.Get("ETag"), same.Header.Get("ETag"), target)
		require.Equal(t, http.StatusOK, b.ask(http.MethodGet, target, "", nil, asBrowser, header("If-None-Match", `"other"`)).Status, target)
	}
	require.Equal(t, http.StatusOK, b.ask(http.MethodGet, "/", "", nil).Status, "whatever is accepted")
	b.ask(http.MethodGet, "/files", "", nil, header("Accept", "*/*")).problem(CodeNotFound)
	b.ask(http.MethodGet, "/files", "", nil, header("Accept", "application/json")).problem(CodeNotFound)
}

func TestTheAppTakesNoAddressOfTheAPI(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for _, target := range []string{"/api", "/api/", "/api/v1/nothing", "/api/v2", "/api/docs/nothing", "/metrics", "/assets/gone-9f.js", "/assets/", "/assets/index.html"} {
		b.ask(http.MethodGet, target, "", nil, asBrowser).problem(CodeNotFound)
		b.ask(http.MethodGet, target, "", nil).problem(CodeNotFound)
	}
	require.NotContains(t, string(b.ask(http.MethodGet, "/s/nothing", "", nil, asBrowser).Body), "app</title>")
	require.NotContains(t, string(b.ask(http.MethodGet, "/healthz", "", nil, asBrowser).Body), "app</title>")
	for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodOptions} {
		b.ask(method, "/", "", nil, asBrowser).problem(CodeNotFound)
		b.ask(method, "/assets/main-0a1b.js", "", nil, asBrowser).problem(CodeNotFound)
	}
	b.ask(http.MethodGet, "/api/v1/auth/login", "", nil, asBrowser).problem(CodeMethodNotAllowed)
}

func TestFilesOfTheAppAreKeptForAsLongAsTheyHold(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for target, want := range map[string]struct{ media, caching string }{
		"/assets/main-0a1b.js":  {"text/javascript; charset=utf-8", "public, max-age=31536000, immutable"},
		"/start.js":             {"text/javascript; charset=utf-8", "no-cache"},
		"/manifest.webmanifest": {"application/manifest+json", "no-cache"},
	} {
		a := b.ask(http.MethodGet, target, "", nil)
		require.Equal(t, http.StatusOK, a.Status, target)
		require.Equal(t, want.media, a.Header.Get("Content-Type"), target)
		require.Equal(t, want.caching, a.Header.Get("Cache-Control"), target)
		require.Equal(t, http.StatusNotModified, b.ask(http.MethodGet, target, "", nil, header("If-None-Match", a.Header.Get("ETag"))).Status, target)
	}
}

func TestTheAppComesInTheFormThatIsTaken(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	tags := map[string]string{}
	for accept, want := range map[string]struct{ encoding, body string }{
		"gzip, deflate, br, zstd": {"br", "smallest"}, "gzip": {"gzip", "rather small"}, "": {"", string(builtApp["assets/main-0a1b.js"].Data)},
	} {
		a := b.ask(http.MethodGet, "/assets/main-0a1b.js", "", nil, header("Accept-Encoding", accept))
		require.Equal(t, want.body, string(a.Body), accept)
		require.Equal(t, want.encoding, a.Header.Get("Content-Encoding"), accept)
		require.Equal(t, "Accept-Encoding", a.Header.Get("Vary"), accept)
		tags[a.Header.Get("ETag")] = accept
		h := b.ask(http.MethodHead, "/assets/main-0a1b.js", "", nil, header("Accept-Encoding", accept))
		require.Equal(t, http.StatusOK, h.Status)
		require.Empty(t, h.Body)
		require.Equal(t, strconv.Itoa(len(want.body)), h.Header.Get("Content-Length"), accept)
		require.Equal(t, a.Header.Get("ETag"), h.Header.Get("ETag"))
	}
	require.Len(t, tags, 3)
	require.Empty(t, b.ask(http.MethodGet, "/start.js", "", nil, header("Accept-Encoding", "br")).Header.Get("Vary"))
	require.Equal(t, http.StatusOK, b.ask(http.MethodHead, "/files", "", nil, asBrowser).Status)
}

func TestTheAppRunsUnderAPolicyOfItsOwn(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for _, target := range []string{"/", "/files", "/start.js", "/assets/main-0a1b.js"} {
		h := b.ask(http.MethodGet, target, "", nil, asBrowser).Header
		require.Equal(t, []string{web.Policy("")}, h.Values("Content-Security-Policy"), target)
		for name, want := range map[string]string{
			"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "X-Frame-Options": "DENY",
			"Cross-Origin-Resource-Policy": "same-origin", "Cross-Origin-Opener-Policy": "same-origin",
		} {
			require.Equal(t, want, h.Get(name), target)
		}
		require.NotEmpty(t, h.Get("X-Request-Id"), target)
	}
	directives := map[string]string{}
	for d := range strings.SplitSeq(web.Policy(""), "; ") {
		name, value, _ := strings.Cut(d, " ")
		directives[name] = value
	}
	require.Equal(t, "'none'", directives["default-src"])
	require.Equal(t, "'self'", directives["script-src"])
	require.Equal(t, "'none'", directives["frame-ancestors"])
	require.Equal(t, "'none'", directives["base-uri"])
	require.NotContains(t, web.Policy(""), "unsafe-eval")
	require.NotContains(t, b.ask(http.MethodGet, "/api/v1/config", "", nil, asBrowser).Header.Get("Content-Security-Policy"), "script-src", "the API stays under its own")
}

func TestAnAppThatWasNotBuiltSaysWhatToDo(t *testing.T) {
	t.Parallel()
	nothing, err := web.New(fstest.MapFS{".keep": {}})
	require.NoError(t, err)
	b := newBench(t, func(d *Deps) { d.Web = nothing })
	for _, target := range []string{"/", "/files"} {
		a := b.ask(http.MethodGet, target, "", nil, asBrowser)
		require.Equal(t, http.StatusNotFound, a.Status)
		require.Equal(t, "text/html; charset=utf-8", a.Header.Get("Content-Type"))
		require.Contains(t, string(a.Body), "make build")
		require.Equal(t, "no-store", a.Header.Get("Cache-Control"))
	}
	b.ask(http.MethodGet, "/assets/main-0a1b.js", "", nil, asBrowser).problem(CodeNotFound)
	b.ask(http.MethodGet, "/api/v1/nothing", "", nil, asBrowser).problem(CodeNotFound)
}

// The addresses of pages name files and people; the log does not.
func TestTheLogDoesNotNameTheAppsAddresses(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.ask(http.MethodGet, "/files/secret-name", "", nil, asBrowser)
	b.ask(http.MethodGet, "/files/secret-name", "", nil)
	require.NotContains(t, b.logs.String(), "secret-name")
}
