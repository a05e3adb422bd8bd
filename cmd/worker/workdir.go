package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// workDir is a folder of this process alone for local copies of objects.
type workDir struct {
	path string
	lock *os.File
}

// openWorkDir makes the folder under base and removes those of workers that
// were killed: a folder whose lock nobody holds has no process any more.
func openWorkDir(base string) (*workDir, error) {
	if base == "" {
		base = filepath.Join(os.TempDir(), "safelight-worker")
	}
	if err := os.MkdirAll(base, 0o700); err != nil {
		return nil, fmt.Errorf("make the work folder: %w", err)
	}
	old, err := filepath.Glob(filepath.Join(base, "w-*", "lock"))
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", base, err)
	}
	for _, path := range old {
		if err := removeIfLeft(path); err != nil {
			return nil, err
		}
	}
	dir, err := os.MkdirTemp(base, "w-")
	if err != nil {
		return nil, fmt.Errorf("make the work folder: %w", err)
	}
	lock, err := lockFile(filepath.Join(dir, "lock"))
	if err != nil {
		return nil, err
	}
	return &workDir{path: dir, lock: lock}, nil
}

func removeIfLeft(path string) error {
	lock, err := lockFile(path)
	if errors.Is(err, unix.EWOULDBLOCK) || errors.Is(err, os.ErrNotExist) {
		return nil // in use, or another worker was quicker
	}
	if err != nil {
		return err
	}
	defer lock.Close()
	if err := os.RemoveAll(filepath.Dir(path)); err != nil {
		return fmt.Errorf("remove what a killed worker left: %w", err)
	}
	return nil
}

func lockFile(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open lock: %w", err)
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		return nil, errors.Join(fmt.Errorf("lock %s: %w", path, err), f.Close())
	}
	return f, nil
}

// Close removes the folder.
func (w *workDir) Close() error {
	return errors.Join(os.RemoveAll(w.path), w.lock.Close())
}
