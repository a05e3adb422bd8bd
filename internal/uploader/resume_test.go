package uploader_test

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"safelight/internal/uploader"
	"safelight/models"
)

const tusPath = "/api/v1/uploads/tus/"

// fakeTus keeps what is sent to it in parts.
type fakeTus struct {
	// cut ends the n-th PATCH (from 1) after so many bytes, without an answer; 0: not at all.
	cut func(n int) int64
	// on answers a request of its own; false goes on as usual.
	on func(w http.ResponseWriter, r *http.Request) bool

	mu      sync.Mutex
	kept    map[string]*partial
	patches int
	came    int64 // bytes, over all requests
}

type partial struct {
	meta   string
	length int64
	body   []byte
}

func (f *fakeTus) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if f.on != nil && f.on(w, r) {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if r.Header.Get("Tus-Resumable") != "1.0.0" {
		problem(w, http.StatusPreconditionFailed, "tus_version", "1.0.0")
		return
	}
	if r.Method == http.MethodPost {
		id := uuid.NewString()
		length, _ := strconv.ParseInt(r.Header.Get("Upload-Length"), 10, 64)
		f.kept[id] = &partial{meta: r.Header.Get("Upload-Metadata"), length: length}
		w.Header().Set("Location", tusPath+id)
		w.WriteHeader(http.StatusCreated)
		return
	}
	id := strings.TrimPrefix(r.URL.Path, tusPath)
	p := f.kept[id]
	if p == nil {
		problem(w, http.StatusNotFound, "not_found", "Gone.")
		return
	}
	status := http.StatusOK
	if r.Method == http.MethodPatch {
		status = http.StatusNoContent
		if !f.patch(w, r, p) {
			return
		}
	}
	w.Header().Set("Upload-Offset", strconv.Itoa(len(p.body)))
	if int64(len(p.body)) == p.length {
		w.Header().Set("Safelight-Upload-Id", id)
	}
	w.WriteHeader(status)
}

// patch adds bytes; false: it has answered, or never will.
func (f *fakeTus) patch(w http.ResponseWriter, r *http.Request, p *partial) bool {
	f.patches++
	if r.Header.Get("Upload-Offset") != strconv.Itoa(len(p.body)) {
		problem(w, http.StatusConflict, "wrong_offset", "Ask for it.")
		return false
	}
	cut := int64(0)
	if f.cut != nil {
		cut = f.cut(f.patches)
	}
	body := io.Reader(r.Body)
	if cut > 0 {
		body = io.LimitReader(r.Body, cut)
	}
	got, _ := io.ReadAll(body)
	p.body = append(p.body, got...)
	f.came += int64(len(got))
	if cut > 0 {
		panic(http.ErrAbortHandler)
	}
	return true
}

// uploads are what is there, by id.
func (f *fakeTus) uploads() map[string]partial {
	f.mu.Lock()
	defer f.mu.Unlock()
	out := map[string]partial{}
	for id, p := range f.kept {
		out[id] = *p
	}
	return out
}

// resuming makes a client of a server that shows what it has been sent.
func (f *fakeAPI) resuming(dir string) *uploader.Client {
	f.onGet = func(w http.ResponseWriter, r *http.Request) {
		up := done(r.PathValue("id"))
		f.tus.mu.Lock()
		sum := sha256.Sum256(f.tus.kept[up.ID].body)
		f.tus.mu.Unlock()
		up.SHA256 = hex.EncodeToString(sum[:])
		writeJSON(w, http.StatusOK, up)
	}
	return f.client(func(o *uploader.Options) { o.ResumeFrom, o.NotesDir = 1<<20, dir })
}

func notesIn(t *testing.T, dir string) []string {
	t.Helper()
	all, err := filepath.Glob(filepath.Join(dir, "*"))
	require.NoError(t, err)
	return all
}

func TestLargeFilesAreResumable(t *testing.T) {
	t.Parallel()
	f, dir := newFake(t), t.TempDir()
	c := f.resuming(dir)
	small, large := file(t, "small.jpg", "tiny"), file(t, "große Katze.jpg", big)
	large.FileID = "file-7"
	_, err := c.Send(t.Context(), small, &recorder{})
	require.NoError(t, err)
	require.Equal(t, "tiny", f.first().Body, "a small one goes as a form")
	require.Empty(t, f.tus.uploads())

	o := &recorder{}
	up, err := c.Send(t.Context(), large, o)
	require.NoError(t, err)
	got, ok := f.tus.uploads()[up.ID]
	require.True(t, ok)
	require.Equal(t, big, string(got.body))
	require.Equal(t, "filename "+base64.StdEncoding.EncodeToString([]byte("große Katze.jpg"))+",fileId "+base64.StdEncoding.EncodeToString([]byte("file-7")), got.meta)
	require.Equal(t, int64(len(big)), o.sent)
	require.Equal(t, int64(len(big)), o.total)
	require.Equal(t, 1, f.seen(&f.postings), "the small one alone")
	require.Empty(t, notesIn(t, dir), "nothing is noted of what has arrived")
}

