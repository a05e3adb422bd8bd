package main

import (
	"context"
	"database/sql"
	"encoding/binary"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
	"golang.org/x/sync/errgroup"

	"safelight/internal/testkit"
	"safelight/internal/uploader"
	"safelight/models"
	"safelight/worker"
)

const (
	idleUploads  = 20
	loadAtOnce   = 8
	largeUploads = 20
	largeBytes   = 40 << 20
)

// idleReport is an upload at a time of a 0.5-megapixel JPEG, from its last
// byte sent to the final event received.
type idleReport struct {
	Uploads  int     `json:"uploads"`
	MedianMS float64 `json:"medianMs"`
	P95MS    float64 `json:"p95Ms"`
}

// lagReport is how long a step's change takes from the workflow's clock to
// the reader of the event stream.
type lagReport struct {
	Changes  int     `json:"changes"`
	MedianMS float64 `json:"medianMs"`
	MaxMS    float64 `json:"maxMs"`
}

// loadReport is several at once.
type loadReport struct {
	Uploads   int     `json:"uploads"`
	AtOnce    int     `json:"atOnce"`
	PerSecond float64 `json:"perSecond"`
	// VsIdle is how many times the rate of one at a time that is.
	VsIdle float64 `json:"vsIdle"`
}

// largeReport is the memory of the API while large bodies come in.
type largeReport struct {
	Uploads     int     `json:"uploads"`
	MiBEach     int     `json:"mibEach"`
	BeforeMiB   float64 `json:"apiResidentBeforeMiB"`
	APIPeakMiB  float64 `json:"apiResidentPeakMiB"`
	PeakVsSent  float64 `json:"peakVsSent"`
	AllAccepted bool    `json:"allAccepted"`
}

// costReport is what one upload of the load test came to.
type costReport struct {
	HistoryEvents float64 `json:"historyEvents"`
	Transactions  float64 `json:"databaseTransactions"`
}

// watch notes when the last byte went out and when each picture came in.
type watch struct {
	mu    sync.Mutex
	sent  time.Time
	first bool
	last  map[models.StepName]models.StepState
	lags  []time.Duration
}

// Sent implements uploader.Observer.
func (w *watch) Sent(n, total int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if n == total {
		w.sent = time.Now()
	}
}

// Retrying implements uploader.Observer.
func (w *watch) Retrying(error) {}

// Progress implements uploader.Observer. What the first picture shows may have
// happened before the stream was opened: it is no lag of the stream.
func (w *watch) Progress(up uploader.Upload) {
	now := time.Now()
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.last == nil {
		w.last, w.first = map[models.StepName]models.StepState{}, true
	}
	for _, s := range up.Steps {
		if w.last[s.Name] == s.State {
			continue
		}
		w.last[s.Name] = s.State
		at := s.StartedAt
		if s.FinishedAt != nil {
			at = s.FinishedAt
		}
		if !w.first && at != nil {
			w.lags = append(w.lags, now.Sub(*at))
		}
	}
	w.first = false
}

// file writes bytes to a file to be sent. n makes its name and, behind the
// picture, its bytes its own.
func (s *stack) file(data []byte, n uint64) (string, error) {
	path := filepath.Join(s.home, fmt.Sprintf("%d-%d.jpg", len(data), n))
	if err := os.WriteFile(path, binary.BigEndian.AppendUint64(data, n), 0o600); err != nil {
		return "", fmt.Errorf("write a picture: %w", err)
	}
	return path, nil
}

// one sends a file and follows it to its end.
func (s *stack) one(ctx context.Context, n uint64, w *watch) (uploader.Upload, error) {
	path, err := s.file(testkit.JPEG(816, 612, n), n)
	if err != nil {
		return uploader.Upload{}, err
	}
	up, err := s.client.Send(ctx, uploader.Source{Path: path}, w)
	if err != nil {
		return up, fmt.Errorf("send: %w", err)
	}
	up, err = s.client.Follow(ctx, up, w)
	if err != nil {
		return up, fmt.Errorf("follow: %w", err)
	}
	return up, nil
}

func done(up uploader.Upload) error {
	if up.State != models.UploadDone || up.Outcome == nil || *up.Outcome != models.OutcomeCreated {
		return fmt.Errorf("upload %s ended as %s, not as a new file", up.ID, up.State)
	}
	return nil
}

