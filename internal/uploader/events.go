package uploader

import (
	"bufio"
	"bytes"
	"io"
)

// maxEvent bounds one line of an event stream.
const maxEvent = 1 << 20

// event is one event of a stream; comments are not events.
type event struct {
	name string
	data []byte
}

// eventReader reads server-sent events.
type eventReader struct {
	lines *bufio.Scanner
}

// newEventReader reads from r and calls alive with every line that comes,
// comments included.
func newEventReader(r io.Reader, alive func()) *eventReader {
	s := bufio.NewScanner(r)
	s.Buffer(make([]byte, 0, 4096), maxEvent)
	s.Split(func(data []byte, atEOF bool) (int, []byte, error) {
		n, line, err := bufio.ScanLines(data, atEOF)
		if n > 0 {
			alive()
		}
		return n, line, err //nolint:wrapcheck // bufio's own
	})
	return &eventReader{lines: s}
}

// next returns the next whole event. An event that the stream's end cuts off
// is dropped, as the standard says; io.EOF is the end.
func (r *eventReader) next() (event, error) {
	e := event{name: "message"}
	var data [][]byte
	for r.lines.Scan() {
		line := r.lines.Bytes()
		if len(line) == 0 {
			if data == nil { // comments, or an event without data
				e.name = "message"
				continue
			}
			e.data = bytes.Join(data, []byte("\n"))
			return e, nil
		}
		field, value, _ := bytes.Cut(line, []byte(":"))
		value = bytes.TrimPrefix(value, []byte(" "))
		switch string(field) {
		case "event":
			e.name = string(value)
		case "data":
			data = append(data, bytes.Clone(value))
		}
	}
	if err := r.lines.Err(); err != nil {
		return event{}, err
	}
	return event{}, io.EOF
}
