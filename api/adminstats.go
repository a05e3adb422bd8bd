package api

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"safelight/models"
)

// statsView is the system in numbers.
type statsView struct {
	Users       userCounts                   `json:"users"`
	Files       fileCounts                   `json:"files"`
	Versions    int64                        `json:"versions"`
	StoredBytes int64                        `json:"storedBytes" doc:"Of all stored pictures, previews included."`
	SavedBytes  savedBytes                   `json:"savedBytes"`
	Uploads24h  map[models.UploadState]int64 `json:"uploads24h" doc:"Uploads of the last 24 hours by state."`
	Uploads30d  map[models.UploadState]int64 `json:"uploads30d" doc:"Uploads of the last 30 days by state."`
	Quarantine  int64                        `json:"quarantine" doc:"How many infected originals are locked up."`
	Queues      *[]queueView                 `json:"queues" nullable:"true" doc:"What waits for workers; null while Temporal cannot be asked."`
	Trends      trendsView                   `json:"trends"`
	At          time.Time                    `json:"at" doc:"When this was counted."`
}

type userCounts struct {
	Total     int64 `json:"total"`
	Admins    int64 `json:"admins"`
	Suspended int64 `json:"suspended"`
}

type fileCounts struct {
	Total   int64 `json:"total" doc:"Those in the trash included."`
	Trashed int64 `json:"trashed"`
}

type savedBytes struct {
	Compression int64 `json:"compression" doc:"What the originals of all stored pictures come to, less their full variants."`
	Dedup       int64 `json:"dedup" doc:"What would be stored besides if no content were shared."`
}

type queueView struct {
	Name           string  `json:"name" example:"safelight-cpu"`
	Kind           string  `json:"kind" enum:"workflow,activity"`
	Backlog        int64   `json:"backlog" doc:"Tasks that wait, about."`
	AgeSeconds     float64 `json:"ageSeconds" doc:"How long the oldest one has waited."`
	AddedPerSecond float64 `json:"addedPerSecond"`
	TakenPerSecond float64 `json:"takenPerSecond"`
	Pollers        int     `json:"pollers" doc:"Workers that have asked for tasks lately."`
}

type statsOutput struct{ Body statsView }

// statsRoutes registers the numbers.
func (a *App) statsRoutes() {
	operation(a, Route{
		ID: "getStats", Method: http.MethodGet, Path: Prefix + "/admin/stats", Permission: ForAdmins, Tag: "Operations",
		Summary: "The system in numbers", Status: http.StatusOK,
		Description: "A few seconds old at most. The same comes as `stats` events of `/events`.", Codes: []Code{CodeUnavailable},
	}, func(ctx context.Context, _ *struct{}) (*statsOutput, error) {
		v, err := a.stats.look(ctx)
		if err != nil {
			return nil, err
		}
		return &statsOutput{Body: v}, nil
	})
}

const (
	// statsAge is how long counted numbers serve: counting reads whole tables,
	// and however many administrators look on, it is done once.
	statsAge = 4 * time.Second
	// trendsAge is the same for what charts of days and hours are drawn from.
	trendsAge = 12 * time.Second
	// statsWithin bounds the counting, queuesWithin asking for the task queues.
	statsWithin  = 15 * time.Second
	queuesWithin = 2 * time.Second
)

// statsCache counts, but not too often.
type statsCache struct {
	rows   AdminRows
	queues Queues
	log    *slog.Logger
	now    func() time.Time

	mu     sync.Mutex
	last   statsView
	trends models.Trends
	looked time.Time // when the trends were counted
}

// look answers from the last count if it is fresh. Who comes while it is being
// counted waits for it.
func (s *statsCache) look(ctx context.Context) (statsView, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if at := s.last.At; !at.IsZero() && s.now().Sub(at) < statsAge {
		return s.last, nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), statsWithin)
	defer cancel()
	counted, err := s.rows.Stats(ctx)
	if err != nil {
		return statsView{}, fmt.Errorf("count everything: %w", err)
	}
	if err := s.lookBack(ctx); err != nil {
		return statsView{}, err
	}
	s.last = viewStats(counted, s.backlog(ctx), s.now())
	s.last.Trends = viewTrends(s.trends, s.looked)
	return s.last, nil
}

// lookBack counts the trends again if they have aged.
func (s *statsCache) lookBack(ctx context.Context) error {
	now := s.now()
	if !s.looked.IsZero() && now.Sub(s.looked) < trendsAge {
		return nil
	}
	trends, err := s.rows.Trends(ctx, now)
	if err != nil {
		return fmt.Errorf("count uploads over time: %w", err)
	}
	s.trends, s.looked = trends, now
	return nil
}

// backlog is nil where the engine does not answer in time.
func (s *statsCache) backlog(ctx context.Context) *[]queueView {
	ctx, cancel := context.WithTimeout(ctx, queuesWithin)
	defer cancel()
	queues, err := s.queues.Backlog(ctx)
	if err != nil {
		s.log.WarnContext(ctx, "the task queues cannot be asked", "error", err)
		return nil
	}
	out := make([]queueView, len(queues))
	for i, q := range queues {
		out[i] = queueView{
			Name: q.Name, Kind: q.Kind, Backlog: q.Backlog, AgeSeconds: q.Age.Seconds(),
			AddedPerSecond: q.AddRate, TakenPerSecond: q.DispatchRate, Pollers: q.Pollers,
		}
	}
	return &out
}

func viewStats(s models.Stats, queues *[]queueView, at time.Time) statsView {
	return statsView{
		Users: userCounts{s.Users, s.Admins, s.Suspended}, Files: fileCounts{s.Files, s.Trashed}, Versions: s.Versions,
		StoredBytes: s.StoredBytes, SavedBytes: savedBytes{s.SavedByCompression, s.SavedByDedup},
		Uploads24h: s.Uploads24h, Uploads30d: s.Uploads30d, Quarantine: s.Held, Queues: queues, Trends: trendsView{}, At: at.UTC(),
	}
}
