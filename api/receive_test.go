package api

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"safelight/models"
	"safelight/storage"
)

func TestAnUploadIsTakenIn(t *testing.T) {
	t.Parallel()
	u := newUploadBench(t)
	me, token := u.user(models.RoleUser, models.StatusActive)
	mine := u.file(me.ID, []byte("x"))
	content := jpegBytes(200_000)
	tests := map[string]struct {
		parts   []string
		chunks  bool
		name    string
		fileID  string
		headers []string
	}{
		"plain":              {parts: []string{"file:cat.jpg=" + content}, name: "cat.jpg"},
		"in chunks":          {parts: []string{"file:cat.jpg=" + content}, chunks: true, name: "cat.jpg"},
		"with a name":        {parts: []string{"name=Müsli \u202egpj.jpg", "file:cat.jpg=" + content}, name: "Müsli gpj.jpg"},
		"with an empty name": {parts: []string{"name=", "file:cat.jpg=" + content}, name: "cat.jpg"},
		"without any name":   {parts: []string{"file=" + content}, name: "image"},
		"name of a folder":   {parts: []string{`file:C:\pictures\cat.jpg=` + content}, name: "cat.jpg"},
		"next version":       {parts: []string{"fileId=" + mine.ID, "file:b.jpg=" + content}, name: "b.jpg", fileID: mine.ID},
		"asked to go on":     {parts: []string{"file:cat.jpg=" + content}, name: "cat.jpg", headers: []string{"Expect: 100-continue"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, body := u.dial(), form(tt.parts...)
			if tt.chunks {
				require.NoError(t, c.send(head(token, -1), chunked(body), "0\r\n\r\n"))
			} else {
				require.NoError(t, c.send(head(token, int64(len(body)), tt.headers...), body))
			}
			if tt.headers != nil {
				require.Equal(t, http.StatusContinue, c.receive().Status)
			}
			a := c.receive()
			require.Equal(t, http.StatusAccepted, a.Status, "%s", a.Body)
			var v uploadView
			a.into(&v)
			require.Equal(t, "/api/v1/uploads/"+v.ID, a.Header.Get("Location"))
			sum := sha256.Sum256([]byte(content))
			require.Equal(t, hex.EncodeToString(sum[:]), *v.SHA256)
			require.Equal(t, int64(len(content)), v.Size)
			require.Equal(t, "image/jpeg", *v.MIMEType)
			require.Equal(t, tt.name, v.Name)
			require.Equal(t, models.UploadProcessing, v.State)
			row, err := u.uploads.UploadByID(t.Context(), models.Scope{Any: true}, v.ID)
			require.NoError(t, err)
			if tt.fileID != "" {
				require.Equal(t, tt.fileID, *row.TargetFileID)
			}
			info, err := u.store.Stat(t.Context(), storage.OriginalRef(v.ID))
			require.NoError(t, err)
			require.Equal(t, int64(len(content)), info.Size)

			// Nothing of the form is left on the connection.
			require.NoError(t, c.send("GET /api/v1/me HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer "+token+"\r\n\r\n"))
			require.Equal(t, http.StatusOK, c.receive().Status)
		})
	}
}

func TestAnUploadShowsTheContractsFields(t *testing.T) {
	t.Parallel()
	u := newUploadBench(t)
	_, token := u.user(models.RoleUser, models.StatusActive)
	c, body := u.dial(), form("file:cat.jpg="+jpegBytes(600))
	require.NoError(t, c.send(head(token, int64(len(body))), body))
	var v map[string]any
	c.receive().into(&v)
	keys := make([]string, 0, len(v))
	for k := range v {
		keys = append(keys, k)
	}
	require.ElementsMatch(t, strings.Fields(`id name size sha256 mimeType state percent steps outcome rejection fileId
		versionNumber duplicateOf storedSize workflowId seq createdAt finishedAt`), keys)
	steps, ok := v["steps"].([]any)
	require.True(t, ok)
	require.Len(t, steps, 6)
	raw, err := json.Marshal(steps[0])
	require.NoError(t, err)
	require.JSONEq(t, `{"name":"scan","state":"pending","attempt":0,"startedAt":null,"finishedAt":null,"message":null}`, string(raw))
}

