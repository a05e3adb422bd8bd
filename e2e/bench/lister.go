package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

// lister asks for lists as one user.
type lister struct {
	base   string
	token  string
	client *http.Client
}

// pages follows a list for n pages.
func (l *lister) pages(ctx context.Context, list, cursor string, n int) (string, []time.Duration, error) {
	var took []time.Duration
	for range n {
		var page struct {
			Items      []json.RawMessage `json:"items"`
			NextCursor *string           `json:"nextCursor"`
		}
		t, err := l.get(ctx, list+"&cursor="+cursor, &page)
		if err == nil && page.NextCursor == nil {
			err = errors.New("a list ended too early")
		}
		if err != nil {
			return "", nil, err
		}
		took, cursor = append(took, t), *page.NextCursor
	}
	return cursor, took, nil
}

// follow reads up to n pages of a list and counts those that are not full
// though more come.
func (l *lister) follow(ctx context.Context, list string, n int) (took []time.Duration, short int, err error) {
	for cursor := ""; len(took) < n; {
		var page struct {
			Items      []json.RawMessage `json:"items"`
			NextCursor *string           `json:"nextCursor"`
		}
		t, err := l.get(ctx, list+"&limit=50&cursor="+cursor, &page)
		if err != nil {
			return nil, 0, err
		}
		took = append(took, t)
		if page.NextCursor == nil {
			return took, short, nil
		}
		if len(page.Items) < 50 {
			short++
		}
		cursor = *page.NextCursor
	}
	return took, short, nil
}

const benchPassword = "a long password of the bench"

// signedIn is the answer to who has signed in.
type signedIn struct {
	AccessToken string `json:"accessToken"`
	User        struct {
		ID string `json:"id"`
	} `json:"user"`
}

func (l *lister) signIn(ctx context.Context, email string) error {
	var answer signedIn
	err := l.post(ctx, "/auth/login", map[string]string{"email": email, "password": benchPassword}, &answer)
	l.token = answer.AccessToken
	return err
}

func (l *lister) register(ctx context.Context, email string) (id string, err error) {
	var answer signedIn
	err = l.post(ctx, "/auth/register", map[string]string{"email": email, "password": benchPassword, "name": "Somebody"}, &answer)
	l.token = answer.AccessToken
	return answer.User.ID, err
}

func (l *lister) get(ctx context.Context, path string, into any) (time.Duration, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, l.base+path, nil)
	if err != nil {
		return 0, fmt.Errorf("ask %s: %w", path, err)
	}
	return l.do(req, into)
}

func (l *lister) post(ctx context.Context, path string, body, into any) error {
	data, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("ask %s: %w", path, err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, l.base+path, bytes.NewReader(data))
	if err != nil {
		return fmt.Errorf("ask %s: %w", path, err)
	}
	req.Header.Set("Content-Type", "application/json")
	_, err = l.do(req, into)
	return err
}

// do sends a request and gives the time until all of its answer is there.
func (l *lister) do(req *http.Request, into any) (time.Duration, error) {
	if l.token != "" {
		req.Header.Set("Authorization", "Bearer "+l.token)
	}
	begin := time.Now()
	res, err := l.client.Do(req)
	if err != nil {
		return 0, fmt.Errorf("ask %s: %w", req.URL.Path, err)
	}
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	took := time.Since(begin)
	if err != nil {
		return 0, fmt.Errorf("read %s: %w", req.URL.Path, err)
	}
	if res.StatusCode >= http.StatusMultipleChoices {
		return 0, fmt.Errorf("%s answered %d: %s", req.URL.Path, res.StatusCode, data)
	}
	if into != nil {
		err = json.Unmarshal(data, into)
	}
	return took, err //nolint:wrapcheck // ours
}
