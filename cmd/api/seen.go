package main

import (
	"context"
	"log/slog"

	"go.opentelemetry.io/otel/trace"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/interceptor"

	"safelight/api"
	"safelight/internal/config"
	"safelight/internal/metrics"
	"safelight/internal/progress"
	"safelight/internal/telemetry"
	"safelight/internal/telemetry/engine"
	"safelight/models/store"
	"safelight/storage"
)

// seen is how this process is seen from outside.
type seen struct {
	metrics *metrics.Set
	api     *metrics.API
	tracing *telemetry.Tracing
	tracer  trace.Tracer
	server  *telemetry.Server // of metrics; nil: they have no address of their own
	inside  bool              // metrics are scraped from the API itself
	log     *slog.Logger
}

// see begins to be seen, before anything else is there.
func see(ctx context.Context, cfg config.API, log *slog.Logger) (*seen, error) {
	s := &seen{metrics: metrics.New("api", version), log: log}
	s.api = metrics.NewAPI(s.metrics)
	var err error
	if s.tracing, err = telemetry.StartTracing(ctx, cfg.Telemetry.Traced(), "api", version, log); err != nil {
		return nil, err
	}
	s.tracer = s.tracing.Tracer()
	address := cfg.Telemetry.MetricsAddress
	if address == "" {
		s.inside = cfg.Environment == config.Development
		return s, nil
	}
	if s.server, err = telemetry.Serve(ctx, address, s.metrics.Handler(), nil, log); err != nil {
		s.tracing.Close(log) //nolint:contextcheck // it has its own, which the end of ctx must not cut
		return nil, err
	}
	log.Info("metrics are served", "address", s.server.Address)
	return s, nil
}

// objects shows what is asked of the object store.
func (s *seen) objects(of storage.Store, url config.Secret) storage.Store {
	return telemetry.Objects(of, metrics.NewStorage(s.metrics, telemetry.StoreKind(string(url))))
}

// engine shows what is asked of Temporal.
func (s *seen) engine(o *client.Options) {
	o.MetricsHandler = engine.Metrics(s.metrics.Registry())
	o.Interceptors = []interceptor.ClientInterceptor{engine.Interceptor(engine.Options{Tracer: s.tracer, Steps: nil, Log: s.log})}
}

// watch shows the state of what is there by now.
func (s *seen) watch(rows *store.Store, hub *progress.Hub, queues progress.Queues) {
	metrics.WatchDatabase(s.metrics, rows.PoolStats, rows.Statements)
	s.api.Watch(hub.Watched)
	backlog := &metrics.Backlog{Rows: rows.Backlog, Queues: queues.Backlog, Log: s.log}
	backlog.Register(s.metrics)
}

// telemetry is what the app needs of it.
func (s *seen) telemetry() api.Telemetry {
	t := api.Telemetry{Metrics: s.api, Tracer: s.tracer}
	if s.inside {
		t.Scrape = s.metrics.Text
	}
	return t
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
