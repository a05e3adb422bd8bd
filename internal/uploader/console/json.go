package console

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"

	"safelight/internal/uploader"
)

// JSON shows one JSON object a line for each file, when it has ended.
func JSON(out io.Writer) *JSONDisplay { return &JSONDisplay{out: out} }

// JSONDisplay is a Display for programs.
type JSONDisplay struct {
	mu  sync.Mutex
	out io.Writer
	err error
}

// line is one file. Result is uploader.Result.Word.
type line struct {
	File    string            `json:"file"`
	Result  string            `json:"result"`
	Upload  *uploader.Upload  `json:"upload,omitempty"`
	Problem *uploader.Problem `json:"problem,omitempty"`
	Error   string            `json:"error,omitempty"`
}

// Begin implements Display.
func (*JSONDisplay) Begin(uploader.Source) uploader.Observer { return silent{} }

// Done implements Display.
func (j *JSONDisplay) Done(r uploader.Result) {
	l := line{File: r.Source.Path, Result: r.Word()}
	if r.Upload.ID != "" {
		l.Upload = &r.Upload
	}
	if r.Err != nil {
		l.Error = r.Err.Error()
		_ = errors.As(r.Err, &l.Problem)
	}
	j.write(l)
}

// Close implements Display.
func (*JSONDisplay) Close() {}

// Summary writes the last line, {"summary": {…}}, and returns what writing has
// failed with.
func (j *JSONDisplay) Summary(results []uploader.Result) error {
	j.write(map[string]Summary{"summary": Summarize(results)})
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.err
}

func (j *JSONDisplay) write(v any) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if err := json.NewEncoder(j.out).Encode(v); err != nil && j.err == nil {
		j.err = fmt.Errorf("write JSON: %w", err)
	}
}

type silent struct{}

// Sent implements uploader.Observer.
func (silent) Sent(int64, int64) {}

// Retrying implements uploader.Observer.
func (silent) Retrying(error) {}

// Progress implements uploader.Observer.
func (silent) Progress(uploader.Upload) {}
