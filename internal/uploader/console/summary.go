package console

import (
	"fmt"
	"io"

	"safelight/internal/uploader"
)

// Summary counts what became of a batch. Sizes are in bytes: Before of what
// ended as a file, After of what is stored for it now (nothing for bytes that
// were there already), Saved the difference.
type Summary struct {
	Files   int            `json:"files"`
	Results map[string]int `json:"results"`
	Before  int64          `json:"bytesBefore"`
	After   int64          `json:"bytesStored"`
	Saved   int64          `json:"bytesSaved"`
	// OK: every file is safe on the server.
	OK bool `json:"ok"`
}

// Summarize counts.
func Summarize(results []uploader.Result) Summary {
	s := Summary{Files: len(results), Results: map[string]int{}, OK: true}
	for i := range results {
		r := &results[i]
		word := r.Word()
		s.Results[word]++
		s.OK = s.OK && r.Good()
		if !r.Good() {
			continue
		}
		s.Before += r.Upload.Size
		if (word == "created" || word == "versioned") && r.Upload.StoredSize != nil {
			s.After += *r.Upload.StoredSize
		}
	}
	s.Saved = s.Before - s.After
	return s
}

// order of the words of a summary.
var order = []string{
	"created", "versioned", "duplicate", "restored", "unchanged",
	"rejected", "refused", "failed", "canceled", "error", "stalled", "processing", "unsent",
}

// PrintSummary prints the counts, and then every file that did not become a
// file on the server, with the reason.
func PrintSummary(out io.Writer, results []uploader.Result) {
	s := Summarize(results)
	text := fmt.Sprintf("\n%d %s:", s.Files, plural(s.Files, "file"))
	sep := " "
	for _, word := range order {
		if n := s.Results[word]; n > 0 {
			text += fmt.Sprintf("%s%d %s", sep, n, word)
			sep = ", "
		}
	}
	if s.Before > 0 {
		text += fmt.Sprintf("\n%s before, %s stored, %s", bytesText(s.Before), bytesText(s.After), savedText(s))
	}
	_, _ = fmt.Fprintln(out, text)
	list(out, "Not stored:", results, "rejected", "refused", "failed", "canceled", "error")
	list(out, "Waiting for a person:", results, "stalled")
	list(out, "Still being processed on the server:", results, "processing")
	list(out, "Not sent:", results, "unsent")
}

func savedText(s Summary) string {
	if s.Saved < 0 {
		return fmt.Sprintf("%s more than before", bytesText(-s.Saved))
	}
	return fmt.Sprintf("%s saved (%d %%)", bytesText(s.Saved), s.Saved*100/s.Before)
}

func list(out io.Writer, title string, results []uploader.Result, words ...string) {
	for i := range results {
		r := &results[i]
		word := r.Word()
		for _, w := range words {
			if word != w {
				continue
			}
			if title != "" {
				_, _ = fmt.Fprintln(out, title)
				title = ""
			}
			_, _ = fmt.Fprintf(out, "  %s: %s\n", clean(r.Source.Path), describe(*r))
		}
	}
}

func plural(n int, word string) string {
	if n == 1 {
		return word
	}
	return word + "s"
}
