package storagetest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"safelight/storage"
)

const (
	rounds = 40
	movers = 8
)

// together runs n functions that begin at the same time, and returns their errors.
func together(n int, f func(i int) error) []error {
	errs := make([]error, n)
	begin := make(chan struct{})
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			<-begin
			errs[i] = f(i)
		})
	}
	close(begin)
	wg.Wait()
	return errs
}

// onlyWinner returns the index of the one nil; every other must be one of lost.
func onlyWinner(t *testing.T, errs []error, lost ...error) int {
	t.Helper()
	winner := -1
	for i, err := range errs {
		if err == nil {
			require.Equal(t, -1, winner, "two have won")
			winner = i
			continue
		}
		known := false
		for _, l := range lost {
			known = known || errors.Is(err, l)
		}
		require.True(t, known, "a loser is told so: %v", err)
	}
	require.NotEqual(t, -1, winner, "nobody has won: %v", errs)
	return winner
}

func raceToOneTarget(t *testing.T, s storage.Store) {
	for round := range rounds {
		source := func(i int) storage.Ref { return tmp(fmt.Sprintf("from/%d/%d", round, i)) }
		target := final(fmt.Sprintf("to/%d/x", round))
		for i := range movers {
			put(t, s, source(i), fmt.Sprint(i))
		}
		errs := together(movers, func(i int) error { return s.Move(t.Context(), source(i), target) })
		winner := onlyWinner(t, errs, storage.ErrExists)
		require.Equal(t, fmt.Sprint(winner), read(t, s, target))
		requireMissing(t, s, source(winner))
		for i := range movers {
			if i != winner {
				require.Equal(t, fmt.Sprint(i), read(t, s, source(i)), "a loser keeps its object")
			}
		}
	}
}

func raceFromOneSource(t *testing.T, s storage.Store) {
	for round := range rounds {
		source := tmp(fmt.Sprintf("from/%d/x", round))
		target := func(i int) storage.Ref { return final(fmt.Sprintf("to/%d/%d", round, i)) }
		put(t, s, source, "x")
		errs := together(movers, func(i int) error { return s.Move(t.Context(), source, target(i)) })
		winner := onlyWinner(t, errs, storage.ErrNotFound)
		requireMissing(t, s, source)
		for i := range movers {
			if i == winner {
				require.Equal(t, "x", read(t, s, target(i)))
				continue
			}
			requireMissing(t, s, target(i))
		}
	}
	require.Len(t, keys(t, s, storage.Final), rounds)
}

func raceOnOneWay(t *testing.T, s storage.Store) {
	for round := range rounds {
		source, target := tmp(fmt.Sprintf("from/%d", round)), final(fmt.Sprintf("to/%d", round))
		put(t, s, source, "x")
		errs := together(movers, func(int) error { return s.Move(t.Context(), source, target) })
		onlyWinner(t, errs, storage.ErrNotFound, storage.ErrExists)
		requireMissing(t, s, source)
		require.Equal(t, "x", read(t, s, target))
	}
}

// racePutAndMove: a put may replace what a move has brought, never the other way round.
func racePutAndMove(t *testing.T, s storage.Store) {
	for round := range rounds {
		source, target := tmp(fmt.Sprintf("from/%d", round)), final(fmt.Sprintf("to/%d/x", round))
		put(t, s, source, "moved")
		errs := together(2, func(i int) error {
			if i == 0 {
				return s.Move(t.Context(), source, target)
			}
			_, err := s.Put(t.Context(), target, strings.NewReader("put"), 3, octets)
			return err
		})
		require.NoError(t, errs[1])
		require.Equal(t, "put", read(t, s, target))
		if errs[0] != nil {
			require.ErrorIs(t, errs[0], storage.ErrExists)
			require.Equal(t, "moved", read(t, s, source))
			continue
		}
		requireMissing(t, s, source)
	}
}

