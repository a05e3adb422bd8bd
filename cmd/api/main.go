// Command api serves Safelight over HTTP. It keeps no state: any number of
// them may run beside each other.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"go.temporal.io/sdk/client"

	"safelight/api"
	"safelight/api/web"
	"safelight/internal/auth"
	"safelight/internal/config"
	"safelight/internal/imageinfo"
	"safelight/internal/intake"
	"safelight/internal/progress"
	"safelight/internal/telemetry"
	"safelight/models/store"
	"safelight/storage"
	"safelight/worker"
	"safelight/workflows"
)

const (
	// stopWithin is how long requests under way may take to end when the
	// process is told to stop; event streams are told first.
	stopWithin = 15 * time.Second
	// hashWait is how long a sign-in waits for its turn at hashing.
	hashWait = 10 * time.Second
)

// version is set at build time.
var version = "dev"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	if len(os.Args) == 2 && (os.Args[1] == "openapi" || os.Args[1] == "healthcheck") {
		err := aside(ctx, os.Args[1])
		stop()
		if err != nil {
			fmt.Fprintln(os.Stderr, "api:", err)
			os.Exit(1)
		}
		return
	}
	err := run(ctx)
	stop()
	if err != nil {
		slog.Error("api ended", "error", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) (err error) {
	cfg, err := config.LoadAPI(config.Environ(os.Environ()))
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
	secured, err := cfg.Temporal.TLSConfig()
	if err != nil {
		return fmt.Errorf("configuration:\n%w", err)
	}
	engine, err := worker.Dial(worker.Frontend{
		Address: cfg.Temporal.Address, Namespace: cfg.Temporal.Namespace, APIKey: string(cfg.Temporal.APIKey), TLS: secured,
	}, "api", log, seen.engine)
	if err != nil {
		return err
	}
	defer engine.Close()

	starter := workflows.Starter{Client: engine, Options: workflows.OptionsFrom(cfg.Pipeline, cfg.Limits, cfg.Retention)}
	steer := progress.Temporal{Client: engine, Options: starter.Options}
	hub := progress.New(rows, steer, log)
	defer hub.Close()
	queues := progress.Queues{Client: engine, Namespace: cfg.Temporal.Namespace}
	seen.watch(rows, hub, queues)
	listening := make(chan error, 1)
	go func() { listening <- store.Listen(ctx, cfg.Postgres.Session(), hub.Signal, hub.Resync) }()

	closing := make(chan struct{})
	app, err := newApp(cfg, parts{ //nolint:contextcheck // answering takes each request's own context
		rows, objects, engine, starter, steer, hub, queues, seen, closing}, log)
	if err != nil {
		return err
	}
	return serve(ctx, app, cfg.Listen, closing, listening, log)
}

// parts are what the app is made of.
type parts struct {
	rows    *store.Store
	objects storage.Store
	engine  client.Client
	starter workflows.Starter
	steer   progress.Temporal
	hub     *progress.Hub
	queues  progress.Queues
	seen    *seen
	closing <-chan struct{}
}

func newApp(cfg config.API, p parts, log *slog.Logger) (*api.App, error) {
	tokens, err := auth.NewTokens(keyring(cfg.JWTKeys), cfg.AccessTTL)
	if err != nil {
		return nil, fmt.Errorf("token keys: %w", err)
	}
	passwords, err := auth.NewPasswords(auth.DefaultParameters(), auth.HashesAtOnce(), hashWait)
	if err != nil {
		return nil, fmt.Errorf("password hashing: %w", err)
	}
	in := &intake.Intake{
		Rows: p.rows, Objects: p.objects, Starter: p.starter, Log: log,
		Sniff: imageinfo.SniffMIME, SniffLen: imageinfo.SniffLen,
		MaxBytes: cfg.Limits.MaxUploadBytes, MaxOpen: cfg.Limits.MaxUploadsPerUser,
		KeepOriginals: cfg.Pipeline.KeepOriginals,
	}
	links, err := auth.NewShareLinks(secrets(cfg.JWTKeys)...)
	if err != nil {
		return nil, fmt.Errorf("share links: %w", err)
	}
	site, err := web.Built()
	if err != nil {
		return nil, err
	}
	app, err := api.New(api.Deps{
		Config: apiConfig(cfg), Log: log,
		Users: p.rows, Buckets: p.rows, Files: p.rows, Shares: p.rows, ShareLinks: links, Notifications: p.rows, Webhooks: p.rows, Objects: p.objects,
		Signer:    signer(cfg, p.objects),
		Passwords: passwords, Tokens: tokens,
		Checks: map[string]api.Check{
			"database": p.rows.Ping,
			"storage":  p.objects.Ready,
			"temporal": func(ctx context.Context) error {
				_, err := p.engine.CheckHealth(ctx, &client.CheckHealthRequest{})
				return err //nolint:wrapcheck // the check is named
			},
		},
		Uploads: api.UploadParts{
			Rows: p.rows, Engine: p.steer, Pictures: p.hub, Intake: in,
			Resumable: &intake.Resumable{Intake: in, Rows: p.rows, Objects: p.objects, KeepFor: cfg.Retention.Receiving},
		},
		Events: api.EventParts{Rows: p.rows, Hub: p.hub, Closing: p.closing},
		Admin: api.AdminParts{
			Rows: p.rows, Objects: p.objects, Starter: p.starter,
			Queues: p.queues,
		},
		Web:       site,
		Telemetry: p.seen.telemetry(),
	})
	if err != nil {
		return nil, fmt.Errorf("api: %w", err)
	}
	return app, nil
}

// keyring has the first key sign and all be believed.
func keyring(keys config.Keys) auth.Keyring {
	ring := auth.Keyring{Active: keys[0].ID, Keys: make(map[string][]byte, len(keys))}
	for _, k := range keys {
		ring.Keys[k.ID] = []byte(k.Secret)
	}
	return ring
}

// secrets are those of the keys, in their order.
func secrets(keys config.Keys) [][]byte {
	all := make([][]byte, len(keys))
	for i, k := range keys {
		all[i] = []byte(k.Secret)
	}
	return all
}

// signer is the store where readers may be sent to it, or nil.
func signer(cfg config.API, objects storage.Store) storage.Signer {
	s, ok := objects.(storage.Signer)
	if !ok || !cfg.RedirectsToStore() {
		return nil
	}
	return s
}

// printDocument writes the OpenAPI document as a server of the default
// configuration serves it: clients are generated from it.
func printDocument(w io.Writer) error {
	cfg, err := config.LoadAPI(map[string]string{
		"ENVIRONMENT": string(config.Development), "DATABASE_URL": "postgres://localhost/safelight", "STORAGE_URL": "file:///var/lib/safelight",
		"JWT_KEYS": "k1:" + strings.Repeat("documentation", 4), "PUBLIC_URL": "https://safelight.localhost",
	})
	if err != nil {
		return fmt.Errorf("configuration: %w", err)
	}
	document, err := api.Document(apiConfig(cfg))
	if err != nil {
		return fmt.Errorf("document: %w", err)
	}
	var pretty bytes.Buffer
	if err := json.Indent(&pretty, document, "", "  "); err != nil {
		return fmt.Errorf("document: %w", err)
	}
	pretty.WriteByte('\n')
	_, err = pretty.WriteTo(w)
	return err //nolint:wrapcheck // nothing to add
}

func apiConfig(cfg config.API) api.Config {
	var types []string
	for _, f := range imageinfo.Formats() {
		types = append(types, f.MIME())
	}
	return api.Config{
		Version: version, PublicURL: cfg.PublicURL, SecureCookies: cfg.SecureCookies(),
		WebOrigins:       cfg.WebOrigins,
		RegistrationOpen: cfg.RegistrationOpen, QuotaBytes: cfg.Accounts.QuotaBytes, QuotaFiles: cfg.Accounts.QuotaFiles,
		SessionTTL: cfg.SessionTTL, SessionIdle: cfg.SessionIdle, LoginPerMinute: cfg.LoginPerMinute,
		AcceptedTypes: types, MaxUploadBytes: cfg.Limits.MaxUploadBytes, MaxPixels: cfg.Limits.MaxPixels,
		MaxFrames: cfg.Limits.MaxFrames, MaxNameLength: cfg.Limits.MaxNameLength,
		MaxUploads: cfg.Limits.MaxUploadsPerUser, MaxStreams: cfg.Limits.MaxStreamsPerUser,
		TrashFor: cfg.Retention.Trash, TrustedProxies: cfg.TrustedProxies, WebhookAllowPrivate: cfg.WebhookAllowPrivate,
		KeepOriginals: cfg.Pipeline.KeepOriginals,
		TemporalUIURL: cfg.TemporalUIURL, TemporalNamespace: cfg.Temporal.Namespace,
	}
}

// serve answers requests until ctx ends, then closes closing for the event
// streams and lets the requests under way end.
func serve(ctx context.Context, app *api.App, address string, closing chan<- struct{}, listening <-chan error, log *slog.Logger) error {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err != nil {
		return fmt.Errorf("listen on %s: %w", address, err)
	}
	serving := make(chan error, 1)
	go func() { serving <- app.Fiber().Listener(listener) }()
	log.Info("api serves", "address", listener.Addr().String())
	select {
	case err := <-serving:
		return fmt.Errorf("serve: %w", err)
	case err := <-listening:
		if err != nil {
			return fmt.Errorf("listen for changes: %w", err)
		}
	case <-ctx.Done():
	}
	log.Info("api stops")
	close(closing)
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopWithin)
	defer cancel()
	if err := app.Fiber().ShutdownWithContext(last); err != nil {
		return fmt.Errorf("stop serving: %w", err)
	}
	return nil
}
