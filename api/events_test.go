package api

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"safelight/internal/auth"
	"safelight/internal/progress"
	"safelight/models"
)

// sse reads one event stream.
type sse struct {
	t       testing.TB
	Status  int
	Header  http.Header
	lines   *bufio.Scanner
	Comment []string // seen so far
	Retry   int
	stop    context.CancelFunc
}

type sseEvent struct {
	Name, ID string
	Data     []byte
}

func (e sseEvent) upload(t testing.TB) uploadView {
	t.Helper()
	var v uploadView
	require.Equal(t, "progress", e.Name)
	require.NoError(t, json.Unmarshal(e.Data, &v))
	return v
}

// stream opens a stream. What does not come within half a minute never will.
func (u *uploadBench) stream(token, path string, edits ...func(*http.Request)) *sse {
	u.t.Helper()
	ctx, stop := context.WithTimeout(u.t.Context(), 30*time.Second)
	u.t.Cleanup(stop)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+u.address+Prefix+path, nil)
	require.NoError(u.t, err)
	req.Header.Set("Authorization", "Bearer "+token)
	for _, edit := range edits {
		edit(req)
	}
	res, err := (&http.Client{Transport: &http.Transport{}}).Do(req)
	require.NoError(u.t, err)
	u.t.Cleanup(func() { res.Body.Close() })
	return &sse{t: u.t, Status: res.StatusCode, Header: res.Header, lines: bufio.NewScanner(res.Body), stop: stop}
}

// next is the next event; ok is false at the end of the stream.
func (s *sse) next() (e sseEvent, ok bool) {
	s.t.Helper()
	for s.lines.Scan() {
		switch name, value, _ := strings.Cut(s.lines.Text(), ": "); name {
		case "event":
			e.Name = value
		case "id":
			e.ID = value
		case "data":
			e.Data = []byte(value)
		case "retry":
			n, err := strconv.Atoi(value)
			require.NoError(s.t, err)
			s.Retry = n
		case "":
			if value != "" {
				s.Comment = append(s.Comment, value)
			} else if e.Name != "" {
				return e, true
			}
		default:
			require.Fail(s.t, "unknown line", "%q", s.lines.Text())
		}
	}
	return e, false
}

func (s *sse) must() sseEvent {
	s.t.Helper()
	e, ok := s.next()
	require.True(s.t, ok, "the stream has ended: %v %v", s.lines.Err(), s.Comment)
	return e
}

// ends demands that nothing but comments follows.
func (s *sse) ends() {
	s.t.Helper()
	e, ok := s.next()
	require.False(s.t, ok, "%s %s", e.Name, e.Data)
	require.NoError(s.t, s.lines.Err(), "cut off")
}

// signal tells the hub, as the database would.
func (u *uploadBench) signal(kind models.SignalKind, owner, id, action string) {
	u.hub.Signal(models.Signal{Kind: kind, OwnerID: owner, ID: id, Action: action})
}

func (u *uploadBench) processing(owner string) models.Upload {
	return u.uploads.put(models.Upload{
		OwnerID: owner, Name: "cat.jpg", State: models.UploadProcessing, Size: 10, SHA256: strings.Repeat("a", 64),
		MIMEType: "image/jpeg", Seq: models.SeqStride, CreatedAt: time.Now(),
	})
}

