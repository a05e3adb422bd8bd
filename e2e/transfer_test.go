//go:build integration

package e2e

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"safelight/internal/testkit"
)

// cli is the command as one user of one machine runs it.
type cli struct {
	server string
	token  string
	cache  string
}

func (p *person) cli(t *testing.T) cli {
	t.Helper()
	var token struct{ Token string }
	require.Equal(t, http.StatusCreated, p.call(t, http.MethodPost, "/me/tokens", map[string]any{"name": "script", "scopes": []string{"read", "write"}}, &token))
	return cli{server: p.base, token: token.Token, cache: t.TempDir()}
}

func (c cli) command(t *testing.T, args ...string) (*exec.Cmd, *bytes.Buffer) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), binary(), append(args, "--server", c.server)...)
	cmd.Env = append(os.Environ(), "SAFELIGHT_TOKEN="+c.token, "XDG_CACHE_HOME="+c.cache, "HOME="+c.cache)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	return cmd, &out
}

// run runs a command to its end.
func (c cli) run(t *testing.T, args ...string) (out string, code int) {
	t.Helper()
	cmd, said := c.command(t, args...)
	if err := cmd.Run(); err != nil {
		var exit *exec.ExitError
		require.ErrorAs(t, err, &exit)
	}
	return said.String(), cmd.ProcessState.ExitCode()
}

// killed starts a command and kills it when the time has come.
func (c cli) killed(t *testing.T, when func() bool, args ...string) {
	t.Helper()
	cmd, out := c.command(t, args...)
	require.NoError(t, cmd.Start())
	require.Eventually(t, when, time.Minute, 5*time.Millisecond)
	require.NoError(t, cmd.Process.Kill())
	var exit *exec.ExitError
	require.True(t, errors.As(cmd.Wait(), &exit) && !exit.Exited(), "it had ended by itself: %s", out)
}

func (p *person) allUploads(t *testing.T) []upload {
	t.Helper()
	var all list[upload]
	require.Equal(t, http.StatusOK, p.call(t, http.MethodGet, "/uploads?limit=200", nil, &all))
	return all.Items
}

func (p *person) allFiles(t *testing.T, query string) map[string]file {
	t.Helper()
	var all list[file]
	require.Equal(t, http.StatusOK, p.call(t, http.MethodGet, "/files?limit=200"+query, nil, &all))
	byName := map[string]file{}
	for _, f := range all.Items {
		require.NotContains(t, byName, f.Name)
		byName[f.Name] = f
	}
	return byName
}

