// Command double serves the double of Supabase Storage, to try by hand what runs
// on it. It knows its objects as long as it runs.
//
//	go run ./storage/storagetest/supabase/double
//
// prints the variables with which `bin/safelight dev` in another terminal uses it.
package main

import (
	"context"
	"crypto/rand"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"safelight/storage/storagetest/supabase"
)

func main() {
	address := flag.String("listen", "127.0.0.1:5010", "where to listen")
	key := flag.String("key", "service-"+rand.Text(), "the service key that is accepted")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, *address, *key)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "double:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, address, key string) (err error) {
	dir, err := os.MkdirTemp("", "safelight-double-")
	if err != nil {
		return fmt.Errorf("make a folder: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	s, err := supabase.StartAt(address, key, dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	fmt.Printf("STORAGE_URL=supabase+%s\nSUPABASE_SERVICE_KEY=%s\n", s.URL, s.Key)
	<-ctx.Done()
	return nil
}
