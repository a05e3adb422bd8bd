package console

import (
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
)

// Meter shows how far a long piece of work on many files is as one line that
// changes, or, where that can not be shown, as a line at every tenth of it. Its
// methods may be called from several goroutines.
type Meter struct {
	out      io.Writer
	progress *mpb.Progress // nil: plain lines
	bar      *mpb.Bar

	mu    sync.Mutex
	phase string
	files int
	bytes int64
	ofAll int
	total int64
	said  int // tenths
}

// NewMeter shows on out; live, for a terminal, as a line that changes.
func NewMeter(out io.Writer, live bool) *Meter {
	if !live {
		return &Meter{out: out}
	}
	return newLiveMeter(mpb.WithOutput(out), mpb.WithRefreshRate(100*time.Millisecond))
}

func newLiveMeter(options ...mpb.ContainerOption) *Meter {
	m := &Meter{progress: mpb.New(options...)}
	m.out = m.progress
	bar, err := m.progress.Add(0, m, mpb.BarFillerTrim(), mpb.BarRemoveOnComplete())
	if err == nil { // else the display has ended: nothing is shown, the work goes on
		m.bar = bar
	}
	return m
}

// Phase begins a part of the work, on so many files of so many bytes in all.
func (m *Meter) Phase(name string, files int, bytes int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.phase, m.ofAll, m.total, m.files, m.bytes, m.said = name, files, bytes, 0, 0, 0
}

// Add says that so many more files, and bytes of any of them, are done. Both
// may be negative, for what has to be done again.
func (m *Meter) Add(files int, bytes int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.files += files
	m.bytes += bytes
	if tenths := m.percent() / 10; m.progress == nil && tenths > m.said {
		m.said = tenths
		_, _ = fmt.Fprintln(m.out, m.text()) // a closed pipe ends the program by itself
	}
}

// Say prints a line that stays.
func (m *Meter) Say(format string, args ...any) {
	m.mu.Lock()
	defer m.mu.Unlock()
	_, _ = fmt.Fprintf(m.out, format+"\n", args...)
}

// Close waits until all is shown. Nothing may be called after it.
func (m *Meter) Close() {
	if m.bar != nil {
		m.bar.Abort(true)
	}
	if m.progress != nil {
		m.progress.Wait()
	}
}

// Fill implements mpb.BarFiller.
func (m *Meter) Fill(w io.Writer, stat decor.Statistics) error {
	m.mu.Lock()
	line := cut(m.text(), stat.AvailableWidth)
	m.mu.Unlock()
	_, err := io.WriteString(w, line)
	return err //nolint:wrapcheck // mpb's buffer
}

func (m *Meter) percent() int {
	switch {
	case m.total > 0:
		return int(m.bytes * 100 / m.total)
	case m.ofAll > 0:
		return m.files * 100 / m.ofAll
	}
	return 0
}

func (m *Meter) text() string {
	if m.phase == "" {
		return ""
	}
	text := fmt.Sprintf("%s: %3d %%  %d of %d %s", m.phase, m.percent(), m.files, m.ofAll, plural(m.ofAll, "file"))
	if m.total > 0 {
		text += fmt.Sprintf(", %s of %s", bytesText(m.bytes), bytesText(m.total))
	}
	return text
}

// Clean keeps what came from elsewhere from steering the terminal.
func Clean(s string) string { return clean(s) }

// Bytes is a size for people, in powers of 1,000.
func Bytes(n int64) string { return bytesText(n) }

// Count is a number of things, in words: 1 file, 2 files.
func Count(n int, thing string) string { return fmt.Sprintf("%d %s", n, plural(n, thing)) }
