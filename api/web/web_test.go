package web

import (
	"io/fs"
	"path"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
)

func file(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }

func site(t *testing.T, files fstest.MapFS) *Site {
	t.Helper()
	s, err := New(files)
	require.NoError(t, err)
	return s
}

func TestFilesHaveTypesTagsAndForms(t *testing.T) {
	t.Parallel()
	script := strings.Repeat("let it = 1;", 20)
	s := site(t, fstest.MapFS{
		".keep": file(""), ".vite/manifest.json": file("{}"), "index.html": file("<!doctype html>"), "favicon.svg": file("<svg/>"),
		"assets/index-1a2b.js": file(script), "assets/index-1a2b.js.br": file("br"), "assets/index-1a2b.js.gz": file("gzip"),
		"assets/font.woff2": file("wOF2"), "assets/small.css": file("a{}"), "assets/small.css.gz": file("larger than before"),
		"odd.thing": file("?"),
	})
	for name, want := range map[string]string{
		"/favicon.svg": "image/svg+xml", "/assets/index-1a2b.js": "text/javascript; charset=utf-8",
		"/assets/font.woff2": "font/woff2", "/assets/small.css": "text/css; charset=utf-8", "/odd.thing": "application/octet-stream",
	} {
		f := s.File(name)
		require.NotNil(t, f, name)
		require.Equal(t, want, f.Type, name)
		require.Equal(t, strings.HasPrefix(name, "/assets/"), f.Immutable, name)
	}
	for _, hidden := range []string{"", "/", "/.keep", "/.vite/manifest.json", "/index.html", "/assets", "/assets/", "/assets/index-1a2b.js.br", "/assets/../favicon.svg", "favicon.svg"} {
		require.Nil(t, s.File(hidden), hidden)
	}
	require.Equal(t, "<!doctype html>", string(s.Index().Form("br, gzip").Bytes))
	require.False(t, s.Index().Varies())
	require.False(t, s.File("/assets/small.css").Varies(), "a form that is larger is no gain")

	f := s.File("/assets/index-1a2b.js")
	require.True(t, f.Varies())
	tags := map[string]bool{}
	for accept, want := range map[string]string{"": script, "gzip": "gzip", "br": "br"} {
		form := f.Form(accept)
		require.Equal(t, want, string(form.Bytes), accept)
		require.Regexp(t, `^"[\w-]{16}"$`, form.ETag)
		tags[form.ETag] = true
	}
	require.Len(t, tags, 3, "each form has a tag of its own")
}

func TestEncodingsAreChosenByTheHeader(t *testing.T) {
	t.Parallel()
	plain := strings.Repeat("x", 100)
	f := site(t, fstest.MapFS{"a.js": file(plain), "a.js.br": file("b"), "a.js.gz": file("g")}).File("/a.js")
	for accept, want := range map[string]string{
		"gzip, deflate, br, zstd": "br", "gzip, deflate": "gzip", "BR": "br", "br;q=0, gzip": "gzip", "br; q=0.1, gzip;q=1": "br",
		"gzip;q=0.000": "", "identity": "", "*": "", "deflate;q=1": "", "xbr, gzipped": "", "br;q=x": "", ";": "", "br;level=1;q=0": "",
	} {
		require.Equal(t, want, f.Form(accept).Encoding, accept)
	}
}

func TestPagesAreForThoseWhoAskByName(t *testing.T) {
	t.Parallel()
	for accept, want := range map[string]bool{
		"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8": true, "text/html": true, "application/json, text/html;q=0.1": true,
		"*/*": false, "": false, "application/json": false, "text/*": false, "text/html;q=0": false, "image/avif,image/webp,*/*;q=0.8": false,
	} {
		require.Equal(t, want, AcceptsPages(accept), accept)
	}
}

func TestAnAppThatWasNotBuiltHasNoIndex(t *testing.T) {
	t.Parallel()
	s := site(t, fstest.MapFS{".keep": file("")})
	require.Nil(t, s.Index())
	require.Nil(t, s.File("/.keep"))
	require.Contains(t, string(NotBuilt), "make build")
}

type brokenFS struct{ fs.FS }

func (b brokenFS) Open(name string) (fs.File, error) {
	if name == "." {
		return b.FS.Open(name)
	}
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
}

func TestAFolderThatCanNotBeReadIsAnError(t *testing.T) {
	t.Parallel()
	_, err := New(brokenFS{fstest.MapFS{"index.html": file("x")}})
	require.ErrorIs(t, err, fs.ErrPermission)
	require.ErrorContains(t, err, "web app")
}

// Whatever this program was built with: no file of it may be of a type that
// browsers refuse.
func TestEveryFileOfTheBuildHasAType(t *testing.T) {
	t.Parallel()
	s, err := Built()
	require.NoError(t, err)
	if s.Index() == nil {
		t.Skip("the web app is not built (make build)")
	}
	for name, f := range s.files {
		require.NotEqual(t, unknownType, f.Type, "%s: give %s a type", name, path.Ext(name))
		require.False(t, strings.HasSuffix(name, ".map"), "%s gives the sources away", name)
	}
}