func TestBadUploadsAreAnsweredAndLeaveNothing(t *testing.T) {
	t.Parallel()
	picture := jpegBytes(100_000)
	tests := map[string]struct {
		body    string
		headers []string
		code    Code
		says    string
	}{
		"no file part":        {body: form("name=cat.jpg"), code: CodeMissingFile},
		"no part":             {body: "--B--\r\n", code: CodeMissingFile},
		"no byte":             {body: "", code: CodeMissingFile},
		"empty file":          {body: form("file:cat.jpg="), code: CodeEmptyFile},
		"an SVG":              {body: form("file:cat.jpg=<svg xmlns='http://www.w3.org/2000/svg'/>"), code: CodeUnsupportedMedia, says: "image/jpeg, image/png"},
		"text":                {body: form("file:cat.jpg=hello"), code: CodeUnsupportedMedia},
		"5,000 characters":    {body: form("name="+strings.Repeat("n", 5000), "file:cat.jpg="+picture), code: CodeNameTooLong, says: "255"},
		"40,000 characters":   {body: form("name="+strings.Repeat("n", 40_000), "file:cat.jpg="+picture), code: CodeNameTooLong},
		"a long file name":    {body: form("file:" + strings.Repeat("n", 5000) + "=" + picture), code: CodeNameTooLong},
		"endless fields":      {body: form("name="+strings.Repeat("n", 30_000), "name="+strings.Repeat("n", 30_000), "name="+strings.Repeat("n", 30_000), "file:c="+picture), code: CodeMalformedBody},
		"name climbs":         {body: form("name=../../etc/passwd", "file:cat.jpg="+picture), code: CodeValidation, says: "body.name"},
		"name climbs back":    {body: form(`name=..\x`, "file:cat.jpg="+picture), code: CodeValidation},
		"file name climbs":    {body: form("file:../cat.jpg=" + picture), code: CodeValidation, says: "body.file"},
		"unknown part":        {body: form("album=x", "file:cat.jpg="+picture), code: CodeValidation, says: "body.album"},
		"field behind file":   {body: form("file:cat.jpg="+picture, "fileId=x"), code: CodeValidation, says: "body.fileId"},
		"two files":           {body: form("file:cat.jpg="+picture, "file:dog.jpg="+picture), code: CodeValidation, says: "body.file"},
		"unknown fileId":      {body: form("fileId=0190d5c2-7b1e-7c3a-9f00-000000000009", "file:cat.jpg="+picture), code: CodeNotFound, says: "fileId"},
		"fileId that is none": {body: form("fileId="+strings.Repeat("x", 40_000), "file:cat.jpg="+picture), code: CodeNotFound},
		"garbage":             {body: strings.Repeat("garbage ", 2000), code: CodeMalformedBody},
		"small garbage":       {body: "garbage", code: CodeUploadInterrupted},
		"bad part header":     {body: "--B\r\nno colon\r\n\r\nx\r\n--B--\r\n", code: CodeMalformedBody},
		"too large by one":    {body: form("file:cat.jpg=" + jpegBytes(uploadLimit+1)), code: CodeTooLarge, says: "1 MiB (1048576 bytes)"},
		"far too large":       {body: form("file:cat.jpg=" + jpegBytes(2*uploadLimit)), code: CodeTooLarge, says: "1 MiB"},
		"not a form":          {body: picture, headers: []string{"Content-Type: image/jpeg"}, code: CodeUnsupportedMedia, says: "multipart/form-data"},
		"no boundary":         {body: picture, headers: []string{"Content-Type: multipart/form-data"}, code: CodeMalformedBody, says: "boundary"},
		"a key too long":      {body: form("file:c=" + picture), headers: []string{"Idempotency-Key: " + strings.Repeat("k", 256)}, code: CodeValidation, says: "Idempotency-Key"},
		"a key unprintable":   {body: form("file:c=" + picture), headers: []string{"Idempotency-Key: käse"}, code: CodeValidation},
		"an empty key":        {body: form("file:c=" + picture), headers: []string{"Idempotency-Key: "}, code: CodeValidation},
	}
	for name, tt := range tests {
		for _, chunks := range []bool{false, true} {
			t.Run(name+map[bool]string{true: " in chunks"}[chunks], func(t *testing.T) {
				t.Parallel()
				u := newUploadBench(t)
				_, token := u.user(models.RoleUser, models.StatusActive)
				c, length, body := u.dial(), int64(len(tt.body)), tt.body
				if chunks {
					length, body = -1, chunked(tt.body)+"0\r\n\r\n"
				}
				start := head(token, length, tt.headers...)
				if len(tt.headers) > 0 && strings.HasPrefix(tt.headers[0], "Content-Type") {
					start = strings.Replace(start, "Content-Type: "+multipartB+"\r\n", "", 1)
				}
				require.NoError(t, c.send(start, body))
				a := c.receive()
				a.problem(tt.code)
				require.Contains(t, string(a.Body), tt.says)
				u.nothingLeft()
			})
		}
	}
}

