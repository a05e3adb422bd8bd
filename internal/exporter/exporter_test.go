package exporter

import (
	"archive/zip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"sort"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"safelight/internal/journal"
	"safelight/internal/manifest"
	"safelight/internal/uploader"
)

var at = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// fakeServer has files, and the bytes of their versions by key.
type fakeServer struct {
	mu       sync.Mutex
	account  string
	files    []uploader.File
	versions map[string][]uploader.Version // the newest first
	content  map[string][]byte
	fetched  []string
	// cut: fetching this key breaks off after half of it.
	cut string
}

func (f *fakeServer) Me(context.Context) (uploader.Account, error) {
	return uploader.Account{ID: "me" + f.account}, nil
}

func (f *fakeServer) Files(_ context.Context, trashed bool, each func(uploader.File) error) error {
	for _, file := range f.files {
		if (file.TrashedAt != nil) != trashed {
			continue
		}
		if err := each(file); err != nil {
			return err
		}
	}
	return nil
}

func (f *fakeServer) Versions(_ context.Context, fileID string) ([]uploader.Version, error) {
	return append([]uploader.Version(nil), f.versions[fileID]...), nil
}

func (f *fakeServer) Fetch(_ context.Context, want uploader.Wanted, into *os.File, have func(int64), _ func(error)) (uploader.Fetched, error) {
	key := fmt.Sprintf("%s-%d-%s", want.FileID, want.Version, want.Variant)
	f.mu.Lock()
	data, ok := f.content[key]
	cut := f.cut == key
	f.fetched = append(f.fetched, key)
	f.mu.Unlock()
	if !ok {
		return uploader.Fetched{}, fmt.Errorf("fetch: %w", &uploader.Problem{Status: http.StatusNotFound})
	}
	there, err := io.ReadAll(into)
	if err != nil {
		return uploader.Fetched{}, err
	}
	if cut {
		_, err := into.Write(data[len(there) : len(data)/2])
		return uploader.Fetched{}, errors.Join(errors.New("the line broke"), err)
	}
	if _, err := into.Write(data[len(there):]); err != nil {
		return uploader.Fetched{}, err
	}
	have(int64(len(data)))
	return uploader.Fetched{SHA256: sumOf(data), Size: int64(len(data))}, nil
}

func sumOf(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// add adds a file whose versions have these bytes, and originals of twice as many.
func (f *fakeServer) add(id, name string, trashed bool, versions ...string) {
	file := uploader.File{ID: id, Name: name, MIMEType: "image/webp", CurrentVersion: len(versions), VersionCount: len(versions), CreatedAt: at, UpdatedAt: at}
	if trashed {
		file.TrashedAt = &at
	}
	for i, data := range versions {
		v := uploader.Version{
			Number: i + 1, Size: int64(len(data)), OriginalSize: int64(2 * len(data)), SHA256: sumOf([]byte(data + data)),
			MIMEType: "image/webp", CreatedAt: at.Add(time.Duration(i) * time.Hour),
		}
		f.versions[id] = append([]uploader.Version{v}, f.versions[id]...)
		f.content[fmt.Sprintf("%s-%d-full", id, i+1)] = []byte(data)
		f.content[fmt.Sprintf("%s-%d-original", id, i+1)] = []byte(data + data)
		file.Size, file.OriginalSize, file.SHA256 = v.Size, v.OriginalSize, v.SHA256
	}
	f.files = append(f.files, file)
}

func newFake() *fakeServer {
	f := &fakeServer{versions: map[string][]uploader.Version{}, content: map[string][]byte{}}
	f.add("a", "cat.jpg", false, "cat one", "cat two")
	f.add("b", "CAT.webp", false, "another cat")
	f.add("c", "../../etc/passwd", true, "secret")
	f.add("d", "trash", false, "a file called trash")
	delete(f.content, "b-1-original") // not kept
	return f
}

type quiet struct {
	mu    sync.Mutex
	bytes int64
	all   int64
}

func (q *quiet) Phase(_ string, _ int, bytes int64) { q.all = bytes }

func (q *quiet) Add(_ int, bytes int64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.bytes += bytes
}

func (*quiet) Say(string, ...any) {}

func export(t *testing.T, f *fakeServer, opts Options) Report {
	t.Helper()
	opts.Jobs = 2
	q := &quiet{}
	report, err := Run(t.Context(), f, opts, q)
	require.NoError(t, err)
	if len(report.Failures) == 0 && q.all > 0 {
		require.Equal(t, q.all, q.bytes)
	}
	return report
}

// written is what is in a folder, apart from the exporter's own.
func written(t *testing.T, dir string) map[string]string {
	t.Helper()
	got := map[string]string{}
	require.NoError(t, filepath.WalkDir(dir, func(name string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.Name() == control {
			return filepath.SkipDir
		}
		if d.Type().IsRegular() && d.Name() != manifest.Name {
			data, err := os.ReadFile(name)
			if err != nil {
				return err
			}
			inside, err := filepath.Rel(dir, name)
			got[filepath.ToSlash(inside)] = string(data)
			return err
		}
		return nil
	}))
	return got
}

func readManifest(t *testing.T, path string) []manifest.File {
	t.Helper()
	f, err := os.Open(path)
	require.NoError(t, err)
	defer f.Close()
	all, err := manifest.Read(f)
	require.NoError(t, err)
	return all
}

func TestExportOfEverything(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "photos")
	report := export(t, newFake(), Options{To: dir, AllVersions: true, Originals: true, Trashed: true})
	require.Empty(t, report.Failures)
	require.Equal(t, 4, report.Files)
	require.Equal(t, 9, report.Saved)
	require.Equal(t, map[string]string{
		"cat.webp": "cat two", "versions/cat (version 1).webp": "cat one", "CAT (2).webp": "another cat",
		"trash/_.._.._etc_passwd.webp": "secret", "trash.webp": "a file called trash",
		"originals/cat.jpg": "cat twocat two", "originals/cat (version 1).jpg": "cat onecat one",
		"originals/_.._.._etc_passwd": "secretsecret", "originals/trash": "a file called trasha file called trash",
	}, written(t, dir))
	st, err := os.Stat(filepath.Join(dir, "cat.webp"))
	require.NoError(t, err)
	require.True(t, at.Add(time.Hour).Equal(st.ModTime()))

	list := readManifest(t, filepath.Join(dir, manifest.Name))
	require.Len(t, list, 4)
	cat := list[0]
	require.Equal(t, "cat.jpg", cat.Name)
	require.Equal(t, 2, cat.CurrentVersion)
	require.Equal(t, manifest.Saved{Path: "versions/cat (version 1).webp", Bytes: 7, SHA256: sumOf([]byte("cat one")), MIMEType: "image/webp"}, cat.Versions[0].Stored)
	require.Equal(t, "originals/cat.jpg", cat.Versions[1].Original.Path)
	require.Equal(t, sumOf([]byte("cat twocat two")), cat.Versions[1].UploadSHA256)
	require.Nil(t, list[1].Versions[0].Original, "not kept")
	require.NotNil(t, list[3].TrashedAt)
}

