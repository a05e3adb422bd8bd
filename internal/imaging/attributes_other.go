//go:build !linux

package imaging

import "syscall"

// childAttributes: a process group of its own, so that a Ctrl-C meant for the
// worker does not cut a picture in half. A child whose worker died ends at the
// end of its standard input.
func childAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true}
}

// residentBytes is the memory that a process has, if the system tells.
func residentBytes(int) (uint64, bool) { return 0, false }

// addressSpace is what a process has mapped, touched or not, if the system tells.
func addressSpace(int) (uint64, bool) { return 0, false }
