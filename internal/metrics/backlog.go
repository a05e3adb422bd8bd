package metrics

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"safelight/models"
)

const (
	// backlogWithin bounds the questions of one scrape.
	backlogWithin = 2 * time.Second
	// backlogAge is how long answers serve, so that it makes no difference how
	// many scrape.
	backlogAge = 5 * time.Second
)

// Backlog is what waits, asked for when somebody scrapes: by the API processes,
// which are there while workers are not. Each says the same of the whole system.
type Backlog struct {
	// Rows counts what waits by the rows.
	Rows func(ctx context.Context) (models.Backlog, error)
	// Queues asks the engine for its task queues.
	Queues func(ctx context.Context) ([]models.QueueBacklog, error)
	Log    *slog.Logger

	uploads, oldest, deliveries, oldestDelivery, held *prometheus.Desc
	tasks, oldestTask, pollers                        *prometheus.Desc
	errors                                            *prometheus.CounterVec

	mu     sync.Mutex
	asked  time.Time
	rows   *models.Backlog
	queues []models.QueueBacklog
}

// Register adds the backlog to a set, once.
func (b *Backlog) Register(s *Set) {
	b.uploads = s.gaugeDesc("uploads_unfinished", "Uploads that have not come to an end, by state; 100000 stands for more.", "state")
	b.oldest = s.gaugeDesc("uploads_oldest_age_seconds", "Since when the oldest upload of a state is there, 0 without one.", "state")
	b.deliveries = s.gaugeDesc("webhook_deliveries_pending", "Deliveries to webhooks that are neither done nor given up; 100000 stands for more.")
	b.oldestDelivery = s.gaugeDesc("webhook_deliveries_oldest_age_seconds", "Since when the oldest of them is there, 0 without one.")
	b.held = s.gaugeDesc("quarantine_held", "Infected originals that are locked up; 100000 stands for more.")
	b.tasks = s.gaugeDesc("queue_backlog", "Tasks that wait in a task queue of the workflow engine, about.", "queue", "kind")
	b.oldestTask = s.gaugeDesc("queue_oldest_age_seconds", "How long the oldest of them has waited, about.", "queue", "kind")
	b.pollers = s.gaugeDesc("queue_pollers", "Workers that have asked a task queue for work lately.", "queue", "kind")
	b.errors = s.counter("backlog_errors_total", "How often what waits could not be asked for; its metrics are left out then.", "source")
	begin(b.errors, "database", "engine")
	s.registry.MustRegister(b)
}

// Describe implements prometheus.Collector.
func (b *Backlog) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{b.uploads, b.oldest, b.deliveries, b.oldestDelivery, b.held, b.tasks, b.oldestTask, b.pollers} {
		out <- d
	}
}

// Collect implements prometheus.Collector.
func (b *Backlog) Collect(out chan<- prometheus.Metric) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if time.Since(b.asked) > backlogAge {
		b.ask()
		b.asked = time.Now()
	}
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	if b.rows != nil {
		for _, s := range b.rows.Uploads {
			gauge(b.uploads, float64(s.Count), string(s.State))
			gauge(b.oldest, s.Oldest.Seconds(), string(s.State))
		}
		gauge(b.deliveries, float64(b.rows.Deliveries))
		gauge(b.oldestDelivery, b.rows.OldestDelivery.Seconds())
		gauge(b.held, float64(b.rows.Held))
	}
	for _, q := range b.queues {
		gauge(b.tasks, float64(q.Backlog), q.Name, q.Kind)
		gauge(b.oldestTask, q.Age.Seconds(), q.Name, q.Kind)
		gauge(b.pollers, float64(q.Pollers), q.Name, q.Kind)
	}
}

// ask asks both at once. What does not answer in time is left out, so that it
// does not look as if nothing waited.
func (b *Backlog) ask() {
	ctx, cancel := context.WithTimeout(context.Background(), backlogWithin)
	defer cancel()
	b.rows, b.queues = nil, nil
	var both sync.WaitGroup
	both.Go(func() {
		rows, err := b.Rows(ctx)
		if err != nil {
			b.failed(ctx, "database", err)
			return
		}
		b.rows = &rows
	})
	both.Go(func() {
		queues, err := b.Queues(ctx)
		if err != nil {
			b.failed(ctx, "engine", err)
			return
		}
		b.queues = queues
	})
	both.Wait()
}

func (b *Backlog) failed(ctx context.Context, source string, err error) {
	b.errors.WithLabelValues(source).Inc()
	b.Log.WarnContext(ctx, "what waits cannot be asked for, its metrics are left out", "source", source, "error", err)
}
