package api

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"safelight/internal/intake"
	"safelight/models"
)

// fakeTus is resumable uploads as the handlers see them: it answers with what a
// test has set, and keeps what it was asked.
type fakeTus struct {
	uploads *quietUploads
	up      models.TusUpload // what is answered, where it has an id
	err     error
	begun   intake.TusRequest
	chunk   intake.Chunk
	body    []byte
	dropped []string
}

func (f *fakeTus) answer(ownerID, id string) (models.TusUpload, error) {
	if f.err != nil {
		return models.TusUpload{}, f.err
	}
	if f.up.ID != "" {
		return f.up, nil
	}
	up, err := f.uploads.UploadByID(context.Background(), models.Scope{OwnerID: ownerID}, id)
	return models.TusUpload{Upload: up}, err
}

func (f *fakeTus) Create(_ context.Context, req intake.TusRequest) (models.TusUpload, error) {
	f.begun = req
	if f.up.ID != "" {
		return f.up, nil
	}
	return models.TusUpload{Upload: models.Upload{ID: uuid.NewString(), OwnerID: req.OwnerID, State: models.UploadReceiving}}, f.err
}

func (f *fakeTus) Write(_ context.Context, c intake.Chunk) (models.TusUpload, error) {
	f.chunk = c
	body, err := io.ReadAll(c.Body)
	f.body = body
	if f.err == nil && err != nil && f.up.ID != "" {
		return models.TusUpload{}, &intake.BodyError{Err: err}
	}
	if c.Offset == 0 && f.up.ID == "" && f.uploads.rows[c.UploadID].ID == "" && f.begun.OwnerID != "" {
		return models.TusUpload{Upload: models.Upload{ID: c.UploadID}}, f.err
	}
	return f.answer(c.OwnerID, c.UploadID)
}

func (f *fakeTus) Look(_ context.Context, ownerID, id string) (models.TusUpload, error) {
	return f.answer(ownerID, id)
}

func (f *fakeTus) Terminate(_ context.Context, ownerID, id string) error {
	_, err := f.answer(ownerID, id)
	return err
}

func (f *fakeTus) Drop(_ context.Context, id string) { f.dropped = append(f.dropped, id) }
func (f *fakeTus) Clear(context.Context, string)     {}

const tusPath = Prefix + "/uploads/tus/"

// tus sends a request of the protocol; pairs are names and values of headers.
func (b *bench) tusAsk(method, target, token, body string, pairs ...string) answer {
	b.t.Helper()
	edits := []func(*http.Request){header("Tus-Resumable", "1.0.0")}
	if body != "" {
		edits = append(edits, header("Content-Type", tusType))
	}
	for i := 0; i < len(pairs); i += 2 {
		edits = append(edits, header(pairs[i], pairs[i+1]))
	}
	var content any
	if body != "" {
		content = body
	}
	a := b.ask(method, target, token, content, edits...)
	require.Equal(b.t, "1.0.0", a.Header.Get("Tus-Resumable"), "on every answer")
	return a
}

func encoded(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }

func openTusBench(t *testing.T) (*bench, string) {
	t.Helper()
	b := newBench(t, func(d *Deps) { d.Events.Closing = make(chan struct{}) })
	_, token := b.user(models.RoleUser, models.StatusActive)
	return b, token
}

func TestTusSaysWhatItSpeaks(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	a := b.ask(http.MethodOptions, tusPath, "", nil)
	require.Equal(t, http.StatusNoContent, a.Status)
	require.Equal(t, "1.0.0", a.Header.Get("Tus-Version"))
	require.Equal(t, "creation,creation-with-upload,creation-defer-length,termination,checksum,expiration", a.Header.Get("Tus-Extension"))
	require.Equal(t, "52428800", a.Header.Get("Tus-Max-Size"))
	require.Equal(t, "sha1,sha256", a.Header.Get("Tus-Checksum-Algorithm"))
}

func TestTusSpeaksOneVersion(t *testing.T) {
	t.Parallel()
	b, token := openTusBench(t)
	for _, version := range []string{"", "0.2.2", "1.0", "2.0.0"} {
		for method, path := range map[string]string{"POST": "", "HEAD": "x", "PATCH": "x", "DELETE": "x"} {
			a := b.ask(method, tusPath+path, token, nil, header("Tus-Resumable", version))
			require.Equal(t, http.StatusPreconditionFailed, a.Status, "%s with %q", method, version)
			require.Equal(t, "1.0.0", a.Header.Get("Tus-Version"))
			require.Equal(t, "1.0.0", a.Header.Get("Tus-Resumable"))
			if method != "HEAD" {
				a.problem(CodeTusVersion)
			}
		}
	}
	b.tusAsk(http.MethodHead, tusPath+"x", "", "") // nobody: it says so of that answer too
}

