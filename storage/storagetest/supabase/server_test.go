package supabase_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"safelight/storage/storagetest/supabase"
)

// reply is an answer as a client sees it.
type reply struct {
	status int
	header http.Header
	body   string
	json   map[string]any
}

func call(t *testing.T, s *supabase.Server, method, path, body string, header ...string) reply {
	t.Helper()
	got, err := try(t, s, method, path, body, header...)
	require.NoError(t, err)
	return got
}

func try(t *testing.T, s *supabase.Server, method, path, body string, header ...string) (reply, error) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, s.URL+path, strings.NewReader(body))
	require.NoError(t, err)
	req.Header.Set("Authorization", "Bearer "+s.Key)
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
		if header[i+1] == "" {
			req.Header.Del(header[i])
		}
	}
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		return reply{}, err
	}
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	if err != nil {
		return reply{}, err
	}
	out := reply{status: res.StatusCode, header: res.Header, body: string(data)}
	_ = json.Unmarshal(data, &out.json) // not every answer is an object
	return out, nil
}

func (r reply) requireFault(t *testing.T, status int, trueStatus, code string) {
	t.Helper()
	require.Equal(t, status, r.status, r.body)
	require.Equal(t, trueStatus, r.json["statusCode"])
	require.Equal(t, code, r.json["code"])
}

func withBuckets(t *testing.T) *supabase.Server {
	t.Helper()
	s := supabase.New(t)
	require.Equal(t, 200, call(t, s, "POST", "/bucket", `{"id":"tmp","name":"tmp","public":false,"file_size_limit":10,"allowed_mime_types":["image/*"]}`).status)
	require.Equal(t, 200, call(t, s, "POST", "/bucket", `{"id":"final","name":"final"}`).status)
	return s
}

func TestBuckets(t *testing.T) {
	t.Parallel()
	s := withBuckets(t)
	call(t, s, "POST", "/bucket", `{"id":"tmp"}`).requireFault(t, 400, "409", "BucketAlreadyExists")
	call(t, s, "POST", "/bucket", `{"id":"a/b"}`).requireFault(t, 400, "400", "InvalidBucketName")
	call(t, s, "POST", "/bucket", `{"id":"x","file_size_limit":0}`).requireFault(t, 400, "400", "InvalidRequest")
	call(t, s, "GET", "/bucket/x", "").requireFault(t, 400, "404", "NoSuchBucket")
	require.InDelta(t, 10, call(t, s, "GET", "/bucket/tmp", "").json["file_size_limit"], 0)
	require.Equal(t, 200, call(t, s, "PUT", "/bucket/tmp", `{"file_size_limit":20}`).status)
	require.InDelta(t, 20, call(t, s, "GET", "/bucket/tmp", "").json["file_size_limit"], 0)
	s.LimitUploads(30)
	call(t, s, "PUT", "/bucket/tmp", `{"file_size_limit":31}`).requireFault(t, 400, "413", "EntityTooLarge")
	call(t, s, "GET", "/bucket", "", "Authorization", "").requireFault(t, 400, "400", "InvalidRequest")
	call(t, s, "GET", "/bucket", "", "Authorization", "Bearer x").requireFault(t, 400, "403", "AccessDenied")
	unknown := call(t, s, "GET", "/render/image/x", "")
	require.Equal(t, 404, unknown.status)
	require.InDelta(t, 404, unknown.json["statusCode"], 0, "a number, without a code")
}

// Calls that name objects in their bodies are seen by these, and done all the same.
func TestCallsNameWhatTheyAreAbout(t *testing.T) {
	t.Parallel()
	s := withBuckets(t)
	require.Equal(t, 200, call(t, s, "POST", "/object/final/a", "x").status)
	var seen []supabase.Call
	s.Inject(func(c supabase.Call) supabase.Fault {
		seen = append(seen, c)
		return supabase.Slow
	})
	require.Equal(t, 200, call(t, s, "POST", "/object/move", `{"bucketId":"final","sourceKey":"a","destinationKey":"b"}`).status)
	require.Contains(t, call(t, s, "POST", "/object/list-v2/final", `{"prefix":"b"}`).body, `"name":"b"`)
	require.Contains(t, call(t, s, "DELETE", "/object/final", `{"prefixes":["b","c"]}`).body, `"name":"b"`)
	call(t, s, "POST", "/object/move", "no JSON").requireFault(t, 400, "400", "InvalidRequest")
	var named []string
	for _, c := range seen {
		named = append(named, string(c.Op)+" "+c.Bucket+"/"+c.Key)
	}
	require.Equal(t, []string{"move final/a", "list final/b", "remove final/b", "move /"}, named)
}

