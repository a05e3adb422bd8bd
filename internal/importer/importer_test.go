package importer

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"safelight/internal/manifest"
	"safelight/internal/testkit"
	"safelight/internal/uploader"
	"safelight/models"
)

// fakeServer keeps what is sent to it, and ends each upload at once.
type fakeServer struct {
	mu      sync.Mutex
	owned   map[string]uploader.Owned
	uploads map[string]uploader.Upload
	byKey   map[string]string
	sent    []uploader.Source
	asked   int // hashes

	// lose: the answer to the file of this path is lost, the upload is not.
	lose string
	// judge may end an upload otherwise.
	judge func(*uploader.Upload)
}

func newFake() *fakeServer {
	return &fakeServer{owned: map[string]uploader.Owned{}, uploads: map[string]uploader.Upload{}, byKey: map[string]string{}}
}

func (*fakeServer) Me(context.Context) (uploader.Account, error) {
	return uploader.Account{ID: "me"}, nil
}

func (*fakeServer) Rules(context.Context) (uploader.Rules, error) {
	r := uploader.Rules{AcceptedTypes: []string{"image/jpeg", "image/png"}}
	r.Limits.Bytes, r.Limits.NameLength = 1<<20, 30
	return r, nil
}

func (f *fakeServer) Check(_ context.Context, sums []string) (map[string]uploader.Owned, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked += len(sums)
	out := map[string]uploader.Owned{}
	for _, s := range sums {
		if o, ok := f.owned[s]; ok {
			out[s] = o
		}
	}
	return out, nil
}

func (f *fakeServer) Send(ctx context.Context, src uploader.Source, o uploader.Observer) (uploader.Upload, error) {
	content, err := src.Open(ctx)
	if err != nil {
		return uploader.Upload{}, err
	}
	defer content.Close()
	data, err := io.ReadAll(io.NewSectionReader(content, 0, content.Size()))
	if err != nil {
		return uploader.Upload{}, err
	}
	o.Sent(int64(len(data)), int64(len(data)))
	sum := sha256.Sum256(data)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.sent = append(f.sent, src)
	id, known := f.byKey[src.Key]
	if !known {
		id = fmt.Sprintf("up-%d", len(f.uploads))
		f.byKey[src.Key] = id
		created, file := models.OutcomeCreated, "file-"+id
		if src.FileID != "" {
			created, file = models.OutcomeVersioned, src.FileID
		}
		up := uploader.Upload{ID: id, Name: src.Name, State: models.UploadDone, Outcome: &created, FileID: &file, SHA256: hex.EncodeToString(sum[:])}
		if f.judge != nil {
			f.judge(&up)
		}
		f.uploads[id] = up
	}
	if f.lose == src.Path {
		f.lose = ""
		return uploader.Upload{}, errors.New("the line broke")
	}
	return f.uploads[id], nil
}

func (f *fakeServer) Get(_ context.Context, id string) (uploader.Upload, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	up, ok := f.uploads[id]
	if !ok {
		return up, &uploader.Problem{Status: http.StatusNotFound, Code: "not_found"}
	}
	return up, nil
}

func (f *fakeServer) Follow(_ context.Context, up uploader.Upload, o uploader.Observer) (uploader.Upload, error) {
	o.Progress(up)
	return up, nil
}

// quiet is a display that adds up.
type quiet struct {
	mu    sync.Mutex
	files map[string]int
	bytes map[string]int64
	phase string
	all   map[string][2]int64
	said  []string
}

func newQuiet() *quiet {
	return &quiet{files: map[string]int{}, bytes: map[string]int64{}, all: map[string][2]int64{}}
}

func (q *quiet) Phase(name string, files int, bytes int64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.phase, q.all[name] = name, [2]int64{int64(files), bytes}
}

func (q *quiet) Add(files int, bytes int64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.files[q.phase] += files
	q.bytes[q.phase] += bytes
}

func (q *quiet) Say(format string, args ...any) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.said = append(q.said, fmt.Sprintf(format, args...))
}

func sumOf(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// tree writes files into a folder.
func tree(t *testing.T, files map[string][]byte) string {
	t.Helper()
	dir := t.TempDir()
	for name, data := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
		require.NoError(t, os.WriteFile(path, data, 0o600))
	}
	return dir
}

// zipOf is the same as a zip, one half of it compressed.
func zipOf(t *testing.T, files map[string][]byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "pictures.zip")
	f, err := os.Create(path)
	require.NoError(t, err)
	z := zip.NewWriter(f)
	method := zip.Store
	for name, data := range files {
		w, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: method})
		require.NoError(t, err)
		_, err = w.Write(data)
		require.NoError(t, err)
		method = zip.Deflate - method
	}
	require.NoError(t, z.Close())
	require.NoError(t, f.Close())
	return path
}

