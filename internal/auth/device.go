package auth

import (
	"crypto/sha256"
	"encoding/base64"
	"time"

	"github.com/google/uuid"
)

// A device token says that a browser has signed in to an account before. It
// opens nothing: it only tells the owner's browser from the strangers that
// guess, so that limits on them do not lock the owner out.
const (
	typeDevice     = "device"
	deviceAudience = "safelight-device"
	// DeviceTTL is how long a browser is remembered.
	DeviceTTL = 365 * 24 * time.Hour
)

// IssueDevice signs a device token for an account, named by its e-mail address.
func (t *Tokens) IssueDevice(email string) (string, error) {
	c := t.claims(deviceAudience, deviceSubject(email), DeviceTTL)
	c.Type, c.ID = typeDevice, uuid.NewString()
	return t.sign(c)
}

// VerifyDevice gives the id of the device if the token is a device token of
// this account, else an empty one.
func (t *Tokens) VerifyDevice(token, email string) (id string) {
	var c tokenClaims
	if _, err := t.device.ParseWithClaims(token, &c, t.key); err != nil {
		return "" // as good as none, which every new browser has
	}
	if c.Type != typeDevice || c.Subject != deviceSubject(email) {
		return ""
	}
	return c.ID
}

// deviceSubject keeps the address itself out of a cookie.
func deviceSubject(email string) string {
	sum := sha256.Sum256([]byte(email))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}
