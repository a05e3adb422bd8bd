package storage

import (
	"os"

	"golang.org/x/sys/unix"
)

const (
	typeAttribute = "safelight.content-type"
	errNoType     = unix.ENOATTR
)

func renameExclusive(fromDir *os.File, from string, toDir *os.File, to string) error {
	//nolint:wrapcheck // wrapped by the callers
	return unix.RenameatxNp(int(fromDir.Fd()), from, int(toDir.Fd()), to, unix.RENAME_EXCL)
}
