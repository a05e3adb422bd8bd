package api

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/require"

	"safelight/internal/auth"
	"safelight/models"
)

type signedInAnswer struct {
	User        userView `json:"user"`
	AccessToken string   `json:"accessToken"`
	ExpiresIn   int      `json:"expiresIn"`
}

func register(b *bench, email string) (signedInAnswer, answer) {
	b.t.Helper()
	a := b.ask(http.MethodPost, "/api/v1/auth/register", "", map[string]string{"email": email, "password": "correct horse", "name": " Ada "})
	require.Equal(b.t, http.StatusCreated, a.Status, "%s", a.Body)
	var s signedInAnswer
	a.into(&s)
	return s, a
}

func login(b *bench, email, password string, edits ...func(*http.Request)) answer {
	b.t.Helper()
	return b.ask(http.MethodPost, "/api/v1/auth/login", "", map[string]string{"email": email, "password": password}, edits...)
}

func TestRegisterSignsIn(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	s, a := register(b, "  Ada@Example.ORG ")
	require.Equal(t, "ada@example.org", s.User.Email)
	require.Equal(t, "Ada", s.User.Name)
	require.Equal(t, models.RoleUser, s.User.Role)
	require.Equal(t, models.StatusActive, s.User.Status)
	require.Equal(t, int64(1<<30), s.User.QuotaBytes)
	require.Equal(t, 900, s.ExpiresIn)
	require.Equal(t, http.StatusOK, b.ask(http.MethodGet, "/api/v1/me", s.AccessToken, nil).Status)
	require.NotContains(t, string(a.Body), "argon2")
	require.NotContains(t, string(a.Body), "refresh")

	access, refresh := a.Cookie["safelight_access"], a.Cookie["safelight_refresh"]
	for _, c := range []*http.Cookie{access, refresh} {
		require.True(t, c.HttpOnly)
		require.False(t, c.Secure, "over plain http")
		require.Equal(t, http.SameSiteStrictMode, c.SameSite)
		require.Empty(t, c.Domain)
	}
	require.Equal(t, "/", access.Path)
	require.Equal(t, 900, access.MaxAge)
	require.Equal(t, "/api/v1/auth", refresh.Path)
	require.InDelta(t, (168 * time.Hour).Seconds(), refresh.MaxAge, 5, "as long as a session lives unused")
	require.Equal(t, http.StatusOK, b.ask(http.MethodGet, "/api/v1/me", "", nil, cookie("safelight_access", access.Value)).Status)

	b.ask(http.MethodPost, "/api/v1/auth/register", "", map[string]string{"email": "ADA@example.org", "password": "correct horse", "name": "A"}).problem(CodeEmailTaken)
	for _, u := range b.rows.users {
		require.True(t, strings.HasPrefix(u.PasswordHash, "$argon2id$"))
	}
}

func TestCookiesOverHTTPS(t *testing.T) {
	t.Parallel()
	b := newBench(t, func(d *Deps) { d.Config.PublicURL, d.Config.SecureCookies = "https://safelight.test", true })
	_, a := register(b, "ada@example.org")
	access, refresh := a.Cookie["__Host-safelight_access"], a.Cookie["__Secure-safelight_refresh"]
	require.True(t, access.Secure && access.Path == "/" && access.Domain == "", "what __Host- demands")
	require.True(t, refresh.Secure)
	require.Equal(t, http.StatusOK, b.ask(http.MethodGet, "/api/v1/me", "", nil, cookie(access.Name, access.Value)).Status)
	b.ask(http.MethodGet, "/api/v1/me", "", nil, cookie("safelight_access", access.Value)).problem(CodeUnauthenticated)
}

