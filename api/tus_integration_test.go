//go:build integration

package api

import (
	"crypto/sha1"
	"encoding/base64"
	"io"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"safelight/internal/intake"
	"safelight/models"
	"safelight/storage"
)

func TestATusUploadGoesOnAtAnyProcess(t *testing.T) {
	t.Parallel()
	s := newTusStack(t)
	ada := tusClient{s, s.person("ada").AccessToken}
	content := noise(t, 1_500_000)
	meta := "filename " + encoded("cat.jpg")
	path := ada.begin(len(content), "Upload-Metadata", meta)
	const step = 300_000
	for at := 0; at < len(content); at += step {
		app := (at / step) % 2
		require.Equal(t, at, ada.offset(1-app, path))
		a := ada.patch(app, path, at, content[at:at+step])
		require.Equal(t, http.StatusNoContent, a.Status, "%s", a.Body)
		require.Equal(t, strconv.Itoa(at+step), a.Header.Get("Upload-Offset"))
		finished := at+step == len(content)
		require.Equal(t, finished, a.Header.Get("Safelight-Upload-Id") == uploadOf(path))
		require.NotEqual(t, finished, a.Header.Get("Upload-Expires") != "")
		if !finished {
			var p page[uploadView]
			s.apps[app].ask(http.MethodGet, Prefix+"/uploads?state=receiving", ada.token, nil).into(&p)
			require.Len(t, p.Items, 1)
			require.Equal(t, "cat.jpg", p.Items[0].Name)
		}
	}
	s.whole(path, content)
	a := ada.send(1, http.MethodHead, path, nil)
	require.Equal(t, strconv.Itoa(len(content)), a.Header.Get("Upload-Offset"))
	require.Equal(t, strconv.Itoa(len(content)), a.Header.Get("Upload-Length"))
	require.Equal(t, meta, a.Header.Get("Upload-Metadata"))
	require.Equal(t, uploadOf(path), a.Header.Get("Safelight-Upload-Id"))
	again := ada.patch(0, path, len(content), "")
	require.Equal(t, http.StatusNoContent, again.Status, "its answer was lost, perhaps")
	ada.patch(0, path, 5, "x").problem(CodeWrongOffset)
	ada.send(0, http.MethodDelete, path, nil).problem(CodeAlreadyFinished)
	s.whole(path, content)
}

func TestAllInOneTusRequest(t *testing.T) {
	t.Parallel()
	s := newTusStack(t)
	ada := tusClient{s, s.person("ada").AccessToken}
	content := noise(t, 700_000)
	a := ada.send(0, http.MethodPost, tusPath, strings.NewReader(content), "Upload-Length", strconv.Itoa(len(content)))
	require.Equal(t, http.StatusCreated, a.Status, "%s", a.Body)
	require.Equal(t, strconv.Itoa(len(content)), a.Header.Get("Upload-Offset"))
	require.Equal(t, uploadOf(a.Header.Get("Location")), a.Header.Get("Safelight-Upload-Id"))
	s.whole(a.Header.Get("Location"), content)
}

func TestALengthThatIsSaidLast(t *testing.T) {
	t.Parallel()
	s := newTusStack(t)
	ada := tusClient{s, s.person("ada").AccessToken}
	content := noise(t, 700_000)
	a := ada.send(0, http.MethodPost, tusPath, nil, "Upload-Defer-Length", "1")
	require.Equal(t, http.StatusCreated, a.Status, "%s", a.Body)
	path := a.Header.Get("Location")
	require.Equal(t, http.StatusNoContent, ada.patch(0, path, 0, content[:100]).Status, "too little to tell the type by")
	require.Equal(t, "1", ada.send(1, http.MethodHead, path, nil).Header.Get("Upload-Defer-Length"))
	require.Equal(t, http.StatusNoContent, ada.patch(1, path, 100, content[100:]).Status)
	require.Equal(t, models.UploadReceiving, s.row(path).State)
	ada.patch(1, path, len(content), "", "Upload-Length", "100").problem(CodeConflict)
	done := ada.patch(1, path, len(content), "", "Upload-Length", strconv.Itoa(len(content)))
	require.Equal(t, http.StatusNoContent, done.Status, "%s", done.Body)
	require.Equal(t, uploadOf(path), done.Header.Get("Safelight-Upload-Id"))
	s.whole(path, content)
}