// An import that is killed in the middle goes on when it is run again: each
// file is sent once, whatever the first run knew of it when it ended.
func TestAnImportGoesOnAfterItsEnd(t *testing.T) {
	t.Parallel()
	p := signedIn(t)
	c := p.cli(t)
	dir := t.TempDir()
	write := func(name string, data []byte) {
		path := filepath.Join(dir, filepath.FromSlash(name))
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
		require.NoError(t, os.WriteFile(path, data, 0o600))
	}
	const plain = 20
	for i := range plain {
		write(fmt.Sprintf("%d/IMG_%d.jpg", 2020+i%2, i/2), photo())
	}
	behind := make([]byte, 9<<20) // what stands behind a picture's end is not part of it
	_, err := rand.NewChaCha8([32]byte{byte(seeds.Add(1)), 'i'}).Read(behind)
	require.NoError(t, err)
	write("large.jpg", append(photo(), behind...))
	write("virus.jpg", testkit.InfectedJPEG(320, 240, seeds.Add(1)))
	write("notes.txt", []byte("not a picture"))

	out, code := c.run(t, "import", "--dry-run", dir)
	require.Zero(t, code, "%s", out)
	require.Contains(t, out, "    22  would be sent\n     1  no picture\n")
	require.Contains(t, out, "2020/IMG_0.jpg as 2020 - IMG_0.jpg")
	require.Empty(t, p.allUploads(t))

	c.killed(t, func() bool { return len(p.allUploads(t)) >= 5 }, "import", "--jobs", "2", dir)
	sent := len(p.allUploads(t))
	require.Less(t, sent, plain+2)

	out, code = c.run(t, "import", dir)
	require.Equal(t, 1, code, "what is rejected is not there: %s", out)
	require.Contains(t, out, "\nRejected:\n  virus.jpg: rejected: infected")
	require.Contains(t, out, "\nNo picture:\n  notes.txt: no kind of picture that the server takes\n")
	all := p.allUploads(t)
	require.Len(t, all, plain+2, "each once: %s", out)
	files := p.allFiles(t, "")
	require.Len(t, files, plain+1)
	require.Contains(t, files, "2021 - IMG_3.jpg", "folders tell those of one name apart")
	require.Contains(t, files, "large.jpg")

	out, code = c.run(t, "import", "--json", dir)
	require.Equal(t, 1, code)
	_, found, _ := strings.Cut(out, "{")
	lines := strings.Split(strings.TrimSpace("{"+found), "\n")
	var last struct {
		Summary struct {
			Files   int            `json:"files"`
			Results map[string]int `json:"results"`
			OK      bool           `json:"ok"`
		} `json:"summary"`
	}
	for _, line := range lines {
		if strings.HasPrefix(line, `{"summary"`) {
			require.NoError(t, json.Unmarshal([]byte(line), &last))
		}
	}
	require.Equal(t, map[string]int{"present": plain + 1, "rejected": 1, "unsupported": 1}, last.Summary.Results, "%s", out)
	require.Len(t, p.allUploads(t), plain+2)
	require.NoError(t, os.Remove(filepath.Join(dir, "virus.jpg")))
	out, code = c.run(t, "import", dir)
	require.Zero(t, code, "%s", out)
}

// gate lets so many bytes of answers through, and then no more.
type gate struct {
	left   atomic.Int64
	passed atomic.Int64
	full   atomic.Bool
}

func openGate(t *testing.T, target string, most int64) (address string, g *gate) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(func() { cancel(); _ = l.Close() })
	g = &gate{}
	g.left.Store(most)
	lead := func(conn net.Conn) {
		defer conn.Close()
		to, err := net.DialTimeout("tcp", target, 5*time.Second)
		if err != nil {
			return
		}
		defer to.Close()
		context.AfterFunc(ctx, func() { _ = conn.Close(); _ = to.Close() })
		go func() { _, _ = io.Copy(to, conn) }()
		buf := make([]byte, 4096)
		for {
			n, err := to.Read(buf)
			if g.left.Add(int64(-n)) < 0 {
				g.full.Store(true)
				<-ctx.Done()
				return
			}
			g.passed.Add(int64(n))
			if _, wrote := conn.Write(buf[:n]); wrote != nil || err != nil {
				return
			}
		}
	}
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go lead(conn)
		}
	}()
	return l.Addr().String(), g
}

// exported is a line of a manifest, as another program would read it.
type exported struct {
	Name           string     `json:"name"`
	TrashedAt      *time.Time `json:"trashedAt"`
	CurrentVersion int        `json:"currentVersion"`
	Versions       []struct {
		Number int `json:"number"`
		Stored struct {
			Path   string `json:"path"`
			Bytes  int64  `json:"bytes"`
			SHA256 string `json:"sha256"`
		} `json:"stored"`
	} `json:"versions"`
}

