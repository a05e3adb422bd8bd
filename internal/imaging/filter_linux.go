package imaging

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"
)

// deniedCalls are those that nobody needs who turns a file into other files:
// the network, other processes and programs, and the system itself. They
// answer EPERM, which a library takes for "not here". Those that only some
// architectures have are in archDenied.
var deniedCalls = []uint32{
	unix.SYS_SOCKET, unix.SYS_SOCKETPAIR, unix.SYS_CONNECT, unix.SYS_BIND, unix.SYS_LISTEN,
	unix.SYS_ACCEPT, unix.SYS_ACCEPT4, unix.SYS_SENDTO, unix.SYS_SENDMSG, unix.SYS_SENDMMSG,
	unix.SYS_IO_URING_SETUP, unix.SYS_IO_URING_ENTER, unix.SYS_IO_URING_REGISTER, // would do all of that unseen

	unix.SYS_EXECVE, unix.SYS_EXECVEAT, unix.SYS_PTRACE, unix.SYS_PROCESS_VM_READV, unix.SYS_PROCESS_VM_WRITEV,
	unix.SYS_KCMP, unix.SYS_PIDFD_OPEN, unix.SYS_PIDFD_GETFD, unix.SYS_PIDFD_SEND_SIGNAL, unix.SYS_TKILL,
	unix.SYS_RT_SIGQUEUEINFO, unix.SYS_RT_TGSIGQUEUEINFO, unix.SYS_PROCESS_MADVISE, unix.SYS_SETPGID, unix.SYS_SETSID,

	unix.SYS_BPF, unix.SYS_PERF_EVENT_OPEN, unix.SYS_USERFAULTFD, unix.SYS_PERSONALITY,
	unix.SYS_KEYCTL, unix.SYS_ADD_KEY, unix.SYS_REQUEST_KEY,
	unix.SYS_UNSHARE, unix.SYS_SETNS, unix.SYS_CHROOT, unix.SYS_PIVOT_ROOT, unix.SYS_MOUNT, unix.SYS_UMOUNT2,
	unix.SYS_MOVE_MOUNT, unix.SYS_OPEN_TREE, unix.SYS_FSOPEN, unix.SYS_FSCONFIG, unix.SYS_FSMOUNT, unix.SYS_FSPICK,
	unix.SYS_MOUNT_SETATTR, unix.SYS_NAME_TO_HANDLE_AT, unix.SYS_OPEN_BY_HANDLE_AT, unix.SYS_MKNODAT, unix.SYS_QUOTACTL,
	unix.SYS_FANOTIFY_INIT, unix.SYS_LOOKUP_DCOOKIE, unix.SYS_ACCT, unix.SYS_SWAPON, unix.SYS_SWAPOFF,
	unix.SYS_INIT_MODULE, unix.SYS_FINIT_MODULE, unix.SYS_DELETE_MODULE, unix.SYS_KEXEC_LOAD, unix.SYS_KEXEC_FILE_LOAD,
	unix.SYS_REBOOT, unix.SYS_SYSLOG, unix.SYS_VHANGUP, unix.SYS_SETHOSTNAME, unix.SYS_SETDOMAINNAME,
	unix.SYS_SETTIMEOFDAY, unix.SYS_CLOCK_SETTIME, unix.SYS_CLOCK_ADJTIME, unix.SYS_ADJTIMEX,
	unix.SYS_SETUID, unix.SYS_SETGID, unix.SYS_SETREUID, unix.SYS_SETREGID, unix.SYS_SETRESUID, unix.SYS_SETRESGID,
	unix.SYS_SETFSUID, unix.SYS_SETFSGID, unix.SYS_SETGROUPS, unix.SYS_CAPSET,
}

// Where struct seccomp_data has what is looked at. Both architectures are
// little endian: the lower half of an argument comes first.
const (
	offsetCall = 0
	offsetArch = 4
	offsetArg0 = 16
)

