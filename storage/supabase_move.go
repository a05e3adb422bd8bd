package storage

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"time"
)

// row is what the server knows of an object. id stays the same in a move, and
// is new for every other object.
type row struct {
	Info
	id string
}

func (s *Supabase) stat(ctx context.Context, ref Ref) (row, error) {
	if err := s.check(ctx, ref); err != nil {
		return row{}, err
	}
	var found row
	err := s.repeat(ctx, func() (err error) {
		found, err = s.info(ctx, ref)
		return err
	})
	return found, err
}

// info asks once.
func (s *Supabase) info(ctx context.Context, ref Ref) (row, error) {
	var out struct {
		ID          string    `json:"id"`
		Size        *int64    `json:"size"`
		ContentType string    `json:"content_type"`
		Changed     time.Time `json:"last_modified"`
	}
	if err := s.callJSON(ctx, http.MethodGet, "/object/info/"+s.path(ref), nil, &out); err != nil {
		return row{}, err
	}
	if out.ID == "" || out.Size == nil {
		return row{}, fmt.Errorf("%w: an answer without id or size", ErrUnavailable)
	}
	info := Info{Ref: ref, Size: *out.Size, ContentType: out.ContentType, ModTime: out.Changed}
	return row{Info: info, id: out.ID}, nil
}

// Move implements Store: one call, which the server makes atomic, also across
// buckets. Where the answer is lost, the id of the object tells whether it
// arrived, so that a move that happened is never reported as failed. Of several
// processes that move the same object the same way at the same time, one whose
// answer was lost may count itself a winner too: nothing tells them apart.
func (s *Supabase) Move(ctx context.Context, from, to Ref) error {
	if err := s.check(ctx, from, to); err != nil {
		return err
	}
	// Losers of a race for one source leave copied bytes on the server that
	// nobody removes, or are told 500; within a process that need not be.
	release, err := s.moving.lock(ctx, from.String())
	if err != nil {
		return fmt.Errorf("move %s to %s: %w", from, to, err)
	}
	defer release()
	if err := s.move(ctx, from, to); err != nil {
		return fmt.Errorf("move %s to %s: %w", from, to, err)
	}
	return nil
}

func (s *Supabase) move(ctx context.Context, from, to Ref) error {
	source, err := s.stat(ctx, from)
	if err != nil {
		return err
	}
	if from == to {
		return ErrExists // the server says yes to this
	}
	lost := false // an answer, so that the move may have happened, or may yet
	return s.repeat(ctx, func() error {
		err := s.moveOnce(ctx, from, to)
		lost = lost || errors.Is(err, ErrUnavailable)
		if !lost || err == nil || errors.Is(err, ErrExists) {
			return err
		}
		moved, lookErr := s.arrived(ctx, source.id, to)
		if lookErr != nil {
			return errors.Join(err, lookErr)
		}
		if moved {
			return nil
		}
		return err
	})
}

func (s *Supabase) moveOnce(ctx context.Context, from, to Ref) error {
	var done struct{ Message string }
	body := map[string]string{
		"bucketId": s.bucketName(from.Bucket), "sourceKey": from.Key,
		"destinationBucket": s.bucketName(to.Bucket), "destinationKey": to.Key,
	}
	return s.callJSON(ctx, http.MethodPost, "/object/move", body, &done)
}

// arrived looks whether the object of an id is at its target.
func (s *Supabase) arrived(ctx context.Context, id string, to Ref) (bool, error) {
	target, err := s.stat(ctx, to)
	if errors.Is(err, ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("look whether it arrived: %w", unknown(err))
	}
	return target.id == id, nil
}

// unknown keeps a failed look from being taken for the answer of the move.
func unknown(err error) error {
	if errors.Is(err, ErrUnavailable) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return fmt.Errorf("%w: %v", ErrUnavailable, err) //nolint:errorlint // on purpose
}

// SignedURL implements Signer. The server's token says how long it is valid;
// who has the URL needs nothing else.
func (s *Supabase) SignedURL(ctx context.Context, ref Ref, validFor time.Duration, name string) (string, error) {
	if err := s.check(ctx, ref); err != nil {
		return "", err
	}
	if validFor < time.Second {
		return "", fmt.Errorf("sign %s: valid for %s, less than a second", ref, validFor)
	}
	var out struct {
		SignedURL string `json:"signedURL"`
	}
	err := s.repeat(ctx, func() error {
		body := map[string]int64{"expiresIn": int64(validFor / time.Second)}
		return s.callJSON(ctx, http.MethodPost, "/object/sign/"+s.path(ref), body, &out)
	})
	if err != nil {
		return "", fmt.Errorf("sign %s: %w", ref, err)
	}
	path, err := url.Parse(out.SignedURL)
	if err != nil || path.Host != "" || path.EscapedPath() != "/object/sign/"+s.path(ref) || path.Query().Get("token") == "" {
		return "", fmt.Errorf("sign %s: %w: an answer without a signed path", ref, ErrUnavailable)
	}
	query := path.Query()
	if name != "" {
		query.Set("download", name)
	}
	return s.opts.PublicURL + path.EscapedPath() + "?" + query.Encode(), nil
}

// SignedOrigin implements Signer.
func (s *Supabase) SignedOrigin() string {
	u, err := url.Parse(s.opts.PublicURL)
	if err != nil {
		return "" // it was parsed when the store was opened
	}
	return u.Scheme + "://" + u.Host
}

// keyedLock is a lock per name, kept as long as somebody wants it.
type keyedLock struct {
	mu   sync.Mutex
	held map[string]*lockEntry
}

type lockEntry struct {
	turn  chan struct{} // holds one value while somebody has the lock
	users int
}

// lock waits for its turn, or until the context ends.
func (k *keyedLock) lock(ctx context.Context, name string) (release func(), err error) {
	k.mu.Lock()
	e := k.held[name]
	if e == nil {
		e = &lockEntry{turn: make(chan struct{}, 1)}
		k.held[name] = e
	}
	e.users++
	k.mu.Unlock()
	select {
	case e.turn <- struct{}{}:
		return func() { <-e.turn; k.leave(name, e) }, nil
	case <-ctx.Done():
		k.leave(name, e)
		return nil, ctx.Err()
	}
}

func (k *keyedLock) leave(name string, e *lockEntry) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if e.users--; e.users == 0 {
		delete(k.held, name)
	}
}
