package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/require"

	"safelight/internal/auth"
	"safelight/internal/config"
	"safelight/models"
)

// command runs safelight with arguments and returns what it prints.
func command(t *testing.T, args ...string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	root := rootCommand()
	root.SetArgs(args)
	root.SetOut(&out)
	root.SetErr(&out)
	err := root.ExecuteContext(t.Context())
	return out.String(), err
}

// tokensOf signs and believes as an API does that is started with the file.
func tokensOf(t *testing.T, file string) (*auth.Tokens, config.Keys) {
	t.Helper()
	text, err := readVariable(file, keysVariable)
	require.NoError(t, err)
	keys, err := config.ParseKeys(text)
	require.NoError(t, err)
	ring := auth.Keyring{Active: keys[0].ID, Keys: map[string][]byte{}}
	for _, k := range keys {
		ring.Keys[k.ID] = []byte(k.Secret)
	}
	tokens, err := auth.NewTokens(ring, 15*time.Minute)
	require.NoError(t, err)
	return tokens, keys
}

// TestRollingKeys goes the documented way with two API processes, of which one
// is always a restart behind: at no step a token is refused that counts.
func TestRollingKeys(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), ".env")
	_, err := command(t, "env", "--file", file)
	require.NoError(t, err)
	before, keys := tokensOf(t, file)
	require.Len(t, keys, 1)
	old := keys[0].ID
	oldToken, _, err := before.Issue("user", "session")
	require.NoError(t, err)
	believe := func(who *auth.Tokens, token string) {
		t.Helper()
		_, err := who.Verify(token)
		require.NoError(t, err)
	}
	signed := func(who *auth.Tokens) string {
		t.Helper()
		token, _, err := who.Issue("user", "session")
		require.NoError(t, err)
		return token
	}

	out, err := command(t, "keys", "new", "--file", file)
	require.NoError(t, err)
	added, keys := tokensOf(t, file)
	require.Len(t, keys, 2)
	require.Equal(t, old, keys[0].ID, "the new one does not sign yet")
	fresh := keys[1].ID
	require.Contains(t, out, "safelight keys use "+fresh)
	require.NotContains(t, out, string(keys[1].Secret))
	believe(added, oldToken)
	believe(before, signed(added))

	out, err = command(t, "keys", "use", fresh, "--file", file)
	require.NoError(t, err)
	require.Contains(t, out, "safelight keys retire "+old)
	used, keys := tokensOf(t, file)
	require.Equal(t, fresh, keys[0].ID)
	believe(used, oldToken)
	believe(added, signed(used))
	believe(used, signed(added))

	listed, err := command(t, "keys", "list", "--file", file)
	require.NoError(t, err)
	require.Regexp(t, fresh+` +signs +[0-9a-f]{8}`, listed)
	require.Regexp(t, old+` +is believed +[0-9a-f]{8}`, listed)
	for _, k := range keys {
		require.NotContains(t, listed, string(k.Secret))
	}

	_, err = command(t, "keys", "retire", fresh, "--file", file)
	require.ErrorContains(t, err, "this key signs")
	_, err = command(t, "keys", "retire", old, "--file", file)
	require.NoError(t, err)
	retired, keys := tokensOf(t, file)
	require.Len(t, keys, 1)
	believe(retired, signed(used))
	_, err = retired.Verify(oldToken)
	require.ErrorIs(t, err, models.ErrUnauthenticated, "after the roll the old key's tokens do not count")

	_, err = command(t, "keys", "use", old, "--file", file)
	require.ErrorContains(t, err, "there is no key "+old)
	info, err := os.Stat(file)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
}

// The cloud's settings are no file: there the value goes from hand to hand.
func TestKeysOfTheEnvironment(t *testing.T) {
	one := newKey(time.Now())
	t.Setenv(keysVariable, config.Keys{one}.Reveal())
	out, err := command(t, "keys", "new")
	require.NoError(t, err)
	keys, err := config.ParseKeys(strings.TrimSpace(out))
	require.NoError(t, err)
	require.Len(t, keys, 2)
	require.Equal(t, one, keys[0])
	t.Setenv(keysVariable, "")
	_, err = command(t, "keys", "list")
	require.ErrorContains(t, err, keysVariable)
}

func TestEnv(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), ".env")
	_, err := command(t, "env", "--file", file, "--public-url", "https://photos.example.org")
	require.NoError(t, err)
	info, err := os.Stat(file)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	text, err := os.ReadFile(file)
	require.NoError(t, err)

	_, err = command(t, "env", "--file", file)
	require.ErrorContains(t, err, "is there already")
	again, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, text, again, "it is never written over")

	secret, err := readVariable(file, "STORAGE_JWT_SECRET")
	require.NoError(t, err)
	key, err := readVariable(file, "SUPABASE_SERVICE_KEY")
	require.NoError(t, err)
	token, err := jwt.Parse(key, func(*jwt.Token) (any, error) { return []byte(secret), nil }, jwt.WithValidMethods([]string{"HS256"}), jwt.WithExpirationRequired())
	require.NoError(t, err, "the storage server believes its own secret")
	require.Equal(t, "service_role", token.Claims.(jwt.MapClaims)["role"])

	for public, want := range map[string]string{
		"https://photos.example.org": "ENVIRONMENT=production\n", "http://localhost:9000": "ENVIRONMENT=development\n", "http://127.0.0.1": "SAFELIGHT_PORT=8080\n",
	} {
		out, err := command(t, "env", "--file", "-", "--public-url", public)
		require.NoError(t, err)
		require.Contains(t, out, want, public)
		require.Contains(t, out, "PUBLIC_URL="+public+"\n")
	}
	for _, public := range []string{"http://photos.example.org", "photos", "https://example.org/photos", "ftp://localhost"} {
		_, err := command(t, "env", "--file", "-", "--public-url", public)
		require.ErrorContains(t, err, "--public-url", public)
	}
	seen := map[string]bool{}
	for line := range strings.Lines(string(text)) {
		name, value, ok := strings.Cut(strings.TrimSpace(line), "=")
		if ok && (strings.HasSuffix(name, "PASSWORD") || strings.HasSuffix(name, "SECRET")) {
			require.GreaterOrEqual(t, len(value), 32, name)
			require.False(t, seen[value], "%s is as another one", name)
			seen[value] = true
		}
	}
	require.Len(t, seen, 5)
}
