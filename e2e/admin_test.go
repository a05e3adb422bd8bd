//go:build integration

package e2e

import (
	"bytes"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"safelight/internal/testkit"
	"safelight/storage"
)

type locked struct {
	ID         string  `json:"id"`
	Name       string  `json:"name"`
	OwnerID    string  `json:"ownerId"`
	Signature  string  `json:"signature"`
	State      string  `json:"state"`
	Size       int64   `json:"size"`
	ReleasedAs *string `json:"releasedAs"`
}

type adminUpload struct {
	upload
	OwnerID     string  `json:"ownerId"`
	StallCode   *string `json:"stallCode"`
	TemporalURL *string `json:"temporalUrl"`
}

type auditLine struct {
	Action     string         `json:"action"`
	ActorEmail string         `json:"actorEmail"`
	TargetID   string         `json:"targetId"`
	Details    map[string]any `json:"details"`
}

// administrator signs the first admin in.
func administrator(t *testing.T) (p *person, password string) {
	t.Helper()
	d, err := running.dev()
	require.NoError(t, err)
	return admin(t), d.AdminPassword
}

// audit lists the newest lines of an action.
func (p *person) audit(t *testing.T, action string) []auditLine {
	t.Helper()
	var l list[auditLine]
	require.Equal(t, http.StatusOK, p.call(t, http.MethodGet, "/admin/audit?limit=200&action="+action, nil, &l))
	return l.Items
}

// quarantine finds what is locked up of an upload.
func (p *person) quarantine(t *testing.T, uploadID, state string) *locked {
	t.Helper()
	var l list[locked]
	require.Equal(t, http.StatusOK, p.call(t, http.MethodGet, "/admin/quarantine?limit=200&state="+state, nil, &l))
	for _, q := range l.Items {
		if q.ID == uploadID {
			return &q
		}
	}
	return nil
}

func TestAFalsePositiveIsReleased(t *testing.T) {
	t.Parallel()
	p := signedIn(t)
	boss, password := administrator(t)
	data := testkit.InfectedJPEG(320, 240, seeds.Add(1))
	u := p.become(t, "no-virus.jpg", data)
	require.Equal(t, "rejected", u.State)

	q := boss.quarantine(t, u.ID, "held")
	require.NotNil(t, q)
	require.Equal(t, "no-virus.jpg", q.Name)
	require.Equal(t, u.Rejection.Signature, q.Signature)
	require.Equal(t, int64(len(data)), q.Size)
	release := "/admin/quarantine/" + u.ID + "/release"
	body := map[string]string{"reason": "a test file, known to be harmless", "password": password}
	require.Equal(t, http.StatusForbidden, p.call(t, http.MethodPost, release, body, nil), "its owner may not")
	wrong := map[string]string{"reason": "a test file", "password": "not " + password}
	require.Equal(t, http.StatusForbidden, boss.call(t, http.MethodPost, release, wrong, nil))
	var files list[file]
	require.Equal(t, http.StatusOK, p.call(t, http.MethodGet, "/files", nil, &files))
	require.Empty(t, files.Items)

	require.Equal(t, http.StatusAccepted, boss.call(t, http.MethodPost, release, body, q))
	require.Equal(t, "released", q.State)
	require.Equal(t, http.StatusConflict, boss.call(t, http.MethodPost, release, body, nil), "once")
	end := p.end(t, *q.ReleasedAs)
	require.Equal(t, "done", end.State, "%+v", end)
	require.Equal(t, "created", *end.Outcome)
	for _, s := range end.Steps {
		require.Equal(t, "done", s.State, s.Name)
	}
	require.Contains(t, *end.step("scan").Message, "Released")
	var f file
	require.Equal(t, http.StatusOK, p.call(t, http.MethodGet, "/files/"+*end.FileID, nil, &f))
	require.Equal(t, "no-virus.jpg", f.Name)
	shown := p.content(t, f)
	require.Len(t, shown, int(f.Size))
	require.Equal(t, f.MIMEType, http.DetectContentType(shown))
	require.NotContains(t, string(shown), string(testkit.EICAR()), "what is shown carries nothing but the picture")
	var old upload
	require.Equal(t, http.StatusOK, p.call(t, http.MethodGet, "/uploads/"+u.ID, nil, &old))
	require.Equal(t, "rejected", old.State, "what was rejected stays so")
	require.Len(t, p.notes(t), 2)
	nothingLeft(t, u.ID)

	var told *auditLine
	for _, l := range boss.audit(t, "quarantine.released") {
		if l.TargetID == u.ID {
			told = &l
		}
	}
	require.NotNil(t, told)
	require.Equal(t, body["reason"], told.Details["reason"])
	require.Equal(t, *q.ReleasedAs, told.Details["releasedAs"])
	require.NotEmpty(t, told.ActorEmail)
}

