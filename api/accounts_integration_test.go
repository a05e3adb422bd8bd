//go:build integration

package api

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"safelight/internal/progress"
	"safelight/models"
	"safelight/models/store"
)

// admin makes an account an admin's, beside the app, and returns its token.
func (r *realBench) admin(name string) signedInAnswer {
	r.t.Helper()
	s := r.person(name)
	r.sql(`UPDATE users SET role = 'admin' WHERE id = $1`, s.User.ID)
	return s
}

// audited lists what the audit log has about a target, oldest first.
func (r *realBench) audited(target string) (lines []string) {
	r.t.Helper()
	rows, err := r.conn().Query(r.t.Context(), `SELECT action || ' by ' || actor_email FROM audit_log WHERE target_id = $1 ORDER BY id`, target)
	require.NoError(r.t, err)
	defer rows.Close()
	for rows.Next() {
		var line string
		require.NoError(r.t, rows.Scan(&line))
		lines = append(lines, line)
	}
	require.NoError(r.t, rows.Err())
	return lines
}

func TestUserAdministrationOnARealDatabase(t *testing.T) {
	t.Parallel()
	r := newRealBench(t)
	boss, ada := r.admin("boss"), r.person("ada")
	file := r.stored(ada.User.ID, "cat.jpg", []byte("cat")).FileID
	user := "/api/v1/admin/users/" + ada.User.ID

	var list page[userView]
	r.get(boss.AccessToken, "/api/v1/admin/users?q=ADA@", &list)
	require.Len(t, list.Items, 1)
	require.Positive(t, list.Items[0].UsedBytes)
	r.get(boss.AccessToken, "/api/v1/admin/users?limit=1", &list)
	require.Equal(t, ada.User.ID, list.Items[0].ID, "newest first")
	r.get(boss.AccessToken, "/api/v1/admin/users?limit=1&cursor="+*list.NextCursor, &list)
	require.Equal(t, boss.User.ID, list.Items[0].ID)
	require.Nil(t, list.NextCursor)

	patch := func(token, target string, body any) answer { return r.ask(http.MethodPatch, target, token, body) }
	require.Equal(t, http.StatusOK, patch(boss.AccessToken, user, map[string]any{"status": "suspended", "quotaBytes": 5}).Status)
	r.ask(http.MethodGet, "/api/v1/me", ada.AccessToken, nil).problem(CodeAccountSuspended)
	require.Equal(t, http.StatusOK, patch(boss.AccessToken, user, map[string]any{"status": "active"}).Status)
	patch(boss.AccessToken, "/api/v1/admin/users/"+boss.User.ID, map[string]any{"role": "user"}).problem(CodeLastAdmin)
	r.ask(http.MethodDelete, "/api/v1/admin/users/"+boss.User.ID, boss.AccessToken, nil).problem(CodeLastAdmin)

	var link resetLinkView
	r.ask(http.MethodPost, user+"/reset-password", boss.AccessToken, nil).into(&link)
	_, token, _ := strings.Cut(link.ResetURL, "#token=")
	reset := r.ask(http.MethodPost, "/api/v1/auth/reset", "", map[string]string{"token": token, "newPassword": "battery staple"})
	require.Equal(t, http.StatusNoContent, reset.Status, "%s", reset.Body)
	r.ask(http.MethodPost, "/api/v1/auth/reset", "", map[string]string{"token": token, "newPassword": "another staple"}).problem(CodeInvalidResetToken)
	r.ask(http.MethodGet, "/api/v1/me", ada.AccessToken, nil).problem(CodeUnauthenticated)
	login(r.bench, "ada@example.org", "correct horse").problem(CodeInvalidCredentials)
	login(r.bench, "ada@example.org", "battery staple").into(&ada)

	made := r.ask(http.MethodPost, "/api/v1/admin/users", boss.AccessToken, map[string]any{"email": "new@example.org", "name": "New"})
	require.Equal(t, http.StatusCreated, made.Status, "%s", made.Body)
	r.ask(http.MethodPost, "/api/v1/admin/users", boss.AccessToken, map[string]any{"email": "NEW@example.org", "name": "New"}).problem(CodeEmailTaken)

	require.Equal(t, http.StatusNoContent, r.ask(http.MethodDelete, user+"/sessions", boss.AccessToken, nil).Status)
	r.ask(http.MethodGet, "/api/v1/me", ada.AccessToken, nil).problem(CodeUnauthenticated)
	gone := r.ask(http.MethodDelete, user, boss.AccessToken, nil)
	require.Equal(t, http.StatusNoContent, gone.Status, "%s", gone.Body)
	r.ask(http.MethodGet, "/api/v1/files/"+file, boss.AccessToken, nil).problem(CodeNotFound)
	login(r.bench, "ada@example.org", "battery staple").problem(CodeInvalidCredentials)
	require.NotEqual(t, ada.User.ID, r.person("ada").User.ID, "the address is free")

	by := " by boss@example.org"
	require.Equal(t, []string{
		"user.suspended" + by, "user.quota_changed" + by, "user.activated" + by, "user.reset_issued" + by,
		"password.reset by ada@example.org", "user.sessions_ended" + by, "user.deleted" + by,
	}, r.audited(ada.User.ID))
}

