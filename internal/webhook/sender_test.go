package webhook

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// receiver answers with a status and keeps what came.
type receiver struct {
	*httptest.Server
	requests chan *http.Request
	bodies   chan string
}

func newReceiver(t *testing.T, answer http.HandlerFunc) *receiver {
	t.Helper()
	r := &receiver{requests: make(chan *http.Request, 10), bodies: make(chan string, 10)}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, _ := io.ReadAll(req.Body)
		r.requests <- req
		r.bodies <- string(body)
		answer(w, req)
	}))
	t.Cleanup(r.Close)
	return r
}

func newSender(t *testing.T, allowPrivate bool) *Sender {
	t.Helper()
	s := NewSender(allowPrivate)
	t.Cleanup(s.Close)
	return s
}

func TestSendIsVerifiedByItsReceiver(t *testing.T) {
	t.Parallel()
	r := newReceiver(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	status, err := newSender(t, true).Send(t.Context(), r.URL, testKey, "msg_1", []byte(testBody))
	require.NoError(t, err)
	require.Equal(t, http.StatusNoContent, status)
	req, body := <-r.requests, <-r.bodies
	require.Equal(t, testBody, body) //nolint:testifylint // the bytes are signed, not their meaning
	require.Equal(t, "application/json", req.Header.Get("Content-Type"))
	require.NoError(t, Verify(testKey, req.Header.Get("Webhook-Id"), req.Header.Get("Webhook-Timestamp"),
		req.Header.Get("Webhook-Signature"), []byte(body), time.Now()))
}

func TestAnswersOtherThan2xxAreRefusals(t *testing.T) {
	t.Parallel()
	for status, wait := range map[int]string{301: "", 302: "", 400: "", 410: "", 429: "120", 500: "999999999", 503: "-3"} {
		r := newReceiver(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", wait)
			w.Header().Set("Location", "/elsewhere")
			w.WriteHeader(status)
		})
		got, err := newSender(t, true).Send(t.Context(), r.URL, testKey, "msg_1", []byte(testBody))
		var refusal *Refusal
		require.ErrorAs(t, err, &refusal)
		require.Equal(t, status, got)
		require.Equal(t, status, refusal.Status)
		require.Len(t, r.requests, 1, "a redirect that loses the body is not followed")
		require.Equal(t, map[string]time.Duration{"": 0, "120": 2 * time.Minute, "999999999": maxWait, "-3": 0}[wait], refusal.RetryAfter)
	}
}

func TestRedirectsThatKeepTheBodyAreFollowed(t *testing.T) {
	t.Parallel()
	last := newReceiver(t, func(http.ResponseWriter, *http.Request) {})
	first := newReceiver(t, func(w http.ResponseWriter, req *http.Request) {
		http.Redirect(w, req, last.URL, http.StatusTemporaryRedirect)
	})
	_, err := newSender(t, true).Send(t.Context(), first.URL, testKey, "msg_1", []byte(testBody))
	require.NoError(t, err)
	require.Equal(t, testBody, <-last.bodies) //nolint:testifylint // as above

	endless := newReceiver(t, nil)
	endless.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		http.Redirect(w, req, endless.URL, http.StatusPermanentRedirect)
	})
	_, err = newSender(t, true).Send(t.Context(), endless.URL, testKey, "msg_1", []byte(testBody))
	require.ErrorContains(t, err, "too many redirects")
}

// Names are judged by what they resolve to, at the moment of connecting.
func TestPrivateAddressesAreNotReached(t *testing.T) {
	t.Parallel()
	r := newReceiver(t, func(http.ResponseWriter, *http.Request) {})
	port := r.URL[strings.LastIndex(r.URL, ":"):]
	s := newSender(t, false)
	for _, host := range []string{"127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "2130706433"} {
		_, err := s.Send(t.Context(), "http://"+host+port, testKey, "msg_1", []byte(testBody))
		require.Error(t, err, host)
	}
	require.Empty(t, r.requests)
	_, err := s.Send(t.Context(), "http://localhost"+port, testKey, "msg_1", []byte(testBody))
	require.ErrorIs(t, err, ErrAddress)
	require.ErrorContains(t, err, "not of the internet")
}

func TestARedirectToAPrivateAddressIsNotFollowed(t *testing.T) {
	t.Parallel()
	check := NewSender(false).client.CheckRedirect
	for target, says := range map[string]string{
		"http://169.254.169.254/latest/meta-data": "https://", "https://10.0.0.1/": "not an address of the internet",
		"https://user:secret@example.com/": "credentials",
	} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, target, nil)
		require.NoError(t, err)
		err = check(req, []*http.Request{req})
		require.ErrorIs(t, err, ErrAddress)
		require.ErrorContains(t, err, says)
	}
}

func TestPublic(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]bool{
		"1.1.1.1": true, "2606:4700::1111": true, "8.8.8.8": true,
		"127.0.0.1": false, "::1": false, "0.0.0.0": false, "::": false, "10.1.2.3": false, "172.16.0.1": false, "192.168.1.1": false,
		"169.254.169.254": false, "fe80::1%eth0": false, "fd00::1": false, "fec0::1": false, "100.64.0.1": false, "192.0.0.8": false,
		"198.18.0.1": false, "224.0.0.1": false, "ff02::1": false, "255.255.255.255": false, "240.0.0.1": false,
		"::ffff:127.0.0.1": false, "::ffff:10.0.0.1": false, "64:ff9b::7f00:1": false, "2002:7f00:1::": false, "2001::1": false,
	} {
		require.Equal(t, want, public(netip.MustParseAddr(address)), address)
	}
}

func TestCheckURL(t *testing.T) {
	t.Parallel()
	for url, allowed := range map[string][2]bool{ // without and with private addresses
		"https://example.com/hook?x=1": {true, true}, "http://example.com/": {false, true}, "https://127.0.0.1/": {false, true},
		"https://[::1]:8443/": {false, true}, "ftp://example.com/": {false, false}, "https://": {false, false}, "example.com": {false, false},
		"https://u:p@example.com/": {false, false}, "https://example.com/#x": {false, false}, "https:example.com": {false, false}, "\x00": {false, false},
	} {
		for i, private := range []bool{false, true} {
			err := CheckURL(url, private)
			require.Equal(t, allowed[i], err == nil, "%s private=%v: %v", url, private, err)
			if err != nil {
				require.ErrorIs(t, err, ErrAddress)
			}
		}
	}
}

func TestSendObeysItsContext(t *testing.T) {
	t.Parallel()
	r := newReceiver(t, func(_ http.ResponseWriter, req *http.Request) { <-req.Context().Done() })
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-r.requests; cancel() }()
	_, err := newSender(t, true).Send(ctx, r.URL, testKey, "msg_1", []byte(testBody))
	require.ErrorIs(t, err, context.Canceled)
}
