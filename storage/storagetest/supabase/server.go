// Package supabase is a double of the HTTP API of Supabase Storage, for tests:
// the part of it that the driver in package storage speaks, answering as a real
// server was seen to (version 1.11.2, file backend). What matters of that: nearly
// every error is HTTP 400 with the true status as text in the body; size limits
// look at Content-Length alone; a move goes across buckets in one step, keeps the
// id and never overwrites; listings and removals of a missing bucket are empty.
// Inject makes single calls go wrong.
package supabase

import (
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
)

// Server is a running double. Objects are files in a folder, so that a large
// one costs no memory. Safe for concurrent use.
type Server struct {
	// URL is the base URL of the API; Key the service key it accepts.
	URL string
	Key string

	dir  string
	http *http.Server

	mu      sync.Mutex
	buckets map[string]*bucket
	signed  map[string]signature
	limit   int64 // of the whole server, 0: none
	skew    time.Duration
	inject  func(Call) Fault
	calls   []Call

	elsewhere string
}

type bucket struct {
	public  bool
	limit   int64    // 0: none
	types   []string // empty: all
	created time.Time
	objects map[string]*object
}

// object is a row; version names the file with its bytes.
type object struct {
	id, version, contentType, cacheControl, etag string

	size             int64
	created, updated time.Time
}

// New starts a double for one test, with no buckets.
func New(t testing.TB) *Server {
	t.Helper()
	s, err := Start(t.TempDir())
	if err != nil {
		t.Fatalf("start the double of Supabase Storage: %v", err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close the double of Supabase Storage: %v", err)
		}
	})
	return s
}

// Start starts a double that keeps its objects in dir, on a free port of this
// machine. The caller closes it.
func Start(dir string) (*Server, error) {
	return StartAt("127.0.0.1:0", "service-"+rand.Text(), dir)
}

// StartAt is Start at an address, with a service key, of one's own.
func StartAt(address, key, dir string) (*Server, error) {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listen: %w", err)
	}
	s := &Server{
		URL: "http://" + listener.Addr().String(), Key: key, dir: dir,
		buckets: map[string]*bucket{}, signed: map[string]signature{},
	}
	s.http = &http.Server{Handler: http.HandlerFunc(s.serve), ReadHeaderTimeout: time.Minute}
	go func() { _ = s.http.Serve(listener) }() // ends with Close
	return s, nil
}

// Close stops the server and cuts what is on its way.
func (s *Server) Close() error {
	if err := s.http.Close(); err != nil && !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("close: %w", err)
	}
	return nil
}

// LimitUploads sets the size in bytes that the server takes in one upload, as
// UPLOAD_FILE_SIZE_LIMIT does. 0: any.
func (s *Server) LimitUploads(bytes int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.limit = bytes
}

// Advance puts the server's clock forward: signed URLs expire.
func (s *Server) Advance(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.skew += d
}

// Files is the number of files kept on disk: one per object, or something was
// left behind.
func (s *Server) Files() (int, error) {
	names, err := filepath.Glob(filepath.Join(s.dir, "*"))
	if err != nil {
		return 0, fmt.Errorf("count files: %w", err)
	}
	return len(names), nil
}

// Objects is the number of objects in all buckets.
func (s *Server) Objects() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, b := range s.buckets {
		n += len(b.objects)
	}
	return n
}

// now needs mu.
func (s *Server) now() time.Time { return time.Now().Add(s.skew).UTC() }

func (s *Server) file(o *object) string { return filepath.Join(s.dir, o.version) }

// drop removes the bytes of a row that is gone. Readers that are open stay readable.
func (s *Server) drop(o *object) { _ = os.Remove(s.file(o)) }

func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	call := named(callOf(r), r)
	fault, elsewhere := s.faultFor(call)
	if fault.before(w, r, elsewhere) {
		return
	}
	if call.Op == OpGetSigned || s.authorized(w, r) {
		s.route(fault.wrap(w), r, call)
	}
	fault.after(w)
}

func (s *Server) authorized(w http.ResponseWriter, r *http.Request) bool {
	got := r.Header.Values("Authorization")
	switch {
	case len(got) == 0:
		fail(w, http.StatusBadRequest, "InvalidRequest", "Error", "headers must have required property 'authorization'")
	case got[0] != "Bearer "+s.Key:
		fail(w, http.StatusForbidden, "AccessDenied", "Unauthorized", "signature verification failed")
	default:
		return true
	}
	return false
}

func (s *Server) route(w http.ResponseWriter, r *http.Request, call Call) {
	handlers := map[Op]func(http.ResponseWriter, *http.Request, Call){
		OpListBuckets: s.listBuckets, OpCreateBucket: s.createBucket, OpUpdateBucket: s.updateBucket, OpGetBucket: s.getBucket,
		OpDeleteBucket: s.deleteBucket,
		OpUpload:       s.upload, OpDownload: s.download, OpInfo: s.info, OpMove: s.move, OpRemove: s.remove, OpList: s.list,
		OpSign: s.sign, OpGetSigned: s.getSigned,
	}
	handle, ok := handlers[call.Op]
	if !ok {
		// Outside the groups of routes that exist, the status is a number and there is no code.
		answer(w, http.StatusNotFound, map[string]any{
			"message": "Route " + r.Method + ":" + r.URL.Path + " not found", "error": "Not Found", "statusCode": http.StatusNotFound,
		})
		return
	}
	handle(w, r, call)
}

func newVersion() string { return uuid.NewString() }

// legal are the characters of keys besides ASCII letters and digits.
const legal = "_/!-.*'() &$@=;:+,?"

func legalKey(key string) bool {
	if key == "" {
		return false
	}
	for i := range len(key) {
		c := key[i]
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
		if !letter && strings.IndexByte(legal, c) < 0 {
			return false
		}
	}
	for part := range strings.SplitSeq(key, "/") {
		if part == "." || part == ".." {
			return false
		}
	}
	return true
}
