//go:build integration

package api

import (
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"safelight/models"
)

func TestAccountsOnARealDatabase(t *testing.T) {
	t.Parallel()
	r := newRealBench(t)
	ada, first := register(r.bench, "Ada@Example.org")
	require.Equal(t, "ada@example.org", ada.User.Email)
	r.ask(http.MethodPost, "/api/v1/auth/register", "", map[string]string{"email": "ADA@example.org", "password": "correct horse", "name": "B"}).problem(CodeEmailTaken)

	var me userView
	r.get(ada.AccessToken, "/api/v1/me", &me)
	require.Equal(t, ada.User, me)
	require.Equal(t, http.StatusOK, login(r.bench, "ADA@example.org", "correct horse").Status)
	login(r.bench, "ada@example.org", "wrong horse").problem(CodeInvalidCredentials)
	login(r.bench, "nobody@example.org", "correct horse").problem(CodeInvalidCredentials)

	refresh := func(token string) answer {
		return r.ask(http.MethodPost, "/api/v1/auth/refresh", "", map[string]string{"refreshToken": token})
	}
	second := refresh(first.Cookie["safelight_refresh"].Value)
	require.Equal(t, http.StatusOK, second.Status, "%s", second.Body)
	refresh(first.Cookie["safelight_refresh"].Value).problem(CodeUnauthenticated)
	refresh(second.Cookie["safelight_refresh"].Value).problem(CodeUnauthenticated)
	r.ask(http.MethodGet, "/api/v1/me", ada.AccessToken, nil).problem(CodeUnauthenticated)

	var again signedInAnswer
	login(r.bench, "ada@example.org", "correct horse").into(&again)
	r.ask(http.MethodPatch, "/api/v1/me", again.AccessToken, map[string]string{"name": "Ada L."}).into(&me)
	require.Equal(t, "Ada L.", me.Name)
	require.Equal(t, http.StatusNoContent, r.ask(http.MethodPost, "/api/v1/auth/logout", again.AccessToken, nil).Status)
	r.ask(http.MethodGet, "/api/v1/me", again.AccessToken, nil).problem(CodeUnauthenticated)
}

// One refresh token, many requests: one wins, and the session ends since the
// others can not be told from a thief.
func TestARefreshTokenWorksOnce(t *testing.T) {
	t.Parallel()
	r := newRealBench(t)
	_, first := register(r.bench, "ada@example.org")
	var (
		wg  sync.WaitGroup
		got [10]answer
	)
	for i := range got {
		wg.Go(func() {
			got[i] = r.ask(http.MethodPost, "/api/v1/auth/refresh", "", map[string]string{"refreshToken": first.Cookie["safelight_refresh"].Value})
		})
	}
	wg.Wait()
	won := 0
	for _, a := range got {
		if a.Status == http.StatusOK {
			won++
			var s signedInAnswer
			a.into(&s)
			r.ask(http.MethodGet, "/api/v1/me", s.AccessToken, nil).problem(CodeUnauthenticated)
			continue
		}
		a.problem(CodeUnauthenticated)
	}
	require.Equal(t, 1, won)
}

func TestChangesToAnAccountActOnTheNextRequest(t *testing.T) {
	t.Parallel()
	r := newRealBench(t)
	ada, eve := r.person("ada"), r.person("eve")
	file := r.stored(ada.User.ID, "cat.jpg", []byte("cat")).FileID
	r.sql(`UPDATE users SET role = 'admin' WHERE id = $1`, eve.User.ID)
	require.Equal(t, http.StatusOK, r.ask(http.MethodGet, "/api/v1/files/"+file, eve.AccessToken, nil).Status, "an admin acts on anyone's")
	r.sql(`UPDATE users SET role = 'user' WHERE id = $1`, eve.User.ID)
	r.ask(http.MethodGet, "/api/v1/files/"+file, eve.AccessToken, nil).problem(CodeNotFound)
	r.sql(`UPDATE users SET status = 'suspended' WHERE id = $1`, ada.User.ID)
	r.ask(http.MethodGet, "/api/v1/files/"+file, ada.AccessToken, nil).problem(CodeAccountSuspended)
	login(r.bench, "ada@example.org", "correct horse").problem(CodeAccountSuspended)
	r.sql(`UPDATE users SET status = 'active' WHERE id = $1`, ada.User.ID)
	require.Equal(t, http.StatusOK, r.ask(http.MethodGet, "/api/v1/me", ada.AccessToken, nil).Status)
	r.sql(`UPDATE sessions SET last_used_at = now() - interval '8 days' WHERE user_id = $1`, ada.User.ID)
	r.ask(http.MethodGet, "/api/v1/me", ada.AccessToken, nil).problem(CodeUnauthenticated)
}

