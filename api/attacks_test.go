package api

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/require"

	"safelight/models"
)

// forger makes tokens for a real user and a real session, all of whose claims
// are right but for what an attack changes.
type forger struct {
	t      *testing.T
	claims jwt.MapClaims
}

func newForger(t *testing.T, userID, sessionID string) forger {
	now := time.Now()
	return forger{t, jwt.MapClaims{
		"iss": "safelight", "aud": "safelight-api", "sub": userID, "sid": sessionID, "typ": "access",
		"iat": now.Unix(), "nbf": now.Unix(), "exp": now.Add(time.Hour).Unix(),
	}}
}

func (f forger) sign(method jwt.SigningMethod, kid any, key any, changes ...any) string {
	f.t.Helper()
	claims := jwt.MapClaims{}
	for name, value := range f.claims {
		claims[name] = value
	}
	for i := 0; i < len(changes); i += 2 {
		claims[changes[i].(string)] = changes[i+1] //nolint:forcetypeassert // names, by the callers below
	}
	token := jwt.NewWithClaims(method, claims)
	if kid != nil {
		token.Header["kid"] = kid
	}
	s, err := token.SignedString(key)
	require.NoError(f.t, err)
	return s
}

// hs signs as we do.
func (f forger) hs(changes ...any) string {
	return f.sign(jwt.SigningMethodHS256, "k1", testSecret, changes...)
}

func TestTokenAttacksAreRefused(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ada, first := register(b, "ada@example.org")
	eve, _ := b.user(models.RoleAdmin, models.StatusActive)
	session := sessionOf(b, ada.AccessToken)
	f := newForger(t, ada.User.ID, session)
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	der, err := x509.MarshalPKIXPublicKey(&private.PublicKey)
	require.NoError(t, err)
	public := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	past, future := time.Now().Add(-time.Minute).Unix(), time.Now().Add(time.Minute).Unix()
	whole := f.hs()
	parts := strings.Split(whole, ".")
	recoded := func(header string) string {
		return base64.RawURLEncoding.EncodeToString([]byte(header)) + "." + parts[1] + "."
	}
	device, err := b.tokens.IssueDevice("ada@example.org")
	require.NoError(t, err)

	require.Equal(t, http.StatusOK, b.ask(http.MethodGet, "/api/v1/me", whole, nil).Status, "what the attacks change is good by itself")
	for name, token := range map[string]string{
		"alg none":                           f.sign(jwt.SigningMethodNone, "k1", jwt.UnsafeAllowNoneSignatureType),
		"alg none with a signature":          recoded(`{"alg":"none","kid":"k1"}`) + parts[2],
		"alg NONE":                           recoded(`{"alg":"NONE","kid":"k1"}`),
		"no alg":                             recoded(`{"kid":"k1"}`),
		"no signature":                       parts[0] + "." + parts[1] + ".",
		"RS256 with a key of one's own":      f.sign(jwt.SigningMethodRS256, "k1", private),
		"HS256 over a public key":            f.sign(jwt.SigningMethodHS256, "k1", public),
		"HS384 with our secret":              f.sign(jwt.SigningMethodHS384, "k1", testSecret),
		"HS512 with our secret":              f.sign(jwt.SigningMethodHS512, "k1", testSecret),
		"a foreign kid":                      f.sign(jwt.SigningMethodHS256, "k2", testSecret),
		"a kid that is a path":               f.sign(jwt.SigningMethodHS256, "../../dev/null", []byte{}),
		"a kid that is SQL":                  f.sign(jwt.SigningMethodHS256, "' UNION SELECT 'x", []byte("x")),
		"no kid":                             f.sign(jwt.SigningMethodHS256, nil, testSecret),
		"an empty kid and an empty secret":   f.sign(jwt.SigningMethodHS256, "", []byte{}),
		"another secret":                     f.sign(jwt.SigningMethodHS256, "k1", []byte(strings.Repeat("x", 32))),
		"expired":                            f.hs("exp", past),
		"not yet valid":                      f.hs("nbf", future),
		"issued in the future":               f.hs("iat", future),
		"for another audience":               f.hs("aud", "another-api"),
		"for no audience":                    f.hs("aud", []string{}),
		"of another issuer":                  f.hs("iss", "https://issuer.example"),
		"another user's session":             f.hs("sub", eve.ID),
		"a session that is none":             f.hs("sid", "00000000-0000-0000-0000-000000000000"),
		"of type refresh":                    f.hs("typ", "refresh"),
		"a refresh token as access token":    first.Cookie["safelight_refresh"].Value,
		"a device token as access token":     device,
		"claims of another, signature kept":  parts[0] + "." + strings.Split(f.hs("sub", eve.ID), ".")[1] + "." + parts[2],
		"a refresh token with our prefix":    "sl_" + first.Cookie["safelight_refresh"].Value,
		"a personal token that nobody has":   "sl_" + strings.Repeat("A", 43),
		"a personal token that breaks a row": "sl_' OR 1=1 --",
	} {
		for _, edit := range []func(*http.Request){header("Authorization", "Bearer "+token), cookie("safelight_access", token)} {
			if a := b.ask(http.MethodGet, "/api/v1/me", "", nil, edit); a.Status != http.StatusUnauthorized {
				t.Errorf("%s is answered %d: %s", name, a.Status, a.Body)
			}
		}
	}

	refresh := func(token string) answer {
		return b.ask(http.MethodPost, "/api/v1/auth/refresh", "", map[string]string{"refreshToken": token})
	}
	second := refresh(first.Cookie["safelight_refresh"].Value)
	require.Equal(t, http.StatusOK, second.Status)
	refresh(first.Cookie["safelight_refresh"].Value).problem(CodeUnauthenticated) // used twice: the family ends
	refresh(second.Cookie["safelight_refresh"].Value).problem(CodeUnauthenticated)
	b.ask(http.MethodGet, "/api/v1/me", whole, nil).problem(CodeUnauthenticated)

	var again signedInAnswer
	login(b, "ada@example.org", "correct horse").into(&again)
	require.Equal(t, http.StatusNoContent, b.ask(http.MethodPost, "/api/v1/auth/logout", again.AccessToken, nil).Status)
	b.ask(http.MethodGet, "/api/v1/me", again.AccessToken, nil).problem(CodeUnauthenticated)
	require.Equal(t, http.StatusUnauthorized, b.ask(http.MethodGet, "/api/v1/me", newForger(t, ada.User.ID, sessionOf(b, again.AccessToken)).hs(), nil).Status)
}
