//go:build !linux

package imaging

import "golang.org/x/sys/unix"

// dupOnto makes to another name for from.
func dupOnto(from, to int) error { return unix.Dup2(from, to) }
