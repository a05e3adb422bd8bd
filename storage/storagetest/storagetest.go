// Package storagetest holds the conformance suite of object stores: every
// promise of storage.Store, as tests that any driver has to pass.
package storagetest

import (
	"bytes"
	"context"
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"safelight/storage"
)

// Run tests the stores that open returns. open is called once per test, may be
// called from several at once, and must return a store without objects each
// time; what it needs to clean up belongs into t.Cleanup.
func Run(t *testing.T, open func(t *testing.T) storage.Store) {
	t.Helper()
	tests := []struct {
		name string
		test func(*testing.T, storage.Store)
	}{
		{"bad keys are refused by every method", badKeys},
		{"good keys name objects of their own", goodKeys},
		{"put and read back", putAndRead},
		{"ranges", ranges},
		{"a reader keeps what it opened", readerKeepsObject},
		{"content type is kept", contentType},
		{"put replaces as a whole", putReplaces},
		{"a failing put leaves nothing", failingPutNew},
		{"a failing put leaves what was there", failingPutOld},
		{"a context that ends stops a put", canceledPut},
		{"an ended context stops every method", endedContext},
		{"a reader obeys its context", canceledRead},
		{"what is missing", missing},
		{"move", move},
		{"move never overwrites", moveTaken},
		{"delete", deleteObjects},
		{"list in key order", listOrder},
		{"list by prefix", listPrefix},
		{"list in pages", listPages},
		{"list while deleting", listWhileDeleting},
		{"racing movers to one target", raceToOneTarget},
		{"racing movers from one source", raceFromOneSource},
		{"racing movers on one way", raceOnOneWay},
		{"a put and a move race for one key", racePutAndMove},
		{"racing puts", racingPuts},
		{"puts beside deletes", putsBesideDeletes},
		{"everything at once", everythingAtOnce},
		{"ready", ready},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.test(t, open(t))
		})
	}
}

const octets = "application/octet-stream"

func tmp(key string) storage.Ref   { return storage.Ref{Bucket: storage.Tmp, Key: key} }
func final(key string) storage.Ref { return storage.Ref{Bucket: storage.Final, Key: key} }

func put(t *testing.T, s storage.Store, ref storage.Ref, content string) {
	t.Helper()
	n, err := s.Put(t.Context(), ref, bytes.NewReader([]byte(content)), int64(len(content)), octets)
	require.NoError(t, err)
	require.EqualValues(t, len(content), n)
}

func read(t *testing.T, s storage.Store, ref storage.Ref) string {
	t.Helper()
	got, err := readAll(t.Context(), s, ref)
	require.NoError(t, err)
	return got
}

func readAll(ctx context.Context, s storage.Store, ref storage.Ref) (string, error) {
	r, _, err := s.Open(ctx, ref, 0, -1)
	if err != nil {
		return "", err
	}
	defer r.Close()
	b, err := io.ReadAll(r)
	return string(b), err
}

// keys lists a whole bucket.
func keys(t *testing.T, s storage.Store, bucket storage.Bucket) []string {
	t.Helper()
	page, err := s.List(t.Context(), bucket, "", "", 1000)
	require.NoError(t, err)
	require.Empty(t, page.Next)
	out := make([]string, 0, len(page.Objects))
	for _, o := range page.Objects {
		require.Equal(t, bucket, o.Ref.Bucket)
		out = append(out, o.Ref.Key)
	}
	return out
}

func requireMissing(t *testing.T, s storage.Store, ref storage.Ref) {
	t.Helper()
	_, err := s.Stat(t.Context(), ref)
	require.ErrorIs(t, err, storage.ErrNotFound)
	_, _, err = s.Open(t.Context(), ref, 0, -1)
	require.ErrorIs(t, err, storage.ErrNotFound)
}
