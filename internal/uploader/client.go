// Package uploader is the client side of the HTTP contract as far as pictures
// go: it signs in, streams a file in, and follows the upload to its end over
// lost connections, restarts of the server and the end of its access token. The
// other way it lists files and fetches their bytes, and goes on where a
// connection broke.
package uploader

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// Credentials say who uploads: a personal access token, or else an account's
// e-mail address and password.
type Credentials struct {
	Token    string
	Email    string
	Password string
}

// Options configure a client. Server and one kind of credentials are required;
// zero values of the others stand for the defaults in brackets.
type Options struct {
	Server      string // such as https://photos.example
	Credentials Credentials
	// MaxAttempts is how often a request is made before its failure counts [6].
	MaxAttempts int
	// Backoff is the wait before the given attempt (from 2) [0.5 s doubling to 10 s, with jitter].
	Backoff func(attempt int) time.Duration
	// Silence is after how long without a byte an event stream counts as dead
	// [45 s: three of the server's comment lines].
	Silence time.Duration
	// GiveUpAfter is how long an upload is looked for on a server that cannot
	// be reached [2 min].
	GiveUpAfter time.Duration
	// ResumeFrom is the size in bytes from which on files are sent so that they
	// can be resumed [none is]. Smaller ones are sent again from their beginning.
	ResumeFrom int64
	// NotesDir is the folder in which uploads that were begun are noted, so that
	// another run of the program goes on with them [none: this run alone does].
	NotesDir string
	// UserAgent names the program ["safelight"].
	UserAgent string
}

// Client uploads to one server as one user. It may be used by many goroutines.
type Client struct {
	base    string
	opts    Options
	http    *http.Client
	session session
	notes   notes
}

// New checks the options and returns a client; it does not connect.
func New(opts Options) (*Client, error) {
	u, err := url.Parse(opts.Server)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return nil, fmt.Errorf("server %q is not a URL like http://127.0.0.1:8080", opts.Server)
	}
	c := opts.Credentials
	if c.Token == "" && (c.Email == "" || c.Password == "") {
		return nil, errors.New("neither a token nor an e-mail address with a password to sign in with")
	}
	if opts.MaxAttempts < 1 {
		opts.MaxAttempts = 6
	}
	if opts.Backoff == nil {
		opts.Backoff = backoff
	}
	if opts.Silence <= 0 {
		opts.Silence = 45 * time.Second
	}
	if opts.GiveUpAfter <= 0 {
		opts.GiveUpAfter = 2 * time.Minute
	}
	if opts.UserAgent == "" {
		opts.UserAgent = "safelight"
	}
	return &Client{
		base: strings.TrimSuffix(u.String(), "/") + "/api/v1", opts: opts, notes: notes{dir: opts.NotesDir},
		// A redirect would carry credentials and a body that is gone to somewhere else.
		http: &http.Client{Transport: transport(), CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }},
	}, nil
}

func transport() *http.Transport {
	dialer := &net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}
	return &http.Transport{
		Proxy: http.ProxyFromEnvironment,
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := dialer.DialContext(ctx, network, address)
			if err != nil {
				return nil, err //nolint:wrapcheck // http.Client wraps it
			}
			return &listeningConn{Conn: conn}, nil
		},
		TLSHandshakeTimeout:   10 * time.Second,
		ResponseHeaderTimeout: 2 * time.Minute, // counts from the last byte sent
		IdleConnTimeout:       30 * time.Second,
		MaxIdleConnsPerHost:   16,
	}
}

// backoff doubles from half a second to ten, with a jitter of half of it.
func backoff(attempt int) time.Duration {
	d := min(500*time.Millisecond<<min(attempt-2, 10), 10*time.Second)
	return d/2 + rand.N(d/2)
}

