package storage

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	storagego "github.com/supabase-community/storage-go"
)

// errRedirected: the library was about to follow a redirect.
var errRedirected = errors.New("it redirected to another host")

// library makes one call with storage-go, by its NewRequest and Do, which take
// what its own methods lack: a context, list-v2, fields spelt right. What else
// has to be kept from it (v0.8.1):
//   - its client's headers are a map shared by its calls, so each call has a client;
//   - it leaves the body of an error open (client.go:115);
//   - it adds the token to every hop, so a request never gets as far as
//     connecting to a second host. Behind a proxy all hosts look the same;
//   - it hides the status of an error, but returns the response beside it.
func (s *Supabase) library(ctx context.Context, method, path string, body, into any) error {
	limited, cancel := context.WithTimeoutCause(ctx, s.opts.Patience, errSilent)
	defer cancel()
	calling, stop := context.WithCancelCause(limited)
	defer stop(nil)
	client := storagego.NewClient(s.base, s.opts.Key, map[string]string{"Apikey": s.opts.Key})
	req, err := client.NewRequest(method, s.base+path, body)
	if err != nil {
		return fmt.Errorf("make a request: %w", err)
	}
	res, err := client.Do(req.WithContext(oneHost(calling, stop)), into) // Do closes the body of a good answer
	if err == nil && res.StatusCode == http.StatusOK {
		return nil
	}
	if errors.Is(context.Cause(calling), errRedirected) {
		return fmt.Errorf("the storage server: %w", errRedirected) // a fault of the set-up: no use in repeating
	}
	if res == nil {
		return s.failed(ctx, calling, unanswered(err))
	}
	closeErr := res.Body.Close()
	var refused *storagego.StorageError
	switch {
	case errors.As(err, &refused):
		return &serverError{httpStatus: res.StatusCode, status: res.StatusCode, message: clip(refused.Message)}
	case err == nil:
		return &serverError{httpStatus: res.StatusCode, status: res.StatusCode}
	}
	return s.failed(ctx, calling, errors.Join(unanswered(err), closeErr))
}

// oneHost ends a call that is about to connect to a second host.
func oneHost(ctx context.Context, stop context.CancelCauseFunc) context.Context {
	var mu sync.Mutex
	var first string
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GetConn: func(hostPort string) {
		mu.Lock()
		defer mu.Unlock()
		if first == "" {
			first = hostPort
		}
		if hostPort != first {
			stop(errRedirected)
		}
	}})
}

// bucketRow is read here since storage-go misspells a field of its own.
type bucketRow struct {
	ID     string `json:"id"`
	Public bool   `json:"public"`
	Limit  *int64 `json:"file_size_limit"`
}

func (s *Supabase) bucketRows(ctx context.Context) ([]bucketRow, error) {
	var rows []bucketRow
	err := s.repeat(ctx, func() error {
		return s.library(ctx, http.MethodGet, "/bucket", nil, &rows)
	})
	if err != nil {
		return nil, fmt.Errorf("list the buckets: %w", err)
	}
	return rows, nil
}

func (s *Supabase) bucketRow(ctx context.Context, b Bucket) (bucketRow, bool, error) {
	rows, err := s.bucketRows(ctx)
	i := slices.IndexFunc(rows, func(r bucketRow) bool { return r.ID == s.bucketName(b) })
	if err != nil || i < 0 {
		return bucketRow{}, false, err
	}
	return rows[i], true, nil
}

// EnsureBuckets implements Provisioner. Several processes may do it at once.
func (s *Supabase) EnsureBuckets(ctx context.Context) error {
	for _, b := range []Bucket{Tmp, Final} {
		if err := s.ensureBucket(ctx, b); err != nil {
			return fmt.Errorf("bucket %s: %w", s.bucketName(b), err)
		}
	}
	return nil
}

func (s *Supabase) ensureBucket(ctx context.Context, b Bucket) error {
	found, ok, err := s.bucketRow(ctx, b)
	if err != nil {
		return err
	}
	want := map[string]any{"id": s.bucketName(b), "name": s.bucketName(b), "public": false, "file_size_limit": nil}
	if s.opts.MaxBytes > 0 {
		want["file_size_limit"] = s.opts.MaxBytes
	}
	if !ok {
		var made struct{ Name string }
		err := s.callJSON(ctx, http.MethodPost, "/bucket", want, &made)
		if err == nil {
			return nil
		}
		// Made by another process, or by this call, whose answer was lost?
		var lookErr error
		if found, ok, lookErr = s.bucketRow(ctx, b); !ok {
			return errors.Join(limitTooHigh(err), lookErr)
		}
	}
	if !found.Public && sameLimit(found.Limit, s.opts.MaxBytes) {
		return nil
	}
	var changed struct{ Message string }
	return limitTooHigh(s.repeat(ctx, func() error {
		return s.callJSON(ctx, http.MethodPut, "/bucket/"+url.PathEscape(s.bucketName(b)), want, &changed)
	}))
}

