package progress

import "sync"

// maxPending is how much news a feed keeps for a slow reader. Snapshots
// replace each other, so only notifications and files can add up to it.
const maxPending = 512

// Feed is what one reader has not read yet. Of each upload it keeps the newest
// snapshot alone. Wait on Ready, then Take; Close when done.
type Feed struct {
	hub    *Hub
	viewer string
	all    bool // everything that concerns the viewer, not one upload alone

	watching map[string]*watcher // by upload id; guarded by hub.mu

	ready chan struct{}

	mu     sync.Mutex
	events []Event
	ended  bool
}

func newFeed(h *Hub, viewer string, all bool) *Feed {
	return &Feed{hub: h, viewer: viewer, all: all, watching: map[string]*watcher{}, ready: make(chan struct{}, 1)}
}

// Ready receives when there is something to Take.
func (f *Feed) Ready() <-chan struct{} { return f.ready }

// Take removes what is there, oldest first. open is false when nothing will
// follow: the upload is final or gone, the hub is closed, or news was lost and
// the reader should begin anew.
func (f *Feed) Take() (events []Event, open bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	events, f.events = f.events, nil
	return events, !f.ended
}

// Close gives up the feed, and with it the watchers that nobody else needs.
func (f *Feed) Close() { f.hub.drop(f) }

func (f *Feed) put(e Event) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.ended {
		return
	}
	if !f.replace(e) {
		f.events = append(f.events, e)
	}
	if len(f.events) > maxPending {
		f.events, f.ended = nil, true
	}
	f.wake()
}

// replace puts e into the place of older news that it makes worthless.
func (f *Feed) replace(e Event) bool {
	if e.Kind != EventProgress && e.Kind != EventAccount {
		return false
	}
	for i := range f.events {
		old := &f.events[i]
		if old.Kind == e.Kind && old.Snapshot.Upload.ID == e.Snapshot.Upload.ID {
			*old = e
			return true
		}
	}
	return false
}

// end lets the reader have what is there, and nothing more.
func (f *Feed) end() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.ended = true
	f.wake()
}

func (f *Feed) wake() {
	select {
	case f.ready <- struct{}{}:
	default:
	}
}
