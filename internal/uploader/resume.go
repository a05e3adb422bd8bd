package uploader

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path"
	"strconv"

	"github.com/google/uuid"
)

// resumed is a file on its way by the tus protocol. Of what was sent, the server
// alone says how much it has.
type resumed struct {
	src    Source // with its SHA256
	file   io.ReaderAt
	size   int64
	id     string // of the upload at the server, once it has begun
	offset int64  // what the server is known to have
	note   *note
}

// sendResumable sends a file so that a connection that breaks, a server that
// goes away and another run of this program go on where the last one ended. It
// gives up after MaxAttempts in a row that brought the file no further.
func (c *Client) sendResumable(ctx context.Context, src Source, f io.ReaderAt, size int64, o Observer) (Upload, error) {
	if src.SHA256 == "" {
		sum, err := hashOf(ctx, f, size)
		if err != nil {
			return Upload{}, err
		}
		src.SHA256 = sum
	}
	r := &resumed{src: src, file: f, size: size}
	r.note = c.notes.open(c.base, src, size, src.SHA256)
	defer r.note.close()
	r.id = r.note.id
	for failed := 0; ; {
		before := r.offset
		err := c.goOn(ctx, r, o)
		if err == nil {
			r.note.forget()
			return c.taken(ctx, r, o)
		}
		if r.offset > before {
			failed = 0
		}
		failed++
		if failed == c.opts.MaxAttempts || !passing(ctx, err) {
			return Upload{}, err
		}
		o.Retrying(err)
		if err := c.wait(ctx, failed+1, err); err != nil {
			return Upload{}, err
		}
	}
}

// goOn finds out how far the upload is, begins it where there is none, and sends
// the rest. That the server has all of it is nil.
func (c *Client) goOn(ctx context.Context, r *resumed, o Observer) error {
	whole := false
	if r.id != "" {
		var err error
		if whole, err = c.look(ctx, r); err != nil {
			return err
		}
	}
	if r.id == "" {
		if err := c.begin(ctx, r); err != nil {
			return err
		}
	}
	for !whole {
		o.Sent(r.offset, r.size)
		var err error
		if whole, err = c.patch(ctx, r, o); err != nil {
			return err
		}
	}
	return nil
}

// look asks how much the server has. An upload that is gone is begun again.
func (c *Client) look(ctx context.Context, r *resumed) (whole bool, err error) {
	res, err := c.tus(ctx, http.MethodHead, r.id, http.StatusOK, nil, nil)
	var p *Problem
	switch {
	case errors.As(err, &p) && (p.Status == http.StatusNotFound || p.Status == http.StatusGone):
		r.restart()
		return false, nil
	case err != nil:
		return false, err
	}
	return r.standing(res)
}

// begin makes the upload, without a byte of it: so its address is noted before
// there is something to lose.
func (c *Client) begin(ctx context.Context, r *resumed) error {
	meta := "filename " + base64.StdEncoding.EncodeToString([]byte(r.src.name()))
	if r.src.FileID != "" {
		meta += ",fileId " + base64.StdEncoding.EncodeToString([]byte(r.src.FileID))
	}
	res, err := c.tus(ctx, http.MethodPost, "", http.StatusCreated, map[string]string{
		"Upload-Length": strconv.FormatInt(r.size, 10), "Upload-Metadata": meta,
	}, nil)
	if err != nil {
		return err
	}
	_ = res.Body.Close() // there is nothing in it
	at, err := url.Parse(res.Header.Get("Location"))
	if err == nil {
		r.id = path.Base(at.Path)
		err = uuid.Validate(r.id)
	}
	if err != nil {
		r.restart()
		return &localError{fmt.Errorf("the answer does not say where to send the file: is this a Safelight server? (%w)", err)}
	}
	r.offset = 0
	if err := r.note.keep(r.id); err != nil {
		return &localError{err}
	}
	return nil
}

