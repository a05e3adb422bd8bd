package intake

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"safelight/models"
	"safelight/storage"
)

func request(body []byte) Request {
	return Request{OwnerID: owner, Name: "cat.jpg", Announced: -1, Body: bytes.NewReader(body)}
}

func TestAcceptStoresCountsHashesAndStarts(t *testing.T) {
	t.Parallel()
	for _, size := range []int{4, 511, 512, 513, 100_000, limit} {
		b := newBench(t)
		content := jpeg(size)
		req := request(content)
		req.Body = iotest.HalfReader(req.Body)
		up, created, err := b.Accept(t.Context(), req)
		require.NoError(t, err, "size %d", size)
		require.True(t, created)

		sum := sha256.Sum256(content)
		require.Equal(t, models.UploadProcessing, up.State)
		require.Equal(t, int64(size), up.Size)
		require.Equal(t, hex.EncodeToString(sum[:]), up.SHA256)
		require.Equal(t, "image/jpeg", up.MIMEType)
		require.Equal(t, []string{up.ID}, b.starter.started)
		id, err := uuid.Parse(up.ID)
		require.NoError(t, err)
		require.Equal(t, uuid.Version(7), id.Version())

		r, info, err := b.store.Open(t.Context(), storage.OriginalRef(up.ID), 0, -1)
		require.NoError(t, err)
		stored, err := io.ReadAll(r)
		require.NoError(t, err)
		require.NoError(t, r.Close())
		require.Equal(t, content, stored)
		require.Equal(t, int64(size), info.Size)
	}
}

func TestAcceptReservesWhatIsAnnounced(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	var reserved int64
	b.rows.onAccept = func(r *fakeRows, id string) error {
		reserved = r.rows[id].Size
		return nil
	}
	req := request(jpeg(1000))
	req.Announced, req.FileID = 1200, "0190d5c2-7b1e-7c3a-9f00-000000000002"
	up, _, err := b.Accept(t.Context(), req)
	require.NoError(t, err)
	require.Equal(t, int64(1200), reserved)
	require.Equal(t, req.FileID, *up.TargetFileID)
	require.Nil(t, up.IdempotencyKey)
}