// wait sleeps before the given attempt, at least as long as the server asks for.
func (c *Client) wait(ctx context.Context, attempt int, cause error) error {
	d := c.opts.Backoff(attempt)
	var p *Problem
	if errors.As(cause, &p) {
		if s, err := strconv.Atoi(p.retryAfter); err == nil && s > 0 {
			d = max(d, min(time.Duration(s)*time.Second, time.Minute))
		}
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// retry makes an attempt until it succeeds, fails for good, or has been made
// MaxAttempts times. again hears of each failure that is not the last.
func (c *Client) retry(ctx context.Context, try func(attempt int) error, again func(error)) error {
	for attempt := 1; ; attempt++ {
		err := try(attempt)
		if err == nil || attempt == c.opts.MaxAttempts || !passing(ctx, err) {
			return err
		}
		if again != nil {
			again(err)
		}
		if err := c.wait(ctx, attempt+1, err); err != nil {
			return err
		}
	}
}

// localError is a failure on this side of the line, which no retry cures.
type localError struct{ err error }

// Error implements error.
func (e *localError) Error() string { return e.err.Error() }

// Unwrap gives the cause.
func (e *localError) Unwrap() error { return e.err }

func passing(ctx context.Context, err error) bool {
	var local *localError
	if ctx.Err() != nil || errors.As(err, &local) {
		return false
	}
	var p *Problem
	if errors.As(err, &p) {
		return p.passing()
	}
	return true // the connection
}

// send makes one signed-in request. A 401 is tried once more with a new access
// token. The caller closes the body; any status but want is a *Problem.
func (c *Client) send(ctx context.Context, want int, build func() (*http.Request, error)) (*http.Response, error) {
	return c.sendFor(ctx, func(status int) bool { return status == want }, build)
}

// sendFor is send for a request that several answers are right for.
func (c *Client) sendFor(ctx context.Context, right func(status int) bool, build func() (*http.Request, error)) (*http.Response, error) {
	stale := ""
	for {
		token, err := c.token(ctx, stale)
		if err != nil {
			return nil, fmt.Errorf("sign in: %w", err)
		}
		req, err := build()
		if err != nil {
			return nil, err
		}
		req.Header.Set("Authorization", "Bearer "+token)
		res, err := c.do(req)
		if err != nil {
			return nil, err
		}
		if res.StatusCode == http.StatusUnauthorized && stale == "" && c.opts.Credentials.Token == "" {
			stale = token
			_ = res.Body.Close()
			continue
		}
		if !right(res.StatusCode) {
			defer res.Body.Close()
			return nil, problemOf(res)
		}
		return res, nil
	}
}

func (c *Client) do(req *http.Request) (*http.Response, error) {
	req.Header.Set("User-Agent", c.opts.UserAgent)
	res, err := c.http.Do(req)
	if err != nil {
		var outer *url.Error // repeats method and URL, which say nothing to a person here
		if errors.As(err, &outer) {
			err = outer.Err
		}
		return nil, fmt.Errorf("no answer from the server: %w", err)
	}
	return res, nil
}

// request builds a JSON request without a session.
func (c *Client) request(ctx context.Context, method, path string, body any) (*http.Request, error) {
	var r io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			return nil, fmt.Errorf("encode %s: %w", path, err)
		}
		r = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, r)
	if err != nil {
		return nil, fmt.Errorf("make a request for %s: %w", path, err)
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	req.Header.Set("Accept", "application/json")
	return req, nil
}

// Get fetches an upload as it is now.
func (c *Client) Get(ctx context.Context, id string) (Upload, error) {
	res, err := c.send(ctx, http.StatusOK, func() (*http.Request, error) {
		return c.request(ctx, http.MethodGet, "/uploads/"+url.PathEscape(id), nil)
	})
	if err != nil {
		return Upload{}, fmt.Errorf("get upload %s: %w", id, err)
	}
	defer res.Body.Close()
	return decodeUpload(res.Body)
}

// maxAnswer bounds what is read of an answer that holds one upload.
const maxAnswer = 1 << 20

func decodeUpload(r io.Reader) (Upload, error) {
	var up Upload
	if err := json.NewDecoder(io.LimitReader(r, maxAnswer)).Decode(&up); err != nil {
		return Upload{}, fmt.Errorf("read the upload in the answer: %w", err)
	}
	if up.ID == "" || up.State == "" {
		return Upload{}, errors.New("the answer holds no upload: is this a Safelight server?")
	}
	return up, nil
}

// listeningConn goes on after a write has failed. A server that refuses a body
// before its end answers and closes; the write fails then, and http.Transport
// would give up although the answer is there to be read. Where there is none,
// reading fails by itself.
type listeningConn struct {
	net.Conn
	deaf atomic.Bool
}

// Write implements net.Conn.
func (c *listeningConn) Write(p []byte) (int, error) {
	if c.deaf.Load() {
		return len(p), nil
	}
	n, err := c.Conn.Write(p)
	if err != nil && !errors.Is(err, net.ErrClosed) {
		c.deaf.Store(true)
		return len(p), nil
	}
	return n, err //nolint:wrapcheck // http.Transport expects it as it is
}