func TestFilesOnARealStore(t *testing.T) {
	t.Parallel()
	r := newRealBench(t)
	ada, eve := r.person("ada"), r.person("eve")
	id := r.stored(ada.User.ID, "cat.jpg", []byte("cat")).FileID
	r.stored(ada.User.ID, "cat.jpg", []byte("a second cat"), id)

	var f fileView
	r.get(ada.AccessToken, "/api/v1/files/"+id, &f)
	require.Equal(t, 2, f.CurrentVersion)
	require.Equal(t, 2, f.VersionCount)
	require.Equal(t, int64(len("full:a second cat")), f.Size)
	require.Equal(t, int64(len("a second cat")+5), f.OriginalSize)
	require.Equal(t, "image/webp", f.MIMEType)
	var me userView
	r.get(ada.AccessToken, "/api/v1/me", &me)
	require.Equal(t, int64(len("full:preview:thumb:")*2+3*len("cat")+3*len("a second cat")), me.UsedBytes)

	content := func(target string, edits ...func(*http.Request)) answer {
		return r.ask(http.MethodGet, target, ada.AccessToken, nil, edits...)
	}
	whole := content(f.Links.Content)
	require.Equal(t, "full:a second cat", string(whole.Body))
	require.Equal(t, "thumb:a second cat", string(content(f.Links.Thumb).Body))
	require.Equal(t, "preview:cat", string(content("/api/v1/files/"+id+"/content?variant=preview&version=1").Body))
	require.Equal(t, "cat", string(content(f.Links.Content, header("Range", "bytes=-3")).Body))
	require.Equal(t, http.StatusNotModified, content(f.Links.Content, header("If-None-Match", whole.Header.Get("ETag"))).Status)
	content(f.Links.Content, header("Range", "bytes=17-")).problem(CodeRange)
	require.Equal(t, `attachment; filename="cat.webp"; filename*=UTF-8''cat.webp`, content(f.Links.Content+"&download=true").Header.Get("Content-Disposition"))

	versions := "/api/v1/files/" + id + "/versions"
	r.ask(http.MethodDelete, versions+"/2", ada.AccessToken, nil).problem(CodeCurrentVersion)
	restored := r.ask(http.MethodPost, versions+"/1/restore", ada.AccessToken, nil)
	require.Equal(t, http.StatusCreated, restored.Status, "%s", restored.Body)
	require.Equal(t, "full:cat", string(content(restored.Header.Get("Location")).Body))
	require.Equal(t, http.StatusNoContent, r.ask(http.MethodDelete, versions+"/2", ada.AccessToken, nil).Status)
	var list page[versionView]
	r.get(ada.AccessToken, versions, &list)
	require.Len(t, list.Items, 2)
	require.Equal(t, 3, list.Items[0].Number)
	require.Equal(t, 1, *list.Items[0].RestoredFrom)
	require.Equal(t, ada.User.ID, list.Items[0].CreatedBy)

	require.Equal(t, http.StatusNoContent, r.ask(http.MethodDelete, "/api/v1/files/"+id, ada.AccessToken, nil).Status)
	r.ask(http.MethodPost, versions+"/1/restore", ada.AccessToken, nil).problem(CodeFileTrashed)
	var files page[fileView]
	r.get(ada.AccessToken, "/api/v1/files", &files)
	require.Empty(t, files.Items)
	r.get(ada.AccessToken, "/api/v1/files?trashed=true", &files)
	require.Len(t, files.Items, 1)
	require.NotNil(t, files.Items[0].TrashedAt)
	require.Equal(t, http.StatusOK, r.ask(http.MethodPost, "/api/v1/files/"+id+"/restore", ada.AccessToken, nil).Status)
	require.Equal(t, http.StatusNoContent, r.ask(http.MethodDelete, "/api/v1/files/"+id+"?permanent=true", ada.AccessToken, nil).Status)
	content(f.Links.Content).problem(CodeNotFound)

	var notes page[notificationView]
	r.get(ada.AccessToken, "/api/v1/notifications?limit=1", &notes)
	require.Equal(t, models.NotifyDone, notes.Items[0].Kind)
	r.get(ada.AccessToken, "/api/v1/notifications?limit=1&cursor="+url.QueryEscape(*notes.NextCursor), &notes)
	require.Nil(t, notes.NextCursor)
	read := "/api/v1/notifications/" + notes.Items[0].ID + "/read"
	r.ask(http.MethodPost, read, eve.AccessToken, nil).problem(CodeNotFound)
	require.Equal(t, http.StatusOK, r.ask(http.MethodPost, read, ada.AccessToken, nil).Status)
	require.Equal(t, http.StatusNoContent, r.ask(http.MethodPost, "/api/v1/notifications/read-all", ada.AccessToken, nil).Status)
	r.get(ada.AccessToken, "/api/v1/notifications?unread=true", &notes)
	require.Empty(t, notes.Items)
}