// Several requests with other bytes for the same place: those of one are there,
// all of them and no others.
func TestTwoWritersNeverMix(t *testing.T) {
	t.Parallel()
	s := newTusStack(t)
	ada := tusClient{s, s.person("ada").AccessToken}
	const size, writers = 600_000, 6
	path := ada.begin(size)
	contents, got := make([]string, writers), make([]answer, writers)
	for i := range contents {
		contents[i] = noise(t, size)
	}
	var wg sync.WaitGroup
	for i := range contents {
		wg.Go(func() { got[i] = ada.patch(i%2, path, 0, contents[i]) })
	}
	wg.Wait()
	won := -1
	for i, a := range got {
		switch a.Status {
		case http.StatusNoContent:
			require.Equal(t, -1, won, "two writers won")
			won = i
		case http.StatusConflict:
			a.problem(CodeWrongOffset)
		default:
			a.problem(CodeLocked)
		}
	}
	require.NotEqual(t, -1, won)
	s.whole(path, contents[won])
}

// The client's line broke and the server has not noticed: the next request gets
// all that had come, and goes on, on whichever process.
func TestAClientThatVanishedIsNotKeptOutByItself(t *testing.T) {
	t.Parallel()
	for name, next := range map[string]int{"the same process": 0, "the other process": 1} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newTusStack(t)
			ada := tusClient{s, s.person("ada").AccessToken}
			content := noise(t, 900_000)
			path := ada.begin(len(content))
			ada.stall(0, path, 0, len(content), content[:400_000])
			s.writing(path)
			require.Equal(t, 400_000, ada.offset(next, path), "nothing that came is sent twice")
			a := ada.patch(next, path, 400_000, content[400_000:])
			require.Equal(t, http.StatusNoContent, a.Status, "%s", a.Body)
			s.whole(path, content)
		})
	}
}

func TestABrokenConnectionKeepsWhatCame(t *testing.T) {
	t.Parallel()
	s := newTusStack(t)
	ada := tusClient{s, s.person("ada").AccessToken}
	content := noise(t, 900_000)
	path := ada.begin(len(content))
	for at := 0; at < len(content); {
		// Less than readAhead the server itself waits for, before any handler runs.
		n := min(readAhead+1+rand.N(200_000), len(content)-at)
		conn := ada.stall(rand.N(2), path, at, len(content)-at, content[at:at+n])
		require.NoError(t, conn.Close())
		require.Eventually(t, func() bool { return s.row(path).Received >= int64(at+n) }, 30*time.Second, 2*time.Millisecond)
		at += n
	}
	require.Equal(t, len(content), ada.offset(1, path), "accepted, though nobody was there to be told")
	s.whole(path, content)
}

// A process that is killed neither commits nor gives its place up: its lease
// ends, and the next one goes on from what is safe.
func TestAProcessThatIsKilledInTheMiddle(t *testing.T) {
	t.Parallel()
	s := newTusStack(t)
	ada := tusClient{s, s.person("ada").AccessToken}
	content := noise(t, 900_000)
	path := ada.begin(len(content))
	conn := ada.stall(0, path, 0, len(content), content[:300_000])
	require.Eventually(t, func() bool { return s.row(path).Received == 256<<10 }, 30*time.Second, 2*time.Millisecond,
		"a long request is safe up to its last full part")
	s.apps[0].dead.Store(true)
	require.NoError(t, conn.Close())
	require.Equal(t, 256<<10, ada.offset(1, path))
	a := ada.patch(1, path, 256<<10, content[256<<10:])
	require.Equal(t, http.StatusNoContent, a.Status, "%s", a.Body)
	up := s.row(path)
	require.Equal(t, digestOf(content), up.SHA256)
}

