package storage_test

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/require"

	"safelight/storage"
	"safelight/storage/storagetest"
)

func TestFolder(t *testing.T) {
	t.Parallel()
	storagetest.Run(t, func(t *testing.T) storage.Store {
		t.Helper()
		return openFolder(t, t.TempDir())
	})
}

// TestFolderWithoutExclusiveRename runs the suite as on file systems that have
// no rename which refuses to overwrite.
func TestFolderWithoutExclusiveRename(t *testing.T) {
	t.Parallel()
	storagetest.Run(t, func(t *testing.T) storage.Store {
		t.Helper()
		f := openFolder(t, t.TempDir())
		f.UseLock()
		return f
	})
}

func openFolder(t *testing.T, dir string) *storage.Folder {
	t.Helper()
	f, err := storage.OpenFolder(dir)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, f.Close()) })
	return f
}

// files lists all files and folders below dir, without the store's own two.
func files(t *testing.T, dir string) []string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(dir, func(p string, _ fs.DirEntry, err error) error {
		if rel := strings.TrimPrefix(p, dir+"/"); rel != dir {
			out = append(out, rel)
		}
		return err
	})
	require.NoError(t, err)
	return out
}

var empty = []string{".staging", "final", "tmp"}

func TestFolderLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	f := openFolder(t, dir)
	require.Equal(t, empty, files(t, dir), "opening leaves no trace of its trials")
	require.NoError(t, f.Ready(t.Context()))
	ref, to := storage.OriginalRef("x"), storage.QuarantineRef("x")

	_, err := f.Put(t.Context(), ref, iotest.ErrReader(errors.New("broken")), -1, "image/png")
	require.Error(t, err)
	_, err = f.Put(t.Context(), ref, strings.NewReader("short"), 6, "image/png")
	require.ErrorIs(t, err, storage.ErrShort)
	require.ErrorIs(t, f.Move(t.Context(), ref, to), storage.ErrNotFound)
	require.Equal(t, empty, files(t, dir), "failures leave neither files nor folders")

	_, err = f.Put(t.Context(), ref, strings.NewReader("whole"), 5, "image/png")
	require.NoError(t, err)
	require.Contains(t, files(t, dir), "tmp/uploads/x/original@")
	require.NoError(t, f.Move(t.Context(), ref, to))
	require.Equal(t, []string{".staging", "final", "tmp", "tmp/quarantine", "tmp/quarantine/x@"}, files(t, dir), "emptied folders go")
	require.NoError(t, f.Delete(t.Context(), to))
	require.Equal(t, empty, files(t, dir))
}

func TestFolderPanickingReader(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	f := openFolder(t, dir)
	require.Panics(t, func() { _, _ = f.Put(t.Context(), storage.OriginalRef("x"), nil, -1, "") })
	require.Equal(t, empty, files(t, dir))
}

// TestFolderCrash opens a folder in which a process died in the middle of a put.
func TestFolderCrash(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	f := openFolder(t, dir)
	_, err := f.Put(t.Context(), storage.OriginalRef("x"), strings.NewReader("kept"), 4, "image/png")
	require.NoError(t, err)
	old, young := filepath.Join(dir, ".staging", "OLD"), filepath.Join(dir, ".staging", "YOUNG")
	for _, name := range []string{old, young} {
		require.NoError(t, os.WriteFile(name, []byte("half an obj"), 0o600))
	}
	longAgo := time.Now().Add(-25 * time.Hour)
	require.NoError(t, os.Chtimes(old, longAgo, longAgo))

	for _, bucket := range []storage.Bucket{storage.Tmp, storage.Final} {
		page, err := f.List(t.Context(), bucket, "", "", 0)
		require.NoError(t, err)
		for _, o := range page.Objects {
			require.Equal(t, storage.OriginalRef("x"), o.Ref, "leftovers are never listed")
		}
	}
	again := openFolder(t, dir)
	require.NoFileExists(t, old)
	require.FileExists(t, young, "may be a put of a process that lives")
	info, err := again.Stat(t.Context(), storage.OriginalRef("x"))
	require.NoError(t, err)
	require.EqualValues(t, 4, info.Size)
	require.Equal(t, "image/png", info.ContentType)
}

