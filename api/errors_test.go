package api

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/stretchr/testify/require"

	"safelight/models"
)

func TestEveryCodeIsComplete(t *testing.T) {
	t.Parallel()
	for code, info := range codeTable {
		require.NotEmpty(t, info.Title, code)
		require.NotEmpty(t, info.Detail, code)
		require.NotEmpty(t, statusText(info.Status), code)
		require.Regexp(t, `^[a-z_]+$`, string(code))
	}
	for status, code := range statusCodes {
		require.Equal(t, status, codeTable[code].Status, code)
	}
}

func TestFailuresOfTheModelHaveCodes(t *testing.T) {
	t.Parallel()
	for err, want := range map[error]Code{
		models.ErrNotFound: CodeNotFound, models.ErrConflict: CodeConflict, models.ErrForbidden: CodeForbidden,
		models.ErrUnauthenticated: CodeUnauthenticated, models.ErrInvalidCredentials: CodeInvalidCredentials,
		models.ErrSuspended: CodeAccountSuspended, models.ErrEmailTaken: CodeEmailTaken,
		models.ErrRegistrationClosed: CodeRegistrationClosed, models.ErrTooLarge: CodeTooLarge, models.ErrEmptyFile: CodeEmptyFile,
		models.ErrNameTooLong: CodeNameTooLong, models.ErrUnsupportedMedia: CodeUnsupportedMedia,
		models.ErrQuotaExceeded: CodeQuotaExceeded, models.ErrFileTrashed: CodeFileTrashed,
		models.ErrAlreadyFinished: CodeAlreadyFinished, models.ErrNotStalled: CodeNotStalled,
		models.ErrCurrentVersion: CodeCurrentVersion, models.ErrBadCursor: CodeValidation, models.ErrUnavailable: CodeUnavailable,
		models.ErrWrongOffset: CodeWrongOffset, models.ErrLocked: CodeLocked, models.ErrGone: CodeGone,
		models.ErrChecksum: CodeChecksum, models.ErrTooManyParts: CodeTooManyParts,
		models.ErrTooManyUploads: CodeTooManyUploads, models.ErrTooManyStreams: CodeTooManyStreams,
		context.DeadlineExceeded: CodeUnavailable, context.Canceled: CodeUnavailable,
		models.ErrIntegrity: CodeInternal, errBoom: CodeInternal,
		fiber.ErrNotFound: CodeNotFound, fiber.ErrTeapot: CodeBadRequest, fiber.ErrBadGateway: CodeInternal,
		fiber.ErrRequestHeaderFieldsTooLarge: CodeHeadersTooLarge, fiber.ErrRequestTimeout: CodeTimeout,
	} {
		p := problemOf(fmt.Errorf("while trying: %w", fmt.Errorf("deeper: %w", err)))
		require.Equal(t, want, p.Code, "%v", err)
		require.NotContains(t, p.Detail, "deeper")
	}
	require.Equal(t, CodeInternal, problem("no_such_code", "", errBoom).Code, "a code that is not in the table is a mistake of ours")
}

func TestHeadersOfProblems(t *testing.T) {
	t.Parallel()
	require.Equal(t, "5", decorate(problemOf(models.ErrUnavailable)).header.Get("Retry-After"))
	require.Equal(t, "9", decorate(problem(CodeRateLimited, "", nil).with("Retry-After", "9")).header.Get("Retry-After"))
	require.Contains(t, decorate(problemOf(models.ErrInvalidCredentials)).header.Get("WWW-Authenticate"), "Bearer")
}

// A failure of ours is the same for every kind of handler: nothing but a
// request id goes out, and the whole chain is in the log under that id.
func TestInternalErrorsShowNothingAndLogEverything(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	user, token := b.user(models.RoleUser, models.StatusActive)
	file := b.file(user.ID, []byte("picture"))
	key := file.Current.Blob.Variants[0].Key
	delete(b.objects.bytes, key) // a plain handler: a row without its object
	plain := b.ask(http.MethodGet, "/api/v1/files/"+file.ID+"/content", token, nil)

	b.rows.fail = fmt.Errorf("query: %w", errBoom) // a typed operation, behind the check of the session
	typed := b.ask(http.MethodGet, "/api/v1/me", token, nil)
	for _, a := range []answer{plain, typed} {
		p := a.problem(CodeInternal)
		require.NotContains(t, string(a.Body), "secret")
		require.NotContains(t, string(a.Body), key)
		require.Empty(t, p.Errors)
		line := logLine(t, b, p.RequestID)
		require.Contains(t, line, `"level":"ERROR"`)
	}
	require.Contains(t, logLine(t, b, typed.Header.Get("X-Request-Id")), "query: secret internals at 10.0.0.7")
	require.Contains(t, logLine(t, b, plain.Header.Get("X-Request-Id")), key)
}

func logLine(t *testing.T, b *bench, id string) string {
	t.Helper()
	for line := range strings.Lines(b.logs.String()) {
		if strings.Contains(line, id) && strings.Contains(line, `"msg":"request"`) {
			return line
		}
	}
	t.Fatalf("no line of request %s", id)
	return ""
}

