// Package config reads the environment once, at start-up, in cmd. Every fault
// is reported at once and by variable name; nothing reads the environment later.
//
// How a setting is added: see Variables. docs/CONFIGURATION.md is written from
// the fields and their comments by "make generate".
package config

import (
	"log/slog"
	"strings"
	"time"
)

// Environment says how strict to be.
type Environment string

// The environments.
const (
	Development Environment = "development"
	Production  Environment = "production"
)

// Common is what every process needs.
type Common struct {
	// Environment is production, or development, which lets weak secrets and plain HTTP pass.
	Environment Environment `env:"ENVIRONMENT" envDefault:"production"`
	// LogLevel is DEBUG, INFO, WARN or ERROR.
	LogLevel slog.Level `env:"LOG_LEVEL" envDefault:"INFO"`
	Postgres Postgres
	// DatabaseMaxConns bounds the connections of one process, besides one for LISTEN.
	DatabaseMaxConns int `env:"DATABASE_MAX_CONNS" envDefault:"20"`
	Temporal         Temporal
	Storage          Storage
	Telemetry        Telemetry
	Limits           Limits
	Retention        Retention
}

// strict reports whether weak secrets are refused.
func (c Common) strict() bool { return c.Environment != Development }

func (c Common) check(f *faults) {
	if c.Environment != Development && c.Environment != Production {
		f.add("ENVIRONMENT", "%q is neither %s nor %s", c.Environment, Development, Production)
	}
	c.Postgres.check(f, c.strict())
	checkPositive(f, "DATABASE_MAX_CONNS", c.DatabaseMaxConns)
	c.Temporal.check(f)
	c.Storage.check(f, c.strict())
	c.Telemetry.check(f)
	c.Limits.check(f)
	c.Retention.check(f)
}

// API configures cmd/api.
type API struct {
	Common
	Accounts Accounts
	Pipeline Pipeline
	// Listen is where the API answers: host:port. It speaks plain HTTP; what
	// speaks TLS stands before it.
	Listen string `env:"LISTEN_ADDRESS" envDefault:"127.0.0.1:8080"`
	// PublicURL is how browsers reach the API: links, and what requests come from.
	// With https the cookies are Secure; production takes nothing else.
	PublicURL string `env:"PUBLIC_URL" envDefault:"http://127.0.0.1:8080" production:"required"`
	// WebOrigins are the other origins that the web app is served from, separated
	// by commas. Each must be of one site with PUBLIC_URL. Nothing: the API serves
	// the app, and pages from elsewhere can not use it.
	WebOrigins Origins `env:"WEB_ORIGINS"`
	// TrustedProxies are the networks whose X-Forwarded-For is believed, separated
	// by commas, or none. Behind a proxy that is not named everybody has its
	// address, and the limits on signing in are one for all.
	TrustedProxies Proxies `env:"TRUSTED_PROXIES" production:"required"`
	// StorageRedirects is whether readers are sent to a Supabase Storage for bytes:
	// true, false, or auto, which is where browsers may be supposed to reach it.
	StorageRedirects string `env:"STORAGE_REDIRECTS" envDefault:"auto"`
	// TemporalUIURL is where operators look at workflows. Nothing: no links to it.
	TemporalUIURL string `env:"TEMPORAL_UI_URL"`
	// JWTKeys sign access tokens, written id:secret and separated by commas. The
	// first one signs, all are believed: see safelight keys.
	JWTKeys Keys `env:"JWT_KEYS,required"`
	// AccessTTL is how long an access token lives.
	AccessTTL time.Duration `env:"ACCESS_TOKEN_TTL" envDefault:"15m"`
	// SessionTTL is how long a session lasts at most.
	SessionTTL time.Duration `env:"SESSION_TTL" envDefault:"720h"`
	// SessionIdle is how long a session lasts unused.
	SessionIdle time.Duration `env:"SESSION_IDLE" envDefault:"168h"`
	// RegistrationOpen lets anybody make an account.
	RegistrationOpen bool `env:"REGISTRATION_OPEN" envDefault:"true"`
	// LoginPerMinute bounds tries to sign in, per address.
	LoginPerMinute int `env:"LOGIN_PER_MINUTE" envDefault:"30"`
	// WebhookAllowPrivate must be what the worker's is.
	WebhookAllowPrivate bool `env:"WEBHOOK_ALLOW_PRIVATE" envDefault:"false"`
}

