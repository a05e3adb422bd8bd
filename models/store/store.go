// Package store keeps users, uploads, files, versions, blobs and notifications
// in PostgreSQL. It is the only package that holds a *gorm.DB, and speaks in
// models and in their sentinel errors.
//
// Every method obeys its context, takes ids as strings (one that is not a UUID
// is models.ErrNotFound), has its transaction inside, and may be called from
// many goroutines. A lost connection or a server that is shutting down is
// models.ErrUnavailable; deadlocks and serialization failures are tried again
// a few times before they are.
package store

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"gorm.io/driver/postgres"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"
)

// slowStatement is from when on a statement is worth an operator's look.
const slowStatement = 500 * time.Millisecond

// Store is the database. Open makes one.
type Store struct {
	db    *gorm.DB
	pool  *sql.DB
	count *statementCount
}

// Option changes how a store is opened.
type Option func(*pgx.ConnConfig)

// Pooled says that a pooler may hand each transaction of a connection to
// another server (PgBouncer in transaction mode, Supabase's port 6543). No
// statement may be prepared then: another client would meet it, or this one
// miss it. What the parameters are is asked once, and every statement travels
// whole, in one message with its values.
func Pooled(transactions bool) Option {
	return func(cfg *pgx.ConnConfig) {
		if transactions {
			cfg.DefaultQueryExecMode = pgx.QueryExecModeCacheDescribe
			cfg.StatementCacheCapacity = 0
		}
	}
}

// Open connects to the postgres URL with at most maxConns connections and
// fails with models.ErrUnavailable where nothing answers. The schema must be
// there: see Migrate.
func Open(ctx context.Context, url string, maxConns int, options ...Option) (*Store, error) {
	cfg, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("parse database url: %w", err)
	}
	for _, o := range options {
		o(cfg)
	}
	if cfg.RuntimeParams["application_name"] == "" {
		cfg.RuntimeParams["application_name"] = "safelight"
	}
	count := &statementCount{}
	cfg.Tracer = count
	pool := stdlib.OpenDB(*cfg)
	pool.SetMaxOpenConns(maxConns)
	pool.SetMaxIdleConns(maxConns) // a connection costs more than it holds
	pool.SetConnMaxIdleTime(5 * time.Minute)
	db, err := gorm.Open(postgres.New(postgres.Config{Conn: pool}), &gorm.Config{
		SkipDefaultTransaction: true,
		DisableAutomaticPing:   true,
		Logger:                 slowLog{},
	})
	if err != nil {
		_ = pool.Close() // the first error is the one to tell
		return nil, fmt.Errorf("set up gorm: %w", err)
	}
	s := &Store{db: db, pool: pool, count: count}
	if err := s.Ping(ctx); err != nil {
		_ = pool.Close()
		return nil, err
	}
	return s, nil
}

// Close ends all connections.
func (s *Store) Close() error {
	if err := s.pool.Close(); err != nil {
		return fmt.Errorf("close database: %w", err)
	}
	return nil
}

// Ping asks the database for an answer.
func (s *Store) Ping(ctx context.Context) error {
	return fail("ping database", s.pool.PingContext(ctx))
}

// Statements is how many statements this store has sent since it was opened,
// BEGIN and COMMIT included: round trips, the price of what an upload costs.
func (s *Store) Statements() int64 { return s.count.n.Load() }

// PoolStats is the state of the pool of connections.
func (s *Store) PoolStats() sql.DBStats { return s.pool.Stats() }

// slowLog is a gorm logger that tells of slow statements alone, without their
// values: errors are returned, and logged by who decides what they mean.
type slowLog struct{}

// LogMode implements logger.Interface.
func (l slowLog) LogMode(logger.LogLevel) logger.Interface { return l }

// Info implements logger.Interface.
func (slowLog) Info(context.Context, string, ...any) {}

// Warn implements logger.Interface.
func (slowLog) Warn(context.Context, string, ...any) {}

// Error implements logger.Interface.
func (slowLog) Error(context.Context, string, ...any) {}

// ParamsFilter implements gorm.ParamsFilter: values never reach a log.
func (slowLog) ParamsFilter(_ context.Context, sql string, _ ...any) (string, []any) {
	return sql, nil
}

// Trace implements logger.Interface.
func (slowLog) Trace(ctx context.Context, begin time.Time, statement func() (string, int64), _ error) {
	took := time.Since(begin)
	if took < slowStatement {
		return
	}
	text, rows := statement()
	slog.WarnContext(ctx, "slow statement", "sql", text, "rows", rows, "took", took)
}
