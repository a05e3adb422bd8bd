package config

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/url"
	"slices"
	"strings"
)

// Secret is a value that never shows itself in logs, errors or JSON.
type Secret string

const redacted = "[redacted]"

// String implements fmt.Stringer.
func (Secret) String() string { return redacted }

// GoString implements fmt.GoStringer.
func (Secret) GoString() string { return redacted }

// LogValue implements slog.LogValuer.
func (Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText implements encoding.TextMarshaler.
func (Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

const (
	// minSecret is the size of SHA-256, below which RFC 7518 forbids an HS256 key.
	minSecret = 32
	// minVariety: 32 random hexadecimal digits have fewer different ones once in
	// a million times, and what people type nearly always has.
	minVariety = 8
)

// placeholders are what secrets of examples and of people in a hurry are made of.
var placeholders = []string{
	"changeme", "change-me", "change_me", "replaceme", "replace-me", "your-", "your_", "example", "default",
	"password", "passw0rd", "secret", "insecure", "safelight", "qwerty", "letmein",
}

// weakness says why a secret could be guessed, or nothing. That it is random
// can not be seen; that it is not, often.
func weakness(s string) string {
	lower := strings.ToLower(s)
	if len(s) < minSecret {
		return fmt.Sprintf("has %d characters, and %d are needed", len(s), minSecret)
	}
	for _, word := range placeholders {
		if strings.Contains(lower, word) {
			return fmt.Sprintf("holds %q, as examples do", word)
		}
	}
	if variety(s) < minVariety {
		return "is made of very few different characters"
	}
	if repeats(s) {
		return "repeats itself"
	}
	return ""
}

func variety(s string) int {
	b := []byte(s)
	slices.Sort(b)
	return len(slices.Compact(b))
}

// repeats reports whether s is one piece, twice or more, the last perhaps cut.
func repeats(s string) bool {
	for size := 1; size <= len(s)/2; size++ {
		if s[size:] == s[:len(s)-size] {
			return true
		}
	}
	return false
}

// defaultPasswords are what databases are installed with.
var defaultPasswords = []string{"postgres", "password", "admin", "root", "changeme", "change-me", "secret", "temporal", "safelight", "supabase", "test", "your-super-secret-and-long-postgres-password"}

// guessable says why the password in a URL could be guessed, or nothing. Having
// none is not: a socket, a certificate or the network may vouch for the client.
func guessable(u *url.URL) string {
	if u == nil || u.User == nil {
		return ""
	}
	password, given := u.User.Password()
	switch {
	case !given || password == "":
		return ""
	case slices.Contains(defaultPasswords, strings.ToLower(password)), strings.EqualFold(password, u.User.Username()):
		return "carries a password that databases are installed with"
	case len(password) < 12:
		return "carries a password of less than 12 characters"
	}
	return ""
}

// serviceKeyFault says why a key of Supabase can not be meant for production, or
// nothing. Whether the server takes it is for the server to say.
func serviceKeyFault(key string) string {
	parts := strings.Split(key, ".")
	if len(parts) != 3 { // a key of the newer kind, which says nothing about itself
		return weakness(key)
	}
	var claims struct{ Iss, Role string }
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err == nil {
		err = json.Unmarshal(payload, &claims)
	}
	switch {
	case err != nil:
		return "looks like a token and is none"
	case claims.Iss == "supabase-demo":
		return "is the one of Supabase's examples, which everybody knows"
	case claims.Role != "service_role":
		return fmt.Sprintf("is of the role %q, and service_role is needed", claims.Role)
	}
	return ""
}
