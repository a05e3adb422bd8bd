package config

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/caarlos0/env/v11"
)

// fault is what is wrong with one variable.
type fault struct{ variable, what string }

// Error implements error.
func (f fault) Error() string { return f.variable + ": " + f.what }

// faults collects what is wrong, so that all of it is told at once.
type faults struct{ list []fault }

// add notes a fault. Of one variable the first counts: what follows from a
// value that could not even be read is none of its own.
func (f *faults) add(variable, format string, args ...any) {
	if slices.ContainsFunc(f.list, func(known fault) bool { return known.variable == variable }) {
		return
	}
	f.list = append(f.list, fault{variable, fmt.Sprintf(format, args...)})
}

// err is nil where nothing is wrong.
func (f *faults) err() error {
	errs := make([]error, len(f.list))
	for i, one := range f.list {
		errs[i] = one
	}
	return errors.Join(errs...)
}

// Variable is one setting, as the tags of its field state it.
type Variable struct {
	Name       string // of the environment variable
	Field      string // of the struct
	Default    string
	Secret     bool
	Required   bool
	Production bool         // required in production
	Struct     reflect.Type // that holds the field
}

// Variables lists what a configuration is read from: every field with a tag
// "env", in order and into nested structs. A field is added by writing it down:
//
//	// MaxPixels bounds a picture, over all its frames.
//	MaxPixels int64 `env:"MAX_PIXELS" envDefault:"100000000"`
//
// Of type Secret it is never shown. `env:"X,required"` is needed always,
// `production:"required"` in production. Its comment is its documentation.
func Variables(t reflect.Type) []Variable {
	var all []Variable
	for f := range t.Fields() {
		name, options, _ := strings.Cut(f.Tag.Get("env"), ",")
		if name == "" {
			if f.Type.Kind() == reflect.Struct {
				all = append(all, Variables(f.Type)...)
			}
			continue
		}
		all = append(all, Variable{
			Name: name, Field: f.Name, Default: f.Tag.Get("envDefault"),
			Secret:   f.Type == reflect.TypeFor[Secret]() || f.Type == reflect.TypeFor[Keys](),
			Required: strings.Contains(options, "required"), Production: f.Tag.Get("production") == "required",
			Struct: t,
		})
	}
	return all
}

// parse fills a struct from the environment and notes what can not be read.
func (f *faults) parse(into any, environ map[string]string) {
	t := reflect.TypeOf(into).Elem()
	variables := Variables(t)
	err := env.ParseWithOptions(into, env.Options{Environment: environ})
	var all env.AggregateError
	if errors.As(err, &all) {
		for _, e := range all.Errors {
			f.unread(variables, e)
		}
	} else if err != nil {
		f.add(t.Name(), "%v", err)
	}
	strict := environment(environ) == Production
	for _, v := range variables {
		switch {
		case environ[v.Name] != "": // set to nothing is not set
		case v.Required:
			f.add(v.Name, "is needed")
		case v.Production && strict:
			f.add(v.Name, "is needed in production")
		}
	}
}

func (f *faults) unread(variables []Variable, err error) {
	var bad env.ParseError // speaks of the field; people know the variable
	var unset env.VarIsNotSetError
	switch {
	case errors.As(err, &unset):
		f.add(unset.Key, "is needed")
	case errors.As(err, &bad):
		for _, v := range variables {
			if v.Field == bad.Name {
				f.add(v.Name, "%v", bad.Err)
				return
			}
		}
		f.add(bad.Name, "%v", bad.Err)
	default:
		f.add("environment", "%v", err)
	}
}

// environment is the one that will be checked for: production, where it is not
// said or not a known one.
func environment(environ map[string]string) Environment {
	if environ["ENVIRONMENT"] == string(Development) {
		return Development
	}
	return Production
}
