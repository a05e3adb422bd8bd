package auth

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/require"

	"safelight/models"
)

var (
	firstKey  = []byte(strings.Repeat("1", 32))
	secondKey = []byte(strings.Repeat("2", 32))
)

func newTokens(t *testing.T, ring Keyring) *Tokens {
	t.Helper()
	tokens, err := NewTokens(ring, 15*time.Minute)
	require.NoError(t, err)
	return tokens
}

func TestAnIssuedTokenVerifies(t *testing.T) {
	t.Parallel()
	tokens := newTokens(t, Keyring{Active: "k1", Keys: map[string][]byte{"k1": firstKey}})
	token, expires, err := tokens.Issue("user", "session")
	require.NoError(t, err)
	claims, err := tokens.Verify(token)
	require.NoError(t, err)
	require.Equal(t, "user", claims.UserID)
	require.Equal(t, "session", claims.SessionID)
	require.WithinDuration(t, expires, claims.ExpiresAt, 0)
	require.WithinDuration(t, time.Now().Add(15*time.Minute), claims.ExpiresAt, 5*time.Second)
}

// good is the set of claims that verifies; the attacks change one thing of it.
func good() jwt.MapClaims {
	now := time.Now()
	return jwt.MapClaims{
		"iss": "safelight", "aud": "safelight-api", "sub": "user", "sid": "session", "typ": "access",
		"iat": now.Unix(), "nbf": now.Unix(), "exp": now.Add(time.Minute).Unix(),
	}
}

func signed(t *testing.T, method jwt.SigningMethod, kid any, claims jwt.MapClaims, key any) string {
	t.Helper()
	token := jwt.NewWithClaims(method, claims)
	if kid != nil {
		token.Header["kid"] = kid
	}
	s, err := token.SignedString(key)
	require.NoError(t, err)
	return s
}

