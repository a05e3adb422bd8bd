package devstack

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
)

// Logs keeps one log file per part in a folder: begun anew by the first start
// of a part, with the one before kept as NAME.log.1.
type Logs struct {
	dir      string
	terminal *Terminal // nil: nothing is shown

	mu    sync.Mutex
	files map[string]*os.File
}

// NewLogs keeps logs in dir, which is made if need be. Lines of parts that ask
// for it are shown on the terminal too, if there is one.
func NewLogs(dir string, terminal *Terminal) (*Logs, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the folder of logs: %w", err)
	}
	return &Logs{dir: dir, terminal: terminal, files: map[string]*os.File{}}, nil
}

// Path is where the log of a part is.
func (l *Logs) Path(part string) string { return filepath.Join(l.dir, part+".log") }

// Writer is where the output of a part goes.
func (l *Logs) Writer(part string, echo bool) (io.Writer, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	f := l.files[part]
	if f == nil {
		path := l.Path(part)
		if err := os.Rename(path, path+".1"); err != nil && !errors.Is(err, os.ErrNotExist) {
			return nil, fmt.Errorf("keep the log before: %w", err)
		}
		var err error
		f, err = os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND|os.O_TRUNC, 0o600)
		if err != nil {
			return nil, fmt.Errorf("open a log: %w", err)
		}
		l.files[part] = f
	}
	if echo && l.terminal != nil {
		return io.MultiWriter(f, l.terminal.Lines(part)), nil
	}
	return f, nil
}

// Tail is the last lines of a part's log of this run, empty if there are none.
func (l *Logs) Tail(part string, lines int) string {
	l.mu.Lock()
	_, begun := l.files[part]
	l.mu.Unlock()
	if !begun {
		return ""
	}
	f, err := os.Open(l.Path(part))
	if err != nil {
		return ""
	}
	defer f.Close()
	const enough = 8 << 10
	if info, err := f.Stat(); err == nil && info.Size() > enough {
		if _, err := f.Seek(-enough, io.SeekEnd); err != nil {
			return ""
		}
	}
	text, err := io.ReadAll(f)
	if err != nil {
		return ""
	}
	return lastLines(string(text), lines)
}

// Close closes the files. Call it when nothing runs any more.
func (l *Logs) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	var errs []error
	for _, f := range l.files {
		errs = append(errs, f.Close())
	}
	l.files = map[string]*os.File{}
	return errors.Join(errs...)
}
