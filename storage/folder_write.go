package storage

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
)

// maxTries bounds how often a folder is made again that somebody prunes at the
// same moment. Each further try needs another delete to fall into a window of
// microseconds.
const maxTries = 1000

// Put implements Store. The bytes go to a staged file, which is synced and then
// renamed over the object's name. A reader that blocks is waited for: it is the
// caller's, and must not be read after Put has returned.
func (f *Folder) Put(ctx context.Context, ref Ref, r io.Reader, size int64, contentType string) (n int64, err error) {
	at, err := locate(ref)
	if err != nil {
		return 0, err
	}
	if err := ctx.Err(); err != nil {
		return 0, fmt.Errorf("put %s: %w", ref, err)
	}
	s, err := f.stage()
	if err != nil {
		return 0, fmt.Errorf("put %s: %w", ref, err)
	}
	defer func() { err = errors.Join(err, s.discard()) }()
	n, err = s.fill(ctx, r, size, contentType)
	if err != nil {
		return 0, fmt.Errorf("put %s: %w", ref, err)
	}
	if err := f.place(ctx, s.name, at); err != nil {
		return 0, fmt.Errorf("put %s: %w", ref, err)
	}
	return n, nil
}

// fill writes the whole of r and waits until it is on the disk.
func (s *staged) fill(ctx context.Context, r io.Reader, size int64, contentType string) (int64, error) {
	if size >= 0 {
		r = io.LimitReader(r, size+1) // one more than announced is enough to know
	}
	n, err := io.Copy(s.file, &contextReader{ctx: ctx, r: r})
	if err != nil {
		return 0, fmt.Errorf("after %d bytes: %w", n, err)
	}
	if err := ctx.Err(); err != nil {
		return 0, fmt.Errorf("after %d bytes: %w", n, err)
	}
	if size >= 0 && n > size {
		return 0, fmt.Errorf("%w: more than %d bytes", ErrShort, size)
	}
	if size >= 0 && n < size {
		return 0, fmt.Errorf("%w: %d of %d bytes", ErrShort, n, size)
	}
	if contentType != "" {
		if err := setContentType(s.file, contentType); err != nil {
			return 0, fmt.Errorf("keep the content type: %w", err)
		}
	}
	if err := s.file.Sync(); err != nil {
		return 0, fmt.Errorf("sync: %w", err)
	}
	if err := s.file.Close(); err != nil {
		return 0, fmt.Errorf("close: %w", err)
	}
	return n, nil
}

// place renames a staged file to where it belongs.
func (f *Folder) place(ctx context.Context, name string, at location) error {
	for try := 1; ; try++ {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("before it became visible: %w", err)
		}
		err := f.placeOnce(name, at)
		if err == nil {
			return nil
		}
		f.prune(at.dir)
		if !errors.Is(err, errPruned) || try == maxTries {
			return err
		}
	}
}

func (f *Folder) placeOnce(name string, at location) (err error) {
	dir, err := f.makeDir(at.dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, dir.Close()) }()
	err = f.replacing(f.staging, name, dir, at.leaf)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("rename: %w: %w", errPruned, err)
	}
	if err != nil {
		return fmt.Errorf("rename: %w", err)
	}
	return f.syncUp(dir, at.dir)
}

// errPruned: a folder was deleted as empty just before something came into it.
var errPruned = errors.New("its folder was removed meanwhile")

func (f *Folder) makeDir(dir string) (*os.File, error) {
	err := f.root.MkdirAll(dir, dirMode)
	var d *os.File
	if err == nil {
		d, err = f.root.Open(dir)
	}
	// "Exists" is what MkdirAll says of a folder that was there and is gone when it looks closer.
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("make its folder: %w: %w", errPruned, err)
	}
	if err != nil {
		return nil, fmt.Errorf("make its folder: %w", err)
	}
	return d, nil
}

// syncUp brings the names on the way to a new object onto the disk: a folder
// just made may itself be missing after a power cut. Syncing one that has not
// changed costs next to nothing.
func (f *Folder) syncUp(dir *os.File, name string) error {
	if err := dir.Sync(); err != nil {
		return fmt.Errorf("sync its folder: %w", err)
	}
	for name = path.Dir(name); name != "."; name = path.Dir(name) {
		above, err := f.root.Open(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue // the object was deleted since
		}
		if err != nil {
			return fmt.Errorf("open a folder above it: %w", err)
		}
		if err := errors.Join(above.Sync(), above.Close()); err != nil {
			return fmt.Errorf("sync a folder above it: %w", err)
		}
	}
	return nil
}

// Move implements Store: one rename that refuses to overwrite.
func (f *Folder) Move(ctx context.Context, from, to Ref) error {
	source, err := locate(from)
	if err != nil {
		return err
	}
	target, err := locate(to)
	if err != nil {
		return err
	}
	for try := 1; ; try++ {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("move %s to %s: %w", from, to, err)
		}
		err := f.moveOnce(source, target)
		if err == nil {
			f.prune(source.dir)
			return nil
		}
		f.prune(target.dir)
		if !errors.Is(err, errPruned) || try == maxTries {
			return fmt.Errorf("move %s to %s: %w", from, to, err)
		}
	}
}

func (f *Folder) moveOnce(source, target location) (err error) {
	if err := f.exists(source); err != nil { // before a folder is made for nothing
		return err
	}
	sourceDir, err := f.root.Open(source.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return ErrNotFound
	}
	if err != nil {
		return fmt.Errorf("open its folder: %w", err)
	}
	defer func() { err = errors.Join(err, sourceDir.Close()) }()
	targetDir, err := f.makeDir(target.dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, targetDir.Close()) }()

	err = f.exclusive(sourceDir, source.leaf, targetDir, target.leaf)
	if err == nil {
		// The new name first: a power cut in between may leave both, never none.
		return errors.Join(f.syncUp(targetDir, target.dir), sourceDir.Sync())
	}
	if gone := f.exists(source); gone != nil {
		return gone
	}
	switch {
	case errors.Is(err, fs.ErrExist):
		return ErrExists
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("rename: %w: %w", errPruned, err)
	}
	return fmt.Errorf("rename: %w", err)
}

// exists answers ErrNotFound where there is no object.
func (f *Folder) exists(at location) error {
	_, err := f.root.Lstat(at.path())
	if errors.Is(err, fs.ErrNotExist) {
		return ErrNotFound
	}
	if err != nil {
		return fmt.Errorf("stat: %w", err)
	}
	return nil
}

// contextReader stops reading when its context has ended.
type contextReader struct {
	ctx context.Context //nolint:containedctx // lives for one Put
	r   io.Reader
}

// Read implements io.Reader.
func (c *contextReader) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(p) //nolint:wrapcheck // an io.Reader passes io.EOF on as it is
}
