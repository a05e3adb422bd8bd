package api

import (
	"context"
	"log/slog"
	"net/http"
	"reflect"
	"slices"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
)

// configView is what a client may know of this server.
type configView struct {
	Version          string        `json:"version"`
	AcceptedTypes    []string      `json:"acceptedTypes" doc:"MIME types of uploads, judged by content."`
	Limits           limitsView    `json:"limits"`
	Retention        retentionView `json:"retention"`
	RegistrationOpen bool          `json:"registrationOpen"`
	Fresh            bool          `json:"fresh" doc:"Nobody has signed in yet: whoever set the server up is about to."`
}

type limitsView struct {
	Bytes             int64 `json:"bytes" doc:"Of one upload."`
	Pixels            int64 `json:"pixels" doc:"Of one picture, over all its frames."`
	Frames            int   `json:"frames"`
	NameLength        int   `json:"nameLength" doc:"Characters."`
	ConcurrentUploads int   `json:"concurrentUploads" doc:"Being sent by one user."`
	EventStreams      int   `json:"eventStreams" doc:"Open for one user."`
}

type retentionView struct {
	TrashSeconds   int64 `json:"trashSeconds" doc:"How long a file stays in the trash."`
	SessionSeconds int64 `json:"sessionSeconds" doc:"How long a session lasts at most."`
	IdleSeconds    int64 `json:"idleSeconds" doc:"How long a session lasts unused."`
}

type configOutput struct{ Body configView }

type healthView struct {
	Status string `json:"status" enum:"ok"`
}

type healthOutput struct{ Body healthView }

type readyView struct {
	Status string            `json:"status" enum:"ready,degraded,unavailable"`
	Checks map[string]string `json:"checks" doc:"up or down, by the name of the part."`
}

type readyOutput struct {
	Status int
	Body   readyView
}

// systemRoutes registers what machines ask, and what everybody may know.
func (a *App) systemRoutes() {
	operation(a, Route{
		ID: "getConfig", Method: http.MethodGet, Path: Prefix + "/config", Permission: Public, Tag: "System",
		Summary: "Accepted types, limits and times", Status: http.StatusOK,
	}, a.config)
	operation(a, Route{
		ID: "getHealth", Method: http.MethodGet, Path: "/healthz", Permission: Public, Tag: "System",
		Summary: "The process lives", Status: http.StatusOK,
	}, func(context.Context, *struct{}) (*healthOutput, error) {
		return &healthOutput{Body: healthView{Status: "ok"}}, nil
	})
	operation(a, Route{
		ID: "getReadiness", Method: http.MethodGet, Path: "/readyz", Permission: Public, Tag: "System",
		Summary: "The process can serve", Status: http.StatusOK,
		Responses:   map[string]*huma.Response{"503": a.jsonAnswer("A part is down that is needed.", reflect.TypeFor[readyView]())},
		Description: "503, in the same shape, when a part is down without which nothing can be served. With another one down uploads are still accepted, and wait.",
	}, a.ready)
}

// jsonAnswer describes an answer of a type, for the document.
func (a *App) jsonAnswer(description string, t reflect.Type) *huma.Response {
	schema := a.huma.OpenAPI().Components.Schemas.Schema(t, true, "")
	return &huma.Response{Description: description, Content: map[string]*huma.MediaType{"application/json": {Schema: schema}}}
}

func (a *App) config(ctx context.Context, _ *struct{}) (*configOutput, error) {
	c := a.Config
	return &configOutput{Body: configView{
		Version: c.Version, AcceptedTypes: c.AcceptedTypes, RegistrationOpen: c.RegistrationOpen,
		Fresh: a.fresh(ctx),
		Limits: limitsView{
			Bytes: c.MaxUploadBytes, Pixels: c.MaxPixels, Frames: c.MaxFrames, NameLength: c.MaxNameLength,
			ConcurrentUploads: c.MaxUploads, EventStreams: c.MaxStreams,
		},
		Retention: retentionView{
			TrashSeconds: int64(c.TrashFor.Seconds()), SessionSeconds: int64(c.SessionTTL.Seconds()), IdleSeconds: int64(c.SessionIdle.Seconds()),
		},
	}}, nil
}

// fresh reports whether nobody has signed in yet. Once somebody has, that stays
// so and is not asked again. Where it can not be told the answer is no: the rest
// of the configuration is worth more than a greeting.
func (a *App) fresh(ctx context.Context) bool {
	if a.settled.Load() {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	used, err := a.Users.AnySession(ctx)
	if err != nil {
		a.Log.WarnContext(ctx, "sessions cannot be looked for", slog.Any("error", err))
		return false
	}
	if used {
		a.settled.Store(true)
	}
	return !used
}

func (a *App) ready(ctx context.Context, _ *struct{}) (*readyOutput, error) {
	view := a.health.look(ctx)
	out := &readyOutput{Status: http.StatusOK, Body: view}
	if view.Status == "unavailable" {
		out.Status = http.StatusServiceUnavailable
	}
	return out, nil
}

// neededParts are those without which nothing can be served. Uploads are
// accepted without the others, and go on when they are back.
var neededParts = []string{"database", "storage"}

const (
	// checkTimeout bounds one check.
	checkTimeout = 2 * time.Second
	// healthAge is how long an answer serves: everybody may ask, and a check can
	// be dear.
	healthAge = 2 * time.Second
)

// health asks the parts how they are, together and not too often.
type health struct {
	checks map[string]Check
	log    *slog.Logger
	now    func() time.Time

	mu   sync.Mutex
	at   time.Time
	last readyView
	down map[string]bool // as of the last look, for the log
}

func newHealth(checks map[string]Check, log *slog.Logger) *health {
	return &health{checks: checks, log: log, now: time.Now, down: map[string]bool{}}
}

// look answers from the last look if it is fresh.
func (h *health) look(ctx context.Context) readyView {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.at.IsZero() || h.now().Sub(h.at) > healthAge {
		h.last = h.ask(context.WithoutCancel(ctx))
		h.at = h.now()
	}
	return h.last
}

func (h *health) ask(ctx context.Context) readyView {
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	var (
		mu  sync.Mutex
		wg  sync.WaitGroup
		out = readyView{Status: "ready", Checks: make(map[string]string, len(h.checks))}
	)
	for name, check := range h.checks {
		wg.Go(func() {
			err := check(ctx)
			mu.Lock()
			defer mu.Unlock()
			h.changed(name, err)
			out.Checks[name] = "up"
			if err == nil {
				return
			}
			out.Checks[name] = "down"
			if slices.Contains(neededParts, name) {
				out.Status = "unavailable"
			} else if out.Status == "ready" {
				out.Status = "degraded"
			}
		})
	}
	wg.Wait()
	return out
}

// changed gives the log one line when a part goes down, and one when it is back.
func (h *health) changed(name string, err error) {
	before := h.down[name]
	h.down[name] = err != nil
	switch {
	case err != nil && !before:
		h.log.Warn("part is down", slog.String("part", name), slog.Any("error", err))
	case err == nil && before:
		h.log.Info("part is back", slog.String("part", name))
	}
}
