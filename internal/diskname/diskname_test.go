package diskname

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTakenNamesAreNumbered(t *testing.T) {
	t.Parallel()
	names := Taken{}
	var got []string
	long := strings.Repeat("é", 118)
	for _, name := range []string{"a.webp", "a.webp", "A.WEBP", "a (2).webp", "é.webp", "e\u0301.webp", "ſ.webp", "s.webp", "b", "b", long + ".x", long + ".x"} {
		got = append(got, names.Take(name))
	}
	require.Equal(t, []string{
		"a.webp", "a (2).webp", "A (3).WEBP", "a (2) (2).webp", "é.webp", "e\u0301 (2).webp", "ſ.webp", "s (2).webp", "b", "b (2)",
		long + ".x", strings.Repeat("é", 117) + " (2).x",
	}, got)

	names = Taken{}
	names.Add("Manifest.jsonl")
	require.Equal(t, "manifest (2).jsonl", names.Take("manifest.jsonl"))
}

func TestSafeIsTheSameForWhatItMade(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"":                          "_",
		"..":                        "_",
		"../x":                      "_.._x",
		"a/b\\c:d":                  "a_b_c_d",
		"nul.txt":                   "_nul.txt",
		"COM1":                      "_COM1",
		"com10":                     "com10",
		"end" + ". . ":              "end",
		strings.Repeat("🐈", 100):    strings.Repeat("🐈", 60),
		strings.Repeat("x", 300):    strings.Repeat("x", 240),
		"a\nb" + string(rune(0x7f)): "a_b_",
	} {
		got := Safe(name)
		require.Equal(t, want, got)
		require.Equal(t, got, Safe(got))
	}
}
