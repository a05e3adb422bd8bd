package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"gorm.io/gorm"

	"safelight/models"
)

// PostgreSQL's SQLSTATE codes that mean something to the callers.
const (
	uniqueViolation      = "23505"
	foreignKeyViolation  = "23503"
	checkViolation       = "23514"
	serializationFailure = "40001"
	deadlockDetected     = "40P01"
)

// collectedBlob is the rule that fails when a blob is collected just before an
// upload takes hold of it.
const collectedBlob = "uploads_blob_id_fkey"

// uniqueErrors says which unique rule stands for which sentinel; the others are models.ErrConflict.
var uniqueErrors = map[string]error{
	"users_email": models.ErrEmailTaken,
}

// attempts bounds how often a method starts over by itself.
const attempts = 5

// fail names what failed and adds the sentinel that the cause stands for. The
// cause stays in the chain for the log. An error that carries a sentinel, and
// nil, keep what they are.
func fail(doing string, err error) error {
	if err == nil {
		return nil
	}
	if sentinel := sentinelFor(err); sentinel != nil {
		return fmt.Errorf("%s: %w: %w", doing, sentinel, err)
	}
	return fmt.Errorf("%s: %w", doing, err)
}

func sentinelFor(err error) error {
	var pg *pgconn.PgError
	switch {
	case errors.As(err, &pg):
		return sentinelForCode(pg)
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return nil // the caller's own doing
	case errors.Is(err, sql.ErrNoRows), errors.Is(err, gorm.ErrRecordNotFound):
		return models.ErrNotFound
	case lostConnection(err):
		return models.ErrUnavailable
	}
	return nil
}

func sentinelForCode(pg *pgconn.PgError) error {
	switch pg.Code {
	case uniqueViolation:
		if sentinel, ok := uniqueErrors[pg.ConstraintName]; ok {
			return sentinel
		}
		return models.ErrConflict
	case foreignKeyViolation: // it refers to what is not there
		return models.ErrNotFound
	case checkViolation:
		return models.ErrConflict
	case serializationFailure, deadlockDetected:
		return models.ErrUnavailable
	}
	switch pg.Code[:2] {
	case "08", "53", "57": // connection, resources, operator
		return models.ErrUnavailable
	}
	return nil
}

func lostConnection(err error) bool {
	var connect *pgconn.ConnectError
	var network net.Error
	return errors.As(err, &connect) || errors.As(err, &network) || pgconn.SafeToRetry(err) ||
		errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed)
}

// errAgain is returned inside a method that lost a race and must look again.
var errAgain = errors.New("raced with another change")

// again runs work until it ends in something else than a lost race: errAgain,
// a deadlock, a serialization failure, or a blob that has just been collected. After the last attempt it is models.ErrUnavailable.
func again(ctx context.Context, work func() error) error {
	for n := 1; ; n++ {
		err := work()
		if err == nil || !raced(err) {
			return err
		}
		if n == attempts {
			return fmt.Errorf("%w: %w", models.ErrUnavailable, err)
		}
		pause := time.NewTimer(time.Duration(rand.Int64N(int64(n) * int64(10*time.Millisecond))))
		select {
		case <-ctx.Done():
			pause.Stop()
			return ctx.Err()
		case <-pause.C:
		}
	}
}

func raced(err error) bool {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Code == deadlockDetected || pg.Code == serializationFailure || pg.ConstraintName == collectedBlob
	}
	return errors.Is(err, errAgain)
}

// transact runs work in a transaction, and again when it lost a race.
func (s *Store) transact(ctx context.Context, work func(tx *gorm.DB) error) error {
	return again(ctx, func() error { return s.db.WithContext(ctx).Transaction(work) })
}
