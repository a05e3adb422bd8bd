package auth

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"

	"safelight/models"
)

// refreshBytes is the size of a refresh token before it is encoded. With 256
// random bits there is nothing to guess, so a plain SHA-256 is what is stored.
const refreshBytes = 32

// NewRefreshToken makes a refresh token and the hash to store in its place.
func NewRefreshToken() (token string, hash []byte) {
	var raw [refreshBytes]byte
	rand.Read(raw[:]) // never fails: it ends the program instead
	sum := sha256.Sum256(raw[:])
	return base64.RawURLEncoding.EncodeToString(raw[:]), sum[:]
}

// HashRefreshToken is the hash under which a token is stored. What can not be
// a refresh token is models.ErrUnauthenticated.
func HashRefreshToken(token string) ([]byte, error) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || len(raw) != refreshBytes {
		return nil, fmt.Errorf("%w: not a refresh token", models.ErrUnauthenticated)
	}
	sum := sha256.Sum256(raw)
	return sum[:], nil
}
