package api

import (
	"context"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"safelight/models"
)

func changePassword(b *bench, token, current, fresh string) answer {
	b.t.Helper()
	return b.ask(http.MethodPost, "/api/v1/me/password", token, map[string]string{"currentPassword": current, "newPassword": fresh})
}

func TestChangingThePasswordEndsTheOtherSessions(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	here, _ := register(b, "ada@example.org")
	var there signedInAnswer
	login(b, "ada@example.org", "correct horse").into(&there)
	script := b.personal(here.User.ID, nil, models.ScopeRead)

	changePassword(b, here.AccessToken, "wrong horse", "battery staple").problem(CodeWrongPassword)
	for _, bad := range []string{"short", "password123", "correct horse", strings.Repeat("x y ", 65)} {
		p := changePassword(b, here.AccessToken, "correct horse", bad).problem(CodeValidation)
		require.Equal(t, "body.newPassword", p.Errors[0].Location, bad)
	}
	require.Equal(t, http.StatusOK, b.ask(http.MethodGet, "/api/v1/me", there.AccessToken, nil).Status)

	a := changePassword(b, here.AccessToken, "correct horse", "battery staple")
	require.Equal(t, http.StatusNoContent, a.Status, "%s", a.Body)
	require.Equal(t, http.StatusOK, b.ask(http.MethodGet, "/api/v1/me", here.AccessToken, nil).Status, "this session goes on")
	b.ask(http.MethodGet, "/api/v1/me", there.AccessToken, nil).problem(CodeUnauthenticated)
	require.Equal(t, http.StatusOK, b.ask(http.MethodGet, "/api/v1/me", script, nil).Status, "tokens are no sessions")
	login(b, "ada@example.org", "correct horse").problem(CodeInvalidCredentials)
	require.Equal(t, http.StatusOK, login(b, "ada@example.org", "battery staple").Status)
	last := b.rows.audit[len(b.rows.audit)-1]
	require.Equal(t, "password.changed", last.Action)
	require.Equal(t, here.User.ID, last.Actor.UserID)
	require.Equal(t, "ada@example.org", last.Actor.Email)
	require.Equal(t, a.Header.Get("X-Request-Id"), last.Actor.RequestID)
	require.Equal(t, "0.0.0.0", last.Actor.IP)
}

func TestASessionCanNotGuessItsPassword(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	c := newClock()
	b.buckets.now = c.now
	stolen, _ := register(b, "ada@example.org")
	var owner signedInAnswer
	login(b, "ada@example.org", "correct horse").into(&owner)
	for range pairBurst {
		changePassword(b, stolen.AccessToken, "wrong horse", "battery staple").problem(CodeWrongPassword)
	}
	a := changePassword(b, stolen.AccessToken, "correct horse", "battery staple")
	a.problem(CodeRateLimited)
	require.Equal(t, "30", a.Header.Get("Retry-After"))
	require.Equal(t, "10", a.Header.Get("RateLimit-Limit"))
	require.Equal(t, "0", a.Header.Get("RateLimit-Remaining"))
	require.Equal(t, http.StatusNoContent, changePassword(b, owner.AccessToken, "correct horse", "battery staple").Status, "another session is not held")
}

