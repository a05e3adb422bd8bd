package api

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"safelight/models"
	"safelight/storage"
)

func TestManyFilesAtOnce(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	user, token := b.user(models.RoleUser, models.StatusActive)
	other, _ := b.user(models.RoleUser, models.StatusActive)
	mine, second, theirs := b.file(user.ID, []byte(digits)).ID, b.file(user.ID, []byte(digits)).ID, b.file(other.ID, []byte(digits)).ID
	change := func(action string, ids ...string) (string, answer) {
		a := b.ask(http.MethodPost, "/api/v1/files/bulk", token, map[string]any{"action": action, "ids": ids})
		require.Equal(t, http.StatusOK, a.Status, "%s", a.Body)
		return string(a.Body), a
	}
	body, _ := change("trash", mine, theirs, "no id", mine)
	require.JSONEq(t, `{"items":[
		{"id":"`+mine+`","ok":true,"status":204,"code":null},
		{"id":"`+theirs+`","ok":false,"status":404,"code":"not_found"},
		{"id":"no id","ok":false,"status":404,"code":"not_found"}]}`, body)
	require.NotNil(t, b.rows.files[mine].TrashedAt)
	require.Nil(t, b.rows.files[theirs].TrashedAt)

	b.rows.over = true
	body, _ = change("restore", mine)
	require.JSONEq(t, `{"items":[{"id":"`+mine+`","ok":false,"status":507,"code":"quota_exceeded"}]}`, body)
	b.rows.over = false
	body, _ = change("restore", mine)
	require.JSONEq(t, `{"items":[{"id":"`+mine+`","ok":true,"status":200,"code":null}]}`, body)
	change("delete", mine, second)
	require.Len(t, b.rows.files, 1)

	for name, bad := range map[string]any{
		"body.action": map[string]any{"action": "burn", "ids": []string{mine}},
		"body.ids":    map[string]any{"action": "trash", "ids": []string{}},
	} {
		p := b.ask(http.MethodPost, "/api/v1/files/bulk", token, bad).problem(CodeValidation)
		require.Equal(t, name, p.Errors[0].Location)
	}
	many := make([]string, 501)
	for i := range many {
		many[i] = uuid.NewString()
	}
	for _, target := range []string{"/api/v1/files/bulk", "/api/v1/files/zip"} {
		b.ask(http.MethodPost, target, token, map[string]any{"action": "trash", "ids": many}).problem(CodeValidation)
	}
	_, a := change("trash", many[:500]...)
	require.Contains(t, string(a.Body), many[499])
}

func TestCheckContents(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	user, token := b.user(models.RoleUser, models.StatusActive)
	_, other := b.user(models.RoleAdmin, models.StatusActive)
	file := b.file(user.ID, []byte(digits))
	ask := func(token string, hashes ...string) answer {
		return b.ask(http.MethodPost, "/api/v1/uploads/check", token, map[string][]string{"sha256": hashes})
	}
	have, lack := strings.Repeat("a", 64), strings.Repeat("b", 64)
	require.JSONEq(t, `{"items":[{"sha256":"`+have+`","fileId":"`+file.ID+`","trashed":false}]}`, string(ask(token, have, lack, have).Body))
	require.JSONEq(t, `{"items":[]}`, string(ask(other, have).Body), "not even an admin learns of others' bytes")
	ask(token, "A"+have[1:]).problem(CodeValidation)
	ask(token).problem(CodeValidation)
	most := make([]string, 501)
	for i := range most {
		most[i] = strings.Repeat("0", 60) + strconv.Itoa(1000+i)
	}
	require.Equal(t, http.StatusOK, ask(token, most[:500]...).Status)
	ask(token, most...).problem(CodeValidation)
}

func TestZip(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	user, token := b.user(models.RoleUser, models.StatusActive)
	other, _ := b.user(models.RoleUser, models.StatusActive)
	first, second, theirs := b.file(user.ID, []byte("first")), b.file(user.ID, []byte("second")), b.file(other.ID, []byte("x"))
	zipped := func(ids ...string) answer {
		return b.ask(http.MethodPost, "/api/v1/files/zip", token, map[string][]string{"ids": ids})
	}
	a := zipped(first.ID, second.ID, first.ID)
	require.Equal(t, http.StatusOK, a.Status)
	require.Equal(t, "application/zip", a.Header.Get("Content-Type"))
	require.Regexp(t, `^attachment; filename="safelight-\d{4}-\d\d-\d\d\.zip"`, a.Header.Get("Content-Disposition"))
	archive, err := zip.NewReader(bytes.NewReader(a.Body), int64(len(a.Body)))
	require.NoError(t, err)
	require.Len(t, archive.File, 2)
	for i, want := range []struct{ name, content string }{{"cat.webp", "first"}, {"cat (2).webp", "second"}} {
		entry := archive.File[i]
		require.Equal(t, want.name, entry.Name)
		require.Equal(t, zip.Store, entry.Method)
		require.WithinDuration(t, first.Current.CreatedAt, entry.Modified, time.Minute)
		r, err := entry.Open()
		require.NoError(t, err)
		content, err := io.ReadAll(r)
		require.NoError(t, err)
		require.Equal(t, want.content, string(content))
	}
	zipped(first.ID, theirs.ID).problem(CodeNotFound)
	zipped(first.ID, "no id").problem(CodeNotFound)
}

