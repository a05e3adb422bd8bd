package uploader

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"safelight/internal/wire"
)

// File is a file as the API shows it.
type File = wire.File

// Version is one state of a file's content as the API shows it. SHA256 is of
// the bytes as uploaded, Size of those that are stored.
type Version struct {
	Number       int       `json:"number"`
	Size         int64     `json:"size"`
	OriginalSize int64     `json:"originalSize"`
	SHA256       string    `json:"sha256"`
	MIMEType     string    `json:"mimeType"`
	CreatedAt    time.Time `json:"createdAt"`
	RestoredFrom *int      `json:"restoredFrom"`
}

// Account is who is signed in.
type Account struct {
	ID    string `json:"id"`
	Email string `json:"email"`
}

// Rules are what a server takes. Bytes is of one file, NameLength in characters.
type Rules struct {
	AcceptedTypes []string `json:"acceptedTypes"`
	Limits        struct {
		Bytes      int64 `json:"bytes"`
		NameLength int   `json:"nameLength"`
	} `json:"limits"`
}

// Owned says that the signed-in user has a file of some bytes.
type Owned struct {
	SHA256  string `json:"sha256"`
	FileID  string `json:"fileId"`
	Trashed bool   `json:"trashed"`
}

// maxList bounds what is read of an answer that holds a page of a list.
const maxList = 16 << 20

// pageSize and checkSize are the most that the server takes at a time.
const (
	pageSize  = 200
	checkSize = 500
)

// ask makes a JSON request until it is answered, and reads the answer into out.
func (c *Client) ask(ctx context.Context, method, path string, body, out any) error {
	return c.retry(ctx, func(int) error {
		res, err := c.send(ctx, http.StatusOK, func() (*http.Request, error) {
			return c.request(ctx, method, path, body)
		})
		if err != nil {
			return err
		}
		defer res.Body.Close()
		if err := json.NewDecoder(io.LimitReader(res.Body, maxList)).Decode(out); err != nil {
			return fmt.Errorf("read the answer: %w", err)
		}
		return nil
	}, nil)
}

// Me tells who is signed in.
func (c *Client) Me(ctx context.Context) (Account, error) {
	var me Account
	if err := c.ask(ctx, http.MethodGet, "/me", nil, &me); err != nil {
		return Account{}, fmt.Errorf("ask who I am: %w", err)
	}
	return me, nil
}

// Rules tells what the server takes.
func (c *Client) Rules(ctx context.Context) (Rules, error) {
	var rules Rules
	if err := c.ask(ctx, http.MethodGet, "/config", nil, &rules); err != nil {
		return Rules{}, fmt.Errorf("ask what the server takes: %w", err)
	}
	return rules, nil
}

// Check tells which bytes, by their SHA-256 in hex, the signed-in user has
// already. There may be any number of them.
func (c *Client) Check(ctx context.Context, sums []string) (map[string]Owned, error) {
	have := map[string]Owned{}
	for part := range slices.Chunk(sums, checkSize) {
		var out struct{ Items []Owned }
		if err := c.ask(ctx, http.MethodPost, "/uploads/check", map[string][]string{"sha256": part}, &out); err != nil {
			return nil, fmt.Errorf("ask what the server has: %w", err)
		}
		for _, o := range out.Items {
			have[o.SHA256] = o
		}
	}
	return have, nil
}

// list reads a whole list, page by page. What changes meanwhile may be in it or not.
func list[T any](ctx context.Context, c *Client, path string, query url.Values, each func(T) error) error {
	query.Set("limit", strconv.Itoa(pageSize))
	for {
		var page struct {
			Items      []T     `json:"items"`
			NextCursor *string `json:"nextCursor"`
		}
		if err := c.ask(ctx, http.MethodGet, path+"?"+query.Encode(), nil, &page); err != nil {
			return err
		}
		for _, item := range page.Items {
			if err := each(item); err != nil {
				return err
			}
		}
		if page.NextCursor == nil {
			return nil
		}
		query.Set("cursor", *page.NextCursor)
	}
}

// Files gives every file of the signed-in user, the oldest first: those in the
// trash, or those that are not. An error of each ends it and is returned.
func (c *Client) Files(ctx context.Context, trashed bool, each func(File) error) error {
	query := url.Values{"sort": {"createdAt"}, "order": {"asc"}, "trashed": {strconv.FormatBool(trashed)}}
	if err := list(ctx, c, "/files", query, each); err != nil {
		return fmt.Errorf("list files: %w", err)
	}
	return nil
}

// Versions gives the versions of a file, the newest first.
func (c *Client) Versions(ctx context.Context, fileID string) ([]Version, error) {
	var all []Version
	err := list(ctx, c, "/files/"+url.PathEscape(fileID)+"/versions", url.Values{}, func(v Version) error {
		all = append(all, v)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list the versions of file %s: %w", fileID, err)
	}
	return all, nil
}