func TestFolderIsShared(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	one, two := openFolder(t, dir), openFolder(t, dir)
	_, err := one.Put(t.Context(), storage.OriginalRef("x"), strings.NewReader("x"), 1, "image/png")
	require.NoError(t, err)
	require.NoError(t, two.Move(t.Context(), storage.OriginalRef("x"), storage.VariantRef("x", "full")))
	info, err := one.Stat(t.Context(), storage.VariantRef("x", "full"))
	require.NoError(t, err)
	require.Equal(t, "image/png", info.ContentType)
}

func TestFolderLinksLeadNowhere(t *testing.T) {
	t.Parallel()
	dir, outside := t.TempDir(), t.TempDir()
	f := openFolder(t, dir)
	secret := filepath.Join(outside, "secret@")
	require.NoError(t, os.WriteFile(secret, []byte("secret"), 0o600))
	require.NoError(t, os.Symlink(outside, filepath.Join(dir, "tmp", "out")))
	require.NoError(t, os.Symlink(secret, filepath.Join(dir, "tmp", "link@")))
	require.NoError(t, os.Symlink("../../..", filepath.Join(dir, "tmp", "up")))
	inside := storage.Ref{Bucket: storage.Tmp, Key: "inside"}
	_, err := f.Put(t.Context(), inside, strings.NewReader("x"), 1, "")
	require.NoError(t, err)

	for _, key := range []string{"out/secret", "link", "up/secret", "out/new"} {
		ref := storage.Ref{Bucket: storage.Tmp, Key: key}
		_, _, err := f.Open(t.Context(), ref, 0, -1)
		require.Error(t, err, key)
		_, err = f.Stat(t.Context(), ref)
		require.Error(t, err, key)
		if key == "link" {
			continue // a put replaces the link itself
		}
		_, err = f.Put(t.Context(), ref, strings.NewReader("x"), 1, "")
		require.Error(t, err, key)
		require.Error(t, f.Move(t.Context(), inside, ref), key)
		require.Error(t, f.Move(t.Context(), ref, storage.Ref{Bucket: storage.Final, Key: "got"}), key)
		require.Error(t, f.Delete(t.Context(), ref), key)
	}
	page, err := f.List(t.Context(), storage.Tmp, "", "", 0)
	require.NoError(t, err)
	require.Len(t, page.Objects, 1)
	require.Equal(t, inside, page.Objects[0].Ref)
	got, err := os.ReadFile(secret)
	require.NoError(t, err)
	require.Equal(t, "secret", string(got))
	require.Equal(t, []string{"secret@"}, files(t, outside))
}

func TestFolderIgnoresForeignFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	f := openFolder(t, dir)
	for _, name := range []string{".DS_Store", "plain", "Upper@", "@", "..@"} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, "tmp", name), []byte("x"), 0o600))
	}
	require.NoError(t, os.Mkdir(filepath.Join(dir, "tmp", "folder@"), 0o700))
	page, err := f.List(t.Context(), storage.Tmp, "", "", 0)
	require.NoError(t, err)
	require.Empty(t, page.Objects)
	_, err = f.Stat(t.Context(), storage.Ref{Bucket: storage.Tmp, Key: "folder"})
	require.ErrorContains(t, err, "not a file")
}

// TestFolderWithoutAttributes reads an object that was restored by a program
// which drops extended attributes.
func TestFolderWithoutAttributes(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	f := openFolder(t, dir)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "final", "copied@"), []byte("bytes"), 0o600))
	r, info, err := f.Open(t.Context(), storage.Ref{Bucket: storage.Final, Key: "copied"}, 0, -1)
	require.NoError(t, err)
	got, err := io.ReadAll(r)
	require.NoError(t, err)
	require.NoError(t, r.Close())
	require.Equal(t, "bytes", string(got))
	require.Equal(t, "application/octet-stream", info.ContentType)
}

func TestFolderPrivate(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "new", "store")
	f := openFolder(t, dir)
	_, err := f.Put(t.Context(), storage.OriginalRef("x"), strings.NewReader("x"), 1, "")
	require.NoError(t, err)
	for _, name := range files(t, dir) {
		st, err := os.Stat(filepath.Join(dir, name))
		require.NoError(t, err)
		require.Zero(t, st.Mode().Perm()&0o077, "%s is readable by others", name)
	}
}

func TestFolderNotReady(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	f := openFolder(t, dir)
	require.NoError(t, os.RemoveAll(filepath.Join(dir, ".staging")))
	require.Error(t, f.Ready(t.Context()))
}

func TestOpenFolderFails(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	_, err := storage.OpenFolder(file)
	require.Error(t, err)
}
