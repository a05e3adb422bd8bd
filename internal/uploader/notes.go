package uploader

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/google/uuid"
)

// noteLives is after how long what was not gone on with is forgotten: longer
// than any server keeps an upload that stands still.
const noteLives = 30 * 24 * time.Hour

// notes remember which uploads were begun, for this run of the program and,
// where there is a folder, for the next. An upload is found by its server, what
// it becomes, and the name, size and hash of its file: one that has changed is
// another. A note holds no secret; whose upload it is the server asks anew.
type notes struct {
	dir  string // "": this run alone
	mu   sync.Mutex
	held map[string]bool
}

// note is what is known of one file's upload. Its methods are for one goroutine.
type note struct {
	notes *notes
	key   string // "": not kept
	id    string // of the upload, or ""
}

type noteFile struct {
	UploadID string `json:"uploadId"`
}

// open looks up a file's upload. While one is being sent, the same file once
// more is an upload of its own, of which nothing is noted.
func (n *notes) open(server string, src Source, size int64, sum string) *note {
	id := sha256.Sum256(fmt.Appendf(nil, "%q %q %q %d %s", server, src.FileID, src.name(), size, sum))
	key := hex.EncodeToString(id[:])
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.dir == "" || n.held[key] {
		return &note{notes: n}
	}
	if n.held == nil {
		n.held = map[string]bool{}
	}
	n.held[key] = true
	out := &note{notes: n, key: key}
	var kept noteFile
	data, err := os.ReadFile(out.path())
	if err != nil || json.Unmarshal(data, &kept) != nil || uuid.Validate(kept.UploadID) != nil {
		return out // none, or none that is of use: a new upload is always right
	}
	out.id = kept.UploadID
	return out
}

func (n *note) path() string { return filepath.Join(n.notes.dir, n.key+".json") }

// keep notes the upload, whole or not at all.
func (n *note) keep(id string) error {
	n.id = id
	if n.key == "" {
		return nil
	}
	data, err := json.Marshal(noteFile{UploadID: id})
	if err == nil {
		err = os.MkdirAll(n.notes.dir, 0o700)
	}
	if err != nil {
		return fmt.Errorf("note the upload: %w", err)
	}
	n.notes.sweep()
	draft := n.path() + ".new"
	if err := os.WriteFile(draft, data, 0o600); err != nil {
		return fmt.Errorf("note the upload: %w", err)
	}
	if err := os.Rename(draft, n.path()); err != nil {
		return fmt.Errorf("note the upload: %w", err)
	}
	return nil
}

// forget drops the note. One that can not be deleted costs a question to the
// server next time, and nothing else.
func (n *note) forget() {
	n.id = ""
	if n.key != "" {
		_ = os.Remove(n.path())
	}
}

// close lets the same file be gone on with again.
func (n *note) close() {
	n.notes.mu.Lock()
	defer n.notes.mu.Unlock()
	delete(n.notes.held, n.key)
}

// sweep deletes notes that are of no use any more.
func (n *notes) sweep() {
	all, err := filepath.Glob(filepath.Join(n.dir, "*.json"))
	if err != nil {
		return
	}
	for _, path := range all {
		if st, err := os.Stat(path); err == nil && time.Since(st.ModTime()) > noteLives {
			_ = os.Remove(path) // the next sweep tries again
		}
	}
}
