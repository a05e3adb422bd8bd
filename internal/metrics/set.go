// Package metrics is what Safelight counts and measures, by the conventions of
// Prometheus. Values of labels are words that the code knows (a route, a step, an
// outcome), never an id, an address or a name: how many series there are does
// not grow with what is stored or who asks.
package metrics

import (
	"bytes"
	"fmt"
	"net/http"
	"runtime"
	"slices"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/prometheus/common/expfmt"
)

// prefix is what every name of ours begins with.
const prefix = "safelight_"

// Family is one metric with all its series.
type Family struct {
	Name   string
	Type   string // counter, gauge or histogram
	Help   string
	Labels []string
}

// Set is all metrics of one process.
type Set struct {
	registry *prometheus.Registry
	families []Family
}

// New makes the set of a process of one of the programs, with what is known of
// every process: its build, the Go runtime and the system's view of it.
func New(program, version string) *Set {
	s := &Set{registry: prometheus.NewRegistry()}
	s.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	s.gauge("build_info", "Always 1; says what runs.", "program", "version", "goversion").
		WithLabelValues(program, version, runtime.Version()).Set(1)
	return s
}

// Registry is where metrics of others are added.
func (s *Set) Registry() *prometheus.Registry { return s.registry }

// Families lists the metrics of our own, in the order of their making.
func (s *Set) Families() []Family { return slices.Clone(s.families) }

// Handler serves the set over HTTP.
func (s *Set) Handler() http.Handler {
	return promhttp.InstrumentMetricHandler(s.registry, promhttp.HandlerFor(s.registry, promhttp.HandlerOpts{}))
}

// Text is the set in the text format, with its content type, for servers that
// are none of net/http.
func (s *Set) Text() (body []byte, contentType string, err error) {
	families, err := s.registry.Gather()
	if err != nil {
		return nil, "", fmt.Errorf("gather metrics: %w", err)
	}
	format := expfmt.NewFormat(expfmt.TypeTextPlain)
	var b bytes.Buffer
	encoder := expfmt.NewEncoder(&b, format)
	for _, f := range families {
		if err := encoder.Encode(f); err != nil {
			return nil, "", fmt.Errorf("write metrics: %w", err)
		}
	}
	return b.Bytes(), string(format), nil
}

func (s *Set) note(name, kind, help string, labels []string) {
	s.families = append(s.families, Family{Name: prefix + name, Type: kind, Help: help, Labels: labels})
}

func (s *Set) counter(name, help string, labels ...string) *prometheus.CounterVec {
	c := prometheus.NewCounterVec(prometheus.CounterOpts{Name: prefix + name, Help: help}, labels)
	s.registry.MustRegister(c)
	s.note(name, "counter", help, labels)
	return c
}

func (s *Set) gauge(name, help string, labels ...string) *prometheus.GaugeVec {
	g := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: prefix + name, Help: help}, labels)
	s.registry.MustRegister(g)
	s.note(name, "gauge", help, labels)
	return g
}

func (s *Set) histogram(name, help string, buckets []float64, labels ...string) *prometheus.HistogramVec {
	h := prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: prefix + name, Help: help, Buckets: buckets}, labels)
	s.registry.MustRegister(h)
	s.note(name, "histogram", help, labels)
	return h
}

// gaugeFunc is a gauge that is read when somebody asks.
func (s *Set) gaugeFunc(name, help string, read func() float64) {
	s.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: prefix + name, Help: help}, read))
	s.note(name, "gauge", help, nil)
}

// counterFunc is a counter that is kept elsewhere.
func (s *Set) counterFunc(name, help string, read func() float64) {
	s.registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Name: prefix + name, Help: help}, read))
	s.note(name, "counter", help, nil)
}

// gaugeDesc describes a gauge of a collector that makes its series itself.
func (s *Set) gaugeDesc(name, help string, labels ...string) *prometheus.Desc {
	s.note(name, "gauge", help, labels)
	return prometheus.NewDesc(prefix+name, help, labels, nil)
}

// begin gives counters the value 0 before anything has happened: a rate over
// what appears with its first event misses that event.
func begin(c *prometheus.CounterVec, values ...string) {
	for _, v := range values {
		c.WithLabelValues(v)
	}
}

// Buckets of durations, in seconds.
var (
	requestBuckets = []float64{0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 120}
	stepBuckets    = []float64{0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 180}
	partBuckets    = []float64{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60}
)