// A run that was cut short is gone on with: what is there is not fetched again,
// names stay, and what has come of a file is its beginning.
func TestExportGoesOn(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "cat.webp"), []byte("a stranger's"), 0o600))
	f := newFake()
	f.cut = "b-1-full"
	report := export(t, f, Options{To: dir})
	require.Len(t, report.Failures, 1)
	require.Equal(t, "CAT (3).webp", report.Failures[0].Path)
	require.NoFileExists(t, filepath.Join(dir, manifest.Name))
	require.NoFileExists(t, filepath.Join(dir, "CAT (3).webp"), "nothing is half under its name")
	require.Equal(t, map[string]string{"cat.webp": "a stranger's", "cat (2).webp": "cat two", "trash.webp": "a file called trash"}, written(t, dir))

	f.cut, f.fetched = "", nil
	f.add("e", "new.webp", false, "new")
	report = export(t, f, Options{To: dir})
	require.Empty(t, report.Failures)
	require.Equal(t, 2, report.Kept)
	sort.Strings(f.fetched)
	require.Equal(t, []string{"b-1-full", "e-1-full"}, f.fetched)
	want := map[string]string{
		"cat.webp": "a stranger's", "cat (2).webp": "cat two", "CAT (3).webp": "another cat", "trash.webp": "a file called trash", "new.webp": "new",
	}
	require.Equal(t, want, written(t, dir))

	// What somebody has taken away or cut is brought again.
	require.NoError(t, os.Remove(filepath.Join(dir, "new.webp")))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "trash.webp"), []byte("cut"), 0o600))
	f.fetched = nil
	report = export(t, f, Options{To: dir})
	require.Equal(t, 2, report.Kept)
	require.Len(t, f.fetched, 2)
	require.Equal(t, want, written(t, dir))

	f.account = "-of-somebody-else"
	_, err := Run(t.Context(), f, Options{To: dir, Jobs: 1}, &quiet{})
	require.ErrorContains(t, err, "another account")
}

func TestWhatIsDeletedMeanwhileIsNoFailure(t *testing.T) {
	t.Parallel()
	f := newFake()
	delete(f.content, "d-1-full")
	dir := t.TempDir()
	report := export(t, f, Options{To: dir})
	require.Equal(t, 1, report.Gone)
	require.Equal(t, 2, report.Files)
	require.Empty(t, report.Failures)
	require.Len(t, readManifest(t, filepath.Join(dir, manifest.Name)), 2)
	parts, err := os.ReadDir(filepath.Join(dir, control, "parts"))
	require.NoError(t, err)
	require.Empty(t, parts)
}

func TestExportIntoAZip(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	to := filepath.Join(dir, "photos.zip")
	f := newFake()
	f.cut = "b-1-full"
	report := export(t, f, Options{To: to})
	require.Len(t, report.Failures, 1)
	require.NoFileExists(t, to)

	f.cut = ""
	report = export(t, f, Options{To: to, AllVersions: true})
	require.Empty(t, report.Failures)
	require.Equal(t, 2, report.Kept)
	require.NoDirExists(t, to+".partial")
	z, err := zip.OpenReader(to)
	require.NoError(t, err)
	defer z.Close()
	got := map[string]string{}
	for _, e := range z.File {
		r, err := e.Open()
		require.NoError(t, err)
		data, err := io.ReadAll(r)
		require.NoError(t, err)
		got[e.Name] = string(data)
	}
	require.Equal(t, manifest.Name, z.File[0].Name)
	delete(got, manifest.Name)
	require.Equal(t, map[string]string{
		"cat.webp": "cat two", "versions/cat (version 1).webp": "cat one", "CAT (2).webp": "another cat", "trash.webp": "a file called trash",
	}, got)
	_, err = Run(t.Context(), f, Options{To: to, Jobs: 1}, &quiet{})
	require.ErrorContains(t, err, "is there already")
}

func TestTwoExportsIntoOneFolder(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first, err := openTarget(dir, header{})
	require.NoError(t, err)
	_, err = Run(t.Context(), newFake(), Options{To: dir, Jobs: 1}, &quiet{})
	require.ErrorIs(t, err, journal.ErrBusy)
	require.NoError(t, first.close())
}
