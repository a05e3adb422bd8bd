package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"time"

	"go.temporal.io/sdk/client"

	"safelight/internal/config"
	"safelight/worker"
)

// identity is what Temporal knows this process by.
func identity() string { return identityOf(os.Getpid()) }

func identityOf(pid int) string {
	host, err := os.Hostname()
	if err != nil {
		host = "worker"
	}
	return fmt.Sprintf("%d@%s", pid, host)
}

func dial(cfg config.Worker, identity string, log *slog.Logger, change ...func(*client.Options)) (client.Client, error) {
	secured, err := cfg.Temporal.TLSConfig()
	if err != nil {
		return nil, fmt.Errorf("configuration:\n%w", err)
	}
	return worker.Dial(worker.Frontend{
		Address: cfg.Temporal.Address, Namespace: cfg.Temporal.Namespace, APIKey: string(cfg.Temporal.APIKey), TLS: secured,
	}, identity, log, change...)
}

const (
	// checkWithin bounds a check of a running worker.
	checkWithin = 10 * time.Second
	// quietFor is how long a worker that is well may not have asked for work: it
	// asks again after a minute at the latest.
	quietFor = 3 * time.Minute
)

// checkHealth asks Temporal whether the worker of this container asks for work:
// the first process there is, which is how an image runs it.
func checkHealth(ctx context.Context) error {
	cfg, err := config.LoadWorker(config.Environ(os.Environ()))
	if err != nil {
		return fmt.Errorf("configuration:\n%w", err)
	}
	engine, err := dial(cfg, identity(), slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	defer engine.Close()
	ctx, cancel := context.WithTimeout(ctx, checkWithin)
	defer cancel()
	return worker.CheckPolling(ctx, engine, cfg.Temporal.Namespace, identityOf(1), time.Now().Add(-quietFor))
}
