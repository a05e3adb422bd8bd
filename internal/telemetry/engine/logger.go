package engine

import (
	"log/slog"

	"go.temporal.io/sdk/log"
)

// Logger is what Temporal's SDK logs to. It says of every attempt that failed
// that it is an error, while those are tried again: the interceptor tells of
// them instead, with what it knows and not each time.
func Logger(to *slog.Logger) log.Logger { return logger{log.NewStructuredLogger(to)} }

// failedAttempt is the SDK's line about an attempt that failed.
const failedAttempt = "Activity error."

type logger struct{ log.Logger }

// Error implements log.Logger.
func (l logger) Error(message string, attrs ...any) {
	if message != failedAttempt {
		l.Logger.Error(message, attrs...)
	}
}

// With implements log.WithLogger.
func (l logger) With(attrs ...any) log.Logger { return logger{log.With(l.Logger, attrs...)} }
