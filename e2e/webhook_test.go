//go:build integration

package e2e

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

type message struct {
	Type    string          `json:"type"`
	OwnerID string          `json:"ownerId"`
	Data    json.RawMessage `json:"data"`
	id      string
	raw     string
}

// mailbox is another program that receives events. It is not well at first.
type mailbox struct {
	*httptest.Server
	mu       sync.Mutex
	refuse   map[string]int // how often still, by type, of what is the owner's
	owner    string         // others upload at the same time
	refused  []message
	messages []message
	headers  []http.Header
}

func newMailbox(t *testing.T, owner string) *mailbox {
	t.Helper()
	m := &mailbox{owner: owner, refuse: map[string]int{"upload.done": 1}}
	m.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		m.mu.Lock()
		defer m.mu.Unlock()
		body, _ := io.ReadAll(r.Body)
		got := message{id: r.Header.Get("Webhook-Id"), raw: string(body)}
		_ = json.Unmarshal(body, &got)
		if got.OwnerID == m.owner && m.refuse[got.Type] > 0 {
			m.refuse[got.Type]--
			m.refused = append(m.refused, got)
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		m.messages, m.headers = append(m.messages, got), append(m.headers, r.Header)
	}))
	t.Cleanup(m.Close)
	return m
}

// of lists what came from one owner, of one type.
func (m *mailbox) of(owner, kind string) (out []message) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, got := range m.messages {
		if got.OwnerID == owner && got.Type == kind {
			out = append(out, got)
		}
	}
	return out
}

func hmacSHA256(key []byte, text string) string {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(text))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

func TestEventsReachAnotherProgram(t *testing.T) {
	t.Parallel()
	boss, p := admin(t), signedIn(t)
	var me struct {
		ID string `json:"id"`
	}
	p.call(t, http.MethodGet, "/me", nil, &me)
	box := newMailbox(t, me.ID)
	var hook struct{ ID, Secret string }
	require.Equal(t, http.StatusCreated, boss.call(t, http.MethodPost, "/admin/webhooks",
		map[string]any{"url": box.URL, "events": []string{"upload.done", "file.created"}}, &hook))
	defer func() { boss.call(t, http.MethodDelete, "/admin/webhooks/"+hook.ID, nil, nil) }()

	up := p.become(t, "cat.jpg", photo())
	arrived := func(kind string, n int) func() bool { return func() bool { return len(box.of(me.ID, kind)) == n } }
	require.Eventually(t, arrived("file.created", 1), time.Minute, 50*time.Millisecond)
	require.Eventually(t, arrived("upload.done", 1), time.Minute, 50*time.Millisecond, "refused once, and tried again")

	// What came is what the API shows of the same file.
	var change struct {
		Action string
		File   json.RawMessage
	}
	require.NoError(t, json.Unmarshal(box.of(me.ID, "file.created")[0].Data, &change))
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.url("/files/"+*up.FileID), nil)
	require.NoError(t, err)
	_, shown := p.do(t, req)
	require.JSONEq(t, string(shown), string(change.File))
	done := box.of(me.ID, "upload.done")[0]
	require.Equal(t, done.raw, box.refused[0].raw, "all attempts send the same bytes")
	require.Equal(t, done.id, box.refused[0].id)

	secret, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(hook.Secret, "whsec_"))
	require.NoError(t, err)
	box.mu.Lock()
	messages, headers := slices.Clone(box.messages), slices.Clone(box.headers)
	box.mu.Unlock()
	for i, got := range messages {
		h := headers[i]
		require.Equal(t, "v1,"+hmacSHA256(secret, fmt.Sprintf("%s.%s.%s", h.Get("Webhook-Id"), h.Get("Webhook-Timestamp"), got.raw)), h.Get("Webhook-Signature"))
	}

	// It can be looked up and sent once more.
	var list struct {
		Items []struct {
			ID, Event, State string
			Attempts         int
		}
	}
	path := "/admin/webhooks/" + hook.ID + "/deliveries"
	require.Eventually(t, func() bool {
		boss.call(t, http.MethodGet, path+"?state=delivered", nil, &list)
		return len(list.Items) >= 2
	}, time.Minute, 50*time.Millisecond)
	for _, d := range list.Items {
		if "msg_"+d.ID == done.id {
			require.Equal(t, 2, d.Attempts)
			require.Equal(t, http.StatusAccepted, boss.call(t, http.MethodPost, path+"/"+d.ID+"/redeliver", nil, nil))
		}
	}
	require.Eventually(t, arrived("upload.done", 2), time.Minute, 50*time.Millisecond)
	require.Equal(t, done.raw, box.of(me.ID, "upload.done")[1].raw)
}