func TestTokensOnARealDatabase(t *testing.T) {
	t.Parallel()
	r := newRealBench(t)
	ada := r.person("ada")
	make := func(scopes ...string) newTokenView {
		a := r.ask(http.MethodPost, "/api/v1/me/tokens", ada.AccessToken, map[string]any{"name": "script", "scopes": scopes})
		require.Equal(t, http.StatusCreated, a.Status, "%s", a.Body)
		var made newTokenView
		a.into(&made)
		return made
	}
	reads, writes := make("read"), make("write")
	for target, want := range map[string]int64{"/api/v1/me": 2, "/api/v1/files": 2} {
		before := r.store.Statements()
		require.Equal(t, http.StatusOK, r.ask(http.MethodGet, target, reads.Token, nil).Status)
		require.Equal(t, want, r.store.Statements()-before, target)
	}
	r.ask(http.MethodPatch, "/api/v1/me", reads.Token, map[string]string{"name": "A"}).problem(CodeInsufficientScope)
	r.ask(http.MethodGet, "/api/v1/me", writes.Token, nil).problem(CodeInsufficientScope)
	require.Equal(t, http.StatusOK, r.ask(http.MethodPatch, "/api/v1/me", writes.Token, map[string]string{"name": "A"}).Status)
	before := r.store.Statements()
	r.ask(http.MethodGet, "/api/v1/me", "sl_short", nil).problem(CodeUnauthenticated)
	require.Equal(t, before, r.store.Statements(), "what can not be a token costs the database nothing")

	var list page[tokenView]
	r.get(ada.AccessToken, "/api/v1/me/tokens?limit=1", &list)
	require.Equal(t, writes.ID, list.Items[0].ID)
	require.NotNil(t, list.Items[0].LastUsedAt)
	r.get(ada.AccessToken, "/api/v1/me/tokens?limit=1&cursor="+*list.NextCursor, &list)
	require.Equal(t, reads.ID, list.Items[0].ID)
	require.Equal(t, http.StatusNoContent, r.ask(http.MethodDelete, "/api/v1/me/tokens/"+reads.ID, ada.AccessToken, nil).Status)
	r.ask(http.MethodGet, "/api/v1/me", reads.Token, nil).problem(CodeUnauthenticated)
	require.Equal(t, []string{"token.created by ada@example.org", "token.deleted by ada@example.org"}, r.audited(reads.ID))
	stored := r.value(`SELECT count(*) FROM access_tokens WHERE convert_to($1, 'UTF8') = token_hash OR name = $1`, writes.Token)
	require.Zero(t, stored, "the token itself is nowhere")
}

