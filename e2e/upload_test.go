//go:build integration

package e2e

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"safelight/internal/testkit"
)

// seeds gives every test pictures of its own: the same bytes twice in a run
// would be duplicates of each other only for the same owner, but cheap to avoid.
var seeds atomic.Uint64

func photo() []byte { return testkit.JPEG(640, 480, seeds.Add(1)) }

type file struct {
	ID             string            `json:"id"`
	Name           string            `json:"name"`
	MIMEType       string            `json:"mimeType"`
	Size           int64             `json:"size"`
	OriginalSize   int64             `json:"originalSize"`
	Width          int               `json:"width"`
	Height         int               `json:"height"`
	SHA256         string            `json:"sha256"`
	Thumbhash      string            `json:"thumbhash"`
	CurrentVersion int               `json:"currentVersion"`
	VersionCount   int               `json:"versionCount"`
	TrashedAt      *time.Time        `json:"trashedAt"`
	Links          map[string]string `json:"links"`
}

type list[T any] struct {
	Items      []T     `json:"items"`
	NextCursor *string `json:"nextCursor"`
}

type note struct {
	ID       string  `json:"id"`
	Kind     string  `json:"kind"`
	UploadID *string `json:"uploadId"`
	FileID   *string `json:"fileId"`
}

func (p *person) notes(t *testing.T) []note {
	t.Helper()
	var l list[note]
	require.Equal(t, http.StatusOK, p.call(t, http.MethodGet, "/notifications?limit=200", nil, &l))
	return l.Items
}

// withID counts the objects that carry an upload's id.
func withID(t *testing.T, id string) (n int, names []string) {
	t.Helper()
	for name := range objects(t) {
		if strings.Contains(name, id) {
			n++
			names = append(names, name)
		}
	}
	return n, names
}

// nothingLeft waits until no object of an upload is left: cleaning comes after the end is told.
func nothingLeft(t *testing.T, id string) {
	t.Helper()
	require.Eventually(t, func() bool { n, _ := withID(t, id); return n == 0 }, 20*time.Second, 50*time.Millisecond)
}

func TestAnUploadBecomesAFile(t *testing.T) {
	t.Parallel()
	p := signedIn(t)
	// A coarse one could grow, as it must be turned (docs/adr/0012).
	data := testkit.WithEXIF(testkit.FineJPEG(640, 480, seeds.Add(1)), 6)
	u := p.accepted(t, "cat.jpg", data)
	seen := p.follow(t, u.ID, nil)
	end := seen[len(seen)-1]
	require.Equal(t, "done", end.State)
	require.Equal(t, "created", *end.Outcome)
	require.Equal(t, 100, end.Percent)
	for i, name := range []string{"scan", "dedup", "compress", "move", "version", "notify"} {
		require.Equal(t, name, end.Steps[i].Name)
		require.Equal(t, "done", end.Steps[i].State, name)
		require.NotNil(t, end.Steps[i].StartedAt, name)
		require.NotNil(t, end.Steps[i].FinishedAt, name)
	}

	var f file
	require.Equal(t, http.StatusOK, p.call(t, http.MethodGet, "/files/"+*end.FileID, nil, &f))
	require.Equal(t, "cat.jpg", f.Name)
	require.Equal(t, 1, f.CurrentVersion)
	require.Equal(t, int64(len(data)), f.OriginalSize)
	require.Less(t, f.Size, f.OriginalSize)
	require.Equal(t, [2]int{480, 640}, [2]int{f.Width, f.Height}, "stands upright")
	require.NotEmpty(t, f.Thumbhash)
	for _, name := range []string{"content", "preview", "thumb"} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.url(f.Links[name]), nil)
		require.NoError(t, err)
		res, body := p.do(t, req)
		require.Equal(t, http.StatusOK, res.StatusCode, name)
		require.Equal(t, "image/webp", res.Header.Get("Content-Type"), name)
		require.Equal(t, "nosniff", res.Header.Get("X-Content-Type-Options"), name)
		require.NotContains(t, string(body), "Exif", name)
		require.NotContains(t, string(body), "EXIF", name)
		require.Equal(t, "WEBP", string(body[8:12]), name)
	}
	notes := p.notes(t)
	require.Len(t, notes, 1)
	require.Equal(t, "upload.done", notes[0].Kind)

	nothingInTmp(t, u.ID)
	n, _ := withID(t, u.ID)
	require.NotZero(t, n, "final is kept")
}

