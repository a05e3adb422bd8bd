package progress

import (
	"context"
	"errors"
	"fmt"

	"safelight/models"
)

// enqueue has a signal about a file or a notification looked up and told to
// the viewer's feeds, in the order of the signals: a reader resumes after the
// last notification that it got. The caller holds h.mu.
func (h *Hub) enqueue(v *viewer, s models.Signal) {
	v.signals = append(v.signals, s)
	if v.loading || h.closed {
		return
	}
	v.loading = true
	h.running.Go(func() { h.load(v) })
}

func (h *Hub) load(v *viewer) {
	for {
		h.mu.Lock()
		signals := v.signals
		v.signals = nil
		if len(signals) == 0 {
			v.loading = false
			h.mu.Unlock()
			return
		}
		h.mu.Unlock()
		for _, s := range signals {
			e, err := h.news(s)
			if errors.Is(err, models.ErrNotFound) {
				continue // gone again; what removed it has signalled too
			}
			h.tell(v, s, e, err)
		}
	}
}

// news looks up what a signal is about.
func (h *Hub) news(s models.Signal) (Event, error) {
	ctx, cancel := context.WithTimeout(h.ctx, h.timing.question)
	defer cancel()
	if s.Kind == models.SignalNotification {
		n, err := h.rows.NotificationByID(ctx, s.ID)
		if err != nil {
			return Event{}, fmt.Errorf("look up notification %s: %w", s.ID, err)
		}
		return Event{Kind: EventNotification, Notification: n}, nil
	}
	change := FileChange{Action: s.Action, ID: s.ID}
	if s.Action != actionDeleted {
		f, err := h.rows.FileByID(ctx, models.Scope{OwnerID: s.OwnerID}, s.ID)
		if err != nil {
			return Event{}, fmt.Errorf("look up file %s: %w", s.ID, err)
		}
		change.File = &f
	}
	return Event{Kind: EventFile, File: change}, nil
}

// tell hands news to the viewer's feeds. News that cannot be had ends them, so
// that their readers begin anew rather than miss it.
func (h *Hub) tell(v *viewer, s models.Signal, e Event, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if err != nil && h.ctx.Err() == nil {
		h.log.Warn("feeds are ended, since their news cannot be read", "user_id", s.OwnerID, "error", err)
	}
	for f := range v.feeds {
		switch {
		case !f.all:
		case err != nil:
			f.end()
		default:
			f.put(e)
		}
	}
}
