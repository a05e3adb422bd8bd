package api

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"safelight/internal/diskname"
	"safelight/models"
	"safelight/storage"
)

const digits = "0123456789"

func TestContentInParts(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	user, token := b.user(models.RoleUser, models.StatusActive)
	file := b.file(user.ID, []byte(digits))
	target := "/api/v1/files/" + file.ID + "/content"
	etag := `"` + file.Current.Blob.Variants[0].SHA256 + `"`
	for _, c := range []struct {
		name     string
		header   map[string]string
		status   int
		body     string
		position string // Content-Range
	}{
		{"all of it", nil, 200, digits, ""},
		{"the first byte", map[string]string{"Range": "bytes=0-0"}, 206, "0", "bytes 0-0/10"},
		{"a middle", map[string]string{"Range": "bytes=2-4"}, 206, "234", "bytes 2-4/10"},
		{"to the end", map[string]string{"Range": "bytes=7-"}, 206, "789", "bytes 7-9/10"},
		{"past the end", map[string]string{"Range": "bytes=7-999"}, 206, "789", "bytes 7-9/10"},
		{"the last three", map[string]string{"Range": "bytes=-3"}, 206, "789", "bytes 7-9/10"},
		{"more than there is", map[string]string{"Range": "bytes=-99"}, 206, digits, "bytes 0-9/10"},
		{"all, as a range", map[string]string{"Range": "bytes=0-"}, 206, digits, "bytes 0-9/10"},
		{"with spaces", map[string]string{"Range": "bytes= 2-4 "}, 206, "234", "bytes 2-4/10"},
		{"in capitals", map[string]string{"Range": "BYTES=2-4"}, 206, "234", "bytes 2-4/10"},
		{"right behind the end", map[string]string{"Range": "bytes=10-"}, 416, "", "bytes */10"},
		{"far behind", map[string]string{"Range": "bytes=99999999999999999999999-"}, 416, "", "bytes */10"},
		{"the last none", map[string]string{"Range": "bytes=-0"}, 416, "", "bytes */10"},
		{"backwards", map[string]string{"Range": "bytes=4-2"}, 200, digits, ""},
		{"no numbers", map[string]string{"Range": "bytes=a-b"}, 200, digits, ""},
		{"signed", map[string]string{"Range": "bytes=+1-2"}, 200, digits, ""},
		{"no dash", map[string]string{"Range": "bytes=5"}, 200, digits, ""},
		{"nothing", map[string]string{"Range": "bytes=-"}, 200, digits, ""},
		{"another unit", map[string]string{"Range": "pages=1-2"}, 200, digits, ""},
		{"several", map[string]string{"Range": "bytes=0-1,4-5"}, 200, digits, ""},
		{"if it is still that one", map[string]string{"Range": "bytes=2-4", "If-Range": etag}, 206, "234", "bytes 2-4/10"},
		{"if it is another", map[string]string{"Range": "bytes=2-4", "If-Range": `"other"`}, 200, digits, ""},
		{"a weak tag proves nothing", map[string]string{"Range": "bytes=2-4", "If-Range": "W/" + etag}, 200, digits, ""},
		{"nor does a date", map[string]string{"Range": "bytes=2-4", "If-Range": "Mon, 01 Jan 2035 00:00:00 GMT"}, 200, digits, ""},
		{"the range is bad, but for another", map[string]string{"Range": "bytes=99-", "If-Range": `"other"`}, 200, digits, ""},
		{"known already", map[string]string{"If-None-Match": etag}, 304, "", ""},
		{"known, weakly", map[string]string{"If-None-Match": "W/" + etag}, 304, "", ""},
		{"known among others", map[string]string{"If-None-Match": `"a", ` + etag}, 304, "", ""},
		{"any", map[string]string{"If-None-Match": "*"}, 304, "", ""},
		{"known, before any range", map[string]string{"If-None-Match": etag, "Range": "bytes=99-"}, 304, "", ""},
		{"not known", map[string]string{"If-None-Match": `"a"`}, 200, digits, ""},
	} {
		for _, method := range []string{http.MethodGet, http.MethodHead} {
			a := b.ask(method, target, token, nil, func(r *http.Request) {
				for k, v := range c.header {
					r.Header.Set(k, v)
				}
			})
			require.Equal(t, c.status, a.Status, "%s %s: %s", method, c.name, a.Body)
			require.Equal(t, c.position, a.Header.Get("Content-Range"), c.name)
			if c.status == http.StatusRequestedRangeNotSatisfiable {
				if method == http.MethodGet {
					a.problem(CodeRange)
				}
				continue
			}
			require.Equal(t, etag, a.Header.Get("ETag"), c.name)
			if c.status != http.StatusNotModified {
				require.Equal(t, "bytes", a.Header.Get("Accept-Ranges"), c.name)
				require.Equal(t, strconv.Itoa(len(c.body)), a.Header.Get("Content-Length"), "%s %s", method, c.name)
				require.Equal(t, "image/webp", a.Header.Get("Content-Type"), c.name)
			}
			if method == http.MethodGet {
				require.Equal(t, c.body, string(a.Body), c.name)
			} else {
				require.Empty(t, a.Body, c.name)
			}
		}
	}
}

