package metrics

import (
	"database/sql"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Storage is what is counted of the object store. store says which kind it is.
type Storage struct {
	store   string
	seconds *prometheus.HistogramVec
	calls   *prometheus.CounterVec
	bytes   *prometheus.CounterVec
}

// Outcomes of calls to the object store.
const (
	StorageOK          = "ok"
	StorageNotFound    = "not_found"
	StorageExists      = "exists"
	StorageTooLarge    = "too_large"
	StorageUnavailable = "unavailable"
	StorageCanceled    = "canceled" // by who asked
	StorageFailed      = "failed"
)

// NewStorage adds the metrics of an object store to a set, once.
func NewStorage(s *Set, store string) *Storage {
	m := &Storage{
		store:   store,
		calls:   s.counter("storage_operations_total", "Calls to the object store, by outcome.", "operation", "store", "outcome"),
		seconds: s.histogram("storage_duration_seconds", "Of a call to the object store; of open, until the object was read and closed.", partBuckets, "operation", "store"),
		bytes:   s.counter("storage_bytes_total", "Bytes written to (put) and read from (open) the object store.", "operation", "store"),
	}
	for _, operation := range []string{"put", "open", "stat", "move", "delete", "list"} {
		m.calls.WithLabelValues(operation, store, StorageOK)
		m.calls.WithLabelValues(operation, store, StorageUnavailable)
		m.seconds.WithLabelValues(operation, store)
	}
	m.bytes.WithLabelValues("put", store)
	m.bytes.WithLabelValues("open", store)
	return m
}

// Called counts a call. bytes is 0 but for put and open.
func (m *Storage) Called(operation, outcome string, took time.Duration, bytes int64) {
	m.calls.WithLabelValues(operation, m.store, outcome).Inc()
	m.seconds.WithLabelValues(operation, m.store).Observe(took.Seconds())
	if bytes > 0 {
		m.bytes.WithLabelValues(operation, m.store).Add(float64(bytes))
	}
}

// WatchDatabase adds the pool of connections to the database to a set, read when
// somebody asks.
func WatchDatabase(s *Set, pool func() sql.DBStats, statements func() int64) {
	s.gaugeFunc("database_connections_max", "How many connections to the database this process may have.", func() float64 { return float64(pool().MaxOpenConnections) })
	s.gaugeFunc("database_connections_busy", "Connections to the database that are in use.", func() float64 { return float64(pool().InUse) })
	s.gaugeFunc("database_connections_idle", "Connections to the database that wait for work.", func() float64 { return float64(pool().Idle) })
	s.counterFunc("database_waits_total", "How often somebody had to wait for a connection to the database.", func() float64 { return float64(pool().WaitCount) })
	s.counterFunc("database_wait_seconds_total", "How long was waited for connections to the database.", func() float64 { return pool().WaitDuration.Seconds() })
	s.counterFunc("database_statements_total", "Statements sent to the database.", func() float64 { return float64(statements()) })
}
