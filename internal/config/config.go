// Package config reads the environment once, at start-up, in cmd. Every fault
// is reported at once and by variable name; nothing reads the environment later.
package config

import (
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"net/url"
	"reflect"
	"strings"
	"time"

	"github.com/caarlos0/env/v11"
)

// Secret is a value that never shows itself in logs, errors or JSON.
type Secret string

// String implements fmt.Stringer.
func (Secret) String() string { return "[redacted]" }

// GoString implements fmt.GoStringer.
func (Secret) GoString() string { return "[redacted]" }

// LogValue implements slog.LogValuer.
func (Secret) LogValue() slog.Value { return slog.StringValue("[redacted]") }

// MarshalText implements encoding.TextMarshaler.
func (Secret) MarshalText() ([]byte, error) { return []byte("[redacted]"), nil }

// Environment says how strict to be.
type Environment string

// The environments.
const (
	Development Environment = "development"
	Production  Environment = "production"
)

// Common is what every process needs.
type Common struct {
	Environment       Environment `env:"ENVIRONMENT" envDefault:"production"`
	LogLevel          slog.Level  `env:"LOG_LEVEL" envDefault:"INFO"`
	DatabaseURL       Secret      `env:"DATABASE_URL,required"`
	DatabaseMaxConns  int         `env:"DATABASE_MAX_CONNS" envDefault:"20"`
	TemporalAddress   string      `env:"TEMPORAL_ADDRESS" envDefault:"127.0.0.1:7233"`
	TemporalNamespace string      `env:"TEMPORAL_NAMESPACE" envDefault:"default"`
	StorageURL        Secret      `env:"STORAGE_URL,required"`
	Supabase          Supabase
	Limits            Limits
	Retention         Retention
}

// Limits are stated here alone and enforced before work is done. Bytes and
// pixels; MaxPixels counts all frames of a picture.
type Limits struct {
	MaxUploadBytes int64 `env:"MAX_UPLOAD_BYTES" envDefault:"52428800" json:"bytes"`
	MaxPixels      int64 `env:"MAX_PIXELS" envDefault:"100000000" json:"pixels"`
	MaxFrames      int   `env:"MAX_FRAMES" envDefault:"1000" json:"frames"`
	MaxNameLength  int   `env:"MAX_NAME_LENGTH" envDefault:"255" json:"nameLength"`
	// MaxUploadsPerUser bounds the uploads one user may be sending at the same time.
	MaxUploadsPerUser int `env:"MAX_UPLOADS_PER_USER" envDefault:"32" json:"concurrentUploads"`
	MaxStreamsPerUser int `env:"MAX_STREAMS_PER_USER" envDefault:"64" json:"eventStreams"`
}

// Retention says how long things are kept.
type Retention struct {
	Trash     time.Duration `env:"TRASH_RETENTION" envDefault:"720h"`
	Receiving time.Duration `env:"RECEIVING_RETENTION" envDefault:"24h"`
	BlobGrace time.Duration `env:"BLOB_GRACE" envDefault:"24h"`
	// Stalled is how long a stalled upload waits for a person before it fails.
	Stalled time.Duration `env:"STALLED_RETENTION" envDefault:"168h"`
	// Quarantine is how long an infected original is kept locked up.
	Quarantine time.Duration `env:"QUARANTINE_RETENTION" envDefault:"720h"`
}

// Pipeline is what the API puts into the input of a workflow.
type Pipeline struct {
	MaxSide     int `env:"IMAGE_MAX_SIDE" envDefault:"2560"`
	PreviewSide int `env:"IMAGE_PREVIEW_SIDE" envDefault:"1280"`
	ThumbSide   int `env:"IMAGE_THUMB_SIDE" envDefault:"400"`
	// Format is what pictures are stored as: webp or avif.
	Format string `env:"IMAGE_FORMAT" envDefault:"webp"`
	// MinSSIM is the likeness (SSIM on luma) that the stored picture has to what
	// was decoded, in the fewest bytes. 0: every picture gets Quality.
	MinSSIM float64 `env:"IMAGE_MIN_SSIM" envDefault:"0.98"`
	// Quality of WebP is that of previews at most, and of all without MinSSIM.
	Quality int `env:"IMAGE_QUALITY" envDefault:"80"`
	// KeepOriginals stores the bytes as uploaded too, for their owner alone.
	KeepOriginals bool `env:"KEEP_ORIGINALS" envDefault:"false"`
	// RetryFor is how long a step retries by itself before the upload is stalled.
	RetryFor time.Duration `env:"STEP_RETRY_FOR" envDefault:"30m"`
}

