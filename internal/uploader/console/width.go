package console

import (
	"strings"

	"github.com/mattn/go-runewidth"
)

// fit pads or cuts a text to exactly width columns.
func fit(s string, width int) string {
	s = cut(s, width)
	return s + strings.Repeat(" ", max(0, width-runewidth.StringWidth(s)))
}

// cut shortens a text to at most width columns.
func cut(s string, width int) string {
	if width <= 0 {
		return ""
	}
	return runewidth.Truncate(s, width, "…")
}
