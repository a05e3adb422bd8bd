package supabase

import (
	"encoding/json"
	"io"
	"net/http"
	"strconv"
)

// problem is the body of an error: four texts.
func problem(status int, code, label, message string) map[string]any {
	return map[string]any{"statusCode": strconv.Itoa(status), "error": label, "message": message, "code": code}
}

// fail answers an error as the server does: below 500 always HTTP 400.
func fail(w http.ResponseWriter, status int, code, label, message string) {
	sent := http.StatusBadRequest
	if status >= http.StatusInternalServerError {
		sent = http.StatusInternalServerError
	}
	answer(w, sent, problem(status, code, label, message))
}

func answer(w http.ResponseWriter, status int, body any) {
	data, err := json.Marshal(body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Content-Length", strconv.Itoa(len(data)))
	w.WriteHeader(status)
	_, _ = w.Write(data) // a client that is gone is no matter
}

// decode reads a JSON body, or answers what is wrong with it.
func decode(w http.ResponseWriter, r *http.Request, into any) bool {
	err := json.NewDecoder(io.LimitReader(r.Body, 1<<20)).Decode(into)
	if err != nil {
		fail(w, http.StatusBadRequest, "InvalidRequest", "Error", "body: "+err.Error())
	}
	return err == nil
}

func noBucket(w http.ResponseWriter) {
	fail(w, http.StatusNotFound, "NoSuchBucket", "Bucket not found", "Bucket not found")
}

func noKey(w http.ResponseWriter) {
	fail(w, http.StatusNotFound, "NoSuchKey", "not_found", "Object not found")
}

func badKey(w http.ResponseWriter, key string) {
	fail(w, http.StatusBadRequest, "InvalidKey", "InvalidKey", "Invalid key: "+key)
}

func tooLarge(w http.ResponseWriter) {
	fail(w, http.StatusRequestEntityTooLarge, "EntityTooLarge", "Payload too large", "The object exceeded the maximum allowed size")
}

func duplicate(w http.ResponseWriter, code string) {
	fail(w, http.StatusConflict, code, "Duplicate", "The resource already exists")
}

func internal(w http.ResponseWriter) {
	fail(w, http.StatusInternalServerError, "InternalError", "Internal", "Internal Server Error")
}
