package metrics

import (
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// API is what the HTTP API counts.
type API struct {
	requests    *prometheus.CounterVec
	seconds     *prometheus.HistogramVec
	inFlight    prometheus.Gauge
	received    prometheus.Counter
	sent        prometheus.Counter
	problems    *prometheus.CounterVec
	uploads     *prometheus.CounterVec
	uploadBytes prometheus.Counter
	signIns     *prometheus.CounterVec
	refusals    *prometheus.CounterVec
	streams     prometheus.Gauge
	events      *prometheus.CounterVec
	set         *Set
}

// Limits that requests are refused by, as values of a label.
const (
	LimitAddress   = "address"
	LimitAccount   = "account"
	LimitDevice    = "device"
	LimitSession   = "session"
	LimitLink      = "link"
	LimitRefresh   = "refresh"
	LimitStreams   = "streams"
	LimitUploads   = "uploads"
	ResultOK       = "ok"       // of a sign-in
	ResultAccepted = "accepted" // of an upload
	ResultRepeated = "repeated" // the answer to an earlier request, again
	WayForm        = "form"     // an upload in one request
	WayTus         = "tus"      // an upload in several
)

// NewAPI adds the API's metrics to a set, once.
func NewAPI(s *Set) *API {
	a := &API{
		set:         s,
		requests:    s.counter("http_requests_total", "Requests answered, by the pattern of their route and the class of their status.", "route", "method", "status"),
		seconds:     s.histogram("http_request_duration_seconds", "From the request's header to the last byte of its answer; of event streams, for as long as they were open.", requestBuckets, "route", "method"),
		inFlight:    s.gauge("http_requests_in_flight", "Requests that are being answered, open event streams among them.").WithLabelValues(),
		received:    s.counter("http_received_bytes_total", "Bytes of request bodies that were read.").WithLabelValues(),
		sent:        s.counter("http_sent_bytes_total", "Bytes of answers' bodies.").WithLabelValues(),
		problems:    s.counter("http_problems_total", "Answers that say what is wrong, by the code of the problem.", "code"),
		uploads:     s.counter("uploads_received_total", "Uploads taken in (accepted) or refused, by the code of the problem; one whose sender went away is upload_interrupted.", "way", "result"),
		uploadBytes: s.counter("uploads_received_bytes_total", "Bytes of the uploads that were accepted.").WithLabelValues(),
		signIns:     s.counter("sign_ins_total", "Tries to sign in with a password, by what came of them.", "result"),
		refusals:    s.counter("limit_refusals_total", "Requests refused because somebody had asked too often, or had too much open, by the limit.", "limit"),
		streams:     s.gauge("event_streams", "Event streams (SSE) that are open.").WithLabelValues(),
		events:      s.counter("events_sent_total", "Events sent over event streams, by their name.", "event"),
	}
	a.uploads.WithLabelValues(WayForm, ResultAccepted)
	a.uploads.WithLabelValues(WayTus, ResultAccepted)
	begin(a.problems, "internal", "unavailable", "rate_limited")
	begin(a.signIns, ResultOK, "invalid_credentials", "rate_limited")
	begin(a.refusals, LimitAddress, LimitAccount, LimitDevice, LimitSession, LimitLink, LimitRefresh, LimitStreams, LimitUploads)
	begin(a.events, "progress", "notification", "file", "stats")
	return a
}

// Request is one that has been answered to the last byte.
type Request struct {
	Route, Method  string
	Status         int
	Took           time.Duration
	Received, Sent int64 // bytes of the bodies
}

// RequestBegan counts a request that is being answered, until RequestEnded.
func (a *API) RequestBegan() { a.inFlight.Inc() }

// RequestEnded counts a request.
func (a *API) RequestEnded(r Request) {
	a.inFlight.Dec()
	a.requests.WithLabelValues(r.Route, r.Method, fmt.Sprintf("%dxx", r.Status/100)).Inc()
	a.seconds.WithLabelValues(r.Route, r.Method).Observe(r.Took.Seconds())
	a.received.Add(float64(max(r.Received, 0)))
	a.sent.Add(float64(max(r.Sent, 0)))
}

// Problem counts an answer that says what is wrong.
func (a *API) Problem(code string) { a.problems.WithLabelValues(code).Inc() }

// Upload counts an upload that was taken in, or refused with a problem's code.
func (a *API) Upload(way, result string, bytes int64) {
	a.uploads.WithLabelValues(way, result).Inc()
	if result == ResultAccepted {
		a.uploadBytes.Add(float64(bytes))
	}
}

// SignIn counts a try: ResultOK, or the code of the problem.
func (a *API) SignIn(result string) { a.signIns.WithLabelValues(result).Inc() }

// Refused counts a request that a limit has turned away.
func (a *API) Refused(limit string) { a.refusals.WithLabelValues(limit).Inc() }

// StreamOpened counts an event stream, until StreamClosed.
func (a *API) StreamOpened() { a.streams.Inc() }

// StreamClosed ends StreamOpened.
func (a *API) StreamClosed() { a.streams.Dec() }

// Event counts an event that was sent.
func (a *API) Event(name string) { a.events.WithLabelValues(name).Inc() }

// Watch adds what is read when somebody asks: how many uploads this process
// follows for its event streams.
func (a *API) Watch(watchers func() int) {
	a.set.gaugeFunc("progress_watchers", "Uploads that this process follows for those who look on.", func() float64 { return float64(watchers()) })
}
