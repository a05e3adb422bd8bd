package config

import (
	"errors"
	"fmt"
)

// Pictures configures the commands of cmd/safelight that judge pictures
// without a server: what API and workers would do with this environment.
type Pictures struct {
	Pipeline Pipeline
	Limits   Limits
}

// LoadPictures reads it; every fault is reported at once.
func LoadPictures(environ map[string]string) (Pictures, error) {
	var c Pictures
	err := parse(&c, environ)
	if err == nil {
		err = errors.Join(c.Pipeline.check()...)
	}
	if err != nil {
		return Pictures{}, fmt.Errorf("configuration:\n%w", err)
	}
	return c, nil
}