func racingPuts(t *testing.T, s storage.Store) {
	ref := tmp("uploads/x/original")
	content := func(i int) string { return strings.Repeat(fmt.Sprint(i), 10_000*(i+1)) }
	put(t, s, ref, content(0))
	for range rounds / 4 {
		errs := together(2*movers, func(i int) error {
			if i >= movers { // a reader sees one of the objects, whole
				got, err := readAll(t.Context(), s, ref)
				if err == nil && got != content(int(got[0]-'0')) {
					return fmt.Errorf("a mixture of %d bytes that begins with %q", len(got), got[0])
				}
				return err
			}
			_, err := s.Put(t.Context(), ref, strings.NewReader(content(i)), int64(len(content(i))), fmt.Sprintf("image/%d", i))
			return err
		})
		for _, err := range errs {
			require.NoError(t, err)
		}
		got := read(t, s, ref)
		info, err := s.Stat(t.Context(), ref)
		require.NoError(t, err)
		require.Equal(t, "image/"+got[:1], info.ContentType, "type and bytes are of the same put")
	}
}

// putsBesideDeletes puts into places that others are emptying: drivers that
// keep folders must not lose an object to one that is being removed.
func putsBesideDeletes(t *testing.T, s storage.Store) {
	errs := together(2*movers, func(i int) error {
		mine := tmp(fmt.Sprintf("a/b/c/%d", i))
		for range rounds {
			if _, err := s.Put(t.Context(), mine, strings.NewReader("x"), 1, octets); err != nil {
				return err
			}
			if _, err := s.Stat(t.Context(), mine); err != nil {
				return fmt.Errorf("just put: %w", err)
			}
			there := final(mine.Key)
			if err := s.Move(t.Context(), mine, there); err != nil {
				return err
			}
			if err := s.Delete(t.Context(), there); err != nil {
				return err
			}
		}
		return nil
	})
	for _, err := range errs {
		require.NoError(t, err)
	}
	require.Empty(t, keys(t, s, storage.Tmp))
	require.Empty(t, keys(t, s, storage.Final))
}

// everythingAtOnce lets 16 goroutines do everything to a few keys. Each answer
// must be one that the contract knows, and each object read must be whole.
func everythingAtOnce(t *testing.T, s storage.Store) {
	errs := together(16, func(worker int) error {
		for i := range rounds {
			if err := oneOfAll(t.Context(), s, worker, i); err != nil {
				return fmt.Errorf("worker %d, call %d: %w", worker, i, err)
			}
		}
		return nil
	})
	for _, err := range errs {
		require.NoError(t, err)
	}
	for _, bucket := range []storage.Bucket{storage.Tmp, storage.Final} {
		for _, key := range keys(t, s, bucket) {
			require.NoError(t, whole(read(t, s, storage.Ref{Bucket: bucket, Key: key})))
		}
	}
}

func whole(content string) error {
	if len(content) != 5000 || strings.Count(content, content[:1]) != 5000 {
		return fmt.Errorf("torn object of %d bytes", len(content))
	}
	return nil
}

func oneOfAll(ctx context.Context, s storage.Store, worker, i int) error {
	ref := storage.Ref{Bucket: storage.Tmp, Key: fmt.Sprintf("k/%d/x", (worker*3+i)%4)}
	if i%3 == 0 {
		ref.Bucket = storage.Final
	}
	var err error
	switch (worker + i) % 6 {
	case 0, 1:
		_, err = s.Put(ctx, ref, strings.NewReader(strings.Repeat(fmt.Sprint(worker%10), 5000)), 5000, octets)
		return err
	case 2:
		var got string
		if got, err = readAll(ctx, s, ref); err == nil {
			return whole(got)
		}
	case 3:
		err = s.Move(ctx, ref, storage.Ref{Bucket: storage.Final, Key: fmt.Sprintf("k/%d/x", i%4)})
	case 4:
		return s.Delete(ctx, ref, tmp("k/0/x"))
	case 5:
		_, err = s.List(ctx, ref.Bucket, "k/", "", 3)
		return err
	}
	if errors.Is(err, storage.ErrNotFound) || errors.Is(err, storage.ErrExists) {
		return nil
	}
	return err
}