// Accounts is what a new account gets.
type Accounts struct {
	QuotaBytes int64 `env:"DEFAULT_QUOTA_BYTES" envDefault:"10737418240"`
	QuotaFiles int64 `env:"DEFAULT_QUOTA_FILES" envDefault:"500000"`
}

// Database configures the commands of cmd/safelight that work on the database.
type Database struct {
	Accounts
	DatabaseURL Secret `env:"DATABASE_URL,required"`
}

// API configures cmd/api.
type API struct {
	Common
	Accounts
	Pipeline Pipeline
	Listen   string `env:"LISTEN_ADDRESS" envDefault:"127.0.0.1:8080"`
	// PublicURL is how browsers reach the API: links and the check of origins.
	PublicURL        string        `env:"PUBLIC_URL" envDefault:"http://127.0.0.1:8080"`
	TemporalUIURL    string        `env:"TEMPORAL_UI_URL"`
	JWTSecret        Secret        `env:"JWT_SECRET,required"`
	JWTKeyID         string        `env:"JWT_KEY_ID" envDefault:"k1"`
	AccessTTL        time.Duration `env:"ACCESS_TOKEN_TTL" envDefault:"15m"`
	SessionTTL       time.Duration `env:"SESSION_TTL" envDefault:"720h"`
	SessionIdle      time.Duration `env:"SESSION_IDLE" envDefault:"168h"`
	RegistrationOpen bool          `env:"REGISTRATION_OPEN" envDefault:"true"`
	LoginPerMinute   int           `env:"LOGIN_PER_MINUTE" envDefault:"30"`
	// WebhookAllowPrivate must be what the worker's is: see there.
	WebhookAllowPrivate bool `env:"WEBHOOK_ALLOW_PRIVATE" envDefault:"false"`
	// TrustedProxies are the networks whose X-Forwarded-For is believed, separated by commas.
	TrustedProxies []netip.Prefix `env:"TRUSTED_PROXIES"`
}

// SecureCookies reports whether cookies carry Secure and the __Host- prefixes.
func (c API) SecureCookies() bool { return strings.HasPrefix(c.PublicURL, "https://") }