func sameLimit(got *int64, want int64) bool {
	if got == nil {
		return want <= 0
	}
	return *got == want
}

func limitTooHigh(err error) error {
	if errors.Is(err, ErrTooLarge) {
		return fmt.Errorf("its limit would be above that of the whole server, which must take the largest upload: %w", err)
	}
	return err
}

// Ready implements Store: the server answers, takes the key, and has both
// buckets, neither of them public.
func (s *Supabase) Ready(ctx context.Context) error {
	if err := s.check(ctx); err != nil {
		return err
	}
	rows, err := s.bucketRows(ctx)
	if err != nil {
		return fmt.Errorf("supabase storage: %w", err)
	}
	for _, b := range []Bucket{Tmp, Final} {
		i := slices.IndexFunc(rows, func(r bucketRow) bool { return r.ID == s.bucketName(b) })
		if i < 0 {
			return fmt.Errorf("supabase storage: bucket %s is missing, or the key may not see it (safelight migrate makes it)", s.bucketName(b))
		}
		if rows[i].Public {
			return fmt.Errorf("supabase storage: bucket %s is public (safelight migrate makes it private)", s.bucketName(b))
		}
	}
	return nil
}

// Delete implements Store.
func (s *Supabase) Delete(ctx context.Context, refs ...Ref) error {
	if err := s.check(ctx, refs...); err != nil {
		return err
	}
	keys := map[Bucket][]string{}
	for _, ref := range refs {
		keys[ref.Bucket] = append(keys[ref.Bucket], ref.Key)
	}
	for bucket, all := range keys {
		for part := range slices.Chunk(all, maxList) {
			err := s.repeat(ctx, func() error {
				var removed []struct{ Name string }
				body := map[string][]string{"prefixes": part} // exact keys, whatever the name says
				return s.library(ctx, http.MethodDelete, "/object/"+url.PathEscape(s.bucketName(bucket)), body, &removed)
			})
			if err != nil {
				return fmt.Errorf("delete %d objects such as %s/%s: %w", len(part), bucket, part[0], err)
			}
		}
	}
	return nil
}

// listed is a page as the server sends it.
type listed struct {
	HasNext    bool   `json:"hasNext"`
	NextCursor string `json:"nextCursor"`
	Objects    *[]struct {
		Name     string    `json:"name"`
		Changed  time.Time `json:"updated_at"`
		Metadata struct {
			Size int64  `json:"size"`
			Type string `json:"mimetype"`
		} `json:"metadata"`
	} `json:"objects"`
}

// List implements Store, by list-v2: the older listing knows one folder at a
// time, and counts offsets that deletions shift.
func (s *Supabase) List(ctx context.Context, bucket Bucket, prefix, cursor string, limit int) (Page, error) {
	if bucket != Tmp && bucket != Final {
		return Page{}, fmt.Errorf("%w: no bucket %q", ErrInvalidKey, bucket)
	}
	if err := CheckPrefix(prefix); err != nil {
		return Page{}, err
	}
	if err := s.check(ctx); err != nil {
		return Page{}, err
	}
	if limit < 1 || limit > maxList {
		limit = maxList
	}
	for {
		page, err := s.listOnce(ctx, bucket, prefix, cursor, limit)
		if err != nil {
			return Page{}, fmt.Errorf("list %s/%s: %w", bucket, prefix, err)
		}
		if len(page.Objects) > 0 || page.Next == "" {
			return page, nil
		}
		cursor = page.Next // a page of foreign objects alone
	}
}

func (s *Supabase) listOnce(ctx context.Context, bucket Bucket, prefix, cursor string, limit int) (Page, error) {
	body := map[string]any{
		"prefix": prefix, "limit": limit, "sortBy": map[string]string{"column": "name", "order": "asc"},
	}
	if cursor != "" {
		body["cursor"] = cursor
	}
	var out listed
	err := s.repeat(ctx, func() error {
		return s.library(ctx, http.MethodPost, "/object/list-v2/"+url.PathEscape(s.bucketName(bucket)), body, &out)
	})
	if err != nil {
		return Page{}, err
	}
	if out.Objects == nil || out.HasNext && (out.NextCursor == "" || out.NextCursor == cursor) {
		return Page{}, fmt.Errorf("%w: a page without objects or without its next one", ErrUnavailable)
	}
	var page Page
	for _, o := range *out.Objects {
		if !strings.HasPrefix(o.Name, prefix) { // what is listed may be deleted
			return Page{}, fmt.Errorf("the server listed %q, which does not begin with the prefix", o.Name)
		}
		if CheckKey(o.Name) != nil {
			continue // somebody else's, made by hand
		}
		page.Objects = append(page.Objects, Info{
			Ref: Ref{Bucket: bucket, Key: o.Name}, Size: o.Metadata.Size, ContentType: o.Metadata.Type, ModTime: o.Changed,
		})
	}
	if out.HasNext {
		page.Next = out.NextCursor
	}
	return page, nil
}
