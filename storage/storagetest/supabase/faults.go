package supabase

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Op is what a call asks for.
type Op string

// The calls that the double knows. Any other is an unknown route.
const (
	OpListBuckets  Op = "list buckets"
	OpCreateBucket Op = "create bucket"
	OpUpdateBucket Op = "update bucket"
	OpGetBucket    Op = "get bucket"
	OpDeleteBucket Op = "delete bucket"
	OpUpload       Op = "upload"
	OpDownload     Op = "download"
	OpInfo         Op = "info"
	OpMove         Op = "move"
	OpRemove       Op = "remove"
	OpList         Op = "list"
	OpSign         Op = "sign"
	OpGetSigned    Op = "get signed"
)

// Call is a request as Inject and Calls see it. Where the request names objects
// in its body, Bucket and Key are the source of a move, the first key of a
// removal, and the prefix of a listing. Length is its Content-Length, -1 when
// chunked. Last says that its connection takes no other.
type Call struct {
	Op     Op
	Bucket string
	Key    string
	Length int64
	Last   bool
	N      int // how many calls came before
}

// Fault is what goes wrong with a call.
type Fault int

// The faults.
const (
	// None lets the call be.
	None Fault = iota
	// TooMany answers 429.
	TooMany
	// Internal answers 500 as the server does when its database is gone.
	Internal
	// BadGateway answers 502 with HTML, as a proxy in front does.
	BadGateway
	// NotStorage answers 404 with HTML: the base URL leads to something else.
	NotStorage
	// Empty answers 200 with nothing.
	Empty
	// Reset cuts the connection before anything is done.
	Reset
	// ResetMidway reads a part of the request's body and then cuts the connection.
	ResetMidway
	// Silent never answers; it ends when the client goes away.
	Silent
	// HalfBody does what is asked, and cuts the connection in the middle of the answer's body.
	HalfBody
	// LostReply does what is asked and cuts the connection instead of answering.
	LostReply
	// LostReply500 does what is asked and answers 500.
	LostReply500
	// Elsewhere redirects to where RedirectTo says, with what was asked left undone.
	Elsewhere
	// Slow does what is asked, SlowBy later; nothing is wrong with it.
	Slow
)

// SlowBy is how late an answer is that is Slow.
const SlowBy = 200 * time.Millisecond

// Inject asks choose about every call from now on; nil ends that. choose is
// called by one goroutine at a time.
func (s *Server) Inject(choose func(Call) Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.inject = choose
}

// RedirectTo sets where the fault Elsewhere leads.
func (s *Server) RedirectTo(url string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.elsewhere = url
}

// FailNext lets the next calls that ask for op go wrong in turn, and all others be.
func (s *Server) FailNext(op Op, faults ...Fault) {
	s.Inject(func(c Call) Fault {
		if c.Op != op || len(faults) == 0 {
			return None
		}
		next := faults[0]
		faults = faults[1:]
		return next
	})
}

// Calls are the calls that have come, in their order.
func (s *Server) Calls() []Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.calls)
}

func (s *Server) faultFor(call Call) (_ Fault, elsewhere string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	call.N = len(s.calls)
	s.calls = append(s.calls, call)
	if s.inject == nil {
		return None, ""
	}
	return s.inject(call), s.elsewhere
}

// callOf reads what is asked for out of the method and the path.
func callOf(r *http.Request) Call {
	parts := strings.Split(strings.TrimPrefix(r.URL.Path, "/"), "/")
	at := func(i int) string {
		if i < len(parts) {
			return parts[i]
		}
		return ""
	}
	from := func(i int) string { return strings.Join(parts[min(i, len(parts)):], "/") }
	call := Call{Length: r.ContentLength, Last: r.Close}
	switch route := r.Method + " " + at(0) + "/" + at(1); {
	case at(0) == "bucket" && len(parts) == 1:
		call.Op = map[string]Op{http.MethodPost: OpCreateBucket, http.MethodGet: OpListBuckets}[r.Method]
	case at(0) == "bucket":
		call.Bucket = from(1)
		call.Op = map[string]Op{http.MethodPut: OpUpdateBucket, http.MethodGet: OpGetBucket, http.MethodDelete: OpDeleteBucket}[r.Method]
	case route == "POST object/move" && len(parts) == 2:
		call.Op = OpMove
	case route == "POST object/list-v2" && len(parts) == 3:
		call.Op, call.Bucket = OpList, at(2)
	case route == "GET object/info":
		call.Op, call.Bucket, call.Key = OpInfo, at(2), from(3)
	case route == "POST object/sign":
		call.Op, call.Bucket, call.Key = OpSign, at(2), from(3)
	case route == "GET object/sign":
		call.Op, call.Bucket, call.Key = OpGetSigned, at(2), from(3)
	case at(0) == "object" && r.Method == http.MethodDelete && len(parts) == 2:
		call.Op, call.Bucket = OpRemove, at(1)
	case at(0) == "object":
		call.Bucket, call.Key = at(1), from(2)
		call.Op = map[string]Op{http.MethodPost: OpUpload, http.MethodPut: OpUpload, http.MethodGet: OpDownload}[r.Method]
	}
	return call
}

