//go:build integration

package e2e

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"safelight/internal/testkit"
)

// narrow leads to a server by connections that break after so many bytes.
func narrow(t *testing.T, target string, most int64) (address string, broken *atomic.Int64) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = l.Close() })
	broken = &atomic.Int64{}
	lead := func(conn net.Conn) {
		defer conn.Close()
		to, err := net.DialTimeout("tcp", target, 5*time.Second)
		if err != nil {
			return
		}
		defer to.Close()
		go func() { _, _ = io.Copy(conn, to) }()
		if _, err := io.CopyN(to, conn, most); err == nil {
			broken.Add(1)
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
	return l.Addr().String(), broken
}

// The command is killed in the middle of a file, over a line that breaks again
// and again; run once more, it goes on with what the server has.
func TestTheCommandGoesOnAfterItsEnd(t *testing.T) {
	t.Parallel()
	p := signedIn(t)
	var token struct{ Token string }
	require.Equal(t, http.StatusCreated, p.call(t, http.MethodPost, "/me/tokens", map[string]any{"name": "script", "scopes": []string{"read", "write"}}, &token))
	d, err := running.dev()
	require.NoError(t, err)
	line, broken := narrow(t, d.APIURL[len("http://"):], 2<<20)

	behind := make([]byte, 12<<20) // what stands behind a picture's end is not part of it
	_, err = rand.NewChaCha8([32]byte{byte(seeds.Add(1)), 'r'}).Read(behind)
	require.NoError(t, err)
	data := append(testkit.JPEG(640, 480, seeds.Add(1)), behind...)
	path, cache := filepath.Join(t.TempDir(), "large.jpg"), t.TempDir()
	require.NoError(t, os.WriteFile(path, data, 0o600))
	command := func() (*exec.Cmd, *bytes.Buffer) {
		cmd := exec.CommandContext(t.Context(), binary(), "upload", "--json", "--server", "http://"+line, path)
		cmd.Env = append(os.Environ(), "SAFELIGHT_TOKEN="+token.Token, "XDG_CACHE_HOME="+cache, "HOME="+cache)
		var out bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &out
		require.NoError(t, cmd.Start())
		return cmd, &out
	}

	first, out := command()
	require.Eventually(t, func() bool { return broken.Load() >= 2 }, time.Minute, time.Millisecond)
	require.NoError(t, first.Process.Kill())
	var killed *exec.ExitError
	require.True(t, errors.As(first.Wait(), &killed) && !killed.Exited(), "%s", out)
	var open list[upload]
	require.Equal(t, http.StatusOK, p.call(t, http.MethodGet, "/uploads?state=receiving", nil, &open))
	require.Len(t, open.Items, 1)

	second, out := command()
	require.NoError(t, second.Wait(), "%s", out)
	var all list[struct{ ID, State, SHA256, Outcome string }]
	require.Equal(t, http.StatusOK, p.call(t, http.MethodGet, "/uploads", nil, &all))
	sum := sha256.Sum256(data)
	require.Len(t, all.Items, 1, "%s", out)
	require.Equal(t, open.Items[0].ID, all.Items[0].ID)
	require.Equal(t, hex.EncodeToString(sum[:]), all.Items[0].SHA256)
	require.Equal(t, "created", all.Items[0].Outcome)
	require.True(t, json.Valid(bytes.SplitN(out.Bytes(), []byte("\n"), 2)[0]), "%s", out)
	left, err := filepath.Glob(filepath.Join(cache, "*", "safelight", "uploads", "*"))
	require.NoError(t, err)
	more, err := filepath.Glob(filepath.Join(cache, "safelight", "uploads", "*"))
	require.NoError(t, err)
	require.Empty(t, append(left, more...))
}