func TestContentIsServedHarmlessly(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	user, token := b.user(models.RoleUser, models.StatusActive)
	file := b.file(user.ID, []byte(digits))
	file.Name = "my <script>.svg"
	b.rows.files[file.ID] = file
	shown := b.ask(http.MethodGet, "/api/v1/files/"+file.ID+"/content?variant=thumb", token, nil)
	require.Equal(t, "sandbox; default-src 'none'; frame-ancestors 'none'", shown.Header.Get("Content-Security-Policy"))
	require.Equal(t, "nosniff", shown.Header.Get("X-Content-Type-Options"))
	require.Equal(t, "inline", shown.Header.Get("Content-Disposition"), "under no name of the user's")
	require.Equal(t, "private, no-cache", shown.Header.Get("Cache-Control"), "another version may become current")
	require.Equal(t, "Cookie, Authorization", shown.Header.Get("Vary"))

	fixed := b.ask(http.MethodGet, "/api/v1/files/"+file.ID+"/content?version=1", token, nil)
	require.Equal(t, "private, max-age=86400, immutable", fixed.Header.Get("Cache-Control"))
	require.Equal(t, "Cookie, Authorization", fixed.Header.Get("Vary"))

	download := b.ask(http.MethodGet, "/api/v1/files/"+file.ID+"/content?download=true&version=1", token, nil)
	require.Equal(t, `attachment; filename="my _script_.svg.webp"; filename*=UTF-8''my%20_script_.svg.webp`, download.Header.Get("Content-Disposition"))
	require.Equal(t, "image/webp", download.Header.Get("Content-Type"), "what it is, not what it was called")

	b.ask(http.MethodGet, "/api/v1/files/"+file.ID+"/content?version=2", token, nil).problem(CodeNotFound)
	b.ask(http.MethodGet, "/api/v1/files/"+uuid.NewString()+"/content", token, nil).problem(CodeNotFound)
	b.ask(http.MethodGet, "/api/v1/files/..%2f..%2fetc%2fpasswd/content", token, nil).problem(CodeNotFound)
	blob := file.Current.Blob
	blob.Variants = blob.Variants[:1]
	file.Current.Blob = blob
	b.rows.files[file.ID] = file
	b.ask(http.MethodGet, "/api/v1/files/"+file.ID+"/content?variant=preview", token, nil).problem(CodeNotFound)
}

func TestContentOfAStoreThatFails(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	user, token := b.user(models.RoleUser, models.StatusActive)
	file := b.file(user.ID, []byte(digits))
	target := "/api/v1/files/" + file.ID + "/content"
	b.objects.fail = errBoom
	a := b.ask(http.MethodGet, target, token, nil, header("Range", "bytes=1-2"))
	a.problem(CodeUnavailable)
	require.Equal(t, "5", a.Header.Get("Retry-After"))
	require.Empty(t, a.Header.Get("ETag"), "a problem is not the content")
	require.Empty(t, a.Header.Get("Content-Range"))

	b.objects.fail = nil
	b.objects.bytes[file.Current.Blob.Variants[0].Key] = []byte("shorter")
	b.ask(http.MethodGet, target, token, nil).problem(CodeInternal)
}

// tracked is an object that breaks off and notes that it was closed.
type tracked struct {
	io.Reader
	closed bool
}

func (r *tracked) Close() error { r.closed = true; return nil }

// silent is a connection of which only the write deadline is of interest.
type silent struct {
	net.Conn
	deadline time.Time
}

func (s *silent) SetWriteDeadline(at time.Time) error { s.deadline = at; return nil }

func TestAPacedReaderMovesTheDeadlineUpToItsLimit(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	conn, object := &silent{}, &tracked{Reader: io.MultiReader(strings.NewReader("abc"), &failing{})}
	ended := false
	r := &pacedReader{object: object, conn: conn, limit: time.Now().Add(time.Hour), done: func() { ended = true }, log: b.app.Log, id: "the-request"}
	buf := make([]byte, 10)
	n, err := r.Read(buf)
	require.NoError(t, err)
	require.Equal(t, 3, n)
	require.WithinDuration(t, time.Now().Add(stallTime), conn.deadline, 5*time.Second)

	r.limit = time.Now().Add(time.Second)
	_, err = r.Read(buf)
	require.ErrorIs(t, err, errBoom)
	require.Equal(t, r.limit, conn.deadline, "a slow reader can not go on for ever")
	require.Contains(t, b.logs.String(), "the-request", "what breaks off after the answer has begun is in the log")
	require.NoError(t, r.Close())
	require.True(t, ended && object.closed)
}

type failing struct{}

func (*failing) Read([]byte) (int, error) { return 0, errBoom }

// slowObjects give their bytes one at a time and tell whether they were closed.
type slowObjects struct{ opened, closed chan struct{} }