func TestRegistrationRules(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for email, location := range map[string]string{
		"plain": "body.email", "a@": "body.email", "@b.c": "body.email", "a b@c.d": "body.email", "a@b@c": "body.email",
		`"a"@b.c`: "body.email", "Ada <a@b.c>": "body.email", "a@b.c, d@e.f": "body.email", "ü@example.org": "body.email",
		"a@b.c\u0000": "body.email", "a@exa\nmple.org": "body.email",
	} {
		p := b.ask(http.MethodPost, "/api/v1/auth/register", "", map[string]string{"email": email, "password": "correct horse", "name": "A"}).problem(CodeValidation)
		require.Equal(t, location, p.Errors[0].Location, email)
	}
	p := b.ask(http.MethodPost, "/api/v1/auth/register", "", map[string]string{"email": "bad", "password": "correct horse", "name": "\u202e\u0000 "}).problem(CodeValidation)
	require.Len(t, p.Errors, 2, "all faults in one answer")
	p = b.ask(http.MethodPost, "/api/v1/auth/register", "", map[string]string{"email": "a@b.c", "password": strings.Repeat("x", 257), "name": "A"}).problem(CodeValidation)
	require.Equal(t, "body.password", p.Errors[0].Location)
	require.Empty(t, b.rows.users)

	closed := newBench(t, func(d *Deps) { d.Config.RegistrationOpen = false })
	closed.ask(http.MethodPost, "/api/v1/auth/register", "", map[string]string{"email": "a@b.c", "password": "correct horse", "name": "A"}).problem(CodeRegistrationClosed)
	require.Empty(t, closed.rows.users)
}

func TestLoginTellsNothingOfAccounts(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	s, _ := register(b, "ada@example.org")
	unknown, wrong := login(b, "eve@example.org", "correct horse"), login(b, "ada@example.org", "wrong horse")
	p, q := unknown.problem(CodeInvalidCredentials), wrong.problem(CodeInvalidCredentials)
	p.RequestID, q.RequestID = "", ""
	require.Equal(t, p, q)
	for name := range unknown.Header {
		require.Contains(t, wrong.Header, name)
	}
	u := b.rows.users[s.User.ID]
	u.Status = models.StatusSuspended
	b.rows.users[u.ID] = u
	login(b, "ada@example.org", "wrong horse").problem(CodeInvalidCredentials)
	login(b, "ada@example.org", "correct horse").problem(CodeAccountSuspended)
	require.Len(t, b.rows.sessions, 1, "no session for a suspended account")
}

func TestALoginThatCanNotBeJudgedIsNotAWrongOne(t *testing.T) {
	t.Parallel()
	passwords, err := auth.NewPasswords(auth.Parameters{Time: 1, Memory: 8, Threads: 1}, 1, time.Nanosecond)
	require.NoError(t, err)
	b := newBench(t, func(d *Deps) { d.Passwords = passwords })
	a := login(b, "ada@example.org", "correct horse") // its turn never comes
	a.problem(CodeUnavailable)
	require.NotEmpty(t, a.Header.Get("Retry-After"))
	require.Zero(t, b.buckets.owed(b.app.logins.strangers.charge("ada@example.org")), "and is not counted as a failure")
}

func TestRefreshRotates(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	_, first := register(b, "ada@example.org")
	refresh := func(value string) answer {
		return b.ask(http.MethodPost, "/api/v1/auth/refresh", "", map[string]string{"refreshToken": value})
	}
	second := b.ask(http.MethodPost, "/api/v1/auth/refresh", "", nil,
		cookie("safelight_refresh", first.Cookie["safelight_refresh"].Value), header("Sec-Fetch-Site", "same-origin"))
	require.Equal(t, http.StatusOK, second.Status, "%s", second.Body)
	var s signedInAnswer
	second.into(&s)
	require.NotEqual(t, first.Cookie["safelight_refresh"].Value, second.Cookie["safelight_refresh"].Value)
	require.Equal(t, http.StatusOK, b.ask(http.MethodGet, "/api/v1/me", s.AccessToken, nil).Status)

	third := refresh(second.Cookie["safelight_refresh"].Value)
	require.Equal(t, http.StatusOK, third.Status)

	reused := refresh(second.Cookie["safelight_refresh"].Value)
	reused.problem(CodeUnauthenticated)
	require.Empty(t, reused.Cookie["safelight_access"].Value, "the cookies go")
	require.Empty(t, reused.Cookie["safelight_refresh"].Value)
	require.Negative(t, reused.Cookie["safelight_refresh"].MaxAge)
	refresh(third.Cookie["safelight_refresh"].Value).problem(CodeUnauthenticated)
	b.ask(http.MethodGet, "/api/v1/me", s.AccessToken, nil).problem(CodeUnauthenticated)

	for _, bad := range []string{"", "x", s.AccessToken} {
		if len(bad) <= 128 {
			refresh(bad).problem(CodeUnauthenticated)
		}
	}
}

