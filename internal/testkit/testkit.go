// Package testkit gives tests the real services they run against and the
// pictures they run on. The services are started by its command testenv, which
// "make test" uses; one test package alone is run with them by
//
//	go run ./internal/testkit/testenv -- go test -tags integration ./storage/...
package testkit

import (
	"os"
	"testing"
)

// The variables by which testenv tells tests where the services are.
const (
	DatabaseVariable = "SAFELIGHT_TEST_DATABASE_URL"
	ClamdVariable    = "SAFELIGHT_TEST_CLAMD_ADDRESS"
	TemporalVariable = "SAFELIGHT_TEST_TEMPORAL_ADDRESS"
)

// ClamdAddress is where a clamd listens that knows the EICAR test file at any
// place of a file, in the form of CLAMD_ADDRESS. All tests share it.
func ClamdAddress(t testing.TB) string {
	t.Helper()
	return service(t, ClamdVariable)
}

// TemporalAddress is the host and port of a Temporal server with a namespace
// "default" and the search attributes that workflows set. All tests share it:
// tell task queues and workflow ids apart by something of the test's own.
func TemporalAddress(t testing.TB) string {
	t.Helper()
	return service(t, TemporalVariable)
}

func service(t testing.TB, variable string) string {
	t.Helper()
	value := os.Getenv(variable)
	if value == "" {
		t.Fatalf("%s is not set: run \"make test\", or this package alone by\n"+
			"\tgo run ./internal/testkit/testenv -- go test -tags integration ./path/of/the/package/...", variable)
	}
	return value
}
