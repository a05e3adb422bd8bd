package storagetest

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"safelight/storage"
)

func badKeys(t *testing.T, s storage.Store) {
	bad := map[string]string{
		"empty": "", "dot": ".", "dots": "..", "three dots": "...",
		"climbing": "../x", "climbing inside": "a/../b", "climbing at the end": "a/..", "dot segment": "a/./b",
		"slash": "/", "leading slash": "/a", "trailing slash": "a/", "doubled slash": "a//b",
		"question mark": "a?b", "hash": "a#b", "percent": "a%2fb", "encoded dots": "%2e%2e/a", "upper case": "A/b",
		"space": "a b", "backslash": `a\b`, "colon": "a:b", "at": "a@b", "at the end": "a@", "plus": "a+b", "equals": "a=b", "tilde": "a~",
		"newline": "a\nb", "nul": "a\x00b", "delete": "a\x7f", "umlaut": "ä", "not UTF-8": "a\xff", "full-width slash": "a／b",
		"too long": strings.Repeat("a", 201), "too deep": strings.Repeat("a/", 101) + "a",
	}
	put(t, s, tmp("good"), "good")
	for name, key := range bad {
		ref := tmp(key)
		r := bytes.NewReader([]byte("bytes"))
		_, err := s.Put(t.Context(), ref, r, 5, octets)
		require.ErrorIs(t, err, storage.ErrInvalidKey, "put: %s", name)
		require.Equal(t, 5, r.Len(), "%s: refused before anything is read", name)
		_, _, err = s.Open(t.Context(), ref, 0, -1)
		require.ErrorIs(t, err, storage.ErrInvalidKey, "open: %s", name)
		_, err = s.Stat(t.Context(), ref)
		require.ErrorIs(t, err, storage.ErrInvalidKey, "stat: %s", name)
		require.ErrorIs(t, s.Move(t.Context(), tmp("good"), ref), storage.ErrInvalidKey, "move to: %s", name)
		require.ErrorIs(t, s.Move(t.Context(), ref, tmp("other")), storage.ErrInvalidKey, "move from: %s", name)
		require.ErrorIs(t, s.Delete(t.Context(), tmp("good"), ref), storage.ErrInvalidKey, "delete: %s", name)
		if storage.CheckPrefix(key) != nil {
			_, err = s.List(t.Context(), storage.Tmp, key, "", 10)
			require.ErrorIs(t, err, storage.ErrInvalidKey, "list: %s", name)
		}
	}
	for _, bucket := range []storage.Bucket{"", "TMP", "..", "tmp/a", ".staging"} {
		ref := storage.Ref{Bucket: bucket, Key: "good"}
		_, err := s.Put(t.Context(), ref, bytes.NewReader(nil), 0, octets)
		require.Error(t, err, "bucket %q", bucket)
		_, err = s.Stat(t.Context(), ref)
		require.Error(t, err, "bucket %q", bucket)
		_, err = s.List(t.Context(), bucket, "", "", 10)
		require.Error(t, err, "bucket %q", bucket)
	}
	require.Equal(t, []string{"good"}, keys(t, s, storage.Tmp), "nothing was stored, moved or deleted")
}

// goodKeys puts objects under names that a driver could take for each other,
// among them objects whose key is the beginning of another's.
func goodKeys(t *testing.T, s storage.Store) {
	good := []string{
		"a", "a/b", "a/b/c", "a-b", "a.b", "a_b", "a0", ".a", "a.", "..a", "a..", "a...b", "-", "_", "0",
		"a.tmp", ".staging/a", ".lock", "a/.b", "con", "nul", "a.type", "a.json",
		strings.Repeat("k", 200), strings.Repeat("d/", 99) + "ab",
		storage.OriginalRef("0190b2c4-0000-7000-8000-000000000000").Key,
	}
	for _, key := range good {
		put(t, s, tmp(key), "in tmp: "+key)
		put(t, s, final(key), "in final: "+key)
	}
	for _, key := range good {
		require.Equal(t, "in tmp: "+key, read(t, s, tmp(key)))
		require.Equal(t, "in final: "+key, read(t, s, final(key)))
	}
	require.ElementsMatch(t, good, keys(t, s, storage.Tmp))
	for _, key := range good {
		require.NoError(t, s.Delete(t.Context(), tmp(key)))
	}
	require.Empty(t, keys(t, s, storage.Tmp))
	require.ElementsMatch(t, good, keys(t, s, storage.Final), "the other bucket is another bucket")
}
