package storagetest

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"safelight/storage"
)

// tree holds keys whose order differs from the order of folders: '-' and '.'
// come before '/', digits and letters behind it.
func tree() []string {
	keys := []string{
		"a", "a-b", "a-b/c", "a.b", "a.b/c", "a/b", "a/b-c", "a/b/c", "a/b0", "a/c", "a0", "a0/b", "a_b", "aa", "ab/a",
		"b/a/a/a/a", "b/a/a/a/b", "b/a/a/b", "b/b", "z",
	}
	slices.Sort(keys)
	return keys
}

func putTree(t *testing.T, s storage.Store) []string {
	t.Helper()
	all := tree()
	for i := range all { // not in their order
		key := all[(i*7)%len(all)]
		put(t, s, tmp(key), key)
	}
	return all
}

func listOrder(t *testing.T, s storage.Store) {
	all := putTree(t, s)
	require.Equal(t, all, keys(t, s, storage.Tmp))
	require.Empty(t, keys(t, s, storage.Final))
	page, err := s.List(t.Context(), storage.Tmp, "", "", 1000)
	require.NoError(t, err)
	for _, o := range page.Objects {
		require.EqualValues(t, len(o.Ref.Key), o.Size)
		require.Equal(t, octets, o.ContentType)
		require.False(t, o.ModTime.IsZero())
	}
}

func listPrefix(t *testing.T, s storage.Store) {
	all := putTree(t, s)
	for _, prefix := range []string{"", "a", "a/", "a/b", "a/b/", "a-", "a.", "b/", "b/a/", "b/a/a/a", "z", "z/", "zz", "q/r/s", "a/b/c/d/"} {
		var want []string
		for _, k := range all {
			if len(k) >= len(prefix) && k[:len(prefix)] == prefix {
				want = append(want, k)
			}
		}
		require.Equal(t, want, listAll(t, s, prefix, 1000), "prefix %q", prefix)
		require.Equal(t, want, listAll(t, s, prefix, 2), "prefix %q in pages", prefix)
	}
}

func listAll(t *testing.T, s storage.Store, prefix string, limit int) []string {
	t.Helper()
	var out []string
	for cursor := ""; ; {
		page, err := s.List(t.Context(), storage.Tmp, prefix, cursor, limit)
		require.NoError(t, err)
		require.LessOrEqual(t, len(page.Objects), limit)
		for _, o := range page.Objects {
			out = append(out, o.Ref.Key)
		}
		if page.Next == "" {
			return out
		}
		require.NotEmpty(t, page.Objects, "a page with a next one is not empty")
		cursor = page.Next
	}
}

func listPages(t *testing.T, s storage.Store) {
	all := putTree(t, s)
	for limit := 1; limit <= len(all)+1; limit++ {
		require.Equal(t, all, listAll(t, s, "", limit), "limit %d", limit)
	}
	page, err := s.List(t.Context(), storage.Tmp, "", "", len(all))
	require.NoError(t, err)
	require.Empty(t, page.Next, "nothing follows a page that holds the last object")
	for _, limit := range []int{0, -1, 1001, 1 << 30} {
		page, err := s.List(t.Context(), storage.Tmp, "", "", limit)
		require.NoError(t, err)
		require.Len(t, page.Objects, len(all), "limit %d", limit)
	}
}

func listWhileDeleting(t *testing.T, s storage.Store) {
	var all []string
	for i := range 30 {
		key := fmt.Sprintf("uploads/%02d/original", i)
		put(t, s, tmp(key), key)
		all = append(all, key)
	}
	var seen []string
	for cursor := ""; ; {
		page, err := s.List(t.Context(), storage.Tmp, "uploads/", cursor, 7)
		require.NoError(t, err)
		for _, o := range page.Objects {
			seen = append(seen, o.Ref.Key)
			require.NoError(t, s.Delete(t.Context(), o.Ref))
		}
		if page.Next == "" {
			break
		}
		cursor = page.Next
	}
	require.Equal(t, all, seen, "each once, although the ones before were deleted")
	require.Empty(t, keys(t, s, storage.Tmp))
}
