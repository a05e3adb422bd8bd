package api

import (
	"encoding/json"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"safelight/models"
)

func TestStats(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	_, token := b.administrator()
	var got map[string]any
	b.ask(http.MethodGet, "/api/v1/admin/stats", token, nil).into(&got)
	for name, want := range map[string]any{
		"users": map[string]any{"total": 3.0, "admins": 1.0, "suspended": 0.0}, "files": map[string]any{"total": 7.0, "trashed": 0.0},
		"storedBytes": 700.0, "savedBytes": map[string]any{"compression": 70.0, "dedup": 7.0},
		"uploads24h": map[string]any{"done": 5.0}, "uploads30d": map[string]any{"done": 50.0},
		"queues": []any{map[string]any{
			"name": "safelight-cpu", "kind": "activity", "backlog": 12.0, "ageSeconds": 90.0,
			"addedPerSecond": 1.5, "takenPerSecond": 0.0, "pollers": 2.0,
		}},
	} {
		require.Equal(t, want, got[name], name)
	}
}

func TestStatsLookBack(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	_, token := b.administrator()
	now := time.Date(2026, 5, 4, 10, 30, 0, 0, time.UTC)
	b.app.stats.now = func() time.Time { return now }
	var got struct {
		Trends map[string]any `json:"trends"`
	}
	b.ask(http.MethodGet, "/api/v1/admin/stats", token, nil).into(&got)
	require.Equal(t, map[string]any{
		"at":          "2026-05-04T10:30:00Z",
		"hours":       []any{map[string]any{"at": "2026-05-04T10:00:00Z", "done": 5.0, "rejected": 0.0, "canceled": 0.0, "failed": 0.0, "open": 1.0}},
		"days":        []any{map[string]any{"at": "2026-05-04T00:00:00Z", "done": 50.0, "rejected": 2.0, "canceled": 0.0, "failed": 0.0, "open": 0.0}},
		"outcomes24h": map[string]any{}, "outcomes30d": map[string]any{"created": 50.0},
		"rejections24h": map[string]any{}, "rejections30d": map[string]any{"infected": 2.0},
		"steps": []any{map[string]any{"name": "scan", "count": 52.0, "p50Seconds": 1.5, "p95Seconds": 4.0, "retries": 3.0}},
	}, got.Trends)
}

// What takes longer to count is counted less often than the rest.
func TestTrendsAreKeptLonger(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	_, token := b.administrator()
	now := time.Now()
	b.app.stats.now = func() time.Time { return now }
	look := func() { b.ask(http.MethodGet, "/api/v1/admin/stats", token, nil) }
	look()
	now = now.Add(trendsAge - time.Second)
	look()
	require.Equal(t, []int32{2, 1}, []int32{b.admin.counted.Load(), b.admin.trended.Load()})
	now = now.Add(statsAge)
	look()
	require.Equal(t, []int32{3, 2}, []int32{b.admin.counted.Load(), b.admin.trended.Load()})
}

func TestStatsAreCountedOnceForMany(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	_, token := b.administrator()
	now := time.Now()
	b.app.stats.now = func() time.Time { return now }
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() { b.ask(http.MethodGet, "/api/v1/admin/stats", token, nil) })
	}
	wg.Wait()
	require.EqualValues(t, 1, b.admin.counted.Load())
	now = now.Add(statsAge)
	b.ask(http.MethodGet, "/api/v1/admin/stats", token, nil)
	require.EqualValues(t, 2, b.admin.counted.Load())
}

func TestStatsWithoutTheEngine(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	_, token := b.administrator()
	b.admin.engine = models.ErrUnavailable
	var got map[string]any
	b.ask(http.MethodGet, "/api/v1/admin/stats", token, nil).into(&got)
	queues, there := got["queues"]
	require.True(t, there)
	require.Nil(t, queues)
	require.InDelta(t, 700, got["storedBytes"], 0)
	b.admin.fail, b.app.stats.last = errBoom, statsView{}
	b.ask(http.MethodGet, "/api/v1/admin/stats", token, nil).problem(CodeInternal)
}

// tell has a user notified.
func (u *uploadBench) tell(user models.User, seq int64) {
	n := models.Notification{ID: uuid.NewString(), Seq: seq, UserID: user.ID, Kind: models.NotifyDone}
	u.rows.mu.Lock()
	u.rows.notes[n.ID] = n
	u.rows.mu.Unlock()
	u.signal(models.SignalNotification, user.ID, n.ID, "")
}

func TestOnlyAdminsAreSentStats(t *testing.T) {
	t.Parallel()
	u := newUploadBench(t, func(d *Deps) { d.Events.stats = 5 * time.Millisecond })
	clock := time.Now()
	u.app.stats.now = func() time.Time { clock = clock.Add(time.Minute); return clock } // guarded by the cache
	boss, token := u.user(models.RoleAdmin, models.StatusActive)
	ada, adas := u.user(models.RoleUser, models.StatusActive)

	theirs := u.stream(adas, "/events")
	require.Equal(t, http.StatusOK, theirs.Status)
	s := u.stream(token, "/events")
	for range 3 {
		e := s.must()
		require.Equal(t, "stats", e.Name)
		require.Equal(t, "0", e.ID, "a client resumes at its notifications")
		var v statsView
		require.NoError(t, json.Unmarshal(e.Data, &v))
		require.EqualValues(t, 700, v.StoredBytes)
	}
	u.tell(ada, 1)
	require.Equal(t, "notification", theirs.must().Name, "users are sent none")

	// Who is an admin no more loses the stream, and with it the numbers.
	u.rows.mu.Lock()
	boss.Role = models.RoleUser
	u.rows.users[boss.ID] = boss
	u.rows.mu.Unlock()
	u.signal(models.SignalUser, boss.ID, boss.ID, "")
	for {
		e, more := s.next()
		if !more {
			break
		}
		require.Equal(t, "stats", e.Name, "what was on its way")
	}
	require.NoError(t, s.lines.Err(), "cut off")
}

// However many administrators listen, it is counted no more often; and where
// nobody does, not at all.
func TestStatsAreCountedOnlyForListeners(t *testing.T) {
	t.Parallel()
	u := newUploadBench(t, func(d *Deps) { d.Events.stats = 2 * time.Millisecond })
	now := time.Now()
	u.app.stats.now = func() time.Time { return now }
	_, token := u.user(models.RoleAdmin, models.StatusActive)
	_, users := u.user(models.RoleUser, models.StatusActive)
	require.Equal(t, http.StatusOK, u.stream(users, "/events").Status)
	require.Zero(t, u.admin.counted.Load())
	for range 5 {
		require.Equal(t, "stats", u.stream(token, "/events").must().Name)
	}
	require.EqualValues(t, 1, u.admin.counted.Load(), "fresh numbers serve all")
}
