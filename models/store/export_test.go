package store

import (
	"context"
	"database/sql"
	"fmt"

	"gorm.io/driver/postgres"
	"gorm.io/gorm"
)

// Explained returns a store whose queries are each explained, as they ran, to
// the function: a plan of PostgreSQL in JSON, with its buffers.
func (s *Store) Explained(told func(query string, plan []byte)) (*Store, error) {
	db, err := gorm.Open(postgres.New(postgres.Config{Conn: explainer{DB: s.pool, told: told}}), &gorm.Config{
		SkipDefaultTransaction: true, DisableAutomaticPing: true, Logger: slowLog{},
	})
	if err != nil {
		return nil, fmt.Errorf("set up gorm: %w", err)
	}
	return &Store{db: db, pool: s.pool, count: s.count}, nil
}

type explainer struct {
	*sql.DB
	told func(query string, plan []byte)
}

// QueryContext explains a query and then runs it.
func (e explainer) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	var plan []byte
	if err := e.QueryRowContext(ctx, "EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) "+query, args...).Scan(&plan); err != nil {
		return nil, fmt.Errorf("explain %s: %w", query, err)
	}
	e.told(query, plan)
	return e.DB.QueryContext(ctx, query, args...)
}
