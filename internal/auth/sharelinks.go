package auth

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"safelight/models"
)

// shareTokenSize is the length of a public link's token in bytes: nobody finds
// one by trying.
const shareTokenSize = 24

// minShareSecret is the shortest secret that keys are made of, in bytes.
const minShareSecret = 32

// ShareLinks makes the tokens of public links, seals them for being shown
// again to those who may see the file, and proves to a link with a password
// that the password was given. Safe for concurrent use.
type ShareLinks struct {
	keys []shareKeys // the first seals and proves
}

// shareKeys are those that come of one secret.
type shareKeys struct {
	seal   cipher.AEAD
	unlock []byte
}

// NewShareLinks derives its keys from secrets of at least 32 bytes. The first
// one seals and proves, what the others did is believed. Without the secret it
// was done with a link goes on working; what was sealed does not open any more,
// and its password is asked for again.
func NewShareLinks(secrets ...[]byte) (*ShareLinks, error) {
	if len(secrets) == 0 {
		return nil, errors.New("share links: a secret is needed")
	}
	l := &ShareLinks{}
	for _, secret := range secrets {
		keys, err := newShareKeys(secret)
		if err != nil {
			return nil, err
		}
		l.keys = append(l.keys, keys)
	}
	return l, nil
}

func newShareKeys(secret []byte) (shareKeys, error) {
	if len(secret) < minShareSecret {
		return shareKeys{}, fmt.Errorf("share links: a secret of at least %d bytes is needed", minShareSecret)
	}
	sealKey, sealErr := hkdf.Key(sha256.New, secret, nil, "safelight share links: seal", 32)
	unlockKey, unlockErr := hkdf.Key(sha256.New, secret, nil, "safelight share links: unlock", 32)
	if err := errors.Join(sealErr, unlockErr); err != nil {
		return shareKeys{}, fmt.Errorf("derive keys of share links: %w", err)
	}
	block, err := aes.NewCipher(sealKey)
	if err != nil {
		return shareKeys{}, fmt.Errorf("share links: %w", err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return shareKeys{}, fmt.Errorf("share links: %w", err)
	}
	return shareKeys{seal: aead, unlock: unlockKey}, nil
}

// New makes the token of a share, its hash to find it by, and a sealed copy
// that opens for this share alone.
func (l *ShareLinks) New(shareID string) (token string, hash, sealed []byte) {
	raw := make([]byte, shareTokenSize)
	rand.Read(raw) // never fails: it ends the program instead
	sum := sha256.Sum256(raw)
	sealed = l.keys[0].seal.Seal(nil, nil, raw, []byte(shareID)) //nolint:gosec // it makes a nonce of its own for each call
	return base64.RawURLEncoding.EncodeToString(raw), sum[:], sealed
}

// Reveal opens a sealed token, or fails where it was sealed for another share
// or under another secret.
func (l *ShareLinks) Reveal(shareID string, sealed []byte) (string, bool) {
	for _, k := range l.keys {
		if raw, err := k.seal.Open(nil, nil, sealed, []byte(shareID)); err == nil {
			return base64.RawURLEncoding.EncodeToString(raw), true
		}
	}
	return "", false
}

// HashShareToken is the hash of a token, or models.ErrNotFound for what is none.
func HashShareToken(token string) ([]byte, error) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || len(raw) != shareTokenSize {
		return nil, fmt.Errorf("%w: not a token of a share", models.ErrNotFound)
	}
	sum := sha256.Sum256(raw)
	return sum[:], nil
}

// Proof says until a time that the password of a share was given. It holds for
// this share and this password alone.
func (l *ShareLinks) Proof(s models.Share, until time.Time) string {
	end := strconv.FormatInt(until.Unix(), 10)
	return end + "." + base64.RawURLEncoding.EncodeToString(l.keys[0].mac(s, end))
}

// Proven reports whether a proof holds now. A share without a password needs none.
func (l *ShareLinks) Proven(s models.Share, proof string, now time.Time) bool {
	if s.PasswordHash == "" {
		return true
	}
	end, sum, _ := strings.Cut(proof, ".")
	given, err := base64.RawURLEncoding.DecodeString(sum)
	known := slices.ContainsFunc(l.keys, func(k shareKeys) bool { return hmac.Equal(given, k.mac(s, end)) })
	if err != nil || !known {
		return false
	}
	until, err := strconv.ParseInt(end, 10, 64)
	return err == nil && now.Before(time.Unix(until, 0))
}

func (k shareKeys) mac(s models.Share, end string) []byte {
	h := hmac.New(sha256.New, k.unlock)
	h.Write([]byte(s.ID + "\x00" + s.PasswordHash + "\x00" + end))
	return h.Sum(nil)
}
