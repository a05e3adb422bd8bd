package storage_test

import (
	"context"
	"crypto/rand"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"safelight/storage"
	"safelight/storage/storagetest"
	"safelight/storage/storagetest/supabase"
)

func TestSupabase(t *testing.T) {
	t.Parallel()
	storagetest.Run(t, func(t *testing.T) storage.Store {
		t.Helper()
		s, _ := openSupabase(t, storage.SupabaseOptions{})
		return s
	})
}

// TestSupabaseServer runs the suite on a real server, in buckets of its own.
func TestSupabaseServer(t *testing.T) {
	t.Parallel()
	base, key := os.Getenv("SAFELIGHT_TEST_SUPABASE_URL"), os.Getenv("SAFELIGHT_TEST_SUPABASE_KEY")
	if base == "" || key == "" {
		t.Skip("SAFELIGHT_TEST_SUPABASE_URL and SAFELIGHT_TEST_SUPABASE_KEY name no server to test with")
	}
	storagetest.Run(t, func(t *testing.T) storage.Store {
		t.Helper()
		prefix := "safelight-test-" + strings.ToLower(rand.Text()) + "-"
		s, err := storage.OpenSupabase(base, storage.SupabaseOptions{Key: key, BucketPrefix: prefix})
		require.NoError(t, err)
		require.NoError(t, s.EnsureBuckets(t.Context()))
		t.Cleanup(func() {
			for _, b := range []storage.Bucket{storage.Tmp, storage.Final} {
				emptyBucket(t, s, b)
				dropBucket(t, base, key, prefix+string(b))
			}
			require.NoError(t, s.Close())
		})
		return s
	})
}

func emptyBucket(t *testing.T, s storage.Store, b storage.Bucket) {
	t.Helper()
	for cursor := ""; ; {
		page, err := s.List(context.Background(), b, "", cursor, 0)
		require.NoError(t, err)
		for _, o := range page.Objects {
			require.NoError(t, s.Delete(context.Background(), o.Ref))
		}
		if cursor = page.Next; cursor == "" {
			return
		}
	}
}

func dropBucket(t *testing.T, base, key, name string) {
	t.Helper()
	req, err := http.NewRequest(http.MethodDelete, strings.TrimRight(base, "/")+"/bucket/"+url.PathEscape(name), strings.NewReader("{}"))
	require.NoError(t, err)
	req.Header.Set("Authorization", "Bearer "+key)
	req.Header.Set("Apikey", key)
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	require.Equal(t, http.StatusOK, res.StatusCode)
}

// openSupabase opens a store with its buckets on a double of its own.
func openSupabase(t *testing.T, opts storage.SupabaseOptions) (*storage.Supabase, *supabase.Server) {
	t.Helper()
	server := supabase.New(t)
	opts.Key = server.Key
	if opts.Pause == 0 {
		opts.Pause = time.Millisecond
	}
	s, err := storage.OpenSupabase(server.URL+"/", opts)
	require.NoError(t, err)
	require.Error(t, s.Ready(t.Context()), "without buckets")
	require.NoError(t, s.EnsureBuckets(t.Context()))
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s, server
}

var (
	original = storage.OriginalRef("x")
	variant  = storage.VariantRef("x", "full")
)

func store(t *testing.T, s storage.Store, ref storage.Ref, content string) {
	t.Helper()
	_, err := s.Put(t.Context(), ref, strings.NewReader(content), int64(len(content)), "image/png")
	require.NoError(t, err)
}

func content(t *testing.T, s storage.Store, ref storage.Ref) string {
	t.Helper()
	r, _, err := s.Open(t.Context(), ref, 0, -1)
	require.NoError(t, err)
	defer r.Close()
	got, err := io.ReadAll(r)
	require.NoError(t, err)
	return string(got)
}

