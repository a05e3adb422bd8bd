package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"safelight/internal/config"
	"safelight/storage"
	"safelight/storage/storagetest/supabase"
)

func TestEnsureBuckets(t *testing.T) {
	t.Parallel()
	server := supabase.New(t)
	cfg := config.Migration{
		MaxUploadBytes: 3,
		Storage: config.OptionalStorage{
			URL:      config.Secret("supabase+" + server.URL),
			Supabase: config.Supabase{ServiceKey: config.Secret(server.Key), BucketPrefix: "p-"},
		},
	}
	for range 2 {
		made, err := ensureBuckets(t.Context(), cfg)
		require.NoError(t, err)
		require.True(t, made)
	}
	s, err := storage.OpenSupabase(server.URL, storage.SupabaseOptions{Key: server.Key, BucketPrefix: "p-"})
	require.NoError(t, err)
	require.NoError(t, s.Ready(t.Context()))
	_, err = s.Put(t.Context(), storage.OriginalRef("x"), strings.NewReader("1234"), 4, "")
	require.ErrorIs(t, err, storage.ErrTooLarge)

	cfg.Storage.Supabase.ServiceKey = "wrong"
	_, err = ensureBuckets(t.Context(), cfg)
	require.ErrorContains(t, err, "signature verification failed")
	for _, other := range []config.Secret{"", "file:///nowhere/at/all"} {
		made, err := ensureBuckets(t.Context(), config.Migration{Storage: config.OptionalStorage{URL: other}})
		require.NoError(t, err)
		require.False(t, made)
	}
}