// More breaks than attempts: each brings the file further.
func TestABrokenLineIsGoneOnWith(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	c := f.resuming("")
	f.tus.cut = func(n int) int64 {
		if n < 12 {
			return 300_000
		}
		return 0
	}
	o := &recorder{}
	up, err := c.Send(t.Context(), file(t, "cat.jpg", big), o)
	require.NoError(t, err)
	require.Equal(t, big, string(f.tus.uploads()[up.ID].body))
	require.Len(t, f.tus.uploads(), 1)
	require.Equal(t, int64(len(big)), f.tus.came, "no byte that has come is sent again")
	require.Len(t, o.troubles, 11)
}

func TestALineThatBringsNothingIsGivenUp(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	c := f.resuming("")
	f.tus.on = func(_ http.ResponseWriter, r *http.Request) bool {
		if r.Method == http.MethodPatch {
			panic(http.ErrAbortHandler)
		}
		return false
	}
	o := &recorder{}
	_, err := c.Send(t.Context(), file(t, "cat.jpg", big), o)
	require.ErrorContains(t, err, "no answer from the server")
	require.Len(t, o.troubles, 5)
}

// stopped sends a file by a client that is stopped when some of it has arrived.
func (f *fakeAPI) stopped(src uploader.Source, dir string) {
	f.t.Helper()
	ctx, cancel := context.WithCancel(f.t.Context())
	f.tus.cut = func(int) int64 { cancel(); return 1_000_000 }
	_, err := f.resuming(dir).Send(ctx, src, &recorder{})
	require.Error(f.t, err)
	f.tus.cut = nil
	require.Len(f.t, notesIn(f.t, dir), 1)
}

func TestAnotherRunGoesOn(t *testing.T) {
	t.Parallel()
	f, dir := newFake(t), t.TempDir()
	src := file(t, "cat.jpg", big)
	f.stopped(src, dir)
	up, err := f.resuming(dir).Send(t.Context(), src, &recorder{})
	require.NoError(t, err)
	require.Equal(t, big, string(f.tus.uploads()[up.ID].body))
	require.Len(t, f.tus.uploads(), 1)
	require.Equal(t, int64(len(big)), f.tus.came)
	require.Empty(t, notesIn(t, dir))
}

func TestWhatIsAnotherUploadBeginsAnew(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*fakeAPI, *uploader.Source, string){
		"other bytes": func(f *fakeAPI, src *uploader.Source, _ string) {
			require.NoError(f.t, os.WriteFile(src.Path, []byte("X"+big[1:]), 0o600))
		},
		"another target": func(_ *fakeAPI, src *uploader.Source, _ string) { src.FileID = "file-7" },
		"gone there":     func(f *fakeAPI, _ *uploader.Source, _ string) { clear(f.tus.kept) },
		"a note of no use": func(f *fakeAPI, _ *uploader.Source, dir string) {
			require.NoError(f.t, os.WriteFile(notesIn(f.t, dir)[0], []byte(`{"uploadId":"../../me"}`), 0o600))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f, dir := newFake(t), t.TempDir()
			src := file(t, "cat.jpg", big)
			f.stopped(src, dir)
			old := f.tus.uploads()
			change(f, &src, dir)
			up, err := f.resuming(dir).Send(t.Context(), src, &recorder{})
			require.NoError(t, err)
			require.NotContains(t, old, up.ID)
			require.Len(t, f.tus.uploads()[up.ID].body, len(big))
		})
	}
}

// The last answer is lost: the server has all of it, and says so.
func TestTheLastAnswerIsLost(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	c := f.resuming(t.TempDir())
	f.tus.cut = func(int) int64 { return int64(len(big)) }
	up, err := c.Send(t.Context(), file(t, "cat.jpg", big), &recorder{})
	require.NoError(t, err)
	require.Len(t, f.tus.uploads(), 1)
	require.Equal(t, 1, f.tus.patches)
	require.Equal(t, big, string(f.tus.uploads()[up.ID].body))
}

func TestWhatPassesIsTriedAgain(t *testing.T) {
	t.Parallel()
	for code, status := range map[string]int{
		"locked": http.StatusLocked, "wrong_offset": http.StatusConflict, "unavailable": http.StatusServiceUnavailable,
		"timeout": http.StatusRequestTimeout, "upload_interrupted": http.StatusBadRequest, "not_found": http.StatusNotFound,
	} {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			f := newFake(t)
			c, once := f.resuming(t.TempDir()), sync.Once{}
			f.tus.on = func(w http.ResponseWriter, r *http.Request) (answered bool) {
				if r.Method == http.MethodPatch {
					once.Do(func() {
						_, _ = io.Copy(io.Discard, r.Body)
						problem(w, status, code, "Not now.")
						answered = true
					})
				}
				return answered
			}
			o := &recorder{}
			up, err := c.Send(t.Context(), file(t, "cat.jpg", big), o)
			require.NoError(t, err)
			require.Equal(t, big, string(f.tus.uploads()[up.ID].body))
			require.Len(t, o.troubles, 1)
		})
	}
}

