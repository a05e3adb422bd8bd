package uploader

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"sync/atomic"

	"github.com/google/uuid"
)

// Source is a file to upload. Path is required; zero values of the others stand
// for the defaults in brackets.
type Source struct {
	// Path says to people which file it is, and where its bytes are.
	Path string
	// FileID is the file whose next version it shall become [it becomes a new one].
	FileID string
	// Name is what the server shall call it [the last component of Path].
	Name string
	// Open gives its bytes [those of the file at Path]. It may be called again.
	Open func(ctx context.Context) (Content, error)
	// SHA256 is what its bytes must have, in hex [anything]. An upload of others fails.
	SHA256 string
	// Key is the idempotency key of a file that is not resumed [one of its own]:
	// sent again under the same key, also by another run, it is the same upload.
	Key string
}

// Content is the bytes of a source, which do not change until it is closed.
type Content interface {
	io.ReaderAt
	io.Closer
	// Size is their number.
	Size() int64
}

func (s *Source) name() string {
	if s.Name != "" {
		return s.Name
	}
	return filepath.Base(s.Path)
}

func (s *Source) open(ctx context.Context) (Content, error) {
	if s.Open != nil {
		content, err := s.Open(ctx)
		if err != nil && ctx.Err() == nil {
			err = &localError{err}
		}
		return content, err
	}
	content, err := OpenFile(s.Path)
	if err != nil {
		return nil, &localError{err}
	}
	return content, nil
}

// OpenFile gives the bytes of a regular file.
func OpenFile(path string) (Content, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err //nolint:wrapcheck // names the file already
	}
	st, err := f.Stat()
	if err == nil && !st.Mode().IsRegular() {
		err = fmt.Errorf("%s is not a file", path)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return &fileContent{File: f, size: st.Size()}, nil
}

type fileContent struct {
	*os.File
	size int64
}

// Size implements Content.
func (f *fileContent) Size() int64 { return f.size }

// Observer hears how an upload goes. Its methods may be called from several
// goroutines and must not block.
type Observer interface {
	// Sent: n of total bytes of the file are on their way.
	Sent(n, total int64)
	// Retrying: something failed and will be tried again by itself.
	Retrying(err error)
	// Progress: a newer picture of the upload, at first the accepted one.
	Progress(up Upload)
}

// Send streams a file to the server and returns the upload that it accepted.
// A connection that breaks and a server that is busy or down are tried again
// with the same idempotency key, so that at most one upload comes of a call. A
// file of ResumeFrom bytes or more is gone on with where it was broken off.
// What the server refuses is a *Problem.
func (c *Client) Send(ctx context.Context, src Source, o Observer) (Upload, error) {
	f, err := src.open(ctx)
	if err != nil {
		return Upload{}, err
	}
	defer f.Close()
	if c.opts.ResumeFrom > 0 && f.Size() >= c.opts.ResumeFrom {
		return c.sendResumable(ctx, src, f, f.Size(), o)
	}
	key := src.Key
	if key == "" {
		key = uuid.NewString()
	}
	var up Upload
	err = c.retry(ctx, func(attempt int) error {
		o.Sent(0, f.Size())
		up, err = c.post(ctx, src, f, f.Size(), key, o)
		var p *Problem
		if (attempt > 1 || src.Key != "") && errors.As(err, &p) && p.Status == http.StatusConflict && p.Code == "conflict" {
			// The attempt before, maybe of a run that was killed, is still being received: it will end or be dropped.
			p.again = true
		}
		return err
	}, o.Retrying)
	if err != nil {
		return Upload{}, err
	}
	if err := src.holdsFor(up); err != nil {
		return Upload{}, err
	}
	return up, nil
}

// holdsFor fails for an upload of other bytes than the source's.
func (s *Source) holdsFor(up Upload) error {
	if s.SHA256 == "" || s.SHA256 == up.SHA256 {
		return nil
	}
	return &localError{fmt.Errorf("%s has changed while it was sent: upload %s is of other bytes", s.Path, up.ID)}
}

// post makes one attempt.
func (c *Client) post(ctx context.Context, src Source, f io.ReaderAt, size int64, key string, o Observer) (Upload, error) {
	head, tail, contentType, err := form(src.name(), src.FileID)
	if err != nil {
		return Upload{}, err
	}
	var file *meter
	res, err := c.send(ctx, http.StatusAccepted, func() (*http.Request, error) {
		file.stop() // of the attempt with an access token that had ended
		file = &meter{r: io.NewSectionReader(f, 0, size), size: size, sent: o.Sent}
		body := io.MultiReader(bytes.NewReader(head), file, bytes.NewReader(tail))
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.base+"/uploads", io.NopCloser(body))
		if err != nil {
			return nil, fmt.Errorf("make a request: %w", err)
		}
		req.ContentLength = int64(len(head)) + size + int64(len(tail))
		req.Header.Set("Content-Type", contentType)
		req.Header.Set("Accept", "application/json")
		req.Header.Set("Idempotency-Key", key)
		return req, nil
	})
	file.stop()
	if err != nil {
		if broken := file.failure(); broken != nil {
			return Upload{}, &localError{fmt.Errorf("%s %w", src.Path, broken)}
		}
		return Upload{}, err
	}
	defer res.Body.Close()
	return decodeUpload(res.Body)
}

// form is what comes before and after the bytes of the file.
func form(name, fileID string) (head, tail []byte, contentType string, err error) {
	var buf bytes.Buffer
	w := multipart.NewWriter(&buf)
	if err := w.WriteField("name", name); err != nil {
		return nil, nil, "", fmt.Errorf("build the form: %w", err)
	}
	if fileID != "" {
		if err := w.WriteField("fileId", fileID); err != nil {
			return nil, nil, "", fmt.Errorf("build the form: %w", err)
		}
	}
	if _, err := w.CreateFormFile("file", name); err != nil {
		return nil, nil, "", fmt.Errorf("build the form: %w", err)
	}
	n := buf.Len()
	if err := w.Close(); err != nil {
		return nil, nil, "", fmt.Errorf("build the form: %w", err)
	}
	return buf.Bytes()[:n:n], buf.Bytes()[n:], w.FormDataContentType(), nil
}

// meter reads a file, tells how far it is, and keeps what went wrong with it:
// the transport would show it as a failure of the connection.
type meter struct {
	r      *io.SectionReader
	size   int64
	read   int64
	sent   func(n, total int64)
	over   atomic.Bool
	broken atomic.Pointer[error]
}

// Read implements io.Reader.
func (m *meter) Read(p []byte) (int, error) {
	if m.over.Load() {
		return 0, errors.New("the server has answered")
	}
	n, err := m.r.Read(p)
	m.read += int64(n)
	if err == io.EOF && m.read < m.size { //nolint:errorlint // the end of a reader is this value and no other
		err = fmt.Errorf("has become shorter while it was sent: %w", io.ErrUnexpectedEOF)
	}
	if err != nil && err != io.EOF { //nolint:errorlint // as above
		m.broken.Store(&err)
		return n, err
	}
	if n > 0 {
		m.sent(m.read, m.size)
	}
	return n, err
}

// stop ends reading: the transport may go on with it after an early answer.
func (m *meter) stop() {
	if m != nil {
		m.over.Store(true)
	}
}

func (m *meter) failure() error {
	if m == nil || m.broken.Load() == nil {
		return nil
	}
	return *m.broken.Load()
}