// An export that is killed in the middle goes on when it is run again, without
// what it has; and what it has brought, another account is given by an import.
func TestAnExportGoesOnAfterItsEnd(t *testing.T) {
	t.Parallel()
	p := signedIn(t)
	const plain = 12
	for i := range plain {
		require.Equal(t, "done", p.become(t, fmt.Sprintf("photo %d.jpg", i), photo()).State)
	}
	cat := p.become(t, "ca/t: one?.jpg", photo())
	require.Equal(t, "done", p.end(t, p.acceptedWith(t, map[string]string{"fileId": *cat.FileID}, "x.jpg", photo()).ID).State)
	gone := p.become(t, "gone.jpg", photo())
	require.Equal(t, http.StatusNoContent, p.call(t, http.MethodDelete, "/files/"+*gone.FileID, nil, nil))
	total := int64(0)
	for _, f := range p.allFiles(t, "") {
		total += f.Size
	}

	c := p.cli(t)
	line, g := openGate(t, strings.TrimPrefix(p.base, "http://"), total/2)
	slow := c
	slow.server = "http://" + line
	dir := filepath.Join(t.TempDir(), "photos")
	args := []string{"export", "--all-versions", "--trashed", "--jobs", "2", dir}
	slow.killed(t, g.full.Load, args...)
	require.NoFileExists(t, filepath.Join(dir, "safelight-manifest.jsonl"))
	first := images(t, dir)
	require.NotEmpty(t, first)

	out, code := c.run(t, append(args, "--json")...)
	require.Zero(t, code, "%s", out)
	var summary struct{ Files, Saved, Kept, Gone int }
	require.NoError(t, json.Unmarshal([]byte(out[strings.LastIndex(strings.TrimSpace(out), "\n")+1:]), &summary), "%s", out)
	require.Equal(t, plain+2, summary.Files)
	require.Equal(t, plain+3, summary.Saved)
	require.GreaterOrEqual(t, summary.Kept, len(first)-2, "what was whole and noted is not fetched again")
	all := images(t, dir)
	for name, sum := range first {
		require.Equal(t, sum, all[name], name)
	}
	lines := readLines(t, filepath.Join(dir, "safelight-manifest.jsonl"))
	require.Len(t, lines, plain+2)
	pictures := 0
	for _, l := range lines {
		for _, v := range l.Versions {
			pictures++
			require.Equal(t, all[v.Stored.Path], v.Stored.SHA256, v.Stored.Path)
		}
	}
	require.Equal(t, plain+3, pictures)
	require.Len(t, all, pictures)
	left, err := os.ReadDir(filepath.Join(dir, ".safelight-export", "parts"))
	require.NoError(t, err)
	require.Empty(t, left)

	another := signedIn(t)
	out, code = another.cli(t).run(t, "import", dir)
	require.Zero(t, code, "%s", out)
	require.Contains(t, out, "     1  became a version\n")
	// Some of these pictures are stored as they came, others smaller, as WebP.
	require.Regexp(t, `  trash/gone\.(jpg|webp): it was in the trash`, out)
	files := another.allFiles(t, "")
	require.Len(t, files, plain+1)
	require.Equal(t, 2, files["t: one?.jpg"].VersionCount, "under the name that it had: %v", files)

	packed := filepath.Join(t.TempDir(), "photos.zip")
	out, code = c.run(t, "export", packed)
	require.Zero(t, code, "%s", out)
	third := signedIn(t)
	out, code = third.cli(t).run(t, "import", packed)
	require.Zero(t, code, "%s", out)
	require.Len(t, third.allFiles(t, ""), plain+1)
	out, code = third.cli(t).run(t, "import", packed)
	require.Zero(t, code)
	require.Contains(t, out, fmt.Sprintf("%6d  there already\n", plain+1))
}

func readLines(t *testing.T, path string) []exported {
	t.Helper()
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	var all []exported
	for line := range strings.Lines(string(text)) {
		var e exported
		require.NoError(t, json.Unmarshal([]byte(line), &e))
		all = append(all, e)
	}
	return all
}

// images are the pictures in a folder, by path, and their hashes.
func images(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	require.NoError(t, filepath.WalkDir(dir, func(name string, d os.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.Name() == ".safelight-export":
			return filepath.SkipDir
		case d.IsDir() || d.Name() == "safelight-manifest.jsonl":
			return nil
		}
		data, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(data)
		inside, err := filepath.Rel(dir, name)
		all[filepath.ToSlash(inside)] = hex.EncodeToString(sum[:])
		return err
	}))
	return all
}