// SecureCookies reports whether cookies carry Secure and the __Host- prefixes.
func (c API) SecureCookies() bool { return strings.HasPrefix(c.PublicURL, "https://") }

func (c API) check(f *faults) {
	c.Common.check(f)
	c.Accounts.check(f)
	c.Pipeline.check(f)
	checkAddress(f, "LISTEN_ADDRESS", c.Listen)
	public := checkURL(f, "PUBLIC_URL", c.PublicURL)
	if public != nil && strings.Trim(public.Path, "/") != "" {
		f.add("PUBLIC_URL", "has a path: the API answers under /api of a host of its own")
	}
	c.WebOrigins.check(f, public)
	checkRedirects(f, c.StorageRedirects)
	if c.TemporalUIURL != "" {
		checkURL(f, "TEMPORAL_UI_URL", c.TemporalUIURL)
	}
	checkPositive(f, "ACCESS_TOKEN_TTL", c.AccessTTL)
	checkPositive(f, "SESSION_TTL", c.SessionTTL)
	checkPositive(f, "SESSION_IDLE", c.SessionIdle)
	checkPositive(f, "LOGIN_PER_MINUTE", c.LoginPerMinute)
	if !c.strict() {
		return
	}
	c.JWTKeys.check(f)
	if !c.SecureCookies() {
		f.add("PUBLIC_URL", "production needs https, since cookies without Secure can be read on the way (set ENVIRONMENT=development to try things out)")
	}
}

// Worker configures cmd/worker.
type Worker struct {
	Common
	// ClamdAddress is host:port of the scanner, or unix: and the path of its socket.
	ClamdAddress string `env:"CLAMD_ADDRESS" envDefault:"127.0.0.1:3310"`
	// ScanConcurrency, summed over all workers, must stay two below clamd's
	// MaxThreads: the checks of its health need a thread that is free.
	ScanConcurrency int `env:"SCAN_CONCURRENCY" envDefault:"4"`
	// IOConcurrency bounds the steps at once that move bytes and write rows.
	IOConcurrency int `env:"IO_CONCURRENCY" envDefault:"32"`
	// CPUConcurrency bounds the pictures decoded at once. 0: one per core.
	CPUConcurrency int `env:"CPU_CONCURRENCY" envDefault:"0"`
	// WorkDir holds objects while steps work on them: MAX_UPLOAD_BYTES and what
	// comes of them, for each step at once. Left out, a folder under the system's temp.
	WorkDir string `env:"WORK_DIR"`
	// ReconcileEvery is how often accepted uploads without a workflow are looked for.
	ReconcileEvery time.Duration `env:"RECONCILE_EVERY" envDefault:"1m"`
	// ReconcileGrace is how long the process that accepted an upload has to start its workflow.
	ReconcileGrace time.Duration `env:"RECONCILE_GRACE" envDefault:"15s"`
	// ReconcileSilence is after how long without a change a workflow is asked for.
	ReconcileSilence time.Duration `env:"RECONCILE_SILENCE" envDefault:"15m"`
	// SweepEvery is how often leftovers are removed.
	SweepEvery time.Duration `env:"SWEEP_EVERY" envDefault:"1h"`
	Pipeline   Pipeline
	// WebhookAllowPrivate lets webhooks go to private addresses and over plain
	// HTTP: for trying out, or where the receivers are on a network of one's own.
	WebhookAllowPrivate bool `env:"WEBHOOK_ALLOW_PRIVATE" envDefault:"false"`
	// WebhookDeliveries is how long finished deliveries can be looked up.
	WebhookDeliveries time.Duration `env:"WEBHOOK_DELIVERY_RETENTION" envDefault:"720h"`
	// IntegrityEvery is how often rows, objects and hashes are compared. 0: only
	// when somebody asks for it.
	IntegrityEvery time.Duration `env:"INTEGRITY_EVERY" envDefault:"24h"`
	// IntegrityRepair has these checks also repair what they find.
	IntegrityRepair bool `env:"INTEGRITY_REPAIR" envDefault:"false"`
}