// The process is killed between the last part and the promise.
func TestWhatIsCompleteIsFinishedByTheNext(t *testing.T) {
	t.Parallel()
	for _, by := range []string{"question", "empty request", "sweep"} {
		t.Run(by, func(t *testing.T) {
			t.Parallel()
			s := newTusStack(t)
			ada := tusClient{s, s.person("ada").AccessToken}
			content := noise(t, 300_000)
			path := ada.begin(len(content))
			complete(s, path, content)
			switch by {
			case "question":
				var wg sync.WaitGroup
				for i := range 6 {
					wg.Go(func() {
						a := ada.send(i%2, http.MethodHead, path, nil)
						if a.Status != http.StatusLocked {
							require.Equal(t, uploadOf(path), a.Header.Get("Safelight-Upload-Id"), "complete means safe")
						}
					})
				}
				wg.Wait()
			case "empty request":
				require.Equal(t, http.StatusNoContent, ada.patch(1, path, len(content), "").Status)
			case "sweep":
				s.sql(`UPDATE uploads SET resumable_until = now() - interval '1 hour' WHERE id = $1`, uploadOf(path))
				ids, err := s.store.CompleteTus(t.Context(), 10)
				require.NoError(t, err)
				require.Equal(t, []string{uploadOf(path)}, ids)
				for range 2 {
					require.NoError(t, assemblerOf(t, s.apps[1]).Assemble(t.Context(), ids[0]))
				}
			}
			s.whole(path, content)
		})
	}
}

func assemblerOf(t *testing.T, app *tusApp) *intake.Resumable {
	t.Helper()
	r, ok := app.app.Uploads.Resumable.(*intake.Resumable)
	require.True(t, ok)
	return r
}

// complete leaves an upload as a process does that ends before the promise.
func complete(s *tusStack, path, content string) {
	s.t.Helper()
	id, writer := uploadOf(path), "0190d5c2-7b1e-4c3a-9f00-000000000001"
	_, err := s.store.ClaimTus(s.t.Context(), models.TusClaim{UploadID: id, Scope: models.Scope{Any: true}, Writer: writer, MaxOpen: 9})
	require.NoError(s.t, err)
	_, err = s.files.Put(s.t.Context(), storage.PartRef(id, 0, writer), strings.NewReader(content), -1, "")
	require.NoError(s.t, err)
	_, err = s.store.CommitTusPart(s.t.Context(), models.NewTusPart{
		TusPart: models.TusPart{Size: int64(len(content)), Writer: writer}, UploadID: id, Sniffed: "image/jpeg", KeepFor: time.Hour,
	})
	require.NoError(s.t, err)
	s.sql(`UPDATE tus_uploads SET writer_until = now() - interval '1 second' WHERE upload_id = $1`, id)
}

func TestWhatTusRefuses(t *testing.T) {
	t.Parallel()
	s := newTusStack(t)
	ada, eve := tusClient{s, s.person("ada").AccessToken}, tusClient{s, s.person("eve").AccessToken}
	admin := s.person("root")
	s.sql(`UPDATE users SET role = 'admin' WHERE id = $1`, admin.User.ID)
	content := noise(t, 100_000)
	path := ada.begin(len(content))
	sum := sha1.Sum([]byte(content))
	right := "sha1 " + base64.StdEncoding.EncodeToString(sum[:])

	ada.patch(1, path, 7, content[7:]).problem(CodeWrongOffset)
	ada.patch(0, path, 0, content+"x").problem(CodeTooLarge)
	ada.send(0, http.MethodPatch, path, io.MultiReader(strings.NewReader(content+"x")), "Upload-Offset", "0").problem(CodeTooLarge) // in chunks
	ada.patch(0, path, 0, content[:99_999]+"y", "Upload-Checksum", right).problem(CodeChecksum)
	require.Empty(t, s.objects(path), "nothing of all that is kept")
	for _, stranger := range []tusClient{eve, {s, admin.AccessToken}} {
		require.Equal(t, http.StatusNotFound, stranger.send(0, http.MethodHead, path, nil).Status)
		stranger.patch(0, path, 0, content).problem(CodeNotFound)
		stranger.send(0, http.MethodDelete, path, nil).problem(CodeNotFound)
	}
	require.Equal(t, 0, ada.offset(0, path))
	a := ada.patch(1, path, 0, content, "Upload-Checksum", right)
	require.Equal(t, http.StatusNoContent, a.Status, "%s", a.Body)
	s.whole(path, content)

	other := ada.begin(100_000)
	ada.patch(0, other, 0, strings.Repeat("<svg/>", 1000)).problem(CodeUnsupportedMedia)
	require.Equal(t, http.StatusNotFound, ada.send(1, http.MethodHead, other, nil).Status, "it will never be a picture")
	short := ada.begin(5)
	ada.patch(0, short, 0, "hello").problem(CodeUnsupportedMedia)
	ada.send(0, http.MethodPost, tusPath, strings.NewReader("hello"), "Upload-Length", "5").problem(CodeUnsupportedMedia)
	ada.send(0, http.MethodPost, tusPath, nil, "Upload-Length", "52428801").problem(CodeTooLarge)
	ada.send(0, http.MethodPost, tusPath, nil, "Upload-Length", "0").problem(CodeEmptyFile)
	ada.send(0, http.MethodPost, tusPath, nil, "Upload-Length", "5", "Upload-Metadata", "fileId "+encoded("x")).problem(CodeNotFound)
	s.sql(`UPDATE users SET quota_bytes = 150000`)
	ada.begin(50_000)
	ada.send(0, http.MethodPost, tusPath, nil, "Upload-Length", "1").problem(CodeQuotaExceeded)
	s.sql(`UPDATE users SET status = 'suspended' WHERE email LIKE 'ada%'`)
	ada.patch(0, path, 0, "x").problem(CodeAccountSuspended)
	var rows []string
	require.NoError(t, s.query(&rows, `SELECT state FROM uploads ORDER BY state`))
	require.Equal(t, []string{"processing", "receiving"}, rows, "what was refused left nothing")
}

