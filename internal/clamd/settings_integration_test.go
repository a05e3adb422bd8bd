//go:build integration

package clamd_test

import (
	"bytes"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"safelight/internal/clamd"
	"safelight/internal/devstack"
)

// official is EICAR the way the official database knows it: at the beginning of
// a file, and by the hash of a whole file.
var official = map[string]string{
	"official.ndb": "Eicar-Test-Signature:0:0:58354f2150254041505b345c505a58353428505e2937434329377d2445494341522d5354414e4441524" +
		"42d414e544956495255532d544553542d46494c452124482b482a\n",
	"official.hdb": "44d88612fea8a8f36de82e1278abb02f:68:Win.Test.EICAR_HDB-1\n",
}

// startClamd starts a clamd of the test's own with other settings than the
// stack's, and perhaps another database, and returns its address.
func startClamd(t *testing.T, settings, database map[string]string) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "clamd") //nolint:usetesting // t.TempDir is too long for the path of a socket
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(dir)) })
	own := &devstack.Clamd{Database: filepath.Join(dir, "db"), Run: filepath.Join(dir, "run"), Programs: filepath.Join(dir, "bin")}
	command, err := own.Part().Prepare(t.Context())
	require.NoError(t, err)

	conf := filepath.Join(own.Run, "clamd.conf")
	text, err := os.ReadFile(conf)
	require.NoError(t, err)
	for name, value := range settings {
		text = regexp.MustCompile(`(?m)^`+name+` .*\n`).ReplaceAll(text, nil)
		text = append(text, name+" "+value+"\n"...)
	}
	require.NoError(t, os.WriteFile(conf, text, 0o600))
	if database != nil {
		require.NoError(t, os.Remove(filepath.Join(own.Database, "safelight-test.ndb")))
	}
	for name, lines := range database {
		require.NoError(t, os.WriteFile(filepath.Join(own.Database, name), []byte(lines), 0o600))
	}
	var said bytes.Buffer
	cmd := exec.Command(command.Path, command.Args...)
	cmd.Stdout, cmd.Stderr = &said, &said
	require.NoError(t, cmd.Start())
	ended := make(chan struct{})
	go func() { _ = cmd.Wait(); close(ended) }()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		<-ended
	})
	c := clamd.New(own.Address(), clamd.Options{})
	require.Eventually(t, func() bool {
		_, err := c.Version(t.Context())
		return err == nil
	}, time.Minute, 20*time.Millisecond, "it has to answer, rightly or not")
	return own.Address()
}

const upload = 50 << 20

func TestRealClamdSettings(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		settings map[string]string
		database map[string]string
		ready    string // what Ready must say; nothing: it must be nil
		limit    string // what CheckLimit must say
	}{
		"good":                        {},
		"good, official signatures":   {database: official},
		"as tight as may be":          {map[string]string{"StreamMaxLength": "50M", "MaxFileSize": "50M", "MaxScanSize": "51M"}, official, "", ""},
		"no alert, else good":         {map[string]string{"AlertExceedsMax": "no"}, nil, "AlertExceedsMax", ""},
		"no alert, files too small":   {map[string]string{"AlertExceedsMax": "no", "StreamMaxLength": "100M", "MaxFileSize": "10M", "MaxScanSize": "10M"}, nil, "AlertExceedsMax", "MaxFileSize"},
		"no alert, scans too small":   {map[string]string{"AlertExceedsMax": "no", "MaxScanSize": "10M"}, official, "AlertExceedsMax", "MaxScanSize"},
		"alert, files too small":      {map[string]string{"MaxFileSize": "10M", "MaxScanSize": "10M"}, nil, "", "unscannable: MaxFileSize"},
		"alert, scans too small":      {map[string]string{"MaxScanSize": "10M"}, official, "", "unscannable: MaxScanSize"},
		"streams too small":           {map[string]string{"StreamMaxLength": "25M"}, nil, "", "unscannable: stream size"},
		"archives are not looked in":  {map[string]string{"ScanArchive": "no"}, official, "ScanArchive", "ScanArchive"},
		"deep archives are looked in": {map[string]string{"MaxRecursion": "100"}, nil, "", ""},
	}
	for name, c := range tests {
		t.Run(name, func(t *testing.T) { // one after the other: each is a clamd of its own
			scanner := clamd.New(startClamd(t, c.settings, c.database), clamd.Options{})
			check := func(err error, want string) {
				if want == "" {
					require.NoError(t, err)
					return
				}
				require.ErrorIs(t, err, clamd.ErrNotReady)
				require.ErrorContains(t, err, want)
			}
			for range 3 { // what clamd remembers changes nothing
				check(scanner.Ready(t.Context()), c.ready)
			}
			check(scanner.CheckLimit(t.Context(), upload), c.limit)
			check(scanner.CheckLimit(t.Context(), upload), c.limit)
		})
	}
}

