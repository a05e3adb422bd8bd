//go:build integration

package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Two API processes and three workers on one database and one engine: whichever
// a client meets, it is the same Safelight. One of each is killed while all are
// at work, and nothing that was accepted is lost, done twice or left unsaid.
func TestTwoAPIsAndThreeWorkers(t *testing.T) { // not parallel: a worker that is killed delays others
	const people, each = 6, 8
	api := startSecondAPI(t)
	doomed := startWorker(t)
	startWorker(t)

	members := make([]*member, people)
	for i := range members {
		members[i] = newMember(t, api, i)
	}
	var accepted atomic.Int64
	var all sync.WaitGroup
	for _, m := range members {
		all.Go(func() {
			for n := range each {
				m.upload(n)
				accepted.Add(1)
			}
		})
	}
	require.Eventually(t, func() bool { return accepted.Load() >= people*each/3 }, time.Minute, time.Millisecond)
	doomed.kill()
	api.kill()
	all.Wait()
	for _, m := range members {
		all.Go(func() { m.check(each) })
	}
	all.Wait()
}

// member is somebody who meets now the one process, now the other.
type member struct {
	t       *testing.T
	first   *person // at the process that stays
	second  *person // at the one that is killed
	news    *stream
	ids     []string
	reading *person // whose process news comes from
}

func newMember(t *testing.T, api *secondAPI, i int) *member {
	t.Helper()
	m := &member{t: t, first: signedIn(t)}
	m.second = m.first.at(api)
	m.reading = []*person{m.first, m.second}[i%2]
	m.news = m.reading.stream(t, "")
	return m
}

// upload sends a photo, every second one in parts that alternate between the processes.
func (m *member) upload(n int) {
	name := fmt.Sprintf("%d.jpg", n)
	if n%2 == 0 {
		m.ids = append(m.ids, m.form(n, name))
	} else {
		m.ids = append(m.ids, m.parts(photo()))
	}
}

// form sends to the second process, and where that is gone the same again to
// the first, by the same key.
func (m *member) form(n int, name string) string {
	contentType, body := form(m.t, nil, name, photo())
	for _, p := range []*person{m.second, m.first} {
		req, err := http.NewRequestWithContext(m.t.Context(), http.MethodPost, p.url("/uploads"), bytes.NewReader(body))
		require.NoError(m.t, err)
		req.Header.Set("Content-Type", contentType)
		req.Header.Set("Idempotency-Key", strconv.Itoa(n))
		if res, data, err := p.try(req); err == nil {
			require.Equal(m.t, http.StatusAccepted, res.StatusCode, "%s", data)
			var u upload
			require.NoError(m.t, json.Unmarshal(data, &u))
			return u.ID
		}
	}
	m.t.Errorf("%s reached nobody", name)
	return ""
}

// parts sends a photo by tus: every request to the other process, as long as it lives.
func (m *member) parts(data []byte) string {
	const part = 20_000
	turn, living := 0, []*person{m.first, m.second}
	ask := func(method, path string, body []byte, headers ...string) *http.Response {
		for {
			turn++
			p := living[turn%len(living)]
			req, err := http.NewRequestWithContext(m.t.Context(), method, p.url(path), bytes.NewReader(body))
			require.NoError(m.t, err)
			req.Header.Set("Tus-Resumable", "1.0.0")
			for _, h := range headers {
				name, value, _ := strings.Cut(h, ": ")
				req.Header.Set(name, value)
			}
			if method == http.MethodPatch {
				req.Header.Set("Content-Type", "application/offset+octet-stream")
			}
			res, _, err := p.try(req)
			if err == nil {
				return res
			}
			living = living[:1]
			if method == http.MethodPatch { // how much of it came is for the other process to say
				return nil
			}
		}
	}
	res := ask(http.MethodPost, "/uploads/tus/", nil, "Upload-Length: "+strconv.Itoa(len(data)), "Upload-Metadata: filename cGFydHMuanBn")
	require.Equal(m.t, http.StatusCreated, res.StatusCode)
	_, path, found := strings.Cut(res.Header.Get("Location"), "/api/v1")
	require.True(m.t, found, "%s", res.Header.Get("Location"))
	id := path[strings.LastIndex(path, "/")+1:]
	for offset := 0; offset < len(data); {
		res := ask(http.MethodPatch, path, data[offset:min(offset+part, len(data))], "Upload-Offset: "+strconv.Itoa(offset))
		if res == nil || res.StatusCode == http.StatusLocked || res.StatusCode == http.StatusConflict {
			time.Sleep(100 * time.Millisecond) // whoever had it, or was killed, makes room
			res = ask(http.MethodHead, path, nil)
			require.Equal(m.t, http.StatusOK, res.StatusCode)
		} else {
			require.Equal(m.t, http.StatusNoContent, res.StatusCode)
		}
		var err error
		offset, err = strconv.Atoi(res.Header.Get("Upload-Offset"))
		require.NoError(m.t, err)
	}
	return id
}

// check waits until all is done, and sees that each upload is one file and one
// piece of news, which came to whoever was reading.
func (m *member) check(each int) {
	t := m.t
	for _, id := range m.ids {
		u := m.first.end(t, id)
		require.Equal(t, "done", u.State, "%+v", u)
		require.Equal(t, "created", *u.Outcome)
		nothingInTmp(t, id)
	}
	var files list[file]
	require.Equal(t, http.StatusOK, m.first.call(t, http.MethodGet, "/files?limit=200", nil, &files))
	require.Len(t, files.Items, each)
	var want []string
	for _, n := range m.first.notes(t) {
		want = append(want, n.ID)
	}
	require.Len(t, want, each)

	got, last := m.heard(m.news, "", len(want))
	if m.reading == m.second { // its process was killed: it comes back at the other one
		<-m.news.ended
		rest, _ := m.heard(m.first.stream(t, last), last, len(want)-len(got))
		got = append(got, rest...)
	}
	slices.Sort(got)
	slices.Sort(want)
	require.Equal(t, want, slices.Compact(got), "every piece of news, wherever it was read")
}

// heard reads the notifications of a stream, until there are as many as wanted
// or it ends.
func (m *member) heard(s *stream, last string, wanted int) (ids []string, lastID string) {
	for len(ids) < wanted {
		select {
		case e := <-s.events:
			last = e.id
			var n note
			if e.kind == "notification" {
				require.NoError(m.t, json.Unmarshal([]byte(e.data), &n))
				ids = append(ids, n.ID)
			}
			continue
		case <-time.After(time.Minute):
			m.t.Errorf("of %d pieces of news %d came", wanted, len(ids))
			return ids, last
		case <-s.ended:
		}
		if len(s.events) == 0 {
			return ids, last
		}
	}
	return ids, last
}

// try is do for a process that may be gone.
func (p *person) try(req *http.Request) (*http.Response, []byte, error) {
	req.Header.Set("Authorization", "Bearer "+p.token)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, nil, fmt.Errorf("ask: %w", err)
	}
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	return res, data, err
}

// nothingInTmp waits until tmp holds nothing of an upload: cleaning comes after
// the end is told, and once more where its worker was killed at it.
func nothingInTmp(t *testing.T, id string) {
	t.Helper()
	var left []string
	empty := func() bool {
		_, names := withID(t, id)
		left = slices.DeleteFunc(names, func(n string) bool { return !strings.Contains(n, "/tmp/") })
		return len(left) == 0
	}
	for deadline := time.Now().Add(3 * time.Minute); !empty(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("left in tmp: %v", left)
		}
	}
}
