package storage

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"time"

	"golang.org/x/sys/unix"
)

// How a Folder lies on disk: one folder per bucket, below it one folder per
// part of a key, and the object as a file of the last part's name with
// objectMark behind it. No key holds that mark, so that an object "a" and
// objects below "a/" live side by side, as in any object store, and files that
// somebody else puts there (.DS_Store, lost+found) are never taken for objects.
const (
	objectMark = "@"
	stagingDir = ".staging" // bytes on their way in
	lockFile   = ".lock"    // see renameLocked

	dirMode  = 0o700
	fileMode = 0o600

	// leftoverAge is after what time a staged file must be that of a process that died.
	leftoverAge = 24 * time.Hour
	// unknownType is what an object without a content type is said to be.
	unknownType = "application/octet-stream"
)

// Folder is a Store on a local disk of Linux or macOS. Several processes may
// share it. Files hold exactly the bytes of their object, readable by their
// owner only.
//
// The content type is an extended attribute of the file. A sidecar file could
// not come and go in one step with its object; an attribute is part of the
// inode and goes wherever the object is renamed to.
//
// What Put and Move have answered is on the disk, and not only in its cache.
// Deletions are not waited for: one that a power cut undoes leaves an object
// without a row, which housekeeping removes.
type Folder struct {
	root      *os.Root
	staging   *os.File
	exclusive renamer // renames without overwriting
	replacing renamer // renames over what is there
}

// OpenFolder opens the store in a folder, makes the folder where it is
// missing, and removes what processes that died left half written more than a
// day ago. It fails on a file system without extended attributes.
func OpenFolder(folder string) (*Folder, error) {
	if err := os.MkdirAll(folder, dirMode); err != nil {
		return nil, fmt.Errorf("make the storage folder: %w", err)
	}
	root, err := os.OpenRoot(folder)
	if err != nil {
		return nil, fmt.Errorf("open the storage folder: %w", err)
	}
	f := &Folder{root: root, exclusive: renameExclusive, replacing: renameReplacing}
	if err := f.prepare(); err != nil {
		return nil, errors.Join(fmt.Errorf("storage folder %s: %w", folder, err), f.Close())
	}
	return f, nil
}

// Close releases the folder. Readers that are open stay readable.
func (f *Folder) Close() error {
	errs := []error{f.root.Close()}
	if f.staging != nil {
		errs = append(errs, f.staging.Close())
	}
	return errors.Join(errs...)
}

func (f *Folder) prepare() error {
	for _, dir := range []string{string(Tmp), string(Final), stagingDir} {
		if err := f.root.MkdirAll(dir, dirMode); err != nil {
			return fmt.Errorf("make %s: %w", dir, err)
		}
	}
	top, err := f.root.Open(".")
	if err != nil {
		return fmt.Errorf("open: %w", err)
	}
	defer top.Close()
	if err := top.Sync(); err != nil {
		return fmt.Errorf("sync: %w", err)
	}
	if f.staging, err = f.root.Open(stagingDir); err != nil {
		return fmt.Errorf("open %s: %w", stagingDir, err)
	}
	if err := f.sweep(time.Now().Add(-leftoverAge)); err != nil {
		return err
	}
	return f.probe()
}

// SweepStaged implements Sweeper.
func (f *Folder) SweepStaged(ctx context.Context, before time.Time) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("sweep: %w", err)
	}
	return f.sweep(before)
}

func (f *Folder) sweep(before time.Time) error {
	entries, err := fs.ReadDir(f.root.FS(), stagingDir)
	if err != nil {
		return fmt.Errorf("list %s: %w", stagingDir, err)
	}
	for _, e := range entries {
		info, err := e.Info()
		if errors.Is(err, fs.ErrNotExist) {
			continue // another process finished it or swept it
		}
		if err != nil {
			return fmt.Errorf("look at a leftover: %w", err)
		}
		if !info.Mode().IsRegular() || !info.ModTime().Before(before) {
			continue
		}
		if err := f.root.Remove(path.Join(stagingDir, e.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("remove a leftover: %w", err)
		}
	}
	return nil
}

// probe finds out what the file system can do.
func (f *Folder) probe() (err error) {
	s, err := f.stage()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.discard()) }()
	if err := setContentType(s.file, unknownType); err != nil {
		return fmt.Errorf("the file system keeps no extended attributes, which content types need "+
			"(ext4, xfs, btrfs, zfs, APFS and, since Linux 6.6, tmpfs do): %w", err)
	}
	moved := s.name + "-probe"
	err = f.exclusive(f.staging, s.name, f.staging, moved)
	switch {
	case err == nil:
		s.name = moved
	case notSupported(err):
		f.exclusive = f.locked(renameUnlessTaken)
		f.replacing = f.locked(renameReplacing)
	default:
		return fmt.Errorf("rename a file: %w", err)
	}
	return nil
}

