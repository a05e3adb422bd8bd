package intake

import (
	"crypto/sha256"
	"fmt"
	"hash"
	"io"

	"safelight/models"
)

// meter counts and hashes what is read through it, and fails past max. err is
// why reading failed, whatever the one that reads makes of it.
type meter struct {
	r    io.Reader
	max  int64
	n    int64
	hash hash.Hash
	err  error
}

func newMeter(r io.Reader, limit int64) *meter {
	return &meter{r: r, max: limit, hash: sha256.New()}
}

// Read implements io.Reader. A failure is final: the bytes behind it would
// make up another file.
func (m *meter) Read(p []byte) (int, error) {
	if m.err != nil {
		return 0, m.err
	}
	n, err := m.r.Read(p)
	m.n += int64(n)
	if m.n > m.max {
		m.err = fmt.Errorf("more than %d bytes: %w", m.max, models.ErrTooLarge)
		return 0, m.err
	}
	m.hash.Write(p[:n]) // never fails, says hash.Hash
	if err != nil && err != io.EOF {
		m.err = &BodyError{err}
		return n, m.err
	}
	return n, err //nolint:wrapcheck // nil or io.EOF
}