// denyNetwork puts the filter on all threads of the process, for ever. What it
// returns wraps errNoFilter where the system has no such filters.
func denyNetwork() error {
	if auditArch == 0 {
		return fmt.Errorf("%w on %s", errNoFilter, runtime.GOARCH)
	}
	// Without it only root may put a filter up; and a program that changes its user has no place here.
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("%w: no_new_privs: %w", errNoFilter, err)
	}
	program := filterProgram(auditArch, uint32(os.Getpid()))
	prog := unix.SockFprog{Len: uint16(len(program)), Filter: &program[0]}
	// Answers the number of a thread that could not follow.
	thread, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER,
		unix.SECCOMP_FILTER_FLAG_TSYNC, uintptr(unsafe.Pointer(&prog))) //nolint:gosec // the call takes an address, and keeps nothing of it
	runtime.KeepAlive(program)
	switch {
	case errno == unix.ENOSYS || errno == unix.EINVAL || errno == unix.EPERM: // a kernel built without; a container that forbids it
		return fmt.Errorf("%w: seccomp: %w", errNoFilter, errno)
	case errno != 0:
		return fmt.Errorf("filter system calls: %w", errno)
	case thread != 0:
		return fmt.Errorf("filter system calls: thread %d does not follow", thread)
	}
	return nil
}

// proveNetworkDenied tries what the filter must not let pass.
func proveNetworkDenied() error {
	for _, family := range []int{unix.AF_INET, unix.AF_INET6, unix.AF_UNIX, unix.AF_NETLINK} {
		fd, err := unix.Socket(family, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
		if err == nil {
			return errors.Join(fmt.Errorf("a socket of family %d could be opened in spite of the filter", family), unix.Close(fd))
		}
		if !errors.Is(err, unix.EPERM) {
			return fmt.Errorf("a socket of family %d failed, but not by the filter: %w", family, err)
		}
	}
	if err := unix.Exec("/", []string{"/"}, nil); !errors.Is(err, unix.EPERM) { // a folder: EACCES without the filter
		return fmt.Errorf("another program could be started in spite of the filter: %w", err)
	}
	return nil
}

// filterProgram builds the filter. self is the process, which may send signals
// to itself alone, as the Go runtime does to stop its own goroutines.
func filterProgram(arch, self uint32) []unix.SockFilter {
	const (
		load = unix.BPF_LD | unix.BPF_W | unix.BPF_ABS
		jeq  = unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K
		jge  = unix.BPF_JMP | unix.BPF_JGE | unix.BPF_K
		jset = unix.BPF_JMP | unix.BPF_JSET | unix.BPF_K
		ret  = unix.BPF_RET | unix.BPF_K
	)
	deny := unix.SockFilter{Code: ret, K: unix.SECCOMP_RET_ERRNO | uint32(unix.EPERM)}
	allow := unix.SockFilter{Code: ret, K: unix.SECCOMP_RET_ALLOW}
	p := []unix.SockFilter{
		{Code: load, K: offsetArch},
		{Code: jeq, K: arch, Jt: 1}, // another numbering of calls, which no code of ours uses
		{Code: ret, K: unix.SECCOMP_RET_KILL_PROCESS},
		{Code: load, K: offsetCall},
	}
	if firstForeignCall != 0 {
		p = append(p, unix.SockFilter{Code: jge, K: firstForeignCall, Jf: 1}, deny)
	}
	for _, list := range [][]uint32{deniedCalls, archDenied} {
		for _, call := range list {
			p = append(p, unix.SockFilter{Code: jeq, K: call, Jf: 1}, deny)
		}
	}
	// Its flags lie in memory that a filter cannot read; the C library takes this for an older kernel, and clone.
	p = append(p, unix.SockFilter{Code: jeq, K: unix.SYS_CLONE3, Jf: 1},
		unix.SockFilter{Code: ret, K: unix.SECCOMP_RET_ERRNO | uint32(unix.ENOSYS)})
	// where allows a call only when its first argument passes a test.
	where := func(call uint32, test unix.SockFilter) {
		p = append(p, unix.SockFilter{Code: jeq, K: call, Jf: 4}, unix.SockFilter{Code: load, K: offsetArg0}, test, deny, allow)
	}
	where(unix.SYS_CLONE, unix.SockFilter{Code: jset, K: unix.CLONE_THREAD, Jt: 1}) // a thread, no process
	where(unix.SYS_KILL, unix.SockFilter{Code: jeq, K: self, Jt: 1})
	where(unix.SYS_TGKILL, unix.SockFilter{Code: jeq, K: self, Jt: 1})
	where(unix.SYS_PRLIMIT64, unix.SockFilter{Code: jeq, K: 0, Jt: 1}) // its own limits
	return append(p, allow)
}