func TestSupabaseEnsureBuckets(t *testing.T) {
	t.Parallel()
	s, server := openSupabase(t, storage.SupabaseOptions{MaxBytes: 1000})
	require.NoError(t, s.Ready(t.Context()))
	before := len(server.Calls())
	require.NoError(t, s.EnsureBuckets(t.Context()))
	for _, c := range server.Calls()[before:] {
		require.Equal(t, supabase.OpListBuckets, c.Op, "nothing to change")
	}
	open := func(key string, maxBytes int64) *storage.Supabase {
		other, err := storage.OpenSupabase(server.URL, storage.SupabaseOptions{Key: key, MaxBytes: maxBytes})
		require.NoError(t, err)
		return other
	}
	require.NoError(t, open(server.Key, 2000).EnsureBuckets(t.Context()))
	limited := open(server.Key, 0)
	_, err := limited.Put(t.Context(), original, strings.NewReader(strings.Repeat("x", 2001)), 2001, "")
	require.ErrorIs(t, err, storage.ErrTooLarge, "the server's limit is the new one")
	store(t, limited, original, strings.Repeat("x", 2000))

	server.LimitUploads(2500)
	require.ErrorContains(t, open(server.Key, 3000).EnsureBuckets(t.Context()), "limit would be above that of the whole server")
	require.ErrorContains(t, open("wrong", 0).Ready(t.Context()), "signature verification failed")

	server.FailNext(supabase.OpCreateBucket, supabase.LostReply)
	fresh, err := storage.OpenSupabase(server.URL, storage.SupabaseOptions{Key: server.Key, BucketPrefix: "new-", Pause: 1})
	require.NoError(t, err)
	require.NoError(t, fresh.EnsureBuckets(t.Context()))
	require.NoError(t, fresh.Ready(t.Context()))
	_, err = fresh.Stat(t.Context(), original)
	require.ErrorIs(t, err, storage.ErrNotFound, "other buckets")
}

func TestSupabaseMissingBucketIsNoMissingObject(t *testing.T) {
	t.Parallel()
	server := supabase.New(t)
	s, err := storage.OpenSupabase(server.URL, storage.SupabaseOptions{Key: server.Key})
	require.NoError(t, err)
	_, err = s.Stat(t.Context(), original)
	require.ErrorContains(t, err, "safelight migrate")
	require.NotErrorIs(t, err, storage.ErrNotFound)
	_, _, err = s.Open(t.Context(), original, 0, -1)
	require.NotErrorIs(t, err, storage.ErrNotFound)
	_, err = s.Put(t.Context(), original, strings.NewReader("x"), 1, "")
	require.ErrorContains(t, err, "NoSuchBucket")
}

func TestSupabaseTooLarge(t *testing.T) {
	t.Parallel()
	s, server := openSupabase(t, storage.SupabaseOptions{MaxBytes: 100_000})
	big := strings.Repeat("x", 100_001)
	for _, size := range []int64{int64(len(big)), -1} {
		_, err := s.Put(t.Context(), original, strings.NewReader(big), size, "")
		require.ErrorIs(t, err, storage.ErrTooLarge)
		require.Zero(t, server.Objects())
	}
	store(t, s, original, big[1:])
	unlimited, err := storage.OpenSupabase(server.URL, storage.SupabaseOptions{Key: server.Key})
	require.NoError(t, err)
	_, err = unlimited.Put(t.Context(), variant, strings.NewReader(big), int64(len(big)), "")
	require.ErrorIs(t, err, storage.ErrTooLarge, "told by the server")
	store(t, unlimited, variant, "prompt")
}

// TestSupabaseUploadsAlone: a refused upload spoils its connection for a minute
// on a real server. And the length is sent where it is known.
func TestSupabaseUploadsAlone(t *testing.T) {
	t.Parallel()
	s, server := openSupabase(t, storage.SupabaseOptions{})
	store(t, s, original, "12345")
	_, err := s.Put(t.Context(), original, strings.NewReader("1"), -1, "")
	require.NoError(t, err)
	require.Equal(t, "1", content(t, s, original))
	var lengths []int64
	for _, c := range server.Calls() {
		require.Equal(t, c.Op == supabase.OpUpload, c.Last, c.Op)
		if c.Op == supabase.OpUpload {
			lengths = append(lengths, c.Length)
		}
	}
	require.Equal(t, []int64{5, -1}, lengths)
}

func TestSupabasePanickingReader(t *testing.T) {
	t.Parallel()
	s, server := openSupabase(t, storage.SupabaseOptions{})
	for _, size := range []int64{-1, 0, 5} {
		require.Panics(t, func() { _, _ = s.Put(t.Context(), original, nil, size, "") })
	}
	require.Zero(t, server.Objects())
}