func (o *slowObjects) Open(ctx context.Context, ref storage.Ref, _, length int64) (io.ReadCloser, storage.Info, error) {
	close(o.opened)
	context.AfterFunc(ctx, func() { close(o.closed) })
	return io.NopCloser(io.LimitReader(zeroes{}, length)), storage.Info{Ref: ref, Size: 64 << 20}, nil
}

type zeroes struct{}

func (zeroes) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// A client that goes away in the middle leaves no open object behind.
func TestAClientThatLeaves(t *testing.T) {
	t.Parallel()
	objects := &slowObjects{opened: make(chan struct{}), closed: make(chan struct{})}
	b := newBench(t, func(d *Deps) { d.Objects = objects })
	user, token := b.user(models.RoleUser, models.StatusActive)
	file := b.file(user.ID, []byte(digits))
	file.Current.Blob.Variants[0].Size = 64 << 20
	b.rows.files[file.ID] = file

	conn, err := net.Dial("tcp", served(t, b))
	require.NoError(t, err)
	_, err = io.WriteString(conn, "GET /api/v1/files/"+file.ID+"/content HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer "+token+"\r\n\r\n")
	require.NoError(t, err)
	<-objects.opened
	_, err = io.ReadFull(conn, make([]byte, 1000))
	require.NoError(t, err)
	require.NoError(t, conn.Close())
	select {
	case <-objects.closed:
	case <-time.After(20 * time.Second):
		t.Fatal("the object stays open")
	}
}

// FuzzParseRange holds what is served within the content.
func FuzzParseRange(f *testing.F) {
	for _, seed := range []string{"bytes=0-0", "bytes=-5", "bytes=5-", "bytes=9999999999999999999-", "x", "bytes=-", "bytes=0-18446744073709551616"} {
		f.Add(seed, int64(10))
	}
	f.Fuzz(func(t *testing.T, header string, size int64) {
		if size < 0 {
			return
		}
		part, answer := parseRange(header, size)
		if answer == partOfContent {
			require.GreaterOrEqual(t, part.offset, int64(0))
			require.Positive(t, part.length)
			require.LessOrEqual(t, part.offset+part.length, size)
		}
	})
}

func TestDownloadNames(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, mimeType, want string }{
		{"cat.jpg", "image/jpeg", "cat.jpg"},
		{"cat.JPEG", "image/jpeg", "cat.JPEG"},
		{"cat.jpg", "image/webp", "cat.webp"},
		{"cat.tiff", "image/tiff", "cat.tiff"},
		{"cat", "image/webp", "cat.webp"},
		{"cat.v2", "image/webp", "cat.v2.webp"},
		{"cat.exe", "image/png", "cat.exe.png"},
		{".png", "image/webp", ".png.webp"},
		{"cat.", "image/webp", "cat..webp"},
		{"cat.jpg", "application/x-unknown", "cat.jpg"},
	} {
		require.Equal(t, c.want, diskname.WithType(c.name, c.mimeType), "%+v", c)
	}
}

func TestAttachments(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"cat.webp":              `attachment; filename="cat.webp"; filename*=UTF-8''cat.webp`,
		"my cat.webp":           `attachment; filename="my cat.webp"; filename*=UTF-8''my%20cat.webp`,
		`a"b\c.webp`:            `attachment; filename="a_b_c.webp"; filename*=UTF-8''a_b_c.webp`,
		"a\r\nX-Evil: 1.webp":   `attachment; filename="a__X-Evil_ 1.webp"; filename*=UTF-8''a__X-Evil_%201.webp`,
		"../../etc/passwd":      `attachment; filename="_.._.._etc_passwd"; filename*=UTF-8''_.._.._etc_passwd`,
		"50%20off.webp":         `attachment; filename="50_20off.webp"; filename*=UTF-8''50%2520off.webp`,
		"ü🐈.webp":               `attachment; filename="__.webp"; filename*=UTF-8''%C3%BC%F0%9F%90%88.webp`,
		"CON.webp":              `attachment; filename="_CON.webp"; filename*=UTF-8''_CON.webp`,
		"con":                   `attachment; filename="_con"; filename*=UTF-8''_con`,
		"lpt1.tar.webp":         `attachment; filename="_lpt1.tar.webp"; filename*=UTF-8''_lpt1.tar.webp`,
		"console.webp":          `attachment; filename="console.webp"; filename*=UTF-8''console.webp`,
		"COM10.webp":            `attachment; filename="COM10.webp"; filename*=UTF-8''COM10.webp`,
		".htaccess":             `attachment; filename="_.htaccess"; filename*=UTF-8''_.htaccess`,
		"it's (1) [x]; y=z.jpg": `attachment; filename="it's (1) [x]; y=z.jpg"; filename*=UTF-8''it%27s%20%281%29%20%5Bx%5D%3B%20y%3Dz.jpg`,
	} {
		got := attachment(name)
		require.Equal(t, want, got)
		require.False(t, bytes.ContainsAny([]byte(got), "\r\n\x00"))
	}
}
