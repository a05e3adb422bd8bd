package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Worker is what the worker counts.
type Worker struct {
	set *Set

	attempts *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	retries  *prometheus.CounterVec
	running  *prometheus.GaugeVec
	stalls   *prometheus.CounterVec
	finished *prometheus.CounterVec
	versions *prometheus.CounterVec

	decodeSeconds *prometheus.HistogramVec
	decodeWait    prometheus.Observer

	scanSeconds       *prometheus.HistogramVec
	scanned           prometheus.Counter
	signaturesMade    prometheus.Gauge
	signaturesVersion prometheus.Gauge

	delivered *prometheus.CounterVec
	sending   prometheus.Observer
}

// Outcomes of one attempt at a step.
const (
	OutcomeDone     = "done"
	OutcomeRejected = "rejected" // the picture was turned down
	OutcomeCanceled = "canceled"
	OutcomeWaiting  = "waiting" // for another upload of the same picture
	OutcomeFailed   = "failed"
)

// Verdicts of the scanner, as values of a label.
const (
	VerdictClean       = "clean"
	VerdictInfected    = "infected"
	VerdictUnscannable = "unscannable"
	VerdictError       = "error" // nothing was said
)

// How a decoder's work on a picture ended.
const (
	DecodedDone     = "done"
	DecodedRejected = "rejected"
	DecodedCrashed  = "crashed"
	DecodedFailed   = "failed"
)

// How an attempt to deliver to a webhook ended.
const (
	DeliveredDone      = "delivered"
	DeliveredRefused   = "refused"     // an answer other than 2xx
	DeliveredNoAnswer  = "no_answer"   // none came
	DeliveredForbidden = "not_allowed" // an address that is not of the internet
)

// steps are those of an upload, as the API names them.
var steps = []string{"scan", "dedup", "compress", "move", "version", "notify"}

// NewWorker adds the worker's metrics to a set, once.
func NewWorker(s *Set) *Worker {
	w := &Worker{
		set:      s,
		attempts: s.counter("step_attempts_total", "Attempts at steps (activities) that ended, by outcome and, of failed ones, the part that failed them.", "step", "outcome", "cause"),
		seconds:  s.histogram("step_duration_seconds", "Of one attempt at a step.", stepBuckets, "step", "outcome"),
		retries:  s.counter("step_retries_total", "Attempts at steps that were not the first.", "step"),
		running:  s.gauge("steps_running", "Steps that run in this process.", "step"),
		stalls:   s.counter("step_stalls_total", "Steps out of automatic retries, which wait for a person.", "step"),
		finished: s.counter("uploads_finished_total", "Uploads that have come to an end, by state and, of rejected ones, the code of the rejection.", "state", "rejection"),
		versions: s.counter("uploads_outcome_total", "Uploads whose picture is in a file, by outcome.", "outcome"),

		decodeSeconds: s.histogram("decoder_duration_seconds", "Of the work on one picture in a decoder, waiting not included.", stepBuckets, "outcome"),
		decodeWait:    s.histogram("decoder_wait_seconds", "Of the wait for a free decoder.", partBuckets).WithLabelValues(),

		scanSeconds:       s.histogram("scanner_duration_seconds", "Of one scan, with the wait for its turn.", partBuckets, "verdict"),
		scanned:           s.counter("scanner_bytes_total", "Bytes that the scanner was sent.").WithLabelValues(),
		signaturesMade:    s.gauge("scanner_signatures_timestamp_seconds", "When the scanner's signatures were made, by its own word (in its time zone, read as UTC); 0: it has no official ones, or has not said yet.").WithLabelValues(),
		signaturesVersion: s.gauge("scanner_signatures_version", "The number of the scanner's signatures; 0: it has no official ones, or has not said yet.").WithLabelValues(),

		delivered: s.counter("webhook_deliveries_total", "Attempts to deliver an event to a webhook, by how they ended.", "outcome"),
		sending:   s.histogram("webhook_duration_seconds", "Of one attempt to deliver.", requestBuckets).WithLabelValues(),
	}
	for _, step := range steps {
		w.attempts.WithLabelValues(step, OutcomeDone, "")
		w.seconds.WithLabelValues(step, OutcomeDone)
	}
	begin(w.retries, steps...)
	begin(w.stalls, steps...)
	begin(w.versions, "created", "versioned", "duplicate", "restored", "unchanged")
	begin(w.delivered, DeliveredDone, DeliveredRefused, DeliveredNoAnswer, DeliveredForbidden)
	for _, state := range []string{"done", "rejected", "canceled", "failed"} {
		w.finished.WithLabelValues(state, "")
	}
	w.decodeSeconds.WithLabelValues(DecodedDone)
	w.scanSeconds.WithLabelValues(VerdictClean)
	w.scanSeconds.WithLabelValues(VerdictError)
	return w
}

