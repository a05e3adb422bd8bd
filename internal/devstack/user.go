package devstack

import (
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// User is whom a program runs as when this process is root and the program
// refuses root.
type User struct {
	Name     string
	UID, GID uint32
	// caps are Linux capabilities the program gets on top.
	caps []uintptr
}

// stepDown finds whom to run a program as that works in dir and refuses root:
// nil for a plain user, who runs it as himself; for root the owner of dir if
// that is somebody else, or postgres, or nobody.
func stepDown(dir string) (*User, error) {
	if os.Geteuid() != 0 {
		return nil, nil //nolint:nilnil // no user is the answer: stay who you are
	}
	u, err := ownerOf(dir)
	if err != nil {
		return nil, err
	}
	for _, name := range []string{"postgres", "nobody"} {
		if u != nil {
			break
		}
		if found, err := user.Lookup(name); err == nil {
			u, err = toUser(found)
			if err != nil {
				return nil, err
			}
		}
	}
	if u == nil {
		return nil, fmt.Errorf("PostgreSQL refuses to run as root, and there is neither a user postgres nor nobody to run it as")
	}
	if blocked := blockedBy(filepath.Dir(dir), u); blocked != "" {
		if u.caps = searchCapability(); u.caps == nil {
			return nil, fmt.Errorf("PostgreSQL has to run as %s, who may not enter %s: choose another folder with --home", u.Name, blocked)
		}
	}
	return u, nil
}

// ownerOf is the owner of a folder that exists and does not belong to root.
func ownerOf(dir string) (*User, error) {
	info, err := os.Stat(dir)
	if os.IsNotExist(err) {
		return nil, nil //nolint:nilnil // no folder, no owner
	}
	if err != nil {
		return nil, fmt.Errorf("look at %s: %w", dir, err)
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok || st.Uid == 0 {
		return nil, nil //nolint:nilnil // root is who we can not use
	}
	return &User{Name: "uid " + strconv.FormatUint(uint64(st.Uid), 10), UID: st.Uid, GID: st.Gid}, nil
}

func toUser(u *user.User) (*User, error) {
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		return nil, fmt.Errorf("user %s: %w", u.Username, err)
	}
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	if err != nil {
		return nil, fmt.Errorf("user %s: %w", u.Username, err)
	}
	return &User{Name: u.Username, UID: uint32(uid), GID: uint32(gid)}, nil
}

// blockedBy is the folder on the way to dir that u may not pass through, such
// as /root, or empty.
func blockedBy(dir string, u *User) string {
	for {
		info, err := os.Stat(dir)
		if err == nil {
			st, ok := info.Sys().(*syscall.Stat_t)
			mode := info.Mode().Perm()
			mine := ok && (st.Uid == u.UID && mode&0o100 != 0 || st.Gid == u.GID && mode&0o010 != 0)
			if !mine && mode&0o001 == 0 {
				return dir
			}
		}
		up := filepath.Dir(dir)
		if up == dir {
			return ""
		}
		dir = up
	}
}

// own makes dir and gives it to u.
func own(dir string, u *User) error {
	err := os.MkdirAll(dir, 0o700)
	if err == nil && u != nil {
		err = os.Chown(dir, int(u.UID), int(u.GID))
	}
	return err //nolint:wrapcheck // names the folder already
}
