package storage

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"
)

// supported says how storage URLs are written.
const supported = "supported are file:///absolute/folder and supabase+https://project.supabase.co"

// Option sets what the URL of a store does not say.
type Option func(*SupabaseOptions)

// WithSupabase says how a Supabase store is used; for other stores it means nothing.
func WithSupabase(opts SupabaseOptions) Option {
	return func(o *SupabaseOptions) { *o = opts }
}

// IsSupabase reports whether a storage URL names a Supabase store.
func IsSupabase(rawURL string) bool {
	u, err := url.Parse(rawURL)
	return err == nil && (u.Scheme == "supabase+https" || u.Scheme == "supabase+http" || u.Scheme == "https" && isHosted(u))
}

// isHosted: at Supabase itself, where one host serves several APIs.
func isHosted(u *url.URL) bool { return strings.HasSuffix(u.Hostname(), ".supabase.co") }

// Open opens the store that a STORAGE_URL names:
//   - file:///absolute/folder is a folder on a local disk, made where it is missing;
//   - supabase+https:// (or +http://, on a network of one's own) and the base URL
//     of a Supabase Storage API, with its key from WithSupabase. The path of a
//     hosted project, /storage/v1, and the supabase+ before its https may be left out.
//
// The errors say what is wrong with the URL without repeating it, since it may
// carry credentials by mistake.
func Open(ctx context.Context, rawURL string, options ...Option) (Store, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("open storage: %w", err)
	}
	u, err := url.Parse(rawURL)
	if err != nil {
		return nil, errors.New("storage URL: not a URL; write it like file:///var/lib/safelight/objects")
	}
	if IsSupabase(rawURL) {
		var opts SupabaseOptions
		for _, o := range options {
			o(&opts)
		}
		u.Scheme = strings.TrimPrefix(u.Scheme, "supabase+")
		if isHosted(u) && strings.Trim(u.Path, "/") == "" {
			u.Path = "/storage/v1"
		}
		return OpenSupabase(u.String(), opts)
	}
	if u.Scheme != "file" {
		return nil, fmt.Errorf("storage URL: scheme %q is not supported; %s", u.Scheme, supported)
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
