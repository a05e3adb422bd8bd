//go:build integration

package e2e

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// event is one of the stream for all that concerns a user.
type event struct {
	id, kind, data string
}

// stream reads a person's events in the background until the test or the
// server ends it.
type stream struct {
	events chan event
	ended  chan struct{}
	close  context.CancelFunc
}

func (p *person) stream(t *testing.T, lastEventID string) *stream {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, p.url("/events"), nil)
	require.NoError(t, err)
	req.Header.Set("Authorization", "Bearer "+p.token)
	if lastEventID != "" {
		req.Header.Set("Last-Event-ID", lastEventID)
	}
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, res.StatusCode)
	s := &stream{events: make(chan event, 1000), ended: make(chan struct{}), close: cancel}
	go func() {
		defer close(s.ended)
		defer res.Body.Close()
		var e event
		lines := bufio.NewScanner(res.Body)
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			field, value, _ := strings.Cut(lines.Text(), ": ")
			switch field {
			case "id":
				e.id = value
			case "event":
				e.kind = value
			case "data":
				e.data = value
			case "":
				if e.kind != "" {
					s.events <- e
				}
				e = event{}
			}
		}
	}()
	return s
}

// until collects events up to the first that matches.
func (s *stream) until(t *testing.T, match func(event) bool) []event {
	t.Helper()
	var seen []event
	deadline := time.After(time.Minute)
	for {
		select {
		case e := <-s.events:
			seen = append(seen, e)
			if match(e) {
				return seen
			}
		case <-deadline:
			t.Fatalf("what was waited for did not come; came: %v", seen)
		}
	}
}

func ofKind(kind, part string) func(event) bool {
	return func(e event) bool { return e.kind == kind && strings.Contains(e.data, part) }
}

func TestEvents(t *testing.T) {
	t.Parallel()
	p, other := signedIn(t), signedIn(t)
	s, foreign := p.stream(t, ""), other.stream(t, "")
	u := p.accepted(t, "live.jpg", photo())

	// Notification and file change come in either order with the last progress.
	kinds := map[string]bool{}
	var lastID string
	s.until(t, func(e event) bool {
		require.NotEmpty(t, e.id, "each event has an id")
		lastID = e.id
		switch e.kind {
		case "progress":
			var got upload
			require.NoError(t, json.Unmarshal([]byte(e.data), &got))
			require.Equal(t, u.ID, got.ID)
			if got.State == "done" {
				kinds["done"] = true
			}
		case "notification":
			require.Contains(t, e.data, `"upload.done"`)
			kinds["notification"] = true
		case "file":
			require.Contains(t, e.data, `"created"`)
			kinds["file"] = true
		}
		return len(kinds) == 3
	})

	// File changes.
	end := p.end(t, u.ID)
	require.Equal(t, http.StatusOK, p.call(t, http.MethodPatch, "/files/"+*end.FileID, map[string]string{"name": "renamed.jpg"}, nil))
	s.until(t, ofKind("file", "renamed.jpg"))
	require.Equal(t, http.StatusNoContent, p.call(t, http.MethodDelete, "/files/"+*end.FileID, nil, nil))
	s.until(t, ofKind("file", `"trashed"`))

	// What happened while nobody listened is told to who comes back.
	s.close()
	<-s.ended
	missed := p.become(t, "missed.jpg", photo())
	back := p.stream(t, lastID)
	back.until(t, ofKind("notification", missed.ID))

	require.Empty(t, foreign.events, "nobody hears of others' things")
}

func TestEventsShowUnfinishedUploads(t *testing.T) {
	p := signedIn(t)
	running.scanner.setShut(true)
	defer running.scanner.setShut(false)
	u := p.accepted(t, "unfinished.jpg", photo())
	p.stream(t, "").until(t, ofKind("progress", u.ID))
	running.scanner.setShut(false)
	require.Equal(t, "done", p.end(t, u.ID).State)
}

func TestEventsEndWithTheSession(t *testing.T) {
	t.Parallel()
	p := signedIn(t)
	s := p.stream(t, "")
	require.Equal(t, http.StatusNoContent, p.call(t, http.MethodPost, "/auth/logout", nil, nil))
	select {
	case <-s.ended:
	case <-time.After(20 * time.Second):
		t.Fatal("the stream outlived its session")
	}
	require.Equal(t, http.StatusUnauthorized, p.call(t, http.MethodGet, "/me", nil, nil))
}