// maxNaming bounds a body that names objects, in bytes.
const maxNaming = 1 << 20

// named adds to a call what its body names, and leaves the body as it was. One
// that can not be read is the handler's to refuse.
func named(call Call, r *http.Request) Call {
	if call.Op != OpMove && call.Op != OpRemove && call.Op != OpList {
		return call
	}
	raw, err := io.ReadAll(io.LimitReader(r.Body, maxNaming))
	r.Body = io.NopCloser(io.MultiReader(bytes.NewReader(raw), r.Body))
	var in struct {
		BucketID, SourceKey, Prefix string
		Prefixes                    []string
	}
	if err != nil || json.Unmarshal(raw, &in) != nil {
		return call
	}
	switch {
	case call.Op == OpMove:
		call.Bucket, call.Key = in.BucketID, in.SourceKey
	case call.Op == OpList:
		call.Key = in.Prefix
	case len(in.Prefixes) > 0:
		call.Key = in.Prefixes[0]
	}
	return call
}

// before does what a fault does instead of the call. done: the call is over.
func (f Fault) before(w http.ResponseWriter, r *http.Request, elsewhere string) (done bool) {
	html := func(status int) {
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, "<html><body>"+http.StatusText(status)+"</body></html>") // a client that is gone is no matter
	}
	switch f {
	case TooMany:
		answer(w, http.StatusTooManyRequests, problem(http.StatusTooManyRequests, "TooManyRequests", "too_many_connections", "Too many connections"))
	case Internal:
		internal(w)
	case BadGateway:
		html(http.StatusBadGateway)
	case NotStorage:
		html(http.StatusNotFound)
	case Empty:
		w.WriteHeader(http.StatusOK)
	case Reset:
		panic(http.ErrAbortHandler)
	case ResetMidway:
		_, _ = io.CopyN(io.Discard, r.Body, 1000)
		panic(http.ErrAbortHandler)
	case Silent:
		_, _ = io.Copy(io.Discard, r.Body) // a client that leaves is seen once its body is read
		<-r.Context().Done()
		panic(http.ErrAbortHandler)
	case Slow:
		select {
		case <-time.After(SlowBy):
		case <-r.Context().Done():
		}
		return false
	case Elsewhere:
		http.Redirect(w, r, elsewhere, http.StatusTemporaryRedirect)
	default:
		return false
	}
	return true
}

// wrap changes where the answer goes.
func (f Fault) wrap(w http.ResponseWriter) http.ResponseWriter {
	switch f {
	case HalfBody:
		return &halfWriter{ResponseWriter: w}
	case LostReply, LostReply500:
		return &noWriter{header: http.Header{}}
	default:
		return w
	}
}

func (f Fault) after(w http.ResponseWriter) {
	switch f {
	case HalfBody, LostReply:
		panic(http.ErrAbortHandler)
	case LostReply500:
		internal(w)
	default: // all else came before
	}
}

// halfWriter sends the first half of every write and nothing after it.
type halfWriter struct {
	http.ResponseWriter
	over bool
}

// Write implements io.Writer.
func (h *halfWriter) Write(p []byte) (int, error) {
	if h.over {
		return len(p), nil
	}
	h.over = true
	if _, err := h.ResponseWriter.Write(p[:len(p)/2]); err != nil {
		return 0, err
	}
	if f, ok := h.ResponseWriter.(http.Flusher); ok {
		f.Flush()
	}
	return len(p), nil
}

// noWriter forgets an answer.
type noWriter struct{ header http.Header }

// Header implements http.ResponseWriter.
func (n *noWriter) Header() http.Header { return n.header }

// Write implements io.Writer.
func (*noWriter) Write(p []byte) (int, error) { return len(p), nil }

// WriteHeader implements http.ResponseWriter.
func (*noWriter) WriteHeader(int) {}
