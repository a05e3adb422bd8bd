package supabase

import (
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
)

// admit refuses an upload before its body is read, as far as the request shows.
func (s *Server) admit(w http.ResponseWriter, r *http.Request, call Call, upsert bool) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.buckets[call.Bucket]
	if b == nil {
		noBucket(w)
		return false
	}
	if !legalKey(call.Key) {
		badKey(w, call.Key)
		return false
	}
	if over(r.ContentLength, b.limit) || over(r.ContentLength, s.limit) {
		tooLarge(w)
		return false
	}
	kind := typeOf(r)
	if len(b.types) > 0 && !slices.Contains(b.types, kind) && !slices.Contains(b.types, strings.Split(kind, "/")[0]+"/*") {
		fail(w, http.StatusUnsupportedMediaType, "InvalidMimeType", "invalid_mime_type", "mime type "+kind+" is not supported")
		return false
	}
	if b.objects[call.Key] != nil && !upsert {
		duplicate(w, "KeyAlreadyExists")
		return false
	}
	return true
}

// over: a chunked body has no length, and passes every limit.
func over(length, limit int64) bool { return limit > 0 && length > limit }

func typeOf(r *http.Request) string {
	if kind := r.Header.Get("Content-Type"); kind != "" {
		return kind
	}
	return "application/octet-stream"
}

func (s *Server) upload(w http.ResponseWriter, r *http.Request, call Call) {
	upsert := r.Method == http.MethodPut || r.Header.Get("x-upsert") == "true"
	if !s.admit(w, r, call, upsert) {
		return
	}
	cache := r.Header.Get("Cache-Control")
	if cache == "" {
		cache = "no-cache"
	}
	o := &object{id: uuid.NewString(), version: newVersion(), contentType: typeOf(r), cacheControl: cache}
	if err := s.receive(o, r.Body); err != nil {
		s.drop(o) // a body that breaks off leaves nothing
		internal(w)
		return
	}
	s.mu.Lock()
	b := s.buckets[call.Bucket]
	o.created = s.now()
	o.updated = o.created
	old := b.objects[call.Key]
	if old != nil {
		o.id, o.created = old.id, old.created
	}
	b.objects[call.Key] = o
	s.mu.Unlock()
	if old != nil {
		s.drop(old)
	}
	answer(w, http.StatusOK, map[string]string{"Key": call.Bucket + "/" + call.Key, "Id": o.id})
}

func (s *Server) receive(o *object, body io.Reader) error {
	f, err := os.Create(s.file(o))
	if err != nil {
		return fmt.Errorf("create: %w", err)
	}
	defer f.Close()
	sum := md5.New() // what the server's file backend makes ETags of
	if o.size, err = io.Copy(io.MultiWriter(f, sum), body); err != nil {
		return fmt.Errorf("receive: %w", err)
	}
	o.etag = strconv.Quote(hex.EncodeToString(sum.Sum(nil)))
	if err := f.Close(); err != nil {
		return fmt.Errorf("close: %w", err)
	}
	return nil
}

// find answers what is missing. The copy it returns stays as it is; its file
// may be gone a moment later.
func (s *Server) find(w http.ResponseWriter, call Call) (object, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.buckets[call.Bucket]
	if b == nil {
		noBucket(w)
		return object{}, false
	}
	o := b.objects[call.Key]
	if o == nil {
		noKey(w)
		return object{}, false
	}
	return *o, true
}

func (s *Server) download(w http.ResponseWriter, r *http.Request, call Call) {
	// Opened under the lock: a version replaced at this moment stays readable.
	s.mu.Lock()
	var o *object
	var f *os.File
	b, err := s.buckets[call.Bucket], error(nil)
	if b != nil {
		if o = b.objects[call.Key]; o != nil {
			f, err = os.Open(s.file(o))
		}
	}
	s.mu.Unlock()
	switch {
	case b == nil:
		noBucket(w)
	case o == nil:
		noKey(w)
	case err != nil:
		internal(w) // the bytes behind a row are missing
	default:
		defer f.Close()
		serveFile(w, r, o, f)
	}
}

