package uploader

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Wanted is bytes to fetch: a variant (full, original, …) of a version of a file.
type Wanted struct {
	FileID  string
	Version int
	Variant string
	// SHA256 is what they must have, in hex [what the server's ETag says].
	SHA256 string
}

// Fetched is what came.
type Fetched struct {
	SHA256 string
	Size   int64
}

// ErrDamaged says that bytes came which do not have the hash they should have,
// also when all of them were fetched again.
var ErrDamaged = errors.New("the bytes do not have the hash that they should have")

// Fetch writes bytes into a file that may hold the beginning of them, and goes
// on from there; a connection that breaks is made again. have hears how many
// bytes there are, retrying what will be tried again. What the server refuses
// is a *Problem. After an error the file holds what has come, for the next time.
func (c *Client) Fetch(ctx context.Context, want Wanted, into *os.File, have func(int64), retrying func(error)) (Fetched, error) {
	f := &fetch{c: c, want: want, file: into, have: have}
	if err := f.recall(ctx); err != nil {
		return Fetched{}, err
	}
	damaged := false
	for failed := 0; ; {
		before := f.size
		err := f.goOn(ctx)
		switch {
		case err == nil:
			return Fetched{SHA256: f.sum(), Size: f.size}, nil
		case errors.Is(err, ErrDamaged) && damaged:
			return Fetched{}, err
		case errors.Is(err, ErrDamaged):
			damaged = true
		case f.size > before:
			failed = 0
		}
		failed++
		if failed >= c.opts.MaxAttempts || !passing(ctx, err) {
			return Fetched{}, err
		}
		retrying(err)
		if err := c.wait(ctx, failed+1, err); err != nil {
			return Fetched{}, err
		}
	}
}

// fetch is bytes on their way into a file.
type fetch struct {
	c    *Client
	want Wanted
	file *os.File
	have func(int64)
	hash hash.Hash
	size int64 // what the file holds, all of it hashed
}

func (f *fetch) sum() string { return hex.EncodeToString(f.hash.Sum(nil)) }

// recall hashes what the file holds already.
func (f *fetch) recall(ctx context.Context) error {
	f.hash = sha256.New()
	if _, err := f.file.Seek(0, io.SeekStart); err != nil {
		return &localError{err}
	}
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := io.CopyN(f.hash, f.file, 8<<20)
		f.size += n
		if errors.Is(err, io.EOF) {
			f.have(f.size)
			return nil
		}
		if err != nil {
			return &localError{err}
		}
	}
}

// restart forgets all bytes.
func (f *fetch) restart() error {
	if err := f.file.Truncate(0); err != nil {
		return &localError{err}
	}
	if _, err := f.file.Seek(0, io.SeekStart); err != nil {
		return &localError{err}
	}
	f.hash, f.size = sha256.New(), 0
	f.have(0)
	return nil
}

// goOn fetches the rest of the bytes and holds all of them against their hash.
func (f *fetch) goOn(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	silence := f.c.opts.Silence
	watchdog := time.AfterFunc(silence, func() { cancel(fmt.Errorf("nothing came for %s", silence)) })
	defer watchdog.Stop()

	res, sum, err := f.request(ctx)
	if err != nil {
		return f.cause(ctx, err)
	}
	defer res.Body.Close()
	if f.want.SHA256 != "" {
		sum = f.want.SHA256
	}
	if err := f.agree(res); err != nil {
		return err
	}
	if res.StatusCode != http.StatusRequestedRangeNotSatisfiable {
		watchdog.Reset(silence)
		if err := f.copy(res.Body, func() { watchdog.Reset(silence) }); err != nil {
			return f.cause(ctx, err)
		}
	}
	if sum != "" && f.sum() != sum {
		got := f.sum()
		return errors.Join(fmt.Errorf("%w: %s instead of %s", ErrDamaged, got, sum), f.restart())
	}
	return nil
}

// cause prefers what ended a request over how it was felt.
func (*fetch) cause(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); cause != nil {
		var local *localError
		if !errors.As(err, &local) {
			return cause //nolint:wrapcheck // what this package, or the caller, ended it with
		}
	}
	return err
}