func TestProgressIsStreamedToTheEnd(t *testing.T) {
	t.Parallel()
	u := newUploadBench(t)
	me, token := u.user(models.RoleUser, models.StatusActive)
	up := u.processing(me.ID)
	s := u.stream(token, "/uploads/"+up.ID+"/events")
	require.Equal(t, http.StatusOK, s.Status)
	require.Equal(t, "text/event-stream; charset=utf-8", s.Header.Get("Content-Type"))
	require.Equal(t, "no-store", s.Header.Get("Cache-Control"))
	require.Empty(t, s.Header.Get("ETag"))

	first := s.must()
	require.Equal(t, "1000", first.ID)
	require.Equal(t, up.ID, first.upload(t).ID)
	require.GreaterOrEqual(t, s.Retry, 1000)

	for n, step := range []models.StepName{models.StepCompress, models.StepMove, models.StepVersion} {
		u.engine.show(int64(n+2), step)
		u.signal(models.SignalProgress, me.ID, up.ID, "begin")
		e := s.must()
		require.Equal(t, fmt.Sprint((n+2)*1000), e.ID)
		require.Equal(t, models.StepPercent(step), e.upload(t).Percent)
	}

	outcome := models.OutcomeCreated
	up.State, up.Seq, up.Percent, up.Outcome, up.FileID = models.UploadDone, 8000, 100, &outcome, ptr(uuid.NewString())
	u.uploads.put(up)
	u.signal(models.SignalProgress, me.ID, up.ID, "row")
	last := s.must().upload(t)
	require.Equal(t, models.UploadDone, last.State)
	require.Equal(t, *up.FileID, *last.FileID)
	s.ends()

	again := u.stream(token, "/uploads/"+up.ID+"/events")
	require.Equal(t, models.UploadDone, again.must().upload(t).State)
	again.ends()
}

func TestTheEngineBeingDownShowsInTheStream(t *testing.T) {
	t.Parallel()
	u := newUploadBench(t)
	me, token := u.user(models.RoleUser, models.StatusActive)
	u.engine.err = models.ErrUnavailable
	s := u.stream(token, "/uploads/"+u.processing(me.ID).ID+"/events")
	require.Contains(t, string(s.must().Data), `"stale":true`)
}

func TestEverythingThatConcernsMe(t *testing.T) {
	t.Parallel()
	u := newUploadBench(t)
	me, token := u.user(models.RoleUser, models.StatusActive)
	other, _ := u.user(models.RoleUser, models.StatusActive)
	up := u.processing(me.ID)
	u.processing(other.ID)
	note := func(id string, seq int64, user string) {
		u.rows.mu.Lock()
		defer u.rows.mu.Unlock()
		u.rows.notes[id] = models.Notification{ID: id, Seq: seq, UserID: user, Kind: models.NotifyDone, Title: id}
	}
	note("old", 7, me.ID)
	s := u.stream(token, "/events")
	e := s.must()
	require.Equal(t, "7", e.ID)
	require.Equal(t, up.ID, e.upload(t).ID, "the present state of what is unfinished")

	note("new", 9, me.ID)
	note("theirs", 10, other.ID)
	u.signal(models.SignalNotification, other.ID, "theirs", "")
	u.signal(models.SignalNotification, me.ID, "new", "")
	u.signal(models.SignalNotification, me.ID, "new", "") // twice is once
	e = s.must()
	require.Equal(t, "notification", e.Name)
	require.Equal(t, "9", e.ID)
	require.Contains(t, string(e.Data), `"title":"new"`)

	file := u.file(me.ID, []byte("x"))
	u.signal(models.SignalFile, me.ID, file.ID, "created")
	e = s.must()
	require.Equal(t, "file", e.Name)
	require.Equal(t, "9", e.ID, "what a stream resumes after is the last notification")
	var change struct {
		Action string
		File   fileView
	}
	require.NoError(t, json.Unmarshal(e.Data, &change))
	require.Equal(t, "created", change.Action)
	require.Equal(t, viewFile(file).Links, change.File.Links)
	u.signal(models.SignalFile, me.ID, file.ID, "deleted")
	require.JSONEq(t, `{"action":"deleted","file":{"id":"`+file.ID+`"}}`, string(s.must().Data))

	u.signal(models.SignalProgress, me.ID, u.processing(me.ID).ID, "begin")
	require.NotEqual(t, up.ID, s.must().upload(t).ID, "an upload begun since")
}