// Worker configures cmd/worker.
type Worker struct {
	Common
	ClamdAddress string `env:"CLAMD_ADDRESS" envDefault:"127.0.0.1:3310"`
	// ScanConcurrency, summed over all workers, must stay two below clamd's
	// MaxThreads: the checks of its health need a thread that is free.
	ScanConcurrency int           `env:"SCAN_CONCURRENCY" envDefault:"4"`
	IOConcurrency   int           `env:"IO_CONCURRENCY" envDefault:"32"`
	CPUConcurrency  int           `env:"CPU_CONCURRENCY" envDefault:"0"` // 0: one per core
	WorkDir         string        `env:"WORK_DIR"`                       // default: a folder under the system's temp
	ReconcileEvery  time.Duration `env:"RECONCILE_EVERY" envDefault:"1m"`
	ReconcileGrace  time.Duration `env:"RECONCILE_GRACE" envDefault:"15s"`
	// ReconcileSilence is after how long without a change a workflow is asked for.
	ReconcileSilence time.Duration `env:"RECONCILE_SILENCE" envDefault:"15m"`
	SweepEvery       time.Duration `env:"SWEEP_EVERY" envDefault:"1h"`
	Pipeline         Pipeline      // for workflows that the reconciler starts
	// WebhookAllowPrivate lets webhooks go to private addresses and over plain
	// HTTP: for trying out, or where the receivers are on a network of one's own.
	WebhookAllowPrivate bool `env:"WEBHOOK_ALLOW_PRIVATE" envDefault:"false"`
	// WebhookDeliveries is how long finished deliveries can be looked up.
	WebhookDeliveries time.Duration `env:"WEBHOOK_DELIVERY_RETENTION" envDefault:"720h"`
	// IntegrityEvery is how often rows, objects and hashes are compared (0: only
	// when somebody asks for it); IntegrityRepair that these checks also repair what they find.
	IntegrityEvery  time.Duration `env:"INTEGRITY_EVERY" envDefault:"24h"`
	IntegrityRepair bool          `env:"INTEGRITY_REPAIR" envDefault:"false"`
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

// LoadAPI reads the configuration of cmd/api. lookup is os.Environ() as a map.
func LoadAPI(environ map[string]string) (API, error) {
	var c API
	if err := parse(&c, environ); err != nil {
		return API{}, err
	}
	var errs []error
	errs = append(errs, c.Common.check()...)
	if len(c.JWTSecret) < 32 {
		errs = append(errs, errors.New("JWT_SECRET: at least 32 characters are needed (openssl rand -hex 32 makes good ones)"))
	}
	errs = append(errs, c.Pipeline.check()...)
	u, err := url.Parse(c.PublicURL)
	if err != nil || u.Host == "" {
		errs = append(errs, fmt.Errorf("PUBLIC_URL: %q is not an absolute URL", c.PublicURL))
	}
	errs = append(errs, c.Accounts.check()...)
	if c.Environment == Production && !c.SecureCookies() {
		errs = append(errs, errors.New("PUBLIC_URL: production needs https, since cookies without Secure can be read on the way (set ENVIRONMENT=development to try things out)"))
	}
	return c, errors.Join(errs...)
}

// LoadWorker reads the configuration of cmd/worker.
func LoadWorker(environ map[string]string) (Worker, error) {
	var c Worker
	if err := parse(&c, environ); err != nil {
		return Worker{}, err
	}
	return c, errors.Join(append(c.Common.check(), c.Pipeline.check()...)...)
}

// LoadDatabase reads the configuration of commands that work on the database.
func LoadDatabase(environ map[string]string) (Database, error) {
	var c Database
	if err := parse(&c, environ); err != nil {
		return Database{}, err
	}
	return c, errors.Join(append(checkDatabaseURL(c.DatabaseURL), c.Accounts.check()...)...)
}

func parse(into any, environ map[string]string) error {
	err := env.ParseWithOptions(into, env.Options{Environment: environ})
	var all env.AggregateError
	if !errors.As(err, &all) {
		return err //nolint:wrapcheck // nil, or about the struct itself
	}
	errs := make([]error, len(all.Errors))
	for i, e := range all.Errors {
		errs[i] = e
		var bad env.ParseError // speaks of the field; people know the variable
		if errors.As(e, &bad) {
			errs[i] = fmt.Errorf("%s: %w", variable(reflect.TypeOf(into).Elem(), bad.Name), bad.Err)
		}
	}
	return errors.Join(errs...)
}

// variable is the environment variable of a field, which may lie in a nested struct.
func variable(t reflect.Type, field string) string {
	for f := range t.Fields() {
		if name, _, _ := strings.Cut(f.Tag.Get("env"), ","); f.Name == field && name != "" {
			return name
		}
		if f.Type.Kind() != reflect.Struct {
			continue
		}
		if name := variable(f.Type, field); name != "" {
			return name
		}
	}
	return ""
}

func (c Common) check() []error {
	var errs []error
	if c.Environment != Development && c.Environment != Production {
		errs = append(errs, fmt.Errorf("ENVIRONMENT: %q is neither %s nor %s", c.Environment, Development, Production))
	}
	errs = append(errs, checkDatabaseURL(c.DatabaseURL)...)
	errs = append(errs, c.Supabase.check(c.StorageURL)...)
	return append(errs, checkMaxUploadBytes(c.Limits.MaxUploadBytes)...)
}

func checkMaxUploadBytes(bytes int64) []error {
	if bytes <= 0 {
		return []error{errors.New("MAX_UPLOAD_BYTES: must be positive")}
	}
	return nil
}

func (p Pipeline) check() []error {
	var errs []error
	if p.Format != "webp" && p.Format != "avif" {
		errs = append(errs, fmt.Errorf("IMAGE_FORMAT: %q is neither webp nor avif", p.Format))
	}
	if p.MinSSIM < 0 || p.MinSSIM >= 1 {
		errs = append(errs, fmt.Errorf("IMAGE_MIN_SSIM: %g is not from 0 to less than 1", p.MinSSIM))
	}
	if p.Quality < 1 || p.Quality > 100 {
		errs = append(errs, fmt.Errorf("IMAGE_QUALITY: %d is not from 1 to 100", p.Quality))
	}
	return errs
}

// check refuses what would make every account useless: a quota of 0 in a
// single account is a choice, in all of them a mistake.
func (a Accounts) check() []error {
	var errs []error
	if a.QuotaBytes <= 0 {
		errs = append(errs, errors.New("DEFAULT_QUOTA_BYTES: must be positive"))
	}
	if a.QuotaFiles <= 0 {
		errs = append(errs, errors.New("DEFAULT_QUOTA_FILES: must be positive"))
	}
	return errs
}

func checkDatabaseURL(databaseURL Secret) []error {
	if u, err := url.Parse(string(databaseURL)); err != nil || !strings.HasPrefix(u.Scheme, "postgres") {
		return []error{errors.New("DATABASE_URL: must be a postgres:// URL")}
	}
	return nil
}