func TestASuspendedUserCanNotRefresh(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	s, a := register(b, "ada@example.org")
	u := b.rows.users[s.User.ID]
	u.Status = models.StatusSuspended
	b.rows.users[u.ID] = u
	b.ask(http.MethodPost, "/api/v1/auth/refresh", "", map[string]string{"refreshToken": a.Cookie["safelight_refresh"].Value}).problem(CodeAccountSuspended)
	b.ask(http.MethodGet, "/api/v1/me", s.AccessToken, nil).problem(CodeAccountSuspended)
}

func TestLogoutEndsTheSession(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	s, a := register(b, "ada@example.org")
	out := b.ask(http.MethodPost, "/api/v1/auth/logout", s.AccessToken, nil)
	require.Equal(t, http.StatusNoContent, out.Status)
	require.Empty(t, out.Cookie["safelight_access"].Value)
	b.ask(http.MethodGet, "/api/v1/me", s.AccessToken, nil).problem(CodeUnauthenticated)
	b.ask(http.MethodPost, "/api/v1/auth/refresh", "", map[string]string{"refreshToken": a.Cookie["safelight_refresh"].Value}).problem(CodeUnauthenticated)
}

func TestCredentialsThatAreNone(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	user, token := b.user(models.RoleUser, models.StatusActive)
	_, other := b.user(models.RoleAdmin, models.StatusActive)
	forge := func(method jwt.SigningMethod, kid string, key any) string {
		now := time.Now()
		forged := jwt.NewWithClaims(method, jwt.MapClaims{
			"iss": "safelight", "aud": "safelight-api", "sub": user.ID, "sid": user.ID, "typ": "access",
			"iat": now.Unix(), "nbf": now.Unix(), "exp": now.Add(time.Hour).Unix(),
		})
		forged.Header["kid"] = kid
		s, err := forged.SignedString(key)
		require.NoError(t, err)
		return s
	}
	swapped, _, err := b.tokens.Issue(user.ID, sessionOf(b, other)) // a session that is somebody else's
	require.NoError(t, err)
	for name, edit := range map[string]func(*http.Request){
		"none":                    func(*http.Request) {},
		"basic":                   header("Authorization", "Basic YTpi"),
		"an empty bearer":         header("Authorization", "Bearer "),
		"two tokens":              header("Authorization", "Bearer "+token+" "+token),
		"alg none":                header("Authorization", "Bearer "+forge(jwt.SigningMethodNone, "k1", jwt.UnsafeAllowNoneSignatureType)),
		"another secret":          header("Authorization", "Bearer "+forge(jwt.SigningMethodHS256, "k1", []byte("another"))),
		"unknown kid":             header("Authorization", "Bearer "+forge(jwt.SigningMethodHS256, "k2", testSecret)),
		"unknown session":         header("Authorization", "Bearer "+forge(jwt.SigningMethodHS256, "k1", testSecret)),
		"another's sub":           header("Authorization", "Bearer "+swapped),
		"an access token to come": header("Authorization", "Bearer sl_0123456789"),
		"a bad bearer and a good cookie": func(r *http.Request) {
			r.Header.Set("Authorization", "Bearer x")
			r.AddCookie(&http.Cookie{Name: "safelight_access", Value: token})
		},
		"in the address": func(r *http.Request) { r.RequestURI = "/api/v1/me?access_token=" + token },
	} {
		a := b.ask(http.MethodGet, "/api/v1/me", "", nil, edit)
		a.problem(CodeUnauthenticated)
		require.Equal(t, `Bearer realm="safelight"`, a.Header.Get("WWW-Authenticate"), name)
	}
	require.Equal(t, http.StatusOK, b.ask(http.MethodGet, "/api/v1/me", "", nil, header("Authorization", "bearer "+token)).Status, "schemes have no case")
}

func sessionOf(b *bench, token string) string {
	b.t.Helper()
	c, err := b.tokens.Verify(token)
	require.NoError(b.t, err)
	return c.SessionID
}

func TestChangingOnesName(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	_, token := b.user(models.RoleUser, models.StatusActive)
	a := b.ask(http.MethodPatch, "/api/v1/me", token, map[string]string{"name": " Ada\u202e Lovelace\u0000 "})
	var u userView
	a.into(&u)
	require.Equal(t, "Ada Lovelace", u.Name)
	for _, bad := range []any{map[string]string{"name": ""}, map[string]string{"name": " "}, map[string]string{"name": strings.Repeat("a", 201)}, map[string]string{}, map[string]any{"name": "A", "role": "admin"}} {
		b.ask(http.MethodPatch, "/api/v1/me", token, bad).problem(CodeValidation)
	}
}
