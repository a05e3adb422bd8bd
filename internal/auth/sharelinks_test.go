package auth_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"safelight/internal/auth"
	"safelight/models"
)

func shareLinks(t *testing.T, letter string) *auth.ShareLinks {
	t.Helper()
	l, err := auth.NewShareLinks([]byte(strings.Repeat(letter, 32)))
	require.NoError(t, err)
	return l
}

func TestShareTokens(t *testing.T) {
	t.Parallel()
	l := shareLinks(t, "a")
	token, hash, sealed := l.New("one")
	again, _, _ := l.New("one")
	require.NotEqual(t, token, again)
	got, err := auth.HashShareToken(token)
	require.NoError(t, err)
	require.Equal(t, hash, got)
	require.NotContains(t, string(sealed), token)

	shown, ok := l.Reveal("one", sealed)
	require.True(t, ok)
	require.Equal(t, token, shown)
	_, ok = l.Reveal("two", sealed)
	require.False(t, ok, "a row's token does not open as another row's")
	_, ok = shareLinks(t, "b").Reveal("one", sealed)
	require.False(t, ok, "nor under another secret")
	_, ok = l.Reveal("one", nil)
	require.False(t, ok)

	for _, bad := range []string{"", "x", token + "A", token[1:], strings.Repeat("!", 32), strings.Repeat("A", 4000)} {
		_, err := auth.HashShareToken(bad)
		require.ErrorIs(t, err, models.ErrNotFound, "%q", bad)
	}
	_, err = auth.NewShareLinks([]byte("short"))
	require.Error(t, err)
}

func TestProofsOfAPassword(t *testing.T) {
	t.Parallel()
	l, now := shareLinks(t, "a"), time.Now()
	locked := models.Share{ID: "one", PasswordHash: "$argon2id$1"}
	proof := l.Proof(locked, now.Add(time.Hour))
	require.True(t, l.Proven(locked, proof, now))
	require.True(t, l.Proven(models.Share{ID: "two"}, "", now), "without a password there is nothing to prove")

	changed, other := locked, locked
	changed.PasswordHash, other.ID = "$argon2id$2", "two"
	require.False(t, l.Proven(changed, proof, now))
	require.False(t, l.Proven(other, proof, now))
	require.False(t, l.Proven(locked, proof, now.Add(2*time.Hour)))
	require.False(t, shareLinks(t, "b").Proven(locked, proof, now))
	end, sum, _ := strings.Cut(proof, ".")
	for _, bad := range []string{"", ".", end, "." + sum, "9" + proof, proof + "A", end + "." + sum[1:]} {
		require.False(t, l.Proven(locked, bad, now), "%q", bad)
	}
}

// TestShareLinksCanBeRolled: while both secrets are there what the old one
// sealed and proved counts, and not after it.
func TestShareLinksCanBeRolled(t *testing.T) {
	t.Parallel()
	first, second := []byte(strings.Repeat("a", 32)), []byte(strings.Repeat("b", 32))
	old := shareLinks(t, "a")
	both, err := auth.NewShareLinks(second, first)
	require.NoError(t, err)
	last := shareLinks(t, "b")
	locked, now := models.Share{ID: "one", PasswordHash: "$argon2id$1"}, time.Now()

	token, _, sealed := old.New("one")
	proof := old.Proof(locked, now.Add(time.Hour))
	shown, ok := both.Reveal("one", sealed)
	require.True(t, ok)
	require.Equal(t, token, shown)
	require.True(t, both.Proven(locked, proof, now))
	_, ok = last.Reveal("one", sealed)
	require.False(t, ok)
	require.False(t, last.Proven(locked, proof, now))

	_, _, sealed = both.New("one")
	_, ok = last.Reveal("one", sealed)
	require.True(t, ok, "the first secret seals")
	require.True(t, last.Proven(locked, both.Proof(locked, now.Add(time.Hour)), now), "and proves")

	_, err = auth.NewShareLinks()
	require.Error(t, err)
	_, err = auth.NewShareLinks(first, []byte("short"))
	require.Error(t, err)
}