// agree sees that an answer goes on where the file ends. One that begins at the
// beginning replaces it. Behind the end of the bytes there is nothing to come.
func (f *fetch) agree(res *http.Response) error {
	switch res.StatusCode {
	case http.StatusPartialContent:
		first, _, _ := strings.Cut(strings.TrimPrefix(res.Header.Get("Content-Range"), "bytes "), "-")
		if from, err := strconv.ParseInt(first, 10, 64); err != nil || from != f.size {
			return errors.Join(fmt.Errorf("asked for what comes after %d bytes, the server sends %q", f.size, res.Header.Get("Content-Range")), f.restart())
		}
	case http.StatusRequestedRangeNotSatisfiable:
		_, total, _ := strings.Cut(res.Header.Get("Content-Range"), "/")
		if n, err := strconv.ParseInt(total, 10, 64); err != nil || n != f.size {
			return errors.Join(fmt.Errorf("there are %d bytes here, the server has %q", f.size, total), f.restart())
		}
	default:
		if f.size > 0 {
			return f.restart()
		}
	}
	return nil
}

// copy appends what comes. A body that ends early is an error of its reader.
func (f *fetch) copy(body io.Reader, alive func()) error {
	buf := make([]byte, 256<<10)
	for {
		n, err := body.Read(buf)
		if n > 0 {
			alive()
			if _, err := f.file.Write(buf[:n]); err != nil {
				return &localError{err}
			}
			f.hash.Write(buf[:n])
			f.size += int64(n)
			f.have(f.size)
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("the line broke: %w", err)
		}
	}
}

// hops is how many redirects are followed.
const hops = 5

// request asks for the bytes from the file's end on, and follows redirects. sum
// is their hash by the server's word, empty where it gave none.
func (f *fetch) request(ctx context.Context) (res *http.Response, sum string, err error) {
	query := url.Values{"variant": {f.want.Variant}, "version": {strconv.Itoa(f.want.Version)}}
	target := f.c.base + "/files/" + url.PathEscape(f.want.FileID) + "/content?" + query.Encode()
	res, err = f.c.sendFor(ctx, rightForContent, func() (*http.Request, error) { return f.get(ctx, target) })
	if err != nil {
		return nil, "", fmt.Errorf("fetch %s of version %d of file %s: %w", f.want.Variant, f.want.Version, f.want.FileID, err)
	}
	if sum = sumIn(res); sum == "" && isRedirect(res.StatusCode) {
		if sum, err = f.tag(ctx, target); err != nil {
			return nil, "", errors.Join(err, res.Body.Close())
		}
	}
	for hop := 0; isRedirect(res.StatusCode); hop++ {
		_ = res.Body.Close() // there is nothing in it
		at, err := res.Location()
		if err != nil || hop == hops || at.Scheme != "http" && at.Scheme != "https" || res.Request.URL.Scheme == "https" && at.Scheme != "https" {
			return nil, "", &localError{fmt.Errorf("the server redirects from %s to nowhere that can be followed", res.Request.URL.Host)}
		}
		req, err := f.get(ctx, at.String())
		if err != nil {
			return nil, "", err
		}
		// The address itself is what lets us in: it is another server's, and the
		// token is none of its business.
		if res, err = f.c.do(req); err != nil {
			return nil, "", err
		}
		if !rightForContent(res.StatusCode) {
			defer res.Body.Close()
			p := problemOf(res)
			p.again = true // an address grows old; the next attempt is given another
			return nil, "", fmt.Errorf("fetch from %s: %w", at.Host, p)
		}
	}
	return res, sum, nil
}

// tag asks for the ETag alone: an answer that redirects need not have one.
func (f *fetch) tag(ctx context.Context, target string) (string, error) {
	if f.want.SHA256 != "" {
		return f.want.SHA256, nil
	}
	res, err := f.c.sendFor(ctx, rightForContent, func() (*http.Request, error) {
		return f.c.request(ctx, http.MethodHead, strings.TrimPrefix(target, f.c.base), nil)
	})
	if err != nil {
		return "", fmt.Errorf("ask for the hash of file %s: %w", f.want.FileID, err)
	}
	_ = res.Body.Close() // there is nothing in it
	return sumIn(res), nil
}

func (f *fetch) get(ctx context.Context, target string) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, target, nil)
	if err != nil {
		return nil, fmt.Errorf("make a request: %w", err)
	}
	req.Header.Set("Accept-Encoding", "identity") // ranges and hashes are of the bytes as they are
	if f.size > 0 {
		req.Header.Set("Range", fmt.Sprintf("bytes=%d-", f.size))
	}
	return req, nil
}

func isRedirect(status int) bool {
	switch status {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return true
	}
	return false
}

func rightForContent(status int) bool {
	return status == http.StatusOK || status == http.StatusPartialContent || status == http.StatusRequestedRangeNotSatisfiable || isRedirect(status)
}

var hashTag = regexp.MustCompile(`^"([0-9a-f]{64})"$`)

// sumIn is the hash that the server's ETag is made of.
func sumIn(res *http.Response) string {
	if m := hashTag.FindStringSubmatch(res.Header.Get("ETag")); m != nil {
		return m[1]
	}
	return ""
}
