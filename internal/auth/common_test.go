package auth

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCommonPasswordsAreRefused(t *testing.T) {
	t.Parallel()
	for _, p := range []string{
		// as they are
		"password", "12345678", "123456789", "1234567890", "qwertyuiop", "iloveyou", "sunshine", "princess", "football",
		"baseball", "superman", "trustno1", "1q2w3e4r", "1qaz2wsx", "zaq12wsx", "asdfghjkl", "password1", "abc12345", "letmein1",
		"11111111", "00000000", "87654321", "abcdefgh", "qwerty123", "michelle", "jennifer", "liverpool", "starwars", "whatever",
		// another case
		"PASSWORD", "PassWord", "SunShine", "IloveYou",
		// trivial ends and beginnings
		"Password1", "password123", "Password123!", "password2024", "Summer2023!", "Winter2024", "qwerty12345", "dragon99!!",
		"monkey123456", "!password!", "123password", "12monkey34", "welcome01", "Welcome1!", "admin1234", "admin@123", "Passwort1",
		"password12345678", "letmein!!!!", "qwerty........", "test1234", "abc123!!",
		// letters written otherwise
		"p@ssw0rd", "P@ssw0rd1", "passw0rd!", "p455w0rd", "tru5tno1", "m0nk3y123", "1loveyou", "l3tme1n99", "$unshine1",
		// patterns
		"abcabcabc", "abcdabcd", "xyxyxyxy", "99999999", "aaaaaaaaaaaa", "zyxwvuts", "34567890", "90123456", "passwordpassword",
		"19870523", "23051987", "05231987", "dragondragon", "ilovemichael", "mypassword", "thebeatles1",
	} {
		require.ErrorIs(t, CheckPassword(p), ErrWeakPassword, "%q", p)
	}
}

func TestOtherPasswordsAreTaken(t *testing.T) {
	t.Parallel()
	for _, p := range []string{
		"correct horse", "correct horse battery", "wrong horse", "tr0ub4dor&3x", "kV9#qLw2", "violet teapot rides", "ünïcödé wörter",
		"monkey8314659207", "dragon-of-the-north", "qzvkwpjx", "83016542", "password manager user", "日本語のパスワード", "a1Zq9vT3", "🐈🐕🐎🐖🐑🐐🐪🐘",
		"\u202e12345x\u202e", strings.Repeat("ab cd ef gh ", 5),
	} {
		require.NoError(t, CheckPassword(p), "%q", p)
	}
}

// Every entry can be refused: none is written in a way that no password is
// compared in. And the file stays a few thousand entries in a small size.
func TestTheListOfCommonPasswords(t *testing.T) {
	t.Parallel()
	require.Greater(t, len(commonWords()), 3000)
	require.Less(t, len(commonText), 40<<10)
	last := ""
	for word := range strings.Lines(commonText) {
		word = strings.TrimSuffix(word, "\n")
		require.Greater(t, word, last, "sorted, each once")
		require.Equal(t, strings.ToLower(strings.TrimSpace(word)), word)
		require.True(t, common(word), word)
		require.True(t, common(strings.ToUpper(word)+"1!"), word)
		last = word
	}
}

func FuzzCheckPassword(f *testing.F) {
	for _, seed := range []string{"", "password", "p@ss\xff", "12345678", "\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, p string) {
		err := CheckPassword(p)
		if len(p) < MinPassword {
			require.ErrorIs(t, err, ErrWeakPassword)
		}
	})
}
