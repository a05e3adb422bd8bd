package config

import (
	"errors"
	"fmt"
	"strings"
)

// Key is a secret with a name, which tokens carry as their kid.
type Key struct {
	ID     string
	Secret Secret
}

// Keys are the keys of access tokens, written id:secret and separated by
// commas. The first one signs; all of them are believed.
type Keys []Key

// maxKeyID bounds the name of a key, which is in the header of every token.
const maxKeyID = 32

// UnmarshalText implements encoding.TextUnmarshaler. Its errors name keys by
// their place and id, never by their secret.
func (k *Keys) UnmarshalText(text []byte) error {
	var keys Keys
	seen := map[string]bool{}
	for i, one := range strings.Split(string(text), ",") {
		id, secret, ok := strings.Cut(strings.TrimSpace(one), ":")
		switch {
		case !ok:
			return fmt.Errorf("key %d is not written as id:secret", i+1)
		case !goodKeyID(id):
			return fmt.Errorf("the id of key %d is not one of 1 to %d letters, digits, - and _", i+1, maxKeyID)
		case seen[id]:
			return fmt.Errorf("two keys have the id %s", id)
		case len(secret) < minSecret:
			return fmt.Errorf("the secret of key %s is shorter than %d characters (safelight keys new makes good ones)", id, minSecret)
		}
		seen[id] = true
		keys = append(keys, Key{ID: id, Secret: Secret(secret)})
	}
	*k = keys
	return nil
}

func goodKeyID(id string) bool {
	if id == "" || len(id) > maxKeyID {
		return false
	}
	return strings.Trim(id, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") == ""
}

// Reveal writes keys as they are read: with their secrets.
func (k Keys) Reveal() string {
	written := make([]string, len(k))
	for i, key := range k {
		written[i] = key.ID + ":" + string(key.Secret)
	}
	return strings.Join(written, ",")
}

// ParseKeys reads keys as JWT_KEYS holds them.
func ParseKeys(text string) (Keys, error) {
	if strings.TrimSpace(text) == "" {
		return nil, errors.New("JWT_KEYS: is needed")
	}
	var k Keys
	if err := k.UnmarshalText([]byte(text)); err != nil {
		return nil, fmt.Errorf("JWT_KEYS: %w", err)
	}
	return k, nil
}

// check refuses keys that could be guessed.
func (k Keys) check(f *faults) {
	for _, key := range k {
		if why := weakness(string(key.Secret)); why != "" {
			f.add("JWT_KEYS", "the secret of key %s %s (safelight keys new makes good ones)", key.ID, why)
		}
	}
}
