package storage

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// maxReply bounds what is read of an answer that is no object.
const maxReply = 1 << 20

// newHTTPClient follows no redirects: the token would go with them. single
// gives every request a connection of its own.
func newHTTPClient(patience time.Duration, single bool) *http.Client {
	t := http.DefaultTransport.(*http.Transport).Clone() //nolint:forcetypeassert // its documented type
	t.DisableCompression = true                          // sizes and ranges are those of the stored bytes
	t.DisableKeepAlives = single
	t.MaxIdleConnsPerHost = 32
	t.ResponseHeaderTimeout = patience
	return &http.Client{
		Transport:     t,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

func (s *Supabase) request(ctx context.Context, method, path string, body io.Reader) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, method, s.base+path, body)
	if err != nil {
		return nil, fmt.Errorf("make a request: %w", err)
	}
	req.Header.Set("Authorization", "Bearer "+s.opts.Key)
	req.Header.Set("Apikey", s.opts.Key) // what the gateway of the hosted service looks at
	return req, nil
}

// callJSON makes one call with a JSON body (nil: none) and decodes the answer.
func (s *Supabase) callJSON(ctx context.Context, method, path string, body, into any) error {
	calling, cancel := context.WithTimeoutCause(ctx, s.opts.Patience, errSilent)
	defer cancel()
	var data io.Reader
	if body != nil {
		raw, err := json.Marshal(body)
		if err != nil {
			return fmt.Errorf("make a request: %w", err)
		}
		data = bytes.NewReader(raw)
	}
	req, err := s.request(calling, method, path, data)
	if err != nil {
		return err
	}
	if data != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if err := s.roundTrip(s.calls, req, into); err != nil {
		return s.failed(ctx, calling, err)
	}
	return nil
}

// roundTrip sends a request and decodes a good answer. One that can not be
// decoded counts as none: it did not come from the storage server, or not whole.
func (s *Supabase) roundTrip(client *http.Client, req *http.Request, into any) error {
	res, err := client.Do(req)
	if err != nil {
		return unanswered(err)
	}
	if res.StatusCode != http.StatusOK {
		return refusal(res)
	}
	defer res.Body.Close()
	if err := json.NewDecoder(io.LimitReader(res.Body, maxReply)).Decode(into); err != nil {
		return fmt.Errorf("%w: its answer can not be read: %w", ErrUnavailable, err)
	}
	return nil
}

func unanswered(err error) error { return fmt.Errorf("%w: %w", ErrUnavailable, err) }

// failed says why a call with the context within, made from ctx, has failed: a
// context of the caller that has ended comes before everything else.
func (*Supabase) failed(ctx, within context.Context, err error) error {
	if ended := ctx.Err(); ended != nil {
		return ended // the method adds the noun
	}
	if cause := context.Cause(within); errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("%w: %w", ErrUnavailable, cause)
	}
	return err
}

// repeat makes a call that can be made again a few times while the store is
// unavailable.
func (s *Supabase) repeat(ctx context.Context, call func() error) error {
	for n := 1; ; n++ {
		err := call()
		if err == nil || !errors.Is(err, ErrUnavailable) || n == maxCalls {
			return err
		}
		if ended := s.pause(ctx, n); ended != nil {
			return ended
		}
	}
}

// pause waits after the n-th try, for between a half and the whole of the time,
// so that processes that failed together do not come again together.
func (s *Supabase) pause(ctx context.Context, n int) error {
	d := s.opts.Pause << (n - 1)
	timer := time.NewTimer(d/2 + rand.N(d/2+1))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// serverError is what the server said instead of what was asked for. It unwraps
// to the failure of this package that it means, if any.
type serverError struct {
	httpStatus int
	status     int // the true one: nearly every error comes as HTTP 400
	code       string
	message    string
}

// Error implements error.
func (e *serverError) Error() string {
	text := "the storage server answered " + strconv.Itoa(e.status)
	if e.code != "" {
		text += " " + e.code
	}
	if e.message != "" {
		text += ": " + e.message
	}
	if e.code == codeNoBucket {
		text += " (safelight migrate makes the buckets)"
	}
	return text
}

// The codes that decide. They are stable; statuses and texts are not.
const (
	codeNoKey    = "NoSuchKey"
	codeNoBucket = "NoSuchBucket"
)

// Unwrap classifies: by code, then by the status in the body, and by that of
// HTTP last. That a bucket or a route is missing must not look like a missing
// object, which callers take for done: it is a fault of the set-up.
func (e *serverError) Unwrap() error {
	switch e.code {
	case codeNoKey:
		return ErrNotFound
	case "KeyAlreadyExists", "ResourceAlreadyExists":
		return ErrExists
	case "EntityTooLarge":
		return ErrTooLarge
	case "InvalidKey":
		return ErrInvalidKey
	case codeNoBucket:
		return nil
	}
	switch {
	case e.status == http.StatusRequestEntityTooLarge:
		return ErrTooLarge // also from a proxy in front
	case e.status == http.StatusTooManyRequests, e.status == http.StatusRequestTimeout, e.status >= http.StatusInternalServerError:
		return ErrUnavailable
	}
	return nil
}

// refusal reads an answer that is not a good one, and closes it.
func refusal(res *http.Response) error {
	defer res.Body.Close()
	e := &serverError{httpStatus: res.StatusCode, status: res.StatusCode}
	data, err := io.ReadAll(io.LimitReader(res.Body, maxReply))
	if err != nil {
		return unanswered(err)
	}
	var body struct {
		StatusCode any    `json:"statusCode"` // text, but a number from routes that do not exist
		Code       string `json:"code"`
		Label      string `json:"error"`
		Message    string `json:"message"`
	}
	if json.Unmarshal(data, &body) != nil {
		return e // a proxy's page says nothing that its status does not
	}
	e.code, e.message = body.Code, clip(body.Message)
	if status, err := strconv.Atoi(fmt.Sprint(body.StatusCode)); err == nil {
		e.status = status
	}
	if e.code == "" { // servers before the codes had labels alone
		switch body.Label {
		case "not_found":
			e.code = codeNoKey
		case "Duplicate":
			e.code = "KeyAlreadyExists"
		}
	}
	return e
}

// clip keeps a foreign text from filling a log.
func clip(text string) string {
	const most = 200
	if len(text) > most {
		text = text[:most]
	}
	return strings.ToValidUTF8(text, "")
}
