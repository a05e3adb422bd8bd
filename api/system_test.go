package api

import (
	"context"
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"safelight/models"
)

func TestConfigTellsTheLimits(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	a := b.ask(http.MethodGet, "/api/v1/config", "", nil)
	require.JSONEq(t, `{
		"version": "test", "acceptedTypes": ["image/jpeg", "image/png"], "registrationOpen": true, "fresh": true,
		"limits": {"bytes": 52428800, "pixels": 100000000, "frames": 1000, "nameLength": 255, "concurrentUploads": 32, "eventStreams": 64},
		"retention": {"trashSeconds": 2592000, "sessionSeconds": 2592000, "idleSeconds": 604800}
	}`, string(a.Body))
}

func TestConfigTellsWhetherAnybodyHasSignedIn(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	fresh := func() bool {
		var v configView
		b.ask(http.MethodGet, "/api/v1/config", "", nil).into(&v)
		return v.Fresh
	}
	require.True(t, fresh())
	b.rows.fail = errBoom
	require.False(t, fresh(), "where it can not be told, nothing is claimed")
	b.rows.fail = nil
	require.True(t, fresh(), "a failure is not remembered")
	b.user(models.RoleAdmin, models.StatusActive)
	require.False(t, fresh())
	looks := b.rows.sessionLooks
	require.False(t, fresh())
	require.Equal(t, looks, b.rows.sessionLooks, "what stays as it is is not asked again")
}

func TestReadiness(t *testing.T) {
	t.Parallel()
	down := func(context.Context) error { return errBoom }
	for part, want := range map[string]struct {
		status int
		word   string
	}{
		"": {200, "ready"}, "temporal": {200, "degraded"}, "scanner": {200, "degraded"}, "database": {503, "unavailable"}, "storage": {503, "unavailable"},
	} {
		b := newBench(t, func(d *Deps) {
			if part != "" {
				d.Checks[part] = down
			}
		})
		a := b.ask(http.MethodGet, "/readyz", "", nil)
		require.Equal(t, want.status, a.Status, part)
		var v readyView
		a.into(&v)
		require.Equal(t, want.word, v.Status, part)
		require.Len(t, v.Checks, 4)
		for name, state := range v.Checks {
			require.Equal(t, name == part, state == "down", name)
		}
		require.NotContains(t, string(a.Body), "secret")
		require.Equal(t, http.StatusOK, b.ask(http.MethodGet, "/healthz", "", nil).Status, "the process lives all the same")
	}
}

func TestReadinessIsBothBoundedAndCheap(t *testing.T) {
	t.Parallel()
	var asked atomic.Int32
	c := newClock()
	b := newBench(t, func(d *Deps) {
		d.Checks["database"] = func(ctx context.Context) error {
			asked.Add(1)
			_, bounded := ctx.Deadline()
			if !bounded {
				return errBoom
			}
			return nil
		}
	})
	b.app.health.now = c.now
	for range 20 {
		require.Equal(t, http.StatusOK, b.ask(http.MethodGet, "/readyz", "", nil).Status)
	}
	require.Equal(t, int32(1), asked.Load(), "everybody may ask, the parts are not asked each time")
	c.move(healthAge + time.Millisecond)
	b.ask(http.MethodGet, "/readyz", "", nil)
	require.Equal(t, int32(2), asked.Load())
}

// document is the part of an OpenAPI document that the tests look at.
type document struct {
	OpenAPI string `json:"openapi"`
	Paths   map[string]map[string]struct {
		OperationID string                     `json:"operationId"`
		Summary     string                     `json:"summary"`
		Tags        []string                   `json:"tags"`
		Security    []map[string][]string      `json:"security"`
		Responses   map[string]json.RawMessage `json:"responses"`
		Parameters  []struct {
			Name string `json:"name"`
			In   string `json:"in"`
		} `json:"parameters"`
	} `json:"paths"`
	Components struct {
		Schemas         map[string]json.RawMessage `json:"schemas"`
		SecuritySchemes map[string]json.RawMessage `json:"securitySchemes"`
	} `json:"components"`
}

func readDocument(t *testing.T, b *bench) (document, string) {
	t.Helper()
	a := b.ask(http.MethodGet, "/api/openapi.json", "", nil)
	require.Equal(t, http.StatusOK, a.Status)
	var d document
	a.into(&d)
	return d, string(a.Body)
}

