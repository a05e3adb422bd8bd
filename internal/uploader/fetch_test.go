package uploader_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"safelight/internal/uploader"
)

// store is another server, which an address with a secret leads to.
type store struct {
	*httptest.Server
	asked atomic.Int32
	// cut ends the n-th answer (from 1) after so many bytes; 0: not at all.
	cut func(n int32) int
	// refuse answers the n-th request with this status.
	refuse func(n int32) int
	ranges atomic.Int32
}

func newStore(t *testing.T, data func() []byte) *store {
	t.Helper()
	s := &store{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n := s.asked.Add(1)
		if r.Header.Get("Authorization") != "" || r.Header.Get("Cookie") != "" || r.URL.Query().Get("sig") != "secret" {
			w.WriteHeader(http.StatusTeapot)
			return
		}
		if s.refuse != nil {
			if status := s.refuse(n); status != 0 {
				w.WriteHeader(status)
				return
			}
		}
		if r.Header.Get("Range") != "" {
			s.ranges.Add(1)
		}
		if s.cut != nil {
			if most := s.cut(n); most > 0 {
				serveCut(w, r, data(), most)
				return
			}
		}
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(data()))
	}))
	t.Cleanup(s.Close)
	return s
}

// serveCut answers as if all would come, and breaks the line.
func serveCut(w http.ResponseWriter, r *http.Request, data []byte, most int) {
	from, _ := strconv.Atoi(strings.TrimSuffix(strings.TrimPrefix(r.Header.Get("Range"), "bytes="), "-"))
	w.Header().Set("Content-Length", strconv.Itoa(len(data)-from))
	if from > 0 {
		w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, len(data)-1, len(data)))
		w.WriteHeader(http.StatusPartialContent)
	}
	_, _ = w.Write(data[from:min(len(data), from+most)])
	panic(http.ErrAbortHandler)
}

func digest(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// library is a server whose content is at a store, or at itself.
func library(t *testing.T, content http.HandlerFunc) *uploader.Client {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/v1/files/{id}/content", func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer sl_good" {
			problem(w, http.StatusUnauthorized, "unauthenticated", "Sign in again.")
			return
		}
		if r.URL.Query().Get("version") != "3" || r.URL.Query().Get("variant") != "full" || r.Method == http.MethodGet && r.Header.Get("Accept-Encoding") != "identity" {
			problem(w, http.StatusNotFound, "not_found", "There is no such file.")
			return
		}
		content(w, r)
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	c, err := uploader.New(uploader.Options{
		Server: server.URL, Credentials: uploader.Credentials{Token: "sl_good"}, Backoff: func(int) time.Duration { return time.Millisecond }, MaxAttempts: 4,
	})
	require.NoError(t, err)
	return c
}

func redirectTo(s *store, etag string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		if etag != "" {
			w.Header().Set("ETag", `"`+etag+`"`)
		}
		w.Header().Set("Location", s.URL+"/object?sig=secret")
		w.WriteHeader(http.StatusFound)
	}
}

// fetched fetches into a file that begins with what is there already.
func fetched(t *testing.T, c *uploader.Client, want uploader.Wanted, there []byte) (uploader.Fetched, []byte, error) {
	t.Helper()
	if want.FileID == "" {
		want = uploader.Wanted{FileID: "f", Version: 3, Variant: "full", SHA256: want.SHA256}
	}
	path := filepath.Join(t.TempDir(), "part")
	require.NoError(t, os.WriteFile(path, there, 0o600))
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	require.NoError(t, err)
	defer f.Close()
	last := int64(-1)
	got, err := c.Fetch(t.Context(), want, f, func(n int64) { last = n }, func(error) {})
	data, readErr := os.ReadFile(path)
	require.NoError(t, readErr)
	require.EqualValues(t, len(data), last, "what is told is what is there")
	return got, data, err
}

func TestFetchFollowsToAnotherServerWithoutTheToken(t *testing.T) {
	t.Parallel()
	data := bytes.Repeat([]byte("picture "), 100_000)
	s := newStore(t, func() []byte { return data })
	s.cut = func(n int32) int {
		if n <= 3 { // each brings it further: none counts as the last try
			return 100_000
		}
		return 0
	}
	got, there, err := fetched(t, library(t, redirectTo(s, digest(data))), uploader.Wanted{}, nil)
	require.NoError(t, err)
	require.True(t, bytes.Equal(data, there))
	require.Equal(t, uploader.Fetched{SHA256: digest(data), Size: int64(len(data))}, got)
	require.EqualValues(t, 4, s.asked.Load())
	require.EqualValues(t, 3, s.ranges.Load())
}

func TestFetchGoesOnWithWhatIsThere(t *testing.T) {
	t.Parallel()
	data := []byte("0123456789")
	for name, there := range map[string]string{"nothing": "", "a part": "0123", "all": "0123456789", "more": "0123456789abc", "other bytes": "abcd"} {
		s := newStore(t, func() []byte { return data })
		for _, want := range []string{"", digest(data)} {
			etag := digest(data)
			if want != "" {
				etag = "" // a server that says no hash
			}
			got, file, err := fetched(t, library(t, redirectTo(s, etag)), uploader.Wanted{SHA256: want}, []byte(there))
			require.NoError(t, err, name)
			require.Equal(t, data, file, name)
			require.Equal(t, digest(data), got.SHA256)
		}
	}
	// From the server itself, which takes no ranges.
	c := library(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("ETag", `"`+digest(data)+`"`)
		_, _ = w.Write(data)
	})
	_, file, err := fetched(t, c, uploader.Wanted{}, []byte("0123"))
	require.NoError(t, err)
	require.Equal(t, data, file)
}

