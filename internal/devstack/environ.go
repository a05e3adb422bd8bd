package devstack

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"safelight/internal/clamd"
)

// Addresses of a running stack, as written to dev.json for scripts and tests.
type Addresses struct {
	APIURL          string         `json:"apiUrl"`
	TemporalAddress string         `json:"temporalAddress"`
	TemporalUIURL   string         `json:"temporalUiUrl"`
	DatabaseURL     string         `json:"databaseUrl"`
	ClamdAddress    string         `json:"clamdAddress"`
	StorageURL      string         `json:"storageUrl"`
	AdminEmail      string         `json:"adminEmail"`
	AdminPassword   string         `json:"adminPassword"`
	PIDs            map[string]int `json:"pids"`
	// MetricsURLs are where Prometheus finds the metrics of each program.
	MetricsURLs map[string]string `json:"metricsUrls"`
	// workerMetrics is where the worker serves them.
	workerMetrics string
}

// DevFile is the name of the file with the Addresses, inside the home. It is
// there while everything is up.
const DevFile = "dev.json"

// checkGiven asks the parts that were not started whether they are there.
func (s *stack) checkGiven(ctx context.Context, a Addresses) error {
	ctx, cancel := context.WithTimeout(ctx, 15*time.Second)
	defer cancel()
	for _, g := range []struct {
		variable string
		check    func() error
	}{
		{"DATABASE_URL", func() error { return query(ctx, a.DatabaseURL) }},
		{"CLAMD_ADDRESS", func() error { return clamd.New(a.ClamdAddress, clamd.Options{}).Ready(ctx) }},
		{"TEMPORAL_ADDRESS", func() error { return CheckTemporal(ctx, a.TemporalAddress, s.namespace) }},
	} {
		if os.Getenv(g.variable) == "" {
			continue
		}
		if err := g.check(); err != nil {
			return fmt.Errorf("what %s names can not be used (unset it to have one started): %w", g.variable, err)
		}
		s.terminal.Say("using what %s names", g.variable)
	}
	return nil
}

// workerEnviron is the environment of the worker. The API serves its metrics
// itself; two programs cannot share an address that was given for one.
func workerEnviron(a Addresses, environ []string) []string {
	return with(environ, map[string]string{"METRICS_ADDRESS": a.workerMetrics})
}

// environ is the environment of the API and the worker: what this process was
// given, and where everything is.
func (s *stack) environ(a Addresses) []string {
	return with(os.Environ(), map[string]string{
		"ENVIRONMENT":        given("ENVIRONMENT", "development"),
		"DATABASE_URL":       a.DatabaseURL,
		"TEMPORAL_ADDRESS":   a.TemporalAddress,
		"TEMPORAL_NAMESPACE": s.namespace,
		"TEMPORAL_UI_URL":    a.TemporalUIURL,
		"STORAGE_URL":        a.StorageURL,
		"CLAMD_ADDRESS":      a.ClamdAddress,
		"LISTEN_ADDRESS":     localAddress(s.opts.Port),
		"METRICS_ADDRESS":    "",
		"PUBLIC_URL":         a.APIURL,
		"JWT_KEYS":           given("JWT_KEYS", "dev:"+s.secrets.JWTSecret),
		"WORK_DIR":           given("WORK_DIR", filepath.Join(s.home.Dir, "work")),
	})
}

// with is an environment with some variables set to other values.
func with(environ []string, set map[string]string) []string {
	out := make([]string, 0, len(environ)+len(set))
	for _, kv := range environ {
		name, _, _ := strings.Cut(kv, "=")
		if _, replaced := set[name]; !replaced {
			out = append(out, kv)
		}
	}
	for name, value := range set {
		out = append(out, name+"="+value)
	}
	return out
}

// given is the value of an environment variable, or a default.
func given(variable, otherwise string) string {
	if v := os.Getenv(variable); v != "" {
		return v
	}
	return otherwise
}