func TestSupabaseBadKeysSendNothing(t *testing.T) {
	t.Parallel()
	s, server := openSupabase(t, storage.SupabaseOptions{})
	before := len(server.Calls())
	for _, key := range []string{"../final/x", "a?b", "a#b", "a%41", "a//b", "a/../b", "ä"} {
		bad := storage.Ref{Bucket: storage.Tmp, Key: key}
		_, err := s.Stat(t.Context(), bad)
		require.ErrorIs(t, err, storage.ErrInvalidKey)
		_, err = s.SignedURL(t.Context(), bad, time.Minute, "")
		require.ErrorIs(t, err, storage.ErrInvalidKey)
		require.ErrorIs(t, s.Delete(t.Context(), original, bad), storage.ErrInvalidKey)
	}
	require.Len(t, server.Calls(), before)
}

func TestSupabaseSignedURL(t *testing.T) {
	t.Parallel()
	s, server := openSupabase(t, storage.SupabaseOptions{})
	store(t, s, variant, "0123456789")
	_, err := s.SignedURL(t.Context(), original, time.Minute, "")
	require.ErrorIs(t, err, storage.ErrNotFound)
	_, err = s.SignedURL(t.Context(), variant, time.Millisecond, "")
	require.Error(t, err)
	signed, err := s.SignedURL(t.Context(), variant, time.Minute, `a "b" & c.png`)
	require.NoError(t, err)
	require.NotContains(t, signed, server.Key)
	get := func() *http.Response {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, signed, nil)
		require.NoError(t, err)
		req.Header.Set("Range", "bytes=2-4")
		res, err := http.DefaultClient.Do(req)
		require.NoError(t, err)
		t.Cleanup(func() { res.Body.Close() })
		return res
	}
	res := get()
	require.Equal(t, http.StatusPartialContent, res.StatusCode)
	got, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	require.Equal(t, "234", string(got))
	require.Contains(t, res.Header.Get("Content-Disposition"), "attachment")
	server.Advance(time.Minute)
	require.Equal(t, http.StatusBadRequest, get().StatusCode)

	require.Equal(t, server.URL, s.SignedOrigin())
	public, err := storage.OpenSupabase(server.URL, storage.SupabaseOptions{Key: server.Key, PublicURL: "https://cdn.example.org/storage/v1"})
	require.NoError(t, err)
	signed, err = public.SignedURL(t.Context(), variant, time.Minute, "")
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(signed, "https://cdn.example.org/storage/v1/object/sign/final/blobs/x/full?token="), signed)
	require.Equal(t, "https://cdn.example.org", public.SignedOrigin())
}

func TestSupabaseListsOnlyItsOwn(t *testing.T) {
	t.Parallel()
	s, server := openSupabase(t, storage.SupabaseOptions{})
	for _, key := range []string{"a/.emptyFolderPlaceholder", "A", "b", "C/d"} {
		req, err := http.NewRequest(http.MethodPost, server.URL+"/object/tmp/"+key, strings.NewReader("x"))
		require.NoError(t, err)
		req.Header.Set("Authorization", "Bearer "+server.Key)
		res, err := http.DefaultClient.Do(req)
		require.NoError(t, err)
		require.NoError(t, res.Body.Close())
	}
	page, err := s.List(t.Context(), storage.Tmp, "", "", 1)
	require.NoError(t, err)
	require.Len(t, page.Objects, 1, "pages of foreign objects are passed over")
	require.Equal(t, "b", page.Objects[0].Ref.Key)
}

func TestOpenSupabaseRefuses(t *testing.T) {
	t.Parallel()
	for _, base := range []string{"", "example.org", "ftp://x", "http://", "https://me:hidden@x", "https://x?hidden", "https://x#hidden"} {
		_, err := storage.OpenSupabase(base, storage.SupabaseOptions{Key: "key"})
		require.Error(t, err, base)
		require.NotContains(t, err.Error(), "hidden")
	}
	for _, key := range []string{"", "hidden key", "hidden\n"} {
		_, err := storage.OpenSupabase("https://x.example", storage.SupabaseOptions{Key: key})
		require.ErrorContains(t, err, "service key")
		require.NotContains(t, err.Error(), "hidden")
	}
}
