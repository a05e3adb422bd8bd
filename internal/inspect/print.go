package inspect

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"unicode"

	"safelight/internal/metadata"
)

// JSON writes a report as one line.
func JSON(w io.Writer, r Report) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false) // a message has an arrow
	if err := enc.Encode(r); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}

// Text writes a report as a block for people: the file and its verdict, then
// a line for each thing that is known, the names of which are aligned.
func Text(w io.Writer, r Report) error {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s  %s\n", printable(r.File), mark(r))
	line := func(name, format string, args ...any) {
		fmt.Fprintf(&b, "  %-10s %s\n", name, strings.TrimRight(fmt.Sprintf(format, args...), " "))
	}
	if r.Detail != "" {
		line("reason", "%s", printable(r.Detail))
	}
	if r.Format != "" {
		line("format", "%s, %s", r.Format, size(r.Bytes))
	} else if r.Bytes > 0 {
		line("format", "unknown, %s", size(r.Bytes))
	}
	if p := r.Picture; p != nil {
		line("picture", "%s", dimensions(p))
		line("colours", "%s", colours(p))
	}
	name := "metadata"
	for _, it := range r.Metadata {
		length := ""
		if it.Bytes > 0 {
			length = size(it.Bytes)
		}
		line(name, "%-13s %9s  %s", label(it.Kind), length, printable(it.Detail))
		name = ""
	}
	if len(r.Metadata) == 0 && r.Picture != nil {
		line("metadata", "none")
	}
	if o := r.Outcome; o != nil {
		line("decision", "%s", printable(o.Message))
		name = "stored"
		for _, v := range o.Variants {
			line(name, "%-13s %9s  %d × %d, %s", v.Name, size(v.Bytes), v.Width, v.Height, v.MIMEType)
			name = ""
		}
	}
	if _, err := w.Write(b.Bytes()); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}

func mark(r Report) string {
	switch r.Verdict {
	case Accepted:
		return "accepted"
	case Rejected:
		return "REJECTED: " + string(r.Code)
	case Failed:
	}
	return "NOT JUDGED"
}

func dimensions(p *Picture) string {
	text := fmt.Sprintf("%d × %d", p.UprightWidth, p.UprightHeight)
	switch {
	case p.Orientation >= 5:
		text += fmt.Sprintf(", stored as %d × %d in orientation %d", p.Width, p.Height, p.Orientation)
	case p.Orientation > 1:
		text += fmt.Sprintf(", stored in orientation %d", p.Orientation)
	}
	switch {
	case p.Animated:
		text += fmt.Sprintf(", %d frames", p.Frames)
	case p.Frames > 1:
		text += fmt.Sprintf(", first of %d pictures", p.Frames)
	}
	if p.Progressive {
		text += ", progressive"
	}
	return text
}

func colours(p *Picture) string {
	text := map[string]string{
		"": "not told", "gray": "grey", "rgb": "RGB", "palette": "palette", "cmyk": "CMYK", "lab": "Lab",
	}[p.Color]
	if p.BitDepth > 0 {
		text += fmt.Sprintf(", %d bit", p.BitDepth)
	}
	if p.Alpha {
		text += ", alpha"
	}
	switch {
	case p.Profile == nil:
		text += ", no profile"
	case *p.Profile == "":
		text += ", profile without a name"
	default:
		text += ", profile " + printable(*p.Profile)
	}
	return text
}

// label is a kind of metadata as people write it.
func label(k metadata.Kind) string {
	switch k {
	case metadata.EXIF, metadata.XMP, metadata.IPTC, metadata.GPS:
		return strings.ToUpper(string(k))
	case metadata.MakerNote:
		return "maker note"
	case metadata.Serial:
		return "serial number"
	case metadata.Thumbnail, metadata.Comment, metadata.Text, metadata.Other, metadata.Trailer:
	}
	return string(k)
}

func size(n int64) string {
	switch {
	case n < 1000:
		return fmt.Sprintf("%d B", n)
	case n < 999_500:
		return fmt.Sprintf("%.1f kB", float64(n)/1e3)
	}
	return fmt.Sprintf("%.1f MB", float64(n)/1e6)
}

// printable leaves out what could act on a terminal: names and texts come
// from outside.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return -1
	}, s)
}
