package storage_test

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"safelight/storage"
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
		"":                                   "supported is file:///absolute/folder",
		"/var/lib/x":                         "supported is file:///absolute/folder",
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

func TestCheckPrefix(t *testing.T) {
	t.Parallel()
	for _, good := range []string{"", "a", "a/", "a/b", "uploads/0190/"} {
		require.NoError(t, storage.CheckPrefix(good), good)
	}
	for _, bad := range []string{"/", "a//", "../", "a/../", "A", "a b", "a/?"} {
		require.ErrorIs(t, storage.CheckPrefix(bad), storage.ErrInvalidKey, bad)
	}
}