func TestEndingATusUpload(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(c tusClient, path string) answer{
		"by the protocol": func(c tusClient, path string) answer { return c.send(1, http.MethodDelete, path, nil) },
		"as any upload": func(c tusClient, path string) answer {
			return c.send(1, http.MethodPost, Prefix+"/uploads/"+uploadOf(path)+"/cancel", nil)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newTusStack(t)
			ada := tusClient{s, s.person("ada").AccessToken}
			content := noise(t, 900_000)
			path := ada.begin(len(content))
			require.Equal(t, http.StatusNoContent, ada.patch(0, path, 0, content[:300_000]).Status)
			ada.stall(0, path, 300_000, 600_000, content[300_000:500_000]) // somebody is at it
			s.writing(path)
			require.Less(t, end(ada, path).Status, 300)
			require.Equal(t, http.StatusGone, ada.send(0, http.MethodHead, path, nil).Status)
			ada.patch(1, path, 300_000, "x").problem(CodeGone)
			ada.send(0, http.MethodDelete, path, nil).problem(CodeGone)
			require.Eventually(t, func() bool { return len(s.objects(path)) == 0 }, 30*time.Second, 5*time.Millisecond, "its writer stops")
		})
	}
}

func TestAnExpiredTusUploadIsGone(t *testing.T) {
	t.Parallel()
	s := newTusStack(t)
	ada := tusClient{s, s.person("ada").AccessToken}
	path := ada.begin(1000)
	require.Equal(t, http.StatusNoContent, ada.patch(0, path, 0, noise(t, 600)).Status)
	s.sql(`UPDATE uploads SET resumable_until = now() - interval '1 second' WHERE id = $1`, uploadOf(path))
	require.Equal(t, http.StatusGone, ada.send(0, http.MethodHead, path, nil).Status)
	ada.patch(1, path, 600, "x").problem(CodeGone)
}

// A server that is told to stop keeps what has come, and its clients go on elsewhere.
func TestAServerThatStopsKeepsWhatCame(t *testing.T) {
	t.Parallel()
	s := newTusStack(t)
	ada := tusClient{s, s.person("ada").AccessToken}
	content := noise(t, 900_000)
	path := ada.begin(len(content))
	ada.stall(0, path, 0, len(content), content[:400_000])
	s.writing(path)
	require.Eventually(t, func() bool { return s.row(path).Received == 256<<10 }, 30*time.Second, 2*time.Millisecond)
	close(s.apps[0].closing)
	require.Eventually(t, func() bool { return !s.row(path).Writing }, 30*time.Second, 2*time.Millisecond, "it lets go at once")
	kept := ada.offset(1, path)
	require.GreaterOrEqual(t, kept, 256<<10)
	require.Equal(t, http.StatusNoContent, ada.patch(1, path, kept, content[kept:]).Status)
	s.whole(path, content)
}
