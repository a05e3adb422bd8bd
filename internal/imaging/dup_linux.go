package imaging

import "golang.org/x/sys/unix"

// dupOnto makes to another name for from; dup2 does not exist on every Linux.
func dupOnto(from, to int) error { return unix.Dup3(from, to, 0) }
