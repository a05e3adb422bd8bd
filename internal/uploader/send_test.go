package uploader_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"safelight/internal/uploader"
)

func TestSendStreamsTheForm(t *testing.T) {
	t.Parallel()
	for _, content := range []string{"", "x", big} {
		f := newFake(t)
		src := file(t, `ein "Bild" ä.jpg`, content)
		src.FileID = "file-7"
		r := &recorder{}
		up, err := f.client().Send(t.Context(), src, r)
		require.NoError(t, err)
		require.Equal(t, "up-1", up.ID)
		got := f.first()
		require.Equal(t, []string{"name", "fileId", "file"}, got.Order)
		require.Equal(t, `ein "Bild" ä.jpg`, got.Name)
		require.Equal(t, "file-7", got.FileID)
		require.Equal(t, content, got.Body, "%d of %d bytes", len(got.Body), len(content))
		require.Len(t, got.Key, 36)
		require.EqualValues(t, len(content), r.sent)
		require.EqualValues(t, len(content), r.total)
	}
}

func TestSendRetriesWithTheSameKey(t *testing.T) {
	t.Parallel()
	tests := map[string]func(w http.ResponseWriter, r *http.Request){
		"503":         func(w http.ResponseWriter, _ *http.Request) { problem(w, 503, "unavailable", "Later.") },
		"500":         func(w http.ResponseWriter, _ *http.Request) { problem(w, 500, "internal", "Sorry.") },
		"502 of HTML": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(502); _, _ = io.WriteString(w, "<html>") },
		"429":         func(w http.ResponseWriter, _ *http.Request) { problem(w, 429, "too_many_uploads", "Slowly.") },
		"cut before the answer": func(_ http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			panic(http.ErrAbortHandler)
		},
		"cut in the body": func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
	}
	for name, fail := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t)
			var mu sync.Mutex
			var keys []string
			f.onPost = func(w http.ResponseWriter, r *http.Request, n int) bool {
				mu.Lock()
				keys = append(keys, r.Header.Get("Idempotency-Key"))
				mu.Unlock()
				if n <= 3 {
					fail(w, r)
				}
				return n <= 3
			}
			r := &recorder{}
			c := f.client()
			_, err := c.Send(t.Context(), file(t, "a.jpg", big), r)
			require.NoError(t, err)
			require.Len(t, keys, 4)
			for _, k := range keys {
				require.Equal(t, keys[0], k)
			}
			require.Len(t, r.troubles, 3)
			require.Equal(t, f.first().Body, big)

			_, err = c.Send(t.Context(), file(t, "a.jpg", "x"), r)
			require.NoError(t, err)
			require.NotEqual(t, keys[0], keys[4], "another call is another upload")
		})
	}
}

func TestSendGivesUp(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	f.onPost = func(w http.ResponseWriter, _ *http.Request, _ int) bool {
		problem(w, 503, "unavailable", "Later.")
		return true
	}
	r := &recorder{}
	_, err := f.client(func(o *uploader.Options) { o.MaxAttempts = 3 }).Send(t.Context(), file(t, "a.jpg", "x"), r)
	require.ErrorContains(t, err, "503 unavailable: Later.")
	require.Equal(t, 3, f.seen(&f.postings))
	require.Len(t, r.troubles, 2)
}

func TestSendRefused(t *testing.T) {
	t.Parallel()
	for status, code := range map[int]string{
		415: "unsupported_media_type", 413: "too_large", 507: "quota_exceeded", 409: "file_trashed",
		404: "not_found", 403: "forbidden", 422: "validation_failed", 400: "empty_file",
	} {
		f := newFake(t)
		f.onPost = func(w http.ResponseWriter, r *http.Request, _ int) bool {
			_, _ = io.Copy(io.Discard, r.Body)
			problem(w, status, code, "This is why.")
			return true
		}
		r := &recorder{}
		_, err := f.client().Send(t.Context(), file(t, "a.svg", "<svg/>"), r)
		var p *uploader.Problem
		require.ErrorAs(t, err, &p)
		require.Equal(t, status, p.Status)
		require.Equal(t, code, p.Code)
		require.Equal(t, "req-1", p.RequestID)
		require.ErrorContains(t, err, fmt.Sprintf("%d %s: This is why.", status, code))
		require.Equal(t, 1, f.seen(&f.postings), "%d is not tried again", status)
		require.Empty(t, r.troubles)
	}
}

