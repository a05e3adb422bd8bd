package imaging

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// tempPrefix begins the names of children's folders; the process id of the
// worker that made them follows.
const tempPrefix = "imaging-"

// makeTemp makes a folder for one child.
func makeTemp(dir string) (string, error) {
	temp, err := os.MkdirTemp(dir, fmt.Sprintf("%s%d-", tempPrefix, os.Getpid()))
	if err != nil {
		return "", fmt.Errorf("folder of an imaging process: %w", err)
	}
	return temp, nil
}

// sweep removes the folders of workers that were killed before they could: a
// large picture may have left gigabytes there.
func sweep(dir string) error {
	left, err := filepath.Glob(filepath.Join(dir, tempPrefix+"*-*"))
	if err != nil {
		return fmt.Errorf("sweep %s: %w", dir, err)
	}
	for _, path := range left {
		owner, _, _ := strings.Cut(strings.TrimPrefix(filepath.Base(path), tempPrefix), "-")
		pid, err := strconv.Atoi(owner)
		if err != nil || pid <= 0 || !errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
			continue
		}
		if err := os.RemoveAll(path); err != nil {
			return fmt.Errorf("sweep: %w", err)
		}
	}
	return nil
}