func TestPasswordsAndSessionsOnARealDatabase(t *testing.T) {
	t.Parallel()
	r := newRealBench(t)
	here := r.person("ada")
	var there, phone signedInAnswer
	login(r.bench, "ada@example.org", "correct horse").into(&there)
	login(r.bench, "ada@example.org", "correct horse", header("User-Agent", "phone")).into(&phone)
	var list page[sessionView]
	r.get(here.AccessToken, "/api/v1/me/sessions", &list)
	require.Len(t, list.Items, 3)
	require.Equal(t, "phone", list.Items[0].UserAgent)
	require.True(t, list.Items[2].Current)
	require.Equal(t, http.StatusNoContent, r.ask(http.MethodDelete, "/api/v1/me/sessions/"+list.Items[0].ID, here.AccessToken, nil).Status)
	r.ask(http.MethodGet, "/api/v1/me", phone.AccessToken, nil).problem(CodeUnauthenticated)

	changePassword(r.bench, here.AccessToken, "wrong horse", "battery staple").problem(CodeWrongPassword)
	a := changePassword(r.bench, here.AccessToken, "correct horse", "battery staple")
	require.Equal(t, http.StatusNoContent, a.Status, "%s", a.Body)
	r.ask(http.MethodGet, "/api/v1/me", there.AccessToken, nil).problem(CodeUnauthenticated)
	r.get(here.AccessToken, "/api/v1/me/sessions", &list)
	require.Len(t, list.Items, 1)
	require.Equal(t, []string{"password.changed by ada@example.org"}, r.audited(here.User.ID))
	require.Equal(t, []string{"session.ended by ada@example.org"}, r.audited(sessionOf(r.bench, phone.AccessToken)))
}

// Admins that demote, suspend and delete each other, all at the same time: one
// is always left.
func TestTheLastAdminStaysUnderManyRequests(t *testing.T) {
	t.Parallel()
	r := newRealBench(t)
	admins := make([]signedInAnswer, 6)
	for i := range admins {
		admins[i] = r.admin(fmt.Sprint("admin", i))
	}
	var wg sync.WaitGroup
	for i := range 4 * len(admins) {
		wg.Go(func() {
			me, target := admins[i%len(admins)], "/api/v1/admin/users/"+admins[(i+1+i/len(admins))%len(admins)].User.ID
			var a answer
			switch i % 3 {
			case 0:
				a = r.ask(http.MethodPatch, target, me.AccessToken, map[string]string{"role": "user"})
			case 1:
				a = r.ask(http.MethodPatch, target, me.AccessToken, map[string]string{"status": "suspended"})
			case 2:
				a = r.ask(http.MethodDelete, target, me.AccessToken, nil)
			}
			if a.Status >= http.StatusInternalServerError {
				t.Errorf("%d: %s", a.Status, a.Body)
			}
		})
	}
	wg.Wait()
	require.Positive(t, r.value(`SELECT count(*) FROM users WHERE role = 'admin' AND status = 'active' AND deleted_at IS NULL`))
}

// The same is done for every sign-in that fails, also in the database.
func TestASignInThatFailsCostsTheSameStatements(t *testing.T) {
	t.Parallel()
	r := newRealBench(t)
	ada := r.person("ada")
	r.stored(ada.User.ID, "cat.jpg", []byte("cat"))
	cost := func(email string) int64 {
		least := int64(1 << 30) // now and then one more statement sweeps the limits
		for range 3 {
			before := r.store.Statements()
			login(r.bench, email, "wrong horse").problem(CodeInvalidCredentials)
			least = min(least, r.store.Statements()-before)
		}
		return least
	}
	require.Equal(t, int64(2), cost("ada@example.org"))
	require.Equal(t, int64(2), cost("nobody@example.org"))
}

// Two processes have one set of limits: a guess at one counts at the other.
func TestLimitsAreSharedByProcesses(t *testing.T) {
	t.Parallel()
	r := newRealBench(t)
	other := r.process(nil)
	r.person("ada")
	for i := range pairBurst {
		login([]*bench{r.bench, other}[i%2], "ada@example.org", "wrong horse").problem(CodeInvalidCredentials)
	}
	for _, at := range []*bench{r.bench, other} {
		a := login(at, "ada@example.org", "correct horse")
		a.problem(CodeRateLimited)
		require.NotEmpty(t, a.Header.Get("Retry-After"))
		require.Equal(t, "10", a.Header.Get("RateLimit-Limit"))
		require.Equal(t, "0", a.Header.Get("RateLimit-Remaining"))
	}
}

