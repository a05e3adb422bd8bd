package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"time"

	"safelight/internal/config"
	"safelight/internal/ready"
)

// checkWithin bounds a check of a running API.
const checkWithin = 5 * time.Second

// aside does what is asked for by a word instead of serving: openapi prints
// the document; healthcheck asks the API that runs beside this process, with
// the same environment, whether it can serve. The image holds no other program
// to ask by.
func aside(ctx context.Context, word string) error {
	if word == "openapi" {
		return printDocument(os.Stdout) //nolint:contextcheck // nothing is asked of anybody
	}
	cfg, err := config.LoadAPI(config.Environ(os.Environ()))
	if err != nil {
		return fmt.Errorf("configuration:\n%w", err)
	}
	return checkReady(ctx, cfg.Listen)
}

// checkReady asks the API at a listening address whether it can serve.
func checkReady(ctx context.Context, listen string) error {
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return fmt.Errorf("read the listening address: %w", err)
	}
	if ip := net.ParseIP(host); host == "" || ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	ctx, cancel := context.WithTimeout(ctx, checkWithin)
	defer cancel()
	return ready.Check(ctx, "http://"+net.JoinHostPort(host, port))
}
