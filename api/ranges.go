package api

import (
	"fmt"
	"strconv"
	"strings"
)

// span is a part of a content, in bytes. Length is never 0.
type span struct{ offset, length int64 }

// contentRange writes the part as RFC 9110 (14.4) does.
func (s span) contentRange(size int64) string {
	return fmt.Sprintf("bytes %d-%d/%d", s.offset, s.offset+s.length-1, size)
}

// rangeAnswer says what a Range header asks for.
type rangeAnswer int

const (
	wholeContent rangeAnswer = iota // none, or one that RFC 9110 lets a server ignore
	partOfContent
	noSuchPart
)

// parseRange reads a Range header for a content of size bytes. One range is
// served: from-to, from-, or the last n. Headers that are not well-formed, of
// another unit, or of several ranges count as absent (RFC 9110, 14.2).
func parseRange(header string, size int64) (span, rangeAnswer) {
	unit, set, ok := strings.Cut(header, "=")
	if !ok || !strings.EqualFold(strings.TrimSpace(unit), "bytes") || strings.Contains(set, ",") {
		return span{}, wholeContent
	}
	first, last, ok := strings.Cut(strings.TrimSpace(set), "-")
	if !ok {
		return span{}, wholeContent
	}
	if first == "" {
		return suffixRange(last, size)
	}
	from, ok := parsePosition(first)
	if !ok {
		return span{}, wholeContent
	}
	to := size - 1
	if last != "" {
		asked, ok := parsePosition(last)
		if !ok || asked < from {
			return span{}, wholeContent
		}
		to = min(to, asked)
	}
	if from >= size {
		return span{}, noSuchPart
	}
	return span{from, to - from + 1}, partOfContent
}

func suffixRange(last string, size int64) (span, rangeAnswer) {
	n, ok := parsePosition(last)
	if !ok {
		return span{}, wholeContent
	}
	if n == 0 || size == 0 {
		return span{}, noSuchPart
	}
	n = min(n, size)
	return span{size - n, n}, partOfContent
}

// parsePosition reads digits alone. More than 18 of them lie past any content.
func parsePosition(s string) (int64, bool) {
	if s == "" || strings.Trim(s, "0123456789") != "" {
		return 0, false
	}
	s = strings.TrimLeft(s, "0")
	if len(s) > 18 {
		return 999_999_999_999_999_999, true
	}
	if s == "" {
		return 0, true
	}
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil
}

// matchesETag reports whether a list of entity tags, or *, names this one.
// Weak comparison takes W/"x" for "x"; strong does not (RFC 9110, 8.8.3.2).
func matchesETag(header, etag string, weak bool) bool {
	for part := range strings.SplitSeq(header, ",") {
		tag := strings.TrimSpace(part)
		if weak {
			tag = strings.TrimPrefix(tag, "W/")
		}
		if tag == etag || tag == "*" {
			return true
		}
	}
	return false
}
