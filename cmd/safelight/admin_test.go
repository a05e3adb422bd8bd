package main

import (
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestReadPasswordFromAPipe(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{
		"secret words\n":       "secret words",
		"without an end":       "without an end",
		"windows\r\n":          "windows",
		"first\nsecond\n":      "first",
		" spaces count \nrest": " spaces count ",
	} {
		got, err := readPassword(strings.NewReader(given), io.Discard)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	for _, nothing := range []string{"", "\n"} {
		_, err := readPassword(strings.NewReader(nothing), io.Discard)
		require.ErrorContains(t, err, "no password")
	}
}
