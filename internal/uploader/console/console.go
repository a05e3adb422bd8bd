// Package console shows uploads to whoever started them: as bars on a
// terminal, as plain lines in a log, or as JSON for programs.
package console

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"sync"
	"unicode"

	"safelight/internal/uploader"
	"safelight/models"
)

// Display shows a batch of uploads while it runs. Begin and Done may be called
// from several goroutines.
type Display interface {
	// Begin opens the display of one file; Done closes it.
	Begin(src uploader.Source) uploader.Observer
	Done(r uploader.Result)
	// Close waits until all is shown. Nothing may be called after it.
	Close()
}

// lines writes whole lines from many goroutines.
type lines struct {
	mu  sync.Mutex
	out io.Writer
}

func (l *lines) print(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	_, _ = fmt.Fprintf(l.out, format+"\n", args...) // a closed pipe ends the program by itself
}

// Plain shows each change as a line.
func Plain(out io.Writer) Display { return &plain{lines{out: out}} }

type plain struct{ lines }

// Begin implements Display.
func (p *plain) Begin(src uploader.Source) uploader.Observer {
	return &plainFile{p: p, name: displayName(src), shown: map[models.StepName]string{}}
}

// Done implements Display.
func (p *plain) Done(r uploader.Result) { p.print("%s: %s", displayName(r.Source), describe(r)) }

// Close implements Display.
func (*plain) Close() {}

type plainFile struct {
	p    *plain
	name string

	mu       sync.Mutex
	begun    bool
	accepted bool
	shown    map[models.StepName]string
}

// Sent implements uploader.Observer.
func (f *plainFile) Sent(_, total int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.begun {
		f.begun = true
		f.p.print("%s: sending %s", f.name, bytesText(total))
	}
}

// Retrying implements uploader.Observer.
func (f *plainFile) Retrying(err error) {
	f.p.print("%s: trying again: %s", f.name, clean(err.Error()))
}

// Progress implements uploader.Observer.
func (f *plainFile) Progress(up uploader.Upload) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.accepted {
		f.accepted = true
		f.p.print("%s: accepted as upload %s", f.name, clean(up.ID))
	}
	for _, s := range up.Steps {
		text := stepText(s)
		if s.State == models.StepPending || f.shown[s.Name] == text {
			continue
		}
		f.shown[s.Name] = text
		f.p.print("%s: %s", f.name, text)
	}
}

// stepText is a step in a line of its own.
func stepText(s models.Step) string {
	text := clean(string(s.Name)) + " " + clean(string(s.State))
	if s.State == models.StepRetrying {
		text += fmt.Sprintf(" (attempt %d)", s.Attempt)
	}
	if s.Message != nil && *s.Message != "" {
		text += ": " + clean(*s.Message)
	}
	return text
}

func displayName(src uploader.Source) string { return clean(filepath.Base(src.Path)) }

// clean keeps what came from elsewhere from steering the terminal.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return ' '
		case !unicode.IsPrint(r):
			return '�'
		}
		return r
	}, s)
}

// bytesText is a size for people, in powers of 1,000.
func bytesText(n int64) string {
	if n < 1000 {
		return fmt.Sprintf("%d B", n)
	}
	size, unit := float64(n)/1000, "kB"
	for _, u := range []string{"MB", "GB", "TB"} {
		if size < 999.5 {
			break
		}
		size, unit = size/1000, u
	}
	if size < 9.95 {
		return fmt.Sprintf("%.1f %s", size, unit)
	}
	return fmt.Sprintf("%.0f %s", size, unit)
}
