package devstack

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"
)

// temporalTuning makes the dev server as quick as it can be: as it comes, it
// starts eight workflows a second; with these, over twenty.
var temporalTuning = []string{
	"--dynamic-config-value", "history.transferProcessorMaxPollRPS=2000",
	"--dynamic-config-value", "history.timerProcessorMaxPollRPS=2000",
	"--dynamic-config-value", "matching.numTaskqueueReadPartitions=1",
	"--dynamic-config-value", "matching.numTaskqueueWritePartitions=1",
	"--sqlite-pragma", "journal_mode=wal",
	"--sqlite-pragma", "synchronous=normal",
}

// searchAttributes are those that workflows set, all of type Keyword.
var searchAttributes = []string{"SafelightOwner", "SafelightState", "SafelightSHA256"}

// Temporal is Temporal's own development server with its web interface.
type Temporal struct {
	Database string // the file that keeps its state
	Port     int
	UIPort   int // 0: no web interface
}

// Address is where clients reach the server.
func (t *Temporal) Address() string { return localAddress(t.Port) }

// UIURL is the web interface, or empty.
func (t *Temporal) UIURL() string {
	if t.UIPort == 0 {
		return ""
	}
	return "http://" + localAddress(t.UIPort)
}

// Part is the server as a part of a stack.
func (t *Temporal) Part() *Part {
	return &Part{
		Name:    "temporal",
		Prepare: t.prepare,
		Ready:   func(ctx context.Context) error { return CheckTemporal(ctx, t.Address(), client.DefaultNamespace) },
		Grace:   20 * time.Second,
		Advice:  "look at its log; its state is in " + t.Database + ", which can be removed where no upload is under way",
	}
}

func (t *Temporal) prepare(context.Context) (Command, error) {
	path, err := FindTemporal()
	if err != nil {
		return Command{}, err
	}
	if err := os.MkdirAll(filepath.Dir(t.Database), 0o700); err != nil {
		return Command{}, fmt.Errorf("make Temporal's folder: %w", err)
	}
	for _, port := range []int{t.Port, t.UIPort} {
		if port == 0 {
			continue
		}
		if err := waitPortFree(port, 5*time.Second); err != nil {
			return Command{}, err
		}
	}
	args := []string{
		"server", "start-dev", "--ip", "127.0.0.1", "--port", strconv.Itoa(t.Port),
		"--db-filename", t.Database, "--log-level", "warn",
	}
	if t.UIPort == 0 {
		args = append(args, "--headless")
	} else {
		args = append(args, "--ui-port", strconv.Itoa(t.UIPort))
	}
	for _, name := range searchAttributes {
		args = append(args, "--search-attribute", name+"=Keyword")
	}
	// Settings meant for clients of another server must not reach this one.
	env := slices.DeleteFunc(os.Environ(), func(kv string) bool { return strings.HasPrefix(kv, "TEMPORAL_") })
	return Command{Path: path, Args: append(args, temporalTuning...), Env: env}, nil
}

// CheckTemporal asks the server for its health and for the namespace.
func CheckTemporal(ctx context.Context, address, namespace string) error {
	c, err := dialTemporal(ctx, address, namespace)
	if err != nil {
		return err
	}
	defer c.Close()
	_, err = c.WorkflowService().DescribeNamespace(ctx, &workflowservice.DescribeNamespaceRequest{Namespace: namespace})
	if err != nil {
		return fmt.Errorf("ask Temporal for namespace %s: %w", namespace, err)
	}
	return nil
}

func dialTemporal(ctx context.Context, address, namespace string) (client.Client, error) {
	c, err := client.DialContext(ctx, client.Options{HostPort: address, Namespace: namespace, Logger: quiet})
	if err != nil {
		return nil, fmt.Errorf("reach Temporal at %s: %w", address, err)
	}
	return c, nil
}

// quiet is a logger for probes: what they find is their error.
var quiet = log.NewStructuredLogger(slog.New(slog.DiscardHandler))