// TestSendRefusedEarly: the server answers from the header alone and closes
// with most of the body unread.
func TestSendRefusedEarly(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			req, err := http.ReadRequest(bufio.NewReader(conn))
			if err == nil && req.ContentLength > int64(len(big)) {
				body := `{"status":413,"code":"too_large","detail":"52428800 bytes at most."}`
				_, _ = fmt.Fprintf(conn, "HTTP/1.1 413 Too Large\r\nContent-Type: application/problem+json\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
			}
			_ = conn.Close() // a reset for the client, since bytes are unread
		}
	}()
	src := file(t, "big.jpg", strings.Repeat(big, 8))
	for range 10 {
		c, err := uploader.New(uploader.Options{Server: "http://" + l.Addr().String(), Credentials: uploader.Credentials{Token: "t"}, MaxAttempts: 1})
		require.NoError(t, err)
		_, err = c.Send(t.Context(), src, &recorder{})
		require.ErrorContains(t, err, "413 too_large: 52428800 bytes at most.")
	}
}

func TestSendConflictOfItsOwnKey(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	f.onPost = func(w http.ResponseWriter, _ *http.Request, n int) bool {
		switch n {
		case 1:
			panic(http.ErrAbortHandler)
		case 2, 3:
			problem(w, 409, "conflict", "Still being sent.")
			return true
		}
		return false
	}
	_, err := f.client().Send(t.Context(), file(t, "a.jpg", "x"), &recorder{})
	require.NoError(t, err)
	require.Equal(t, 4, f.seen(&f.postings))
}

func TestSendLocalFailures(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	dir := t.TempDir()
	for _, path := range []string{filepath.Join(dir, "none.jpg"), dir} {
		_, err := f.client().Send(t.Context(), uploader.Source{Path: path}, &recorder{})
		require.ErrorContains(t, err, path)
	}
	require.Zero(t, f.seen(&f.postings))

	src := file(t, "shrinking.jpg", "")
	require.NoError(t, os.Truncate(src.Path, 64<<20)) // more than lies in any buffer on the way
	f.onPost = func(_ http.ResponseWriter, r *http.Request, _ int) bool {
		_ = os.Truncate(src.Path, 10)
		_, _ = io.Copy(io.Discard, r.Body)
		panic(http.ErrAbortHandler)
	}
	_, err := f.client().Send(t.Context(), src, &recorder{})
	require.ErrorContains(t, err, "has become shorter")
	require.Equal(t, 1, f.seen(&f.postings), "no retry cures it")
}

func TestSendCanceled(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	ctx, cancel := context.WithCancel(t.Context())
	f.onPost = func(_ http.ResponseWriter, r *http.Request, _ int) bool {
		_, _ = io.CopyN(io.Discard, r.Body, 1000)
		cancel()
		_, _ = io.Copy(io.Discard, r.Body) // until the client has hung up
		return true
	}
	_, err := f.client().Send(ctx, file(t, "a.jpg", strings.Repeat(big, 4)), &recorder{})
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, 1, f.seen(&f.postings))
}

func TestSendFollowsNoRedirect(t *testing.T) {
	t.Parallel()
	f, elsewhere := newFake(t), newFake(t)
	f.onPost = func(w http.ResponseWriter, r *http.Request, _ int) bool {
		http.Redirect(w, r, elsewhere.server.URL+r.URL.Path, http.StatusTemporaryRedirect)
		return true
	}
	_, err := f.client().Send(t.Context(), file(t, "a.jpg", "x"), &recorder{})
	var p *uploader.Problem
	require.ErrorAs(t, err, &p)
	require.Equal(t, http.StatusTemporaryRedirect, p.Status)
	require.Zero(t, elsewhere.seen(&elsewhere.postings))
}

