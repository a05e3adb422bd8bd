package uploader_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"safelight/internal/uploader"
	"safelight/models"
)

func start() uploader.Upload { return at("up-1", 1000, models.UploadProcessing) }

func TestFollow(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	f.onEvents = func(w http.ResponseWriter, _ *http.Request, _ int) {
		stream(w, at("up-1", 2000, models.UploadProcessing), at("up-1", 3000, models.UploadProcessing), done("up-1"))
	}
	r := &recorder{}
	up, err := f.client().Follow(t.Context(), start(), r)
	require.NoError(t, err)
	require.Equal(t, models.UploadDone, up.State)
	require.Equal(t, []int64{1000, 2000, 3000, 9000}, r.seqs)
	require.Equal(t, 1, f.seen(&f.streams))
	require.Empty(t, r.troubles)
}

func TestFollowDropsOlderPictures(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	f.onEvents = func(w http.ResponseWriter, _ *http.Request, _ int) {
		stream(w, at("up-1", 3000, models.UploadProcessing), at("up-1", 2000, models.UploadProcessing), at("up-1", 3000, models.UploadProcessing),
			at("another", 8000, models.UploadProcessing), at("up-1", 3001, models.UploadProcessing), done("up-1"))
	}
	r := &recorder{}
	_, err := f.client().Follow(t.Context(), start(), r)
	require.NoError(t, err)
	require.Equal(t, []int64{1000, 3000, 3001, 9000}, r.seqs)
}

func TestFollowBelievesTheEnd(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	f.onEvents = func(w http.ResponseWriter, _ *http.Request, _ int) {
		end := done("up-1")
		end.Seq = 1500
		stream(w, at("up-1", 2000, models.UploadProcessing), end)
	}
	up, err := f.client().Follow(t.Context(), start(), &recorder{})
	require.NoError(t, err)
	require.Equal(t, models.UploadDone, up.State, "nothing changes after a final state, whatever its number")
}

func TestFollowOverBrokenStreams(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	f.onEvents = func(w http.ResponseWriter, _ *http.Request, n int) {
		switch n {
		case 1: // cut in the middle of an event
			stream(w, at("up-1", 2000, models.UploadProcessing))
			_, _ = io.WriteString(w, "event: progress\ndata: {\"id\":\"up-1\",\"seq\":90")
			panic(http.ErrAbortHandler)
		case 2: // ends politely, too early, as with the access token
			stream(w, at("up-1", 2000, models.UploadProcessing))
		case 3:
			problem(w, 503, "unavailable", "Restarting.")
		case 4:
			stream(w)
		case 5: // nonsense
			w.Header().Set("Content-Type", "text/event-stream")
			_, _ = io.WriteString(w, "event: progress\ndata: {\n\n")
		default:
			stream(w, at("up-1", 3000, models.UploadProcessing), done("up-1"))
		}
	}
	f.onGet = func(w http.ResponseWriter, _ *http.Request) { problem(w, 503, "unavailable", "Restarting.") }
	r := &recorder{}
	up, err := f.client().Follow(t.Context(), start(), r)
	require.NoError(t, err)
	require.Equal(t, models.UploadDone, up.State)
	require.Equal(t, []int64{1000, 2000, 3000, 9000}, r.seqs, "nothing twice")
	require.Equal(t, 6, f.seen(&f.streams))
	require.Len(t, r.troubles, 5)
}

func TestFollowWithoutStreams(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	f.onEvents = func(w http.ResponseWriter, _ *http.Request, _ int) { problem(w, 429, "too_many_streams", "Too many.") }
	var looks atomic.Int64
	f.onGet = func(w http.ResponseWriter, _ *http.Request) {
		if n := looks.Add(1); n < 4 {
			writeJSON(w, 200, at("up-1", 1000+n, models.UploadProcessing))
			return
		}
		writeJSON(w, 200, done("up-1"))
	}
	up, err := f.client().Follow(t.Context(), start(), &recorder{})
	require.NoError(t, err)
	require.Equal(t, models.UploadDone, up.State)
	require.EqualValues(t, 4, looks.Load())
}

func TestFollowOverTheEndOfTheToken(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	f.onEvents = func(w http.ResponseWriter, r *http.Request, n int) {
		if n == 1 {
			stream(w, at("up-1", 2000, models.UploadProcessing))
			f.expire()
			return
		}
		stream(w, done(r.PathValue("id")))
	}
	up, err := f.client(byPassword).Follow(t.Context(), start(), &recorder{})
	require.NoError(t, err)
	require.Equal(t, models.UploadDone, up.State)
	require.Equal(t, 1, f.seen(&f.renewals))
}

func TestFollowSilence(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	f.onEvents = func(w http.ResponseWriter, r *http.Request, n int) {
		stream(w, at("up-1", 2000, models.UploadProcessing))
		if n == 1 {
			<-r.Context().Done() // the client hangs up
			return
		}
		stream(w, done("up-1"))
	}
	r := &recorder{}
	_, err := f.client(func(o *uploader.Options) { o.Silence = 50 * time.Millisecond }).Follow(t.Context(), start(), r)
	require.NoError(t, err)
	require.Contains(t, r.troubles[0], "nothing came for 50ms")
}

