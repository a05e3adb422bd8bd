package importer

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"safelight/internal/uploader"
	"safelight/internal/uploader/console"
)

// Word is one word for what became of a file: those of uploader.Result, and
// those below. Wire format of --json.
type Word string

// The words of an import.
const (
	Present     Word = "present"     // the server has these bytes, nothing was sent
	Trashed     Word = "trashed"     // the server has them in the trash, nothing was sent
	Repeated    Word = "repeated"    // the same bytes as another file of the import
	Skipped     Word = "skipped"     // an export has something better, or had it in the trash
	Unsupported Word = "unsupported" // not a picture of a kind that the server takes
	TooLarge    Word = "too_large"   // a picture of more bytes than the server takes
	Failed      Word = "error"       // it can not be read, or not be sent
	Accepted    Word = "accepted"    // the server has it and works on it; nobody waited
	Processing  Word = "processing"
	Unsent      Word = "unsent"
	WouldSend   Word = "would_send"
)

// words are all of them in the order of the final table, in plain English.
var words = []struct {
	word Word
	text string
	bad  bool
}{
	{"created", "created", false},
	{"versioned", "became a version", false},
	{"restored", "back from the trash", false},
	{Accepted, "accepted", false},
	{WouldSend, "would be sent", false},
	{"duplicate", "duplicate", false},
	{"unchanged", "unchanged", false},
	{Present, "there already", false},
	{Repeated, "in the import twice", false},
	{Trashed, "in the trash", false},
	{Skipped, "left out", false},
	{Unsupported, "no picture", false},
	{"rejected", "rejected", true},
	{TooLarge, "too large", true},
	{"refused", "refused", true},
	{"failed", "failed", true},
	{"canceled", "canceled", true},
	{"stalled", "stalled", true},
	{Failed, "error", true},
	{Processing, "still under way", true},
	{Unsent, "not sent", true},
}

// Result is what became of a file. Reason says why, of what did not become a
// file on the server.
type Result struct {
	Path   string           `json:"path"`
	Name   string           `json:"name"`
	Size   int64            `json:"size"`
	Word   Word             `json:"result"`
	Reason string           `json:"reason,omitempty"`
	FileID string           `json:"fileId,omitempty"`
	Upload *uploader.Upload `json:"upload,omitempty"`
	Err    error            `json:"-"`
}

// Good reports whether nothing is the matter with the file.
func (r *Result) Good() bool {
	for _, w := range words {
		if w.word == r.Word {
			return !w.bad
		}
	}
	return false
}

// Report is what became of all files, in the order of their paths.
type Report struct{ Results []Result }

// Bad counts the files that should be on the server and are not.
func (r Report) Bad() int {
	bad := 0
	for i := range r.Results {
		if !r.Results[i].Good() {
			bad++
		}
	}
	return bad
}

// Complete reports whether another run would find nothing to do or to tell.
func (r Report) Complete() bool {
	for i := range r.Results {
		if res := &r.Results[i]; !res.Good() || res.Word == Accepted {
			return false
		}
	}
	return true
}

// Counts are the numbers of files by their word.
func (r Report) Counts() map[Word]int {
	counts := map[Word]int{}
	for i := range r.Results {
		counts[r.Results[i].Word]++
	}
	return counts
}

// JSON writes one JSON object a line for each file, and {"summary": {…}} as the last.
func (r Report) JSON(out io.Writer) error {
	lines := json.NewEncoder(out)
	for i := range r.Results {
		if err := lines.Encode(&r.Results[i]); err != nil {
			return fmt.Errorf("write JSON: %w", err)
		}
	}
	type summary struct {
		Files   int          `json:"files"`
		Results map[Word]int `json:"results"`
		OK      bool         `json:"ok"`
	}
	last := map[string]summary{"summary": {Files: len(r.Results), Results: r.Counts(), OK: r.Bad() == 0}}
	if err := lines.Encode(last); err != nil {
		return fmt.Errorf("write JSON: %w", err)
	}
	return nil
}

// Print writes the final table, and then each file that is not on the server,
// with the reason.
func (r Report) Print(out io.Writer) {
	var b strings.Builder
	counts := r.Counts()
	fmt.Fprintf(&b, "\n%6d  files looked at\n", len(r.Results))
	for _, w := range words {
		if n := counts[w.word]; n > 0 {
			fmt.Fprintf(&b, "%6d  %s\n", n, w.text)
		}
	}
	for _, w := range words {
		switch w.word {
		case Trashed, Skipped, Unsupported, WouldSend:
		default:
			if !w.bad {
				continue
			}
		}
		title := true
		for i := range r.Results {
			res := &r.Results[i]
			if res.Word != w.word {
				continue
			}
			if title {
				fmt.Fprintf(&b, "\n%s:\n", strings.ToUpper(w.text[:1])+w.text[1:])
				title = false
			}
			line := "  " + console.Clean(res.Path)
			if res.Reason != "" {
				line += ": " + console.Clean(res.Reason)
			} else if res.Word == WouldSend {
				line += fmt.Sprintf(" as %s, %s", console.Clean(res.Name), console.Bytes(res.Size))
			}
			b.WriteString(line + "\n")
		}
	}
	_, _ = io.WriteString(out, b.String()) // a closed pipe ends the program by itself
}
