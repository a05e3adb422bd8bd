// Package journal keeps notes from one run of a command to the next in a file
// that lines of JSON are added to. A run may be killed at any time: only a last
// line that is cut short is lost. While a journal is open nobody else can open it.
package journal

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"syscall"
)

// ErrBusy says that another run has the journal open.
var ErrBusy = errors.New("another run is at the same work just now")

// File is an open journal. Its methods may be called from several goroutines.
// A nil File keeps nothing.
type File struct {
	mu   sync.Mutex
	file *os.File
	err  error
}

// Open opens or makes a journal and gives its whole lines.
func Open(path string) (j *File, lines [][]byte, err error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, nil, fmt.Errorf("make the journal's folder: %w", err)
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, nil, fmt.Errorf("open the journal: %w", err)
	}
	j = &File{file: file}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		if errors.Is(err, syscall.EWOULDBLOCK) {
			err = ErrBusy
		}
		return nil, nil, errors.Join(fmt.Errorf("lock the journal %s: %w", path, err), file.Close())
	}
	data, err := io.ReadAll(file)
	if err == nil {
		data = data[:bytes.LastIndexByte(data, '\n')+1]
		err = j.cut(int64(len(data)))
	}
	if err != nil {
		return nil, nil, errors.Join(fmt.Errorf("read the journal %s: %w", path, err), file.Close())
	}
	for line := range bytes.Lines(data) {
		lines = append(lines, line)
	}
	return j, lines, nil
}

// cut keeps the first size bytes; the next line goes behind them.
func (j *File) cut(size int64) error {
	if err := j.file.Truncate(size); err != nil {
		return err //nolint:wrapcheck // the callers name what they do
	}
	_, err := j.file.Seek(size, io.SeekStart)
	return err //nolint:wrapcheck // as above
}

// Reset forgets all lines.
func (j *File) Reset() error {
	if j == nil {
		return nil
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if err := j.cut(0); err != nil {
		return fmt.Errorf("begin the journal anew: %w", err)
	}
	return nil
}

// Add adds a line. The first failure is kept for Close: the work goes on
// without its journal.
func (j *File) Add(v any) {
	if j == nil {
		return
	}
	line, err := json.Marshal(v)
	j.mu.Lock()
	defer j.mu.Unlock()
	if err == nil {
		_, err = j.file.Write(append(line, '\n'))
	}
	if err != nil && j.err == nil {
		j.err = fmt.Errorf("write the journal: %w", err)
	}
}

// Close gives the journal back, and removes it where nothing in it is of use
// any more. It returns what adding has failed with.
func (j *File) Close(remove bool) error {
	if j == nil {
		return nil
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	err := j.err
	if remove {
		if gone := os.Remove(j.file.Name()); gone != nil && !errors.Is(gone, os.ErrNotExist) {
			err = errors.Join(err, fmt.Errorf("remove the journal: %w", gone))
		}
	}
	if closed := j.file.Close(); closed != nil {
		err = errors.Join(err, fmt.Errorf("close the journal: %w", closed))
	}
	return err
}
