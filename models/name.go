package models

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// fallbackName is what a file is called whose name has nothing to keep.
const fallbackName = "image"

// CleanName makes a file name of what a client calls a file, for rows, lists
// and downloads: the last component of a path, in NFC, without control, bidi
// and other invisible layout characters, trimmed, never empty. It is the same
// for what it has cleaned before. A name of more than limit characters is
// ErrNameTooLong; nothing is cut off silently.
func CleanName(name string, limit int) (string, error) {
	name = strings.ToValidUTF8(name, "")
	if i := strings.LastIndexAny(name, `/\`); i >= 0 {
		name = name[i+1:]
	}
	name = norm.NFC.String(strings.Map(keepInName, name))
	name = strings.TrimSpace(name)
	if strings.Trim(name, ". ") == "" || strings.IndexFunc(name, visible) < 0 {
		name = fallbackName
	}
	if n := utf8.RuneCountInString(name); n > limit {
		return "", fmt.Errorf("%w: %d characters, %d are allowed", ErrNameTooLong, n, limit)
	}
	return name, nil
}

// visible reports whether a character shows something by itself: a name of
// joiners and marks alone would look like none.
func visible(r rune) bool {
	return unicode.In(r, unicode.L, unicode.N, unicode.P, unicode.S)
}

// keepInName drops what could make a name look like another one, break a line
// or a header, or hide. Joiners stay: emoji and several scripts need them.
func keepInName(r rune) rune {
	switch {
	case unicode.Is(unicode.Cc, r), unicode.Is(unicode.Bidi_Control, r),
		r == '\u2028', r == '\u2029', // line and paragraph separator
		r == '\u200b', r == '\u2060', r == '\ufeff', // zero width spaces
		r >= '\ufff9' && r <= '\ufffb',              // interlinear annotation
		r == '\u00ad', r == '\u034f', r == '\u180e', // hyphens and joiners that show nothing
		r >= '\u2061' && r <= '\u2064', r >= '\u206a' && r <= '\u206f', // operators and shapes that show nothing
		r == '\u115f', r == '\u1160', r == '\u3164', r == '\uffa0', // letters that fill a place and show nothing
		r == utf8.RuneError:
		return -1
	case unicode.Is(unicode.Zs, r):
		return ' '
	}
	return r
}