func TestTheSameBytesAgain(t *testing.T) {
	t.Parallel()
	p, data := signedIn(t), photo()
	first := p.become(t, "a.jpg", data)
	require.Equal(t, "created", *first.Outcome)
	before := len(objects(t))

	second := p.become(t, "b.jpg", data)
	require.Equal(t, "duplicate", *second.Outcome)
	require.Equal(t, *first.FileID, *second.DuplicateOf)
	require.Equal(t, "skipped", second.step("compress").State)
	nothingLeft(t, second.ID)
	_ = before

	// As a version of the file that has them: unchanged.
	third := p.end(t, p.acceptedWith(t, map[string]string{"fileId": *first.FileID}, "c.jpg", data).ID)
	require.Equal(t, "unchanged", *third.Outcome)

	// In the trash: comes back.
	require.Equal(t, http.StatusNoContent, p.call(t, http.MethodDelete, "/files/"+*first.FileID, nil, nil))
	fourth := p.become(t, "d.jpg", data)
	require.Equal(t, "restored", *fourth.Outcome)
	var f file
	require.Equal(t, http.StatusOK, p.call(t, http.MethodGet, "/files/"+*first.FileID, nil, &f))
	require.Nil(t, f.TrashedAt)
	require.Equal(t, 1, f.VersionCount)

	// Somebody else's same bytes are new to them, in every step.
	q := signedIn(t)
	other := q.become(t, "e.jpg", data)
	require.Equal(t, "created", *other.Outcome)
	require.Equal(t, "done", other.step("compress").State)
	nothingLeft(t, other.ID) // one stored blob for both
	require.Equal(t, http.StatusNotFound, q.call(t, http.MethodGet, "/files/"+*first.FileID, nil, nil))
	require.Equal(t, http.StatusNotFound, q.call(t, http.MethodGet, "/uploads/"+first.ID, nil, nil))
}

func TestTheSameBytesAtTheSameTime(t *testing.T) {
	t.Parallel()
	p, data := signedIn(t), photo()
	const n = 8
	ends := make([]upload, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { ends[i] = p.become(t, fmt.Sprintf("%d.jpg", i), data) })
	}
	wg.Wait()
	outcomes := map[string]int{}
	for _, e := range ends {
		require.Equal(t, "done", e.State)
		outcomes[*e.Outcome]++
	}
	require.Equal(t, map[string]int{"created": 1, "duplicate": n - 1}, outcomes)
	var files list[file]
	require.Equal(t, http.StatusOK, p.call(t, http.MethodGet, "/files", nil, &files))
	require.Len(t, files.Items, 1)
}

func TestVersions(t *testing.T) {
	t.Parallel()
	p := signedIn(t)
	first := p.become(t, "v.jpg", photo())
	second := p.end(t, p.acceptedWith(t, map[string]string{"fileId": *first.FileID}, "v2.jpg", photo()).ID)
	require.Equal(t, "versioned", *second.Outcome)
	require.Equal(t, 2, *second.VersionNumber)
	var restored struct {
		Number       int
		RestoredFrom *int
	}
	require.Equal(t, http.StatusCreated, p.call(t, http.MethodPost, "/files/"+*first.FileID+"/versions/1/restore", nil, &restored))
	require.Equal(t, 3, restored.Number)
	require.Equal(t, 1, *restored.RestoredFrom)
	var f file
	require.Equal(t, http.StatusOK, p.call(t, http.MethodGet, "/files/"+*first.FileID, nil, &f))
	require.Equal(t, 3, f.CurrentVersion)
}