func TestFollowStalled(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	f.onEvents = func(w http.ResponseWriter, r *http.Request, _ int) {
		stream(w, at("up-1", 2000, models.UploadStalled))
		<-r.Context().Done()
	}
	up, err := f.client().Follow(t.Context(), start(), &recorder{})
	require.NoError(t, err)
	require.Equal(t, models.UploadStalled, up.State, "a person has to act: no use in waiting")
}

func TestFollowEndedBefore(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	up, err := f.client().Follow(t.Context(), done("up-1"), &recorder{})
	require.NoError(t, err)
	require.Equal(t, "up-1", up.ID)
	require.Zero(t, f.seen(&f.streams))
}

func TestFollowFailures(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	f.onEvents = func(w http.ResponseWriter, _ *http.Request, _ int) { problem(w, 404, "not_found", "Nothing here.") }
	up, err := f.client().Follow(t.Context(), start(), &recorder{})
	require.ErrorContains(t, err, "404 not_found")
	require.Equal(t, "up-1", up.ID)
	require.Equal(t, 1, f.seen(&f.streams))

	gone := newFake(t)
	c := gone.client(func(o *uploader.Options) { o.GiveUpAfter = time.Nanosecond })
	gone.server.Close()
	_, err = c.Follow(t.Context(), start(), &recorder{})
	require.ErrorIs(t, err, uploader.ErrLost)

	ctx, cancel := context.WithCancel(t.Context())
	f.onEvents = func(w http.ResponseWriter, r *http.Request, _ int) {
		stream(w, at("up-1", 2000, models.UploadProcessing))
		cancel()
		<-r.Context().Done()
	}
	up, err = f.client().Follow(ctx, start(), &recorder{})
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, models.UploadProcessing, up.State)
}

func TestAll(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	var now, most atomic.Int32
	var mu sync.Mutex
	heard := map[string]string{}
	gate := make(chan struct{})
	f.onPost = func(w http.ResponseWriter, r *http.Request, n int) bool {
		cur := now.Add(1)
		defer now.Add(-1)
		for old := most.Load(); cur > old && !most.CompareAndSwap(old, cur); old = most.Load() {
		}
		if n == 3 {
			close(gate) // three are in at once
		}
		<-gate
		if n == 5 {
			_, _ = io.Copy(io.Discard, r.Body)
			problem(w, 415, "unsupported_media_type", "No.")
			return true
		}
		return false
	}
	var sources []uploader.Source
	for i := range 9 {
		sources = append(sources, file(t, fmt.Sprintf("%d.jpg", i), strings.Repeat("x", i+1)))
	}
	results := f.client().All(t.Context(), sources, 3,
		func(uploader.Source) uploader.Observer { return &recorder{} },
		func(r uploader.Result) {
			mu.Lock()
			defer mu.Unlock()
			heard[r.Source.Path] = r.Word()
		})
	require.Len(t, results, 9)
	require.EqualValues(t, 3, most.Load())
	words := map[string]int{}
	for i, r := range results {
		require.Equal(t, sources[i], r.Source)
		require.Equal(t, r.Word(), heard[r.Source.Path])
		require.Equal(t, r.Word() == "created", r.Good())
		words[r.Word()]++
	}
	require.Equal(t, map[string]int{"created": 8, "refused": 1}, words)
}

func TestAllStopped(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	ctx, cancel := context.WithCancel(t.Context())
	following := make(chan struct{})
	f.onEvents = func(w http.ResponseWriter, r *http.Request, _ int) {
		stream(w, at("up-1", 2000, models.UploadProcessing))
		close(following)
		<-r.Context().Done()
	}
	f.onPost = func(_ http.ResponseWriter, r *http.Request, n int) bool {
		if n == 1 {
			return false
		}
		<-following
		cancel() // one is accepted, one is being sent, one has not begun
		_, _ = io.Copy(io.Discard, r.Body)
		return true
	}
	sources := []uploader.Source{file(t, "a", "x"), file(t, "b", strings.Repeat(big, 4)), file(t, "c", "x")}
	results := f.client().All(ctx, sources, 2, func(uploader.Source) uploader.Observer { return &recorder{} }, func(uploader.Result) {})
	words := map[string]int{}
	for _, r := range results {
		words[r.Word()]++
		require.False(t, r.Good())
	}
	require.Equal(t, map[string]int{"processing": 1, "unsent": 2}, words)
}

func TestWord(t *testing.T) {
	t.Parallel()
	for _, s := range []models.UploadState{models.UploadRejected, models.UploadCanceled, models.UploadFailed, models.UploadStalled} {
		require.Equal(t, string(s), uploader.Result{Upload: at("x", 1, s)}.Word())
	}
	require.Equal(t, "created", uploader.Result{Upload: done("x")}.Word())
	require.Equal(t, "processing", uploader.Result{Upload: start(), Err: uploader.ErrLost}.Word())
	require.Equal(t, "unsent", uploader.Result{Err: fmt.Errorf("x: %w", context.Canceled)}.Word())
	require.Equal(t, "refused", uploader.Result{Err: fmt.Errorf("x: %w", &uploader.Problem{Status: 415})}.Word())
	require.Equal(t, "error", uploader.Result{Err: io.EOF}.Word())
}
