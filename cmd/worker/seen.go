package main

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/interceptor"

	"safelight/activities"
	"safelight/internal/clamd"
	"safelight/internal/config"
	"safelight/internal/imaging"
	"safelight/internal/metrics"
	"safelight/internal/telemetry"
	"safelight/internal/telemetry/engine"
	"safelight/internal/tracing"
	"safelight/internal/webhook"
	"safelight/models"
	"safelight/models/store"
	"safelight/storage"
)

// seen is how this process is seen from outside.
type seen struct {
	metrics *metrics.Set
	worker  *metrics.Worker
	tracing *telemetry.Tracing
	server  *telemetry.Server // nil: nobody scrapes
	log     *slog.Logger
}

// see begins to be seen, before anything else is there.
func see(ctx context.Context, cfg config.Worker, log *slog.Logger) (*seen, error) {
	s := &seen{metrics: metrics.New("worker", version), log: log}
	s.worker = metrics.NewWorker(s.metrics)
	var err error
	s.tracing, err = telemetry.StartTracing(ctx, cfg.Telemetry.Traced(), "worker", version, log)
	return s, err
}

// objects shows what is asked of the object store.
func (s *seen) objects(of storage.Store, url config.Secret) storage.Store {
	return telemetry.Objects(of, metrics.NewStorage(s.metrics, telemetry.StoreKind(string(url))))
}

// engine shows Temporal, workflows and steps.
func (s *seen) engine(o *client.Options) {
	o.Logger = engine.Logger(s.log)
	o.MetricsHandler = engine.Metrics(s.metrics.Registry())
	o.Interceptors = []interceptor.ClientInterceptor{engine.Interceptor(engine.Options{Tracer: s.tracing.Tracer(), Steps: s.worker, Log: s.log})}
}

// serve shows the state of what is there by now, at an address of its own where
// there is one.
func (s *seen) serve(ctx context.Context, cfg config.Worker, rows *store.Store, objects storage.Store, temporal client.Client, images decoders, scanner scans) error {
	metrics.WatchDatabase(s.metrics, rows.PoolStats, rows.Statements)
	s.worker.WatchScanner(scanner.guard.Usable)
	s.worker.WatchDecoders(func() metrics.Decoders {
		p := images.pool.Stats()
		return metrics.Decoders{
			Children: p.Children, Busy: p.Busy, Waiting: p.Waiting, Started: p.Started, Crashed: p.Crashed, Retired: p.Retired,
		}
	})
	if cfg.Telemetry.MetricsAddress == "" {
		return nil
	}
	var err error
	s.server, err = telemetry.Serve(ctx, cfg.Telemetry.MetricsAddress, s.metrics.Handler(), &telemetry.Checks{
		Parts: map[string]func(context.Context) error{
			"database": rows.Ping, "storage": objects.Ready,
			"scanner": func(context.Context) error { return scanner.guard.Usable() },
			"temporal": func(ctx context.Context) error {
				_, err := temporal.CheckHealth(ctx, &client.CheckHealthRequest{})
				return err //nolint:wrapcheck // the check is named
			},
		},
		Waitable: []string{"scanner"},
	}, s.log)
	if err != nil {
		return err
	}
	s.log.Info("metrics are served", "address", s.server.Address)
	return nil
}

// close is the last thing a process does.
func (s *seen) close() error {
	var err error
	if s.server != nil {
		err = s.server.Close()
	}
	s.tracing.Close(s.log)
	return err
}

// scan shows one scan.
func (s *seen) scan(ctx context.Context, r io.Reader, size int64, do func(context.Context, io.Reader) (activities.Verdict, error)) (activities.Verdict, error) {
	ctx, span := tracing.Start(ctx, "scan", tracing.Bytes.Int64(size))
	began, counted := time.Now(), &counter{r: r}
	v, err := do(ctx, counted)
	verdict := verdictOf(v, err)
	span.SetAttributes(attribute.String("safelight.verdict", verdict))
	tracing.End(span, err)
	s.worker.Scanned(verdict, time.Since(began), counted.n)
	return v, err
}

func verdictOf(v activities.Verdict, err error) string {
	switch {
	case err != nil:
		return metrics.VerdictError
	case v.Signature != "":
		return metrics.VerdictInfected
	case v.Unscannable != "":
		return metrics.VerdictUnscannable
	}
	return metrics.VerdictClean
}

type counter struct {
	r io.Reader
	n int64
}

// Read implements io.Reader.
func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err //nolint:wrapcheck // an io.Reader passes io.EOF on as it is
}

// signaturesEvery is how often the scanner is asked how old its signatures are.
const signaturesEvery = time.Minute

// watchSignatures asks until ctx ends. That the scanner does not answer is the
// guard's to tell; what was known stays.
func (s *seen) watchSignatures(ctx context.Context, c *clamd.Client) {
	tick := time.NewTicker(signaturesEvery)
	defer tick.Stop()
	for {
		known, err := c.Signatures(ctx)
		switch {
		case err == nil:
			s.worker.Signatures(known.Version, known.Made)
		case ctx.Err() == nil:
			s.log.DebugContext(ctx, "the scanner does not say how old its signatures are", "error", err)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// decoded shows the work of a decoder on one picture.
func (s *seen) decoded(ctx context.Context, waited, took time.Duration, err error) {
	outcome := metrics.DecodedDone
	var rejection *models.Rejection
	switch {
	case errors.As(err, &rejection):
		outcome = metrics.DecodedRejected
	case errors.Is(err, imaging.ErrChildEnded):
		outcome = metrics.DecodedCrashed
	case err != nil:
		outcome = metrics.DecodedFailed
	}
	trace.SpanFromContext(ctx).SetAttributes(attribute.String("safelight.outcome", outcome),
		attribute.Int64("safelight.waited_ms", waited.Milliseconds()), attribute.Int64("safelight.took_ms", took.Milliseconds()))
	s.worker.Decoded(outcome, waited, took)
}

// deliveries shows what is sent to webhooks.
type deliveries struct {
	activities.Sender
	seen *seen
}

// Send implements activities.Sender. The trace ends here: its ids are nothing
// that other people's programs need to know.
func (d deliveries) Send(ctx context.Context, url string, secret []byte, id string, body []byte) (int, error) {
	ctx, span := tracing.Start(ctx, "webhook send", attribute.String("safelight.message_id", id))
	began := time.Now()
	status, err := d.Sender.Send(ctx, url, secret, id, body)
	outcome := metrics.DeliveredDone
	switch {
	case err == nil:
	case errors.Is(err, webhook.ErrAddress):
		outcome = metrics.DeliveredForbidden
	case status == 0:
		outcome = metrics.DeliveredNoAnswer
	default:
		outcome = metrics.DeliveredRefused
	}
	span.SetAttributes(attribute.Int("http.response.status_code", status), attribute.String("safelight.outcome", outcome))
	tracing.End(span, err)
	d.seen.worker.Delivered(outcome, time.Since(began))
	return status, err
}
