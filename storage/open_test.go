package storage_test

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"safelight/storage"
	"safelight/storage/storagetest/supabase"
)

func TestOpen(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "with space", "and#")
	for _, prefix := range []string{"file://", "file://localhost"} {
		s, err := storage.Open(t.Context(), prefix+strings.NewReplacer(" ", "%20", "#", "%23").Replace(dir))
		require.NoError(t, err)
		require.NoError(t, s.Ready(t.Context()))
		require.DirExists(t, filepath.Join(dir, "tmp"))
	}
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"":                                   "supported are file:///absolute/folder",
		"/var/lib/x":                         "supported are file:///absolute/folder",
		"s3://key:hidden@bucket":             `scheme "s3" is not supported`,
		"https://x.example/?token=hidden":    `scheme "https" is not supported`,
		"file:relative":                      "must be absolute",
		"file://relative/folder":             "three slashes",
		"file://":                            "must be absolute",
		"file:///":                           "not the root",
		"file:///..":                         "not the root",
		"file:///x?mode=hidden":              "takes a folder and nothing else",
		"file:///x#hidden":                   "takes a folder and nothing else",
		"file://me:hidden@localhost/x":       "takes a folder and nothing else",
		"supabase+https://x.example":         "service key is missing",
		"https://x.supabase.co":              "service key is missing",
		"supabase+ftp://x":                   "is not supported",
		"file:///x%zz?hidden":                "not a URL",
		"https://user:hidden@host:port:port": "not a URL",
	}
	for url, want := range tests {
		_, err := storage.Open(t.Context(), url)
		require.ErrorContains(t, err, want, url)
		require.NotContains(t, err.Error(), "hidden", "no secret gets into an error")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := storage.Open(ctx, "file://"+t.TempDir())
	require.ErrorIs(t, err, context.Canceled)
}

func TestOpenSupabaseByURL(t *testing.T) {
	t.Parallel()
	server := supabase.New(t)
	host := strings.TrimPrefix(server.URL, "http://")
	s, err := storage.Open(t.Context(), "supabase+http://"+host, storage.WithSupabase(storage.SupabaseOptions{Key: server.Key, BucketPrefix: "one-"}))
	require.NoError(t, err)
	buckets, ok := s.(storage.Provisioner)
	require.True(t, ok)
	require.NoError(t, buckets.EnsureBuckets(t.Context()))
	require.NoError(t, s.Ready(t.Context()))

	keyed := storage.WithSupabase(storage.SupabaseOptions{Key: "hidden"})
	for _, raw := range []string{"supabase+https://me:hidden@x.example", "supabase+https://x.example?key=hidden"} {
		_, err := storage.Open(t.Context(), raw, keyed)
		require.ErrorContains(t, err, "the key has a setting of its own")
		require.NotContains(t, err.Error(), "hidden")
	}
	for _, raw := range []string{"https://x.supabase.co", "supabase+https://x.supabase.co/", "https://x.supabase.co/storage/v1/"} {
		s, err := storage.Open(t.Context(), raw, keyed)
		require.NoError(t, err)
		require.Equal(t, "https://x.supabase.co/storage/v1", storage.BaseOf(s), raw)
	}
	require.False(t, storage.IsSupabase("file:///x"))
}

func TestCheckPrefix(t *testing.T) {
	t.Parallel()
	for _, good := range []string{"", "a", "a/", "a/b", "uploads/0190/"} {
		require.NoError(t, storage.CheckPrefix(good), good)
	}
	for _, bad := range []string{"/", "a//", "../", "a/../", "A", "a b", "a/?"} {
		require.ErrorIs(t, storage.CheckPrefix(bad), storage.ErrInvalidKey, bad)
	}
}
