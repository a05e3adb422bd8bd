package storage

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// maxContentType is far above any real one, and below what every file system
// keeps in an attribute.
const maxContentType = 255

func setContentType(file *os.File, contentType string) error {
	if len(contentType) > maxContentType {
		return fmt.Errorf("content type of %d bytes is too long", len(contentType))
	}
	//nolint:wrapcheck // wrapped by the callers
	return unix.Fsetxattr(int(file.Fd()), typeAttribute, []byte(contentType), 0)
}

func contentTypeOf(file *os.File) (string, error) {
	buf := make([]byte, maxContentType)
	n, err := unix.Fgetxattr(int(file.Fd()), typeAttribute, buf)
	if errors.Is(err, errNoType) {
		return unknownType, nil // put without one, or copied by a program that drops attributes
	}
	if err != nil {
		return "", err //nolint:wrapcheck // wrapped by the callers
	}
	return string(buf[:n]), nil
}
