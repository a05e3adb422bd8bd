package storage

import (
	"os"

	"golang.org/x/sys/unix"
)

const (
	typeAttribute = "user.safelight.content-type"
	errNoType     = unix.ENODATA
)

func renameExclusive(fromDir *os.File, from string, toDir *os.File, to string) error {
	//nolint:wrapcheck // wrapped by the callers
	return unix.Renameat2(int(fromDir.Fd()), from, int(toDir.Fd()), to, unix.RENAME_NOREPLACE)
}
