package models

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

func TestCleanName(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"cat.jpg":                    "cat.jpg",
		"  cat.jpg\t\r\n":            "cat.jpg",
		"../../etc/passwd":           "passwd",
		`C:\Users\ada\cat.jpg`:       "cat.jpg",
		`..\cat.jpg`:                 "cat.jpg",
		"a/b/":                       fallbackName,
		"":                           fallbackName,
		"   ":                        fallbackName,
		".":                          fallbackName,
		"..":                         fallbackName,
		". . .":                      fallbackName,
		"\x00":                       fallbackName,
		"\u202e\u200f":               fallbackName,
		"/":                          fallbackName,
		"cat\x00.jpg":                "cat.jpg",
		"cat\r\nX-Evil: 1.jpg":       "catX-Evil: 1.jpg",
		"cat\u202egpj.exe":           "catgpj.exe",
		"\u2066cat\u2069.jpg":        "cat.jpg",
		"\ufeffcat.jpg":              "cat.jpg",
		"c\u200bat.jpg":              "cat.jpg",
		"cat\u2028.jpg":              "cat.jpg",
		"cat\u0085.jpg":              "cat.jpg",
		"cat\xff.jpg":                "cat.jpg",
		"cat\u00a0\u3000.jpg":        "cat  .jpg",
		"Bu\u0308cher.jpg":           "Bücher.jpg", // NFC
		"\u3164\uffa0":               fallbackName,
		"\u200d\ufe0f":               fallbackName,
		"c\u00ada\u2063t.jpg":        "cat.jpg",
		".hidden":                    ".hidden",
		"CON":                        "CON",
		`say "cheese".jpg`:           `say "cheese".jpg`,
		"👩\u200d👩\u200d👧\u200d👦.png": "👩\u200d👩\u200d👧\u200d👦.png", // joiners make one family
		"日本語.webp":                   "日本語.webp",
	} {
		got, err := CleanName(name, 255)
		require.NoError(t, err, "%q", name)
		require.Equal(t, want, got, "%q", name)
		again, err := CleanName(got, 255)
		require.NoError(t, err)
		require.Equal(t, got, again, "cleaning twice is cleaning once: %q", name)
	}
}

func TestCleanNameCountsCharacters(t *testing.T) {
	t.Parallel()
	for name, tooLong := range map[string]bool{
		strings.Repeat("ä", 255):                          false,
		strings.Repeat("ä", 256):                          true,
		strings.Repeat("🐈", 255):                          false,
		strings.Repeat("long/", 1000) + "cat.jpg":         false, // the path goes first
		strings.Repeat(" ", 1000) + "cat.jpg":             false,
		strings.Repeat("e\u0301", 255):                    false, // composed before they are counted
		strings.Repeat("a", 5000):                         true,
		strings.Repeat("a", 252) + ".jpg":                 true,
		strings.Repeat("a", 251) + ".jpg":                 false,
		strings.Repeat("\u202e", 1000) + "cat":            false,
		strings.Repeat("a", 255) + "\u202e\u202e\u202e":   false,
		strings.Repeat("a", 255) + strings.Repeat(" ", 9): false,
	} {
		got, err := CleanName(name, 255)
		if tooLong {
			require.ErrorIs(t, err, ErrNameTooLong)
			continue
		}
		require.NoError(t, err)
		require.LessOrEqual(t, utf8.RuneCountInString(got), 255)
	}
}

// FuzzCleanName holds the promises for whatever a client sends.
func FuzzCleanName(f *testing.F) {
	for _, seed := range []string{"cat.jpg", "../x", "\u202e", "a\x00b", "e\u0301", " . ", "\xff\xfe", "ﬁ"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, name string) {
		got, err := CleanName(name, 100)
		if err != nil {
			require.ErrorIs(t, err, ErrNameTooLong)
			return
		}
		require.NotEmpty(t, strings.Trim(got, ". "))
		require.True(t, utf8.ValidString(got))
		require.NotContains(t, got, "/")
		require.False(t, strings.ContainsAny(got, "\x00\r\n\u202e\u2066"), "%q", got)
		again, err := CleanName(got, 100)
		require.NoError(t, err)
		require.Equal(t, got, again)
	})
}
