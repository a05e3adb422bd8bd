package storage

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
)

// location is where an object lies below the root.
type location struct {
	dir  string // bucket/first/second
	leaf string // third@
}

func (l location) path() string { return path.Join(l.dir, l.leaf) }

func locate(ref Ref) (location, error) {
	if ref.Bucket != Tmp && ref.Bucket != Final {
		return location{}, fmt.Errorf("%w: no bucket %q", ErrInvalidKey, ref.Bucket)
	}
	if err := CheckKey(ref.Key); err != nil {
		return location{}, err
	}
	dir, last := path.Split(ref.Key)
	return location{dir: path.Join(string(ref.Bucket), dir), leaf: last + objectMark}, nil
}

// objectReader reads a part of a file until its context ends.
type objectReader struct {
	ctx  context.Context //nolint:containedctx // a reader has no other way to obey the context it was opened with
	part *io.SectionReader
	file *os.File
}

// Read implements io.Reader.
func (o *objectReader) Read(p []byte) (int, error) {
	if err := o.ctx.Err(); err != nil {
		return 0, err
	}
	return o.part.Read(p) //nolint:wrapcheck // an io.Reader passes io.EOF on as it is
}

// Close implements io.Closer.
func (o *objectReader) Close() error {
	return o.file.Close() //nolint:wrapcheck // nothing to add
}

// staged is a file in the staging folder.
type staged struct {
	folder *Folder
	name   string
	file   *os.File
}

func (f *Folder) stage() (*staged, error) {
	name := rand.Text()
	file, err := f.root.OpenFile(path.Join(stagingDir, name), os.O_CREATE|os.O_EXCL|os.O_WRONLY, fileMode)
	if err != nil {
		return nil, fmt.Errorf("make a file in the storage folder: %w", err)
	}
	return &staged{folder: f, name: name, file: file}, nil
}

// discard closes and removes the file. Where it was renamed away, that is all right.
func (s *staged) discard() error {
	err := s.file.Close()
	if errors.Is(err, fs.ErrClosed) {
		err = nil
	}
	gone := s.folder.root.Remove(path.Join(stagingDir, s.name))
	if errors.Is(gone, fs.ErrNotExist) {
		gone = nil
	}
	return errors.Join(err, gone)
}
