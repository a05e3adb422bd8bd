package webhook

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"time"
)

const (
	timeout      = 20 * time.Second
	maxRedirects = 3
	maxAnswer    = 64 << 10 // of an answer that is read, so that its connection can be used again
	maxWait      = 4 * time.Hour
	userAgent    = "Safelight-Webhooks/1"
)

// Sender delivers messages. It may be used by many goroutines.
type Sender struct{ client *http.Client }

// NewSender builds a Sender. Unless allowPrivate, it connects to addresses of
// the internet alone, whatever a name resolves to and a redirect says.
func NewSender(allowPrivate bool) *Sender {
	dialer := &net.Dialer{Timeout: 5 * time.Second}
	if !allowPrivate {
		dialer.Control = guard
	}
	return &Sender{client: &http.Client{
		Timeout: timeout,
		Transport: &http.Transport{ // no proxy: it would be asked for addresses that we may not reach
			DialContext: dialer.DialContext, ForceAttemptHTTP2: true, TLSHandshakeTimeout: 5 * time.Second,
			ResponseHeaderTimeout: 15 * time.Second, MaxIdleConnsPerHost: 2, IdleConnTimeout: time.Minute,
			MaxResponseHeaderBytes: 32 << 10,
		},
		CheckRedirect: func(req *http.Request, via []*http.Request) error {
			switch {
			case len(via) > maxRedirects:
				return errors.New("too many redirects")
			case req.Method != http.MethodPost:
				return http.ErrUseLastResponse // 301 to 303 would lose the body
			}
			return CheckURL(req.URL.String(), allowPrivate)
		},
	}}
}

// Close ends idle connections.
func (s *Sender) Close() { s.client.CloseIdleConnections() }

// Refusal is an answer other than 2xx.
type Refusal struct {
	Status     int
	RetryAfter time.Duration // 0: nothing was said
}

// RetryIn is after how long the receiver wants the message again; 0: it does not say.
func (r *Refusal) RetryIn() time.Duration { return r.RetryAfter }

// Error implements error.
func (r *Refusal) Error() string {
	return fmt.Sprintf("the receiver answered %d %s", r.Status, http.StatusText(r.Status))
}

// Send posts body to url, signed with secret, and gives the status of the
// answer, 0 where none came. An answer other than 2xx is a *Refusal; an address
// that is not allowed is ErrAddress. Receivers know a message that comes twice by its id.
func (s *Sender) Send(ctx context.Context, url string, secret []byte, id string, body []byte) (status int, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return 0, fmt.Errorf("%w: %w", ErrAddress, err)
	}
	now := time.Now()
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", userAgent)
	req.Header.Set("Webhook-Id", id)
	req.Header.Set("Webhook-Timestamp", strconv.FormatInt(now.Unix(), 10))
	req.Header.Set("Webhook-Signature", Sign(secret, id, now, body))
	res, err := s.client.Do(req)
	if err != nil {
		return 0, fmt.Errorf("deliver: %w", err)
	}
	defer res.Body.Close()
	_, _ = io.CopyN(io.Discard, res.Body, maxAnswer) // what it says besides its status is not ours to read
	if res.StatusCode < 200 || res.StatusCode > 299 {
		return res.StatusCode, &Refusal{Status: res.StatusCode, RetryAfter: retryAfter(res.Header.Get("Retry-After"), now)}
	}
	return res.StatusCode, nil
}

// retryAfter reads the header in both its forms, within what a delivery waits.
func retryAfter(value string, now time.Time) time.Duration {
	wait := time.Duration(0)
	if seconds, err := strconv.Atoi(value); err == nil {
		wait = time.Duration(min(seconds, int(maxWait/time.Second))) * time.Second
	} else if at, err := http.ParseTime(value); err == nil {
		wait = at.Sub(now)
	}
	return min(max(wait, 0), maxWait)
}
