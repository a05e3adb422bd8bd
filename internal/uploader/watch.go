package uploader

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"safelight/models"
)

// ErrLost says that the upload was accepted, but that the server has not
// answered for GiveUpAfter. It goes on there.
var ErrLost = errors.New("lost sight of the upload")

// errEnded: the stream ended before the upload did.
var errEnded = errors.New("the event stream ended early")

// Follow watches an accepted upload until it ends or is stalled, and returns
// the last picture of it, also beside an error. Connections that break are
// made again; pictures older than one already seen are dropped.
func (c *Client) Follow(ctx context.Context, up Upload, o Observer) (Upload, error) {
	f := &follower{c: c, o: o, up: up}
	o.Progress(up)
	lastContact, attempt := time.Now(), 1
	for !settled(f.up.State) {
		heard, err := f.stream(ctx)
		if settled(f.up.State) {
			break
		}
		if err == nil {
			err = errEnded
		}
		var p *Problem
		switch {
		case ctx.Err() != nil:
			return f.up, fmt.Errorf("watch upload %s: %w", up.ID, ctx.Err())
		case errors.As(err, &p) && !p.passing():
			return f.up, fmt.Errorf("watch upload %s: %w", up.ID, err)
		}
		if !heard { // a plain look may work where a stream does not
			heard = f.look(ctx)
		}
		if heard {
			lastContact, attempt = time.Now(), 1
		}
		if time.Since(lastContact) > c.opts.GiveUpAfter {
			return f.up, fmt.Errorf("%w %s: %w", ErrLost, up.ID, err)
		}
		if !settled(f.up.State) {
			o.Retrying(err)
			attempt++
			if err := c.wait(ctx, attempt, err); err != nil {
				return f.up, fmt.Errorf("watch upload %s: %w", up.ID, err)
			}
		}
	}
	return f.up, nil
}

// settled reports whether nothing more happens without a person.
func settled(s models.UploadState) bool { return s.Final() || s == models.UploadStalled }

type follower struct {
	c  *Client
	o  Observer
	up Upload
}

// take keeps a picture unless a newer one is known. One of a final state is
// always the newest: nothing changes after it.
func (f *follower) take(up Upload) {
	if up.ID != f.up.ID || up.Seq <= f.up.Seq && !up.State.Final() {
		return
	}
	f.up = up
	f.o.Progress(up)
}

func (f *follower) look(ctx context.Context) bool {
	up, err := f.c.Get(ctx, f.up.ID)
	if err != nil {
		return false
	}
	f.take(up)
	return true
}

// stream reads one event stream to its end and reports whether anything came.
func (f *follower) stream(ctx context.Context) (heard bool, err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	res, err := f.c.send(ctx, http.StatusOK, func() (*http.Request, error) {
		req, err := f.c.request(ctx, http.MethodGet, "/uploads/"+url.PathEscape(f.up.ID)+"/events", nil)
		if err == nil {
			req.Header.Set("Accept", "text/event-stream")
		}
		return req, err
	})
	if err != nil {
		return false, err
	}
	defer res.Body.Close()

	silence := f.c.opts.Silence
	watchdog := time.AfterFunc(silence, func() { cancel(fmt.Errorf("nothing came for %s", silence)) })
	defer watchdog.Stop()
	events := newEventReader(res.Body, func() { watchdog.Reset(silence) })
	for !settled(f.up.State) {
		e, err := events.next()
		if err != nil {
			if cause := context.Cause(ctx); cause != nil {
				err = cause
			}
			return heard, fmt.Errorf("read events: %w", err)
		}
		heard = true
		if e.name != "progress" {
			continue
		}
		var up Upload
		if err := json.Unmarshal(e.data, &up); err != nil {
			return heard, fmt.Errorf("read an event: %w", err)
		}
		f.take(up)
	}
	return heard, nil
}