func TestWhatIsLockedUpIsDeleted(t *testing.T) {
	t.Parallel()
	p := signedIn(t)
	boss, _ := administrator(t)
	u := p.become(t, "virus.jpg", testkit.InfectedJPEG(320, 240, seeds.Add(1)))
	for range 2 {
		require.Equal(t, http.StatusNoContent, boss.call(t, http.MethodDelete, "/admin/quarantine/"+u.ID, nil, nil))
	}
	nothingLeft(t, u.ID)
	require.Nil(t, boss.quarantine(t, u.ID, "held"))
	require.NotNil(t, boss.quarantine(t, u.ID, "deleted"))
}

// content reads a file's picture.
func (p *person) content(t *testing.T, f file) []byte {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.url(f.Links["content"]), nil)
	require.NoError(t, err)
	res, body := p.do(t, req)
	require.Equal(t, http.StatusOK, res.StatusCode, "%s", body)
	return body
}

// Uploads whose originals went away are stalled, and go on at once when an
// administrator has brought the originals back.
func TestEverythingStalledIsRetried(t *testing.T) {
	p := signedIn(t) // not parallel: it shuts the scanner's door
	boss, _ := administrator(t)
	kept := store(t)
	away := func(id string) storage.Ref { return storage.Ref{Bucket: storage.Tmp, Key: "away/" + id} }
	running.scanner.setShut(true)
	defer running.scanner.setShut(false)
	var ids []string
	for range 3 {
		u := p.accepted(t, "gone.jpg", photo())
		p.follow(t, u.ID, func(u upload) bool { return u.step("dedup").State == "done" && u.step("scan").State == "retrying" })
		require.NoError(t, kept.Move(t.Context(), storage.OriginalRef(u.ID), away(u.ID)))
		ids = append(ids, u.ID)
	}
	for _, id := range ids {
		p.follow(t, id, func(u upload) bool { return u.State == "stalled" })
	}
	var l list[adminUpload]
	require.Eventually(t, func() bool { // the live picture is ahead of the rows
		require.Equal(t, http.StatusOK, boss.call(t, http.MethodGet, "/admin/uploads?state=stalled&code=gone&step=scan", nil, &l))
		return len(l.Items) == 3
	}, 30*time.Second, 50*time.Millisecond)
	require.Equal(t, "gone", *l.Items[0].StallCode)
	require.True(t, strings.HasSuffix(*l.Items[0].TemporalURL, "/namespaces/default/workflows/upload-"+l.Items[0].ID))

	for _, id := range ids {
		require.NoError(t, kept.Move(t.Context(), away(id), storage.OriginalRef(id)))
	}
	running.scanner.setShut(false)
	var none, all struct{ Retried int }
	require.Equal(t, http.StatusOK, boss.call(t, http.MethodPost, "/admin/uploads/retry", map[string]string{"step": "move"}, &none))
	require.Zero(t, none.Retried)
	require.Equal(t, http.StatusOK, boss.call(t, http.MethodPost, "/admin/uploads/retry", map[string]string{"code": "gone"}, &all))
	require.Equal(t, 3, all.Retried)
	for _, id := range ids {
		require.Equal(t, "done", p.end(t, id).State)
	}
	lines := boss.audit(t, "upload.retried")
	for _, id := range ids {
		found := false
		for _, line := range lines {
			found = found || line.TargetID == id
		}
		require.True(t, found, "%s is not in the audit log", id)
	}
}

type report struct {
	ID       string         `json:"id"`
	State    string         `json:"state"`
	Repaired int            `json:"repaired"`
	Counts   map[string]int `json:"counts"`
	Findings list[finding]  `json:"findings"`
}

type finding struct {
	Kind  string `json:"kind"`
	Key   string `json:"key"`
	State string `json:"state"`
}

