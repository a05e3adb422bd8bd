package config

import (
	"net/url"
	"strings"
)

// The values of DATABASE_POOLER.
const (
	poolerNone        = "none"
	poolerTransaction = "transaction"
)

// Postgres is how the database is reached.
type Postgres struct {
	// URL is postgres://user:password@host:port/database.
	URL Secret `env:"DATABASE_URL,required"`
	// DirectURL reaches the same database past a transaction pooler, for what
	// needs a connection of its own: LISTEN and migrations. Left out, it is DATABASE_URL.
	DirectURL Secret `env:"DATABASE_DIRECT_URL"`
	// Pooler is what stands before the database at DATABASE_URL: none (nothing, or
	// a pooler that lends connections for as long as a session lasts), or
	// transaction (PgBouncer in that mode, Supabase's port 6543), which may not
	// see prepared statements.
	Pooler string `env:"DATABASE_POOLER" envDefault:"none"`
}

// Session is the URL of connections that keep their state.
func (p Postgres) Session() string {
	if p.DirectURL != "" {
		return string(p.DirectURL)
	}
	return string(p.URL)
}

// Pooled reports whether two transactions of a connection may meet two servers.
func (p Postgres) Pooled() bool { return p.Pooler == poolerTransaction }

func (p Postgres) check(f *faults, strict bool) {
	main := checkPostgresURL(f, "DATABASE_URL", p.URL, strict)
	if p.DirectURL != "" {
		if direct := checkPostgresURL(f, "DATABASE_DIRECT_URL", p.DirectURL, strict); isTransactionPooler(direct) {
			f.add("DATABASE_DIRECT_URL", "is a transaction pooler itself; take the direct connection, or the session pooler on port 5432")
		}
	}
	switch p.Pooler {
	case poolerNone:
		if isTransactionPooler(main) {
			f.add("DATABASE_POOLER", "DATABASE_URL is Supabase's transaction pooler: set transaction, and DATABASE_DIRECT_URL")
		}
	case poolerTransaction:
		if p.DirectURL == "" {
			f.add("DATABASE_DIRECT_URL", "is needed behind a transaction pooler, which can neither LISTEN nor migrate")
		}
	default:
		f.add("DATABASE_POOLER", "%q is neither %s nor %s", p.Pooler, poolerNone, poolerTransaction)
	}
}

// isTransactionPooler knows Supabase's by its address.
func isTransactionPooler(u *url.URL) bool {
	if u == nil || u.Port() != "6543" {
		return false
	}
	return strings.HasSuffix(u.Hostname(), ".pooler.supabase.com") || strings.HasSuffix(u.Hostname(), ".supabase.co")
}

func checkPostgresURL(f *faults, variable string, value Secret, strict bool) *url.URL {
	u, err := url.Parse(string(value))
	if err != nil || u.Scheme != "postgres" && u.Scheme != "postgresql" {
		f.add(variable, "must be a postgres:// URL")
		return nil
	}
	if why := guessable(u); strict && why != "" {
		f.add(variable, "%s", why)
	}
	return u
}