func TestPagingFiles(t *testing.T) {
	t.Parallel()
	r := newRealBench(t)
	ada := r.person("ada")
	names := []string{"b%.jpg", "A_.jpg", "c'.jpg", "d\".jpg", "ä.jpg"}
	for i, name := range names {
		r.stored(ada.User.ID, name, []byte(strings.Repeat("x", i+1)))
	}
	for _, query := range []string{"", "sort=name", "sort=name&order=desc", "sort=size&order=asc", "order=asc"} {
		var all page[fileView]
		r.get(ada.AccessToken, "/api/v1/files?"+query, &all)
		require.Len(t, all.Items, len(names))
		require.Nil(t, all.NextCursor)
		var walked []string
		for cursor := ""; ; {
			var part page[fileView]
			r.get(ada.AccessToken, "/api/v1/files?limit=2&"+query+cursor, &part)
			for _, f := range part.Items {
				walked = append(walked, f.ID)
			}
			if part.NextCursor == nil {
				break
			}
			cursor = "&cursor=" + url.QueryEscape(*part.NextCursor)
		}
		require.Len(t, walked, len(names), query)
		for i, f := range all.Items {
			require.Equal(t, f.ID, walked[i], query)
		}
	}
	var found page[fileView]
	for q, n := range map[string]int{"%": 1, "_": 1, "'": 1, `"`: 1, "a_": 1, "JPG": 5, "Ä": 1, "nothing": 0, `\`: 0} {
		r.get(ada.AccessToken, "/api/v1/files?q="+url.QueryEscape(q), &found)
		require.Len(t, found.Items, n, "%q", q)
	}
	var part page[fileView]
	r.get(ada.AccessToken, "/api/v1/files?limit=1", &part)
	for _, bad := range []string{"x", "%20", strings.Repeat("A", 512), url.QueryEscape(*part.NextCursor) + "A", url.QueryEscape(*part.NextCursor) + "&sort=name"} {
		p := r.ask(http.MethodGet, "/api/v1/files?cursor="+bad, ada.AccessToken, nil).problem(CodeValidation)
		require.Equal(t, "query.cursor", p.Errors[0].Location, bad)
	}
}

// Ids and texts that try to break something are answered, not failed on.
func TestNothingThatIsSentIsAFailureOfOurs(t *testing.T) {
	t.Parallel()
	r := newRealBench(t)
	ada, boss := r.person("ada"), r.person("boss")
	r.sql(`UPDATE users SET role = 'admin' WHERE id = $1`, boss.User.ID)
	ids := []string{"x", "1", uuid.NewString(), "00000000-0000-0000-0000-000000000000", "%00", "%ff", "%27%20OR%201=1", strings.Repeat("9", 64), "..", "%2e%2e", "%f0%9f%90%88"}
	for _, route := range r.app.described {
		if !strings.Contains(route.Path, "{id}") || strings.HasPrefix(route.Path, Prefix+"/uploads") {
			continue
		}
		for _, id := range ids {
			target := strings.NewReplacer("{id}", id, "{deliveryId}", id, "{shareId}", id, "{number}", "1").Replace(route.Path)
			who := ada.AccessToken
			if route.Permission == ForAdmins {
				who = boss.AccessToken
			}
			var body any
			switch {
			case route.Method == http.MethodPatch:
				body = map[string]string{"name": "x"}
			case route.ID == "createShare":
				body = map[string]string{}
			case strings.HasSuffix(route.Path, "/release"):
				body = map[string]string{"reason": "a false positive", "password": "correct horse"}
			}
			a := r.ask(route.Method, target, who, body)
			require.Contains(t, []int{http.StatusNotFound, http.StatusUnprocessableEntity, http.StatusMethodNotAllowed}, a.Status, "%s %s: %s", route.Method, target, a.Body)
		}
	}
	file := r.stored(ada.User.ID, "cat.jpg", []byte("cat")).FileID
	for _, name := range []string{"\u0000", "a\u0000b", strings.Repeat("🐈", 255), "\xed\xa0\x80", "%s%n", "'; DROP TABLE files; --", "\\"} {
		for _, c := range []struct{ method, target string }{{http.MethodPatch, "/api/v1/files/" + file}, {http.MethodPatch, "/api/v1/me"}} {
			a := r.ask(c.method, c.target, ada.AccessToken, map[string]string{"name": name})
			require.Contains(t, []int{http.StatusOK, http.StatusUnprocessableEntity}, a.Status, "%s %q: %s", c.target, name, a.Body)
		}
		a := r.ask(http.MethodPost, "/api/v1/auth/login", "", map[string]string{"email": name, "password": name})
		require.Contains(t, []int{http.StatusUnauthorized, http.StatusUnprocessableEntity}, a.Status, "%s", a.Body)
		a = r.ask(http.MethodGet, "/api/v1/files?q="+url.QueryEscape(name), ada.AccessToken, nil)
		require.Contains(t, []int{http.StatusOK, http.StatusUnprocessableEntity}, a.Status, "%s", a.Body)
	}
	long := header("User-Agent", strings.Repeat("ü\t", 2000))
	require.Equal(t, http.StatusOK, login(r.bench, "ada@example.org", "correct horse", long).Status)
}

// What a request costs the database: one statement to know who asks, and what
// the operation itself needs.
func TestStatementsPerRequest(t *testing.T) {
	t.Parallel()
	r := newRealBench(t)
	ada := r.person("ada")
	file := r.stored(ada.User.ID, "cat.jpg", []byte("cat")).FileID
	asked := r.store.Statements()
	r.ask(http.MethodGet, "/api/v1/config", "", nil)
	require.Equal(t, int64(1), r.store.Statements()-asked, "whether anybody has signed in yet is asked until somebody has")
	for target, want := range map[string]int64{
		"/healthz": 0, "/api/v1/config": 0, "/api/openapi.json": 0, "/nothing": 0, "/api/v1/me": 2, "/api/v1/files": 2,
		"/api/v1/files/" + file: 2, "/api/v1/files/" + file + "/content": 2, "/api/v1/files/" + file + "/content?variant=thumb&version=1": 2,
		"/api/v1/notifications": 2,
	} {
		before := r.store.Statements()
		require.Less(t, r.ask(http.MethodGet, target, ada.AccessToken, nil).Status, 500)
		require.Equal(t, want, r.store.Statements()-before, target)
	}
	before := r.store.Statements()
	r.ask(http.MethodGet, "/api/v1/me", "not.a.token", nil).problem(CodeUnauthenticated)
	require.Equal(t, before, r.store.Statements(), "a forged token costs the database nothing")
}

func TestReadinessOfARealDatabase(t *testing.T) {
	t.Parallel()
	r := newRealBench(t)
	require.Equal(t, http.StatusOK, r.ask(http.MethodGet, "/readyz", "", nil).Status)
	down := newRealBench(t)
	require.NoError(t, down.store.Close())
	a := down.ask(http.MethodGet, "/readyz", "", nil)
	require.Equal(t, http.StatusServiceUnavailable, a.Status, "%s", a.Body)
	down.ask(http.MethodPost, "/api/v1/auth/login", "", map[string]string{"email": "a@b.c", "password": "12345678"}).problem(CodeInternal)
}

// A large picture goes over a real connection whole, and the connection serves
// the next request.
func TestALargeContentOverAConnection(t *testing.T) {
	t.Parallel()
	r := newRealBench(t)
	ada := r.person("ada")
	big := []byte(strings.Repeat("0123456789abcdef", 1<<18)) // 4 MiB
	file := r.stored(ada.User.ID, "big.jpg", big).FileID
	client := &http.Client{Timeout: time.Minute}
	address := "http://" + served(t, r.bench) + "/api/v1/files/" + file + "/content"
	for _, c := range []struct {
		part string
		want string
	}{{"", "full:" + string(big)}, {"bytes=1000000-2999999", ("full:" + string(big))[1000000:3000000]}, {"bytes=-16", "0123456789abcdef"}} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
		require.NoError(t, err)
		req.Header.Set("Authorization", "Bearer "+ada.AccessToken)
		if c.part != "" {
			req.Header.Set("Range", c.part)
		}
		res, err := client.Do(req)
		require.NoError(t, err)
		body, err := io.ReadAll(res.Body)
		require.NoError(t, err)
		require.NoError(t, res.Body.Close())
		require.Equal(t, sha256.Sum256([]byte(c.want)), sha256.Sum256(body), "the bytes differ: %q", c.part)
		require.Equal(t, fmt.Sprint(len(c.want)), res.Header.Get("Content-Length"))
	}
}
