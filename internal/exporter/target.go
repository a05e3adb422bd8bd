package exporter

import (
	"archive/zip"
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"safelight/internal/diskname"
	"safelight/internal/journal"
	"safelight/internal/manifest"
)

// control is the folder of an export that is the exporter's own.
const control = ".safelight-export"

// header is the first line of a journal: whose export the folder is. The id of
// an account is one of its own on every server.
type header struct {
	Account string `json:"account"`
}

// noted is any other line: the path that is a task's from then on, and, with
// Saved, that the bytes are there.
type noted struct {
	Key   string          `json:"key"`
	Path  string          `json:"path"`
	Saved *manifest.Saved `json:"saved,omitempty"`
}

// target is the folder that is exported into.
type target struct {
	dir     string
	journal *journal.File
	named   map[string]noted // by key
}

// openTarget makes the folder, or opens it as an earlier run left it. A folder
// that is the export of something else is refused.
func openTarget(dir string, of header) (*target, error) {
	if err := os.MkdirAll(filepath.Join(dir, control, "parts"), 0o755); err != nil { //nolint:gosec // as private as people's folders are
		return nil, fmt.Errorf("make the folder: %w", err)
	}
	j, lines, err := journal.Open(filepath.Join(dir, control, "journal.jsonl"))
	if err != nil {
		return nil, err
	}
	t := &target{dir: dir, journal: j, named: map[string]noted{}}
	if len(lines) == 0 {
		j.Add(of)
		return t, nil
	}
	var was header
	if err := json.Unmarshal(lines[0], &was); err != nil || was != of {
		return nil, errors.Join(fmt.Errorf("%s has the export of another account: choose another folder", dir), j.Close(false))
	}
	for _, line := range lines[1:] {
		var n noted
		if err := json.Unmarshal(line, &n); err != nil || n.Key == "" || !filepath.IsLocal(filepath.FromSlash(n.Path)) {
			continue // what is not known is fetched again
		}
		t.named[n.Key] = n
	}
	return t, nil
}

func (t *target) close() error { return t.journal.Close(false) }

func (t *target) at(inside string) string { return filepath.Join(t.dir, filepath.FromSlash(inside)) }

// part is where bytes on their way lie.
func (t *target) part(key string) string { return filepath.Join(t.dir, control, "parts", key) }

// name gives each task a path of its own: that of the run before, or one that
// nothing has. It is noted before it is used, so that what lies there is ours.
func (t *target) name(tasks []*task) error {
	taken := map[string]diskname.Taken{}
	for _, task := range tasks {
		if _, ok := taken[task.folder]; ok {
			continue
		}
		names := diskname.Taken{}
		if task.folder == "" {
			for _, own := range []string{manifest.Name, control, folderTrash, folderVersions, folderOriginals} {
				names.Add(own)
			}
		}
		there, err := os.ReadDir(t.at(task.folder))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("look into the folder: %w", err)
		}
		for _, e := range there {
			names.Add(e.Name())
		}
		taken[task.folder] = names
	}
	for _, n := range t.named {
		folder := strings.TrimSuffix(path.Dir(n.Path), ".")
		if names, ok := taken[folder]; ok {
			names.Add(path.Base(n.Path))
		}
	}
	for _, task := range tasks {
		if n, ok := t.named[task.key()]; ok {
			task.path = n.Path
			continue
		}
		task.path = path.Join(task.folder, taken[task.folder].Take(task.wish))
		n := noted{Key: task.key(), Path: task.path}
		t.named[n.Key] = n
		t.journal.Add(n)
		if err := os.MkdirAll(t.at(task.folder), 0o755); err != nil { //nolint:gosec // as above
			return fmt.Errorf("make a folder: %w", err)
		}
	}
	return nil
}

// have gives what an earlier run has fetched for a task, if it is there.
func (t *target) have(key string) (manifest.Saved, bool) {
	n := t.named[key]
	if n.Saved == nil {
		return manifest.Saved{}, false
	}
	st, err := os.Lstat(t.at(n.Path))
	return *n.Saved, err == nil && st.Mode().IsRegular() && st.Size() == n.Saved.Bytes
}

// writeManifest writes the manifest, whole or not at all.
func (t *target) writeManifest(files []manifest.File) error {
	draft, err := os.OpenFile(t.part(manifest.Name), os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o644) //nolint:gosec // no more of a secret than the pictures
	if err != nil {
		return fmt.Errorf("write the manifest: %w", err)
	}
	w := bufio.NewWriter(draft)
	for _, f := range files {
		if err := manifest.Write(w, f); err != nil {
			return errors.Join(err, draft.Close())
		}
	}
	if err := errors.Join(w.Flush(), draft.Sync(), draft.Close()); err != nil {
		return fmt.Errorf("write the manifest: %w", err)
	}
	if err := os.Rename(draft.Name(), t.at(manifest.Name)); err != nil {
		return fmt.Errorf("write the manifest: %w", err)
	}
	return nil
}

// pack makes one zip of what the manifest knows, and of the manifest.
func (t *target) pack(ctx context.Context, archive string, files []manifest.File) error {
	draft, err := os.OpenFile(t.part("archive"), os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o644) //nolint:gosec // as above
	if err != nil {
		return fmt.Errorf("make the zip: %w", err)
	}
	z := zip.NewWriter(draft)
	for _, inside := range append([]string{manifest.Name}, manifest.Paths(files)...) {
		err := ctx.Err()
		if err == nil {
			err = t.packOne(z, inside)
		}
		if err != nil {
			return errors.Join(fmt.Errorf("pack %s: %w", inside, err), draft.Close())
		}
	}
	if err := errors.Join(z.Close(), draft.Sync(), draft.Close()); err != nil {
		return fmt.Errorf("make the zip: %w", err)
	}
	if err := os.Rename(draft.Name(), archive); err != nil {
		return fmt.Errorf("make the zip: %w", err)
	}
	return nil
}

// packOne adds a file as it is: pictures do not get smaller.
func (t *target) packOne(z *zip.Writer, inside string) error {
	f, err := os.Open(t.at(inside))
	if err != nil {
		return err //nolint:wrapcheck // the caller names the file
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return err //nolint:wrapcheck // it names the file
	}
	w, err := z.CreateHeader(&zip.FileHeader{Name: inside, Method: zip.Store, Modified: st.ModTime().UTC()})
	if err != nil {
		return err //nolint:wrapcheck // the caller names the entry
	}
	_, err = io.Copy(w, f)
	return err //nolint:wrapcheck // as above
}
