package api

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// What the docs page shows.
type (
	docsPage struct {
		Title, Version, Description string
		Groups                      []*docsGroup
		Schemas                     []docsSchema
		Problems                    []docsProblem
	}
	docsGroup struct {
		Name       string
		Operations []docsOperation
	}
	docsOperation struct {
		ID, Method, Path, Summary, Permission string
		Description                           []docsText
		Parameters                            []docsField
		Bodies                                []docsBody
		Answers                               []docsAnswer
	}
	docsText struct {
		Text string
		Code bool
	}
	docsField struct {
		Name, In, About string
		Required        bool
		Type            docsType
	}
	docsType   struct{ Before, Ref, After string }
	docsSchema struct {
		Name   string
		Fields []docsField
	}
	docsBody struct {
		MediaType string
		Type      docsType
		Fields    []docsField
	}
	docsAnswer struct {
		Status, About string
		Codes         []Code
		Bodies        []docsBody
	}
	docsProblem struct {
		Code Code
		codeInfo
	}
)

func (p *docsPage) add(tag string, op docsOperation) {
	i := slices.IndexFunc(p.Groups, func(g *docsGroup) bool { return g.Name == tag })
	if i < 0 {
		i, p.Groups = len(p.Groups), append(p.Groups, &docsGroup{Name: tag})
	}
	p.Groups[i].Operations = append(p.Groups[i].Operations, op)
}

// splitCode takes the backquotes of CommonMark, the one mark that our texts use.
func splitCode(s string) []docsText {
	if s == "" {
		return nil
	}
	parts := strings.Split(s, "`")
	out := make([]docsText, len(parts))
	for i, part := range parts {
		out[i] = docsText{Text: part, Code: i%2 == 1}
	}
	return out
}

func docsParameters(op *huma.Operation) []docsField {
	out := make([]docsField, len(op.Parameters))
	for i, p := range op.Parameters {
		about := p.Description
		if about == "" && p.Schema != nil {
			about = p.Schema.Description
		}
		out[i] = docsField{Name: p.Name, In: p.In, Required: p.Required, Type: typeOf(p.Schema), About: about}
	}
	return out
}

func docsRequest(op *huma.Operation) []docsBody {
	if op.RequestBody == nil {
		return nil
	}
	return docsBodies(op.RequestBody.Content)
}

func docsBodies(content map[string]*huma.MediaType) []docsBody {
	var out []docsBody
	for _, mediaType := range slices.Sorted(maps.Keys(content)) {
		schema := content[mediaType].Schema
		body := docsBody{MediaType: mediaType, Type: typeOf(schema)}
		if schema != nil && schema.Ref == "" {
			body.Fields = docsFields(schema)
		}
		out = append(out, body)
	}
	return out
}

func docsAnswers(op *huma.Operation, codes []Code) []docsAnswer {
	var out []docsAnswer
	for _, status := range slices.Sorted(maps.Keys(op.Responses)) {
		r := op.Responses[status]
		answer := docsAnswer{Status: status, About: r.Description, Bodies: docsBodies(r.Content)}
		for _, code := range codes {
			if strconv.Itoa(codeTable[code].Status) == status {
				answer.Codes = append(answer.Codes, code)
			}
		}
		out = append(out, answer)
	}
	return out
}

func docsFields(s *huma.Schema) []docsField {
	var out []docsField
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		p := s.Properties[name]
		out = append(out, docsField{Name: name, Type: typeOf(p), About: p.Description, Required: slices.Contains(s.Required, name)})
	}
	return out
}

// typeOf says a schema in a few words.
func typeOf(s *huma.Schema) docsType {
	switch {
	case s == nil:
		return docsType{}
	case s.Ref != "":
		return docsType{Ref: s.Ref[strings.LastIndex(s.Ref, "/")+1:]}
	case s.Type == "array":
		t := typeOf(s.Items)
		t.Before = "list of " + t.Before
		return t
	}
	words := []string{s.Type}
	if s.Format != "" {
		words = append(words, "("+s.Format+")")
	}
	if s.Nullable {
		words = append(words, "or null")
	}
	for i, v := range s.Enum {
		if i > 0 {
			words = append(words, "|")
		}
		words = append(words, fmt.Sprint(v))
	}
	words = append(words, bounds("", s.Minimum, s.Maximum), lengths(s), defaultOf(s))
	return docsType{Before: strings.Join(slices.DeleteFunc(words, func(w string) bool { return w == "" }), " ")}
}

func bounds(unit string, low, high *float64) string {
	switch {
	case low != nil && high != nil:
		return fmt.Sprintf("%.0f to %.0f%s", *low, *high, unit)
	case low != nil:
		return fmt.Sprintf("at least %.0f%s", *low, unit)
	case high != nil:
		return fmt.Sprintf("at most %.0f%s", *high, unit)
	}
	return ""
}

func lengths(s *huma.Schema) string {
	wide := func(n *int) *float64 {
		if n == nil {
			return nil
		}
		return ptr(float64(*n))
	}
	return bounds(" characters", wide(s.MinLength), wide(s.MaxLength))
}

func defaultOf(s *huma.Schema) string {
	if s.Default == nil {
		return ""
	}
	return fmt.Sprintf("default %v", s.Default)
}