// process is another API process on the same database, which listens for what
// changes as cmd/api does. With closing it has a real hub, and its streams go on
// until that is closed.
func (r *realBench) process(closing chan struct{}) *bench {
	r.t.Helper()
	rows, err := store.Open(r.t.Context(), r.url, 8)
	require.NoError(r.t, err)
	r.t.Cleanup(func() { require.NoError(r.t, rows.Close()) })
	var hub *progress.Hub
	b := newBench(r.t, func(d *Deps) {
		d.Users, d.Buckets, d.Files, d.Notifications, d.Objects = rows, rows, rows, rows, r.files
		if closing == nil {
			return
		}
		engine := &quietUploads{}
		hub = progress.New(rows, engine, d.Log)
		d.Uploads.Rows, d.Uploads.Pictures = rows, hub
		d.Events = EventParts{Hub: hub, Rows: rows, Closing: closing}
	})
	if hub == nil {
		return b
	}
	r.t.Cleanup(hub.Close)
	ctx, stop := context.WithCancel(context.Background())
	listens, ended := make(chan struct{}), make(chan error, 1)
	var once sync.Once
	go func() {
		ended <- store.Listen(ctx, r.url, hub.Signal, func() { once.Do(func() { close(listens) }) })
	}()
	r.t.Cleanup(func() {
		stop()
		require.NoError(r.t, <-ended)
	})
	<-listens
	return b
}

// What an admin does at one process ends the streams that are open at another.
// Nothing else would end them before the test gives up.
func TestStreamsAtAnotherProcessEnd(t *testing.T) {
	t.Parallel()
	r := newRealBench(t)
	closing := make(chan struct{})
	streaming := r.process(closing)
	address := served(t, streaming)
	t.Cleanup(func() { close(closing) })
	boss := r.admin("boss")
	admin := func(method, path string, body any) func(signedInAnswer) {
		return func(who signedInAnswer) {
			a := r.ask(method, "/api/v1/admin/users/"+who.User.ID+path, boss.AccessToken, body)
			require.Less(t, a.Status, 300, "%s", a.Body)
		}
	}
	for name, c := range map[string]struct {
		role string
		do   func(who signedInAnswer)
	}{
		"suspended":      {"user", admin(http.MethodPatch, "", map[string]string{"status": "suspended"})},
		"demoted":        {"admin", admin(http.MethodPatch, "", map[string]string{"role": "user"})},
		"deleted":        {"user", admin(http.MethodDelete, "", nil)},
		"sessions ended": {"user", admin(http.MethodDelete, "/sessions", nil)},
		"signed out": {"user", func(who signedInAnswer) {
			require.Equal(t, http.StatusNoContent, r.ask(http.MethodPost, "/api/v1/auth/logout", who.AccessToken, nil).Status)
		}},
		"password reset": {"user", func(who signedInAnswer) {
			_, err := r.store.IssueReset(t.Context(), models.Actor{}, who.User.ID, []byte(strings.Repeat("x", 32)), time.Hour)
			require.NoError(t, err)
			_, err = r.store.UseReset(t.Context(), models.Actor{}, []byte(strings.Repeat("x", 32)), "new")
			require.NoError(t, err)
		}},
	} {
		who := r.person(strings.ReplaceAll(name, " ", "-"))
		r.sql(`UPDATE users SET role = $2 WHERE id = $1`, who.User.ID, c.role)
		u := &uploadBench{bench: streaming, address: address}
		s := u.stream(who.AccessToken, "/events")
		require.Equal(t, http.StatusOK, s.Status, name)
		require.True(t, s.lines.Scan(), name) // it has begun
		require.Eventually(t, func() bool { return streaming.app.openStreams(who.User.ID) == 1 }, 10*time.Second, time.Millisecond)
		c.do(who)
		s.ends()
		require.Equal(t, []string{"the session has ended"}, s.Comment, name)
	}
}

// A change between a stream's beginning and its first look at the news is seen.
func TestAStreamThatBeginsTooLateEnds(t *testing.T) {
	t.Parallel()
	r := newRealBench(t)
	closing := make(chan struct{})
	streaming := r.process(closing)
	ada := r.person("ada")
	id, err := streaming.app.identifySession(t.Context(), sessionOf(r.bench, ada.AccessToken), time.Now().Add(time.Hour))
	require.NoError(t, err)
	require.True(t, streaming.app.streams.stillAllowed(id, &reader{allowed: func(Identity) bool { return true }}))
	require.NoError(t, r.store.EndSessions(t.Context(), models.Actor{}, ada.User.ID))
	require.False(t, streaming.app.streams.stillAllowed(id, &reader{allowed: func(Identity) bool { return true }}))
	close(closing)
}
