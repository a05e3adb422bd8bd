package activities_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/testsuite"

	"safelight/activities"
	"safelight/models"
	"safelight/storage"
)

const (
	uploadID = "0192f0c1-0000-7000-8000-000000000001"
	otherID  = "0192f0c1-0000-7000-8000-000000000002"
	ownerID  = "0192f0c1-0000-7000-8000-0000000000aa"
)

// rows is models/store in memory, as far as the steps can tell: the real one
// is held to the same behaviour in models/store and in e2e.
type rows struct {
	mu       sync.Mutex
	announce []string // "step action"
	claims   map[string]string
	owned    map[string]string      // hash -> blob the owner has
	blobs    map[string]models.Blob // hash+settings -> blob
	adopted  map[string]string      // upload -> blob
	versions map[string]models.VersionResult
	finished map[string]models.Finish
	stalls   []models.Stall
	states   map[string]models.UploadState
	pinned   map[string]bool // blobs that somebody else refers to
	deleted  map[string]int  // things left of deleted users
	lost     []models.Upload
	complete []string // uploads that came in parts, all of them
	down     error
	locked   map[string]models.QuarantineState
	goesOn   map[string]bool // released, and read still by an upload
	purged   []string
	damaged  map[string]bool // blobs marked as damaged
	report   *models.IntegrityReport
	findings []models.Finding
}

func newRows() *rows {
	return &rows{
		claims: map[string]string{}, owned: map[string]string{}, blobs: map[string]models.Blob{},
		adopted: map[string]string{}, versions: map[string]models.VersionResult{}, finished: map[string]models.Finish{},
		states: map[string]models.UploadState{}, pinned: map[string]bool{},
		locked: map[string]models.QuarantineState{}, goesOn: map[string]bool{}, damaged: map[string]bool{},
	}
}

func (r *rows) Announce(_ context.Context, m activities.Mark, action string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.announce = append(r.announce, string(m.Step)+" "+action)
	return r.down
}

func (r *rows) ClaimContent(_ context.Context, uploadID, _, sha string) (models.Claim, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.down != nil {
		return models.Claim{}, r.down
	}
	if holder := r.claims[sha]; holder != "" && holder != uploadID {
		return models.Claim{HeldBy: holder}, nil
	}
	r.claims[sha] = uploadID
	return models.Claim{BlobID: r.owned[sha]}, nil
}

func (r *rows) AdoptBlob(_ context.Context, uploadID string, b models.Blob) (models.Blob, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.down != nil {
		return models.Blob{}, r.down
	}
	key := b.SHA256 + b.Settings
	if have, ok := r.blobs[key]; ok {
		b = have
		b.Damaged = r.damaged[b.ID]
	}
	r.blobs[key] = b
	r.adopted[uploadID] = b.ID
	return b, nil
}

func (r *rows) AdoptedBlob(_ context.Context, uploadID string) (string, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.adopted[uploadID], r.down
}

func (r *rows) DropBlob(_ context.Context, uploadID string) (bool, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.pinned[uploadID] {
		return false, nil
	}
	for k, b := range r.blobs {
		if b.ID == uploadID {
			delete(r.blobs, k)
		}
	}
	delete(r.adopted, uploadID)
	return true, r.down
}

func (r *rows) CreateVersion(_ context.Context, uploadID string) (models.VersionResult, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.down != nil {
		return models.VersionResult{}, r.down
	}
	v, ok := r.versions[uploadID]
	if !ok {
		v = models.VersionResult{Outcome: models.OutcomeCreated, FileID: fmt.Sprintf("file-%d", len(r.versions)), VersionNumber: 1}
		r.versions[uploadID] = v
	}
	return v, nil
}

func (r *rows) FinishUpload(_ context.Context, f models.Finish) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, done := r.finished[f.UploadID]; !done && r.down == nil {
		r.finished[f.UploadID] = f
	}
	return r.down
}

func (r *rows) StallUpload(_ context.Context, s models.Stall) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.stalls = append(r.stalls, s)
	return r.down
}

func (r *rows) UploadState(_ context.Context, id string) (models.UploadState, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	s, ok := r.states[id]
	if !ok {
		return "", models.ErrNotFound
	}
	return s, nil
}

func (r *rows) BlobExists(_ context.Context, id string) (bool, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, b := range r.blobs {
		if b.ID == id {
			return true, r.down
		}
	}
	return false, r.down
}

func (r *rows) UnstartedUploads(context.Context, time.Duration, time.Duration, int) ([]models.Upload, error) {
	return r.lost, r.down
}

func (r *rows) AbandonReceiving(context.Context, time.Time, int) ([]string, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var ids []string
	for id, s := range r.states {
		if s == models.UploadReceiving {
			r.states[id] = models.UploadFailed
			ids = append(ids, id)
		}
	}
	return ids, r.down
}

func (r *rows) CompleteTus(context.Context, int) ([]string, error) { return r.complete, r.down }

func (r *rows) PurgeTrash(context.Context, time.Time, int) (int, error) { return 3, r.down }

func (r *rows) UnpurgedUsers(context.Context, int) ([]string, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Sorted(maps.Keys(r.deleted)), r.down
}