func TestInfected(t *testing.T) {
	t.Parallel()
	p := signedIn(t)
	u := p.become(t, "virus.jpg", testkit.InfectedJPEG(320, 240, seeds.Add(1)))
	require.Equal(t, "rejected", u.State)
	require.Equal(t, "infected", u.Rejection.Code)
	require.NotEmpty(t, u.Rejection.Signature)
	require.Nil(t, u.FileID)
	var files list[file]
	require.Equal(t, http.StatusOK, p.call(t, http.MethodGet, "/files", nil, &files))
	require.Empty(t, files.Items)
	_, names := withID(t, u.ID)
	for _, n := range names {
		require.Contains(t, n, "quarantine", "only the quarantine keeps it")
	}
	require.Equal(t, "upload.rejected", p.notes(t)[0].Kind)
}

func TestDamaged(t *testing.T) {
	t.Parallel()
	p := signedIn(t)
	whole := photo()
	u := p.become(t, "half.jpg", whole[:len(whole)/2])
	require.Equal(t, "rejected", u.State)
	require.Equal(t, "corrupt", u.Rejection.Code)
	nothingLeft(t, u.ID)
}

func TestCancel(t *testing.T) {
	p := signedIn(t) // not parallel: it shuts the scanner's door
	running.scanner.setShut(true)
	defer running.scanner.setShut(false)
	u := p.accepted(t, "cancel.jpg", photo())
	p.follow(t, u.ID, func(u upload) bool { return u.step("scan").State == "retrying" })
	require.Equal(t, http.StatusAccepted, p.call(t, http.MethodPost, "/uploads/"+u.ID+"/cancel", nil, nil))
	end := p.end(t, u.ID)
	require.Equal(t, "canceled", end.State)
	nothingLeft(t, u.ID)
	var pr problem
	require.Equal(t, http.StatusConflict, p.call(t, http.MethodPost, "/uploads/"+u.ID+"/cancel", nil, &pr))
	require.Equal(t, "already_finished", pr.Code)
	require.Equal(t, http.StatusConflict, p.call(t, http.MethodPost, "/uploads/"+u.ID+"/retry", nil, &pr))
	require.Equal(t, "not_stalled", pr.Code)
	require.Empty(t, p.notes(t))
}

func TestScannerDownAndBack(t *testing.T) {
	p := signedIn(t)
	running.scanner.setShut(true)
	defer running.scanner.setShut(false)
	u := p.accepted(t, "wait.jpg", photo())
	seen := p.follow(t, u.ID, func(u upload) bool {
		s := u.step("scan")
		return s.State == "retrying" && s.Attempt >= 2
	})
	last := seen[len(seen)-1]
	require.Equal(t, "processing", last.State)
	require.Contains(t, *last.step("scan").Message, "scanner")
	running.scanner.setShut(false)
	require.Equal(t, "done", p.end(t, u.ID).State)
}

func TestWorkerKilledInTheMiddle(t *testing.T) {
	p := signedIn(t)
	const n = 20
	ids := make([]string, n)
	for i := range ids {
		ids[i] = p.accepted(t, fmt.Sprintf("%d.jpg", i), testkit.JPEG(800, 600, seeds.Add(1))).ID
		if i == n/2 {
			require.NoError(t, syscall.Kill(running.pid(t, "worker"), syscall.SIGKILL))
		}
	}
	require.Eventually(t, func() bool {
		pid := running.pid(t, "worker")
		return syscall.Kill(pid, 0) == nil
	}, 30*time.Second, 100*time.Millisecond, "the worker is started again")
	require.NoError(t, syscall.Kill(running.pid(t, "worker"), syscall.SIGKILL))
	for _, id := range ids {
		u := p.end(t, id)
		require.Equal(t, "done", u.State, "%+v", u)
		require.Equal(t, "created", *u.Outcome)
	}
	var files list[file]
	require.Equal(t, http.StatusOK, p.call(t, http.MethodGet, "/files?limit=200", nil, &files))
	require.Len(t, files.Items, n)
	for _, f := range files.Items {
		require.Equal(t, 1, f.VersionCount)
	}
	require.Len(t, p.notes(t), n)
}

func TestEngineDown(t *testing.T) {
	p := signedIn(t)
	require.NoError(t, syscall.Kill(running.pid(t, "temporal"), syscall.SIGKILL))
	u := p.accepted(t, "promise.jpg", photo()) // 202 all the same
	require.Equal(t, "done", p.end(t, u.ID).State)
}
