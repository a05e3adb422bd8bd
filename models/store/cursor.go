package store

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"safelight/models"
)

// cursor is the place in a list after which its next page begins: the sort key
// and id of the last row given out, and a tag of the list (its kind, order and
// filter), so that the cursor of one list does not pass in another.
type cursor struct {
	List string `json:"l"`
	Key  string `json:"k"`
	ID   string `json:"i,omitempty"`
	Many bool   `json:"m,omitempty"` // of a search: the index of names had too many to tell
}

// listTag names a list by what makes it another one.
func listTag(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return base64.RawURLEncoding.EncodeToString(sum[:6])
}

func (c cursor) encode() string {
	text, err := json.Marshal(c)
	if err != nil { // three strings always marshal
		panic(fmt.Sprintf("encode cursor: %v", err))
	}
	return base64.RawURLEncoding.EncodeToString(text)
}

// decodeCursor reads a cursor of the list with this tag, or fails with models.ErrBadCursor.
func decodeCursor(text, list string) (cursor, error) {
	var c cursor
	raw, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil {
		return c, fmt.Errorf("%w: %w", models.ErrBadCursor, err)
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&c); err != nil {
		return cursor{}, fmt.Errorf("%w: %w", models.ErrBadCursor, err)
	}
	if _, err := dec.Token(); err != io.EOF {
		return cursor{}, fmt.Errorf("%w: more than one value", models.ErrBadCursor)
	}
	if c.List != list {
		return cursor{}, fmt.Errorf("%w: of another list", models.ErrBadCursor)
	}
	return c, nil
}

func timeKey(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }

// atTime reads the key of a list in the order of times.
func (c cursor) atTime() (time.Time, error) {
	t, err := time.Parse(time.RFC3339Nano, c.Key)
	if err != nil {
		return t, fmt.Errorf("%w: %w", models.ErrBadCursor, err)
	}
	return t, nil
}

// atNumber reads the key of a list in the order of numbers.
func (c cursor) atNumber() (int64, error) {
	n, err := strconv.ParseInt(c.Key, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%w: %w", models.ErrBadCursor, err)
	}
	return n, nil
}

// atText reads the key of a list in the order of texts.
func (c cursor) atText() (string, error) {
	if !storable(c.Key) {
		return "", fmt.Errorf("%w: no text", models.ErrBadCursor)
	}
	return c.Key, nil
}

func (c cursor) checkID() error {
	if checkIDs(c.ID) != nil {
		return fmt.Errorf("%w: %q is no id", models.ErrBadCursor, c.ID)
	}
	return nil
}