// A broken archive must not look like a whole one.
func TestAZipThatBreaksOff(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(*bench, models.File){
		"an object is missing": func(b *bench, f models.File) { delete(b.objects.bytes, f.Current.Blob.Variants[0].Key) },
		"an object is shorter": func(b *bench, f models.File) { b.objects.bytes[f.Current.Blob.Variants[0].Key] = []byte("0") },
	} {
		b := newBench(t)
		user, token := b.user(models.RoleUser, models.StatusActive)
		whole, broken := b.file(user.ID, make([]byte, 4<<20)), b.file(user.ID, []byte(digits))
		spoil(b, broken)
		res := postZip(t, served(t, b), token, whole.ID, broken.ID)
		_, err := io.ReadAll(res.Body)
		require.Error(t, err, name)
		require.Contains(t, b.logs.String(), "archive broke off", name)
	}
}

// zeroObjects are objects of any size that cost nothing, and count what is open.
type zeroObjects struct {
	size   int64
	open   atomic.Int64
	served atomic.Int64
	peak   atomic.Uint64
}

func (o *zeroObjects) Open(_ context.Context, ref storage.Ref, _, _ int64) (io.ReadCloser, storage.Info, error) {
	o.open.Add(1)
	return &zeroObject{o: o, left: o.size}, storage.Info{Ref: ref, Size: o.size}, nil
}

type zeroObject struct {
	o    *zeroObjects
	left int64
}

func (z *zeroObject) Read(p []byte) (int, error) {
	if z.left == 0 {
		return 0, io.EOF
	}
	n := int(min(int64(len(p)), z.left))
	z.left -= int64(n)
	if before := z.o.served.Add(int64(n)); before%(16<<20) < int64(n) {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		z.o.peak.Store(max(z.o.peak.Load(), m.HeapInuse))
	}
	return n, nil
}

func (z *zeroObject) Close() error { z.o.open.Add(-1); return nil }

func TestAZipIsNeverInMemory(t *testing.T) { //nolint:paralleltest // it looks at the memory of the whole process
	const each, files = 48 << 20, 8
	objects := &zeroObjects{size: each}
	b := newBench(t, func(d *Deps) { d.Objects = objects })
	user, token := b.user(models.RoleUser, models.StatusActive)
	var ids []string
	for range files {
		ids = append(ids, b.bigFile(user.ID, each).ID)
	}
	var before runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	res := postZip(t, served(t, b), token, ids...)
	n, err := io.Copy(io.Discard, res.Body)
	require.NoError(t, err)
	require.Greater(t, n, int64(files*each))
	require.Equal(t, int64(files*each), objects.served.Load())
	require.Zero(t, objects.open.Load())
	require.Less(t, objects.peak.Load(), before.HeapInuse+uint64(each), "less than one file of the eight")
}

func TestAClientThatLeavesAZipEndsTheReading(t *testing.T) {
	t.Parallel()
	objects := &zeroObjects{size: 1 << 40}
	b := newBench(t, func(d *Deps) { d.Objects = objects })
	user, token := b.user(models.RoleUser, models.StatusActive)
	file := b.bigFile(user.ID, 1<<40)
	res := postZip(t, served(t, b), token, file.ID)
	_, err := io.ReadFull(res.Body, make([]byte, 1<<20))
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	require.Eventually(t, func() bool { return objects.open.Load() == 0 }, 20*time.Second, 10*time.Millisecond, "the object stays open")
}

// bigFile gives a user a file whose row says that its picture has size bytes.
func (b *bench) bigFile(owner string, size int64) models.File {
	f := b.file(owner, []byte(digits))
	f.Current.Blob.Variants[0].Size = size
	b.rows.mu.Lock()
	defer b.rows.mu.Unlock()
	b.rows.files[f.ID] = f
	return f
}

// postZip asks a listening app for a zip and gives the answer with its body open.
func postZip(t *testing.T, address, token string, ids ...string) *http.Response {
	t.Helper()
	body := `{"ids":["` + strings.Join(ids, `","`) + `"]}`
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+address+"/api/v1/files/zip", strings.NewReader(body))
	require.NoError(t, err)
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/json")
	client := &http.Client{Transport: &http.Transport{}}
	t.Cleanup(client.CloseIdleConnections)
	res, err := client.Do(req)
	require.NoError(t, err)
	t.Cleanup(func() { _ = res.Body.Close() })
	require.Equal(t, http.StatusOK, res.StatusCode)
	return res
}

// closed is a connection that is gone.
type closed struct{ net.Conn }

var errGone = errors.New("gone")

func (closed) SetWriteDeadline(time.Time) error { return errGone }

func TestAPacedWriterFailsOnAConnectionThatIsGone(t *testing.T) {
	t.Parallel()
	w := &pacedWriter{w: io.Discard, conn: closed{}, limit: time.Now().Add(time.Hour)}
	_, err := w.Write([]byte("x"))
	require.ErrorIs(t, err, errGone)

	conn := &silent{}
	w = &pacedWriter{w: io.Discard, conn: conn, limit: time.Now().Add(time.Second)}
	_, err = w.Write([]byte("x"))
	require.NoError(t, err)
	require.Equal(t, w.limit, conn.deadline, "a slow reader can not go on for ever")
}