// check runs an integrity check to its end and gives what it found of a file's blob.
func (p *person) check(t *testing.T, repair bool, blobID string) []finding {
	t.Helper()
	var r report
	require.Equal(t, http.StatusAccepted, p.call(t, http.MethodPost, "/admin/integrity", map[string]bool{"repair": repair}, &r))
	require.Equal(t, http.StatusConflict, p.call(t, http.MethodPost, "/admin/integrity", nil, nil), "one at a time")
	id := r.ID
	require.Eventually(t, func() bool {
		require.Equal(t, http.StatusOK, p.call(t, http.MethodGet, "/admin/integrity?limit=200", nil, &r))
		return r.State != "running"
	}, time.Minute, 100*time.Millisecond)
	require.Equal(t, id, r.ID)
	require.Equal(t, "done", r.State)
	var of []finding
	for _, f := range r.Findings.Items {
		if strings.Contains(f.Key, blobID) {
			of = append(of, f)
		}
	}
	return of
}

// A picture whose bytes have changed on the disk is found, marked, and mended
// by the next upload of the same bytes.
func TestADamagedPictureIsFoundAndMended(t *testing.T) {
	p := signedIn(t)
	boss, _ := administrator(t)
	data := photo()
	u := p.become(t, "cat.jpg", data)
	var f file
	require.Equal(t, http.StatusOK, p.call(t, http.MethodGet, "/files/"+*u.FileID, nil, &f))
	good := p.content(t, f)
	require.Empty(t, boss.check(t, true, u.ID))

	kept, full, thumb := store(t), storage.VariantRef(u.ID, "full"), storage.VariantRef(u.ID, "thumb")
	bad := bytes.Clone(good)
	bad[len(bad)/2] ^= 1
	_, err := kept.Put(t.Context(), full, bytes.NewReader(bad), int64(len(bad)), "image/webp")
	require.NoError(t, err)
	require.NoError(t, kept.Delete(t.Context(), thumb))
	require.Equal(t, []finding{
		{"damaged_object", "blobs/" + u.ID + "/full", "open"}, {"missing_object", "blobs/" + u.ID + "/thumb", "open"},
	}, boss.check(t, false, u.ID))
	require.Equal(t, []finding{
		{"damaged_object", "blobs/" + u.ID + "/full", "repaired"}, {"missing_object", "blobs/" + u.ID + "/thumb", "repaired"},
	}, boss.check(t, true, u.ID))

	again := p.become(t, "cat-again.jpg", data)
	require.Equal(t, "duplicate", *again.Outcome)
	require.Equal(t, "done", again.step("compress").State, "it took every step")
	require.Equal(t, good, p.content(t, f))
	_, err = kept.Stat(t.Context(), thumb)
	require.NoError(t, err)
	require.Empty(t, boss.check(t, false, u.ID))
	require.NotEmpty(t, boss.audit(t, "integrity.repaired"))
	nothingLeft(t, again.ID)
}

func TestStatsOfARunningSystem(t *testing.T) {
	t.Parallel()
	p := signedIn(t)
	p.become(t, "cat.jpg", photo())
	boss, _ := administrator(t)
	var s struct {
		Users       struct{ Total int } `json:"users"`
		Files       struct{ Total int } `json:"files"`
		StoredBytes int64               `json:"storedBytes"`
		Uploads24h  map[string]int      `json:"uploads24h"`
		Queues      *[]struct {
			Name    string `json:"name"`
			Pollers int    `json:"pollers"`
		} `json:"queues"`
	}
	require.Eventually(t, func() bool { // a few seconds old at most
		require.Equal(t, http.StatusOK, boss.call(t, http.MethodGet, "/admin/stats", nil, &s))
		return s.Uploads24h["done"] > 0 && s.Queues != nil
	}, 30*time.Second, 100*time.Millisecond)
	require.Positive(t, s.Users.Total)
	require.Positive(t, s.Files.Total)
	require.Positive(t, s.StoredBytes)
	require.Len(t, *s.Queues, 4)
	for _, q := range *s.Queues {
		require.Positive(t, q.Pollers, q.Name)
	}
	require.Equal(t, http.StatusForbidden, p.call(t, http.MethodGet, "/admin/stats", nil, nil))

	events := boss.stream(t, "")
	defer events.close()
	select {
	case e := <-events.events:
		for e.kind != "stats" {
			e = <-events.events
		}
	case <-time.After(time.Minute):
		t.Fatal("no stats came")
	}
}
