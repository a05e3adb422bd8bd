// Package web holds the web app as it was built into this program, ready to be
// served: each file with its type, its tag and its compressed forms. It knows
// nothing of HTTP servers; package api serves it.
package web

import (
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
)

// dist is what "make build" leaves of client/. Until then it holds .keep alone,
// without which nothing could be compiled.
//
//go:embed all:dist
var dist embed.FS

// NotBuilt is the page to show where the app would be, for people.
//
//go:embed notbuilt.html
var NotBuilt []byte

// AssetPrefix is the folder of the files whose names hold a hash of their
// content: a name never gets another content.
const AssetPrefix = "/assets/"

// Policy is the content security policy of everything in the app. Scripts,
// workers and connections are this server's alone; no script is inline. The
// style sheets that components write while they run are, by Mantine's way.
// Pictures that are still being sent are blob: URLs, placeholders are data: URLs.
// pictures is the origin that content redirects to, or empty: pictures alone
// come from there, in elements and never by a script.
func Policy(pictures string) string {
	if pictures != "" {
		pictures = " " + pictures
	}
	return "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' blob: data:" + pictures + "; " +
		"connect-src 'self'; font-src 'self'; manifest-src 'self'; worker-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
}

// Body is one form of a file.
type Body struct {
	Encoding string // content coding: br, gzip or, of the file as it is, empty
	ETag     string // strong: another one for each form
	Bytes    []byte // not to be changed
}

// File is one file of the app.
type File struct {
	Type      string // media type
	Immutable bool   // its name never gets another content
	plain     Body
	packed    []Body // smaller forms, the best one first
}

// Site is a built app. It does not change and may be used by many at once.
type Site struct {
	files map[string]*File // by absolute path
}

// Built is the app that this program was built with.
func Built() (*Site, error) {
	files, err := fs.Sub(dist, "dist")
	if err != nil {
		return nil, fmt.Errorf("open the built web app: %w", err)
	}
	return New(files)
}

// codings are the compressed forms that a build makes, the smaller one first.
var codings = []struct{ suffix, name string }{{".br", "br"}, {".gz", "gzip"}}

// New reads an app from a folder as the build leaves it: index.html, assets/,
// and beside a file its compressed forms. What begins with a dot is not part of
// it. A folder without index.html is an app that was not built.
func New(files fs.FS) (*Site, error) {
	s := &Site{files: map[string]*File{}}
	err := fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case strings.HasPrefix(d.Name(), ".") && name != ".":
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		case d.IsDir() || coding(name) != "":
			return nil
		}
		file, err := read(files, name)
		s.files["/"+name] = file
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the built web app: %w", err)
	}
	return s, nil
}

func coding(name string) string {
	for _, c := range codings {
		if strings.HasSuffix(name, c.suffix) {
			return c.name
		}
	}
	return ""
}

func read(files fs.FS, name string) (*File, error) {
	data, err := fs.ReadFile(files, name)
	if err != nil {
		return nil, err //nolint:wrapcheck // names the file already
	}
	file := &File{Type: mediaType(name), Immutable: strings.HasPrefix("/"+name, AssetPrefix), plain: body("", data)}
	for _, c := range codings {
		packed, err := fs.ReadFile(files, name+c.suffix)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err //nolint:wrapcheck // names the file already
		}
		if len(packed) < len(data) {
			file.packed = append(file.packed, body(c.name, packed))
		}
	}
	return file, nil
}

func body(encoding string, data []byte) Body {
	sum := sha256.Sum256(data)
	return Body{Encoding: encoding, ETag: `"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`, Bytes: data}
}

// types are those of all that a build may leave. The tables of the system are
// not asked: they differ, and a wrong type keeps a script from running.
var types = map[string]string{
	".css": "text/css; charset=utf-8", ".html": "text/html; charset=utf-8", ".ico": "image/x-icon", ".jpg": "image/jpeg",
	".js": "text/javascript; charset=utf-8", ".json": "application/json", ".map": "application/json", ".png": "image/png",
	".svg": "image/svg+xml", ".txt": "text/plain; charset=utf-8", ".webmanifest": "application/manifest+json",
	".webp": "image/webp", ".woff2": "font/woff2",
}

// unknownType is that of a file that is none of these.
const unknownType = "application/octet-stream"

func mediaType(name string) string {
	if t, ok := types[path.Ext(name)]; ok {
		return t
	}
	return unknownType
}

// File finds a file by its path in the URL, or nil. Index is not found by a
// path of its own: it has many.
func (s *Site) File(path string) *File {
	if path == indexPath {
		return nil
	}
	return s.files[path]
}

const indexPath = "/index.html"

// Index is the page that every address of the app begins with, or nil if the
// app was not built.
func (s *Site) Index() *File { return s.files[indexPath] }

// Varies reports whether the file has more than one form.
func (f *File) Varies() bool { return len(f.packed) > 0 }

// Form is the best form of the file for what a client accepts, by its
// Accept-Encoding header.
func (f *File) Form(accept string) Body {
	for _, b := range f.packed {
		if accepts(accept, b.Encoding) {
			return b
		}
	}
	return f.plain
}