// PurgeUser removes one thing of a deleted user at a time.
func (r *rows) PurgeUser(_ context.Context, id string, _ int) (bool, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.deleted[id] == 0 {
		delete(r.deleted, id)
		return false, r.down
	}
	r.deleted[id]--
	return true, nil
}

func (r *rows) CollectBlobs(context.Context, time.Time, int) ([]string, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var ids []string
	for k, b := range r.blobs {
		if !r.pinned[b.ID] {
			delete(r.blobs, k)
			ids = append(ids, b.ID)
		}
	}
	return ids, r.down
}

// scanner answers a verdict after it has read everything, or does not.
type scanner struct {
	verdict activities.Verdict
	err     error
	partly  bool
}

func (s *scanner) Scan(_ context.Context, r io.Reader, _ int64) (activities.Verdict, error) {
	if s.err != nil {
		return activities.Verdict{}, s.err
	}
	if s.partly {
		r = io.LimitReader(r, 3)
	}
	_, err := io.Copy(io.Discard, r)
	return s.verdict, err
}

// codec writes the source upside down, so that outputs can be told from inputs.
type codec struct {
	err   error
	calls int
}

func (c *codec) Compress(_ context.Context, source, outDir string, _ activities.CodecSettings) (activities.CodecResult, error) {
	c.calls++
	if c.err != nil {
		return activities.CodecResult{}, c.err
	}
	data, err := os.ReadFile(source)
	if err != nil {
		return activities.CodecResult{}, err
	}
	out := activities.CodecResult{
		Source: activities.CodecSource{MIMEType: "image/jpeg", Width: 8, Height: 6}, Thumbhash: []byte{1}, PHash: 1 << 63, Message: "turned",
	}
	out.Decision = activities.CodecDecision{
		Format: "WebP", Quality: 76, SSIM: 0.983, Tries: 4, BytesBefore: int64(len(data)), BytesAfter: int64(len(data)) + 4,
	}
	for _, name := range []string{"full", "thumb"} {
		path := filepath.Join(outDir, name)
		if err := os.WriteFile(path, append([]byte(name), data...), 0o600); err != nil {
			return out, err
		}
		size := int64(len(name) + len(data))
		out.Variants = append(out.Variants, activities.CodecVariant{
			Name: name, Path: path, MIMEType: "image/webp", Width: 4, Height: 3, Size: size, SHA256: hash([]byte(name)),
		})
	}
	return out, nil
}

type starter struct {
	started []string
	err     error
}

func (s *starter) StartUpload(_ context.Context, up *models.Upload) error {
	if s.err != nil && up.ID == otherID {
		return s.err
	}
	s.started = append(s.started, up.ID)
	return nil
}

// assembler does as it is told of each upload.
type assembler struct {
	do func(id string) error
}

func (a *assembler) Assemble(_ context.Context, id string) error { return a.do(id) }

// kit is the steps on a real folder store and fakes for the rest.
type kit struct {
	*testsuite.TestActivityEnvironment
	acts      *activities.Activities
	rows      *rows
	scanner   *scanner
	codec     *codec
	starter   *starter
	assembler *assembler
	store     storage.Store
}

func newKit(t *testing.T) *kit {
	t.Helper()
	store, err := storage.OpenFolder(t.TempDir())
	require.NoError(t, err)
	k := &kit{rows: newRows(), scanner: &scanner{verdict: activities.Verdict{Clean: true}}, codec: &codec{}, starter: &starter{}, assembler: &assembler{}, store: store}
	k.acts = &activities.Activities{
		Objects: store, Rows: k.rows, Scanner: k.scanner, Codec: k.codec, Starter: k.starter, Assembler: k.assembler, WorkDir: t.TempDir(),
	}
	var suite testsuite.WorkflowTestSuite
	k.TestActivityEnvironment = suite.NewTestActivityEnvironment()
	k.RegisterActivity(k.acts)
	return k
}

func (k *kit) put(t *testing.T, ref storage.Ref, data string) {
	t.Helper()
	_, err := k.store.Put(t.Context(), ref, strings.NewReader(data), int64(len(data)), "image/jpeg")
	require.NoError(t, err)
}

// objects lists everything in both buckets.
func (k *kit) objects(t *testing.T) []string {
	t.Helper()
	var out []string
	for _, b := range []storage.Bucket{storage.Tmp, storage.Final} {
		page, err := k.store.List(t.Context(), b, "", "", 1000)
		require.NoError(t, err)
		for _, o := range page.Objects {
			out = append(out, o.Ref.String())
		}
	}
	return out
}

func (k *kit) read(t *testing.T, ref storage.Ref) string {
	t.Helper()
	r, _, err := k.store.Open(t.Context(), ref, 0, -1)
	require.NoError(t, err)
	defer r.Close()
	var b bytes.Buffer
	_, err = b.ReadFrom(r)
	require.NoError(t, err)
	return b.String()
}

// do runs an activity and decodes its result.
func do[Out any](k *kit, activity, in any) (out Out, err error) {
	value, err := k.ExecuteActivity(activity, in)
	if err != nil {
		return out, err
	}
	return out, value.Get(&out)
}

func hash(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

func mark(step models.StepName) activities.Mark {
	return activities.Mark{UploadID: uploadID, OwnerID: ownerID, Step: step, Percent: 10, Seq: 2 * models.SeqStride}
}

var errDown = errors.New("dial tcp 10.0.0.1:5432: connection refused")
