package imaging

import "syscall"

// childAttributes: a process group of its own, so that a Ctrl-C meant for the
// worker does not cut a picture in half, and death with the worker, however that dies.
func childAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
