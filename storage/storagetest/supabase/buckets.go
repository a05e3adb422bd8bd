package supabase

import (
	"crypto/rand"
	"encoding/base64"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

// maxNames bounds a removal and a page of a listing.
const maxNames = 1000

type bucketBody struct {
	ID     string   `json:"id"`
	Name   string   `json:"name"`
	Public *bool    `json:"public"`
	Limit  *int64   `json:"file_size_limit"`
	Types  []string `json:"allowed_mime_types"`
}

// apply sets what the body has, or answers what is wrong with it. Needs mu.
func (s *Server) apply(w http.ResponseWriter, in bucketBody, b *bucket) bool {
	switch {
	case in.Limit != nil && *in.Limit < 1:
		fail(w, http.StatusBadRequest, "InvalidRequest", "Error", "body/file_size_limit must be >= 1")
		return false
	case in.Limit != nil && s.limit > 0 && *in.Limit > s.limit:
		tooLarge(w)
		return false
	case in.Limit != nil:
		b.limit = *in.Limit
	}
	if in.Public != nil {
		b.public = *in.Public
	}
	if in.Types != nil {
		b.types = in.Types
	}
	return true
}

func (s *Server) createBucket(w http.ResponseWriter, r *http.Request, _ Call) {
	var in bucketBody
	if !decode(w, r, &in) {
		return
	}
	if in.ID == "" {
		in.ID = in.Name
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	b := &bucket{created: s.now(), objects: map[string]*object{}}
	switch {
	case in.ID == "" || strings.Contains(in.ID, "/") || !legalKey(in.ID) || len(in.ID) > 100:
		fail(w, http.StatusBadRequest, "InvalidBucketName", "Invalid Input", "Bucket name invalid")
	case s.buckets[in.ID] != nil:
		duplicate(w, "BucketAlreadyExists")
	case s.apply(w, in, b):
		s.buckets[in.ID] = b
		answer(w, http.StatusOK, map[string]string{"name": in.ID})
	}
}

func (s *Server) updateBucket(w http.ResponseWriter, r *http.Request, call Call) {
	var in bucketBody
	if !decode(w, r, &in) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.buckets[call.Bucket]
	if b == nil {
		noBucket(w)
		return
	}
	if s.apply(w, in, b) {
		answer(w, http.StatusOK, map[string]string{"message": "Successfully updated"})
	}
}

// row needs mu.
func (b *bucket) row(name string) map[string]any {
	row := map[string]any{
		"id": name, "name": name, "owner": "", "public": b.public, "file_size_limit": nil, "allowed_mime_types": nil,
		"created_at": b.created.Format(time.RFC3339Nano), "updated_at": b.created.Format(time.RFC3339Nano),
	}
	if b.limit > 0 {
		row["file_size_limit"] = b.limit
	}
	if len(b.types) > 0 {
		row["allowed_mime_types"] = b.types
	}
	return row
}

func (s *Server) getBucket(w http.ResponseWriter, _ *http.Request, call Call) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.buckets[call.Bucket]
	if b == nil {
		noBucket(w)
		return
	}
	answer(w, http.StatusOK, b.row(call.Bucket))
}

func (s *Server) deleteBucket(w http.ResponseWriter, _ *http.Request, call Call) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.buckets[call.Bucket]
	switch {
	case b == nil:
		noBucket(w)
	case len(b.objects) > 0:
		fail(w, http.StatusConflict, "ResourceNotEmpty", "ResourceNotEmpty", "The bucket you tried to delete is not empty")
	default:
		delete(s.buckets, call.Bucket)
		answer(w, http.StatusOK, map[string]string{"message": "Successfully deleted"})
	}
}

func (s *Server) listBuckets(w http.ResponseWriter, _ *http.Request, _ Call) {
	s.mu.Lock()
	defer s.mu.Unlock()
	rows := []map[string]any{}
	for _, name := range slices.Sorted(maps.Keys(s.buckets)) {
		rows = append(rows, s.buckets[name].row(name))
	}
	answer(w, http.StatusOK, rows)
}

// list is list-v2, flat and by name: the part that a sweeper needs.
func (s *Server) list(w http.ResponseWriter, r *http.Request, call Call) {
	var in struct {
		Prefix, Cursor string
		Limit          int
		Delimiter      bool `json:"with_delimiter"`
	}
	if !decode(w, r, &in) {
		return
	}
	after, err := base64.StdEncoding.DecodeString(in.Cursor)
	if err != nil {
		fail(w, http.StatusBadRequest, "InvalidParameter", "InvalidParameter", "Invalid Parameter cursor")
		return
	}
	if in.Limit == 0 {
		in.Limit = maxNames
	}
	if in.Limit < 1 || in.Limit > maxNames || in.Delimiter {
		fail(w, http.StatusBadRequest, "InvalidRequest", "Error", "the double lists 1 to 1000 objects, without a delimiter")
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	objects, more := []map[string]any{}, false
	b := s.buckets[call.Bucket]
	if b == nil {
		b = &bucket{}
	}
	for _, key := range slices.Sorted(maps.Keys(b.objects)) {
		if !strings.HasPrefix(key, in.Prefix) || key <= string(after) {
			continue
		}
		if more = len(objects) == in.Limit; more {
			break
		}
		objects = append(objects, b.objects[key].entry(key))
	}
	out := map[string]any{"hasNext": more, "folders": []any{}, "objects": objects}
	if more {
		last, _ := objects[len(objects)-1]["name"].(string)
		out["nextCursor"], out["nextCursorKey"] = base64.StdEncoding.EncodeToString([]byte(last)), last
	}
	answer(w, http.StatusOK, out)
}

func (o *object) entry(key string) map[string]any {
	return map[string]any{
		"name": key, "id": o.id, "created_at": o.created.Format(time.RFC3339Nano), "updated_at": o.updated.Format(time.RFC3339Nano),
		"metadata": map[string]any{"size": o.size, "mimetype": o.contentType, "eTag": o.etag, "cacheControl": o.cacheControl},
	}
}

// signature is what a token of a signed URL is good for.
type signature struct {
	path    string
	expires time.Time
}

func (s *Server) sign(w http.ResponseWriter, r *http.Request, call Call) {
	var in struct{ ExpiresIn int64 }
	if !decode(w, r, &in) {
		return
	}
	if in.ExpiresIn < 1 {
		fail(w, http.StatusBadRequest, "InvalidRequest", "Error", "body/expiresIn must be >= 1")
		return
	}
	if _, ok := s.find(w, call); !ok {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	token := rand.Text()
	s.signed[token] = signature{path: call.Bucket + "/" + call.Key, expires: s.now().Add(time.Duration(in.ExpiresIn) * time.Second)}
	answer(w, http.StatusOK, map[string]string{"signedURL": "/object/sign/" + call.Bucket + "/" + call.Key + "?token=" + token})
}

func (s *Server) getSigned(w http.ResponseWriter, r *http.Request, call Call) {
	s.mu.Lock()
	sig, known := s.signed[r.URL.Query().Get("token")]
	expired := known && !s.now().Before(sig.expires)
	s.mu.Unlock()
	switch {
	case !known || expired:
		fail(w, http.StatusBadRequest, "InvalidJWT", "InvalidJWT", "\"exp\" claim timestamp check failed")
	case sig.path != call.Bucket+"/"+call.Key:
		fail(w, http.StatusBadRequest, "InvalidSignature", "InvalidSignature", "Invalid signature")
	default:
		s.download(w, r, call)
	}
}
