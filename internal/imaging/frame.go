package imaging

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"safelight/models"
)

// The protocol between pool and child: frames of a length (4 bytes, big
// endian) and JSON, over the child's standard input and output. The pool sends
// one setup, the child answers hello, and from then on each request is
// answered by one reply. Pixels never pass; files do.

// maxFrame is beyond any message of ours: more means that the pipe is out of step.
const maxFrame = 1 << 20

// setup is the first frame to a child.
type setup struct {
	MemoryBytes uint64        `json:"memoryBytes"`
	CPUTime     time.Duration `json:"cpuTime"`
	MaxImages   int           `json:"maxImages"`
	Effort      int           `json:"effort"`
}

// hello is the first frame of a child: ready, or why not.
type hello struct {
	Error string `json:"error,omitempty"`
	// Unfiltered is why this child could not be kept from the network.
	Unfiltered string `json:"unfiltered,omitempty"`
}

// reply answers a request. Exactly one of the fields is set.
type reply struct {
	Result    *Result           `json:"result,omitempty"`
	Rejection *models.Rejection `json:"rejection,omitempty"`
	// Ended: the child reached a limit and will not take another request.
	Ended string `json:"ended,omitempty"`
	// Error is a fault of the surroundings, such as a full disk.
	Error string `json:"error,omitempty"`
}

func writeFrame(w io.Writer, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encode frame: %w", err)
	}
	if len(body) > maxFrame {
		return fmt.Errorf("frame of %d bytes is too long", len(body))
	}
	frame := binary.BigEndian.AppendUint32(make([]byte, 0, 4+len(body)), uint32(len(body)))
	if _, err := w.Write(append(frame, body...)); err != nil {
		return fmt.Errorf("write frame: %w", err)
	}
	return nil
}

// readFrame reads one frame. A stream that ends between frames is io.EOF itself.
func readFrame(r *bufio.Reader, v any) error {
	var head [4]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		if errors.Is(err, io.EOF) {
			return io.EOF
		}
		return fmt.Errorf("read frame: %w", err)
	}
	n := binary.BigEndian.Uint32(head[:])
	if n > maxFrame {
		return fmt.Errorf("frame of %d bytes is too long", n)
	}
	body := make([]byte, n)
	if _, err := io.ReadFull(r, body); err != nil {
		return fmt.Errorf("read frame: %w", err)
	}
	if err := json.Unmarshal(body, v); err != nil {
		return fmt.Errorf("decode frame: %w", err)
	}
	return nil
}
