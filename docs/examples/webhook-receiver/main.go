// Command webhook-receiver is an example of a program that Safelight tells of
// events: it checks who a message is from, with the library that the Standard
// Webhooks project keeps, and prints a line for each event.
//
//	WEBHOOK_SECRET=whsec_… go run ./docs/examples/webhook-receiver --listen 127.0.0.1:9000
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"os/signal"
	"sync"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

func main() {
	listen := flag.String("listen", "127.0.0.1:9000", "address to listen on")
	flag.Parse()
	if err := run(*listen, os.Getenv("WEBHOOK_SECRET")); err != nil { //nolint:forbidigo // a program of its own
		log.Fatal(err)
	}
}

func run(listen, secret string) error {
	r, err := newReceiver(secret, os.Stdout)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	server := &http.Server{Addr: listen, Handler: r, ReadTimeout: 10 * time.Second, WriteTimeout: 10 * time.Second}
	context.AfterFunc(ctx, func() { _ = server.Close() })
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("listen on %s: %w", listen, err)
	}
	return nil
}

// maxMessage bounds a message, in bytes. Those of Safelight have a few thousand.
const maxMessage = 1 << 20

// receiver answers 204 for what it has understood. Any answer from 200 to 299
// tells Safelight that a message has arrived; any other, and none within
// twenty seconds, has it sent again later.
type receiver struct {
	webhook *standardwebhooks.Webhook
	out     io.Writer

	mu   sync.Mutex
	seen map[string]time.Time // ids of messages
}

// newReceiver takes the secret as POST /api/v1/admin/webhooks shows it, once.
func newReceiver(secret string, out io.Writer) (*receiver, error) {
	webhook, err := standardwebhooks.NewWebhook(secret)
	if err != nil || secret == "" {
		return nil, errors.Join(errors.New("WEBHOOK_SECRET: the secret of the webhook is needed, whsec_…"), err)
	}
	return &receiver{webhook: webhook, out: out, seen: map[string]time.Time{}}, nil
}

// event is what every message has. Data depends on the type: what the event
// streams of the API show of the same event.
type event struct {
	Type      string          `json:"type"`
	Timestamp time.Time       `json:"timestamp"`
	OwnerID   string          `json:"ownerId"`
	Data      json.RawMessage `json:"data"`
}

// ServeHTTP implements http.Handler.
func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	// The signature is over the bytes as they came: they are read before anything
	// is made of them.
	body, err := io.ReadAll(http.MaxBytesReader(w, req.Body, maxMessage))
	if err != nil {
		http.Error(w, "the message can not be read", http.StatusBadRequest)
		return
	}
	if err := r.webhook.Verify(body, req.Header); err != nil {
		http.Error(w, "the signature does not hold", http.StatusUnauthorized)
		return
	}
	var e event
	if err := json.Unmarshal(body, &e); err != nil || e.Type == "" {
		http.Error(w, "this is no event", http.StatusBadRequest)
		return
	}
	// A message whose answer was lost comes again, under the same id.
	if r.first(req.Header.Get("Webhook-Id")) {
		fmt.Fprintf(r.out, "%s %s of %s: %s\n", e.Timestamp.Format(time.RFC3339), e.Type, e.OwnerID, e.Data)
	}
	w.WriteHeader(http.StatusNoContent)
}

// remember is how long ids are kept: longer than a signature holds.
const remember = time.Hour

// first reports whether a message comes for the first time. A program that acts
// on messages keeps their ids where it keeps what it does, in one transaction.
func (r *receiver) first(id string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	for old, at := range r.seen {
		if time.Since(at) > remember {
			delete(r.seen, old)
		}
	}
	_, known := r.seen[id]
	r.seen[id] = time.Now()
	return !known
}
