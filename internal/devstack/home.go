package devstack

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// Home is the folder that holds everything of one stack. While it is open,
// nobody else can open it.
type Home struct {
	Dir  string // absolute, without symbolic links
	Run  string // short enough for sockets
	lock *os.File
}

// InUseError is another safelight that runs on this home.
type InUseError struct {
	Dir string
	PID string // as the other one wrote it; may be empty
}

// Error implements error.
func (e *InUseError) Error() string {
	return fmt.Sprintf("a safelight (process %s) is already running on %s", e.PID, e.Dir)
}

// OpenHome makes the folder if need be and takes its lock. Close gives it back;
// so does the end of the process, however it comes.
func OpenHome(dir string) (*Home, error) {
	mode := os.FileMode(0o700)
	if os.Geteuid() == 0 {
		mode = 0o711 // the database server runs as somebody else and passes through
	}
	if err := os.MkdirAll(dir, mode); err != nil {
		return nil, fmt.Errorf("make the data folder: %w", err)
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("find the data folder: %w", err)
	}
	if dir, err = filepath.EvalSymlinks(dir); err != nil {
		return nil, fmt.Errorf("find the data folder: %w", err)
	}
	if err := ownedByMe(dir); err != nil {
		return nil, err
	}
	h := &Home{Dir: dir}
	if err := h.takeLock(); err != nil {
		return nil, err
	}
	if h.Run, err = runDir(dir); err != nil {
		return nil, errors.Join(err, h.Close())
	}
	return h, nil
}

// ownedByMe keeps one user's stack from being run by another one, root
// included, who would leave files that the first can not use any more.
func ownedByMe(dir string) error {
	info, err := os.Stat(dir)
	if err != nil {
		return fmt.Errorf("look at the data folder: %w", err)
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if ok && int(st.Uid) != os.Geteuid() {
		return fmt.Errorf("the data folder %s belongs to another user (uid %d): run as that user, or choose another folder with --home", dir, st.Uid)
	}
	return nil
}

func (h *Home) takeLock() error {
	f, err := os.OpenFile(h.Path("lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("lock the data folder: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			return errors.Join(fmt.Errorf("lock the data folder: %w", err), f.Close())
		}
		pid, readErr := os.ReadFile(f.Name())
		return errors.Join(&InUseError{Dir: h.Dir, PID: strings.TrimSpace(string(pid))}, readErr, f.Close())
	}
	err = f.Truncate(0)
	if err == nil {
		_, err = fmt.Fprintln(f, os.Getpid())
	}
	if err != nil {
		return errors.Join(fmt.Errorf("lock the data folder: %w", err), f.Close())
	}
	h.lock = f
	return nil
}

// Path is a path inside the home.
func (h *Home) Path(elem ...string) string {
	return filepath.Join(append([]string{h.Dir}, elem...)...)
}

// Close gives the lock back. The file stays: removing it would let two others
// hold locks on two files of the same name.
func (h *Home) Close() error {
	var err error
	if h.Run != "" && !strings.HasPrefix(h.Run, h.Dir) {
		err = os.RemoveAll(h.Run)
	}
	return errors.Join(err, h.lock.Close())
}

// longestSocket is what fits into the path of a socket on every system.
const longestSocket = 100

// runDir is a folder for sockets: inside the home, or, where the path would be
// too long for a socket, one of its own in /tmp.
func runDir(home string) (string, error) {
	dir := filepath.Join(home, "run")
	if len(filepath.Join(dir, "clamd.sock")) > longestSocket {
		sum := sha256.Sum256([]byte(home))
		dir = filepath.Join("/tmp", fmt.Sprintf("safelight-%d-%s", os.Geteuid(), hex.EncodeToString(sum[:6])))
	}
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, os.ErrExist) {
		return "", fmt.Errorf("make the folder for sockets: %w", err)
	}
	// In /tmp somebody else may have been there first.
	info, err := os.Lstat(dir)
	if err != nil {
		return "", fmt.Errorf("look at the folder for sockets: %w", err)
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !info.IsDir() || !ok || int(st.Uid) != os.Geteuid() || info.Mode().Perm()&0o077 != 0 {
		return "", fmt.Errorf("the folder for sockets %s is not this user's alone", dir)
	}
	return dir, nil
}

// readJSON fills v from a file. A file that is not there is os.ErrNotExist.
func readJSON(path string, v any) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err //nolint:wrapcheck // names the file already
	}
	if err := json.Unmarshal(text, v); err != nil {
		return fmt.Errorf("%s can not be read (remove it to have it made anew): %w", path, err)
	}
	return nil
}

// writeJSON replaces a file that only its owner may read.
func writeJSON(path string, v any) error {
	text, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return writeFile(path, append(text, '\n'), 0o600)
}

// writeFile replaces a file as a whole: readers see the old or the new one.
func writeFile(path string, data []byte, mode os.FileMode) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Chmod(mode), f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", path, errors.Join(err, os.Remove(f.Name())))
	}
	return nil
}
