package storage

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// SupabaseOptions says how a Supabase store is reached and used. Only Key is needed.
type SupabaseOptions struct {
	// Key is the service key: a token whose role is service_role.
	Key string
	// BucketPrefix goes before the names of the buckets, where several systems share a server.
	BucketPrefix string
	// MaxBytes is the largest object that is taken, and what EnsureBuckets limits
	// the buckets to. 0: any. It is counted here, since the server believes the
	// announced length and lets a body without one pass every limit.
	MaxBytes int64
	// PublicURL is how browsers reach the server, for signed URLs, where it is
	// not the URL that this process uses.
	PublicURL string
	// Patience is how long the server may be silent: before it answers, and
	// between two pieces of a body. 0: a minute.
	Patience time.Duration
	// Pause is what lies before the second try of a call that can be repeated;
	// it doubles with every try. 0: 200 ms.
	Pause time.Duration
}

const (
	patience   = time.Minute
	firstPause = 200 * time.Millisecond
	maxCalls   = 3 // of a call that can be repeated; longer outages are the caller's
)

// Supabase is a Store in Supabase Storage, by its HTTP API. Nothing is cached:
// any number of processes may share the buckets.
//
// storage-go does what it can do well: setting up buckets, listing, removing.
// Uploads, downloads, info, moves and signing go to the documented endpoints
// with net/http, because v0.8.1 of it
//   - throws the true status of an error away, which is only in the body, and
//     leaves its text (client.go:115, error.go:4): not found and conflict decide here;
//   - has no context and no time-out, and sends the token along on redirects to
//     other hosts (client.go:24-31);
//   - sends every upload without a length, which passes the server's limits, and
//     writes its headers into a map shared by all calls (storage.go:35-58; issue 27);
//   - reads downloads into memory whole (storage.go:290);
//   - can not move across buckets (storage.go:87), and has no info.
type Supabase struct {
	base    string // no trailing slash
	opts    SupabaseOptions
	calls   *http.Client
	uploads *http.Client
	moving  keyedLock
}

// OpenSupabase opens the store at a base URL (http or https; that of a hosted
// project ends in /storage/v1). It asks the server nothing: see EnsureBuckets and Ready.
func OpenSupabase(baseURL string, opts SupabaseOptions) (*Supabase, error) {
	if opts.Key == "" || strings.ContainsFunc(opts.Key, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return nil, errors.New("supabase storage: the service key is missing or no token")
	}
	base, err := checkBase(baseURL)
	if err != nil {
		return nil, fmt.Errorf("supabase storage: base URL: %w", err)
	}
	if opts.PublicURL == "" {
		opts.PublicURL = base
	}
	if opts.PublicURL, err = checkBase(opts.PublicURL); err != nil {
		return nil, fmt.Errorf("supabase storage: public URL: %w", err)
	}
	if opts.Patience <= 0 {
		opts.Patience = patience
	}
	if opts.Pause <= 0 {
		opts.Pause = firstPause
	}
	return &Supabase{
		base: base, opts: opts,
		calls: newHTTPClient(opts.Patience, false),
		// A refused upload leaves the unread rest of its body on the connection,
		// which then answers nobody for a minute; so no other call may get it.
		uploads: newHTTPClient(opts.Patience, true),
		moving:  keyedLock{held: map[string]*lockEntry{}},
	}, nil
}

// checkBase never repeats the URL, which may carry what is secret.
func checkBase(raw string) (string, error) {
	u, err := url.Parse(raw)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		return "", errors.New("must be an absolute http or https URL")
	case u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return "", errors.New("must be an address and nothing else; the key has a setting of its own")
	}
	return strings.TrimRight(u.String(), "/"), nil
}

// Close releases connections that are idle. Readers that are open stay readable.
func (s *Supabase) Close() error {
	s.calls.CloseIdleConnections()
	return nil
}

// bucketName is the real name of a bucket.
func (s *Supabase) bucketName(b Bucket) string { return s.opts.BucketPrefix + string(b) }

// path is what names an object in URLs. Keys that CheckKey accepts need no escaping.
func (s *Supabase) path(ref Ref) string {
	return url.PathEscape(s.bucketName(ref.Bucket)) + "/" + ref.Key
}

// check comes before every call: no request with a bad key leaves the process.
func (s *Supabase) check(ctx context.Context, refs ...Ref) error {
	for _, ref := range refs {
		if _, err := locate(ref); err != nil {
			return err
		}
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("supabase storage: %w", err)
	}
	return nil
}

// Put implements Store. Where the answer is lost the object may be stored
// although an error is returned; doing it again replaces it.
func (s *Supabase) Put(ctx context.Context, ref Ref, r io.Reader, size int64, contentType string) (int64, error) {
	if err := s.check(ctx, ref); err != nil {
		return 0, err
	}
	if s.opts.MaxBytes > 0 && size > s.opts.MaxBytes {
		return 0, fmt.Errorf("put %s: %w: %d of %d bytes", ref, ErrTooLarge, size, s.opts.MaxBytes)
	}
	n, err := s.put(ctx, ref, r, size, contentType)
	if err != nil {
		return 0, fmt.Errorf("put %s: %w", ref, err)
	}
	return n, nil
}

