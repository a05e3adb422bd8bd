package auth

import (
	"errors"
	"fmt"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"safelight/models"
)

// The claims that every access token carries. Wire format.
const (
	issuer     = "safelight"
	audience   = "safelight-api"
	typeAccess = "access"
	// leeway is how far the clocks of two processes may be apart.
	leeway = 2 * time.Second
	// minSecret is the size of SHA-256, below which RFC 7518 forbids an HS256 key.
	minSecret = 32
)

// Keyring holds the secrets that tokens are signed with, by key id. New tokens
// are signed with Active; the others still verify, so that keys can be rolled:
// add the new one everywhere, make it active, and drop the old one when the
// last token signed with it has expired.
type Keyring struct {
	Active string
	Keys   map[string][]byte
}

// Tokens issues and verifies access tokens. Safe for concurrent use.
type Tokens struct {
	keys   Keyring
	ttl    time.Duration
	now    func() time.Time
	access *jwt.Parser
	device *jwt.Parser
}

// Claims is what an access token says. That its session still counts is for
// the store to say.
type Claims struct {
	UserID    string
	SessionID string
	ExpiresAt time.Time
}

// tokenClaims is a token on the wire.
type tokenClaims struct {
	jwt.RegisteredClaims
	SessionID string `json:"sid,omitempty"`
	Type      string `json:"typ"`
}

// NewTokens checks the keyring. ttl is how long a token lives.
func NewTokens(keys Keyring, ttl time.Duration) (*Tokens, error) {
	if _, ok := keys.Keys[keys.Active]; !ok || keys.Active == "" {
		return nil, fmt.Errorf("active key %q is not in the keyring", keys.Active)
	}
	for id, secret := range keys.Keys {
		if len(secret) < minSecret {
			return nil, fmt.Errorf("key %q is shorter than %d bytes", id, minSecret)
		}
	}
	if ttl <= 0 {
		return nil, fmt.Errorf("a token can not live for %s", ttl)
	}
	t := &Tokens{keys: keys, ttl: ttl, now: time.Now}
	t.access, t.device = t.parser(audience), t.parser(deviceAudience)
	return t, nil
}

// parser takes nothing but HS256 and demands every claim that is there to be checked.
func (t *Tokens) parser(audience string) *jwt.Parser {
	return jwt.NewParser(
		jwt.WithValidMethods([]string{jwt.SigningMethodHS256.Alg()}),
		jwt.WithIssuer(issuer), jwt.WithAudience(audience),
		jwt.WithExpirationRequired(), jwt.WithIssuedAt(), jwt.WithNotBeforeRequired(),
		jwt.WithLeeway(leeway), jwt.WithStrictDecoding(),
		jwt.WithTimeFunc(func() time.Time { return t.now() }),
	)
}

// TTL is how long a token lives.
func (t *Tokens) TTL() time.Duration { return t.ttl }

// Issue signs an access token for a session.
func (t *Tokens) Issue(userID, sessionID string) (token string, expires time.Time, err error) {
	c := t.claims(audience, userID, t.ttl)
	c.SessionID, c.Type = sessionID, typeAccess
	token, err = t.sign(c)
	return token, c.ExpiresAt.Time, err
}

func (t *Tokens) claims(audience, subject string, lives time.Duration) tokenClaims {
	now := t.now().UTC().Truncate(time.Second)
	return tokenClaims{RegisteredClaims: jwt.RegisteredClaims{
		Issuer: issuer, Subject: subject, Audience: jwt.ClaimStrings{audience},
		IssuedAt: jwt.NewNumericDate(now), NotBefore: jwt.NewNumericDate(now), ExpiresAt: jwt.NewNumericDate(now.Add(lives)),
	}}
}

func (t *Tokens) sign(c tokenClaims) (string, error) {
	unsigned := jwt.NewWithClaims(jwt.SigningMethodHS256, c)
	unsigned.Header["kid"] = t.keys.Active
	token, err := unsigned.SignedString(t.keys.Keys[t.keys.Active])
	if err != nil {
		return "", fmt.Errorf("sign token: %w", err)
	}
	return token, nil
}

// Verify reads an access token. Whatever is wrong with it is
// models.ErrUnauthenticated; the cause in the chain is for the log.
func (t *Tokens) Verify(token string) (Claims, error) {
	var c tokenClaims
	if _, err := t.access.ParseWithClaims(token, &c, t.key); err != nil {
		return Claims{}, fmt.Errorf("%w: %w", models.ErrUnauthenticated, err)
	}
	switch {
	case c.Type != typeAccess:
		return Claims{}, fmt.Errorf("%w: token of type %q", models.ErrUnauthenticated, c.Type)
	case c.IssuedAt == nil:
		return Claims{}, fmt.Errorf("%w: token without iat", models.ErrUnauthenticated)
	case c.Subject == "" || c.SessionID == "":
		return Claims{}, fmt.Errorf("%w: token without sub or sid", models.ErrUnauthenticated)
	}
	return Claims{UserID: c.Subject, SessionID: c.SessionID, ExpiresAt: c.ExpiresAt.Time}, nil
}

var errUnknownKey = errors.New("unknown kid")

// key looks the secret up by the token's kid. There is no default: a token
// without a kid is none of ours.
func (t *Tokens) key(token *jwt.Token) (any, error) {
	kid, ok := token.Header["kid"].(string)
	if !ok {
		return nil, errUnknownKey
	}
	secret, ok := t.keys.Keys[kid]
	if !ok {
		return nil, errUnknownKey
	}
	return secret, nil
}