func TestForgedTokensAreRefused(t *testing.T) {
	t.Parallel()
	ring := Keyring{Active: "k1", Keys: map[string][]byte{"k1": firstKey}}
	tokens := newTokens(t, ring)
	with := func(name string, value any) jwt.MapClaims {
		c := good()
		if value == nil {
			delete(c, name)
		} else {
			c[name] = value
		}
		return c
	}
	hs := func(c jwt.MapClaims) string { return signed(t, jwt.SigningMethodHS256, "k1", c, firstKey) }
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	public := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: x509.MarshalPKCS1PublicKey(&private.PublicKey)})
	past, future := time.Now().Add(-time.Minute).Unix(), time.Now().Add(time.Minute).Unix()
	device, err := tokens.IssueDevice("a@example.org")
	require.NoError(t, err)
	refresh, _ := NewRefreshToken()
	whole := hs(good())

	_, err = tokens.Verify(whole)
	require.NoError(t, err, "the claims that the attacks start from are good")

	for name, token := range map[string]string{
		"empty":                   "",
		"garbage":                 "a.b.c",
		"alg none":                signed(t, jwt.SigningMethodNone, "k1", good(), jwt.UnsafeAllowNoneSignatureType),
		"alg none, spelled None":  strings.Join([]string{base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"None","kid":"k1"}`)), strings.Split(whole, ".")[1], ""}, "."),
		"signature cut off":       whole[:strings.LastIndex(whole, ".")+1],
		"another secret":          signed(t, jwt.SigningMethodHS256, "k1", good(), secondKey),
		"unknown kid":             signed(t, jwt.SigningMethodHS256, "k9", good(), firstKey),
		"no kid":                  signed(t, jwt.SigningMethodHS256, nil, good(), firstKey),
		"kid of another type":     signed(t, jwt.SigningMethodHS256, []string{"k1"}, good(), firstKey),
		"empty kid, empty secret": signed(t, jwt.SigningMethodHS256, "", good(), []byte{}),
		"HS384 with our secret":   signed(t, jwt.SigningMethodHS384, "k1", good(), firstKey),
		"RS256":                   signed(t, jwt.SigningMethodRS256, "k1", good(), private),
		"HS256 over a public key": signed(t, jwt.SigningMethodHS256, "k1", good(), public),
		"expired":                 hs(with("exp", past)),
		"no exp":                  hs(with("exp", nil)),
		"not yet valid":           hs(with("nbf", future)),
		"no nbf":                  hs(with("nbf", nil)),
		"issued in the future":    hs(with("iat", future)),
		"no iat":                  hs(with("iat", nil)),
		"wrong issuer":            hs(with("iss", "somebody")),
		"no issuer":               hs(with("iss", nil)),
		"wrong audience":          hs(with("aud", "another-api")),
		"no audience":             hs(with("aud", nil)),
		"no subject":              hs(with("sub", nil)),
		"no session":              hs(with("sid", nil)),
		"refresh as access":       hs(with("typ", "refresh")),
		"no type":                 hs(with("typ", nil)),
		"a device token":          device,
		"a refresh token":         refresh,
		"trailing bits":           whole + "=",
	} {
		_, err := tokens.Verify(token)
		require.ErrorIs(t, err, models.ErrUnauthenticated, name)
	}
}

// The last character of a signature has two bits that count for nothing. Only
// one way to write them is taken, so that a token can not be told as another.
func TestASignatureIsWrittenOneWay(t *testing.T) {
	t.Parallel()
	tokens := newTokens(t, Keyring{Active: "k1", Keys: map[string][]byte{"k1": firstKey}})
	token, _, err := tokens.Issue("user", "session")
	require.NoError(t, err)
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	last := strings.IndexByte(alphabet, token[len(token)-1])
	for other := last &^ 3; other < last&^3+4; other++ {
		_, err := tokens.Verify(token[:len(token)-1] + string(alphabet[other]))
		if other == last {
			require.NoError(t, err)
		} else {
			require.ErrorIs(t, err, models.ErrUnauthenticated)
		}
	}
}

func TestKeysCanBeRolled(t *testing.T) {
	t.Parallel()
	old := newTokens(t, Keyring{Active: "k1", Keys: map[string][]byte{"k1": firstKey}})
	both := newTokens(t, Keyring{Active: "k2", Keys: map[string][]byte{"k1": firstKey, "k2": secondKey}})
	last := newTokens(t, Keyring{Active: "k2", Keys: map[string][]byte{"k2": secondKey}})

	before, _, err := old.Issue("user", "session")
	require.NoError(t, err)
	after, _, err := both.Issue("user", "session")
	require.NoError(t, err)

	_, err = both.Verify(before)
	require.NoError(t, err, "old tokens live on while the old key is there")
	_, err = last.Verify(after)
	require.NoError(t, err, "new tokens are signed with the active key")
	_, err = last.Verify(before)
	require.ErrorIs(t, err, models.ErrUnauthenticated, "and end with the old key")
}

func TestAnUnusableKeyringIsRefused(t *testing.T) {
	t.Parallel()
	for name, ring := range map[string]Keyring{
		"empty":             {},
		"active is missing": {Active: "k2", Keys: map[string][]byte{"k1": firstKey}},
		"empty kid":         {Active: "", Keys: map[string][]byte{"": firstKey}},
		"short secret":      {Active: "k1", Keys: map[string][]byte{"k1": firstKey[:31]}},
		"short old secret":  {Active: "k1", Keys: map[string][]byte{"k1": firstKey, "k0": []byte("short")}},
	} {
		_, err := NewTokens(ring, time.Minute)
		require.Error(t, err, name)
	}
	_, err := NewTokens(Keyring{Active: "k1", Keys: map[string][]byte{"k1": firstKey}}, 0)
	require.Error(t, err, "no lifetime")
}

func TestADeviceIsKnownToItsAccountAlone(t *testing.T) {
	t.Parallel()
	tokens := newTokens(t, Keyring{Active: "k1", Keys: map[string][]byte{"k1": firstKey}})
	token, err := tokens.IssueDevice("a@example.org")
	require.NoError(t, err)
	require.NotEmpty(t, tokens.VerifyDevice(token, "a@example.org"))
	require.Empty(t, tokens.VerifyDevice(token, "b@example.org"))
	require.Empty(t, tokens.VerifyDevice("", "a@example.org"))
	access, _, err := tokens.Issue("a@example.org", "session")
	require.NoError(t, err)
	require.Empty(t, tokens.VerifyDevice(access, "a@example.org"))
	require.NotContains(t, token, "example", "the address itself is not in the cookie")

	tokens.now = func() time.Time { return time.Now().Add(DeviceTTL + time.Hour) }
	require.Empty(t, tokens.VerifyDevice(token, "a@example.org"), "it is forgotten some day")
}

func TestRefreshTokens(t *testing.T) {
	t.Parallel()
	token, hash := NewRefreshToken()
	got, err := HashRefreshToken(token)
	require.NoError(t, err)
	require.Equal(t, hash, got)
	require.Len(t, hash, 32)
	other, _ := NewRefreshToken()
	require.NotEqual(t, token, other)
	for _, bad := range []string{"", "x", token + "A", token[:42], token + "=", strings.Repeat("!", 43), token[:42] + "\n"} {
		_, err := HashRefreshToken(bad)
		require.ErrorIs(t, err, models.ErrUnauthenticated, "%q", bad)
	}
}