func (c Worker) check(f *faults) {
	c.Common.check(f)
	c.Pipeline.check(f)
	if !strings.HasPrefix(c.ClamdAddress, "unix:") {
		checkAddress(f, "CLAMD_ADDRESS", c.ClamdAddress)
	}
	checkPositive(f, "SCAN_CONCURRENCY", c.ScanConcurrency)
	checkPositive(f, "IO_CONCURRENCY", c.IOConcurrency)
	checkPositive(f, "RECONCILE_EVERY", c.ReconcileEvery)
	checkPositive(f, "SWEEP_EVERY", c.SweepEvery)
	checkPositive(f, "WEBHOOK_DELIVERY_RETENTION", c.WebhookDeliveries)
	if c.CPUConcurrency < 0 {
		f.add("CPU_CONCURRENCY", "must not be negative")
	}
	if c.IntegrityEvery < 0 {
		f.add("INTEGRITY_EVERY", "must not be negative")
	}
}

// Database configures the commands of cmd/safelight that work on the database.
type Database struct {
	Accounts Accounts
	Postgres Postgres
}

func (c Database) check(f *faults) {
	c.Postgres.check(f, false)
	c.Accounts.check(f)
}

// Migration configures cmd/safelight migrate. Without STORAGE_URL it leaves the
// object store alone.
type Migration struct {
	Postgres Postgres
	Storage  OptionalStorage
	// MaxUploadBytes becomes the limit of the buckets.
	MaxUploadBytes int64 `env:"MAX_UPLOAD_BYTES" envDefault:"52428800"`
}

func (c Migration) check(f *faults) {
	c.Postgres.check(f, false)
	if c.Storage.URL != "" {
		c.Storage.Supabase.check(f, c.Storage.URL, false)
	}
	checkPositive(f, "MAX_UPLOAD_BYTES", c.MaxUploadBytes)
}

// Pictures configures the commands of cmd/safelight that judge pictures
// without a server: what API and workers would do with this environment.
type Pictures struct {
	Pipeline Pipeline
	Limits   Limits
}

func (c Pictures) check(f *faults) {
	c.Pipeline.check(f)
	c.Limits.check(f)
}

// Environ turns os.Environ's lines into what the Load functions take.
func Environ(lines []string) map[string]string {
	m := make(map[string]string, len(lines))
	for _, line := range lines {
		if k, v, ok := strings.Cut(line, "="); ok {
			m[k] = v
		}
	}
	return m
}

// LoadAPI reads the configuration of cmd/api. environ is os.Environ() as a map.
func LoadAPI(environ map[string]string) (API, error) { return load[API](environ) }

// LoadWorker reads the configuration of cmd/worker.
func LoadWorker(environ map[string]string) (Worker, error) { return load[Worker](environ) }

// LoadDatabase reads the configuration of commands that work on the database.
func LoadDatabase(environ map[string]string) (Database, error) { return load[Database](environ) }

// LoadMigration reads the configuration of cmd/safelight migrate.
func LoadMigration(environ map[string]string) (Migration, error) { return load[Migration](environ) }

// LoadPictures reads the configuration of commands that judge pictures.
func LoadPictures(environ map[string]string) (Pictures, error) { return load[Pictures](environ) }

// load reads a configuration, or tells all that is wrong with it.
func load[C interface{ check(f *faults) }](environ map[string]string) (C, error) {
	var c C
	var f faults
	f.parse(&c, environ)
	c.check(&f)
	if err := f.err(); err != nil {
		var none C
		return none, err
	}
	return c, nil
}
