package devstack

import (
	"context"
	_ "embed" // the test signatures
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"safelight/internal/clamd"
)

// testSignatures finds the EICAR test file at any place of a file. They are
// always loaded: the official signature knows it only where a file begins.
//
//go:embed signatures/safelight-test.ndb
var testSignatures []byte

// ScanThreads is how many scans clamd runs at once; SCAN_CONCURRENCY of the
// worker must not be above it. checkThreads come on top: a check of the scanner
// must not wait for scans to end, or a busy scanner looks like a dead one.
const (
	ScanThreads  = 4
	checkThreads = 2
)

// Clamd is a virus scanner with its own settings and socket.
type Clamd struct {
	Database string // folder of signatures
	Run      string // short folder for socket and settings
	Programs string // folder for copies of programs, see unconfined
}

// clamdSettings: the limits lie above the 50 MB that an upload may have, and
// what goes over one is reported and never passed. The fuzzy hash is off
// because it decodes every picture once more and makes a scan five times as long.
// Fresh signatures are taken up by the self-check, every minute.
const clamdSettings = `# Written by safelight at each start.
Foreground yes
LocalSocket %s
LocalSocketMode 660
FixStaleSocket yes
PidFile %s
DatabaseDirectory %s
TemporaryDirectory %s
StreamMaxLength 64M
MaxFileSize 64M
MaxScanSize 128M
MaxThreads %d
MaxQueue 64
CommandReadTimeout 10
ReadTimeout 30
SelfCheck 60
ConcurrentDatabaseReload yes
AlertExceedsMax yes
ScanImageFuzzyHash no
LogTime yes
`

// Socket is the path of the scanner's socket.
func (c *Clamd) Socket() string { return filepath.Join(c.Run, "clamd.sock") }

// Address is how CLAMD_ADDRESS names the scanner.
func (c *Clamd) Address() string { return "unix:" + c.Socket() }

// Part is the scanner as a part of a stack.
func (c *Clamd) Part() *Part {
	return &Part{
		Name:     "clamd",
		Prepare:  c.prepare,
		Ready:    clamd.New(c.Address(), clamd.Options{}).Ready,
		Grace:    10 * time.Second,
		Patience: 5 * time.Minute, // the official signatures take a while to load
		Advice:   "look at its log, or set CLAMD_ADDRESS to one that runs elsewhere",
	}
}

func (c *Clamd) prepare(context.Context) (Command, error) {
	path, err := findProgram("clamd", "install ClamAV by "+installAdvice("clamav-daemon", "clamav")+", or set CLAMD_ADDRESS to one that runs elsewhere")
	if err != nil {
		return Command{}, err
	}
	if err := installTestSignatures(c.Database); err != nil {
		return Command{}, err
	}
	if err := os.MkdirAll(c.Run, 0o700); err != nil {
		return Command{}, fmt.Errorf("make clamd's folder: %w", err)
	}
	if path, err = unconfined(path, c.Programs); err != nil {
		return Command{}, err
	}
	// A scanner that was killed leaves what it was unpacking.
	scratch := filepath.Join(c.Run, "scratch")
	if err := os.RemoveAll(scratch); err != nil {
		return Command{}, fmt.Errorf("clear clamd's scratch folder: %w", err)
	}
	if err := os.MkdirAll(scratch, 0o700); err != nil {
		return Command{}, fmt.Errorf("make clamd's scratch folder: %w", err)
	}
	conf := filepath.Join(c.Run, "clamd.conf")
	text := fmt.Sprintf(clamdSettings, c.Socket(), filepath.Join(c.Run, "clamd.pid"), c.Database, scratch, ScanThreads)
	if err := os.WriteFile(conf, []byte(text), 0o600); err != nil {
		return Command{}, fmt.Errorf("write clamd's settings: %w", err)
	}
	return Command{Path: path, Args: []string{"--config-file=" + conf}, OnOrphaned: syscall.SIGKILL}, nil
}

// installTestSignatures puts the test signatures into a database folder.
func installTestSignatures(database string) error {
	if err := os.MkdirAll(database, 0o700); err != nil {
		return fmt.Errorf("make the folder of signatures: %w", err)
	}
	if err := writeFile(filepath.Join(database, "safelight-test.ndb"), testSignatures, 0o644); err != nil {
		return fmt.Errorf("write the test signatures: %w", err)
	}
	return nil
}

// unconfined gives a path of a ClamAV program that AppArmor lets work in our
// folders. The profiles of the system's packages fit the system's service
// alone and go by the program's path, so that a copy elsewhere is not bound.
func unconfined(path, dir string) (string, error) {
	if !confined(path) {
		return path, nil
	}
	program, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("copy %s: %w", path, err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", fmt.Errorf("copy %s: %w", path, err)
	}
	copied := filepath.Join(dir, filepath.Base(path))
	if err := writeFile(copied, program, 0o755); err != nil {
		return "", fmt.Errorf("copy %s: %w", path, err)
	}
	return copied, nil
}

// confined reports whether AppArmor is on and has a profile for the program.
func confined(path string) bool {
	enabled, err := os.ReadFile("/sys/module/apparmor/parameters/enabled")
	if err != nil || !strings.HasPrefix(string(enabled), "Y") {
		return false // no AppArmor here
	}
	profile := strings.ReplaceAll(strings.TrimPrefix(path, "/"), "/", ".")
	_, err = os.Stat("/etc/apparmor.d/" + profile)
	return err == nil
}