func TestFileIDsOfOthersAndFromTheTrash(t *testing.T) {
	t.Parallel()
	u := newUploadBench(t)
	me, token := u.user(models.RoleUser, models.StatusActive)
	other, _ := u.user(models.RoleUser, models.StatusActive)
	theirs, mine := u.file(other.ID, []byte("x")), u.file(me.ID, []byte("x"))
	_, err := u.rows.TrashFile(t.Context(), models.Scope{OwnerID: me.ID}, mine.ID)
	require.NoError(t, err)
	for id, code := range map[string]Code{theirs.ID: CodeNotFound, mine.ID: CodeFileTrashed} {
		c, body := u.dial(), form("fileId="+id, "file:cat.jpg="+jpegBytes(600))
		require.NoError(t, c.send(head(token, int64(len(body))), body))
		c.receive().problem(code)
	}
	u.nothingLeft()
	u.uploads.quota = 100
	c, body := u.dial(), form("file:cat.jpg="+jpegBytes(600))
	require.NoError(t, c.send(head(token, int64(len(body))), body))
	c.receive().problem(CodeQuotaExceeded)
}

func TestACutUploadLeavesNothing(t *testing.T) {
	t.Parallel()
	whole := form("name=cat", "file:cat.jpg="+jpegBytes(300_000))
	for name, at := range map[string]int{
		"in the fields": 40, "in the head": 250, "in the file": 150_000, "before the last boundary": len(whole) - 20,
	} {
		for _, chunks := range []bool{false, true} {
			t.Run(name+map[bool]string{true: " in chunks"}[chunks], func(t *testing.T) {
				t.Parallel()
				u := newUploadBench(t)
				_, token := u.user(models.RoleUser, models.StatusActive)
				c := u.dial()
				if chunks {
					require.NoError(t, c.send(head(token, -1), chunked(whole[:at])))
				} else {
					require.NoError(t, c.send(head(token, int64(len(whole))), whole[:at]))
				}
				closer, ok := c.Conn.(interface{ CloseWrite() error })
				require.True(t, ok)
				require.NoError(t, closer.CloseWrite())
				a := c.receive()
				require.Equal(t, http.StatusBadRequest, a.Status, "%s", a.Body)
				u.nothingLeft()
			})
		}
	}
}

func TestAClientThatLeavesLeavesNothing(t *testing.T) {
	t.Parallel()
	u := newUploadBench(t)
	_, token := u.user(models.RoleUser, models.StatusActive)
	body := form("file:cat.jpg=" + jpegBytes(900_000))
	c := u.dial()
	require.NoError(t, c.send(head(token, int64(len(body))), body[:600_000]))
	require.Eventually(t, func() bool { return u.uploads.count() == 1 }, 5*time.Second, time.Millisecond)
	require.NoError(t, c.Close())
	u.nothingLeft()
}

