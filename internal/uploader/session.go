package uploader

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"
)

// renewBefore is how long before its end an access token is replaced: a stream
// that begins with one should not lose it at once.
const renewBefore = time.Minute

// session is a sign-in by password: an access token for minutes and a refresh
// token, which is good for one use.
type session struct {
	mu      sync.Mutex
	access  string
	expires time.Time
	refresh string
}

// token returns an access token that is good for a while, and not stale, which
// the server has refused.
func (c *Client) token(ctx context.Context, stale string) (string, error) {
	if c.opts.Credentials.Token != "" {
		return c.opts.Credentials.Token, nil
	}
	s := &c.session
	s.mu.Lock() // one sign-in for all that wait for it
	defer s.mu.Unlock()
	if s.access != "" && s.access != stale && time.Now().Before(s.expires) {
		return s.access, nil
	}
	if s.refresh != "" {
		refresh := s.refresh
		s.refresh = "" // used once, whatever comes of it: a second use would end the session
		err := c.signIn(ctx, "/auth/refresh", map[string]string{"refreshToken": refresh})
		if err == nil || ctx.Err() != nil {
			return s.access, err
		}
	}
	login := map[string]string{"email": c.opts.Credentials.Email, "password": c.opts.Credentials.Password}
	return s.access, c.signIn(ctx, "/auth/login", login)
}

// signIn must be called with the session locked.
func (c *Client) signIn(ctx context.Context, path string, body map[string]string) error {
	s := &c.session
	s.access = ""
	req, err := c.request(ctx, http.MethodPost, path, body)
	if err != nil {
		return err
	}
	res, err := c.do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return problemOf(res)
	}
	var answer struct {
		AccessToken string  `json:"accessToken"`
		ExpiresIn   float64 `json:"expiresIn"` // seconds
	}
	if err := json.NewDecoder(io.LimitReader(res.Body, maxAnswer)).Decode(&answer); err != nil {
		return fmt.Errorf("read the answer: %w", err)
	}
	if answer.AccessToken == "" {
		return errors.New("the answer holds no access token: is this a Safelight server?")
	}
	life := time.Duration(answer.ExpiresIn * float64(time.Second))
	s.access, s.expires = answer.AccessToken, time.Now().Add(life-min(renewBefore, life/2))
	for _, cookie := range res.Cookies() { // its name has a prefix under https
		if strings.HasSuffix(cookie.Name, "safelight_refresh") && cookie.Value != "" {
			s.refresh = cookie.Value
		}
	}
	return nil
}

// SignIn makes sure that the server is there and knows the user, without
// trying twice.
func (c *Client) SignIn(ctx context.Context) error {
	res, err := c.send(ctx, http.StatusOK, func() (*http.Request, error) {
		return c.request(ctx, http.MethodGet, "/me", nil)
	})
	if err != nil {
		return err
	}
	return res.Body.Close() //nolint:wrapcheck // nothing to add
}

// Close ends a sign-in by password on the server. A personal access token stays good.
func (c *Client) Close(ctx context.Context) error {
	defer c.http.CloseIdleConnections()
	s := &c.session
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.access == "" {
		return nil
	}
	req, err := c.request(ctx, http.MethodPost, "/auth/logout", nil)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+s.access)
	s.access, s.refresh = "", ""
	res, err := c.do(req)
	if err != nil {
		return fmt.Errorf("sign out: %w", err)
	}
	defer res.Body.Close()
	if res.StatusCode >= http.StatusBadRequest && res.StatusCode != http.StatusUnauthorized {
		return fmt.Errorf("sign out: %w", problemOf(res))
	}
	return nil
}
