package api

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"

	"safelight/internal/progress"
	"safelight/models"
)

// Hub hands out feeds of what happens; see progress.Hub.
type Hub interface {
	Watch(viewerID string, up models.Upload) *progress.Feed
	Subscribe(userID string) *progress.Feed
}

// EventRows is the part of the store that the beginning of a stream reads.
type EventRows interface {
	UploadByID(ctx context.Context, scope models.Scope, id string) (models.Upload, error)
	OpenUploads(ctx context.Context, ownerID, after string, limit int) (models.Page[models.Upload], error)
	LastNotificationSeq(ctx context.Context, userID string) (int64, error)
	NotificationsSince(ctx context.Context, userID string, seq int64, limit int) ([]models.Notification, error)
}

// EventParts are what the routes of event streams need. All fields are required.
type EventParts struct {
	Hub  Hub
	Rows EventRows
	// Closing is closed before the server is shut down: streams end then, and
	// their connections with them.
	Closing <-chan struct{}

	alive time.Duration // between comments; zero: standardAlive
	stats time.Duration // between the numbers for administrators; zero: standardStats
}

const (
	// eventPage is how many rows the beginning of a stream reads at a time.
	eventPage = 200
	// standardAlive keeps proxies from taking a quiet stream for a dead one.
	standardAlive = 15 * time.Second
	// standardStats is how often administrators are sent the numbers.
	standardStats = 5 * time.Second
	// nextPageWithin is when the next page of unfinished uploads is read, were
	// the first news of one of the page before to fail to come.
	nextPageWithin = 2 * time.Second
	lastEventID    = "Last-Event-ID"
)

// eventRoutes registers the routes of event streams.
func (a *App) eventRoutes() {
	a.streams = &streams{app: a, open: map[string]int{}}
	stream := func(doc string) map[string]*huma.Response {
		return map[string]*huma.Response{"200": {Description: doc, Content: map[string]*huma.MediaType{
			"text/event-stream": {Schema: &huma.Schema{Type: huma.TypeString}},
		}}}
	}
	a.plain(Route{
		ID: "watchUpload", Method: http.MethodGet, Path: Prefix + "/uploads/{id}/events", Permission: ForUsers, Tag: "Uploads",
		Summary: "The progress of an upload, live", Status: http.StatusOK, Codes: []Code{CodeNotFound, CodeTooManyStreams},
		Description: "Server-sent events named progress, each the whole upload; the id of an event is its seq. The stream ends after a final state.",
		Parameters:  []*huma.Param{{Name: "id", In: "path", Required: true, Schema: &huma.Schema{Type: huma.TypeString}}},
		Responses:   stream("Events"),
	}, a.streams.watchUpload)
	a.plain(Route{
		ID: "watchEverything", Method: http.MethodGet, Path: Prefix + "/events", Permission: ForUsers, Tag: "Events",
		Summary: "All that concerns me, live", Status: http.StatusOK, Codes: []Code{CodeTooManyStreams},
		Description: "Server-sent events: progress (an upload), notification, and file (an action and the file). At the beginning comes " +
			"the present state of every unfinished upload, and for a client that comes back with Last-Event-ID every notification " +
			"that it missed. Administrators also get stats, every few seconds. The stream ends with its credential, and when the " +
			"account is suspended, deleted or gets another role.",
		Parameters: []*huma.Param{{Name: lastEventID, In: "header", Schema: &huma.Schema{Type: huma.TypeString}, Description: "The id of the last event seen."}},
		Responses:  stream("Events"),
	}, a.streams.watchEverything)
}

// watchUpload streams one upload.
func (s *streams) watchUpload(c *fiber.Ctx) error {
	id := identityFrom(c.UserContext())
	up, err := s.app.Events.Rows.UploadByID(c.UserContext(), id.Scope(), c.Params("id"))
	if err != nil {
		return fmt.Errorf("read upload: %w", err)
	}
	return s.serve(c, id, func() (*reader, error) {
		return &reader{
			feed: s.app.Events.Hub.Watch(id.User.ID, up),
			allowed: func(now Identity) bool {
				return now.User.ID == up.OwnerID || now.IsAdmin()
			},
			send: func(w *eventWriter, e progress.Event) error {
				if e.Kind != progress.EventProgress {
					return nil
				}
				return w.event("progress", e.Snapshot.Upload.Seq, viewSnapshot(e.Snapshot))
			},
		}, nil
	})
}

// watchEverything streams all that concerns the caller.
func (s *streams) watchEverything(c *fiber.Ctx) error {
	id := identityFrom(c.UserContext())
	ctx, after := c.UserContext(), c.Get(lastEventID)
	return s.serve(c, id, func() (*reader, error) {
		u := &userEvents{rows: s.app.Events.Rows, userID: id.User.ID}
		feed, err := u.begin(ctx, s.app.Events.Hub, after)
		if err != nil {
			return nil, err
		}
		r := &reader{
			feed: feed, greet: u.missed, send: u.send, follow: u.follow, allowed: func(Identity) bool { return true },
		}
		if id.IsAdmin() { // who gets another role gets another stream
			r.stats = func(ctx context.Context, w *eventWriter) error { return u.sendStats(ctx, w, s.app) }
		}
		return r, nil
	})
}

