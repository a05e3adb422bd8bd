package storage

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
)

// List implements Store. The cursor is the last key of the page before, so
// that what is put or deleted meanwhile shifts nothing. A page reads the names
// of every folder it passes through: fine for one machine's worth of objects.
func (f *Folder) List(ctx context.Context, bucket Bucket, prefix, cursor string, limit int) (Page, error) {
	if bucket != Tmp && bucket != Final {
		return Page{}, fmt.Errorf("%w: no bucket %q", ErrInvalidKey, bucket)
	}
	if err := CheckPrefix(prefix); err != nil {
		return Page{}, err
	}
	if limit < 1 || limit > maxList {
		limit = maxList
	}
	l := lister{ctx: ctx, bucket: bucket, prefix: prefix, after: cursor, limit: limit}
	start, _ := path.Split(prefix)
	dir, err := f.root.OpenRoot(path.Join(string(bucket), start))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return Page{}, nil
	case err != nil:
		return Page{}, fmt.Errorf("list %s/%s: %w", bucket, prefix, err)
	}
	if err := errors.Join(l.walk(dir, start), dir.Close()); err != nil {
		return Page{}, fmt.Errorf("list %s/%s: %w", bucket, prefix, err)
	}
	return l.page(), nil
}

// lister walks the folders of a bucket in the order of keys, until it has
// found one object more than it needs.
type lister struct {
	ctx    context.Context //nolint:containedctx // lives for one List
	bucket Bucket
	prefix string
	after  string
	limit  int
	found  []Info
}

func (l *lister) full() bool { return len(l.found) > l.limit }

func (l *lister) page() Page {
	if !l.full() {
		return Page{Objects: l.found}
	}
	return Page{Objects: l.found[:l.limit], Next: l.found[l.limit-1].Ref.Key}
}

// walk visits a folder; at is the part of the key that it stands for, "" or
// ending in a slash.
func (l *lister) walk(dir *os.Root, at string) error {
	entries, err := readDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if l.full() {
			return nil
		}
		if err := l.ctx.Err(); err != nil {
			return err
		}
		key := at + e.key
		if e.isDir {
			err = l.descend(dir, e, key)
		} else {
			err = l.visit(dir, e, key)
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, ErrNotFound) {
			return err // what has gone since the folder was read is no longer listed
		}
	}
	return nil
}

func (l *lister) visit(dir *os.Root, e entry, key string) error {
	if key <= l.after || !strings.HasPrefix(key, l.prefix) {
		return nil
	}
	file, info, err := openObject(dir, e.name, Ref{Bucket: l.bucket, Key: key})
	if err != nil {
		return err
	}
	l.found = append(l.found, info)
	return file.Close() //nolint:wrapcheck // wrapped by List
}

func (l *lister) descend(dir *os.Root, e entry, key string) error {
	if !strings.HasPrefix(key, l.prefix) && !strings.HasPrefix(l.prefix, key) {
		return nil
	}
	if key < l.after && !strings.HasPrefix(l.after, key) {
		return nil // every key below is before the cursor
	}
	below, err := dir.OpenRoot(e.name)
	if err != nil {
		return err //nolint:wrapcheck // wrapped by List
	}
	return errors.Join(l.walk(below, key), below.Close())
}

// entry is a folder or an object. key is what it adds to a key: a folder's
// ends in a slash, which is what puts "a-b" before "a/b" and that before "a0".
type entry struct {
	name  string
	key   string
	isDir bool
}

// readDir returns the folders and objects of a folder in the order of keys,
// and leaves out what no Folder has put there.
func readDir(dir *os.Root) ([]entry, error) {
	list, err := fs.ReadDir(dir.FS(), ".")
	if err != nil {
		return nil, err //nolint:wrapcheck // wrapped by List
	}
	entries := make([]entry, 0, len(list))
	for _, d := range list {
		name := d.Name()
		part, marked := strings.CutSuffix(name, objectMark)
		switch {
		case CheckKey(part) != nil:
		case marked && d.Type().IsRegular():
			entries = append(entries, entry{name: name, key: part})
		case !marked && d.IsDir():
			entries = append(entries, entry{name: name, key: part + "/", isDir: true})
		}
	}
	slices.SortFunc(entries, func(a, b entry) int { return cmp.Compare(a.key, b.key) })
	return entries, nil
}