// StepBegan counts a step that runs; the returned function ends it. cause is
// empty but for OutcomeFailed.
func (w *Worker) StepBegan(step string, attempt int32) (ended func(outcome, cause string)) {
	began, running := time.Now(), w.running.WithLabelValues(step)
	running.Inc()
	if attempt > 1 {
		w.retries.WithLabelValues(step).Inc()
	}
	return func(outcome, cause string) {
		running.Dec()
		w.attempts.WithLabelValues(step, outcome, cause).Inc()
		w.seconds.WithLabelValues(step, outcome).Observe(time.Since(began).Seconds())
	}
}

// Stalled counts a step that waits for a person.
func (w *Worker) Stalled(step string) { w.stalls.WithLabelValues(step).Inc() }

// Finished counts an upload's end. rejection is empty but for a rejected one.
func (w *Worker) Finished(state, rejection string) {
	w.finished.WithLabelValues(state, rejection).Inc()
}

// Outcome counts what became of the picture of an upload.
func (w *Worker) Outcome(outcome string) { w.versions.WithLabelValues(outcome).Inc() }

// Scanned counts a scan.
func (w *Worker) Scanned(verdict string, took time.Duration, bytes int64) {
	w.scanSeconds.WithLabelValues(verdict).Observe(took.Seconds())
	w.scanned.Add(float64(max(bytes, 0)))
}

// Signatures notes what the scanner says of its signatures; zero values where it
// has no official ones.
func (w *Worker) Signatures(version int, made time.Time) {
	w.signaturesVersion.Set(float64(version))
	if made.IsZero() {
		w.signaturesMade.Set(0)
		return
	}
	w.signaturesMade.Set(float64(made.Unix()))
}

// WatchScanner adds whether the scanner can be used, read when somebody asks.
func (w *Worker) WatchScanner(usable func() error) {
	w.set.gaugeFunc("scanner_up", "1 while the scanner was found to judge rightly by the last check, else 0: uploads wait.", func() float64 {
		if usable() != nil {
			return 0
		}
		return 1
	})
}

// Decoded counts the work of a decoder on one picture.
func (w *Worker) Decoded(outcome string, waited, took time.Duration) {
	w.decodeWait.Observe(waited.Seconds())
	w.decodeSeconds.WithLabelValues(outcome).Observe(took.Seconds())
}

// Decoders is the state of the pool of decoders.
type Decoders struct {
	Children, Busy, Waiting   int
	Started, Crashed, Retired int64 // since the start of the process
}

// WatchDecoders adds the pool of decoders, read when somebody asks.
func (w *Worker) WatchDecoders(read func() Decoders) {
	number := func(of func(Decoders) int) func() float64 { return func() float64 { return float64(of(read())) } }
	total := func(of func(Decoders) int64) func() float64 { return func() float64 { return float64(of(read())) } }
	w.set.gaugeFunc("decoders", "Decoders (child processes) that this worker keeps.", number(func(d Decoders) int { return d.Children }))
	w.set.gaugeFunc("decoders_busy", "Decoders that work on a picture.", number(func(d Decoders) int { return d.Busy }))
	w.set.gaugeFunc("decoders_waiting", "Pictures that wait for a decoder.", number(func(d Decoders) int { return d.Waiting }))
	w.set.counterFunc("decoder_starts_total", "Decoders that were started.", total(func(d Decoders) int64 { return d.Started }))
	w.set.counterFunc("decoder_crashes_total", "Decoders that ended on a picture: crashed, hung, or over a limit.", total(func(d Decoders) int64 { return d.Crashed }))
	w.set.counterFunc("decoder_retirements_total", "Decoders that were replaced after their number of pictures, or for the memory they kept.", total(func(d Decoders) int64 { return d.Retired }))
}

// Delivered counts an attempt to deliver to a webhook.
func (w *Worker) Delivered(outcome string, took time.Duration) {
	w.delivered.WithLabelValues(outcome).Inc()
	w.sending.Observe(took.Seconds())
}