func TestAnswerOfAnotherProgram(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	f.onPost = func(w http.ResponseWriter, r *http.Request, _ int) bool {
		_, _ = io.Copy(io.Discard, r.Body)
		writeJSON(w, http.StatusAccepted, map[string]string{"hello": "world"})
		return true
	}
	_, err := f.client(func(o *uploader.Options) { o.MaxAttempts = 1 }).Send(t.Context(), file(t, "a.jpg", "x"), &recorder{})
	require.ErrorContains(t, err, "is this a Safelight server?")
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	good := uploader.Credentials{Token: "t"}
	for _, server := range []string{"", "localhost:8080", "ftp://x", "http://", "http://me:pw@x", "http://x?y", "http://x#y"} {
		_, err := uploader.New(uploader.Options{Server: server, Credentials: good})
		require.ErrorContains(t, err, "is not a URL like", server)
	}
	for _, c := range []uploader.Credentials{{}, {Email: "a"}, {Password: "b"}} {
		_, err := uploader.New(uploader.Options{Server: "http://x", Credentials: c})
		require.ErrorContains(t, err, "sign in with")
	}
}

func TestSignInByPassword(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	c := f.client(byPassword)
	require.NoError(t, c.SignIn(t.Context()))
	_, err := c.Send(t.Context(), file(t, "a.jpg", "x"), &recorder{})
	require.NoError(t, err)
	require.Equal(t, 1, f.seen(&f.logins), "one sign-in serves many calls")
	require.NoError(t, c.Close(t.Context()))
	require.Equal(t, 1, f.seen(&f.logouts))
	require.NoError(t, c.Close(t.Context()))
	require.Equal(t, 1, f.seen(&f.logouts))
}

func TestSignInFails(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	wrong := f.client(func(o *uploader.Options) {
		o.Credentials = uploader.Credentials{Email: "ada@example.org", Password: "wrong"}
	})
	require.ErrorContains(t, wrong.SignIn(t.Context()), "401 invalid_credentials: Wrong e-mail address or password.")
	_, err := wrong.Send(t.Context(), file(t, "a.jpg", "x"), &recorder{})
	require.ErrorContains(t, err, "invalid_credentials", "not tried again")

	token := f.client(func(o *uploader.Options) { o.Credentials = uploader.Credentials{Token: "sl_revoked"} })
	require.ErrorContains(t, token.SignIn(t.Context()), "401 unauthenticated")
	require.NoError(t, token.Close(t.Context()))
	require.Zero(t, f.seen(&f.logins))
	require.Zero(t, f.seen(&f.logouts), "a token is not signed out")
}

func TestAccessTokenEnds(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	c := f.client(byPassword)
	require.NoError(t, c.SignIn(t.Context()))

	f.expire() // in the middle of a send: the body is sent once more
	_, err := c.Send(t.Context(), file(t, "a.jpg", big), &recorder{})
	require.NoError(t, err)
	require.Equal(t, f.first().Body, big)
	require.Equal(t, []int{1, 1}, []int{f.seen(&f.logins), f.seen(&f.renewals)})

	f.expire() // for many at once: one renewal
	var wg sync.WaitGroup
	errs := make([]error, 8)
	for i := range errs {
		wg.Go(func() { _, errs[i] = c.Get(t.Context(), "up-1") })
	}
	wg.Wait()
	require.NoError(t, errors.Join(errs...))
	require.Equal(t, []int{1, 2}, []int{f.seen(&f.logins), f.seen(&f.renewals)})

	f.mu.Lock()
	f.access, f.refresh = "none", "none" // the session has ended: sign in again
	f.mu.Unlock()
	_, err = c.Get(t.Context(), "up-1")
	require.NoError(t, err)
	require.Equal(t, []int{2, 2}, []int{f.seen(&f.logins), f.seen(&f.renewals)})
}

func TestAccessTokenIsRenewedBeforeItEnds(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	f.life = 0
	c := f.client(byPassword)
	require.NoError(t, c.SignIn(t.Context()))
	require.NoError(t, c.SignIn(t.Context()))
	require.Equal(t, []int{1, 1}, []int{f.seen(&f.logins), f.seen(&f.renewals)}, "no request is made with a token that has ended")
}
