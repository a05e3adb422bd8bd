package devstack

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"sync"
	"time"

	"go.temporal.io/sdk/client"
)

// DefaultHome is the home of a stack where nothing else is said, in the folder
// that a command is run in.
const DefaultHome = ".data"

// Options say what stack to run.
type Options struct {
	Home string    // folder of everything that stays
	Port int       // of the API on 127.0.0.1; 0 takes a free one
	Bin  string    // folder of Safelight's programs api and worker
	Out  io.Writer // where people look
	// TestSignatures leaves the official virus signatures out.
	TestSignatures bool
	// Prepare brings the database to the newest schema and sees to it that the
	// admin exists. Safe to run again. It returns a warning for people, or "".
	Prepare func(ctx context.Context, databaseURL, adminEmail, adminPassword string) (string, error)
}

// stack is one run.
type stack struct {
	opts       Options
	home       *Home
	terminal   *Terminal
	logs       *Logs
	supervisor *Supervisor
	secrets    Secrets
	namespace  string

	mu        sync.Mutex
	addresses Addresses
	up        bool // dev.json is there
}

// Run starts a stack and keeps it running until ctx ends, then stops all of
// it. It returns nil after such an end, an *InUseError when the home is taken,
// a *StartError when a part can not be started; whatever it returns, nothing
// that it started still runs.
func Run(ctx context.Context, opts Options) (err error) {
	home, err := OpenHome(opts.Home)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, home.Close()) }()
	s := &stack{opts: opts, home: home, terminal: NewTerminal(opts.Out), namespace: given("TEMPORAL_NAMESPACE", client.DefaultNamespace)}
	if err := s.clear(); err != nil {
		return err
	}
	if s.secrets, err = loadSecrets(home); err != nil {
		return err
	}
	if s.logs, err = NewLogs(home.Path("logs"), s.terminal); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.logs.Close()) }()
	s.supervisor = NewSupervisor(s.logs, s.terminal.Say, s.pidsChanged)

	background, cancel := context.WithCancel(ctx)
	var wait sync.WaitGroup
	defer wait.Wait()
	defer cancel()
	defer func() { err = errors.Join(err, s.stop()) }()
	if err := s.start(background, &wait); err != nil {
		if ctx.Err() != nil {
			return nil // told to stop while starting: done
		}
		return err
	}
	<-ctx.Done()
	s.terminal.Print("\n")
	s.terminal.Say("stopping")
	return nil
}

// clear sees to it that nothing of an earlier run is in the way, and that what
// is sure to fail fails before anything is started.
func (s *stack) clear() error {
	for _, name := range []string{"api", "worker"} {
		if _, err := ownProgram(s.opts.Bin, name); err != nil {
			return err
		}
	}
	if err := s.removeDevFile(); err != nil {
		return err
	}
	if err := stopLeftovers(s.home, s.terminal.Say); err != nil {
		return err
	}
	if s.opts.Port == 0 {
		port, err := FreePort(0)
		if err != nil {
			return err
		}
		s.opts.Port = port
	}
	l, err := net.Listen("tcp", localAddress(s.opts.Port))
	if err != nil {
		return fmt.Errorf("port %d can not be used (%w): stop what uses it, or choose another one with --port", s.opts.Port, err)
	}
	if err := l.Close(); err != nil {
		return fmt.Errorf("try port %d: %w", s.opts.Port, err)
	}
	return nil
}

// start brings everything up and says where it is.
func (s *stack) start(ctx context.Context, wait *sync.WaitGroup) error {
	begun := time.Now()
	s.terminal.Say("starting; state and logs are in %s", s.home.Dir)
	parts, signatures, err := s.plan()
	if err != nil {
		return err
	}
	if signatures != nil {
		wait.Go(func() { signatures.Keep(ctx) })
	}
	if err := s.supervisor.Start(ctx, parts...); err != nil {
		return err
	}
	a := s.snapshot()
	if err := s.checkGiven(ctx, a); err != nil {
		return err
	}
	warning, err := s.opts.Prepare(ctx, a.DatabaseURL, a.AdminEmail, a.AdminPassword)
	if err != nil {
		return fmt.Errorf("prepare the database: %w", err)
	}
	environ := s.environ(a)
	err = s.supervisor.Start(ctx,
		workerPart(s.opts.Bin, a.TemporalAddress, s.namespace, workerEnviron(a, environ)),
		apiPart(s.opts.Bin, s.apiURL(), s.opts.Port, environ))
	if err != nil {
		return err
	}
	if err := s.announceUp(); err != nil {
		return err
	}
	scanner := ""
	if signatures != nil {
		scanner = signatures.Problem()
	} else if s.opts.TestSignatures && os.Getenv("CLAMD_ADDRESS") == "" {
		scanner = "it was told not to fetch them"
	}
	s.terminal.Print(banner(a, s.opts.Home, time.Since(begun), warning, scanner))
	return nil
}