func TestAPanicIsAnInternalError(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for _, route := range []string{"/api/v1/typed", "/api/v1/plain"} {
		b.app.permissions[routeKey{http.MethodGet, route}] = Public
	}
	operation(b.app, Route{ID: "typed", Method: http.MethodGet, Path: "/api/v1/typed", Permission: Public, Status: http.StatusNoContent},
		func(context.Context, *struct{}) (*struct{}, error) { panic(errBoom) })
	b.app.plain(Route{ID: "plain", Method: http.MethodGet, Path: "/api/v1/plain", Permission: Public},
		func(*fiber.Ctx) error { panic("secret") })
	for _, target := range []string{"/api/v1/typed", "/api/v1/plain"} {
		a := b.ask(http.MethodGet, target, "", nil)
		a.problem(CodeInternal)
		require.NotContains(t, string(a.Body), "secret")
		require.Contains(t, b.logs.String(), "errors_test.go", "the log says where it was")
	}
	require.Equal(t, http.StatusOK, b.ask(http.MethodGet, "/healthz", "", nil).Status)
}

func TestValidationListsEveryFault(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	_, token := b.user(models.RoleUser, models.StatusActive)
	p := b.ask(http.MethodPost, "/api/v1/auth/register", "", `{"email":"a","password":"hunter2","colour":"x"}`).problem(CodeValidation)
	locations := map[string]string{}
	for _, f := range p.Errors {
		locations[f.Location] = f.Message
	}
	require.Equal(t, map[string]string{
		"body.email":    "expected length >= 3",
		"body.password": "expected length >= 8",
		"body.colour":   "unexpected property",
		"body":          "expected required property name to be present",
	}, locations)

	for target, want := range map[string]string{
		"/api/v1/files?limit=0":                       "query.limit",
		"/api/v1/files?limit=201":                     "query.limit",
		"/api/v1/files?limit=many":                    "query.limit",
		"/api/v1/files?sort=color":                    "query.sort",
		"/api/v1/files?order=up":                      "query.order",
		"/api/v1/files?trashed=perhaps":               "query.trashed",
		"/api/v1/files?colour=red":                    "query.colour",
		"/api/v1/files?q=" + strings.Repeat("a", 201): "query.q",
		"/api/v1/files?q=%00":                         "query.q",
		"/api/v1/files?q=%ff":                         "query.q",
		"/api/v1/files?q=%zz":                         "query",
		"/api/v1/files?cursor=forged":                 "query.cursor",
		"/api/v1/notifications?unread=1&x=":           "query.x",
		"/api/v1/me?x=1":                              "query.x",
		"/api/v1/config?x=1":                          "query.x",
		"/api/docs?x=1":                               "query.x",
		"/api/v1/files/1/content?size=9":              "query.size",
		"/api/v1/files/1/content?variant=huge":        "query.variant",
		"/api/v1/files/1/content?version=0":           "query.version",
		"/api/v1/files/1/content?version=1e3":         "query.version",
		"/api/v1/files/1/content?download=1":          "query.download",
		"/api/v1/files/1/versions?limit=-1":           "query.limit",
	} {
		p := b.ask(http.MethodGet, target, token, nil).problem(CodeValidation)
		require.Len(t, p.Errors, 1, target)
		require.Equal(t, want, p.Errors[0].Location, target)
		require.NotEmpty(t, p.Errors[0].Message)
	}
	b.ask(http.MethodPost, "/api/v1/files/1/versions/0/restore", token, nil).problem(CodeValidation)
	b.ask(http.MethodDelete, "/api/v1/files/1/versions/99999999999999999999", token, nil).problem(CodeValidation)
}

func TestBodiesThatAreNotWhatTheySay(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	const login = "/api/v1/auth/login"
	for name, c := range map[string]struct {
		body        string
		contentType string
		want        Code
	}{
		"nothing":           {"", "application/json", CodeMalformedBody},
		"half an object":    {`{"email":`, "application/json", CodeMalformedBody},
		"two objects":       {`{}{}`, "application/json", CodeMalformedBody},
		"a list":            {`[]`, "application/json", CodeValidation},
		"null":              {`null`, "application/json", CodeValidation},
		"numbers":           {`{"email":1,"password":2}`, "application/json", CodeValidation},
		"deeply nested":     {strings.Repeat(`{"a":`, 20000), "application/json", CodeTooLarge},
		"nested in bounds":  {strings.Repeat(`[`, 15000), "application/json", CodeMalformedBody},
		"a form":            {"email=a&password=b", "application/x-www-form-urlencoded", CodeUnsupportedMedia},
		"text":              {`{"email":"a","password":"b"}`, "text/plain", CodeUnsupportedMedia},
		"a broken type":     {`{"email":"a","password":"b"}`, ";+", CodeUnsupportedMedia},
		"too long":          {`{"email":"` + strings.Repeat("a", maxJSONBody) + `"}`, "application/json", CodeTooLarge},
		"NUL in the e-mail": {`{"email":"a\u0000@b.c","password":"12345678"}`, "application/json", CodeInvalidCredentials},
	} {
		a := b.ask(http.MethodPost, login, "", c.body, header("Content-Type", c.contentType))
		a.problem(c.want)
		require.NotContains(t, string(a.Body), "password\":", name)
	}
}