func TestAStreamResumesAfterTheLastNotification(t *testing.T) {
	t.Parallel()
	u := newUploadBench(t)
	me, token := u.user(models.RoleUser, models.StatusActive)
	for seq := range int64(3 * eventPage) {
		id := fmt.Sprint("n", seq+1)
		u.rows.notes[id] = models.Notification{ID: id, Seq: seq + 1, UserID: me.ID, Kind: models.NotifyDone}
	}
	s := u.stream(token, "/events", header("Last-Event-ID", "150"))
	for seq := 151; seq <= 3*eventPage; seq++ {
		require.Equal(t, strconv.Itoa(seq), s.must().ID)
	}
	for _, id := range []string{"", "9999999", "-1", "x", "600"} { // none, from elsewhere, or the newest: nothing is missed
		fresh := u.stream(token, "/events", header("Last-Event-ID", id))
		seq := int64(10_000 + len(u.rows.notes))
		name := fmt.Sprint("n", seq)
		u.rows.mu.Lock()
		u.rows.notes[name] = models.Notification{ID: name, Seq: seq, UserID: me.ID}
		u.rows.mu.Unlock()
		require.Eventually(t, func() bool { // until the stream has subscribed
			u.signal(models.SignalNotification, me.ID, name, "")
			return u.app.openStreams(me.ID) > 0
		}, 5*time.Second, time.Millisecond)
		require.Equal(t, strconv.FormatInt(seq, 10), fresh.must().ID)
		fresh.stop()
		u.rows.mu.Lock()
		delete(u.rows.notes, name)
		u.rows.mu.Unlock()
	}
}

func TestAStreamIsKeptAlive(t *testing.T) {
	t.Parallel()
	u := newUploadBench(t, func(d *Deps) { d.Events.alive = 5 * time.Millisecond })
	me, token := u.user(models.RoleUser, models.StatusActive)
	s := u.stream(token, "/uploads/"+u.processing(me.ID).ID+"/events")
	s.must()
	for seen := 0; seen < 3; {
		require.True(t, s.lines.Scan())
		if s.lines.Text() == ": alive" {
			seen++
		}
	}
}

func TestAStreamEndsWithItsToken(t *testing.T) {
	t.Parallel()
	var short *auth.Tokens
	u := newUploadBench(t, func(d *Deps) {
		var err error
		short, err = auth.NewTokens(auth.Keyring{Active: "k1", Keys: map[string][]byte{"k1": testSecret}}, 2*time.Second)
		require.NoError(t, err)
		d.Tokens = short
	})
	u.tokens = short
	me, token := u.user(models.RoleUser, models.StatusActive)
	for _, path := range []string{"/events", "/uploads/" + u.processing(me.ID).ID + "/events"} {
		s := u.stream(token, path)
		s.must()
		s.ends()
		require.Equal(t, []string{"the access token has expired"}, s.Comment)
		_, token, _ = u.again(me)
	}
}

// again signs a user in once more.
func (b *bench) again(u models.User) (models.Session, string, error) {
	s := models.Session{ID: uuid.NewString(), UserID: u.ID, TokenHash: []byte(uuid.NewString()), ExpiresAt: time.Now().Add(time.Hour)}
	if err := b.rows.CreateSession(b.t.Context(), s, u.PasswordHash); err != nil {
		return s, "", err
	}
	token, _, err := b.tokens.Issue(u.ID, s.ID)
	return s, token, err
}

func TestAStreamEndsWithItsUsersRights(t *testing.T) {
	t.Parallel()
	tests := map[string]func(u *uploadBench, me models.User){
		"suspended":  func(u *uploadBench, me models.User) { me.Status = models.StatusSuspended; u.rows.users[me.ID] = me },
		"demoted":    func(u *uploadBench, me models.User) { me.Role = models.RoleUser; u.rows.users[me.ID] = me },
		"signed out": func(u *uploadBench, _ models.User) { revokeAll(u.rows) },
	}
	for name, change := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			u := newUploadBench(t)
			admin, token := u.user(models.RoleAdmin, models.StatusActive)
			other, _ := u.user(models.RoleUser, models.StatusActive)
			theirs, mine := u.processing(other.ID), u.processing(admin.ID)
			one, all := u.stream(token, "/uploads/"+theirs.ID+"/events"), u.stream(token, "/events")
			one.must()
			all.must()

			u.signal(models.SignalUser, admin.ID, admin.ID, "") // nothing has changed: the streams go on
			u.engine.show(2, models.StepCompress)
			u.signal(models.SignalProgress, other.ID, theirs.ID, "begin")
			u.signal(models.SignalProgress, admin.ID, mine.ID, "begin")
			one.must()
			all.must()

			u.rows.mu.Lock()
			change(u, admin)
			u.rows.mu.Unlock()
			u.signal(models.SignalUser, admin.ID, admin.ID, "")
			one.ends()
			require.Equal(t, []string{"the session has ended"}, one.Comment)
			all.ends()
		})
	}
}

