package intake

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"safelight/models"
	"safelight/storage"
)

// fakeTus is the rows of one resumable upload in memory, with the rules that
// Resumable relies on; the real ones are tested in models/store and in api. Its
// hooks run in place of, or before, what they are named after.
type fakeTus struct {
	*fakeRows
	up       models.TusUpload
	writer   string
	parts    []models.TusPart
	wanted   bool
	onCommit func(p models.NewTusPart) error
}

func (f *fakeTus) CreateTus(ctx context.Context, n models.NewTusUpload) (models.TusUpload, error) {
	up, _, err := f.CreateUpload(ctx, n.NewUpload)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.up = models.TusUpload{Upload: up, Total: n.Total, Metadata: n.Metadata, ExpiresAt: time.Now().Add(n.KeepFor)}
	return f.up, err
}

func (f *fakeTus) TusByID(_ context.Context, scope models.Scope, id string) (models.TusUpload, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.read(scope, id)
}

func (f *fakeTus) read(scope models.Scope, id string) (models.TusUpload, error) {
	row, ok := f.rows[id]
	if !ok || !scope.Any && scope.OwnerID != row.OwnerID {
		return models.TusUpload{}, models.ErrNotFound
	}
	up := f.up
	up.Upload, up.Writing = row, f.writer != ""
	return up, nil
}

func (f *fakeTus) ClaimTus(_ context.Context, c models.TusClaim) (models.TusUpload, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	up, err := f.read(c.Scope, c.UploadID)
	switch {
	case err != nil:
		return up, err
	case up.Taken():
		return up, models.ErrAlreadyFinished
	case up.State != models.UploadReceiving:
		return up, models.ErrGone
	case c.Offset != up.Received:
		return up, models.ErrWrongOffset
	case f.writer != "":
		f.wanted = true
		return up, models.ErrLocked
	}
	f.writer, f.wanted = c.Writer, false
	if c.Total != nil {
		f.up.Total = c.Total
	}
	return f.read(c.Scope, c.UploadID)
}

func (f *fakeTus) WantTus(context.Context, string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.wanted = true
	return nil
}

func (f *fakeTus) HoldTus(_ context.Context, _, writer string) (bool, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.writer != writer {
		return false, models.ErrConflict
	}
	return f.wanted, nil
}

func (f *fakeTus) ReleaseTus(_ context.Context, _, writer string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.writer == writer {
		f.writer = ""
	}
	return nil
}

func (f *fakeTus) DropTus(_ context.Context, id, writer string) (bool, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.rows[id].State != models.UploadReceiving || f.writer != "" && f.writer != writer {
		return false, nil
	}
	delete(f.rows, id)
	return true, nil
}

func (f *fakeTus) CommitTusPart(_ context.Context, p models.NewTusPart) (models.TusUpload, error) {
	if f.onCommit != nil {
		if err := f.onCommit(p); err != nil {
			return models.TusUpload{}, err
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.writer != p.Writer || p.Start != f.up.Received {
		return models.TusUpload{}, models.ErrConflict
	}
	f.up.Received, f.up.Sniffed, f.up.Head = p.Start+p.Size, p.Sniffed, p.Head
	f.parts = append(f.parts, p.TusPart)
	return f.read(models.Scope{Any: true}, p.UploadID)
}

func (f *fakeTus) TusParts(context.Context, string) ([]models.TusPart, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]models.TusPart(nil), f.parts...), nil
}

func (f *fakeTus) CancelReceiving(_ context.Context, _ models.Scope, id string) (bool, error) {
	f.mu.Lock()
	was := f.rows[id].State == models.UploadReceiving
	f.mu.Unlock()
	if was {
		f.setState(id, models.UploadCanceled)
	}
	return was, nil
}

// testBody is a body that a test feeds: what is in r, and then, if it waits,
// nothing until it is stopped.
type testBody struct {
	r     io.Reader
	waits bool
	idle  time.Duration
	ended error
	stop  chan error
}

func body(content string) *testBody {
	return &testBody{r: strings.NewReader(content), stop: make(chan error, 100)}
}

// broken ends with an error behind its content, waiting does not end.
func broken(content string, err error) *testBody {
	b := body(content)
	b.r = io.MultiReader(b.r, errReader{err})
	return b
}

func waiting(content string, idle time.Duration) *testBody {
	b := body(content)
	b.waits, b.idle = true, idle
	return b
}

func (b *testBody) Read(p []byte) (int, error) {
	if b.ended != nil {
		return 0, b.ended
	}
	n, err := b.r.Read(p)
	if errors.Is(err, io.EOF) && b.waits {
		err = <-b.stop
	}
	b.ended = err
	return n, err
}

func (b *testBody) Idle() time.Duration { return b.idle }

func (b *testBody) Stop(err error) {
	select {
	case b.stop <- err:
	default: // nobody reads any more
	}
}

// tusBench is Resumable on a real folder with fakes for the rows.
type tusBench struct {
	*bench
	*Resumable
	tus *fakeTus
}

func newTusBench(t *testing.T) *tusBench {
	t.Helper()
	b := newBench(t)
	tus := &fakeTus{fakeRows: b.rows}
	return &tusBench{bench: b, tus: tus, Resumable: &Resumable{
		Intake: b.Intake, Rows: tus, Objects: b.store, KeepFor: time.Hour,
		Pace: ResumePace{
			PartBytes: 1000, Hold: time.Millisecond, Idle: time.Minute,
			Look: 50 * time.Millisecond, Claim: 100 * time.Millisecond, Poll: time.Millisecond,
		},
	}}
}

// begin makes an upload; a negative total is not said yet.
func (b *tusBench) begin(t *testing.T, total int) models.TusUpload {
	t.Helper()
	req := TusRequest{OwnerID: owner, Name: "cat.jpg"}
	if n := int64(total); n >= 0 {
		req.Total = &n
	}
	up, err := b.Create(t.Context(), req)
	require.NoError(t, err)
	return up
}

// chunkFor is the next chunk of the upload.
func (b *tusBench) chunkFor(body Body) Chunk {
	up, _ := b.tus.TusByID(context.Background(), models.Scope{Any: true}, b.tus.up.ID)
	return Chunk{UploadID: b.tus.up.ID, OwnerID: owner, Offset: up.Received, Announced: -1, Body: body}
}

// content reads the finished object.
func (b *tusBench) content(t *testing.T) string {
	t.Helper()
	r, info, err := b.store.Open(t.Context(), storage.OriginalRef(b.tus.up.ID), 0, -1)
	require.NoError(t, err)
	defer r.Close()
	require.Equal(t, "image/jpeg", info.ContentType)
	all, err := io.ReadAll(r)
	require.NoError(t, err)
	return string(all)
}

// takeOver makes somebody else the writer.
func (b *tusBench) takeOver() {
	b.tus.mu.Lock()
	defer b.tus.mu.Unlock()
	b.tus.writer = uuid.NewString()
}
