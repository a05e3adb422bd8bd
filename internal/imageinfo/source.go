package imageinfo

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"safelight/models"
)

// windowLen is the most that source.at gives at once: the longest JPEG
// segment (64 KiB) fits.
const windowLen = 68 << 10

// source reads a file through one window, so that walking over millions of
// small blocks costs no system call and no allocation for each of them.
type source struct {
	r      io.ReaderAt
	size   int64
	start  int64 // of window, in the file
	window []byte
	space  []byte
}

func newSource(r io.ReaderAt, size int64) *source {
	return &source{r: r, size: size, space: make([]byte, min(windowLen, max(size, 0)))}
}

// at returns n bytes from off, valid until the next call. Reaching beyond the
// end of the file is a Rejection (corrupt); a failing reader is its own error.
func (s *source) at(off int64, n int) ([]byte, error) {
	if n < 0 || n > windowLen || off < 0 {
		return nil, corrupt("The file's structure makes no sense.")
	}
	if off > s.size-int64(n) {
		return nil, cutShort()
	}
	if off < s.start || off+int64(n) > s.start+int64(len(s.window)) {
		if err := s.fill(off); err != nil {
			return nil, err
		}
		if len(s.window) < n {
			return nil, cutShort()
		}
	}
	return s.window[off-s.start:][:n], nil
}

// find gives the offset of the next byte c from off on.
func (s *source) find(off int64, c byte) (int64, error) {
	for off < s.size {
		if off < s.start || off >= s.start+int64(len(s.window)) {
			if err := s.fill(off); err != nil {
				return 0, err
			}
			if len(s.window) == 0 {
				break
			}
		}
		if i := bytes.IndexByte(s.window[off-s.start:], c); i >= 0 {
			return off + int64(i), nil
		}
		off = s.start + int64(len(s.window))
	}
	return 0, cutShort()
}

func (s *source) fill(off int64) error {
	n := min(int64(len(s.space)), s.size-off)
	got, err := s.r.ReadAt(s.space[:n], off)
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("read image header: %w", err)
	}
	s.start, s.window = off, s.space[:got]
	return nil
}

func (s *source) u8(off int64) (byte, error) {
	b, err := s.at(off, 1)
	if err != nil {
		return 0, err
	}
	return b[0], nil
}

func (s *source) be32(off int64) (uint32, error) {
	b, err := s.at(off, 4)
	if err != nil {
		return 0, err
	}
	return binary.BigEndian.Uint32(b), nil
}

func corrupt(detail string) error {
	return &models.Rejection{Code: models.RejectCorrupt, Detail: detail}
}

func cutShort() error {
	return corrupt("The file ends before the picture does: it was cut off on the way.")
}

func unsupported(format string, args ...any) error {
	return models.Reject(models.RejectUnsupported, format, args...)
}