// What is announced is refused before it is sent, whether the client waits for
// the answer, reads it while sending, or sends everything first.
func TestAnAnswerReachesAClientThatSendsTooMuch(t *testing.T) {
	t.Parallel()
	u := newUploadBench(t)
	_, token := u.user(models.RoleUser, models.StatusActive)
	start := form("file:cat.jpg=" + jpegBytes(20_000))
	t.Run("one that waits", func(t *testing.T) {
		t.Parallel()
		c := u.dial()
		require.NoError(t, c.send(head(token, 3<<30), start))
		c.receive().problem(CodeTooLarge)
		_, err := c.in.ReadByte()
		require.ErrorIs(t, err, io.EOF, "the connection is of no use any more")
	})
	t.Run("one that reads while it sends", func(t *testing.T) {
		t.Parallel()
		c := u.dial()
		sent := make(chan error, 1)
		go func() { sent <- c.send(head(token, 3<<30), io.LimitReader(zeros{}, 3<<30)) }()
		c.receive().problem(CodeTooLarge)
		require.NoError(t, c.Close())
		require.Error(t, <-sent)
	})
	for name, bearer := range map[string]string{"too large": token, "not signed in": "nobody"} {
		t.Run("one that sends first, "+name, func(t *testing.T) {
			t.Parallel()
			c := u.dial()
			require.NoError(t, c.send(head(bearer, 60<<20), io.LimitReader(zeros{}, 60<<20)))
			a := c.receive()
			if bearer == token {
				a.problem(CodeTooLarge)
			} else {
				a.problem(CodeUnauthenticated)
			}
		})
	}
	t.Run("one that does not say how much", func(t *testing.T) {
		t.Parallel()
		c := u.dial()
		piece := chunked(strings.Repeat("x", 100_000))
		require.NoError(t, c.send(head(token, -1), chunked(start[:20_100])))
		for range 100 {
			require.NoError(t, c.send(piece))
		}
		c.receive().problem(CodeTooLarge)
	})
	u.nothingLeft()
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// Bytes that a refused request has left must not be read as the next one.
func TestARefusedBodyIsNotTheNextRequest(t *testing.T) {
	t.Parallel()
	u := newUploadBench(t)
	_, token := u.user(models.RoleUser, models.StatusActive)
	smuggled := "GET /api/v1/files HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + token + "\r\n\r\n"
	for _, padding := range []int{0, 20_000} {
		c, body := u.dial(), strings.Repeat("x", padding)+smuggled
		start := strings.Replace(head(token, int64(len(body))), multipartB, "text/plain", 1)
		require.NoError(t, c.send(start, body))
		c.receive().problem(CodeUnsupportedMedia)
		if padding == 0 { // it was all there: the connection goes on with the next request
			require.NoError(t, c.send("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"))
			require.NotContains(t, string(c.receive().Body), "items")
			continue
		}
		require.NoError(t, c.Conn.(interface{ CloseWrite() error }).CloseWrite()) //nolint:forcetypeassert // a TCP connection
		rest, err := io.ReadAll(c.in)
		require.NoError(t, err)
		require.Empty(t, rest)
	}
}

func TestASlowClientLosesItsPlace(t *testing.T) {
	t.Parallel()
	body := form("file:cat.jpg=" + jpegBytes(300_000))
	tests := map[string]struct {
		pace uploadPace
		send func(c *connection) error
	}{
		"one that stands still": {
			uploadPace{idle: 50 * time.Millisecond, grace: time.Hour, rate: 1, total: time.Hour, rest: time.Millisecond},
			func(c *connection) error { return c.send(body[:200_000]) },
		},
		"one that trickles": {
			uploadPace{idle: time.Hour, grace: 50 * time.Millisecond, rate: 10 << 20, total: time.Hour, rest: time.Millisecond},
			trickle(body),
		},
		"one that goes on for ever": {
			uploadPace{idle: time.Hour, grace: time.Hour, rate: 1, total: 100 * time.Millisecond, rest: time.Millisecond},
			trickle(body),
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			u := newUploadBench(t, func(d *Deps) { d.Uploads.pace = tt.pace })
			_, token := u.user(models.RoleUser, models.StatusActive)
			c := u.dial()
			require.NoError(t, c.send(head(token, int64(len(body))), body[:20_000]))
			sent := make(chan error, 1)
			go func() { sent <- tt.send(c) }()
			c.receive().problem(CodeTimeout)
			u.nothingLeft()
			require.NoError(t, c.Close())
			<-sent
		})
	}
}

func trickle(body string) func(c *connection) error {
	return func(c *connection) error {
		for i := 20_000; i < len(body); i++ {
			if err := c.send(body[i : i+1]); err != nil {
				return err
			}
			time.Sleep(5 * time.Millisecond)
		}
		return os.ErrClosed
	}
}

func TestTheSameKeyIsTheSameUpload(t *testing.T) {
	t.Parallel()
	u := newUploadBench(t)
	_, token := u.user(models.RoleUser, models.StatusActive)
	_, stranger := u.user(models.RoleUser, models.StatusActive)
	body := form("file:cat.jpg=" + jpegBytes(300_000))
	ids := map[string]bool{}
	for _, who := range []string{token, token, stranger} {
		c := u.dial()
		require.NoError(t, c.send(head(who, int64(len(body)), "Idempotency-Key: once"), body))
		a := c.receive()
		require.Equal(t, http.StatusAccepted, a.Status, "%s", a.Body)
		var v uploadView
		a.into(&v)
		ids[v.ID] = true
	}
	require.Len(t, ids, 2, "one for each user")
	require.Equal(t, 2, u.uploads.count())
}
