package web

import (
	"strconv"
	"strings"
)

// accepts reports whether a header such as Accept-Encoding names a value with
// a weight above zero. Wildcards do not name it.
func accepts(header, value string) bool {
	for part := range strings.SplitSeq(header, ",") {
		name, parameters, _ := strings.Cut(part, ";")
		if strings.EqualFold(strings.TrimSpace(name), value) {
			return weight(parameters) > 0
		}
	}
	return false
}

// weight is the q of the parameters of an entry; one that can not be read is 0.
func weight(parameters string) float64 {
	for p := range strings.SplitSeq(parameters, ";") {
		name, value, _ := strings.Cut(p, "=")
		if !strings.EqualFold(strings.TrimSpace(name), "q") {
			continue
		}
		q, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
		if err != nil {
			return 0
		}
		return q
	}
	return 1
}

// AcceptsPages reports whether an Accept header asks for a page by name, as
// browsers do where a person goes somewhere. A program that takes anything is
// better served by an honest "not found".
func AcceptsPages(accept string) bool { return accepts(accept, "text/html") }
