//go:build integration

package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"regexp"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"google.golang.org/protobuf/types/known/durationpb"

	"safelight/activities"
	"safelight/internal/clamd"
	"safelight/internal/config"
	"safelight/internal/imaging"
	"safelight/internal/imaging/codec"
	"safelight/internal/imaging/imagingtest"
	"safelight/internal/intake"
	"safelight/internal/testkit"
	"safelight/internal/webhook"
	"safelight/models"
	"safelight/models/store"
	"safelight/storage"
	"safelight/storage/storagetest/supabase"
	"safelight/worker"
	"safelight/workflows"
)

func TestMain(m *testing.M) { imagingtest.Main(m, codec.Open) }

// spot is a call that an upload makes: what it asks for, of which object, with
// stars for ids, and how many like it came before.
type spot struct {
	op  supabase.Op
	key string
	n   int
}

func (s spot) String() string { return fmt.Sprintf("%s %s #%d", s.op, s.key, s.n) }

var ids = regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`)

// spots names the calls of one upload, and counts them.
type spots map[spot]int

func (s spots) of(c supabase.Call) spot {
	at := spot{op: c.Op, key: c.Bucket + "/" + ids.ReplaceAllString(c.Key, "*")}
	s[at]++
	at.n = s[at]
	return at
}

// plan is what goes wrong with one upload: a call, as often as it is made, up to
// a number of times.
type plan struct {
	at    spot
	fault supabase.Fault
	times int

	seen spots
	hit  int
}

func (p *plan) String() string {
	return fmt.Sprintf("fault %d, %d times, at %s", p.fault, p.times, p.at)
}

func (p *plan) judge(c supabase.Call) supabase.Fault {
	at := p.seen.of(c)
	if at.op != p.at.op || at.key != p.at.key || at.n < p.at.n || p.hit == p.times {
		return supabase.None
	}
	p.hit++
	return p.fault
}

// saboteur holds the plans of all uploads that are on their way. An upload whose
// id is not known yet has the plan that was made for the next one.
type saboteur struct {
	mu    sync.Mutex
	next  *plan
	plans map[string]*plan
}

func (s *saboteur) choose(c supabase.Call) supabase.Fault {
	id := ids.FindString(c.Key)
	if id == "" {
		return supabase.None
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	p, known := s.plans[id]
	if !known {
		p, s.next = s.next, nil
		s.plans[id] = p
	}
	if p == nil {
		return supabase.None
	}
	return p.judge(c)
}

func (s *saboteur) expect(p *plan) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.next = p
}

func (s *saboteur) hits(p *plan) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return p.hit
}

func (s *saboteur) planOf(up models.Upload) *plan {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.plans[up.ID]
}

// pipeline is intake and worker as the commands put them together, on the real
// database, engine, scanner and decoders, and on the driver for Supabase Storage
// with its double.
type pipeline struct {
	t       *testing.T
	server  *supabase.Server
	faults  *saboteur
	objects *storage.Supabase
	rows    *store.Store
	engine  client.Client
	parts   *intake.Resumable
	owner   string
	seed    uint64
	sent    int // uploads so far
}

// The driver's patience here: more than a slow answer takes, so that what is
// silent costs little.
const patience = time.Second

func newPipeline(t *testing.T) *pipeline {
	t.Helper()
	quiet := slog.New(slog.DiscardHandler)
	p := &pipeline{t: t, server: supabase.New(t), faults: &saboteur{plans: map[string]*plan{}}, owner: uuid.NewString()}
	var err error
	p.objects, err = storage.OpenSupabase(p.server.URL, storage.SupabaseOptions{
		Key: p.server.Key, MaxBytes: 1 << 20, Patience: patience, Pause: 5 * time.Millisecond,
	})
	require.NoError(t, err)
	require.NoError(t, p.objects.EnsureBuckets(t.Context()))
	p.rows, err = store.Open(t.Context(), testkit.Database(t), 20)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, p.rows.Close()) })
	require.NoError(t, p.rows.CreateUser(t.Context(), models.User{
		ID: p.owner, Email: "ada@example.org", Name: "Ada", Role: models.RoleUser, Status: models.StatusActive,
		PasswordHash: "$argon2id$", QuotaBytes: 1 << 40, QuotaFiles: 1 << 20,
	}))
	namespace := p.namespace(quiet)
	p.engine, err = worker.Dial(worker.Frontend{Address: testkit.TemporalAddress(t), Namespace: namespace}, t.Name(), quiet)
	require.NoError(t, err)
	t.Cleanup(p.engine.Close)
	p.work(namespace, quiet)
	p.server.Inject(p.faults.choose)
	return p
}

// namespace makes a namespace of the test's own: queues have fixed names, and
// other tests work on them at the same time.
func (p *pipeline) namespace(log *slog.Logger) string {
	p.t.Helper()
	setup, err := worker.Dial(worker.Frontend{Address: testkit.TemporalAddress(p.t), Namespace: "default"}, p.t.Name(), log)
	require.NoError(p.t, err)
	defer setup.Close()
	name := "faults-" + uuid.NewString()
	_, err = setup.WorkflowService().RegisterNamespace(p.t.Context(), &workflowservice.RegisterNamespaceRequest{
		Namespace: name, WorkflowExecutionRetentionPeriod: durationpb.New(24 * time.Hour),
	})
	require.NoError(p.t, err)
	return name
}

// work starts the worker, as run does.
func (p *pipeline) work(namespace string, log *slog.Logger) {
	t := p.t
	t.Helper()
	var cfg config.Worker
	cfg.Limits.MaxUploadBytes, cfg.Limits.MaxUploadsPerUser, cfg.Retention.Receiving = 1<<20, 1000, time.Hour
	starter := workflows.Starter{Client: p.engine, Options: workflows.Options{
		Settings: activities.CodecSettings{
			MaxSide: 64, PreviewSide: 48, ThumbSide: 24, Format: "webp", MinSSIM: 0.98, Quality: 80, MaxPixels: 1e6, MaxFrames: 10,
		},
		RetryFor: time.Hour, StallFor: time.Hour, Grace: time.Hour,
	}}
	p.parts = assembler(cfg, p.rows, p.objects, starter, log)
	p.parts.Pace = intake.StandardPace()
	p.parts.Pace.Poll = 10 * time.Millisecond
	sender := webhook.NewSender(true)
	t.Cleanup(sender.Close)
	scanner := watchScanner(t.Context(), clamd.New(testkit.ClamdAddress(t), clamd.Options{MaxConcurrent: 4}), 1<<20, unseen(), log)
	set, err := worker.New(p.engine, &activities.Activities{
		Objects: p.objects, Rows: p.rows, Scanner: scanner, Codec: decoders{imagingtest.NewPool(t, imaging.Config{Children: 2, Log: log})},
		WorkDir: t.TempDir(), Starter: starter, Assembler: p.parts,
	}, &activities.Webhooks{Rows: p.rows, Composer: webhook.Composer{From: p.rows}, Sender: sender, Starter: starter},
		worker.Options{IO: 32, Scan: 4, CPU: 4, StopWithin: stopWithin})
	require.NoError(t, err)
	// A new namespace is known to every part of the server after a while.
	require.Eventually(t, func() bool {
		err = worker.Prepare(t.Context(), p.engine, namespace, worker.Housekeeping{
			ReconcileEvery: 5 * time.Second, Restart: activities.RestartInput{Grace: 10 * time.Second, Silence: time.Hour},
			SweepEvery: 24 * time.Hour, Sweep: activities.SweepInput{Receiving: time.Hour, Trash: time.Hour, BlobGrace: time.Hour},
			Dispatch:   activities.DispatchInput{GoneAfter: workflows.DeliveryGoneAfter, Keep: time.Hour},
			Quarantine: activities.PurgeQuarantineInput{Retention: 1000 * time.Hour},
		})
		return err == nil
	}, time.Minute, 100*time.Millisecond)
	require.NoError(t, set.Start())
	t.Cleanup(set.Stop)
}

// send takes a picture in, as a client does that comes again with what failed.
func (p *pipeline) send(picture []byte, wrong *plan) models.Upload {
	p.t.Helper()
	p.sent++
	p.faults.expect(wrong)
	for range 5 {
		up, created, err := p.parts.Intake.Accept(p.t.Context(), intake.Request{
			OwnerID: p.owner, Name: "cat.jpg", Announced: -1, Body: bytes.NewReader(picture),
		})
		if err == nil {
			require.True(p.t, created)
			return up
		}
		require.ErrorIs(p.t, err, models.ErrUnavailable, "%s", wrong)
	}
	p.t.Fatalf("was never accepted: %s", wrong)
	return models.Upload{}
}

// inParts is send by a client that sends in two requests, and asks how far it
// came after what failed.
func (p *pipeline) inParts(picture []byte, wrong *plan) models.Upload {
	p.t.Helper()
	p.sent++
	p.faults.expect(wrong)
	total := int64(len(picture))
	up, err := p.parts.Create(p.t.Context(), intake.TusRequest{OwnerID: p.owner, Name: "cat.jpg", Total: &total})
	require.NoError(p.t, err)
	for range 10 {
		n := min((total+1)/2, total-up.Received)
		next, err := p.parts.Write(p.t.Context(), intake.Chunk{
			UploadID: up.ID, OwnerID: p.owner, Offset: up.Received, Announced: n, Body: chunkBody{bytes.NewReader(picture[up.Received:][:n])},
		})
		for tries := 1; err != nil; tries++ {
			require.ErrorIs(p.t, err, models.ErrUnavailable, "%s", wrong)
			require.Less(p.t, tries, 10, "%s", wrong)
			next, err = p.parts.Look(p.t.Context(), p.owner, up.ID)
		}
		if up = next; up.Taken() {
			return up.Upload
		}
	}
	p.t.Fatalf("was never accepted: %s", wrong)
	return models.Upload{}
}

// chunkBody is a body that came at once.
type chunkBody struct{ io.Reader }

func (chunkBody) Idle() time.Duration { return 0 }
func (chunkBody) Stop(error)          {}

// pictureBytes is the size of all pictures, so that the keys of their parts are alike.
const pictureBytes = 8 << 10

// picture is one that was not sent before, by one of testkit's.
func (p *pipeline) picture(make func(width, height int, seed uint64) []byte) []byte {
	p.t.Helper()
	p.seed++
	data := make(64, 48, p.seed)
	require.LessOrEqual(p.t, len(data), pictureBytes)
	return append(data, bytes.Repeat([]byte{0}, pictureBytes-len(data))...) // what stands behind its end is not part of it
}

// end waits for an upload's workflow, which ends when it has cleaned up.
func (p *pipeline) end(up models.Upload) (res workflows.UploadResult) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.t.Context(), 10*time.Minute) // for all of them, on a busy machine
	defer cancel()
	require.NoError(p.t, p.engine.GetWorkflow(ctx, up.WorkflowID(), "").Get(ctx, &res), "upload %s: %s", up.ID, p.faults.planOf(up))
	return res
}