func TestBeginningATusUpload(t *testing.T) {
	t.Parallel()
	expires := time.Date(2031, 2, 3, 4, 5, 6, 0, time.UTC)
	tests := map[string]struct {
		headers []string
		code    Code
		says    string
		want    intake.TusRequest
	}{
		"plain":            {headers: []string{"Upload-Length", "100"}, want: intake.TusRequest{Name: "image", Total: ptr(int64(100))}},
		"with a name":      {headers: []string{"Upload-Length", "1", "Upload-Metadata", "filename " + encoded("Müsli.jpg") + ",filetype " + encoded("x") + ", secret"}, want: intake.TusRequest{Name: "Müsli.jpg", Total: ptr(int64(1))}},
		"next version":     {headers: []string{"Upload-Length", "1", "Upload-Metadata", "fileId " + encoded("abc")}, want: intake.TusRequest{Name: "image", FileID: "abc", Total: ptr(int64(1))}},
		"length later":     {headers: []string{"Upload-Defer-Length", "1"}, want: intake.TusRequest{Name: "image"}},
		"no length":        {code: CodeValidation, says: "Upload-Length"},
		"both":             {headers: []string{"Upload-Length", "1", "Upload-Defer-Length", "1"}, code: CodeValidation, says: "Upload-Length"},
		"deferred by 2":    {headers: []string{"Upload-Defer-Length", "2"}, code: CodeBadRequest, says: "Upload-Defer-Length"},
		"negative":         {headers: []string{"Upload-Length", "-1"}, code: CodeValidation},
		"signed":           {headers: []string{"Upload-Length", "+1"}, code: CodeValidation},
		"beyond numbers":   {headers: []string{"Upload-Length", "99999999999999999999"}, code: CodeValidation},
		"name climbs":      {headers: []string{"Upload-Length", "1", "Upload-Metadata", "filename " + encoded("../x")}, code: CodeValidation, says: "filename"},
		"a name too long":  {headers: []string{"Upload-Length", "1", "Upload-Metadata", "filename " + encoded(strings.Repeat("n", 300))}, code: CodeNameTooLong},
		"no base64":        {headers: []string{"Upload-Length", "1", "Upload-Metadata", "filename cat.jpg"}, code: CodeValidation, says: "filename"},
		"twice":            {headers: []string{"Upload-Length", "1", "Upload-Metadata", "a YQ==,a YQ=="}, code: CodeValidation, says: "twice"},
		"no key":           {headers: []string{"Upload-Length", "1", "Upload-Metadata", "a YQ==,,b YQ=="}, code: CodeValidation, says: "pairs"},
		"not ASCII":        {headers: []string{"Upload-Length", "1", "Upload-Metadata", "ä YQ=="}, code: CodeValidation, says: "ASCII"},
		"another type":     {headers: []string{"Upload-Length", "1", "Content-Type", "image/jpeg"}, code: CodeUnsupportedMedia, says: tusType},
		"an odd algorithm": {headers: []string{"Upload-Length", "1", "Content-Type", tusType, "Upload-Checksum", "md5 YQ=="}, code: CodeBadRequest, says: "sha256"},
		"half a digest":    {headers: []string{"Upload-Length", "1", "Content-Type", tusType, "Upload-Checksum", "sha1 YQ=="}, code: CodeBadRequest, says: "digest"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, token := openTusBench(t)
			body := ""
			if strings.Contains(strings.Join(tt.headers, " "), "Content-Type") {
				body = "x"
			}
			b.tus.up = models.TusUpload{Upload: models.Upload{ID: "up-1", State: models.UploadReceiving}, ExpiresAt: expires}
			a := b.tusAsk(http.MethodPost, tusPath, token, body, tt.headers...)
			if tt.code != "" {
				p := a.problem(tt.code)
				require.Contains(t, fmt.Sprint(p.Detail, p.Errors), tt.says)
				require.Empty(t, b.tus.begun.OwnerID, "nothing was begun")
				return
			}
			require.Equal(t, http.StatusCreated, a.Status, "%s", a.Body)
			require.Equal(t, tusPath+"up-1", a.Header.Get("Location"))
			require.Equal(t, "Mon, 03 Feb 2031 04:05:06 GMT", a.Header.Get("Upload-Expires"))
			require.Empty(t, a.Header.Get("Upload-Offset"))
			require.Empty(t, a.Header.Get("Safelight-Upload-Id"))
			require.NotEmpty(t, b.tus.begun.OwnerID)
			tt.want.OwnerID, tt.want.Metadata = b.tus.begun.OwnerID, b.tus.begun.Metadata
			require.Equal(t, tt.want, b.tus.begun)
		})
	}
}

