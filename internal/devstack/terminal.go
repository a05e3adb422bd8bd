package devstack

import (
	"bytes"
	"fmt"
	"io"
	"sync"
)

// Terminal is where people look: lines of several parts, never mixed up.
type Terminal struct {
	mu  sync.Mutex
	out io.Writer
}

// NewTerminal shows lines on out.
func NewTerminal(out io.Writer) *Terminal { return &Terminal{out: out} }

// Say shows one line of the supervisor itself.
func (t *Terminal) Say(format string, args ...any) {
	t.line("dev", fmt.Appendf(nil, format, args...))
}

// Print shows text as it is.
func (t *Terminal) Print(text string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	// Nobody can be told that the terminal is gone.
	_, _ = io.WriteString(t.out, text)
}

func (t *Terminal) line(part string, text []byte) {
	t.mu.Lock()
	defer t.mu.Unlock()
	_, _ = fmt.Fprintf(t.out, "%-8s | %s\n", part, text)
}

// Lines is a writer that shows each whole line behind the name of its part.
func (t *Terminal) Lines(part string) io.Writer { return &lineWriter{terminal: t, part: part} }

// lineWriter collects what a part writes into lines.
type lineWriter struct {
	terminal *Terminal
	part     string
	rest     []byte
}

// maxLine is where a line without an end is cut.
const maxLine = 16 << 10

// Write implements io.Writer. It never fails: a terminal that is gone must not
// stop a part.
func (w *lineWriter) Write(p []byte) (int, error) {
	w.rest = append(w.rest, p...)
	for {
		end := bytes.IndexByte(w.rest, '\n')
		if end < 0 && len(w.rest) < maxLine {
			return len(p), nil
		}
		line, next := w.rest, len(w.rest)
		if end >= 0 {
			line, next = w.rest[:end], end+1
		}
		w.terminal.line(w.part, compact(line))
		w.rest = append(w.rest[:0], w.rest[next:]...)
	}
}