func measureIdle(ctx context.Context, s *stack) (idleReport, lagReport, error) {
	var took, lags []time.Duration
	for i := range idleUploads + 3 { // the first ones warm up connections, plans and children
		w := &watch{}
		up, err := s.one(ctx, uint64(i)+1, w)
		if err == nil {
			err = done(up)
		}
		if err != nil {
			return idleReport{}, lagReport{}, err
		}
		if i >= 3 {
			took, lags = append(took, time.Since(w.sent)), append(lags, w.lags...)
		}
	}
	return idleReport{Uploads: len(took), MedianMS: at(took, 0.5), P95MS: at(took, 0.95)},
		lagReport{Changes: len(lags), MedianMS: at(lags, 0.5), MaxMS: at(lags, 1)}, nil
}

func measureLoad(ctx context.Context, s *stack, n int) (loadReport, costReport, error) {
	before, err := transactions(ctx, s.dev.DatabaseURL)
	if err != nil {
		return loadReport{}, costReport{}, err
	}
	ids := make([]string, n)
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(loadAtOnce)
	begin := time.Now()
	for i := range n {
		group.Go(func() error {
			up, err := s.one(ctx, uint64(i)+1000, &watch{})
			ids[i] = up.ID
			if err != nil {
				return err
			}
			return done(up)
		})
	}
	if err := group.Wait(); err != nil {
		return loadReport{}, costReport{}, err //nolint:wrapcheck // ours
	}
	took := time.Since(begin)
	ctx = context.WithoutCancel(ctx)
	after, err := transactions(ctx, s.dev.DatabaseURL)
	if err != nil {
		return loadReport{}, costReport{}, err
	}
	events, err := historyEvents(ctx, s.dev.TemporalAddress, ids)
	if err != nil {
		return loadReport{}, costReport{}, err
	}
	alone := time.Now()
	if _, err := s.one(ctx, 5000, &watch{}); err != nil {
		return loadReport{}, costReport{}, err
	}
	rate := float64(n) / took.Seconds()
	return loadReport{Uploads: n, AtOnce: loadAtOnce, PerSecond: rate, VsIdle: rate * time.Since(alone).Seconds()},
		costReport{HistoryEvents: float64(events) / float64(n), Transactions: float64(after-before) / float64(n)}, nil
}

// transactions counts those of the database so far. Its own statistics lag by
// up to a second: what is missed of one is in the other count too.
func transactions(ctx context.Context, url string) (n int64, err error) {
	time.Sleep(1500 * time.Millisecond)
	db, err := sql.Open("pgx", url)
	if err != nil {
		return 0, fmt.Errorf("open the database: %w", err)
	}
	defer db.Close()
	err = db.QueryRowContext(ctx, `SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()`).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("count transactions: %w", err)
	}
	return n, nil
}

func historyEvents(ctx context.Context, address string, ids []string) (n int64, err error) {
	c, err := worker.Dial(worker.Frontend{Address: address, Namespace: "default"}, "bench", slog.New(slog.DiscardHandler))
	if err != nil {
		return 0, fmt.Errorf("reach the engine: %w", err)
	}
	defer c.Close()
	for _, id := range ids {
		desc, err := c.DescribeWorkflowExecution(ctx, models.WorkflowID(id), "")
		if err != nil {
			return 0, fmt.Errorf("describe the workflow of %s: %w", id, err)
		}
		n += desc.GetWorkflowExecutionInfo().GetHistoryLength()
	}
	return n, nil
}

// measureLarge sends large files all at once and looks at the API's memory.
func measureLarge(ctx context.Context, s *stack) (largeReport, error) {
	pid := s.dev.PIDs["api"]
	out := largeReport{Uploads: largeUploads, MiBEach: largeBytes >> 20, BeforeMiB: resident(pid, "VmRSS")}
	large := make([]byte, largeBytes-8, largeBytes)
	copy(large, testkit.JPEG(816, 612, 9999)) // what stands behind a picture's end is not part of it
	paths := make([]string, largeUploads)
	for i := range paths {
		path, err := s.file(large, uint64(i))
		if err != nil {
			return out, err
		}
		paths[i] = path
	}
	group, ctx := errgroup.WithContext(ctx)
	for i := range largeUploads {
		group.Go(func() error {
			_, err := s.client.Send(ctx, uploader.Source{Path: paths[i]}, &watch{})
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return out, fmt.Errorf("send large files: %w", err)
	}
	out.AllAccepted = true
	out.APIPeakMiB = resident(pid, "VmHWM")
	out.PeakVsSent = out.APIPeakMiB / float64(largeUploads*out.MiBEach)
	return out, nil
}

// at is a quantile in milliseconds.
func at(all []time.Duration, q float64) float64 {
	if len(all) == 0 {
		return 0
	}
	slices.Sort(all)
	i := min(int(q*float64(len(all))), len(all)-1)
	return float64(all[i].Microseconds()) / 1000
}