func run(t *testing.T, f *fakeServer, opts Options) (Report, *quiet) {
	t.Helper()
	if opts.Jobs == 0 {
		opts.Jobs = 3
	}
	if opts.Names == "" {
		opts.Names = NamesAuto
	}
	q := newQuiet()
	report, err := Run(t.Context(), f, opts, q)
	require.NoError(t, err)
	for phase, all := range q.all {
		require.EqualValues(t, all[0], q.files[phase], "files of %s", phase)
		require.Equal(t, all[1], q.bytes[phase], "bytes of %s", phase)
	}
	return report, q
}

// became is what became of each path.
func became(r Report) map[string]Word {
	out := map[string]Word{}
	for _, res := range r.Results {
		out[res.Path] = res.Word
	}
	return out
}

func named(r Report) map[string]string {
	out := map[string]string{}
	for _, res := range r.Results {
		out[res.Path] = res.Name
	}
	return out
}

func jpeg(seed uint64) []byte { return testkit.JPEG(16, 16, seed) }

func TestOnlyWhatTheServerLacksIsSent(t *testing.T) {
	t.Parallel()
	files := map[string][]byte{
		"new.jpg": jpeg(1), "sub/there.jpg": jpeg(2), "sub/trashed.jpg": jpeg(3), "z/again.jpg": jpeg(1),
		"notes.txt": []byte("hello"), "empty.jpg": {}, "huge.jpg": append(jpeg(4), make([]byte, 1<<20)...),
		".hidden.jpg": jpeg(5), ".git/x.jpg": jpeg(6), "__MACOSX/._new.jpg": jpeg(7), "wrong.png": []byte("GIF89a and so on"),
	}
	for name, from := range map[string]string{"folder": tree(t, files), "zip": zipOf(t, files)} {
		f := newFake()
		f.owned[sumOf(jpeg(2))] = uploader.Owned{FileID: "file-2"}
		f.owned[sumOf(jpeg(3))] = uploader.Owned{FileID: "file-3", Trashed: true}
		want := map[string]Word{
			"new.jpg": WouldSend, "sub/there.jpg": Present, "sub/trashed.jpg": Trashed, "z/again.jpg": Repeated,
			"notes.txt": Unsupported, "empty.jpg": Unsupported, "huge.jpg": TooLarge, "wrong.png": Unsupported,
		}
		dry, _ := run(t, f, Options{From: from, DryRun: true})
		require.Equal(t, want, became(dry), name)
		require.Empty(t, f.sent)

		report, _ := run(t, f, Options{From: from})
		want["new.jpg"] = "created"
		require.Equal(t, want, became(report), name)
		require.Len(t, f.sent, 1)
		require.Equal(t, 1, report.Bad(), "the one that is too large")

		want["sub/trashed.jpg"], want["new.jpg"] = "created", "created"
		report, _ = run(t, f, Options{From: from, Restore: true})
		require.Equal(t, want, became(report), name)

		var table bytes.Buffer
		report.Print(&table)
		require.Contains(t, table.String(), "     8  files looked at\n     2  created\n     1  there already\n     1  in the import twice\n     3  no picture\n     1  too large\n")
		require.Contains(t, table.String(), "\nToo large:\n  huge.jpg: it has 10")
		require.Contains(t, table.String(), "  notes.txt: no kind of picture that the server takes\n")
		var lines bytes.Buffer
		require.NoError(t, report.JSON(&lines))
		last := bytes.Split(bytes.TrimSpace(lines.Bytes()), []byte("\n"))
		require.Len(t, last, 9)
		require.JSONEq(t, `{"summary": {"files": 8, "ok": false, "results": {"created": 2, "present": 1, "repeated": 1, "unsupported": 3, "too_large": 1}}}`, string(last[8]))
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	from := tree(t, map[string][]byte{
		"2023/beach/IMG_1.jpg": jpeg(1), "2024/img_1.JPG": jpeg(2), "2024/only.jpg": jpeg(3),
		"a very long folder/name that is longer/than allowed.jpg": jpeg(4), "abcdefghijklmnopqrstuvwxyz0123456789.jpg": jpeg(5),
	})
	for rule, want := range map[NameRule][]string{
		NamesAuto: {"2023 - beach - IMG_1.jpg", "2024 - img_1.JPG", "only.jpg", "than allowed.jpg", "klmnopqrstuvwxyz0123456789.jpg"},
		NamesBase: {"IMG_1.jpg", "img_1.JPG", "only.jpg", "than allowed.jpg", "klmnopqrstuvwxyz0123456789.jpg"},
		NamesPath: {"2023 - beach - IMG_1.jpg", "2024 - img_1.JPG", "2024 - only.jpg", "than allowed.jpg", "klmnopqrstuvwxyz0123456789.jpg"},
	} {
		f := newFake()
		report, _ := run(t, f, Options{From: from, Names: rule})
		names := named(report)
		require.Equal(t, want, []string{
			names["2023/beach/IMG_1.jpg"], names["2024/img_1.JPG"], names["2024/only.jpg"],
			names["a very long folder/name that is longer/than allowed.jpg"], names["abcdefghijklmnopqrstuvwxyz0123456789.jpg"],
		}, rule)
		for _, src := range f.sent {
			require.Equal(t, names[src.Path], src.Name)
		}
	}
}

// What was accepted is not sent again, also when the answer was lost: not by
// the run that lost it, and not by the next one.
func TestALostAnswerIsNotASecondUpload(t *testing.T) {
	t.Parallel()
	from, dir := tree(t, map[string][]byte{"a.jpg": jpeg(1), "b.jpg": jpeg(2), "c.jpg": jpeg(3)}), t.TempDir()
	f := newFake()
	f.lose = "b.jpg"
	first, _ := run(t, f, Options{From: from, JournalDir: dir, Jobs: 1})
	require.Equal(t, map[string]Word{"a.jpg": "created", "b.jpg": Failed, "c.jpg": "created"}, became(first))
	require.False(t, first.Complete())
	kept, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, kept, 1)

	second, q := run(t, f, Options{From: from, JournalDir: dir})
	require.Equal(t, map[string]Word{"a.jpg": "created", "b.jpg": "created", "c.jpg": "created"}, became(second))
	require.Len(t, f.uploads, 3)
	require.Len(t, f.sent, 4)
	require.Empty(t, q.said)
	kept, err = os.ReadDir(dir)
	require.NoError(t, err)
	require.Empty(t, kept, "nothing is left to remember")
}