func TestUploadAndDownload(t *testing.T) {
	t.Parallel()
	s := withBuckets(t)
	put := func(path, body string, header ...string) reply {
		return call(t, s, "POST", "/object/"+path, body, header...)
	}
	require.Equal(t, 200, put("tmp/a/b", "0123456789", "Content-Type", "image/png").status)
	put("tmp/a/b", "x", "Content-Type", "image/png").requireFault(t, 400, "409", "KeyAlreadyExists")
	put("tmp/c", "01234567890", "Content-Type", "image/png").requireFault(t, 400, "413", "EntityTooLarge")
	put("tmp/c", "x", "Content-Type", "text/plain").requireFault(t, 400, "415", "InvalidMimeType")
	put("tmp/..%2fc", "x").requireFault(t, 400, "400", "InvalidKey")
	put("gone/c", "x").requireFault(t, 400, "404", "NoSuchBucket")

	before := call(t, s, "GET", "/object/info/tmp/a/b", "").json
	require.Equal(t, 200, put("tmp/a/b", "9876543210", "Content-Type", "image/gif", "x-upsert", "true").status)
	after := call(t, s, "GET", "/object/info/tmp/a/b", "").json
	require.Equal(t, before["id"], after["id"])
	require.NotEqual(t, before["version"], after["version"])
	require.Equal(t, "image/gif", after["content_type"])

	whole := call(t, s, "GET", "/object/tmp/a/b", "")
	require.Equal(t, "9876543210", whole.body)
	require.Equal(t, "10", whole.header.Get("Content-Length"))
	part := call(t, s, "GET", "/object/tmp/a/b", "", "Range", "bytes=2-4")
	require.Equal(t, 206, part.status)
	require.Equal(t, "765", part.body)
	call(t, s, "GET", "/object/tmp/a/b", "", "Range", "bytes=10-").requireFault(t, 416, "416", "InvalidRange")
	call(t, s, "GET", "/object/tmp/x", "").requireFault(t, 400, "404", "NoSuchKey")
	call(t, s, "GET", "/object/info/gone/x", "").requireFault(t, 400, "404", "NoSuchBucket")
	n, err := s.Files()
	require.NoError(t, err)
	require.Equal(t, 1, n, "neither the refused nor the replaced are kept")
}

// TestChunkedPassesLimits: a body without a length passes them, as on the real server.
func TestChunkedPassesLimits(t *testing.T) {
	t.Parallel()
	s := withBuckets(t)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+"/object/tmp/a", io.MultiReader(strings.NewReader("more than ten bytes")))
	require.NoError(t, err)
	req.Header.Set("Authorization", "Bearer "+s.Key)
	req.Header.Set("Content-Type", "image/png")
	res, err := http.DefaultTransport.RoundTrip(req)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	require.Equal(t, 200, res.StatusCode)
	require.EqualValues(t, -1, s.Calls()[2].Length)
}

func TestMove(t *testing.T) {
	t.Parallel()
	s := withBuckets(t)
	for _, key := range []string{"a", "b"} {
		require.Equal(t, 200, call(t, s, "POST", "/object/tmp/"+key, key, "Content-Type", "image/png").status)
	}
	move := func(body string) reply { return call(t, s, "POST", "/object/move", body) }
	before := call(t, s, "GET", "/object/info/tmp/a", "").json
	require.Equal(t, 200, move(`{"bucketId":"tmp","sourceKey":"a","destinationBucket":"final","destinationKey":"x"}`).status)
	after := call(t, s, "GET", "/object/info/final/x", "").json
	for _, same := range []string{"id", "size", "content_type", "created_at"} {
		require.Equal(t, before[same], after[same], same)
	}
	require.NotEqual(t, before["version"], after["version"])
	move(`{"bucketId":"tmp","sourceKey":"a","destinationBucket":"final","destinationKey":"x"}`).requireFault(t, 400, "404", "NoSuchKey")
	move(`{"bucketId":"tmp","sourceKey":"b","destinationBucket":"final","destinationKey":"x"}`).requireFault(t, 400, "409", "ResourceAlreadyExists")
	move(`{"bucketId":"tmp","sourceKey":"b","destinationBucket":"gone","destinationKey":"x"}`).requireFault(t, 400, "404", "InvalidRequest")
	require.Equal(t, 200, move(`{"bucketId":"tmp","sourceKey":"b","destinationKey":"b"}`).status, "onto itself")
	require.Equal(t, "a", call(t, s, "GET", "/object/final/x", "").body)
	require.Equal(t, "b", call(t, s, "GET", "/object/tmp/b", "").body)
}

