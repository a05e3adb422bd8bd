package imaging

import (
	"os"

	"golang.org/x/sys/unix"
)

// dupOnto makes to another name for from; dup2 does not exist on every Linux.
func dupOnto(from, to int) error { return os.NewSyscallError("dup3", unix.Dup3(from, to, 0)) } //nolint:wrapcheck // it wraps
