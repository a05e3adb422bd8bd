package imaging_test

import (
	"context"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"safelight/internal/imaging"
	"safelight/internal/imaging/imagingtest"
)

func TestAPoolCountsWhatItsChildrenDo(t *testing.T) {
	t.Parallel()
	var (
		mu   sync.Mutex
		seen []error
	)
	p := imagingtest.NewPool(t, imaging.Config{Children: 1, MaxImages: 1, Seen: func(_ context.Context, _, took time.Duration, err error) {
		mu.Lock()
		defer mu.Unlock()
		seen = append(seen, err)
		require.GreaterOrEqual(t, took, time.Duration(0))
	}})
	require.Equal(t, imaging.Stats{Children: 1, Busy: 0, Waiting: 0, Started: 1, Crashed: 0, Retired: 0}, p.Stats())
	requireWorks(t, p) // and has done its share
	require.Eventually(t, func() bool { return p.Stats().Started == 2 }, time.Minute, time.Millisecond)
	require.EqualValues(t, 1, p.Stats().Retired)

	pid, req, failed := stopChild(t, p), imagingtest.Request(t, grey(t, 64, 48)), make(chan error, 1)
	go func() {
		_, err := p.Compress(context.Background(), req)
		failed <- err
	}()
	require.Eventually(t, func() bool { return p.Stats().Busy == 1 }, time.Minute, time.Millisecond)
	waits, stop := context.WithCancel(t.Context())
	gaveUp := make(chan error, 1)
	go func() {
		_, err := p.Compress(waits, req)
		gaveUp <- err
	}()
	require.Eventually(t, func() bool { return p.Stats().Waiting == 1 }, time.Minute, time.Millisecond)
	stop()
	require.ErrorIs(t, <-gaveUp, context.Canceled)
	require.NoError(t, syscall.Kill(pid, syscall.SIGKILL))
	require.ErrorIs(t, <-failed, imaging.ErrChildEnded)

	s := p.Stats()
	require.Equal(t, [3]int{0, 0, 1}, [3]int{s.Busy, s.Waiting, int(s.Crashed)})
	mu.Lock()
	defer mu.Unlock()
	require.Len(t, seen, 2, "who gave up waiting was not worked on")
	require.NoError(t, seen[0])
	require.ErrorIs(t, seen[1], imaging.ErrChildEnded)
}