func TestTheFirstBytesMayComeAlong(t *testing.T) {
	t.Parallel()
	b, token := openTusBench(t)
	b.tus.up = models.TusUpload{Upload: models.Upload{ID: "up-1", State: models.UploadProcessing, SHA256: "abc"}, Received: 5}
	a := b.tusAsk(http.MethodPost, tusPath, token, "12345", "Upload-Length", "5")
	require.Equal(t, http.StatusCreated, a.Status, "%s", a.Body)
	require.Equal(t, "5", a.Header.Get("Upload-Offset"))
	require.Equal(t, "up-1", a.Header.Get("Safelight-Upload-Id"))
	require.Empty(t, a.Header.Get("Upload-Expires"))
	require.Equal(t, "12345", string(b.tus.body))
	require.Equal(t, int64(5), b.tus.chunk.Announced)
	require.Equal(t, "up-1", b.tus.chunk.UploadID)

	b.tus.err = models.ErrUnsupportedMedia
	b.tusAsk(http.MethodPost, tusPath, token, "12345", "Upload-Length", "5").problem(CodeUnsupportedMedia)
	require.Equal(t, []string{"up-1"}, b.tus.dropped, "its client would not know where to go on")
}

func TestContinuingATusUpload(t *testing.T) {
	t.Parallel()
	b, token := openTusBench(t)
	b.tus.up = models.TusUpload{Upload: models.Upload{ID: "up-1", State: models.UploadReceiving}, Received: 12}
	sum := sha256.Sum256([]byte("12345"))
	send := func(method string) answer {
		return b.tusAsk(method, tusPath+"up-1", token, "12345", "Upload-Offset", "7", "Upload-Length", "12", "X-HTTP-Method-Override", "PATCH",
			"Upload-Checksum", "sha256 "+base64.StdEncoding.EncodeToString(sum[:]))
	}
	for _, method := range []string{http.MethodPatch, http.MethodPost} {
		a := send(method)
		require.Equal(t, http.StatusNoContent, a.Status, "%s", a.Body)
		require.Equal(t, "12", a.Header.Get("Upload-Offset"))
		require.NotEmpty(t, a.Header.Get("Upload-Expires"))
		require.Empty(t, a.Header.Get("Safelight-Upload-Id"))
		require.Equal(t, int64(7), b.tus.chunk.Offset)
		require.Equal(t, int64(12), *b.tus.chunk.Total)
		require.Equal(t, sum[:], b.tus.chunk.Checksum.Digest)
		require.Equal(t, "12345", string(b.tus.body))
	}
	b.tusAsk(http.MethodPatch, tusPath+"up-1", token, "12345").problem(CodeValidation)
	b.tusAsk(http.MethodPatch, tusPath+"up-1", token, "12345", "Upload-Offset", "x").problem(CodeValidation)
	b.tusAsk(http.MethodPatch, tusPath+"up-1", token, "12345", "Upload-Offset", "0", "Content-Type", "text/plain").problem(CodeUnsupportedMedia)
	b.tusAsk(http.MethodPatch, tusPath+"up-1", token, "", "Upload-Offset", "0").problem(CodeUnsupportedMedia)
	b.tusAsk(http.MethodPost, tusPath+"up-1", token, "12345").problem(CodeMethodNotAllowed)
	b.tusAsk(http.MethodPatch, tusPath+"up-1", token, strings.Repeat("x", 51<<20), "Upload-Offset", "0").problem(CodeTooLarge)
}

