package importer

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"sync"

	"github.com/google/uuid"

	"safelight/internal/journal"
)

// memory is what an import knows from one run to the next: what was hashed, and
// which uploads were accepted. What it has forgotten costs time, never a file
// and never a second upload.
type memory struct {
	file *journal.File

	mu     sync.Mutex
	id     string
	hashes map[string]noted      // by path
	sent   map[notedKey][]string // ids of uploads, the oldest first
}

type notedKey struct{ path, sha256 string }

// noted is a line: the first has the journal's id alone; one with an upload
// says what was accepted, the others what was hashed.
type noted struct {
	ID     string `json:"id,omitempty"`
	Path   string `json:"path,omitempty"`
	Size   int64  `json:"size,omitempty"`
	Stamp  string `json:"stamp,omitempty"`
	SHA256 string `json:"sha256,omitempty"`
	Upload string `json:"upload,omitempty"`
}

// journalName is the name of the file for the import of one source, an absolute
// path, by one account, whose id no other server has.
func journalName(account, source string) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%q %q", account, source))
	return hex.EncodeToString(sum[:16]) + ".jsonl"
}

// remember opens a journal; without a path nothing is kept.
func remember(path string) (*memory, error) {
	m := &memory{id: uuid.NewString(), hashes: map[string]noted{}, sent: map[notedKey][]string{}}
	if path == "" {
		return m, nil
	}
	file, lines, err := journal.Open(path)
	if err != nil {
		return nil, err
	}
	m.file = file
	if m.load(lines) {
		return m, nil
	}
	m.hashes, m.sent = map[string]noted{}, map[notedKey][]string{}
	if err := file.Reset(); err != nil {
		return nil, err
	}
	file.Add(noted{ID: m.id})
	return m, nil
}

// load reports whether the lines are of use; if not, the import begins anew.
func (m *memory) load(lines [][]byte) bool {
	for i, text := range lines {
		var l noted
		switch err := json.Unmarshal(text, &l); {
		case err != nil || i == 0 && uuid.Validate(l.ID) != nil:
			return false
		case i == 0:
			m.id = l.ID
		case l.Upload != "":
			k := notedKey{l.Path, l.SHA256}
			m.sent[k] = append(m.sent[k], l.Upload)
		default:
			m.hashes[l.Path] = l
		}
	}
	return len(lines) > 0
}

// hashOf is the hash of an entry that has not changed since it was read.
func (m *memory) hashOf(e *entry) (string, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	l, ok := m.hashes[e.path]
	return l.SHA256, ok && l.Size == e.size && l.Stamp == e.stamp && l.SHA256 != ""
}

func (m *memory) hashed(e *entry, sum string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	l := noted{Path: e.path, Size: e.size, Stamp: e.stamp, SHA256: sum}
	m.hashes[e.path] = l
	m.file.Add(l)
}

func (m *memory) accepted(path, sum, upload string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	k := notedKey{path, sum}
	m.sent[k] = append(m.sent[k], upload)
	m.file.Add(noted{Path: path, SHA256: sum, Upload: upload})
}

// last is the upload that was accepted last, or empty, and the idempotency key
// for the next one: the same in every run until that one is noted.
func (m *memory) last(path, sum string) (upload, nextKey string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	ids := m.sent[notedKey{path, sum}]
	if len(ids) > 0 {
		upload = ids[len(ids)-1]
	}
	key := sha256.Sum256(fmt.Appendf(nil, "%s %q %s %d", m.id, path, sum, len(ids)))
	return upload, "import-" + hex.EncodeToString(key[:16])
}
