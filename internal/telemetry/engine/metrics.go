// Package engine is how what happens in Temporal is seen: the SDK's own metrics,
// the steps, and the trace that goes from who starts a workflow through it into
// each of its steps.
package engine

import (
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.temporal.io/sdk/client"
)

// latencyBuckets are those of every timer of the SDK, in seconds: from a call of
// the server to a task that waited for a worker.
var latencyBuckets = []float64{0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60, 600}

// Metrics gives the metrics of Temporal's SDK in the registry, under their own
// names with the endings that Prometheus is used to. The labels of a metric are
// those that it is first made with: later ones that it has not are left out, and
// what is missing is empty.
func Metrics(registry prometheus.Registerer) client.MetricsHandler {
	return &handler{families: &families{
		registry: registry,
		counters: map[string]family[*prometheus.CounterVec]{},
		gauges:   map[string]family[*prometheus.GaugeVec]{},
		timers:   map[string]family[*prometheus.HistogramVec]{},
	}}
}

// families are the metrics made so far, for all handlers.
type families struct {
	registry prometheus.Registerer

	mu       sync.Mutex
	counters map[string]family[*prometheus.CounterVec]
	gauges   map[string]family[*prometheus.GaugeVec]
	timers   map[string]family[*prometheus.HistogramVec]
}

type family[V prometheus.Collector] struct {
	series V
	labels []string
}

// values are those of a family's labels, in its order.
func (f family[V]) values(tags map[string]string) []string {
	out := make([]string, len(f.labels))
	for i, label := range f.labels {
		out[i] = tags[label]
	}
	return out
}

// handler implements client.MetricsHandler with a set of tags.
type handler struct {
	families *families
	tags     map[string]string
}

// unusable are tags that say nothing: there is one client.
var unusable = []string{"client_name"}

// WithTags implements client.MetricsHandler.
func (h *handler) WithTags(tags map[string]string) client.MetricsHandler {
	all := make(map[string]string, len(h.tags)+len(tags))
	for k, v := range h.tags {
		all[k] = v
	}
	for k, v := range tags {
		if !slices.Contains(unusable, k) {
			all[k] = known(v)
		}
	}
	return &handler{h.families, all}
}

// known cuts names of queues that the SDK makes for one worker: they have ids
// in them.
func known(value string) string {
	if strings.HasPrefix(value, "temporal-sys/") || strings.HasPrefix(value, "/temporal-sys/") {
		return "temporal-sys"
	}
	return value
}

// find gives the family of a name, made at its first use.
func find[V prometheus.Collector](h *handler, of map[string]family[V], name string, build func(name string, labels []string) V) family[V] {
	h.families.mu.Lock()
	defer h.families.mu.Unlock()
	f, ok := of[name]
	if !ok {
		f.labels = make([]string, 0, len(h.tags))
		for k := range h.tags {
			f.labels = append(f.labels, k)
		}
		slices.Sort(f.labels)
		f.series = build(name, f.labels)
		h.families.registry.MustRegister(f.series)
		of[name] = f
	}
	return f
}

func help(name string) string {
	return "Of Temporal's SDK: " + strings.ReplaceAll(strings.TrimPrefix(name, "temporal_"), "_", " ") + "."
}

// Counter implements client.MetricsHandler.
func (h *handler) Counter(name string) client.MetricsCounter {
	f := find(h, h.families.counters, name, func(name string, labels []string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name + "_total", Help: help(name)}, labels)
	})
	return counter{f.series.WithLabelValues(f.values(h.tags)...)}
}

// Gauge implements client.MetricsHandler.
func (h *handler) Gauge(name string) client.MetricsGauge {
	f := find(h, h.families.gauges, name, func(name string, labels []string) *prometheus.GaugeVec {
		return prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: name, Help: help(name)}, labels)
	})
	return gauge{f.series.WithLabelValues(f.values(h.tags)...)}
}

// Timer implements client.MetricsHandler.
func (h *handler) Timer(name string) client.MetricsTimer {
	f := find(h, h.families.timers, name, func(name string, labels []string) *prometheus.HistogramVec {
		return prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: name + "_seconds", Help: help(name), Buckets: latencyBuckets}, labels)
	})
	return timer{f.series.WithLabelValues(f.values(h.tags)...)}
}

type counter struct{ c prometheus.Counter }

// Inc implements client.MetricsCounter.
func (c counter) Inc(d int64) { c.c.Add(float64(max(d, 0))) }

type gauge struct{ g prometheus.Gauge }

// Update implements client.MetricsGauge.
func (g gauge) Update(v float64) { g.g.Set(v) }

type timer struct{ h prometheus.Observer }

// Record implements client.MetricsTimer.
func (t timer) Record(d time.Duration) { t.h.Observe(d.Seconds()) }
