package storagetest

import (
	"bytes"
	"context"
	"io"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"safelight/storage"
)

// randomBytes are the same for the same seed.
func randomBytes(seed uint64, n int) []byte {
	r := rand.New(rand.NewPCG(seed, 1))
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

func putAndRead(t *testing.T, s storage.Store) {
	for i, size := range []int{0, 1, 4095, 4096, 70_000, 3 << 20} {
		for _, announced := range []int64{int64(size), -1} {
			content := randomBytes(uint64(i), size)
			ref := tmp("uploads/x/original")
			before := time.Now().Add(-time.Minute)
			n, err := s.Put(t.Context(), ref, onlyReader{bytes.NewReader(content)}, announced, "image/png")
			require.NoError(t, err)
			require.EqualValues(t, size, n)

			info, err := s.Stat(t.Context(), ref)
			require.NoError(t, err)
			require.Equal(t, ref, info.Ref)
			require.EqualValues(t, size, info.Size)
			require.True(t, info.ModTime.After(before), "%s is not now", info.ModTime)

			r, opened, err := s.Open(t.Context(), ref, 0, -1)
			require.NoError(t, err)
			got, err := io.ReadAll(r)
			require.NoError(t, err)
			require.NoError(t, r.Close())
			require.True(t, bytes.Equal(content, got), "size %d announced as %d", size, announced)
			require.Equal(t, info.Size, opened.Size)
			require.Equal(t, info.ContentType, opened.ContentType)
		}
	}
}

func ranges(t *testing.T, s storage.Store) {
	ref := final("blobs/x/full")
	put(t, s, ref, "0123456789")
	tests := []struct {
		offset, length int64
		want           string
	}{
		{0, -1, "0123456789"},
		{0, 10, "0123456789"},
		{0, 11, "0123456789"},
		{0, 1 << 62, "0123456789"},
		{0, 1, "0"},
		{0, 0, ""},
		{3, 4, "3456"},
		{3, -1, "3456789"},
		{9, 1, "9"},
		{9, 5, "9"},
		{10, -1, ""},
		{10, 3, ""},
		{11, -1, ""},
		{1 << 62, 1, ""},
	}
	for _, c := range tests {
		r, info, err := s.Open(t.Context(), ref, c.offset, c.length)
		require.NoError(t, err, "offset %d length %d", c.offset, c.length)
		got, err := io.ReadAll(r)
		require.NoError(t, err)
		require.NoError(t, r.Close())
		require.Equal(t, c.want, string(got), "offset %d length %d", c.offset, c.length)
		require.EqualValues(t, 10, info.Size, "the size is the whole object's")
	}
	_, _, err := s.Open(t.Context(), ref, -1, 3)
	require.Error(t, err)
}

func readerKeepsObject(t *testing.T, s storage.Store) {
	ref := tmp("a/b")
	content := string(randomBytes(7, 300_000))
	put(t, s, ref, content)
	r, _, err := s.Open(t.Context(), ref, 0, -1)
	require.NoError(t, err)
	defer r.Close()
	first := make([]byte, 1000)
	_, err = io.ReadFull(r, first)
	require.NoError(t, err)

	put(t, s, ref, "something else")
	require.NoError(t, s.Delete(t.Context(), ref))
	rest, err := io.ReadAll(r)
	require.NoError(t, err)
	require.Equal(t, content, string(first)+string(rest), "never a mixture of two objects")
}

func contentType(t *testing.T, s storage.Store) {
	from, to := tmp("uploads/x/out/full"), final("blobs/x/full")
	_, err := s.Put(t.Context(), from, bytes.NewReader([]byte("x")), 1, "image/webp")
	require.NoError(t, err)
	requireType := func(ref storage.Ref, want string) {
		t.Helper()
		info, err := s.Stat(t.Context(), ref)
		require.NoError(t, err)
		require.Equal(t, want, info.ContentType)
	}
	requireType(from, "image/webp")
	require.NoError(t, s.Move(t.Context(), from, to))
	requireType(to, "image/webp")

	page, err := s.List(t.Context(), storage.Final, "", "", 10)
	require.NoError(t, err)
	require.Len(t, page.Objects, 1, "what keeps the type is no object")
	require.Equal(t, "image/webp", page.Objects[0].ContentType)

	_, err = s.Put(t.Context(), to, bytes.NewReader([]byte("y")), 1, "image/jpeg")
	require.NoError(t, err)
	requireType(to, "image/jpeg")

	require.NoError(t, s.Delete(t.Context(), to))
	_, err = s.Put(t.Context(), to, bytes.NewReader([]byte("z")), 1, "")
	require.NoError(t, err)
	requireType(to, octets)
}

func putReplaces(t *testing.T, s storage.Store) {
	ref := final("blobs/x/full")
	for _, content := range []string{"short", string(randomBytes(1, 100_000)), "", "last"} {
		put(t, s, ref, content)
		require.Equal(t, content, read(t, s, ref))
		info, err := s.Stat(t.Context(), ref)
		require.NoError(t, err)
		require.EqualValues(t, len(content), info.Size)
	}
	require.Len(t, keys(t, s, storage.Final), 1)
}

func missing(t *testing.T, s storage.Store) {
	put(t, s, tmp("a/b/c"), "c")
	for _, key := range []string{"x", "a", "a/b", "a/b/c/d", "a/b/cc", "a/x/c"} {
		requireMissing(t, s, tmp(key))
		require.ErrorIs(t, s.Move(t.Context(), tmp(key), final("y")), storage.ErrNotFound, key)
		require.NoError(t, s.Delete(t.Context(), tmp(key)), key)
	}
	requireMissing(t, s, final("a/b/c"))
	require.Empty(t, keys(t, s, storage.Final))
	require.Equal(t, "c", read(t, s, tmp("a/b/c")))
}

func move(t *testing.T, s storage.Store) {
	put(t, s, tmp("uploads/x/out/full"), "full")
	put(t, s, tmp("uploads/x/out/thumb"), "thumb")
	ways := []struct{ from, to storage.Ref }{
		{tmp("uploads/x/out/full"), final("blobs/x/full")},
		{final("blobs/x/full"), final("blobs/x/full/below")},
		{final("blobs/x/full/below"), final("blobs/x/full")},
		{final("blobs/x/full"), tmp("quarantine/x")},
		{tmp("quarantine/x"), tmp("other")},
	}
	for _, w := range ways {
		require.NoError(t, s.Move(t.Context(), w.from, w.to), "%s to %s", w.from, w.to)
		require.Equal(t, "full", read(t, s, w.to))
		requireMissing(t, s, w.from)
		require.ErrorIs(t, s.Move(t.Context(), w.from, w.to), storage.ErrNotFound, "a second time")
		require.Equal(t, "full", read(t, s, w.to))
	}
	require.Equal(t, []string{"other", "uploads/x/out/thumb"}, keys(t, s, storage.Tmp))
	require.Empty(t, keys(t, s, storage.Final))
}

func moveTaken(t *testing.T, s storage.Store) {
	put(t, s, tmp("from"), "new")
	put(t, s, final("to"), "old")
	require.ErrorIs(t, s.Move(t.Context(), tmp("from"), final("to")), storage.ErrExists)
	require.ErrorIs(t, s.Move(t.Context(), tmp("from"), tmp("from")), storage.ErrExists, "onto itself")
	require.ErrorIs(t, s.Move(t.Context(), tmp("gone"), final("to")), storage.ErrNotFound, "no source comes first")
	require.ErrorIs(t, s.Move(t.Context(), tmp("gone"), tmp("gone")), storage.ErrNotFound)
	require.Equal(t, "new", read(t, s, tmp("from")))
	require.Equal(t, "old", read(t, s, final("to")))
	require.NoError(t, s.Delete(t.Context(), final("to")))
	require.NoError(t, s.Move(t.Context(), tmp("from"), final("to")))
	require.Equal(t, "new", read(t, s, final("to")))
}

func deleteObjects(t *testing.T, s storage.Store) {
	for _, key := range []string{"a", "a/b", "a/c", "d/e/f"} {
		put(t, s, tmp(key), key)
	}
	require.NoError(t, s.Delete(t.Context()))
	require.NoError(t, s.Delete(t.Context(), tmp("a"), tmp("gone/long/ago"), tmp("d/e/f"), tmp("a")))
	requireMissing(t, s, tmp("a"))
	require.Equal(t, []string{"a/b", "a/c"}, keys(t, s, storage.Tmp), "never what lies below")
	require.NoError(t, s.Delete(t.Context(), tmp("a/b"), tmp("a/c")))
	require.NoError(t, s.Delete(t.Context(), tmp("a/b"), tmp("a/c")))
	require.Empty(t, keys(t, s, storage.Tmp))
	put(t, s, tmp("a/b"), "again")
	require.Equal(t, "again", read(t, s, tmp("a/b")))
}

func ready(t *testing.T, s storage.Store) {
	require.NoError(t, s.Ready(t.Context()))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, s.Ready(ctx), context.Canceled)
	require.Empty(t, keys(t, s, storage.Tmp), "asking leaves no object")
	require.Empty(t, keys(t, s, storage.Final))
}