func serveFile(w http.ResponseWriter, r *http.Request, o *object, f *os.File) {
	var from int64
	if part, ok := strings.CutPrefix(r.Header.Get("Range"), "bytes="); ok {
		first, _, _ := strings.Cut(part, "-")
		from, _ = strconv.ParseInt(first, 10, 64)
		if from >= o.size {
			w.Header().Set("Content-Range", fmt.Sprintf("bytes */%d", o.size))
			answer(w, http.StatusRequestedRangeNotSatisfiable, problem(http.StatusRequestedRangeNotSatisfiable, "InvalidRange", "InvalidRange", "The requested range is not satisfiable"))
			return
		}
	}
	h := w.Header()
	h.Set("ETag", o.etag)
	h.Set("Content-Type", o.contentType)
	h.Set("Cache-Control", o.cacheControl)
	h.Set("X-Robots-Tag", "none")
	if name := r.URL.Query().Get("download"); name != "" {
		h.Set("Content-Disposition", fmt.Sprintf("attachment; filename=%q", name))
	}
	http.ServeContent(w, r, "", o.updated, f)
}

func (s *Server) info(w http.ResponseWriter, _ *http.Request, call Call) {
	o, ok := s.find(w, call)
	if !ok {
		return
	}
	answer(w, http.StatusOK, map[string]any{
		"id": o.id, "name": call.Key, "version": o.version, "bucket_id": call.Bucket, "size": o.size, "content_type": o.contentType,
		"cache_control": o.cacheControl, "etag": o.etag, "metadata": map[string]any{},
		"last_modified": o.updated.Format(time.RFC3339Nano), "created_at": o.created.Format(time.RFC3339Nano),
	})
}

func (s *Server) move(w http.ResponseWriter, r *http.Request, _ Call) {
	var in struct{ BucketID, SourceKey, DestinationBucket, DestinationKey string }
	if !decode(w, r, &in) {
		return
	}
	if in.DestinationBucket == "" {
		in.DestinationBucket = in.BucketID
	}
	if in.BucketID == "" || in.SourceKey == "" || in.DestinationKey == "" {
		fail(w, http.StatusBadRequest, "InvalidRequest", "Error", "body must have required property 'destinationKey'")
		return
	}
	if !legalKey(in.DestinationKey) {
		badKey(w, in.DestinationKey)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	from, to := s.buckets[in.BucketID], s.buckets[in.DestinationBucket]
	same := in.BucketID == in.DestinationBucket && in.SourceKey == in.DestinationKey
	switch {
	case from == nil || from.objects[in.SourceKey] == nil:
		noKey(w) // also where the bucket is missing
		return
	case to == nil:
		fail(w, http.StatusNotFound, "InvalidRequest", "InvalidRequest", "The related resource does not exist")
		return
	case !same && to.objects[in.DestinationKey] != nil:
		duplicate(w, "ResourceAlreadyExists")
		return
	case !same:
		if err := s.relocate(from, to, in.SourceKey, in.DestinationKey); err != nil {
			internal(w)
			return
		}
	}
	answer(w, http.StatusOK, map[string]string{"message": "Successfully moved"})
}

// relocate keeps id, type and times of creation; version and change are new.
func (s *Server) relocate(from, to *bucket, source, target string) error {
	o := *from.objects[source]
	o.version, o.updated = newVersion(), s.now()
	if err := os.Rename(s.file(from.objects[source]), filepath.Join(s.dir, o.version)); err != nil {
		return fmt.Errorf("move the bytes: %w", err)
	}
	delete(from.objects, source)
	to.objects[target] = &o
	return nil
}

func (s *Server) remove(w http.ResponseWriter, r *http.Request, call Call) {
	var in struct{ Prefixes []string }
	if !decode(w, r, &in) {
		return
	}
	if len(in.Prefixes) == 0 || len(in.Prefixes) > maxNames {
		fail(w, http.StatusBadRequest, "InvalidRequest", "Error", "body/prefixes must NOT have fewer than 1 or more than 1000 items")
		return
	}
	removed := []map[string]string{}
	s.mu.Lock()
	defer s.mu.Unlock()
	if b := s.buckets[call.Bucket]; b != nil {
		for _, key := range in.Prefixes {
			if o := b.objects[key]; o != nil {
				delete(b.objects, key)
				s.drop(o)
				removed = append(removed, map[string]string{"name": key, "id": o.id, "bucket_id": call.Bucket})
			}
		}
	}
	answer(w, http.StatusOK, removed)
}