func TestWhatWasHashedIsNotReadAgain(t *testing.T) {
	t.Parallel()
	from, dir := tree(t, map[string][]byte{"a.jpg": jpeg(1), "b.jpg": jpeg(2)}), t.TempDir()
	f := newFake()
	f.judge = func(up *uploader.Upload) { // so that the journal stays
		if up.Name == "a.jpg" {
			up.State, up.Outcome, up.FileID = models.UploadRejected, nil, nil
			up.Rejection = &models.Rejection{Code: models.RejectCorrupt, Detail: "It is damaged."}
		}
	}
	first, q := run(t, f, Options{From: from, JournalDir: dir})
	require.Equal(t, map[string]Word{"a.jpg": "rejected", "b.jpg": "created"}, became(first))
	require.Equal(t, []string{"a.jpg: rejected: corrupt. It is damaged."}, q.said)

	// Other bytes in the same time: only who does not read does not see them.
	at := filepath.Join(from, "a.jpg")
	st, err := os.Stat(at)
	require.NoError(t, err)
	other := bytes.Repeat([]byte{'x'}, int(st.Size()))
	require.NoError(t, os.WriteFile(at, other, 0o600))
	require.NoError(t, os.Chtimes(at, st.ModTime(), st.ModTime()))
	second, _ := run(t, f, Options{From: from, JournalDir: dir})
	require.Equal(t, map[string]Word{"a.jpg": "rejected", "b.jpg": "created"}, became(second))
	require.Len(t, f.sent, 2, "what was judged is not sent to be judged again")

	require.NoError(t, os.Chtimes(at, st.ModTime(), st.ModTime().Add(time.Second)))
	third, _ := run(t, f, Options{From: from, JournalDir: dir})
	require.Equal(t, map[string]Word{"a.jpg": Unsupported, "b.jpg": "created"}, became(third))
}

func TestAnUploadThatFailedIsSentAnew(t *testing.T) {
	t.Parallel()
	from, dir := tree(t, map[string][]byte{"a.jpg": jpeg(1)}), t.TempDir()
	f := newFake()
	f.judge = func(up *uploader.Upload) { up.State, up.Outcome = models.UploadFailed, nil }
	first, _ := run(t, f, Options{From: from, JournalDir: dir})
	require.Equal(t, map[string]Word{"a.jpg": "failed"}, became(first))
	f.judge = nil
	second, _ := run(t, f, Options{From: from, JournalDir: dir})
	require.Equal(t, map[string]Word{"a.jpg": "created"}, became(second))
	require.NotEqual(t, f.sent[0].Key, f.sent[1].Key)
}

func TestWithoutWaiting(t *testing.T) {
	t.Parallel()
	from, dir := tree(t, map[string][]byte{"a.jpg": jpeg(1)}), t.TempDir()
	f := newFake()
	f.judge = func(up *uploader.Upload) { up.State, up.Outcome = models.UploadProcessing, nil }
	report, _ := run(t, f, Options{From: from, JournalDir: dir, NoWait: true})
	require.Equal(t, map[string]Word{"a.jpg": Accepted}, became(report))
	require.Zero(t, report.Bad())
	for id, up := range f.uploads {
		created := models.OutcomeCreated
		up.State, up.Outcome = models.UploadDone, &created
		f.uploads[id] = up
	}
	report, _ = run(t, f, Options{From: from, JournalDir: dir})
	require.Equal(t, map[string]Word{"a.jpg": "created"}, became(report), "asked after, not sent")
	require.Len(t, f.sent, 1)
}

