// Package manifest is the list that an export leaves beside its files, and that
// an import reads names, versions and hashes from: one JSON object a line for
// each file of the server. Fields are wire format: they may be added to.
package manifest

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
	"time"
)

// Name is what a manifest is called, at the top of an export.
const Name = "safelight-manifest.jsonl"

// File is a line: a file of the server, with those of its versions that were
// exported, the oldest first.
type File struct {
	ID             string     `json:"id"`
	Name           string     `json:"name"`
	CreatedAt      time.Time  `json:"createdAt"`
	UpdatedAt      time.Time  `json:"updatedAt"`
	TrashedAt      *time.Time `json:"trashedAt"`
	CurrentVersion int        `json:"currentVersion"`
	Versions       []Version  `json:"versions"`
}

// Version is one state of a file's content. UploadSHA256 is the hash of the
// bytes as they were once uploaded, of which Stored is what the server made.
type Version struct {
	Number       int       `json:"number"`
	CreatedAt    time.Time `json:"createdAt"`
	RestoredFrom *int      `json:"restoredFrom"`
	UploadSHA256 string    `json:"uploadSha256"`
	Stored       Saved     `json:"stored"`
	// Original is the bytes as uploaded, nil where they were not asked for or not kept.
	Original *Saved `json:"original"`
}

// Saved is a file of the export. Path is relative to the manifest, with slashes.
type Saved struct {
	Path     string `json:"path"`
	Bytes    int64  `json:"bytes"`
	SHA256   string `json:"sha256"`
	MIMEType string `json:"mimeType"`
}

// Write writes a line.
func Write(w io.Writer, f File) error {
	if err := json.NewEncoder(w).Encode(f); err != nil {
		return fmt.Errorf("write the manifest: %w", err)
	}
	return nil
}

// longestLine bounds a line in memory: some 100,000 versions.
const longestLine = 64 << 20

// Read reads all lines. One that is no line of a manifest is an error with its
// number, as is a path that leads out of the export.
func Read(r io.Reader) ([]File, error) {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, longestLine)
	var all []File
	for n := 1; lines.Scan(); n++ {
		if len(strings.TrimSpace(lines.Text())) == 0 {
			continue
		}
		var f File
		if err := json.Unmarshal(lines.Bytes(), &f); err != nil {
			return nil, fmt.Errorf("line %d of the manifest: %w", n, err)
		}
		if err := f.check(); err != nil {
			return nil, fmt.Errorf("line %d of the manifest: %w", n, err)
		}
		all = append(all, f)
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("read the manifest: %w", err)
	}
	return all, nil
}

func (f *File) check() error {
	if f.Name == "" || len(f.Versions) == 0 {
		return errors.New("a file without a name or without versions")
	}
	for _, v := range f.Versions {
		for _, s := range v.saved() {
			if s.Path == "" || path.Clean("/" + s.Path)[1:] != s.Path {
				return fmt.Errorf("path %q does not lead into the export", s.Path)
			}
		}
	}
	return nil
}

func (v *Version) saved() []Saved {
	if v.Original == nil {
		return []Saved{v.Stored}
	}
	return []Saved{v.Stored, *v.Original}
}

// Best is what to give back to a server: the bytes as uploaded where they are there.
func (v *Version) Best() Saved {
	if v.Original != nil {
		return *v.Original
	}
	return v.Stored
}

// Paths are those of all files that the manifest knows, in its order.
func Paths(all []File) []string {
	var paths []string
	for _, f := range all {
		for _, v := range f.Versions {
			for _, s := range v.saved() {
				paths = append(paths, s.Path)
			}
		}
	}
	return paths
}