func TestAcceptLeavesNothingOnFailure(t *testing.T) {
	t.Parallel()
	gone := errors.New("connection reset")
	tests := map[string]struct {
		change func(b *bench, req *Request)
		want   error
	}{
		"empty": {func(_ *bench, req *Request) { req.Body = strings.NewReader("") }, models.ErrEmptyFile},
		"not an image": {func(_ *bench, req *Request) {
			req.Body = strings.NewReader(`<svg xmlns="http://www.w3.org/2000/svg"/>` + strings.Repeat(" ", 4000))
		}, models.ErrUnsupportedMedia},
		"announced too large": {func(_ *bench, req *Request) { req.Announced = limit + 1 }, models.ErrTooLarge},
		"one byte too many":   {func(_ *bench, req *Request) { req.Body = bytes.NewReader(jpeg(limit + 1)) }, models.ErrTooLarge},
		"endless":             {func(_ *bench, req *Request) { req.Body = io.MultiReader(bytes.NewReader(jpeg(600)), endless{}) }, models.ErrTooLarge},
		"gone in the head":    {func(_ *bench, req *Request) { req.Body = failingReader(req.Body, 100, gone) }, gone},
		"gone after the head": {func(_ *bench, req *Request) { req.Body = failingReader(req.Body, 70_000, gone) }, gone},
		"cut at once":         {func(_ *bench, req *Request) { req.Body = failingReader(req.Body, 0, io.ErrUnexpectedEOF) }, io.ErrUnexpectedEOF},
		"cut in the head":     {func(_ *bench, req *Request) { req.Body = failingReader(req.Body, 2, io.ErrUnexpectedEOF) }, io.ErrUnexpectedEOF},
		"cut after the head":  {func(_ *bench, req *Request) { req.Body = failingReader(req.Body, 70_000, io.ErrUnexpectedEOF) }, io.ErrUnexpectedEOF},
		"store fails":         {func(b *bench, _ *Request) { b.Objects = brokenStore{Store: b.store} }, models.ErrUnavailable},
		"store fails after it stored": {
			func(b *bench, _ *Request) { b.Objects = brokenStore{Store: b.store, late: true} }, models.ErrUnavailable,
		},
		"store takes less": {func(b *bench, _ *Request) { b.Objects = brokenStore{Store: b.store, err: storage.ErrTooLarge} }, models.ErrTooLarge},
		"row refused":      {func(b *bench, _ *Request) { b.rows.createErr = models.ErrQuotaExceeded }, models.ErrQuotaExceeded},
		"accept fails":     {func(b *bench, _ *Request) { b.rows.onAccept = refuse(gone) }, gone},
		"does not fit":     {func(b *bench, _ *Request) { b.rows.onAccept = refuse(models.ErrQuotaExceeded) }, models.ErrQuotaExceeded},
		"row swept":        {func(b *bench, _ *Request) { b.rows.onAccept = vanish }, models.ErrConflict},
		"row taken for dead": {func(b *bench, _ *Request) {
			b.rows.onAccept = func(r *fakeRows, id string) error { return errors.Join(vanish(r, id), models.ErrNotFound) }
		}, models.ErrConflict},
		"gone silently": {func(_ *bench, req *Request) { req.Body = failingReader(req.Body, 70_000, context.Canceled) }, context.Canceled},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			req := request(jpeg(100_000))
			tt.change(b, &req)
			_, created, err := b.Accept(t.Context(), req)
			require.ErrorIs(t, err, tt.want)
			require.False(t, created)
			b.requireNothingLeft(t)
		})
	}
}

func TestAcceptTellsTheClientsFaultFromOurs(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for _, n := range []int64{0, 100, 70_000} {
		req := request(jpeg(100_000))
		req.Body = failingReader(req.Body, n, errors.New("reset by peer"))
		_, _, err := b.Accept(t.Context(), req)
		var body *BodyError
		require.ErrorAs(t, err, &body, "after %d bytes", n)
	}
	b.Objects = brokenStore{Store: b.store}
	_, _, err := b.Accept(t.Context(), request(jpeg(100_000)))
	var body *BodyError
	require.NotErrorAs(t, err, &body)
}

func TestAcceptOfACancelledUploadKeepsItsRowAlone(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.rows.onAccept = func(r *fakeRows, id string) error {
		r.setState(id, models.UploadCanceled)
		return nil
	}
	_, _, err := b.Accept(t.Context(), request(jpeg(1000)))
	require.ErrorIs(t, err, models.ErrConflict)
	require.Empty(t, b.objects(t))
	require.Len(t, b.rows.rows, 1)
}

// A commit whose answer got lost is a promise all the same: deleting the
// object would lose an upload that the reconciler is about to start.
func TestAcceptKeepsAPromiseWhoseAnswerWasLost(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.rows.acceptLies = true
	up, created, err := b.Accept(t.Context(), request(jpeg(1000)))
	require.NoError(t, err)
	require.True(t, created)
	require.Equal(t, models.UploadProcessing, up.State)
	require.Len(t, b.objects(t), 1)
}

func TestAcceptDeletesNothingItCannotJudge(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.rows.acceptLies, b.rows.dropErr = true, errors.New("database is away")
	_, _, err := b.Accept(t.Context(), request(jpeg(1000)))
	require.ErrorContains(t, err, "connection lost")
	require.Len(t, b.objects(t), 1, "the row may be a promise")
}