func TestAResetLinkWorksOnce(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ada, _ := register(b, "ada@example.org")
	_, admin := b.user(models.RoleAdmin, models.StatusActive)
	link := func() (token string) {
		a := b.ask(http.MethodPost, "/api/v1/admin/users/"+ada.User.ID+"/reset-password", admin, nil)
		require.Equal(t, http.StatusOK, a.Status, "%s", a.Body)
		var v resetLinkView
		a.into(&v)
		require.WithinDuration(t, time.Now().Add(time.Hour), v.ExpiresAt, time.Minute)
		token, ok := strings.CutPrefix(v.ResetURL, testOrigin+"/reset#token=")
		require.True(t, ok, v.ResetURL)
		return token
	}
	reset := func(token, password string) answer {
		return b.ask(http.MethodPost, "/api/v1/auth/reset", "", map[string]string{"token": token, "newPassword": password})
	}
	replaced, token := link(), link()
	require.Equal(t, http.StatusOK, b.ask(http.MethodGet, "/api/v1/me", ada.AccessToken, nil).Status, "the link alone changes nothing")
	for _, bad := range []string{"x", replaced, strings.Repeat("A", 43), token + "=", token[:42]} {
		reset(bad, "battery staple").problem(CodeInvalidResetToken)
	}
	reset(token, "password1").problem(CodeValidation)

	a := reset(token, "battery staple")
	require.Equal(t, http.StatusNoContent, a.Status, "%s", a.Body)
	reset(token, "another staple").problem(CodeInvalidResetToken)
	b.ask(http.MethodGet, "/api/v1/me", ada.AccessToken, nil).problem(CodeUnauthenticated)
	login(b, "ada@example.org", "correct horse").problem(CodeInvalidCredentials)
	require.Equal(t, http.StatusOK, login(b, "ada@example.org", "battery staple").Status)
	require.NotEmpty(t, a.Cookie["safelight_device"].Value, "this browser knows the account: limits on strangers do not hold it")
	require.NotContains(t, b.logs.String(), token)

	expired := link()
	for hash, r := range b.rows.resets {
		r.expires = time.Now().Add(-time.Second)
		b.rows.resets[hash] = r
	}
	reset(expired, "battery staple").problem(CodeInvalidResetToken)
}

// countedPasswords counts what is dear about a sign-in.
type countedPasswords struct {
	Passwords
	verified, hashed atomic.Int64
}

func (p *countedPasswords) Verify(ctx context.Context, hash, password string) error {
	p.verified.Add(1)
	return p.Passwords.Verify(ctx, hash, password)
}

func (p *countedPasswords) Hash(ctx context.Context, password string) (string, error) {
	p.hashed.Add(1)
	return p.Passwords.Hash(ctx, password)
}

// countedRows counts the questions of a sign-in to the rows.
type countedRows struct {
	*fakeRows
	asked atomic.Int64
}

func (r *countedRows) UserForSignIn(ctx context.Context, email string) (models.User, error) {
	r.asked.Add(1)
	return r.fakeRows.UserForSignIn(ctx, email)
}

func (r *countedRows) UserByID(ctx context.Context, id string) (models.User, error) {
	r.asked.Add(1)
	return r.fakeRows.UserByID(ctx, id)
}

// Whoever it is that can not sign in, the same is done for it, in the same number.
func TestASignInThatFailsCostsTheSame(t *testing.T) {
	t.Parallel()
	var passwords *countedPasswords
	var rows *countedRows
	b := newBench(t, func(d *Deps) {
		passwords = &countedPasswords{Passwords: d.Passwords}
		rows = &countedRows{fakeRows: d.Users.(*fakeRows)} //nolint:forcetypeassert // newBench's own
		d.Passwords, d.Users = passwords, rows
	})
	ada, _ := register(b, "ada@example.org")
	register(b, "eve@example.org")
	u := b.rows.users[ada.User.ID]
	u.Status = models.StatusSuspended
	b.rows.users[u.ID] = u
	_, err := b.rows.AddUser(t.Context(), models.Actor{}, models.User{ID: "new", Email: "new@example.org"}, nil, 0)
	require.NoError(t, err)

	for name, email := range map[string]string{
		"known": "eve@example.org", "unknown": "nobody@example.org", "suspended": "ada@example.org", "without a password yet": "new@example.org",
		"no address at all": "nobody", "one that no row can hold": "\u0000@example.org",
	} {
		verified, hashed, asked := passwords.verified.Load(), passwords.hashed.Load(), rows.asked.Load()
		login(b, email, "wrong horse").problem(CodeInvalidCredentials)
		require.Equal(t, int64(1), passwords.verified.Load()-verified, name)
		require.Equal(t, int64(0), passwords.hashed.Load()-hashed, name)
		require.Equal(t, int64(1), rows.asked.Load()-asked, name)
	}
}
