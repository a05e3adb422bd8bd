package devstack

import (
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// macOS has no parent-death signal: what a killed run left is found by its
// record at the next start.
func sysProcAttr(u *User, _ syscall.Signal) *syscall.SysProcAttr {
	attr := &syscall.SysProcAttr{Setpgid: true}
	if u != nil {
		attr.Credential = &syscall.Credential{Uid: u.UID, Gid: u.GID}
	}
	return attr
}

// startToken tells two processes apart that had the same id one after the
// other: the start time. Empty if there is none.
func startToken(pid int) string {
	out, err := exec.Command("ps", "-o", "lstart=", "-p", strconv.Itoa(pid)).Output()
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(out))
}

// worksIn reports whether a process of this id is the named program started
// on dir.
func worksIn(pid int, program, dir string) bool {
	out, err := exec.Command("ps", "-o", "command=", "-p", strconv.Itoa(pid)).Output()
	if err != nil {
		return false
	}
	path, _, _ := strings.Cut(strings.TrimSpace(string(out)), " ")
	return filepath.Base(path) == program && strings.Contains(string(out), dir)
}
