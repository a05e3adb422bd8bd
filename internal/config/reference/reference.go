// Package reference writes docs/CONFIGURATION.md from the structs of package
// config: what a variable is called, its default and whether it is a secret
// come from the tags of its field, what it means from the field's comment. It
// reads Go files, and is for development alone.
package reference

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"safelight/internal/config"
)

// programs are those that read a configuration, in the order of the document.
var programs = []struct {
	name string
	root reflect.Type
}{
	{"api", reflect.TypeFor[config.API]()},
	{"worker", reflect.TypeFor[config.Worker]()},
	{"migrate", reflect.TypeFor[config.Migration]()},
	{"admin", reflect.TypeFor[config.Database]()},
	{"inspect", reflect.TypeFor[config.Pictures]()},
}

// By is which variables each program reads, by its name.
func By() map[string][]config.Variable {
	by := map[string][]config.Variable{}
	for _, p := range programs {
		by[p.name] = config.Variables(p.root)
	}
	return by
}

// entry is one variable of the document.
type entry struct {
	config.Variable
	doc string
	by  []string
}

// section is the variables of one struct.
type section struct {
	title, doc string
	entries    []*entry
}

// Document is the text of docs/CONFIGURATION.md, from the Go files of package
// config in a folder. A field without a comment is an error.
func Document(folder string) ([]byte, error) {
	comments, err := readComments(folder)
	if err != nil {
		return nil, err
	}
	sections, err := collect(comments)
	if err != nil {
		return nil, err
	}
	var b strings.Builder
	b.WriteString(preface)
	for _, s := range sections {
		fmt.Fprintf(&b, "\n## %s\n\n%s\n\n| variable | default | read by | meaning |\n|---|---|---|---|\n", s.title, s.doc)
		for _, e := range s.entries {
			fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", e.Name, e.shownDefault(), strings.Join(e.by, ", "), e.meaning())
		}
	}
	b.WriteString(others)
	return []byte(b.String()), nil
}

func (e *entry) shownDefault() string {
	switch {
	case e.Required:
		return "**required**"
	case e.Production && e.Default != "":
		return "`" + e.Default + "`; **required** in production"
	case e.Production:
		return "**required** in production"
	case e.Default == "":
		return ""
	}
	return "`" + e.Default + "`"
}

// variableName finds other variables that a comment speaks of.
var variableName = regexp.MustCompile(`\b[A-Z]+(_[A-Z]+)+\b`)

func (e *entry) meaning() string {
	text := variableName.ReplaceAllString(e.doc, "`$0`")
	if rest, ok := strings.CutPrefix(text, e.Field+" "); ok { // as Go's comments begin
		text = "`" + e.Name + "` " + rest
	}
	text = strings.ReplaceAll(text, "|", `\|`)
	if e.Secret {
		text += " **Secret.**"
	}
	return text
}

// collect brings the variables of all programs together, each with who reads
// it, by the struct that it was met in first.
func collect(comments map[string]structComments) ([]*section, error) {
	var sections []*section
	known := map[string]*entry{}
	var errs []error
	for _, p := range programs {
		for _, v := range config.Variables(p.root) {
			if e := known[v.Name]; e != nil {
				e.by = append(e.by, p.name)
				continue
			}
			its := comments[v.Struct.Name()]
			e := &entry{Variable: v, doc: its.fields[v.Field], by: []string{p.name}}
			if e.doc == "" {
				errs = append(errs, fmt.Errorf("%s: field %s.%s has no comment", v.Name, v.Struct.Name(), v.Field))
			}
			known[v.Name] = e
			i := slices.IndexFunc(sections, func(s *section) bool { return s.title == v.Struct.Name() })
			if i < 0 {
				i = len(sections)
				sections = append(sections, &section{title: v.Struct.Name(), doc: its.doc})
			}
			sections[i].entries = append(sections[i].entries, e)
		}
	}
	return sections, errors.Join(errs...)
}

// structComments are those of a struct and, by name, of its fields.
type structComments struct {
	doc    string
	fields map[string]string
}

func readComments(folder string) (map[string]structComments, error) {
	paths, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", folder, err)
	}
	found := map[string]structComments{}
	for _, path := range paths {
		source, err := os.ReadFile(path)
		if err != nil {
			return nil, fmt.Errorf("read the configuration: %w", err)
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, source, parser.ParseComments)
		if err != nil {
			return nil, fmt.Errorf("read the configuration: %w", err)
		}
		for _, d := range file.Decls {
			readStructs(d, found)
		}
	}
	return found, nil
}

func readStructs(d ast.Decl, found map[string]structComments) {
	general, ok := d.(*ast.GenDecl)
	if !ok {
		return
	}
	for _, spec := range general.Specs {
		named, ok := spec.(*ast.TypeSpec)
		if !ok {
			continue
		}
		body, ok := named.Type.(*ast.StructType)
		if !ok {
			continue
		}
		c := structComments{doc: oneLine(general.Doc), fields: map[string]string{}}
		for _, f := range body.Fields.List {
			text := strings.TrimSpace(oneLine(f.Doc) + " " + oneLine(f.Comment))
			for _, name := range f.Names {
				c.fields[name.Name] = text
			}
		}
		found[named.Name.Name] = c
	}
}

func oneLine(c *ast.CommentGroup) string { return strings.Join(strings.Fields(c.Text()), " ") }
