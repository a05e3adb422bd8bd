package progress

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"safelight/models"
)

// timing is how the hub paces itself.
type timing struct {
	// echo is when to ask again after a signal that comes just before the
	// workflow knows of what it tells: the end or the failure of an attempt.
	echo []time.Duration
	// poll is the pace without signals, growing to pollMax while nothing changes.
	poll, pollMax time.Duration
	// first bounds the first question about an upload, since somebody waits for
	// the first event; question bounds the later ones and those to the database.
	first, question time.Duration
}

func standardTiming() timing {
	return timing{
		echo: []time.Duration{40 * time.Millisecond, 80 * time.Millisecond, 160 * time.Millisecond},
		poll: 2 * time.Second, pollMax: 10 * time.Second,
		first: 700 * time.Millisecond, question: 2 * time.Second,
	}
}

// maxQuestions is how many questions to the engine one process asks at once.
const maxQuestions = 32

// Hub fans out what happens to uploads, files and notifications. It does not
// block the one that signals, nor wait for slow readers.
type Hub struct {
	rows   Rows
	engine Engine
	log    *slog.Logger
	timing timing

	ctx       context.Context //nolint:containedctx // the life of the watchers, ended by Close
	stop      context.CancelFunc
	running   sync.WaitGroup
	questions chan struct{}

	mu       sync.Mutex
	closed   bool
	watchers map[string]*watcher // by upload id
	viewers  map[string]*viewer  // by user id; those with a feed open
}

// viewer is a user with at least one feed open.
type viewer struct {
	feeds   map[*Feed]struct{}
	signals []models.Signal // not looked up yet
	loading bool
}

func (v *viewer) feedSet() map[*Feed]struct{} {
	if v == nil {
		return nil
	}
	return v.feeds
}

// New makes a hub. Close ends it.
func New(rows Rows, engine Engine, log *slog.Logger) *Hub {
	ctx, stop := context.WithCancel(context.Background())
	return &Hub{
		rows: rows, engine: engine, log: log, timing: standardTiming(),
		ctx: ctx, stop: stop, questions: make(chan struct{}, maxQuestions),
		watchers: map[string]*watcher{}, viewers: map[string]*viewer{},
	}
}

// Close ends every feed and waits until nothing of the hub runs any more.
func (h *Hub) Close() {
	h.mu.Lock()
	h.closed = true
	for _, v := range h.viewers {
		for f := range v.feeds {
			f.end()
		}
	}
	h.mu.Unlock()
	h.stop()
	h.running.Wait()
}

// Watch opens a feed of one upload, whose row the caller has just read: the
// present snapshot at once, then every change, and after a final state the end.
// viewerID is who reads, for EventAccount.
func (h *Hub) Watch(viewerID string, up models.Upload) *Feed {
	f := newFeed(h, viewerID, false)
	if !h.add(f) {
		return f
	}
	if up.State.Final() {
		f.put(Event{Kind: EventProgress, Snapshot: fromRow(up, false)})
		f.end()
		return f
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.attach(f, up.ID, &up)
	return f
}

// Subscribe opens a feed of all that concerns a user from now on: progress of
// any upload, notifications and files. Follow adds what is under way already.
func (h *Hub) Subscribe(userID string) *Feed {
	f := newFeed(h, userID, true)
	h.add(f)
	return f
}

// Follow has the present state of the given uploads of the feed's user come at
// once, and then their changes. A feed that has ended stays so.
func (f *Feed) Follow(open []models.Upload) {
	f.hub.mu.Lock()
	defer f.hub.mu.Unlock()
	if _, ok := f.hub.viewers[f.viewer].feedSet()[f]; !ok {
		return
	}
	for i := range open {
		f.hub.attach(f, open[i].ID, &open[i])
	}
}

// Signal takes in one signal of the database. It does not block.
func (h *Hub) Signal(s models.Signal) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return
	}
	if w, ok := h.watchers[s.ID]; ok && s.Kind == models.SignalProgress {
		w.wake(reasonOf(s.Action))
	}
	v := h.viewers[s.OwnerID]
	if v == nil {
		return
	}
	switch s.Kind {
	case models.SignalUser:
		for f := range v.feeds {
			f.put(Event{Kind: EventAccount})
		}
	case models.SignalProgress:
		for f := range v.feeds {
			if f.all {
				h.attach(f, s.ID, nil)
			}
		}
	case models.SignalNotification, models.SignalFile:
		h.enqueue(v, s)
	case models.SignalWebhook: // for workers alone
	}
}

// Resync makes up for signals that may have been missed. Uploads are looked at
// again. Changes of files cannot be told any more, so that feeds of users end:
// their readers come back and read everything anew. Every other reader is to
// check its account.
func (h *Hub) Resync() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, w := range h.watchers {
		w.wake(whyRow | whyPending)
	}
	for _, v := range h.viewers {
		for f := range v.feeds {
			if f.all {
				f.end()
			} else {
				f.put(Event{Kind: EventAccount})
			}
		}
	}
}

// Watched is how many uploads this process follows.
func (h *Hub) Watched() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.watchers)
}

// add enters a feed, or ends it where the hub is closed.
func (h *Hub) add(f *Feed) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		f.end()
		return false
	}
	v := h.viewers[f.viewer]
	if v == nil {
		v = &viewer{feeds: map[*Feed]struct{}{}}
		h.viewers[f.viewer] = v
	}
	v.feeds[f] = struct{}{}
	return true
}

// drop takes a feed out.
func (h *Hub) drop(f *Feed) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if v := h.viewers[f.viewer]; v != nil {
		delete(v.feeds, f)
		if len(v.feeds) == 0 {
			delete(h.viewers, f.viewer)
		}
	}
	for id, w := range f.watching {
		delete(f.watching, id)
		delete(w.feeds, f)
		if len(w.feeds) == 0 {
			w.cancel()
			delete(h.watchers, id)
		}
	}
}
