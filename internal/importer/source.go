// Package importer brings a whole folder, or the pictures in a zip, to a server:
// only what is not there yet, several at a time, and on from where it was when
// it is killed and run again. It is built on uploader, which sends and follows
// each file.
package importer

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"safelight/internal/uploader"
)

// entry is a file that might be a picture.
type entry struct {
	path  string // in the source, with slashes
	size  int64
	stamp string // another one whenever the bytes are others
	// read streams the bytes, open gives them to the uploader.
	read func() (io.ReadCloser, error)
	open func(ctx context.Context) (uploader.Content, error)
	err  error // it can not be looked at
}

// source is where entries come from.
type source interface {
	// entries are all of them, in the order of their paths.
	entries(ctx context.Context) ([]entry, error)
	io.Closer
}

// openSource opens a folder or a zip.
func openSource(name string) (source, error) {
	st, err := os.Stat(name)
	if err != nil {
		return nil, fmt.Errorf("open what to import: %w", err)
	}
	if st.IsDir() {
		return folder(name), nil
	}
	file, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("open what to import: %w", err)
	}
	z, err := zip.NewReader(file, st.Size())
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s is neither a folder nor a zip: %w", name, err), file.Close())
	}
	return &archive{file: file, zip: z}, nil
}

// hidden are names that systems put beside people's files, not people.
func hidden(name string) bool {
	return strings.HasPrefix(name, ".") || name == "__MACOSX" || name == "Thumbs.db" || name == "desktop.ini"
}

// folder is a folder with all that is in it. Links are not followed: they may
// lead anywhere, also back.
type folder string

// Close implements source.
func (folder) Close() error { return nil }

func (f folder) entries(ctx context.Context) ([]entry, error) {
	root, err := filepath.EvalSymlinks(string(f)) // the link that a person names is meant
	if err != nil {
		return nil, fmt.Errorf("look through %s: %w", string(f), err)
	}
	var all []entry
	err = filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		inside, relErr := filepath.Rel(root, name)
		if relErr != nil {
			return fmt.Errorf("find %s in %s: %w", name, root, relErr)
		}
		inside = filepath.ToSlash(inside)
		switch {
		case err != nil && inside == ".":
			return err
		case err != nil: // a folder that can not be read keeps nothing else from being imported
			all = append(all, entry{path: inside, err: err})
			return nil //nolint:nilerr // it is kept with the entry
		case inside != "." && hidden(d.Name()):
			if d.IsDir() {
				return filepath.SkipDir
			}
			return nil
		case !d.Type().IsRegular():
			return nil
		}
		all = append(all, fileEntry(inside, name, d))
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("look through %s: %w", root, err)
	}
	return all, nil
}

func fileEntry(inside, name string, d fs.DirEntry) entry {
	info, err := d.Info()
	if err != nil {
		return entry{path: inside, err: err}
	}
	return entry{
		path: inside, size: info.Size(), stamp: info.ModTime().UTC().Format(time.RFC3339Nano),
		read: func() (io.ReadCloser, error) { return os.Open(name) },
		open: func(context.Context) (uploader.Content, error) { return uploader.OpenFile(name) },
	}
}

// archive is a zip.
type archive struct {
	file *os.File
	zip  *zip.Reader
}

// Close implements source.
func (a *archive) Close() error { return a.file.Close() } //nolint:wrapcheck // it names the file

func (a *archive) entries(ctx context.Context) ([]entry, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	var all []entry
	for _, f := range a.zip.File {
		name := strings.ReplaceAll(f.Name, `\`, "/") // as some programs write it
		if !f.Mode().IsRegular() || strings.HasSuffix(name, "/") || slices.ContainsFunc(strings.Split(name, "/"), hidden) {
			continue
		}
		e := entry{
			path: name, size: int64(f.UncompressedSize64), stamp: fmt.Sprintf("crc32 %08x", f.CRC32),
			read: func() (io.ReadCloser, error) { return f.Open() },
			open: func(ctx context.Context) (uploader.Content, error) { return a.open(ctx, f) },
		}
		if f.Flags&1 != 0 {
			e.err = errors.New("it is encrypted: unpack it first")
		}
		all = append(all, e)
	}
	slices.SortStableFunc(all, func(x, y entry) int { return strings.Compare(x.path, y.path) })
	return all, nil
}

// open gives the bytes of an entry: where they lie in the archive as they are,
// from there; else from a file of its own, which no name leads to, so that
// nothing is left of it when this process is killed.
func (a *archive) open(ctx context.Context, f *zip.File) (uploader.Content, error) {
	size := int64(f.UncompressedSize64)
	if f.Method == zip.Store && f.CompressedSize64 == f.UncompressedSize64 {
		offset, err := f.DataOffset()
		if err != nil {
			return nil, fmt.Errorf("find %s in the archive: %w", f.Name, err)
		}
		return stored{io.NewSectionReader(a.file, offset, size)}, nil
	}
	r, err := f.Open()
	if err != nil {
		return nil, fmt.Errorf("unpack %s: %w", f.Name, err)
	}
	defer r.Close()
	draft, err := os.CreateTemp("", "safelight-import-")
	if err != nil {
		return nil, fmt.Errorf("unpack %s: %w", f.Name, err)
	}
	if err := os.Remove(draft.Name()); err != nil {
		return nil, errors.Join(fmt.Errorf("unpack %s: %w", f.Name, err), draft.Close())
	}
	n, err := io.Copy(draft, io.LimitReader(&patient{ctx: ctx, r: r}, size+1))
	if err == nil && n != size {
		err = fmt.Errorf("it has other than the %d bytes that the archive says", size)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("unpack %s: %w", f.Name, err), draft.Close())
	}
	return &unpacked{File: draft, size: size}, nil
}

// stored is an entry that is not compressed. It is the archive's to close.
type stored struct{ *io.SectionReader }

// Close implements uploader.Content.
func (stored) Close() error { return nil }

type unpacked struct {
	*os.File
	size int64
}

// Size implements uploader.Content.
func (u *unpacked) Size() int64 { return u.size }

// patient reads until its context ends.
type patient struct {
	ctx context.Context
	r   io.Reader
}

// Read implements io.Reader.
func (p *patient) Read(b []byte) (int, error) {
	if err := p.ctx.Err(); err != nil {
		return 0, err
	}
	return p.r.Read(b) //nolint:wrapcheck // io.Reader's contract: io.EOF as it is
}
