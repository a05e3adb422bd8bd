// Command worker runs the workflows and steps of uploads. Started as `worker
// imaging` it is one of its own children that decode images.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"

	"safelight/activities"
	"safelight/internal/clamd"
	"safelight/internal/config"
	"safelight/internal/imaging"
	"safelight/internal/imaging/codec"
	"safelight/internal/telemetry"
	"safelight/internal/webhook"
	"safelight/models/store"
	"safelight/storage"
	"safelight/worker"
	"safelight/workflows"
)

// stopWithin is how long running steps may take to end when the process is
// told to stop. One that takes longer is tried again by another worker.
const stopWithin = 10 * time.Second

// version is set at build time.
var version = "dev"

func main() {
	if len(os.Args) > 1 && os.Args[1] == "imaging" {
		imaging.ChildMain(codec.Open)
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	do := run
	if len(os.Args) > 1 && os.Args[1] == "healthcheck" {
		do = checkHealth
	}
	err := do(ctx)
	stop()
	if err != nil {
		slog.Error("worker ended", "error", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) (err error) {
	cfg, err := config.LoadWorker(config.Environ(os.Environ()))
	if err != nil {
		return fmt.Errorf("configuration:\n%w", err)
	}
	log := telemetry.Logger(os.Stderr, cfg.LogLevel)
	slog.SetDefault(log)
	seen, err := see(ctx, cfg, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, seen.close()) }() //nolint:contextcheck // ctx has ended by then

	rows, err := store.Open(ctx, string(cfg.Postgres.URL), cfg.DatabaseMaxConns, store.Pooled(cfg.Postgres.Pooled()))
	if err != nil {
		return fmt.Errorf("database: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	objects, err := storage.Open(ctx, string(cfg.Storage.URL), storage.WithSupabase(storage.SupabaseOptions{
		Key: string(cfg.Storage.Supabase.ServiceKey), BucketPrefix: cfg.Storage.Supabase.BucketPrefix,
		PublicURL: cfg.Storage.Supabase.PublicURL, MaxBytes: cfg.Limits.MaxUploadBytes,
	}))
	if err != nil {
		return fmt.Errorf("object store: %w", err)
	}
	objects = seen.objects(objects, cfg.Storage.URL)
	dir, err := openWorkDir(cfg.WorkDir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, dir.Close()) }()
	images, err := newDecoders(dir.path, cfg.CPUConcurrency, seen, log)
	if err != nil {
		return err
	}
	defer images.pool.Close()

	engine, err := dial(cfg, identity(), log, seen.engine)
	if err != nil {
		return err
	}
	defer engine.Close()
	scanner := watchScanner(ctx, clamd.New(cfg.ClamdAddress, clamd.Options{MaxConcurrent: cfg.ScanConcurrency}), cfg.Limits.MaxUploadBytes, seen, log)
	if err := seen.serve(ctx, cfg, rows, objects, engine, images, scanner); err != nil {
		return err
	}

	starter := workflows.Starter{Client: engine, Options: workflows.OptionsFrom(cfg.Pipeline, cfg.Limits, cfg.Retention)}
	sender := webhook.NewSender(cfg.WebhookAllowPrivate)
	defer sender.Close()
	hooks := &activities.Webhooks{Rows: rows, Composer: webhook.Composer{From: rows}, Sender: deliveries{sender, seen}, Starter: starter}
	set, err := worker.New(engine, &activities.Activities{
		Objects: objects, Rows: rows, Scanner: scanner, Codec: images, WorkDir: dir.path,
		Starter: starter, Assembler: assembler(cfg, rows, objects, starter, log),
	}, hooks, worker.Options{IO: cfg.IOConcurrency, Scan: cfg.ScanConcurrency, CPU: cfg.CPUConcurrency, StopWithin: stopWithin})
	if err != nil {
		return err
	}
	if err := prepare(ctx, func() error {
		return worker.Prepare(ctx, engine, cfg.Temporal.Namespace, housekeeping(cfg))
	}, log); err != nil {
		return err
	}
	if err := set.Start(); err != nil {
		return err
	}
	log.Info("worker runs", "temporal", cfg.Temporal.Address, "clamd", cfg.ClamdAddress, "storage", "ready")
	dispatched := make(chan error, 1)
	go func() { dispatched <- dispatch(ctx, cfg.Postgres.Session(), hooks, log) }()
	<-ctx.Done()
	log.Info("worker stops")
	err = <-dispatched
	set.Stop()
	return err
}

// housekeeping is what the schedules do, and how often.
func housekeeping(cfg config.Worker) worker.Housekeeping {
	return worker.Housekeeping{
		ReconcileEvery: cfg.ReconcileEvery,
		Restart:        activities.RestartInput{Grace: cfg.ReconcileGrace, Silence: cfg.ReconcileSilence},
		SweepEvery:     cfg.SweepEvery,
		Sweep: activities.SweepInput{
			Receiving: cfg.Retention.Receiving, Trash: cfg.Retention.Trash, BlobGrace: cfg.Retention.BlobGrace,
		},
		Dispatch:       activities.DispatchInput{GoneAfter: workflows.DeliveryGoneAfter, Keep: cfg.WebhookDeliveries},
		Quarantine:     activities.PurgeQuarantineInput{Retention: cfg.Retention.Quarantine},
		IntegrityEvery: cfg.IntegrityEvery,
		Integrity:      workflows.IntegrityInput{Repair: cfg.IntegrityRepair, Grace: cfg.Retention.Receiving},
	}
}

// prepare waits for the engine, which may start after this process.
func prepare(ctx context.Context, do func() error, log *slog.Logger) error {
	for wait := 250 * time.Millisecond; ; wait = min(2*wait, 15*time.Second) {
		err := do()
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return fmt.Errorf("prepare the engine: %w", err)
		}
		log.Warn("the workflow engine cannot be used yet", "error", err, "again_in", wait.String())
		select {
		case <-ctx.Done():
		case <-time.After(wait):
		}
	}
}