// Ready implements Store: it writes a file and removes it.
func (f *Folder) Ready(ctx context.Context) (err error) {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("storage: %w", err)
	}
	s, err := f.stage()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.discard()) }()
	if _, err := s.file.WriteString("ready"); err != nil {
		return fmt.Errorf("write to the storage folder: %w", err)
	}
	return nil
}

// Stat implements Store.
func (f *Folder) Stat(ctx context.Context, ref Ref) (Info, error) {
	file, info, err := f.open(ctx, ref)
	if err != nil {
		return Info{}, err
	}
	if err := file.Close(); err != nil {
		return Info{}, fmt.Errorf("stat %s: %w", ref, err)
	}
	return info, nil
}

// Open implements Store. The reader stays on the object as it was when it was
// opened, whatever is put, moved or deleted meanwhile.
func (f *Folder) Open(ctx context.Context, ref Ref, offset, length int64) (io.ReadCloser, Info, error) {
	if offset < 0 {
		return nil, Info{}, fmt.Errorf("open %s: negative offset %d", ref, offset)
	}
	file, info, err := f.open(ctx, ref)
	if err != nil {
		return nil, Info{}, err
	}
	left := max(info.Size-offset, 0)
	if length < 0 || length > left {
		length = left
	}
	return &objectReader{ctx: ctx, part: io.NewSectionReader(file, offset, length), file: file}, info, nil
}

func (f *Folder) open(ctx context.Context, ref Ref) (*os.File, Info, error) {
	at, err := locate(ref)
	if err != nil {
		return nil, Info{}, err
	}
	if err := ctx.Err(); err != nil {
		return nil, Info{}, fmt.Errorf("open %s: %w", ref, err)
	}
	return openObject(f.root, at.path(), ref)
}

// openObject opens one file and describes the object in it.
func openObject(root *os.Root, name string, ref Ref) (*os.File, Info, error) {
	file, err := root.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, Info{}, fmt.Errorf("%s: %w", ref, ErrNotFound)
	}
	if err != nil {
		return nil, Info{}, fmt.Errorf("open %s: %w", ref, err)
	}
	info, err := describe(file, ref)
	if err != nil {
		return nil, Info{}, errors.Join(err, file.Close())
	}
	return file, info, nil
}

func describe(file *os.File, ref Ref) (Info, error) {
	st, err := file.Stat()
	if err != nil {
		return Info{}, fmt.Errorf("stat %s: %w", ref, err)
	}
	if !st.Mode().IsRegular() {
		return Info{}, fmt.Errorf("stat %s: not a file but %s", ref, st.Mode().Type())
	}
	contentType, err := contentTypeOf(file)
	if err != nil {
		return Info{}, fmt.Errorf("read the content type of %s: %w", ref, err)
	}
	return Info{Ref: ref, Size: st.Size(), ContentType: contentType, ModTime: st.ModTime()}, nil
}

// Delete implements Store.
func (f *Folder) Delete(ctx context.Context, refs ...Ref) error {
	places := make([]location, len(refs))
	for i, ref := range refs {
		at, err := locate(ref)
		if err != nil {
			return err
		}
		places[i] = at
	}
	for i, at := range places {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("delete %s: %w", refs[i], err)
		}
		if err := f.root.Remove(at.path()); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("delete %s: %w", refs[i], err)
		}
		f.prune(at.dir)
	}
	return nil
}

// prune removes a folder and those above it as long as they are empty. Who
// puts something into one at this moment makes it again (see place).
func (f *Folder) prune(dir string) {
	for path.Dir(dir) != "." {
		if err := f.removeDir(dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return // in use, the usual case
		}
		dir = path.Dir(dir)
	}
}

// removeDir removes an empty folder and nothing else: Root.Remove would take a
// link or a file of that name as well.
func (f *Folder) removeDir(dir string) error {
	above, err := f.root.Open(path.Dir(dir))
	if err != nil {
		return err //nolint:wrapcheck // looked at by prune alone
	}
	return errors.Join(unix.Unlinkat(int(above.Fd()), path.Base(dir), unix.AT_REMOVEDIR), above.Close())
}