func TestWhatIsRefusedIsForgotten(t *testing.T) {
	t.Parallel()
	for code, c := range map[string]struct {
		status    int
		method    string
		forgotten bool
	}{
		"unsupported_media_type": {http.StatusUnsupportedMediaType, http.MethodPatch, true},
		"quota_exceeded":         {http.StatusInsufficientStorage, http.MethodPost, true}, // nothing was begun
		"forbidden":              {http.StatusForbidden, http.MethodPatch, false},         // another token may
	} {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			f, dir := newFake(t), t.TempDir()
			client := f.resuming(dir)
			f.tus.on = func(w http.ResponseWriter, r *http.Request) bool {
				if r.Method != c.method {
					return false
				}
				_, _ = io.Copy(io.Discard, r.Body)
				problem(w, c.status, code, "No.")
				return true
			}
			o := &recorder{}
			_, err := client.Send(t.Context(), file(t, "cat.jpg", big), o)
			var p *uploader.Problem
			require.ErrorAs(t, err, &p)
			require.Equal(t, code, p.Code)
			require.Empty(t, o.troubles)
			require.Equal(t, c.forgotten, len(notesIn(t, dir)) == 0)
		})
	}
}

func TestAnswersThatMakeNoSense(t *testing.T) {
	t.Parallel()
	for name, on := range map[string]func(w http.ResponseWriter, r *http.Request) bool{
		"no address": func(w http.ResponseWriter, r *http.Request) bool {
			if r.Method == http.MethodPost {
				w.WriteHeader(http.StatusCreated)
			}
			return r.Method == http.MethodPost
		},
		"more than there is": func(w http.ResponseWriter, r *http.Request) bool {
			if r.Method == http.MethodPatch {
				_, _ = io.Copy(io.Discard, r.Body)
				w.Header().Set("Upload-Offset", "99999999")
				w.WriteHeader(http.StatusNoContent)
			}
			return r.Method == http.MethodPatch
		},
		"nothing taken, for ever": func(w http.ResponseWriter, r *http.Request) bool {
			if r.Method == http.MethodPatch {
				_, _ = io.Copy(io.Discard, r.Body)
				w.Header().Set("Upload-Offset", "0")
				w.WriteHeader(http.StatusNoContent)
			}
			return r.Method == http.MethodPatch
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t)
			c := f.resuming(t.TempDir())
			f.tus.on = on
			_, err := c.Send(t.Context(), file(t, "cat.jpg", big), &recorder{})
			require.Error(t, err)
		})
	}
}

func TestAFileThatChangesWhileItIsSent(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	c, src := f.resuming(t.TempDir()), file(t, "cat.jpg", big)
	f.tus.on = func(_ http.ResponseWriter, r *http.Request) bool {
		if r.Method == http.MethodPost {
			assert.NoError(t, os.WriteFile(src.Path, []byte("X"+big[1:]), 0o600))
		}
		return false
	}
	_, err := c.Send(t.Context(), src, &recorder{})
	require.ErrorContains(t, err, "has changed while it was sent")
}

// The same file twice at a time is two uploads, as it is by form.
func TestTheSameFileTwiceAtOnce(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	src := file(t, "cat.jpg", big)
	results := f.resuming(t.TempDir()).All(t.Context(), []uploader.Source{src, src}, 2,
		func(uploader.Source) uploader.Observer { return &recorder{} }, func(uploader.Result) {})
	require.Len(t, f.tus.uploads(), 2)
	for _, r := range results {
		require.NoError(t, r.Err)
		require.Equal(t, models.UploadDone, r.Upload.State)
		require.Equal(t, big, string(f.tus.uploads()[r.Upload.ID].body))
	}
}

func TestOldNotesAreSwept(t *testing.T) {
	t.Parallel()
	f, dir := newFake(t), t.TempDir()
	old, young := filepath.Join(dir, "old.json"), filepath.Join(dir, "young.json")
	for _, path := range []string{old, young} {
		require.NoError(t, os.WriteFile(path, []byte("{}"), 0o600))
	}
	longAgo := time.Now().AddDate(0, -2, 0)
	require.NoError(t, os.Chtimes(old, longAgo, longAgo))
	_, err := f.resuming(dir).Send(t.Context(), file(t, "cat.jpg", big), &recorder{})
	require.NoError(t, err)
	require.Equal(t, []string{young}, notesIn(t, dir))
}
