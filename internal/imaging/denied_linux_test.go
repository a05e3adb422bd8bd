package imaging_test

import (
	"os"

	"golang.org/x/sys/unix"
)

// denied are calls that must answer EPERM behind the filter, and without it
// would do something else.
func denied() map[string]func() error {
	call := func(number uintptr, args ...uintptr) func() error {
		return func() error {
			var a [3]uintptr
			copy(a[:], args)
			_, _, errno := unix.Syscall(number, a[0], a[1], a[2])
			return errno
		}
	}
	parent := uintptr(os.Getppid())
	return map[string]func() error{
		"socket":      call(unix.SYS_SOCKET, unix.AF_INET, unix.SOCK_STREAM),
		"unix socket": call(unix.SYS_SOCKET, unix.AF_UNIX, unix.SOCK_STREAM),
		"socketpair":  func() error { _, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM, 0); return err },
		"io_uring":    call(unix.SYS_IO_URING_SETUP, 1),
		"execve":      call(unix.SYS_EXECVE),
		"ptrace":      call(unix.SYS_PTRACE, unix.PTRACE_PEEKUSR, parent),
		"clone":       call(unix.SYS_CLONE, uintptr(unix.SIGCHLD)),
		"kill":        call(unix.SYS_KILL, parent),
		"tgkill":      call(unix.SYS_TGKILL, parent, parent),
		"pidfd":       call(unix.SYS_PIDFD_OPEN, parent),
		"prlimit":     call(unix.SYS_PRLIMIT64, parent, unix.RLIMIT_NOFILE),
		"unshare":     call(unix.SYS_UNSHARE, unix.CLONE_FILES),
		"bpf":         call(unix.SYS_BPF),
		"mount":       call(unix.SYS_MOUNT),
		"setuid":      call(unix.SYS_SETUID, uintptr(os.Getuid())),
	}
}