func (s *Supabase) put(ctx context.Context, ref Ref, r io.Reader, size int64, contentType string) (int64, error) {
	sending, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	body := &uploadBody{
		r: &contextReader{ctx: ctx, r: r}, size: size, max: s.opts.MaxBytes,
		ctx: ctx, silence: newSilence(s.opts.Patience, cancel),
	}
	if size == 0 { // net/http would only find out on the way
		if _, err := body.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
			return 0, errors.Join(err, body.end())
		}
	}
	req, err := s.request(sending, http.MethodPost, "/object/"+s.path(ref), body)
	if err != nil {
		return 0, err
	}
	req.ContentLength = size
	if size == 0 {
		req.Body = http.NoBody
	}
	if contentType == "" {
		contentType = unknownType
	}
	req.Header.Set("Content-Type", contentType)
	req.Header.Set("X-Upsert", "true")

	var stored struct{ Key string }
	err = s.roundTrip(s.uploads, req, &stored)
	if broken := body.end(); broken != nil {
		return 0, broken // whatever became of the request, this is why
	}
	if err != nil {
		return 0, s.failed(ctx, sending, err)
	}
	if want := s.bucketName(ref.Bucket) + "/" + ref.Key; stored.Key != want || !body.whole {
		return 0, fmt.Errorf("%w: it answered before it had everything", ErrUnavailable)
	}
	return body.n, nil
}

// Open implements Store. A body that ends early is an error of its reader.
func (s *Supabase) Open(ctx context.Context, ref Ref, offset, length int64) (io.ReadCloser, Info, error) {
	if offset < 0 {
		return nil, Info{}, fmt.Errorf("open %s: negative offset %d", ref, offset)
	}
	if err := s.check(ctx, ref); err != nil {
		return nil, Info{}, err
	}
	var r io.ReadCloser
	var info Info
	err := s.repeat(ctx, func() (err error) {
		r, info, err = s.open(ctx, ref, offset, length)
		return err
	})
	if err != nil {
		return nil, Info{}, fmt.Errorf("open %s: %w", ref, err)
	}
	return r, info, nil
}

func (s *Supabase) open(ctx context.Context, ref Ref, offset, length int64) (io.ReadCloser, Info, error) {
	if length == 0 {
		return s.openNothing(ctx, ref)
	}
	reading, cancel := context.WithCancelCause(ctx)
	req, err := s.request(reading, http.MethodGet, "/object/"+s.path(ref), nil)
	if err != nil {
		cancel(nil)
		return nil, Info{}, err
	}
	if header := rangeHeader(offset, length); header != "" {
		req.Header.Set("Range", header)
	}
	res, err := s.calls.Do(req) // closed by refusal, or by the reader
	if err != nil {
		cancel(nil)
		return nil, Info{}, s.failed(ctx, reading, unanswered(err))
	}
	if res.StatusCode != http.StatusOK && res.StatusCode != http.StatusPartialContent {
		err := s.failed(ctx, reading, refusal(res))
		cancel(nil)
		if res.StatusCode == http.StatusRequestedRangeNotSatisfiable {
			return s.openBehind(ctx, ref, offset)
		}
		return nil, Info{}, err
	}
	r := &downloadBody{ctx: ctx, reading: reading, cancel: cancel, body: res.Body, silence: newSilence(s.opts.Patience, cancel)}
	info, err := r.begin(res, ref, offset, length)
	if err != nil {
		return nil, Info{}, errors.Join(err, r.Close())
	}
	return r, info, nil
}

// openNothing: there is nothing to read, but what the object is like is asked for.
func (s *Supabase) openNothing(ctx context.Context, ref Ref) (io.ReadCloser, Info, error) {
	row, err := s.info(ctx, ref)
	if err != nil {
		return nil, Info{}, err
	}
	return http.NoBody, row.Info, nil
}

// openBehind looks whether a range was refused because it begins at the end or behind it.
func (s *Supabase) openBehind(ctx context.Context, ref Ref, offset int64) (io.ReadCloser, Info, error) {
	r, info, err := s.openNothing(ctx, ref)
	if err == nil && offset < info.Size {
		return nil, Info{}, fmt.Errorf("%w: it refused a range that the object has", ErrUnavailable)
	}
	return r, info, err
}

// Stat implements Store.
func (s *Supabase) Stat(ctx context.Context, ref Ref) (Info, error) {
	row, err := s.stat(ctx, ref)
	if err != nil {
		return Info{}, fmt.Errorf("stat %s: %w", ref, err)
	}
	return row.Info, nil
}