func TestListAndRemove(t *testing.T) {
	t.Parallel()
	s := withBuckets(t)
	for _, key := range []string{"p/a", "p/b", "p/c", "q"} {
		require.Equal(t, 200, call(t, s, "POST", "/object/final/"+key, key).status)
	}
	first := call(t, s, "POST", "/object/list-v2/final", `{"prefix":"p/","limit":2}`)
	require.Equal(t, true, first.json["hasNext"])
	require.Equal(t, "p/b", first.json["nextCursorKey"])
	rest := call(t, s, "POST", "/object/list-v2/final", `{"prefix":"p/","limit":2,"cursor":"`+first.json["nextCursor"].(string)+`"}`)
	require.Equal(t, false, rest.json["hasNext"])
	require.Len(t, rest.json["objects"], 1)
	call(t, s, "POST", "/object/list-v2/final", `{"cursor":"?"}`).requireFault(t, 400, "400", "InvalidParameter")
	require.Empty(t, call(t, s, "POST", "/object/list-v2/gone", `{}`).json["objects"])

	gone := call(t, s, "DELETE", "/object/final", `{"prefixes":["p/a","p","absent","q"]}`)
	require.Equal(t, 200, gone.status)
	require.Equal(t, 2, strings.Count(gone.body, `"name"`))
	require.Equal(t, "[]", call(t, s, "DELETE", "/object/gone", `{"prefixes":["p/a"]}`).body)
	call(t, s, "DELETE", "/object/final", `{"prefixes":[]}`).requireFault(t, 400, "400", "InvalidRequest")
	require.Equal(t, 2, s.Objects())
	call(t, s, "DELETE", "/bucket/final", "").requireFault(t, 400, "409", "ResourceNotEmpty")
	require.Equal(t, 200, call(t, s, "DELETE", "/bucket/tmp", "").status)
	call(t, s, "DELETE", "/bucket/tmp", "").requireFault(t, 400, "404", "NoSuchBucket")
}

func TestSign(t *testing.T) {
	t.Parallel()
	s := withBuckets(t)
	call(t, s, "POST", "/object/final/a", "0123456789")
	call(t, s, "POST", "/object/sign/final/x", `{"expiresIn":60}`).requireFault(t, 400, "404", "NoSuchKey")
	call(t, s, "POST", "/object/sign/final/a", `{"expiresIn":0}`).requireFault(t, 400, "400", "InvalidRequest")
	path, _ := call(t, s, "POST", "/object/sign/final/a", `{"expiresIn":60}`).json["signedURL"].(string)
	got := call(t, s, "GET", path, "", "Authorization", "", "Range", "bytes=1-2")
	require.Equal(t, 206, got.status)
	require.Equal(t, "12", got.body)
	call(t, s, "GET", strings.Replace(path, "final/a", "final/b", 1), "").requireFault(t, 400, "400", "InvalidSignature")
	call(t, s, "GET", path+"x", "").requireFault(t, 400, "400", "InvalidJWT")
	s.Advance(time.Minute)
	call(t, s, "GET", path, "").requireFault(t, 400, "400", "InvalidJWT")
}

func TestFaults(t *testing.T) {
	t.Parallel()
	s := withBuckets(t)
	call(t, s, "POST", "/object/final/a", "0123456789")
	s.FailNext(supabase.OpInfo, supabase.TooMany, supabase.Internal, supabase.BadGateway, supabase.NotStorage, supabase.Empty)
	for _, want := range []int{429, 500, 502, 404, 200} {
		got := call(t, s, "GET", "/object/info/final/a", "")
		require.Equal(t, want, got.status)
		require.NotContains(t, got.body, `"id"`)
	}
	require.Equal(t, 200, call(t, s, "GET", "/object/info/final/a", "").status, "only as many as were asked for")

	for _, f := range []supabase.Fault{supabase.Reset, supabase.ResetMidway, supabase.HalfBody} {
		s.Inject(func(supabase.Call) supabase.Fault { return f })
		_, err := try(t, s, "POST", "/object/list-v2/final", `{}`)
		require.Error(t, err)
	}
	s.FailNext(supabase.OpMove, supabase.LostReply)
	_, err := try(t, s, "POST", "/object/move", `{"bucketId":"final","sourceKey":"a","destinationKey":"b"}`)
	require.Error(t, err)
	require.Equal(t, "0123456789", call(t, s, "GET", "/object/final/b", "").body, "it was done all the same")
}
