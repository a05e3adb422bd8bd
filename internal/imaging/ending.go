package imaging

import (
	"errors"
	"fmt"
	"strings"
	"sync"
)

// wordsLen is how much is kept of the beginning, and how much of the end, of
// what a child writes on stderr: a crash names itself first.
const wordsLen = 1 << 10

// lastWords keeps the beginning and the end of what is written to it.
type lastWords struct {
	mu    sync.Mutex
	first []byte
	last  []byte
}

// Write implements io.Writer and never fails.
func (w *lastWords) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := len(p)
	room := min(n, wordsLen-len(w.first))
	w.first = append(w.first, p[:room]...)
	p = p[room:]
	w.last = append(w.last, p[max(0, len(p)-wordsLen):]...)
	if over := len(w.last) - wordsLen; over > 0 {
		w.last = append(w.last[:0], w.last[over:]...)
	}
	return n, nil
}

// String is what is kept, as one line.
func (w *lastWords) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	all := string(w.first)
	if len(w.last) > 0 {
		all += " " + string(w.last)
	}
	return strings.Join(strings.Fields(strings.ToValidUTF8(all, "?")), " ")
}

// describeEnd says how a process ended: its exit status or signal, and the
// beginning and end of what it wrote on stderr.
func describeEnd(err error, stderr *lastWords) error {
	if err == nil {
		err = errors.New("exit status 0 without an answer")
	}
	if last := stderr.String(); last != "" {
		return fmt.Errorf("%w; it wrote: %s", err, last)
	}
	return err
}
