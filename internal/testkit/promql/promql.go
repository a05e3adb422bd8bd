// Package promql reads out of queries of Prometheus which metrics and labels they
// name, so that tests can compare them with what is exported. It is no parser:
// what is not a query is not found out.
package promql

import (
	"slices"
	"strings"
)

// Selector is a metric with the labels that it is narrowed by.
type Selector struct {
	Name   string
	Labels []string
}

// Query is what a query names: its metrics, and the labels that results are
// grouped and matched by.
type Query struct {
	Selectors []Selector
	Grouping  []string
}

var (
	grouping = []string{"by", "without", "on", "ignoring", "group_left", "group_right"}
	// words are neither metrics nor followed by a parenthesis.
	words = []string{
		"and", "or", "unless", "offset", "bool", "inf", "nan", "sum", "min", "max", "avg", "count", "stddev", "stdvar", "group",
		"topk", "bottomk", "quantile", "count_values", "atan2",
	}
)

// Read reads a query, with Grafana's variables in it or without.
func Read(query string) Query {
	var q Query
	tokens := split(query)
	at := func(i int) string {
		if i < len(tokens) {
			return tokens[i]
		}
		return ""
	}
	for i := 0; i < len(tokens); i++ {
		word := tokens[i]
		switch {
		case slices.Contains(grouping, word):
			if at(i+1) == "(" {
				for i += 2; i < len(tokens) && tokens[i] != ")"; i++ {
					if tokens[i] != "," {
						q.Grouping = append(q.Grouping, tokens[i])
					}
				}
			}
		case !name(word[0]), at(i+1) == "(", slices.Contains(words, strings.ToLower(word)):
		default:
			s := Selector{Name: word}
			if at(i+1) == "{" {
				for i += 2; i < len(tokens) && tokens[i] != "}"; i++ {
					if name(tokens[i][0]) {
						s.Labels = append(s.Labels, tokens[i])
					}
				}
			}
			q.Selectors = append(q.Selectors, s)
		}
	}
	return q
}

func name(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || c == ':'
}

// split gives names, numbers and signs. Strings, ranges and variables are left out.
func split(query string) []string {
	var out []string
	for i := 0; i < len(query); {
		c := query[i]
		end := i + 1
		switch {
		case c == '"' || c == '\'' || c == '`':
			for end < len(query) && query[end] != c {
				if query[end] == '\\' && c != '`' {
					end++
				}
				end++
			}
			end++
		case c == '[':
			for end < len(query) && query[end] != ']' {
				end++
			}
			end++
		case name(c) || c == '$' || c >= '0' && c <= '9':
			for end < len(query) && (name(query[end]) || query[end] >= '0' && query[end] <= '9' || query[end] == '.' && c != '$') {
				end++
			}
			if c != '$' {
				out = append(out, query[i:end])
			}
		case strings.IndexByte(" \t\n\r", c) < 0:
			out = append(out, query[i:end])
		}
		i = min(end, len(query))
	}
	return out
}
