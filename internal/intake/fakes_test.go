package intake

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"safelight/internal/imageinfo"
	"safelight/models"
	"safelight/storage"
)

const (
	owner = "0190d5c2-7b1e-7c3a-9f00-000000000001"
	limit = 1 << 20
)

// fakeRows is the rows of uploads in memory, with the rules that intake relies
// on. Its hooks run before the method that they are named after.
type fakeRows struct {
	mu       sync.Mutex
	rows     map[string]models.Upload
	onAccept func(r *fakeRows, id string) error
	// acceptLies makes AcceptUpload commit and then fail, as a lost connection would.
	acceptLies bool
	createErr  error
	dropErr    error
	touchErr   error
	touched    []string
}

func (r *fakeRows) CreateUpload(_ context.Context, n models.NewUpload) (models.Upload, bool, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.createErr != nil {
		return models.Upload{}, false, r.createErr
	}
	for _, up := range r.rows {
		if n.IdempotencyKey != nil && up.IdempotencyKey != nil && *up.IdempotencyKey == *n.IdempotencyKey {
			return up, false, nil
		}
	}
	up := models.Upload{
		ID: n.ID, OwnerID: n.OwnerID, Name: n.Name, State: models.UploadReceiving,
		TargetFileID: n.TargetFileID, IdempotencyKey: n.IdempotencyKey, Size: n.Reserve,
	}
	r.rows[n.ID] = up
	return up, true, nil
}

func (r *fakeRows) AcceptUpload(ctx context.Context, id string, size int64, sha256, mimeType string) (models.Upload, error) {
	if r.onAccept != nil {
		if err := r.onAccept(r, id); err != nil {
			return models.Upload{}, err
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return models.Upload{}, fmt.Errorf("fake: %w", err)
	}
	up, ok := r.rows[id]
	if !ok || up.State != models.UploadReceiving {
		return models.Upload{}, models.ErrConflict
	}
	up.State, up.Size, up.SHA256, up.MIMEType, up.Seq = models.UploadProcessing, size, sha256, mimeType, models.SeqStride
	r.rows[id] = up
	if r.acceptLies {
		return models.Upload{}, errors.New("connection lost")
	}
	return up, nil
}

func (r *fakeRows) DropUpload(ctx context.Context, id string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.dropErr != nil {
		return r.dropErr
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("fake: %w", err)
	}
	if r.rows[id].State == models.UploadReceiving {
		delete(r.rows, id)
	}
	return nil
}

func (r *fakeRows) TouchUpload(ctx context.Context, id string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("fake: %w", err)
	}
	r.touched = append(r.touched, id)
	return r.touchErr
}

func (r *fakeRows) UploadByID(_ context.Context, _ models.Scope, id string) (models.Upload, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	up, ok := r.rows[id]
	if !ok {
		return models.Upload{}, models.ErrNotFound
	}
	return up, nil
}

func (r *fakeRows) setState(id string, s models.UploadState) {
	r.mu.Lock()
	defer r.mu.Unlock()
	up := r.rows[id]
	up.State = s
	r.rows[id] = up
}

type fakeStarter struct {
	mu      sync.Mutex
	started []string
	err     error
	// hang makes it wait for its context, as a client does whose server is gone.
	hang bool
}

func (s *fakeStarter) StartUpload(ctx context.Context, up *models.Upload) error {
	if s.hang {
		<-ctx.Done()
		return ctx.Err()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.started = append(s.started, up.ID)
	return s.err
}

// bench is an intake on a real folder with its fakes.
type bench struct {
	*Intake
	rows    *fakeRows
	starter *fakeStarter
	store   storage.Store
}

func newBench(t *testing.T) *bench {
	t.Helper()
	store, err := storage.OpenFolder(t.TempDir())
	require.NoError(t, err)
	b := &bench{rows: &fakeRows{rows: map[string]models.Upload{}}, starter: &fakeStarter{}, store: store}
	b.Intake = &Intake{
		Rows: b.rows, Objects: store, Starter: b.starter, Log: slog.New(slog.DiscardHandler),
		Sniff: func(head []byte) (string, bool) {
			f, ok := imageinfo.Sniff(head)
			return f.MIME(), ok
		},
		SniffLen: imageinfo.SniffLen, MaxBytes: limit, MaxOpen: 8,
	}
	return b
}

func (b *bench) objects(t *testing.T) []storage.Info {
	t.Helper()
	page, err := b.store.List(t.Context(), storage.Tmp, "", "", 100)
	require.NoError(t, err)
	return page.Objects
}

// requireNothingLeft fails where a row or an object remains.
func (b *bench) requireNothingLeft(t *testing.T) {
	t.Helper()
	require.Empty(t, b.rows.rows)
	require.Empty(t, b.objects(t))
	require.Empty(t, b.starter.started)
}

// jpeg is n bytes that begin like a JPEG.
func jpeg(n int) []byte {
	b := make([]byte, n)
	copy(b, "\xff\xd8\xff\xe0\x00\x10JFIF\x00")
	for i := 20; i < n; i++ {
		b[i] = byte(i * 7)
	}
	return b
}

// failingReader gives n bytes of r and then err.
func failingReader(r io.Reader, n int64, err error) io.Reader {
	return io.MultiReader(io.LimitReader(r, n), errReader{err})
}

type errReader struct{ err error }

func (e errReader) Read([]byte) (int, error) { return 0, e.err }