func revokeAll(r *fakeRows) {
	for id, s := range r.sessions {
		s.RevokedAt = ptr(time.Now())
		r.sessions[id] = s
	}
}

func TestShutdownEndsStreams(t *testing.T) {
	t.Parallel()
	u := newUploadBench(t)
	me, token := u.user(models.RoleUser, models.StatusActive)
	path := "/uploads/" + u.processing(me.ID).ID + "/events"
	open := []*sse{u.stream(token, "/events"), u.stream(token, path)}
	for _, s := range open {
		s.must()
	}
	close(u.closing)
	for _, s := range open {
		s.ends()
		require.Equal(t, []string{"the server is going away"}, s.Comment)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	require.NoError(t, u.app.Fiber().ShutdownWithContext(ctx), "no connection is left open")
}

func TestStreamsAreLimitedPerUser(t *testing.T) {
	t.Parallel()
	u := newUploadBench(t, func(d *Deps) { d.Config.MaxStreams, d.Events.alive = 2, time.Millisecond })
	me, token := u.user(models.RoleUser, models.StatusActive)
	_, other := u.user(models.RoleUser, models.StatusActive)
	path := "/uploads/" + u.processing(me.ID).ID + "/events"
	first, second := u.stream(token, path), u.stream(token, "/events")
	first.must()
	second.must()
	require.Equal(t, http.StatusTooManyRequests, u.stream(token, path).Status)
	require.Equal(t, http.StatusOK, u.stream(other, "/events").Status)
	require.Equal(t, 2, u.app.openStreams(me.ID))
	first.stop() // a client that leaves is noticed by the comments that it does not take
	require.Eventually(t, func() bool { return u.app.openStreams(me.ID) == 1 }, 10*time.Second, time.Millisecond)
	third := u.stream(token, path)
	require.Equal(t, http.StatusOK, third.Status)
	third.must()
}

func TestStreamsOfNothing(t *testing.T) {
	t.Parallel()
	u := newUploadBench(t)
	_, token := u.user(models.RoleUser, models.StatusActive)
	other, _ := u.user(models.RoleUser, models.StatusActive)
	theirs := u.processing(other.ID)
	u.ask(http.MethodGet, Prefix+"/uploads/"+theirs.ID+"/events", token).problem(CodeNotFound)
	u.ask(http.MethodGet, Prefix+"/uploads/x/events", token).problem(CodeNotFound)
	u.ask(http.MethodGet, Prefix+"/events?lastEventId=1", token).problem(CodeValidation)
	a := u.ask(http.MethodHead, Prefix+"/events", token)
	require.Equal(t, http.StatusOK, a.Status)
	require.Empty(t, a.Body)
	require.Zero(t, u.app.openStreams(other.ID))
	u.rows.fail = errBoom
	b := u.ask(http.MethodGet, Prefix+"/events", token)
	require.Equal(t, http.StatusInternalServerError, b.Status)
}

func TestAPanicInAStreamEndsTheStreamAlone(t *testing.T) {
	t.Parallel()
	u := newUploadBench(t, func(d *Deps) { d.Events.Hub = brokenHub{d.Events.Hub} })
	me, token := u.user(models.RoleUser, models.StatusActive)
	s := u.stream(token, "/uploads/"+u.processing(me.ID).ID+"/events")
	s.ends()
	require.Eventually(t, func() bool { return u.app.openStreams(me.ID) == 0 }, 5*time.Second, time.Millisecond)
	require.Contains(t, u.logs.String(), `"panic"`)
}

// brokenHub hands out a feed of nothing.
type brokenHub struct{ Hub }

func (brokenHub) Watch(string, models.Upload) *progress.Feed { return nil }