// userEvents writes the stream of one user. last is the number of the newest
// notification sent: the id of every event.
type userEvents struct {
	rows   EventRows
	userID string
	last   int64
	first  []models.Notification // missed, to be sent before anything else

	// What was unfinished at the beginning comes page by page, each when the one
	// before has been sent: however many there are, neither they nor their news
	// pile up. unsent holds the page's uploads of which nothing was sent yet.
	feed   *progress.Feed
	after  string // cursor of the next page; empty: there is none
	unsent map[string]struct{}

	counted time.Time // when the numbers were counted that were sent last
}

// begin subscribes, and reads what was there before: in an order in which
// nothing can fall between.
func (u *userEvents) begin(ctx context.Context, hub Hub, after string) (*progress.Feed, error) {
	last, err := u.rows.LastNotificationSeq(ctx, u.userID)
	if err != nil {
		return nil, fmt.Errorf("read last notification: %w", err)
	}
	u.last = last
	// An id that no stream of this user gave out is as good as none.
	if seen, err := strconv.ParseInt(after, 10, 64); err == nil && seen >= 0 {
		u.last = min(seen, last)
	}
	feed := hub.Subscribe(u.userID)
	if u.first, err = u.rows.NotificationsSince(ctx, u.userID, u.last, eventPage); err != nil {
		feed.Close()
		return nil, fmt.Errorf("read missed notifications: %w", err)
	}
	u.feed = feed
	if err := u.followPage(ctx); err != nil {
		feed.Close()
		return nil, err
	}
	return feed, nil
}

// follow goes on with the next page of what is unfinished, once the one before
// is sent or overdue. more is false when all are followed.
func (u *userEvents) follow(ctx context.Context, overdue bool) (more bool, err error) {
	if u.after != "" && (len(u.unsent) == 0 || overdue) {
		err = u.followPage(ctx)
	}
	return u.after != "", err
}

func (u *userEvents) followPage(ctx context.Context) error {
	page, err := u.rows.OpenUploads(ctx, u.userID, u.after, eventPage)
	if err != nil {
		return fmt.Errorf("read open uploads: %w", err)
	}
	u.after, u.unsent = page.Next, make(map[string]struct{}, len(page.Items))
	for i := range page.Items {
		u.unsent[page.Items[i].ID] = struct{}{}
	}
	u.feed.Follow(page.Items) //nolint:contextcheck // what follows outlives the request, and ends with the feed
	return nil
}

// missed sends the notifications that came while the client was away.
func (u *userEvents) missed(ctx context.Context, w *eventWriter) error {
	for page := u.first; len(page) > 0; {
		for _, n := range page {
			if err := u.notify(w, n); err != nil {
				return err
			}
		}
		if len(page) < eventPage {
			break
		}
		var err error
		if page, err = u.rows.NotificationsSince(ctx, u.userID, u.last, eventPage); err != nil {
			return fmt.Errorf("read missed notifications: %w", err)
		}
	}
	u.first = nil
	return nil
}

func (u *userEvents) notify(w *eventWriter, n models.Notification) error {
	if n.Seq <= u.last { // sent as missed, and signalled as well
		return nil
	}
	u.last = n.Seq
	return w.event("notification", u.last, viewNotification(n))
}

func (u *userEvents) send(w *eventWriter, e progress.Event) error {
	switch e.Kind {
	case progress.EventProgress:
		delete(u.unsent, e.Snapshot.Upload.ID)
		return w.event("progress", u.last, viewSnapshot(e.Snapshot))
	case progress.EventNotification:
		return u.notify(w, e.Notification)
	case progress.EventFile:
		return w.event("file", u.last, viewFileChange(e.File))
	case progress.EventAccount:
	}
	return nil
}

// sendStats sends the numbers if they have been counted since those sent last.
// That they cannot be counted now is no reason to end the stream.
func (u *userEvents) sendStats(ctx context.Context, w *eventWriter, a *App) error {
	v, err := a.stats.look(ctx)
	if err != nil {
		a.Log.WarnContext(ctx, "the numbers for administrators cannot be counted", "error", err)
		return nil
	}
	if v.At.Equal(u.counted) {
		return nil
	}
	u.counted = v.At
	return w.event("stats", u.last, v)
}

// fileChangeView is what happened to a file; of one that is gone for good the
// id is left.
type fileChangeView struct {
	Action string `json:"action"`
	File   any    `json:"file"`
}

func viewFileChange(change progress.FileChange) fileChangeView {
	if change.File == nil {
		return fileChangeView{change.Action, struct {
			ID string `json:"id"`
		}{change.ID}}
	}
	return fileChangeView{change.Action, viewFile(*change.File)}
}
