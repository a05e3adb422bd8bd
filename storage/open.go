package storage

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
)

// Open opens the store that a STORAGE_URL names. file:///absolute/folder is
// the driver there is: a folder on a local disk, made where it is missing.
// The errors say what is wrong with the URL without repeating it, since the
// URLs of other stores may carry credentials.
func Open(ctx context.Context, rawURL string) (Store, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("open storage: %w", err)
	}
	u, err := url.Parse(rawURL)
	if err != nil {
		return nil, errors.New("storage URL: not a URL; write it like file:///var/lib/safelight/objects")
	}
	if u.Scheme != "file" {
		return nil, fmt.Errorf("storage URL: scheme %q is not supported; supported is file:///absolute/folder", u.Scheme)
	}
	folder, err := folderOf(u)
	if err != nil {
		return nil, err
	}
	return OpenFolder(folder)
}

func folderOf(u *url.URL) (string, error) {
	switch {
	case u.Opaque != "" || !filepath.IsAbs(u.Path):
		return "", errors.New("storage URL: the folder must be absolute, with three slashes: file:///var/lib/safelight/objects")
	case u.Host != "" && u.Host != "localhost":
		return "", fmt.Errorf("storage URL: file URLs reach this machine only, not %q; write file:/// with three slashes", u.Host)
	case u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return "", errors.New("storage URL: a file URL takes a folder and nothing else; write ? and # in its name as %3F and %23")
	case filepath.Clean(u.Path) == "/":
		return "", errors.New("storage URL: name a folder of its own, not the root of the file system")
	}
	return filepath.Clean(u.Path), nil
}
