package main

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"safelight/internal/webhook"
)

const body = `{"type":"upload.done","timestamp":"2026-01-02T03:04:05Z","ownerId":"ada","data":{"title":"cat.jpg"}}`

// signed is a message as Safelight signs it.
func signed(secret []byte, id string, at time.Time, text string) *http.Request {
	req := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(text))
	req.Header.Set("Webhook-Id", id)
	req.Header.Set("Webhook-Timestamp", strconv.FormatInt(at.Unix(), 10))
	req.Header.Set("Webhook-Signature", webhook.Sign(secret, id, at, []byte(text)))
	return req
}

func answer(r http.Handler, req *http.Request) int {
	w := httptest.NewRecorder()
	r.ServeHTTP(w, req)
	return w.Code
}

// What Safelight signs is what the library of the Standard Webhooks project
// takes, and nothing else is.
func TestReceiver(t *testing.T) {
	t.Parallel()
	secret := webhook.NewSecret()
	var out bytes.Buffer
	r, err := newReceiver(webhook.FormatSecret(secret), &out)
	require.NoError(t, err)
	now := time.Now()
	require.Equal(t, http.StatusNoContent, answer(r, signed(secret, "msg_1", now, body)))
	require.Equal(t, http.StatusNoContent, answer(r, signed(secret, "msg_1", now, body)), "sent again")
	require.Equal(t, "2026-01-02T03:04:05Z upload.done of ada: {\"title\":\"cat.jpg\"}\n", out.String())

	for name, req := range map[string]*http.Request{
		"another secret": signed(webhook.NewSecret(), "msg_2", now, body),
		"too old":        signed(secret, "msg_2", now.Add(-time.Hour), body),
		"from ahead":     signed(secret, "msg_2", now.Add(time.Hour), body),
		"unsigned":       httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body)),
	} {
		require.Equal(t, http.StatusUnauthorized, answer(r, req), name)
	}
	changed := signed(secret, "msg_2", now, body)
	changed.Body = http.NoBody
	require.Equal(t, http.StatusUnauthorized, answer(r, changed))
	renamed := signed(secret, "msg_2", now, body)
	renamed.Header.Set("Webhook-Id", "msg_3")
	require.Equal(t, http.StatusUnauthorized, answer(r, renamed))
	require.Equal(t, http.StatusBadRequest, answer(r, signed(secret, "msg_2", now, `[]`)))
	require.Equal(t, 1, strings.Count(out.String(), "\n"))

	_, err = newReceiver("", &out)
	require.ErrorContains(t, err, "WEBHOOK_SECRET")
}

// The whole way: what a delivery of Safelight sends is taken.
func TestReceiverTakesADelivery(t *testing.T) {
	t.Parallel()
	secret := webhook.NewSecret()
	var out bytes.Buffer
	r, err := newReceiver(webhook.FormatSecret(secret), &out)
	require.NoError(t, err)
	server := httptest.NewServer(r)
	defer server.Close()
	sender := webhook.NewSender(true)
	defer sender.Close()
	status, err := sender.Send(t.Context(), server.URL, secret, "msg_1", []byte(body))
	require.NoError(t, err)
	require.Equal(t, http.StatusNoContent, status)
	require.Contains(t, out.String(), "upload.done")
	_, err = sender.Send(t.Context(), server.URL, webhook.NewSecret(), "msg_2", []byte(body))
	var refusal *webhook.Refusal
	require.ErrorAs(t, err, &refusal)
	require.Equal(t, http.StatusUnauthorized, refusal.Status)
}
