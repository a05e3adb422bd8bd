package imaging

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

const (
	maxOpenFiles = 128
	// maxFileSize bounds what one child writes into one file: the largest
	// picture, decoded, at 16 bits.
	maxFileSize = 4 << 30
)

// errNoFilter: this system cannot keep a process from opening sockets.
var errNoFilter = errors.New("this system has no filter for system calls")

// isolate takes the network and other processes away from this one, and tries
// whether they are gone. Only where the system has no means to do so it
// returns a reason and goes on (docs/adr/0007-decoders-without-a-network.md);
// a means that does not work is an error.
func isolate() (open string, err error) {
	err = denyNetwork()
	if errors.Is(err, errNoFilter) {
		return err.Error(), nil
	}
	if err != nil {
		return "", err
	}
	return "", proveNetworkDenied()
}

// confine sets the limits that hold for the life of a child.
func confine(limits setup) error {
	if limits.CPUTime <= 0 || limits.MemoryBytes == 0 || limits.MaxImages <= 0 {
		return errors.New("imaging: a child needs its limits")
	}
	if mapped, ok := addressSpace(os.Getpid()); ok { // macOS tells no such thing, and enforces no limit of it
		if err := limit(unix.RLIMIT_AS, mapped+limits.MemoryBytes); err != nil {
			return fmt.Errorf("limit memory: %w", err)
		}
	}
	if err := limit(unix.RLIMIT_CORE, 0); err != nil {
		return fmt.Errorf("limit core dumps: %w", err)
	}
	if err := limit(unix.RLIMIT_NOFILE, maxOpenFiles); err != nil {
		return fmt.Errorf("limit open files: %w", err)
	}
	if err := limit(unix.RLIMIT_FSIZE, maxFileSize); err != nil {
		return fmt.Errorf("limit file size: %w", err)
	}
	return nil
}

// limit sets both limits, within what the system allows already.
func limit(resource int, value uint64) error {
	var now unix.Rlimit
	if err := unix.Getrlimit(resource, &now); err != nil {
		return fmt.Errorf("read limit %d: %w", resource, err)
	}
	value = min(value, uint64(now.Max))
	if err := unix.Setrlimit(resource, &unix.Rlimit{Cur: value, Max: value}); err != nil {
		return fmt.Errorf("set limit %d to %d: %w", resource, value, err)
	}
	return nil
}

// limitCPU gives the next picture its CPU time, on top of what the process
// has used. The system counts whole seconds; at the limit it ends the process.
func limitCPU(budget time.Duration) error {
	var used unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &used); err != nil {
		return fmt.Errorf("read CPU time: %w", err)
	}
	var now unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_CPU, &now); err != nil {
		return fmt.Errorf("read CPU limit: %w", err)
	}
	spent := time.Duration(used.Utime.Nano() + used.Stime.Nano())
	seconds := uint64((spent + budget + time.Second - 1) / time.Second)
	now.Cur = min(seconds, uint64(now.Max))
	if err := unix.Setrlimit(unix.RLIMIT_CPU, &now); err != nil {
		return fmt.Errorf("limit CPU time: %w", err)
	}
	return nil
}

// detachStdout gives the pipe on standard output to us alone, and what
// libraries print there to standard error.
func detachStdout() (*os.File, error) {
	fd, err := unix.FcntlInt(1, unix.F_DUPFD_CLOEXEC, 3)
	if err != nil {
		return nil, fmt.Errorf("duplicate standard output: %w", err)
	}
	if err := dupOnto(2, 1); err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(fd), "pool"), nil
}

// closeInherited closes descriptors that came with the process. Those do not
// carry close-on-exec, or they would not be here; our own do.
func closeInherited() error {
	dir := "/proc/self/fd"
	if _, err := os.Stat(dir); err != nil {
		dir = "/dev/fd"
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("list descriptors: %w", err)
	}
	for _, e := range entries {
		fd, err := strconv.Atoi(e.Name())
		if err != nil || fd <= 2 {
			continue
		}
		flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0)
		if err == nil && flags&unix.FD_CLOEXEC == 0 {
			if err := unix.Close(fd); err != nil {
				return fmt.Errorf("descriptor %d: %w", fd, err)
			}
		}
	}
	return nil
}