func TestTusFailuresAreAnsweredAsTheProtocolSays(t *testing.T) {
	t.Parallel()
	tests := []struct {
		err    error
		status int
		code   Code
	}{
		{models.ErrNotFound, 404, CodeNotFound},
		{models.ErrGone, 410, CodeGone},
		{models.ErrWrongOffset, 409, CodeWrongOffset},
		{models.ErrConflict, 409, CodeConflict},
		{models.ErrFileTrashed, 409, CodeFileTrashed},
		{models.ErrLocked, 423, CodeLocked},
		{&intake.BodyError{Err: models.ErrLocked}, 423, CodeLocked},
		{models.ErrChecksum, 460, CodeChecksum},
		{models.ErrTooLarge, 413, CodeTooLarge},
		{models.ErrTooManyParts, 413, CodeTooManyParts},
		{models.ErrUnsupportedMedia, 415, CodeUnsupportedMedia},
		{models.ErrEmptyFile, 422, CodeEmptyFile},
		{models.ErrTooManyUploads, 429, CodeTooManyUploads},
		{models.ErrQuotaExceeded, 507, CodeQuotaExceeded},
		{&intake.BodyError{Err: models.ErrUnavailable}, 503, CodeUnavailable},
		{&intake.BodyError{Err: os.ErrDeadlineExceeded}, 408, CodeTimeout},
		{&intake.BodyError{Err: io.ErrUnexpectedEOF}, 400, CodeUploadInterrupted},
		{errBoom, 500, CodeInternal},
	}
	for _, tt := range tests {
		b, token := openTusBench(t)
		b.tus.err = fmt.Errorf("write: %w", tt.err)
		a := b.tusAsk(http.MethodPatch, tusPath+"up-1", token, "12345", "Upload-Offset", "0")
		require.Equal(t, tt.status, a.Status, "%v", tt.err)
		a.problem(tt.code)
		switch tt.status {
		case http.StatusNotFound, http.StatusGone, http.StatusLocked, http.StatusServiceUnavailable, http.StatusInternalServerError:
			require.Equal(t, tt.status, b.tusAsk(http.MethodHead, tusPath+"up-1", token, "").Status)
		}
	}
	b, token := openTusBench(t)
	b.tus.err = models.ErrAlreadyFinished
	b.tusAsk(http.MethodDelete, tusPath+"up-1", token, "").problem(CodeAlreadyFinished)
}

func TestAskingForTheOffset(t *testing.T) {
	t.Parallel()
	b, token := openTusBench(t)
	b.tus.up = models.TusUpload{Upload: models.Upload{ID: "up-1", State: models.UploadReceiving}, Received: 5, Metadata: "a YQ=="}
	a := b.tusAsk(http.MethodHead, tusPath+"up-1", token, "")
	require.Equal(t, http.StatusOK, a.Status)
	require.Equal(t, "5", a.Header.Get("Upload-Offset"))
	require.Equal(t, "1", a.Header.Get("Upload-Defer-Length"))
	require.Equal(t, "a YQ==", a.Header.Get("Upload-Metadata"))
	require.Equal(t, "no-store", a.Header.Get("Cache-Control"))
	require.NotEmpty(t, a.Header.Get("Upload-Expires"))

	b.tus.up = models.TusUpload{Upload: models.Upload{ID: "up-1", State: models.UploadDone, SHA256: "abc"}, Received: 5, Total: ptr(int64(5))}
	a = b.tusAsk(http.MethodPost, tusPath+"up-1", token, "", "X-HTTP-Method-Override", "HEAD")
	require.Equal(t, http.StatusOK, a.Status)
	require.Equal(t, "5", a.Header.Get("Upload-Length"))
	require.Equal(t, "up-1", a.Header.Get("Safelight-Upload-Id"))
	require.Empty(t, a.Header.Get("Upload-Expires"))
	require.Empty(t, a.Header.Get("Upload-Defer-Length"))
	require.Equal(t, http.StatusNoContent, b.tusAsk(http.MethodDelete, tusPath+"up-1", token, "").Status)
}

// A cookie rides along with requests that another site makes; those that change
// something are refused, by whatever method they say they are.
func TestTusByCookieIsForOwnPages(t *testing.T) {
	t.Parallel()
	b, token := openTusBench(t)
	b.tus.up = models.TusUpload{Upload: models.Upload{ID: "up-1"}}
	for _, method := range []string{http.MethodPost, http.MethodPatch, http.MethodDelete} {
		b.ask(method, tusPath+"up-1", "", nil, cookie("safelight_access", token), header("Tus-Resumable", "1.0.0"),
			header("Origin", "https://evil.example"), header("X-HTTP-Method-Override", "DELETE")).problem(CodeCrossOrigin)
	}
}
