package intake

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"hash"
	"io"

	"safelight/models"
)

// Chunk is the body of one request, for one place in an upload.
type Chunk struct {
	UploadID string
	OwnerID  string
	Offset   int64
	Total    *int64 // where the client says only now how long the upload is
	Checksum *Checksum
	// Announced is how many bytes Body has by the client's own word, or -1.
	Announced int64
	Body      Body
}

// Checksum is the digest that a client says its chunk has.
type Checksum struct {
	Hash   hash.Hash // fresh
	Digest []byte
}

// chunk reads a body once, in one or more parts. What it read before the body
// broke is as good as what a whole body brings, unless a checksum binds it.
type chunk struct {
	in   *bufio.Reader
	sum  *Checksum
	left int64 // bytes that the upload still takes
	// end is why nothing comes any more: io.EOF, or what the body failed with.
	end error
}

// newChunk reads ahead, so that the type can be judged before anything is stored.
func newChunk(c Chunk, left int64, sniffLen int) *chunk {
	return &chunk{in: bufio.NewReaderSize(c.Body, max(sniffLen, 32<<10)), sum: c.Checksum, left: left}
}

// peek gives up to n bytes without taking them.
func (c *chunk) peek(n int) []byte {
	head, err := c.in.Peek(n)
	if err != nil && c.end == nil && len(head) == 0 {
		c.end = err
	}
	return head
}

// more reports whether there is another byte, and waits for that.
func (c *chunk) more() bool { return c.end == nil && len(c.peek(1)) > 0 }

// cut is what the body failed with, nil where it came to its end.
func (c *chunk) cut() error {
	if c.end == nil || errors.Is(c.end, io.EOF) {
		return nil
	}
	return c.end
}

// part reads the next at most limit bytes as one part.
func (c *chunk) part(limit int64) *partReader { return &partReader{chunk: c, limit: limit} }

// matches reports whether the bytes are those of the checksum, if there is one.
func (c *chunk) matches() bool {
	return c.sum == nil || bytes.Equal(c.sum.Hash.Sum(nil), c.sum.Digest)
}

// partReader is one part of a chunk. It ends where the chunk breaks, as if that
// were its end, so that a store keeps what came; with a checksum it fails.
type partReader struct {
	*chunk
	limit int64
	n     int64
	err   error // of a body that is not to be kept
}

// Read implements io.Reader.
func (p *partReader) Read(b []byte) (int, error) {
	switch {
	case p.err != nil:
		return 0, p.err
	case p.n == p.limit:
		return 0, io.EOF
	case p.left == 0:
		return 0, p.full()
	}
	n, err := p.in.Read(b[:min(int64(len(b)), p.limit-p.n, p.left)])
	p.n += int64(n)
	p.left -= int64(n)
	if p.sum != nil {
		p.sum.Hash.Write(b[:n]) // never fails, says hash.Hash
	}
	if err == nil {
		return n, nil
	}
	p.end = err
	if cut := p.cut(); cut != nil && p.sum != nil {
		p.err = &BodyError{cut}
		return n, p.err
	}
	return n, io.EOF
}

// full is what comes after the last byte that the upload takes: the end, or too much.
func (p *partReader) full() error {
	if p.more() {
		p.err = fmt.Errorf("more bytes than the upload has: %w", models.ErrTooLarge)
		return p.err
	}
	if cut := p.cut(); cut != nil && p.sum != nil {
		p.err = &BodyError{cut}
		return p.err
	}
	return io.EOF
}
