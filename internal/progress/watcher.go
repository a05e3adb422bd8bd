package progress

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"safelight/models"
)

// reason is why a watcher looks, as a set.
type reason uint8

const (
	whyBegin   reason = 1 << iota // a step has begun
	whyEnd                        // an attempt ended, the workflow may not know yet
	whyRow                        // the row has changed
	whyPending                    // attempts are to be asked for
)

// Actions of signals that make a difference here, as models.Signal names them.
const (
	actionBegin   = "begin"
	actionEnd     = "end"
	actionFailed  = "failed"
	actionDeleted = "deleted"
)

// reasonOf reads the action of a progress signal.
func reasonOf(action string) reason {
	switch action {
	case actionBegin:
		return whyBegin
	case actionEnd:
		return whyEnd
	case actionFailed:
		return whyEnd | whyPending
	}
	return whyRow
}

// watcher looks after one upload for all feeds of this process.
type watcher struct {
	hub    *Hub
	id     string
	cancel context.CancelFunc
	kick   chan struct{}

	// Guarded by hub.mu. owner is empty until the row has been read.
	owner string
	why   reason
	feeds map[*Feed]struct{}
	last  *Snapshot

	// Its goroutine's alone.
	row      *models.Upload
	asked    bool // the workflow, at least once
	retrying bool // so the last picture showed
}

// attach lets a feed follow an upload, by a new watcher where there is none.
// row may be nil. The caller holds h.mu.
func (h *Hub) attach(f *Feed, id string, row *models.Upload) {
	if h.closed {
		return
	}
	w := h.watchers[id]
	if w == nil {
		ctx, cancel := context.WithCancel(h.ctx)
		w = &watcher{
			hub: h, id: id, cancel: cancel, kick: make(chan struct{}, 1), owner: f.viewer,
			feeds: map[*Feed]struct{}{}, row: row,
		}
		if row != nil {
			w.owner = row.OwnerID
		}
		h.watchers[id] = w
		h.running.Go(func() {
			defer cancel()
			w.run(ctx)
		})
	}
	if _, ok := w.feeds[f]; ok {
		return
	}
	w.feeds[f], f.watching[id] = struct{}{}, w
	if w.last != nil {
		f.put(Event{Kind: EventProgress, Snapshot: *w.last})
	}
}

// wake makes the watcher look. The caller holds hub.mu.
func (w *watcher) wake(why reason) {
	w.why |= why
	select {
	case w.kick <- struct{}{}:
	default:
	}
}

func (w *watcher) reasons() reason {
	w.hub.mu.Lock()
	defer w.hub.mu.Unlock()
	why := w.why
	w.why = 0
	return why
}

// run looks at each signal and at each turn of the poll, until the upload is
// final or nobody follows it any more.
func (w *watcher) run(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	<-timer.C
	why, pace := whyPending, newPace(w.hub.timing)
	for {
		news, over := w.look(ctx, why)
		if over {
			return
		}
		wait, next := pace.next(why, news)
		timer.Reset(wait)
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
			why = next
		case <-w.kick:
			why = w.reasons()
			pace.signalled()
		}
	}
}

// pace says when to look next.
type pace struct {
	timing timing
	echoes int
	idle   time.Duration
}

func newPace(t timing) *pace { return &pace{timing: t, idle: t.poll} }

func (p *pace) signalled() { p.echoes, p.idle = 0, p.timing.poll }

func (p *pace) next(why reason, news bool) (time.Duration, reason) {
	if !news && why&whyEnd != 0 && p.echoes < len(p.timing.echo) {
		p.echoes++
		return p.timing.echo[p.echoes-1], why & (whyEnd | whyPending)
	}
	wait := p.idle
	if news {
		wait, p.idle = p.timing.poll, p.timing.poll
	} else {
		p.idle = min(p.idle*3/2, p.timing.pollMax)
	}
	return wait + rand.N(wait/8+1), whyPending
}

// look asks for the present picture and publishes it if it is news. over
// means that there is nothing more to come.
func (w *watcher) look(ctx context.Context, why reason) (news, over bool) {
	if w.row == nil || why&whyRow != 0 || w.row.State == models.UploadReceiving {
		if gone := w.read(ctx); gone || w.row == nil {
			return false, gone
		}
	}
	var snap Snapshot
	if unfinished(w.row.State) {
		var err error
		if snap, err = w.ask(ctx, why); err == nil {
			return w.publish(snap), false
		}
		// The workflow has ended or does not answer: what does the row say?
		if w.read(ctx) {
			return false, true
		}
	}
	switch {
	case w.row.State.Final():
		w.finish(fromRow(*w.row, false))
		return true, true
	case unfinished(w.row.State) && w.row.Seq <= snap.Upload.Seq:
		return w.publish(snap), false
	}
	return w.publish(fromRow(*w.row, unfinished(w.row.State))), false
}

// unfinished reports whether there should be a workflow to ask.
func unfinished(s models.UploadState) bool {
	return s == models.UploadProcessing || s == models.UploadStalled
}

// ask gets the live picture; with an error comes what the row makes of it.
func (w *watcher) ask(ctx context.Context, why reason) (Snapshot, error) {
	within := w.hub.timing.question
	if !w.asked {
		within = w.hub.timing.first
	}
	w.asked = true
	snap, err := w.hub.live(ctx, *w.row, within, w.retrying || why&whyPending != 0)
	w.retrying = retrying(snap.Upload.Steps)
	return snap, err
}

// read gets the row, or keeps the one there was. gone means that there is none
// any more: its upload was never accepted.
func (w *watcher) read(ctx context.Context) (gone bool) {
	ctx, cancel := context.WithTimeout(ctx, w.hub.timing.question)
	defer cancel()
	row, err := w.hub.rows.UploadByID(ctx, models.Scope{Any: true}, w.id)
	switch {
	case err == nil:
		w.row = &row
		w.hub.mu.Lock()
		w.owner = row.OwnerID
		w.hub.mu.Unlock()
	case errors.Is(err, models.ErrNotFound):
		w.leave(nil)
		return true
	case w.hub.ctx.Err() == nil:
		w.hub.log.DebugContext(ctx, "row of a watched upload cannot be read", "upload_id", w.id, "error", err)
	}
	return false
}

// publish tells the feeds, if it is news to them.
func (w *watcher) publish(snap Snapshot) bool {
	w.hub.mu.Lock()
	defer w.hub.mu.Unlock()
	if w.hub.watchers[w.id] != w || !newer(w.last, snap) {
		return false
	}
	w.last = &snap
	for f := range w.feeds {
		f.put(Event{Kind: EventProgress, Snapshot: snap})
	}
	return true
}

// finish tells the feeds the end, which no reader may take for an older
// picture, and lets go of them.
func (w *watcher) finish(snap Snapshot) {
	w.hub.mu.Lock()
	if w.last != nil && snap.Upload.Seq <= w.last.Upload.Seq {
		snap.Upload.Seq = w.last.Upload.Seq + 1
	}
	w.hub.mu.Unlock()
	w.leave(&snap)
}

// leave ends the watcher, after a last snapshot if there is one. A feed of this
// upload alone ends with it.
func (w *watcher) leave(last *Snapshot) {
	w.hub.mu.Lock()
	defer w.hub.mu.Unlock()
	if w.hub.watchers[w.id] != w {
		return
	}
	delete(w.hub.watchers, w.id)
	for f := range w.feeds {
		delete(f.watching, w.id)
		if last != nil {
			f.put(Event{Kind: EventProgress, Snapshot: *last})
		}
		if !f.all {
			f.end()
		}
	}
	clear(w.feeds)
}
