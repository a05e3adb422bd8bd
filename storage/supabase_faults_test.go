package storage_test

import (
	"bytes"
	"context"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"safelight/storage"
	"safelight/storage/storagetest/supabase"
)

// TestSupabaseRepeats: calls that can be made again are, a few times.
func TestSupabaseRepeats(t *testing.T) {
	t.Parallel()
	s, server := openSupabase(t, storage.SupabaseOptions{})
	store(t, s, original, "content")
	calls := map[supabase.Op]func() error{
		supabase.OpInfo:     func() error { _, err := s.Stat(t.Context(), original); return err },
		supabase.OpDownload: func() error { r, _, err := s.Open(t.Context(), original, 0, -1); return closed(r, err) },
		supabase.OpList:     func() error { _, err := s.List(t.Context(), storage.Tmp, "", "", 0); return err },
		supabase.OpRemove:   func() error { return s.Delete(t.Context(), variant) },
		supabase.OpSign:     func() error { _, err := s.SignedURL(t.Context(), original, time.Minute, ""); return err },

		supabase.OpListBuckets: func() error { return s.Ready(t.Context()) },
	}
	faults := []supabase.Fault{supabase.TooMany, supabase.Internal, supabase.BadGateway, supabase.Reset, supabase.LostReply, supabase.LostReply500, supabase.HalfBody}
	for op, call := range calls {
		for _, f := range faults {
			if op == supabase.OpDownload && f == supabase.HalfBody {
				continue // the reader's to tell
			}
			server.FailNext(op, f, f)
			require.NoError(t, call(), "%s after two of fault %d", op, f)
			server.FailNext(op, f, f, f, f, f, f, f, f) // the transport may try by itself what was reset
			require.ErrorIs(t, call(), storage.ErrUnavailable, "%s, fault %d", op, f)
		}
		server.FailNext(op, supabase.NotStorage, supabase.NotStorage)
		err := call()
		require.Error(t, err, op)
		require.NotErrorIs(t, err, storage.ErrNotFound, "%s: a page of somebody else is no answer", op)
		server.FailNext(op, supabase.Elsewhere)
		server.RedirectTo("http://127.0.0.2:1/")
		require.Error(t, call(), op)
	}
}

func closed(r io.Closer, err error) error {
	if err != nil {
		return err
	}
	return r.Close()
}

// TestSupabaseFailedPut: a put is the caller's to repeat, since its reader is used up.
func TestSupabaseFailedPut(t *testing.T) {
	t.Parallel()
	for _, size := range []int64{1 << 20, 0, -1} {
		s, server := openSupabase(t, storage.SupabaseOptions{})
		for f := supabase.TooMany; f < supabase.Elsewhere; f++ {
			if f == supabase.Silent || f == supabase.NotStorage {
				continue
			}
			server.FailNext(supabase.OpUpload, f)
			body := make([]byte, max(size, 0))
			_, err := s.Put(t.Context(), original, bytes.NewReader(body), size, "image/png")
			require.ErrorIs(t, err, storage.ErrUnavailable, "fault %d, size %d", f, size)
			n, err := s.Put(t.Context(), original, bytes.NewReader(body), size, "image/png")
			require.NoError(t, err)
			require.EqualValues(t, len(body), n)
		}
		files, err := server.Files()
		require.NoError(t, err)
		require.Equal(t, 1, files)
	}
}

