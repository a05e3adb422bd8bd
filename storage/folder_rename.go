package storage

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// renamer renames a file from one open folder into another. Open folders, not
// paths: what was checked to lie below the root can not be exchanged for a
// link to somewhere else in between.
type renamer func(fromDir *os.File, from string, toDir *os.File, to string) error

func renameReplacing(fromDir *os.File, from string, toDir *os.File, to string) error {
	return unix.Renameat(int(fromDir.Fd()), from, int(toDir.Fd()), to) //nolint:wrapcheck // wrapped by the callers
}

// notSupported reports that the kernel or the file system (NFS, some FUSE) has
// no rename that refuses to overwrite, or that a sandbox forbids the call.
func notSupported(err error) bool {
	for _, errno := range []unix.Errno{unix.EINVAL, unix.ENOSYS, unix.ENOTSUP, unix.EOPNOTSUPP, unix.EPERM} {
		if errors.Is(err, errno) {
			return true
		}
	}
	return false
}

// locked makes a renamer exclusive among all processes that share the folder.
// Where the system has no rename that refuses to overwrite, looking first and
// renaming then is one step for everybody who takes the same lock.
func (f *Folder) locked(rename renamer) renamer {
	return func(fromDir *os.File, from string, toDir *os.File, to string) (err error) {
		// Opened each time: a lock belongs to the open file, so that this also
		// holds goroutines of one process apart.
		lock, err := f.root.OpenFile(lockFile, os.O_CREATE|os.O_RDWR, fileMode)
		if err != nil {
			return fmt.Errorf("open the lock: %w", err)
		}
		defer func() { err = errors.Join(err, lock.Close()) }() // closing unlocks
		for {
			err = unix.Flock(int(lock.Fd()), unix.LOCK_EX)
			if !errors.Is(err, unix.EINTR) {
				break
			}
		}
		if err != nil {
			return fmt.Errorf("take the lock: %w", err)
		}
		return rename(fromDir, from, toDir, to)
	}
}

// renameUnlessTaken looks first; only of use under the lock.
func renameUnlessTaken(fromDir *os.File, from string, toDir *os.File, to string) error {
	var st unix.Stat_t
	err := unix.Fstatat(int(toDir.Fd()), to, &st, unix.AT_SYMLINK_NOFOLLOW)
	if err == nil {
		return unix.EEXIST
	}
	if !errors.Is(err, unix.ENOENT) {
		return err //nolint:wrapcheck // wrapped by the callers
	}
	return renameReplacing(fromDir, from, toDir, to)
}