func TestAnImportThatIsStoppedSaysSo(t *testing.T) {
	t.Parallel()
	from := tree(t, map[string][]byte{"a.jpg": jpeg(1), "b.jpg": jpeg(2)})
	ctx, cancel := context.WithCancel(t.Context())
	f := newFake()
	f.judge = func(*uploader.Upload) { cancel() }
	report, err := Run(ctx, f, Options{From: from, Names: NamesAuto, Jobs: 1}, newQuiet())
	require.NoError(t, err)
	require.Equal(t, map[string]Word{"a.jpg": "created", "b.jpg": Unsent}, became(report))
	require.Equal(t, 1, report.Bad())

	_, err = Run(t.Context(), f, Options{From: filepath.Join(from, "none"), Names: NamesAuto, Jobs: 1}, newQuiet())
	require.ErrorIs(t, err, os.ErrNotExist)
	_, err = Run(t.Context(), f, Options{From: filepath.Join(from, "a.jpg"), Names: NamesAuto, Jobs: 1}, newQuiet())
	require.ErrorContains(t, err, "neither a folder nor a zip")
}

// An export goes back under the names that its files had, with their versions
// in order, and without what the server has by its old hash.
func TestAnExportComesBack(t *testing.T) {
	t.Parallel()
	var list bytes.Buffer
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for _, f := range []manifest.File{
		{Name: "cat: one.jpg", Versions: []manifest.Version{
			{Number: 1, Stored: manifest.Saved{Path: "versions/cat_ one (version 1).jpg"}},
			{Number: 2, Stored: manifest.Saved{Path: "cat_ one.jpg"}},
		}},
		{Name: "there.jpg", Versions: []manifest.Version{{Number: 1, UploadSHA256: "as uploaded", Stored: manifest.Saved{Path: "there.jpg"}}}},
		{Name: "old.jpg", TrashedAt: &at, Versions: []manifest.Version{{Number: 1, Stored: manifest.Saved{Path: "trash/old.jpg"}}}},
		{Name: "both.jpg", Versions: []manifest.Version{
			{Number: 1, Stored: manifest.Saved{Path: "both.jpg"}, Original: &manifest.Saved{Path: "originals/both.jpg"}},
		}},
		{Name: "lost.jpg", Versions: []manifest.Version{{Number: 1, Stored: manifest.Saved{Path: "lost.jpg"}}}},
	} {
		require.NoError(t, manifest.Write(&list, f))
	}
	files := map[string][]byte{
		manifest.Name: list.Bytes(), "versions/cat_ one (version 1).jpg": jpeg(1), "cat_ one.jpg": jpeg(2), "there.jpg": jpeg(3),
		"trash/old.jpg": jpeg(4), "both.jpg": jpeg(5), "originals/both.jpg": jpeg(6), "stranger.jpg": jpeg(7),
	}
	for name, from := range map[string]string{"folder": tree(t, files), "zip": zipOf(t, files)} {
		f := newFake()
		f.owned["as uploaded"] = uploader.Owned{FileID: "file-there"}
		report, _ := run(t, f, Options{From: from})
		require.Equal(t, map[string]Word{
			"versions/cat_ one (version 1).jpg": "created", "cat_ one.jpg": "versioned", "there.jpg": Present, "trash/old.jpg": Skipped,
			"both.jpg": Skipped, "originals/both.jpg": "created", "stranger.jpg": "created",
		}, became(report), name)
		require.Equal(t, "cat: one.jpg", named(report)["cat_ one.jpg"])
		require.Equal(t, "both.jpg", named(report)["originals/both.jpg"])
	}
	bad := tree(t, map[string][]byte{manifest.Name: []byte(`{"name": "x", "versions": [{"stored": {"path": "../x"}}]}`)})
	_, err := Run(t.Context(), newFake(), Options{From: bad, Names: NamesAuto, Jobs: 1}, newQuiet())
	require.ErrorContains(t, err, "line 1 of the manifest")
}

func TestResultsAreWireFormat(t *testing.T) {
	t.Parallel()
	text, err := json.Marshal(Result{Path: "a/b.jpg", Name: "b.jpg", Size: 3, Word: Unsupported, Reason: "why"})
	require.NoError(t, err)
	require.JSONEq(t, `{"path": "a/b.jpg", "name": "b.jpg", "size": 3, "result": "unsupported", "reason": "why"}`, string(text))
}