func TestFetchRefusesBytesThatAreNotTheRightOnes(t *testing.T) {
	t.Parallel()
	data := []byte("these bytes have rotted")
	s := newStore(t, func() []byte { return data })
	_, file, err := fetched(t, library(t, redirectTo(s, digest([]byte("the bytes")))), uploader.Wanted{}, nil)
	require.ErrorIs(t, err, uploader.ErrDamaged)
	require.EqualValues(t, 2, s.asked.Load(), "once more, and no more")
	require.Empty(t, file, "and none of them are kept")
}

// A redirect that says no hash is asked for it: HEAD is answered by the server itself.
func TestFetchAsksForTheHashThatARedirectDoesNotSay(t *testing.T) {
	t.Parallel()
	data := []byte("these bytes have rotted")
	s := newStore(t, func() []byte { return data })
	right := digest([]byte("the bytes"))
	c := library(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodHead {
			w.Header().Set("ETag", `"`+right+`"`)
			return
		}
		w.Header().Set("Location", s.URL+"/object?sig=secret")
		w.WriteHeader(http.StatusTemporaryRedirect)
	})
	_, _, err := fetched(t, c, uploader.Wanted{}, nil)
	require.ErrorIs(t, err, uploader.ErrDamaged)
	right = digest(data)
	got, _, err := fetched(t, c, uploader.Wanted{}, nil)
	require.NoError(t, err)
	require.Equal(t, right, got.SHA256)
}

func TestFetchAsksForANewAddressWhenOneIsTooOld(t *testing.T) {
	t.Parallel()
	data := []byte("bytes")
	s := newStore(t, func() []byte { return data })
	s.refuse = func(n int32) int {
		if n == 1 {
			return http.StatusForbidden
		}
		return 0
	}
	_, file, err := fetched(t, library(t, redirectTo(s, digest(data))), uploader.Wanted{}, nil)
	require.NoError(t, err)
	require.Equal(t, data, file)
}

func TestFetchTellsWhatTheServerRefuses(t *testing.T) {
	t.Parallel()
	asked := 0
	c := library(t, func(w http.ResponseWriter, _ *http.Request) {
		asked++
		w.Header().Set("ETag", `"`+digest(nil)+`"`)
		w.Header().Set("Location", "/api/v1/files/f/content?variant=full&version=3")
		w.WriteHeader(http.StatusFound)
	})
	var p *uploader.Problem
	_, _, err := fetched(t, c, uploader.Wanted{FileID: "f", Version: 4, Variant: "full"}, nil)
	require.ErrorAs(t, err, &p)
	require.Equal(t, http.StatusNotFound, p.Status)
	require.Zero(t, asked)

	// Back to the server itself without a token: it does not let that in.
	_, _, err = fetched(t, c, uploader.Wanted{}, nil)
	require.ErrorAs(t, err, &p)
	require.Equal(t, http.StatusUnauthorized, p.Status)

	c = library(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", "file:///etc/passwd")
		w.WriteHeader(http.StatusFound)
	})
	_, _, err = fetched(t, c, uploader.Wanted{}, nil)
	require.ErrorContains(t, err, "nowhere that can be followed")
}

func TestLists(t *testing.T) {
	t.Parallel()
	var queries []string
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/v1/files", func(w http.ResponseWriter, r *http.Request) {
		queries = append(queries, r.URL.Query().Get("cursor"))
		if q := r.URL.Query(); q.Get("limit") != "200" || q.Get("sort") != "createdAt" || q.Get("order") != "asc" || q.Get("trashed") != "true" {
			problem(w, http.StatusUnprocessableEntity, "invalid", r.URL.RawQuery)
			return
		}
		switch r.URL.Query().Get("cursor") {
		case "":
			_, _ = io.WriteString(w, `{"items": [{"id": "1"}, {"id": "2"}], "nextCursor": "a+b"}`)
		case "a+b":
			_, _ = io.WriteString(w, `{"items": [], "nextCursor": "c"}`)
		default:
			_, _ = io.WriteString(w, `{"items": [{"id": "3"}], "nextCursor": null}`)
		}
	})
	asked := 0
	mux.HandleFunc("POST /api/v1/uploads/check", func(w http.ResponseWriter, r *http.Request) {
		asked++
		if asked == 1 {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		body, _ := io.ReadAll(r.Body)
		if strings.Count(string(body), ",") > 499 {
			problem(w, http.StatusUnprocessableEntity, "invalid", "too many")
			return
		}
		if !strings.Contains(string(body), `"s0"`) {
			_, _ = io.WriteString(w, `{"items": []}`)
			return
		}
		_, _ = io.WriteString(w, `{"items": [{"sha256": "s0", "fileId": "f", "trashed": true}]}`)
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	c, err := uploader.New(uploader.Options{
		Server: server.URL, Credentials: uploader.Credentials{Token: "x"}, Backoff: func(int) time.Duration { return time.Millisecond },
	})
	require.NoError(t, err)
	var ids []string
	require.NoError(t, c.Files(t.Context(), true, func(f uploader.File) error {
		ids = append(ids, f.ID)
		return nil
	}))
	require.Equal(t, []string{"1", "2", "3"}, ids)
	require.Equal(t, []string{"", "a+b", "c"}, queries)

	sums := make([]string, 1001)
	for i := range sums {
		sums[i] = "s" + strconv.Itoa(i)
	}
	have, err := c.Check(t.Context(), sums)
	require.NoError(t, err)
	require.Equal(t, map[string]uploader.Owned{"s0": {SHA256: "s0", FileID: "f", Trashed: true}}, have)
	require.Equal(t, 4, asked)
}