// snapshot is a copy of the addresses.
func (s *stack) snapshot() Addresses {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.addresses
}

// plan decides what is started and what is given, and fills in the addresses.
func (s *stack) plan() ([]*Part, *Signatures, error) {
	chosen, err := choosePorts(s.home)
	if err != nil {
		return nil, nil, err
	}
	var parts []*Part
	var signatures *Signatures
	storage := url.URL{Scheme: "file", Path: s.home.Path("storage")}
	a := Addresses{
		APIURL:        given("PUBLIC_URL", s.apiURL()),
		DatabaseURL:   os.Getenv("DATABASE_URL"),
		ClamdAddress:  os.Getenv("CLAMD_ADDRESS"),
		StorageURL:    given("STORAGE_URL", storage.String()),
		AdminEmail:    AdminEmail,
		AdminPassword: s.secrets.AdminPassword,
	}
	if a.DatabaseURL == "" {
		postgres := &Postgres{Dir: s.home.Path("postgres"), Port: chosen.Postgres, Password: s.secrets.DatabasePassword}
		a.DatabaseURL = postgres.URL(PostgresUser)
		parts = append(parts, postgres.Part())
	}
	if a.ClamdAddress == "" {
		scanner := &Clamd{Database: s.home.Path("clamav"), Run: s.home.Run, Programs: s.home.Path("programs")}
		a.ClamdAddress = scanner.Address()
		part := scanner.Part()
		if !s.opts.TestSignatures {
			signatures = NewSignatures(scanner, s.logs, s.terminal.Say)
			part = afterSignatures(part, signatures)
		}
		parts = append(parts, part)
	}
	if a.TemporalAddress = os.Getenv("TEMPORAL_ADDRESS"); a.TemporalAddress == "" {
		temporal := &Temporal{Database: s.home.Path("temporal", "state.db"), Port: chosen.Temporal, UIPort: chosen.TemporalUI}
		a.TemporalAddress, a.TemporalUIURL = temporal.Address(), temporal.UIURL()
		parts = append(parts, temporal.Part())
	}
	a.TemporalUIURL = given("TEMPORAL_UI_URL", a.TemporalUIURL)
	a.workerMetrics = localAddress(chosen.WorkerMetrics)
	a.MetricsURLs = map[string]string{"api": s.apiURL() + "/metrics", "worker": "http://" + a.workerMetrics + "/metrics"}
	s.addresses = a
	return parts, signatures, nil
}

// afterSignatures makes the scanner's first start wait for its signatures.
func afterSignatures(part *Part, signatures *Signatures) *Part {
	prepare := part.Prepare
	var once sync.Once
	part.Prepare = func(ctx context.Context) (Command, error) {
		once.Do(func() { signatures.Await(ctx) })
		return prepare(ctx)
	}
	return part
}

// apiURL is how this process reaches the API.
func (s *stack) apiURL() string { return "http://" + localAddress(s.opts.Port) }

// pidsChanged writes down which processes belong to this stack.
func (s *stack) pidsChanged(pids map[string]int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.addresses.PIDs = pids
	err := keepRecords(s.home, pids)
	if s.up {
		err = errors.Join(err, writeJSON(s.home.Path(DevFile), s.addresses))
	}
	if err != nil {
		s.terminal.Say("the process ids can not be written down: %v", err)
	}
}

// announceUp writes dev.json.
func (s *stack) announceUp() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.up = true
	if err := writeJSON(s.home.Path(DevFile), s.addresses); err != nil {
		return fmt.Errorf("write %s: %w", DevFile, err)
	}
	return nil
}

// stop stops everything and removes what said that it runs.
func (s *stack) stop() error {
	s.supervisor.Stop()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.up = false
	return errors.Join(s.removeDevFile(), removeIfThere(s.home.Path(recordFile)))
}

func (s *stack) removeDevFile() error { return removeIfThere(s.home.Path(DevFile)) }

func removeIfThere(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("remove an old file: %w", err)
	}
	return nil
}