func TestTheDocumentListsEveryRoute(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	d, _ := readDocument(t, b)
	require.Equal(t, "3.1.0", d.OpenAPI)
	parameter := regexp.MustCompile(`:(\w+)`)
	described := 0
	for _, item := range d.Paths {
		described += len(item)
	}
	count := 0
	for _, key := range registered(b) {
		if _, asGet := b.app.permissions[routeKey{http.MethodGet, key.path}]; asGet && key.method == http.MethodHead {
			continue // comes with GET
		}
		count++
		path := parameter.ReplaceAllString(key.path, "{$1}")
		op, ok := d.Paths[path][strings.ToLower(key.method)]
		require.True(t, ok, "%s %s is not in the document", key.method, path)
		require.NotEmpty(t, op.OperationID, path)
		require.NotEmpty(t, op.Summary, path)
		require.Len(t, op.Tags, 1, path)
		require.NotEmpty(t, op.Tags[0], path)
		require.NotEmpty(t, op.Responses["500"], path)
		if b.app.permissions[key] == Public {
			require.Empty(t, op.Security, path)
		} else {
			want := 2 // a session as bearer token and as cookie
			if !b.app.sessionOnly[key] {
				want = 3 // or a personal access token
			}
			require.Len(t, op.Security, want, path)
			require.NotEmpty(t, op.Responses["401"], path)
			require.NotEmpty(t, op.Responses["403"], path)
		}
		success := 0
		for status := range op.Responses {
			if status < "300" || status == "303" { // a form that was right leads on
				success++
			}
		}
		require.GreaterOrEqual(t, success, 1, "%s says nothing of success", path)
		for _, p := range parameter.FindAllStringSubmatch(key.path, -1) {
			found := false
			for _, have := range op.Parameters {
				found = found || have.Name == p[1] && have.In == "path"
			}
			require.True(t, found, "%s does not describe %s", path, p[1])
		}
	}
	require.Equal(t, count, described, "nothing is described that is not there")
	require.Len(t, d.Components.SecuritySchemes, 3)
}

func TestTheDocumentsReferencesLeadSomewhere(t *testing.T) {
	t.Parallel()
	d, raw := readDocument(t, newBench(t))
	refs := regexp.MustCompile(`"\$ref":"#/components/schemas/(\w+)"`).FindAllStringSubmatch(raw, -1)
	require.NotEmpty(t, refs)
	for _, ref := range refs {
		require.Contains(t, d.Components.Schemas, ref[1])
	}
	require.NotContains(t, raw, "$schema")
	for name := range d.Components.Schemas {
		require.NotContains(t, name, "View")
	}
}

// The page must work where nothing but this server can be reached, under a
// policy that allows it no script.
func TestTheDocsPageStandsAlone(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	a := b.ask(http.MethodGet, "/api/docs", "", nil)
	require.Equal(t, http.StatusOK, a.Status)
	require.Equal(t, "text/html; charset=utf-8", a.Header.Get("Content-Type"))
	require.Equal(t, docsPolicy, a.Header.Get("Content-Security-Policy"))
	page := string(a.Body)
	require.NotContains(t, page, "<script")
	require.NotContains(t, page, "style=")
	for _, address := range regexp.MustCompile(`(?:href|src)="([^"]*)"`).FindAllStringSubmatch(page, -1) {
		require.Regexp(t, `^(#|/api/)`, address[1])
		if id, ok := strings.CutPrefix(address[1], "#"); ok {
			require.Contains(t, page, `id="`+id+`"`, "a link into the page leads somewhere")
			continue
		}
		require.Equal(t, http.StatusOK, b.ask(http.MethodGet, address[1], "", nil).Status, address[1])
	}
	for _, r := range b.app.described {
		require.Contains(t, page, `<section id="`+r.ID+`">`)
	}
	for code := range codeTable {
		require.Contains(t, page, `id="problem-`+string(code)+`"`, "where the type of a problem leads")
	}
}

func TestEveryCodeThatARouteStatesIsInItsDescription(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	d, _ := readDocument(t, b)
	for _, r := range b.app.described {
		op := d.Paths[r.Path][strings.ToLower(r.Method)]
		for _, code := range r.Codes {
			found := false
			for _, response := range op.Responses {
				found = found || strings.Contains(string(response), `"`+string(code)+`"`)
			}
			require.True(t, found, "%s does not describe %s", r.ID, code)
		}
	}
}

func TestAnAppWithAMissingPartIsNotBuilt(t *testing.T) {
	t.Parallel()
	_, err := New(Deps{Config: testConfig()})
	for _, part := range []string{"Log", "Users", "Files", "Notifications", "Objects", "Passwords", "Tokens", "Checks"} {
		require.ErrorContains(t, err, part+" is missing")
	}
	b := newBench(t)
	d := b.app.Deps
	d.Config.PublicURL = "/relative"
	_, err = New(d)
	require.Error(t, err)
	require.Equal(t, models.Scope{OwnerID: "u"}, Identity{User: models.User{ID: "u", Role: models.RoleUser}}.Scope())
	require.True(t, Identity{User: models.User{ID: "u", Role: models.RoleAdmin}}.Scope().Any)
}
