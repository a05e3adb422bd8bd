package imaging

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// childAttributes: a process group of its own, so that a Ctrl-C meant for the
// worker does not cut a picture in half, and death with the worker, however that dies.
func childAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

// residentBytes is the memory that a process has, if the system tells.
func residentBytes(pid int) (uint64, bool) { return memory(pid, 1) }

// addressSpace is what a process has mapped, touched or not, if the system tells.
func addressSpace(pid int) (uint64, bool) { return memory(pid, 0) }

// memory reads a field of statm, which counts pages: of address space,
// resident, shared, and so on.
func memory(pid, field int) (uint64, bool) {
	statm, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	if err != nil {
		return 0, false // no /proc, or no such process any more
	}
	fields := strings.Fields(string(statm))
	if field >= len(fields) {
		return 0, false
	}
	pages, err := strconv.ParseUint(fields[field], 10, 64)
	return pages * uint64(os.Getpagesize()), err == nil
}