// served runs the app on a real connection, for what app.Test can not show.
func served(t *testing.T, b *bench) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	done := make(chan error, 1)
	go func() { done <- b.app.Fiber().Listener(l) }()
	t.Cleanup(func() {
		require.NoError(t, b.app.Fiber().ShutdownWithTimeout(5*time.Second))
		require.NoError(t, <-done)
	})
	return l.Addr().String()
}

// A body in chunks says nothing of its length: it is counted, and what comes
// after the refusal is not taken for another request.
func TestALongJSONBodyInChunks(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	conn, err := net.Dial("tcp", served(t, b))
	require.NoError(t, err)
	defer conn.Close()
	require.NoError(t, conn.SetDeadline(time.Now().Add(20*time.Second)))

	_, err = io.WriteString(conn, "POST /api/v1/auth/login HTTP/1.1\r\nHost: safelight.test\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n")
	require.NoError(t, err)
	hidden := "\r\nGET /api/v1/config HTTP/1.1\r\nHost: safelight.test\r\n\r\n"
	chunk := strings.Repeat(" ", 8<<10) + hidden
	go func() {
		for range 64 {
			if _, err := fmt.Fprintf(conn, "%x\r\n%s\r\n", len(chunk), chunk); err != nil {
				return // refused and closed
			}
		}
		_, _ = io.WriteString(conn, "0\r\n\r\n")
	}()
	reader := bufio.NewReader(conn)
	res, err := http.ReadResponse(reader, nil)
	require.NoError(t, err)
	body, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	require.Equal(t, http.StatusRequestEntityTooLarge, res.StatusCode, "%s", body)
	require.Contains(t, string(body), string(CodeTooLarge))
	_, err = http.ReadResponse(reader, nil)
	require.Error(t, err, "the hidden request is not answered")
	require.NotContains(t, b.logs.String(), "/api/v1/config")
}

func TestAnAnnouncedLengthIsEnough(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	conn, err := net.Dial("tcp", served(t, b))
	require.NoError(t, err)
	defer conn.Close()
	require.NoError(t, conn.SetDeadline(time.Now().Add(20*time.Second)))
	_, err = io.WriteString(conn, "POST /api/v1/auth/login HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 3000000000\r\n\r\n"+strings.Repeat("a", 9000))
	require.NoError(t, err)
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	require.NoError(t, err)
	defer res.Body.Close()
	require.Equal(t, http.StatusRequestEntityTooLarge, res.StatusCode)
}

// What the server refuses before any handler sees it is a problem as well.
func TestRefusalsBelowTheHandlers(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	address := served(t, b)
	for name, c := range map[string]struct {
		raw  string
		want Code
	}{
		"a header of 40 KB":   {"GET /healthz HTTP/1.1\r\nHost: a\r\nX-Long: " + strings.Repeat("a", 40<<10) + "\r\n\r\n", CodeHeadersTooLarge},
		"an address of 40 KB": {"GET /" + strings.Repeat("a", 40<<10) + " HTTP/1.1\r\nHost: a\r\n\r\n", CodeHeadersTooLarge},
		"no HTTP at all":      {"hello\r\n\r\n", CodeBadRequest},
		"an unknown method":   {"BREW / HTTP/1.1\r\nHost: a\r\n\r\n", CodeNotImplemented},
	} {
		conn, err := net.Dial("tcp", address)
		require.NoError(t, err)
		require.NoError(t, conn.SetDeadline(time.Now().Add(20*time.Second)))
		_, err = io.WriteString(conn, c.raw)
		require.NoError(t, err, name)
		res, err := http.ReadResponse(bufio.NewReader(conn), nil)
		require.NoError(t, err, name)
		body, err := io.ReadAll(res.Body)
		require.NoError(t, err)
		a := answer{t: t, Status: res.StatusCode, Header: res.Header, Body: body}
		a.problem(c.want)
		require.Equal(t, "nosniff", res.Header.Get("X-Content-Type-Options"), name)
		require.NoError(t, conn.Close())
	}
}

func TestTimeouts(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	cfg := b.app.Fiber().Config()
	require.Equal(t, readTimeout, cfg.ReadTimeout)
	require.Equal(t, writeTimeout, cfg.WriteTimeout)
	require.Equal(t, idleTimeout, cfg.IdleTimeout)
	require.True(t, cfg.Immutable && cfg.StreamRequestBody && cfg.DisablePreParseMultipartForm)
	require.Equal(t, CodeTimeout, problemOf(fiber.ErrRequestTimeout).Code)
	require.ErrorIs(t, problem(CodeInternal, "", os.ErrDeadlineExceeded), os.ErrDeadlineExceeded)
	require.ErrorIs(t, problem(CodeInternal, "", errBoom), errBoom)
}
