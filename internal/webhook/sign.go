// Package webhook sends events to other programs as the Standard Webhooks
// specification (version 1, standardwebhooks.com) says: headers webhook-id,
// webhook-timestamp and webhook-signature, of which a receiver checks the last.
package webhook

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

const (
	secretPrefix = "whsec_"
	// secretLen is what we make; the specification takes 24 to 64 bytes.
	secretLen, minSecret, maxSecret = 32, 24, 64
)

// NewSecret makes a secret to sign with.
func NewSecret() []byte {
	secret := make([]byte, secretLen)
	_, _ = rand.Read(secret) // never fails: see crypto/rand
	return secret
}

// FormatSecret writes a secret as people copy it.
func FormatSecret(secret []byte) string {
	return secretPrefix + base64.StdEncoding.EncodeToString(secret)
}

// ParseSecret reads what FormatSecret wrote.
func ParseSecret(text string) ([]byte, error) {
	secret, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(text, secretPrefix))
	if err != nil {
		return nil, fmt.Errorf("webhook secret: %w", err)
	}
	if len(secret) < minSecret || len(secret) > maxSecret {
		return nil, fmt.Errorf("webhook secret of %d bytes is not within %d to %d", len(secret), minSecret, maxSecret)
	}
	return secret, nil
}

// Sign is the value of webhook-signature for one message.
func Sign(secret []byte, id string, at time.Time, body []byte) string {
	return "v1," + base64.StdEncoding.EncodeToString(digest(secret, id, strconv.FormatInt(at.Unix(), 10), body))
}

func digest(secret []byte, id, timestamp string, body []byte) []byte {
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(id + "." + timestamp + "."))
	mac.Write(body)
	return mac.Sum(nil)
}

// tolerance is how far a timestamp may lie from now: an older message may be a
// replayed one.
const tolerance = 5 * time.Minute

// ErrSignature is that a message was not signed with the secret, or not lately.
var ErrSignature = errors.New("webhook signature does not hold")

// Verify checks the three headers of a received message: what a receiver does.
func Verify(secret []byte, id, timestamp, signatures string, body []byte, now time.Time) error {
	seconds, err := strconv.ParseInt(timestamp, 10, 64)
	if err != nil {
		return fmt.Errorf("%w: timestamp %q", ErrSignature, timestamp)
	}
	if age := now.Sub(time.Unix(seconds, 0)); age > tolerance || age < -tolerance {
		return fmt.Errorf("%w: it is %s old", ErrSignature, age)
	}
	want := digest(secret, id, timestamp, body)
	for signature := range strings.SplitSeq(signatures, " ") {
		version, encoded, _ := strings.Cut(signature, ",")
		got, err := base64.StdEncoding.DecodeString(encoded)
		if version == "v1" && err == nil && hmac.Equal(got, want) {
			return nil
		}
	}
	return ErrSignature
}