// patch sends the rest from the offset on.
func (c *Client) patch(ctx context.Context, r *resumed, o Observer) (whole bool, err error) {
	from := r.offset
	var body *meter
	res, err := c.tus(ctx, http.MethodPatch, r.id, http.StatusNoContent,
		map[string]string{"Upload-Offset": strconv.FormatInt(from, 10)},
		func() (io.Reader, int64) {
			body.stop() // of the attempt with an access token that had ended
			body = &meter{r: io.NewSectionReader(r.file, from, r.size-from), size: r.size - from, sent: func(n, _ int64) { o.Sent(from+n, r.size) }}
			return body, r.size - from
		})
	body.stop()
	if broken := body.failure(); broken != nil {
		return false, &localError{fmt.Errorf("%s %w", r.src.Path, broken)}
	}
	var p *Problem
	switch {
	case errors.As(err, &p) && p.final():
		r.restart() // what is refused for good is not gone on with
		return false, err
	case errors.As(err, &p) && (p.Status == http.StatusNotFound || p.Status == http.StatusGone || p.Code == "wrong_offset"):
		p.again = true // it expired meanwhile, or another has sent some of it: the next look tells
		return false, err
	case err != nil:
		return false, err
	}
	if whole, err = r.standing(res); err == nil && !whole && r.offset <= from {
		err = fmt.Errorf("the server took none of the bytes after the first %d", from)
	}
	return whole, err
}

// final reports whether the bytes of an upload were refused for what they are.
func (p *Problem) final() bool {
	switch p.Status {
	case http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity:
		return p.Code != "upload_interrupted"
	}
	return false
}

// tus makes one request of the protocol to an upload, or without id to where
// they begin. The body of the answer is the caller's to close.
func (c *Client) tus(ctx context.Context, method, id string, want int, headers map[string]string, body func() (io.Reader, int64)) (*http.Response, error) {
	res, err := c.send(ctx, want, func() (*http.Request, error) {
		var r io.Reader = http.NoBody
		length := int64(0)
		if body != nil {
			if r, length = body(); length == 0 {
				r = http.NoBody
			}
		}
		req, err := http.NewRequestWithContext(ctx, method, c.base+"/uploads/tus/"+url.PathEscape(id), r)
		if err != nil {
			return nil, fmt.Errorf("make a request: %w", err)
		}
		req.Header.Set("Tus-Resumable", "1.0.0")
		if body != nil {
			req.ContentLength = length
			req.Header.Set("Content-Type", "application/offset+octet-stream")
		}
		for name, value := range headers {
			req.Header.Set(name, value)
		}
		return req, nil
	})
	var p *Problem
	if errors.As(err, &p) && (p.Status == http.StatusLocked || p.Code == "upload_interrupted") {
		p.again = true // another writer, which may be a connection of ours that the server takes for alive
	}
	return res, err
}

// standing reads an answer of the server about how much it has.
func (r *resumed) standing(res *http.Response) (whole bool, err error) {
	_ = res.Body.Close() // there is nothing in it
	n, err := strconv.ParseInt(res.Header.Get("Upload-Offset"), 10, 64)
	if err != nil || n < 0 || n > r.size {
		return false, &localError{fmt.Errorf("the server says that it has %q of %d bytes", res.Header.Get("Upload-Offset"), r.size)}
	}
	r.offset = n
	return res.Header.Get("Safelight-Upload-Id") != "", nil
}

// restart has the next attempt begin anew.
func (r *resumed) restart() {
	r.note.forget()
	r.id, r.offset = "", 0
}

// taken reads the upload that the server has accepted, and holds it against the file.
func (c *Client) taken(ctx context.Context, r *resumed, o Observer) (up Upload, err error) {
	o.Sent(r.size, r.size)
	err = c.retry(ctx, func(int) error {
		up, err = c.Get(ctx, r.id)
		return err
	}, o.Retrying)
	if err != nil {
		return Upload{}, err
	}
	if err := r.src.holdsFor(up); err != nil {
		return Upload{}, err
	}
	return up, nil
}

// hashOf reads the whole file: only what has not changed since is gone on with.
func hashOf(ctx context.Context, f io.ReaderAt, size int64) (string, error) {
	hash := sha256.New()
	r := io.NewSectionReader(f, 0, size)
	for {
		if err := ctx.Err(); err != nil {
			return "", err
		}
		_, err := io.CopyN(hash, r, 8<<20)
		if errors.Is(err, io.EOF) {
			return hex.EncodeToString(hash.Sum(nil)), nil
		}
		if err != nil {
			return "", &localError{err}
		}
	}
}