func TestAcceptCleansUpForAClientThatIsGone(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ctx, cancel := context.WithCancel(t.Context())
	req := request(jpeg(100_000))
	req.Body = io.MultiReader(io.LimitReader(req.Body, 70_000), readerFunc(func([]byte) (int, error) {
		cancel()
		return 0, io.ErrUnexpectedEOF
	}))
	_, _, err := b.Accept(ctx, req)
	require.Error(t, err)
	b.requireNothingLeft(t)
}

func TestAcceptPromisesWithoutTheEngine(t *testing.T) {
	t.Parallel()
	for name, starter := range map[string]*fakeStarter{
		"refused": {err: errors.New("connection refused")}, "silent": {hang: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			// The folder store keeps files, which a bubble's clock does not mind.
			synctest.Test(t, func(t *testing.T) {
				b.Starter = starter
				up, created, err := b.Accept(t.Context(), request(jpeg(1000)))
				require.NoError(t, err)
				require.True(t, created)
				require.Equal(t, models.UploadProcessing, up.State)
			})
			require.Len(t, b.objects(t), 1)
		})
	}
}

func TestAcceptOfAKnownKeyGivesTheFirstAnswer(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	req := request(jpeg(1000))
	req.IdempotencyKey = "k"
	first, created, err := b.Accept(t.Context(), req)
	require.NoError(t, err)
	require.True(t, created)

	req.Body = bytes.NewReader(jpeg(2000))
	again, created, err := b.Accept(t.Context(), req)
	require.NoError(t, err)
	require.False(t, created)
	require.Equal(t, first, again)
	require.Len(t, b.objects(t), 1)
	require.Len(t, b.starter.started, 1)
}

func TestAcceptOfAKeyThatIsStillBeingSentIsAConflict(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	key := "k"
	b.rows.rows["x"] = models.Upload{ID: "x", State: models.UploadReceiving, IdempotencyKey: &key}
	req := request(jpeg(1000))
	req.IdempotencyKey = key
	_, _, err := b.Accept(t.Context(), req)
	require.ErrorIs(t, err, models.ErrConflict)
	require.Len(t, b.rows.rows, 1, "the other's row stays")
}

// The whole upload must never be in memory: what is allocated on the way does
// not grow with its size.
func TestAcceptHoldsNoUploadInMemory(t *testing.T) {
	const size = 64 << 20
	b := newBench(t)
	b.MaxBytes = size
	peak := int64(0)
	result := testing.Benchmark(func(bm *testing.B) {
		bm.ReportAllocs()
		for bm.Loop() {
			body := io.MultiReader(bytes.NewReader(jpeg(600)), io.LimitReader(endless{}, size-600))
			up, _, err := b.Accept(t.Context(), Request{OwnerID: owner, Name: "big.jpg", Announced: size, Body: body})
			require.NoError(t, err)
			require.Equal(t, int64(size), up.Size)
			peak = up.Size
			require.NoError(t, b.store.Delete(t.Context(), storage.OriginalRef(up.ID)))
		}
	})
	require.Equal(t, int64(size), peak)
	require.Less(t, result.AllocedBytesPerOp(), int64(1<<20), "bytes allocated for 64 MB")
}

type endless struct{}

func (endless) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// brokenStore fails half way, or late, when the object is there already.
type brokenStore struct {
	storage.Store
	late bool
	err  error // nil: of a disk that is full
}

func (s brokenStore) Put(ctx context.Context, ref storage.Ref, r io.Reader, size int64, contentType string) (int64, error) {
	broken := cmp.Or(s.err, errors.New("disk is full"))
	if !s.late {
		if _, err := io.CopyN(io.Discard, r, 5000); err != nil {
			return 0, errors.Join(broken, err)
		}
		return 0, broken
	}
	n, err := s.Store.Put(ctx, ref, r, size, contentType)
	return n, errors.Join(broken, err)
}

func refuse(err error) func(*fakeRows, string) error {
	return func(*fakeRows, string) error { return err }
}

func vanish(r *fakeRows, id string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.rows, id)
	return nil
}
