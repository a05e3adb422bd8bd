package config

import (
	"net/netip"
	"net/url"
	"strings"
)

// Storage is where the bytes of pictures are kept.
type Storage struct {
	// URL is file:///absolute/folder, or supabase+https://project.supabase.co (or
	// supabase+http://host:5000 on a network of one's own).
	URL      Secret `env:"STORAGE_URL,required"`
	Supabase Supabase
}

// OptionalStorage is where the bytes of pictures are kept, for commands that
// can do without.
type OptionalStorage struct {
	// URL is the one that API and workers have. Nothing: the object store is left alone.
	URL      Secret `env:"STORAGE_URL"`
	Supabase Supabase
}

// Supabase is used where STORAGE_URL names a Supabase Storage.
type Supabase struct {
	// ServiceKey is a token whose role is service_role.
	ServiceKey Secret `env:"SUPABASE_SERVICE_KEY"`
	// BucketPrefix goes before the names of the buckets, where several systems share a server.
	BucketPrefix string `env:"SUPABASE_BUCKET_PREFIX"`
	// PublicURL is how browsers reach the storage API, where that is not STORAGE_URL.
	PublicURL string `env:"SUPABASE_PUBLIC_URL"`
}

func (s Storage) check(f *faults, strict bool) { s.Supabase.check(f, s.URL, strict) }

// The ways of StorageRedirects.
const (
	redirectsAuto = "auto"
	redirectsOn   = "true"
	redirectsOff  = "false"
)

func checkRedirects(f *faults, value string) {
	switch value {
	case redirectsAuto, redirectsOn, redirectsOff:
	default:
		f.add("STORAGE_REDIRECTS", "%q is none of auto, true and false", value)
	}
}

// RedirectsToStore reports whether content is to be fetched from the object
// store itself, if it can be. Left to itself it is where SUPABASE_PUBLIC_URL
// says how browsers reach the store, or STORAGE_URL may be supposed to: by
// https, or on this machine as the API is. A name on a network of one's own
// says nothing to a browser, and a page that came by https takes nothing else.
func (c API) RedirectsToStore() bool {
	if c.StorageRedirects != redirectsAuto {
		return c.StorageRedirects == redirectsOn
	}
	given := c.Storage.Supabase.PublicURL != ""
	address := c.Storage.Supabase.PublicURL
	if !given {
		address = strings.TrimPrefix(string(c.Storage.URL), "supabase+")
	}
	store, err := url.Parse(address)
	if err != nil {
		return false
	}
	switch {
	case store.Scheme == "https":
		return true
	case store.Scheme != "http" || c.SecureCookies():
		return false
	case given:
		return true
	}
	own, err := url.Parse(c.PublicURL)
	return err == nil && isLoopback(own.Hostname()) && isLoopback(store.Hostname())
}

func isLoopback(host string) bool {
	addr, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && addr.IsLoopback()
}

// check looks at the storage URL and what goes with it. What a driver makes of
// them is the driver's to say.
func (s Supabase) check(f *faults, storageURL Secret, strict bool) {
	u, err := url.Parse(string(storageURL))
	if err != nil || u.Scheme == "" {
		f.add("STORAGE_URL", "must be a URL such as file:///var/lib/safelight or supabase+https://project.supabase.co")
		return
	}
	if u.Scheme != "file" && u.User != nil {
		f.add("STORAGE_URL", "takes no credentials; SUPABASE_SERVICE_KEY is for them")
	}
	if strings.HasPrefix(u.Scheme, "supabase+") || u.Scheme == "https" {
		if s.ServiceKey == "" {
			f.add("SUPABASE_SERVICE_KEY", "is needed for the Supabase Storage that STORAGE_URL names")
		} else if why := serviceKeyFault(string(s.ServiceKey)); strict && why != "" {
			f.add("SUPABASE_SERVICE_KEY", "%s", why)
		}
	}
	if s.PublicURL != "" {
		checkURL(f, "SUPABASE_PUBLIC_URL", s.PublicURL)
	}
	if strings.ContainsAny(s.BucketPrefix, "/ ") || len(s.BucketPrefix) > 90 {
		f.add("SUPABASE_BUCKET_PREFIX", "takes at most 90 characters, without slashes and spaces")
	}
}
