package storagetest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"safelight/storage"
)

// onlyReader hides every other method of a reader, so that a driver cannot ask it for its size.
type onlyReader struct{ io.Reader }

var errBroken = errors.New("the sender went away")

// badBody is a body that must not become an object.
type badBody struct {
	name string
	body func() io.Reader
	size int64
	want error
}

func badBodies() []badBody {
	text := strings.Repeat("0123456789", 20_000)
	from := func(s string) func() io.Reader {
		return func() io.Reader { return onlyReader{strings.NewReader(s)} }
	}
	broken := func(s string) func() io.Reader {
		return func() io.Reader { return io.MultiReader(strings.NewReader(s), iotest.ErrReader(errBroken)) }
	}
	whole := int64(len(text))
	return []badBody{
		{"shorter by one", from(text), whole + 1, storage.ErrShort},
		{"longer by one", from(text), whole - 1, storage.ErrShort},
		{"nothing of something", from(""), 1, storage.ErrShort},
		{"something of nothing", from("x"), 0, storage.ErrShort},
		{"much longer", from(text), 1, storage.ErrShort},
		{"fails at once", broken(""), whole, errBroken},
		{"fails at once, size unknown", broken(""), -1, errBroken},
		{"fails in the middle", broken(text[:70_000]), whole, errBroken},
		{"fails in the middle, size unknown", broken(text[:70_000]), -1, errBroken},
		{"fails after the last byte", broken(text), whole, errBroken},
		{"fails after the last byte, size unknown", broken(text), -1, errBroken},
		{"fails with its last bytes", func() io.Reader { return iotest.DataErrReader(broken(text)()) }, whole, errBroken},
		{"unexpected EOF", func() io.Reader {
			return io.MultiReader(strings.NewReader(text), iotest.ErrReader(io.ErrUnexpectedEOF))
		}, -1, io.ErrUnexpectedEOF},
	}
}

func failingPutNew(t *testing.T, s storage.Store) {
	for _, c := range badBodies() {
		ref := tmp("uploads/x/original")
		n, err := s.Put(t.Context(), ref, c.body(), c.size, octets)
		require.ErrorIs(t, err, c.want, c.name)
		require.Zero(t, n, c.name)
		requireMissing(t, s, ref)
		require.Empty(t, keys(t, s, storage.Tmp), c.name)
	}
}

func failingPutOld(t *testing.T, s storage.Store) {
	ref := tmp("uploads/x/original")
	_, err := s.Put(t.Context(), ref, strings.NewReader("old"), 3, "image/png")
	require.NoError(t, err)
	for _, c := range badBodies() {
		_, err := s.Put(t.Context(), ref, c.body(), c.size, "image/gif")
		require.ErrorIs(t, err, c.want, c.name)
		require.Equal(t, "old", read(t, s, ref), c.name)
		info, err := s.Stat(t.Context(), ref)
		require.NoError(t, err)
		require.Equal(t, "image/png", info.ContentType, c.name)
	}
	require.Len(t, keys(t, s, storage.Tmp), 1)
}

// cancelingReader ends a context when it has given half of its bytes, and then
// goes on as if nothing had happened.
type cancelingReader struct {
	r      *bytes.Reader
	cancel context.CancelFunc
}

func (c *cancelingReader) Read(p []byte) (int, error) {
	if int64(c.r.Len()) <= c.r.Size()/2 {
		c.cancel()
	}
	return c.r.Read(p[:min(len(p), 1000)])
}

func canceledPut(t *testing.T, s storage.Store) {
	ref := tmp("uploads/x/original")
	for _, size := range []int64{200_000, -1} {
		for _, old := range []string{"", "old"} {
			if old != "" {
				put(t, s, ref, old)
			}
			ctx, cancel := context.WithCancel(t.Context())
			r := &cancelingReader{r: bytes.NewReader(make([]byte, 200_000)), cancel: cancel}
			_, err := s.Put(ctx, ref, r, size, octets)
			require.ErrorIs(t, err, context.Canceled)
			if old == "" {
				requireMissing(t, s, ref)
				continue
			}
			require.Equal(t, old, read(t, s, ref))
		}
		require.NoError(t, s.Delete(t.Context(), ref))
	}
	require.Empty(t, keys(t, s, storage.Tmp))

	// Ended by the very last byte: not stored either.
	ctx, cancel := context.WithCancel(t.Context())
	last := io.MultiReader(strings.NewReader("abc"), readerFunc(func([]byte) (int, error) { cancel(); return 0, io.EOF }))
	_, err := s.Put(ctx, ref, last, -1, octets)
	require.ErrorIs(t, err, context.Canceled)
	requireMissing(t, s, ref)
}

type readerFunc func(p []byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

func endedContext(t *testing.T, s storage.Store) {
	put(t, s, tmp("a"), "a")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := s.Put(ctx, tmp("b"), strings.NewReader("b"), 1, octets)
	require.ErrorIs(t, err, context.Canceled)
	_, err = s.Stat(ctx, tmp("a"))
	require.ErrorIs(t, err, context.Canceled)
	_, _, err = s.Open(ctx, tmp("a"), 0, -1)
	require.ErrorIs(t, err, context.Canceled)
	require.ErrorIs(t, s.Move(ctx, tmp("a"), tmp("b")), context.Canceled)
	require.ErrorIs(t, s.Delete(ctx, tmp("a")), context.Canceled)
	_, err = s.List(ctx, storage.Tmp, "", "", 10)
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, []string{"a"}, keys(t, s, storage.Tmp))
}

func canceledRead(t *testing.T, s storage.Store) {
	ref := final("blobs/x/full")
	put(t, s, ref, string(make([]byte, 4<<20)))
	ctx, cancel := context.WithCancel(t.Context())
	r, _, err := s.Open(ctx, ref, 0, -1)
	require.NoError(t, err)
	defer r.Close()
	_, err = io.ReadFull(r, make([]byte, 10))
	require.NoError(t, err)
	cancel()
	_, err = io.Copy(io.Discard, r)
	require.ErrorIs(t, err, context.Canceled)
}