func TestSupabaseMoveWithLostReply(t *testing.T) {
	t.Parallel()
	s, server := openSupabase(t, storage.SupabaseOptions{})
	for f := supabase.TooMany; f < supabase.Elsewhere; f++ {
		if f == supabase.Silent || f == supabase.NotStorage {
			continue
		}
		store(t, s, original, "moved")
		server.FailNext(supabase.OpMove, f)
		require.NoError(t, s.Move(t.Context(), original, variant), "fault %d", f)
		require.Equal(t, "moved", content(t, s, variant))
		require.ErrorIs(t, s.Move(t.Context(), original, variant), storage.ErrNotFound, "a second time")

		store(t, s, original, "other")
		server.FailNext(supabase.OpMove, f)
		require.ErrorIs(t, s.Move(t.Context(), original, variant), storage.ErrExists, "what is there is not ours")
		require.Equal(t, "moved", content(t, s, variant))
		require.Equal(t, "other", content(t, s, original))
		require.NoError(t, s.Delete(t.Context(), original, variant))
	}
	store(t, s, original, "x")
	server.Inject(func(c supabase.Call) supabase.Fault {
		if c.Op == supabase.OpMove {
			return supabase.Internal
		}
		return supabase.None
	})
	require.ErrorIs(t, s.Move(t.Context(), original, variant), storage.ErrUnavailable)
	server.Inject(func(c supabase.Call) supabase.Fault {
		if c.Op == supabase.OpMove {
			return supabase.LostReply
		}
		if c.Op == supabase.OpInfo && strings.HasPrefix(c.Key, "blobs/") {
			return supabase.BadGateway
		}
		return supabase.None
	})
	err := s.Move(t.Context(), original, variant)
	require.ErrorIs(t, err, storage.ErrUnavailable, "nobody can say what became of it")
	require.NotErrorIs(t, err, storage.ErrNotFound)
}

// TestSupabaseHalfBody: what is cut is never taken for the object.
func TestSupabaseHalfBody(t *testing.T) {
	t.Parallel()
	s, server := openSupabase(t, storage.SupabaseOptions{})
	store(t, s, original, strings.Repeat("x", 500_000))
	server.FailNext(supabase.OpDownload, supabase.HalfBody)
	r, info, err := s.Open(t.Context(), original, 0, -1)
	require.NoError(t, err)
	defer r.Close()
	require.EqualValues(t, 500_000, info.Size)
	got, err := io.ReadAll(r)
	require.ErrorIs(t, err, storage.ErrUnavailable)
	require.Less(t, len(got), 500_000)
}

// TestSupabaseSilence: a server that says nothing is given up, by itself or
// with the caller's context.
func TestSupabaseSilence(t *testing.T) {
	t.Parallel()
	patient, server := openSupabase(t, storage.SupabaseOptions{})
	server.Inject(func(supabase.Call) supabase.Fault { return supabase.Silent })
	s, err := storage.OpenSupabase(server.URL, storage.SupabaseOptions{Key: server.Key, Patience: 50 * time.Millisecond, Pause: 1})
	require.NoError(t, err)
	_, err = s.Put(t.Context(), original, strings.NewReader("x"), 1, "")
	require.ErrorIs(t, err, storage.ErrUnavailable)
	_, err = s.Stat(t.Context(), original)
	require.ErrorIs(t, err, storage.ErrUnavailable)
	_, _, err = s.Open(t.Context(), original, 0, -1)
	require.ErrorIs(t, err, storage.ErrUnavailable)
	require.ErrorIs(t, s.Delete(t.Context(), original), storage.ErrUnavailable)

	for _, call := range []func(context.Context) error{
		func(ctx context.Context) error { _, err := patient.Stat(ctx, original); return err },
		func(ctx context.Context) error { return patient.Move(ctx, original, variant) },
		func(ctx context.Context) error { return patient.Delete(ctx, original) },
		func(ctx context.Context) error {
			_, err := patient.Put(ctx, original, strings.NewReader("x"), 1, "")
			return err
		},
		func(ctx context.Context) error {
			_, err := patient.SignedURL(ctx, original, time.Minute, "")
			return err
		},
	} {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		err := call(ctx)
		cancel()
		require.ErrorIs(t, err, context.DeadlineExceeded)
	}
}

// TestSupabaseRedirect: the token goes nowhere else.
func TestSupabaseRedirect(t *testing.T) {
	t.Parallel()
	s, server := openSupabase(t, storage.SupabaseOptions{})
	store(t, s, original, "x")
	other := supabase.New(t)
	server.RedirectTo(other.URL + "/bucket")
	server.Inject(func(supabase.Call) supabase.Fault { return supabase.Elsewhere })
	_, err := s.Stat(t.Context(), original)
	require.Error(t, err)
	_, err = s.Put(t.Context(), original, strings.NewReader("x"), 1, "")
	require.Error(t, err)
	_, err = s.List(t.Context(), storage.Tmp, "", "", 0)
	require.ErrorContains(t, err, "redirected to another host")
	require.Error(t, s.Delete(t.Context(), original))
	require.Error(t, s.Ready(t.Context()))
	require.Empty(t, other.Calls())
}
