//go:build !linux

package imaging

import "syscall"

// childAttributes: a process group of its own, so that a Ctrl-C meant for the
// worker does not cut a picture in half. A child whose worker died ends at the
// end of its standard input.
func childAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true}
}
