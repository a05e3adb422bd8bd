package progress

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"safelight/models"
)

const (
	owner = "0190d5c2-7b1e-7c3a-9f00-000000000001"
	id    = "0190d5c2-7b1e-7c3a-9f00-00000000000a"
)

var errDown = errors.New("engine is down")

// fakeEngine answers with what the test has set, and counts the questions.
type fakeEngine struct {
	mu      sync.Mutex
	picture models.Progress
	pending []PendingStep
	err     error
	pendErr error
	takes   time.Duration
	queries int
	asked   int // for pending steps
}

func (e *fakeEngine) Query(ctx context.Context, _ string) (models.Progress, error) {
	e.mu.Lock()
	e.queries++
	takes := e.takes
	e.mu.Unlock()
	if takes > 0 {
		select {
		case <-time.After(takes):
		case <-ctx.Done():
			return models.Progress{}, ctx.Err()
		}
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.picture, e.err
}

func (e *fakeEngine) Pending(context.Context, string) ([]PendingStep, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.asked++
	return e.pending, e.pendErr
}

func (e *fakeEngine) set(change func(e *fakeEngine)) {
	e.mu.Lock()
	defer e.mu.Unlock()
	change(e)
}

// fakeRows are rows in memory.
type fakeRows struct {
	mu            sync.Mutex
	uploads       map[string]models.Upload
	notifications map[string]models.Notification
	files         map[string]models.File
	err           error
	reads         int
}

func (r *fakeRows) UploadByID(_ context.Context, _ models.Scope, id string) (models.Upload, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.reads++
	up, ok := r.uploads[id]
	if r.err != nil {
		return models.Upload{}, r.err
	}
	if !ok {
		return models.Upload{}, models.ErrNotFound
	}
	return up, nil
}

func (r *fakeRows) NotificationByID(_ context.Context, id string) (models.Notification, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	n, ok := r.notifications[id]
	if r.err != nil {
		return n, r.err
	}
	if !ok {
		return n, models.ErrNotFound
	}
	return n, nil
}

func (r *fakeRows) FileByID(_ context.Context, scope models.Scope, id string) (models.File, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	f, ok := r.files[id]
	if !ok || f.OwnerID != scope.OwnerID {
		return f, models.ErrNotFound
	}
	return f, r.err
}

func (r *fakeRows) fail(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.err = err
}

func (r *fakeRows) put(up models.Upload) models.Upload {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.uploads[up.ID] = up
	return up
}

// bench is a hub with its fakes, inside a bubble with a clock of its own. A
// goroutine that is left at the end fails the test.
type bench struct {
	*testing.T
	*Hub
	engine *fakeEngine
	rows   *fakeRows
}

func inBubble(t *testing.T, test func(t *testing.T, b *bench)) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := &bench{T: t, engine: &fakeEngine{}, rows: &fakeRows{
			uploads: map[string]models.Upload{}, notifications: map[string]models.Notification{}, files: map[string]models.File{},
		}}
		b.Hub = New(b.rows, b.engine, slog.New(slog.DiscardHandler))
		defer b.Close()
		test(t, b)
	})
}

// processing is a row in processing, and has the engine show the same.
func (b *bench) processing() models.Upload {
	up := b.rows.put(models.Upload{ID: id, OwnerID: owner, Name: "cat.jpg", State: models.UploadProcessing, Seq: models.SeqStride})
	b.show(1, models.StepScan)
	return up
}

// show has the workflow tell a picture: n changes in, the given steps running.
func (b *bench) show(n int64, running ...models.StepName) models.Progress {
	p := models.Progress{State: models.UploadProcessing, Seq: n * models.SeqStride, Steps: models.NewSteps()}
	for i := range p.Steps {
		for _, name := range running {
			if p.Steps[i].Name == name {
				p.Steps[i].State, p.Steps[i].Attempt = models.StepRunning, 1
				p.Percent = models.StepPercent(name)
			}
		}
	}
	b.engine.set(func(e *fakeEngine) { e.picture = p })
	return p
}

func (b *bench) queries() int {
	b.engine.mu.Lock()
	defer b.engine.mu.Unlock()
	return b.engine.queries
}

func (b *bench) rowReads() int {
	b.rows.mu.Lock()
	defer b.rows.mu.Unlock()
	return b.rows.reads
}

func (b *bench) finish(state models.UploadState, seq int64) models.Upload {
	up := b.rows.uploads[id]
	up.State, up.Seq, up.Percent = state, seq, 100
	return b.rows.put(up)
}

func (b *bench) signal(action string) {
	b.Signal(models.Signal{Kind: models.SignalProgress, OwnerID: owner, ID: id, Action: action})
}

// settled lets everything happen that can without time going by.
func (b *bench) settled() { synctest.Wait() }

// after lets time go by and then settles.
func (b *bench) after(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// take is what a feed has now.
func (b *bench) take(f *Feed) []Event {
	b.Helper()
	b.settled()
	events, open := f.Take()
	require.True(b, open, "the feed has ended")
	return events
}

// one is the only event that a feed has now.
func (b *bench) one(f *Feed) Snapshot {
	b.Helper()
	events := b.take(f)
	require.Len(b, events, 1)
	require.Equal(b, EventProgress, events[0].Kind)
	return events[0].Snapshot
}

// last is the last event of a feed that has ended.
func (b *bench) last(f *Feed) Snapshot {
	b.Helper()
	b.settled()
	events, open := f.Take()
	require.False(b, open, "the feed goes on")
	require.NotEmpty(b, events)
	return events[len(events)-1].Snapshot
}

func step(t *testing.T, s Snapshot, name models.StepName) models.Step {
	t.Helper()
	for _, st := range s.Upload.Steps {
		if st.Name == name {
			return st
		}
	}
	require.Fail(t, "no step "+string(name))
	return models.Step{}
}
