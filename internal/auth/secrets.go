package auth

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strings"

	"safelight/models"
)

// secretBytes is the size of a secret token before it is encoded. With 256
// random bits there is nothing to guess, so a plain SHA-256 is what is stored.
const secretBytes = 32

// AccessTokenPrefix marks personal access tokens, for people and for programs
// that look for secrets where none should be.
const AccessTokenPrefix = "sl_"

// NewRefreshToken makes a refresh token and the hash to store in its place.
func NewRefreshToken() (token string, hash []byte) { return newSecret() }

// HashRefreshToken is the hash under which a token is stored. What can not be
// a refresh token is models.ErrUnauthenticated.
func HashRefreshToken(token string) ([]byte, error) {
	hash, ok := hashSecret(token)
	if !ok {
		return nil, fmt.Errorf("%w: not a refresh token", models.ErrUnauthenticated)
	}
	return hash, nil
}

// NewAccessToken makes a personal access token and the hash to store in its place.
func NewAccessToken() (token string, hash []byte) {
	token, hash = newSecret()
	return AccessTokenPrefix + token, hash
}

// IsAccessToken reports whether a bearer token is a personal one by its looks.
func IsAccessToken(token string) bool { return strings.HasPrefix(token, AccessTokenPrefix) }

// HashAccessToken is the hash under which a personal access token is stored.
// What can not be one is models.ErrUnauthenticated.
func HashAccessToken(token string) ([]byte, error) {
	secret, prefixed := strings.CutPrefix(token, AccessTokenPrefix)
	hash, ok := hashSecret(secret)
	if !prefixed || !ok {
		return nil, fmt.Errorf("%w: not a personal access token", models.ErrUnauthenticated)
	}
	return hash, nil
}

// NewResetToken makes the token of a link to reset a password, and the hash to
// store in its place.
func NewResetToken() (token string, hash []byte) { return newSecret() }

// HashResetToken is the hash under which a reset token is stored. What can not
// be one is models.ErrBadResetToken.
func HashResetToken(token string) ([]byte, error) {
	hash, ok := hashSecret(token)
	if !ok {
		return nil, fmt.Errorf("%w: not a reset token", models.ErrBadResetToken)
	}
	return hash, nil
}

func newSecret() (token string, hash []byte) {
	var raw [secretBytes]byte
	rand.Read(raw[:]) // never fails: it ends the program instead
	sum := sha256.Sum256(raw[:])
	return base64.RawURLEncoding.EncodeToString(raw[:]), sum[:]
}

func hashSecret(token string) (hash []byte, ok bool) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || len(raw) != secretBytes {
		return nil, false
	}
	sum := sha256.Sum256(raw)
	return sum[:], true
}