// TestRealClamdThatPassesUnscannedBytes: a clamd that calls an infected body
// clean is not asked by a guard.
func TestRealClamdThatPassesUnscannedBytes(t *testing.T) {
	t.Parallel()
	for name, alert := range map[string]string{"no alert": "no", "alert": "yes"} {
		c := clamd.New(startClamd(t, map[string]string{
			"AlertExceedsMax": alert, "StreamMaxLength": "100M", "MaxFileSize": "10M", "MaxScanSize": "10M",
		}, nil), clamd.Options{})
		body := strings.Repeat("x", 20<<20) + testFile
		v, err := c.Scan(t.Context(), strings.NewReader(body), int64(len(body)))
		require.NoError(t, err)
		require.Equal(t, alert == "no", v.Clean, "%s: or this test shows nothing", name)

		g := clamd.NewGuard(c, clamd.GuardOptions{Limit: upload, Log: slog.New(slog.DiscardHandler)})
		go g.Run(t.Context())
		v, err = g.Scan(t.Context(), strings.NewReader(body), int64(len(body)))
		require.ErrorIs(t, err, clamd.ErrNotReady, name)
		require.Equal(t, clamd.Verdict{}, v)
	}
}

// TestRealClamdGuarded: a clamd that is set rightly is asked, for large bodies too.
func TestRealClamdGuarded(t *testing.T) {
	t.Parallel()
	c := clamd.New(startClamd(t, nil, nil), clamd.Options{})
	g := clamd.NewGuard(c, clamd.GuardOptions{Limit: upload, Log: slog.New(slog.DiscardHandler), CheckTimeout: time.Minute})
	go g.Run(t.Context())
	v, err := g.Scan(t.Context(), strings.NewReader(testFile), int64(len(testFile)))
	require.NoError(t, err)
	require.NotEmpty(t, v.Signature)
	body := strings.Repeat("x", 20<<20) + testFile
	v, err = g.Scan(t.Context(), strings.NewReader(body), int64(len(body)))
	require.NoError(t, err)
	require.NotEmpty(t, v.Signature)
}

// TestTheSettingsThatAreDeployed starts clamd with the file of docker-compose.yml,
// but for its folders, and has it pass what the worker asks of a scanner.
func TestTheSettingsThatAreDeployed(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../deploy/clamav/clamd.conf")
	require.NoError(t, err)
	deployed := map[string]string{}
	for line := range strings.Lines(string(text)) {
		name, value, ok := strings.Cut(strings.TrimSpace(line), " ")
		if !ok || name == "#" {
			continue
		}
		switch name {
		case "User", "LocalSocket", "TCPSocket", "TCPAddr", "DatabaseDirectory": // of the container
		default:
			deployed[name] = value
		}
	}
	require.Greater(t, len(deployed), 8)
	c := clamd.New(startClamd(t, deployed, nil), clamd.Options{})
	require.NoError(t, c.Ready(t.Context()))
	require.NoError(t, c.CheckLimit(t.Context(), upload))
	g := clamd.NewGuard(c, clamd.GuardOptions{Limit: upload, Log: slog.New(slog.DiscardHandler), CheckTimeout: time.Minute})
	go g.Run(t.Context())
	body := strings.Repeat("x", upload-len(testFile)) + testFile
	require.Eventually(t, func() bool {
		v, err := g.Scan(t.Context(), strings.NewReader(body), int64(len(body)))
		return err == nil && v.Signature != "" && !v.Clean
	}, time.Minute, 50*time.Millisecond, "the last bytes of the largest upload are looked at")
}
