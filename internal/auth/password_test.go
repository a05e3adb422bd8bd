package auth

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"safelight/models"
)

// cheap parameters: what is tested here does not depend on the cost.
var cheap = Parameters{Time: 1, Memory: 8, Threads: 1}

func newPasswords(t *testing.T, p Parameters) *Passwords {
	t.Helper()
	passwords, err := NewPasswords(p, 2, time.Minute)
	require.NoError(t, err)
	return passwords
}

func TestHashAndVerify(t *testing.T) {
	t.Parallel()
	p := newPasswords(t, cheap)
	hash, err := p.Hash(t.Context(), "correct horse")
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(hash, "$argon2id$v=19$m=8,t=1,p=1$"), hash)
	require.NoError(t, p.Verify(t.Context(), hash, "correct horse"))
	require.ErrorIs(t, p.Verify(t.Context(), hash, "correct horsf"), models.ErrInvalidCredentials)
	require.ErrorIs(t, p.Verify(t.Context(), hash, ""), models.ErrInvalidCredentials)

	again, err := p.Hash(t.Context(), "correct horse")
	require.NoError(t, err)
	require.NotEqual(t, hash, again, "each hash has its own salt")

	stronger := newPasswords(t, Parameters{Time: 2, Memory: 16, Threads: 1})
	require.NoError(t, stronger.Verify(t.Context(), hash, "correct horse"), "a hash carries its parameters")
}

// The hash is that of the reference implementation:
// echo -n password | argon2 somesalt -id -t 2 -k 65536 -p 1 -l 32
func TestVerifiesForeignHashes(t *testing.T) {
	t.Parallel()
	const phc = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
	p := newPasswords(t, cheap)
	require.NoError(t, p.Verify(t.Context(), phc, "password"))
	require.ErrorIs(t, p.Verify(t.Context(), phc, "passwort"), models.ErrInvalidCredentials)
}

func TestDefaultsAreWhatIsRecommended(t *testing.T) {
	t.Parallel()
	require.Equal(t, Parameters{Time: 2, Memory: 19456, Threads: 1}, DefaultParameters())
}

func TestNobodysPasswordFailsAsAWrongOneDoes(t *testing.T) {
	t.Parallel()
	p := newPasswords(t, cheap)
	require.ErrorIs(t, p.Verify(t.Context(), "", "anything"), models.ErrInvalidCredentials)
	require.ErrorIs(t, p.Verify(t.Context(), "", ""), models.ErrInvalidCredentials)
	got, salt, sum, err := decode(p.dummy)
	require.NoError(t, err)
	require.Equal(t, cheap, got, "the dummy takes as long as a real one")
	require.Len(t, salt, saltSize)
	require.Len(t, sum, hashSize)
}

func TestPasswordRules(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("äöüßéèêçñå", 26) // of two bytes each
	for password, ok := range map[string]bool{
		"":                          false,
		"1234567":                   false,
		"12345678":                  false, // among the most common
		"19274650":                  true,
		"ünïcødé!":                  true, // eight characters, more bytes
		"🔑🔑🔑🔑🔑🔑🔑":                   false,
		long[:2*256]:                true,
		long[:2*257]:                false,
		"12345678\xff":              false,
		"        ":                  false, // one character again and again
		strings.Repeat("a", 100000): false,
	} {
		err := CheckPassword(password)
		if ok {
			require.NoError(t, err, "%q", password)
			continue
		}
		require.ErrorIs(t, err, ErrWeakPassword, "%.20q", password)
		_, err = newPasswords(t, cheap).Hash(t.Context(), password)
		require.ErrorIs(t, err, ErrWeakPassword)
	}
}

// What is too long to have been accepted is not hashed, and matches nothing:
// not even what is hashed in its place.
func TestALongPasswordMatchesNothing(t *testing.T) {
	t.Parallel()
	p := newPasswords(t, cheap)
	salt := []byte("0123456789abcdef")
	sum, err := p.derive(t.Context(), cheap, "", salt, hashSize)
	require.NoError(t, err)
	require.ErrorIs(t, p.Verify(t.Context(), encode(cheap, salt, sum), strings.Repeat("a", MaxPassword+1)), models.ErrInvalidCredentials)
}

func TestBrokenHashesAreErrorsNotMatches(t *testing.T) {
	t.Parallel()
	p := newPasswords(t, cheap)
	good, err := p.Hash(t.Context(), "correct horse")
	require.NoError(t, err)
	for _, bad := range []string{
		"x", "$argon2i$" + good[10:], strings.Replace(good, "v=19", "v=16", 1), strings.Replace(good, "m=8", "m=99999999", 1),
		strings.Replace(good, "t=1", "t=0", 1), strings.Replace(good, "t=1", "t=1000", 1), strings.Replace(good, "p=1", "p=0", 1),
		good + "$x", good[:len(good)-40], strings.Replace(good, "m=8,t=1,p=1", "", 1), "$argon2id$v=19$m=8,t=1,p=1$!!$!!",
	} {
		err := p.Verify(t.Context(), bad, "correct horse")
		require.Error(t, err, bad)
		require.NotErrorIs(t, err, models.ErrInvalidCredentials, "it is our fault, not the user's: %s", bad)
	}
}

func TestHashesWaitTheirTurn(t *testing.T) {
	t.Parallel()
	p, err := NewPasswords(cheap, 1, 20*time.Millisecond)
	require.NoError(t, err)
	require.NoError(t, p.slots.Acquire(t.Context(), 1)) // somebody hashes and does not end

	_, err = p.Hash(t.Context(), "correct horse")
	require.ErrorIs(t, err, models.ErrUnavailable)

	gone, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, p.Verify(gone, "", "correct horse"), context.Canceled)

	p.slots.Release(1)
	_, err = p.Hash(t.Context(), "correct horse")
	require.NoError(t, err)
}

func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	p := newPasswords(t, cheap)
	hash, err := p.Hash(t.Context(), "correct horse")
	require.NoError(t, err)
	var wg sync.WaitGroup
	errs := make([]error, 50)
	for i := range errs {
		wg.Go(func() { errs[i] = p.Verify(t.Context(), hash, "correct horse") })
	}
	wg.Wait()
	require.NoError(t, errors.Join(errs...))
}

func TestUnusableSettingsAreRefused(t *testing.T) {
	t.Parallel()
	for name, build := range map[string]func() (*Passwords, error){
		"no concurrency": func() (*Passwords, error) { return NewPasswords(cheap, 0, time.Second) },
		"no wait":        func() (*Passwords, error) { return NewPasswords(cheap, 1, 0) },
		"no passes":      func() (*Passwords, error) { return NewPasswords(Parameters{Memory: 8, Threads: 1}, 1, time.Second) },
		"no memory":      func() (*Passwords, error) { return NewPasswords(Parameters{Time: 1, Threads: 1}, 1, time.Second) },
		"no lanes":       func() (*Passwords, error) { return NewPasswords(Parameters{Time: 1, Memory: 8}, 1, time.Second) },
	} {
		_, err := build()
		require.Error(t, err, name)
	}
}
