package storage_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"safelight/storage"
)

// pattern is size bytes that no memory holds.
type pattern struct{ at, size int64 }

func (p *pattern) Read(b []byte) (int, error) {
	if p.at == p.size {
		return 0, io.EOF
	}
	b = b[:min(int64(len(b)), p.size-p.at)]
	for i := range b {
		b[i] = byte((p.at + int64(i)) * 31 >> 3)
	}
	p.at += int64(len(b))
	return len(b), nil
}

func digest(r io.Reader) (hash.Hash, error) {
	sum := sha256.New()
	_, err := io.Copy(sum, r)
	return sum, err
}

// TestSupabaseMemory sends 40 MB up and down, four at a time: were one of them
// ever in memory whole, allocations would show it, collected or not.
//
//nolint:paralleltest // counts what the whole process allocates
func TestSupabaseMemory(t *testing.T) {
	const size, at = 40 << 20, 4
	s, _ := openSupabase(t, storage.SupabaseOptions{})
	want, err := digest(&pattern{size: size})
	require.NoError(t, err)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	var group errgroup.Group
	for i := range at {
		group.Go(func() error {
			ref, announced := storage.OriginalRef(fmt.Sprint(i)), int64(size)
			if i%2 == 1 {
				announced = -1
			}
			if _, err := s.Put(t.Context(), ref, &pattern{size: size}, announced, "image/png"); err != nil {
				return err
			}
			r, _, err := s.Open(t.Context(), ref, 0, -1)
			if err != nil {
				return err
			}
			got, err := digest(r)
			if err == nil && !bytes.Equal(got.Sum(nil), want.Sum(nil)) {
				err = errors.New("other bytes came back")
			}
			return errors.Join(err, r.Close())
		})
	}
	require.NoError(t, group.Wait())
	runtime.ReadMemStats(&after)
	require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(16<<20), "of 320 MB that went through")
}
