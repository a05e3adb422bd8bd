package config

import (
	"errors"
	"net/url"
	"strings"
)

// Supabase is used where STORAGE_URL names a Supabase Storage.
type Supabase struct {
	// ServiceKey is a token whose role is service_role.
	ServiceKey Secret `env:"SUPABASE_SERVICE_KEY"`
	// BucketPrefix goes before the names of the buckets, where several systems share a server.
	BucketPrefix string `env:"SUPABASE_BUCKET_PREFIX"`
	// PublicURL is how browsers reach the storage API, where that is not STORAGE_URL.
	PublicURL string `env:"SUPABASE_PUBLIC_URL"`
}

// Migration configures cmd/safelight migrate. Without StorageURL it leaves the
// object store alone.
type Migration struct {
	DatabaseURL    Secret `env:"DATABASE_URL,required"`
	StorageURL     Secret `env:"STORAGE_URL"`
	MaxUploadBytes int64  `env:"MAX_UPLOAD_BYTES" envDefault:"52428800"`
	Supabase       Supabase
}

// LoadMigration reads the configuration of cmd/safelight migrate.
func LoadMigration(environ map[string]string) (Migration, error) {
	var c Migration
	if err := parse(&c, environ); err != nil {
		return Migration{}, err
	}
	errs := checkDatabaseURL(c.DatabaseURL)
	if c.StorageURL != "" {
		errs = append(errs, c.Supabase.check(c.StorageURL)...)
	}
	return c, errors.Join(append(errs, checkMaxUploadBytes(c.MaxUploadBytes)...)...)
}

// check looks at the storage URL and what goes with it. What a driver makes of
// them is the driver's to say.
func (s Supabase) check(storageURL Secret) []error {
	u, err := url.Parse(string(storageURL))
	if err != nil || u.Scheme == "" {
		return []error{errors.New("STORAGE_URL: must be a URL such as file:///var/lib/safelight or supabase+https://project.supabase.co")}
	}
	var errs []error
	if u.Scheme != "file" && u.User != nil {
		errs = append(errs, errors.New("STORAGE_URL: takes no credentials; SUPABASE_SERVICE_KEY is for them"))
	}
	if (strings.HasPrefix(u.Scheme, "supabase+") || u.Scheme == "https") && s.ServiceKey == "" {
		errs = append(errs, errors.New("SUPABASE_SERVICE_KEY: is needed for the Supabase Storage that STORAGE_URL names"))
	}
	if s.PublicURL != "" {
		if p, err := url.Parse(s.PublicURL); err != nil || p.Host == "" || p.User != nil || p.Scheme != "https" && p.Scheme != "http" {
			errs = append(errs, errors.New("SUPABASE_PUBLIC_URL: must be an absolute http or https URL without credentials"))
		}
	}
	if strings.ContainsAny(s.BucketPrefix, "/ ") || len(s.BucketPrefix) > 90 {
		errs = append(errs, errors.New("SUPABASE_BUCKET_PREFIX: at most 90 characters, without slashes and spaces"))
	}
	return errs
}
