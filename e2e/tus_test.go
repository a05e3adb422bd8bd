//go:build integration

package e2e

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"image"
	"image/png"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// bigPicture is a valid PNG of about 40 MB that nothing makes smaller.
func bigPicture(t *testing.T, seed uint64) []byte {
	t.Helper()
	const side = 2240 // times 8 bytes: 16 bits of each channel
	img := image.NewNRGBA64(image.Rect(0, 0, side, side))
	chance := rand.NewChaCha8([32]byte{byte(seed), byte(seed >> 8), 'p'})
	_, err := chance.Read(img.Pix)
	require.NoError(t, err)
	var b bytes.Buffer
	require.NoError(t, (&png.Encoder{CompressionLevel: png.NoCompression}).Encode(&b, img))
	require.Greater(t, b.Len(), 40_000_000)
	return b.Bytes()
}

// tusClient installs the client once per lock file, and gives its folder.
func tusClient(t *testing.T) string {
	t.Helper()
	for _, program := range []string{"node", "npm"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("%s is not installed: the real tus client cannot be driven", program)
		}
	}
	cache, err := os.UserCacheDir()
	require.NoError(t, err)
	lock, err := os.ReadFile(filepath.Join("tus", "package-lock.json"))
	require.NoError(t, err)
	sum := sha256.Sum256(lock)
	dir := filepath.Join(cache, "safelight", "tus-"+hex.EncodeToString(sum[:8]))
	require.NoError(t, os.MkdirAll(dir, 0o755))
	for _, name := range []string{"package.json", "package-lock.json", "upload.mjs"} {
		data, err := os.ReadFile(filepath.Join("tus", name))
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), data, 0o600))
	}
	installed := filepath.Join(dir, "installed")
	if _, err := os.Stat(installed); err == nil {
		return dir
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	install := exec.CommandContext(ctx, "npm", "ci", "--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund")
	install.Dir = dir
	said, err := install.CombinedOutput()
	require.NoError(t, err, "npm ci: %s", said)
	require.NoError(t, os.WriteFile(installed, nil, 0o600))
	return dir
}

// switchboard leads each connection to one of several processes, and cuts many
// of them after some bytes, without a word to either side.
type switchboard struct {
	listener net.Listener
	targets  []string
	cuts     atomic.Int64
	perHome  [2]atomic.Int64
	open     sync.WaitGroup
}

func openSwitchboard(t *testing.T, targets ...string) *switchboard {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	s := &switchboard{listener: l, targets: targets}
	s.open.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			s.open.Go(func() { s.forward(conn) })
		}
	})
	t.Cleanup(func() { _ = l.Close(); s.open.Wait() })
	return s
}

func (s *switchboard) forward(conn net.Conn) {
	defer conn.Close()
	home := rand.N(len(s.targets))
	to, err := net.DialTimeout("tcp", s.targets[home], 5*time.Second)
	if err != nil {
		return
	}
	defer to.Close()
	s.perHome[home].Add(1)
	s.open.Go(func() {
		_, _ = io.Copy(conn, to)
		_ = conn.Close()
	})
	if rand.N(4) == 0 {
		if _, err := io.CopyN(to, conn, 1+rand.Int64N(1_000_000)); err == nil {
			s.cuts.Add(1)
		}
		return
	}
	_, _ = io.Copy(to, conn)
}

// A real client, a line that breaks, a process that is killed again and again:
// what arrives are the bytes that were sent.
func TestTheRealTusClient(t *testing.T) {
	dir, p := tusClient(t), signedIn(t)
	d, err := running.dev()
	require.NoError(t, err)
	second := startSecondAPI(t)
	board := openSwitchboard(t, d.APIURL[len("http://"):], second.address)

	files, sums := make([]string, 3), map[string]string{}
	for i := range files {
		data := bigPicture(t, seeds.Add(1))
		files[i] = filepath.Join(t.TempDir(), fmt.Sprintf("big-%d.png", i))
		require.NoError(t, os.WriteFile(files[i], data, 0o600))
		sum := sha256.Sum256(data)
		sums[files[i]] = hex.EncodeToString(sum[:])
	}
	order, err := json.Marshal(map[string]any{
		"endpoint": "http://" + board.listener.Addr().String() + "/api/v1/uploads/tus/", "token": p.token,
		"chunkSize": 1 << 20, "stops": 5, "files": files,
	})
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	client := exec.CommandContext(ctx, "node", filepath.Join(dir, "upload.mjs"), string(order))
	var out, said bytes.Buffer
	client.Stdout, client.Stderr = &out, &said
	require.NoError(t, client.Start())
	ended := make(chan error, 1)
	go func() { ended <- client.Wait() }()
	killed := killNowAndThen(second, ended, 3)
	require.NoError(t, killed.err, "%s", said.String())

	var done []struct {
		File, ID, URL   string
		Stops, Failures int
	}
	require.NoError(t, json.Unmarshal(out.Bytes(), &done), "%s", out.String())
	require.Len(t, done, len(files))
	for _, one := range done {
		t.Logf("%s: stopped %d times, %d requests failed", filepath.Base(one.File), one.Stops, one.Failures)
		require.Equal(t, 5, one.Stops)
		require.NotEmpty(t, one.ID)
		seen := p.follow(t, one.ID, func(u upload) bool { return u.final() || u.step("dedup").State == "done" })
		last := seen[len(seen)-1]
		require.Equal(t, "done", last.step("dedup").State, "what is stored has the hash that it came in with: %+v", last)
		var shown struct{ SHA256 string }
		require.Equal(t, http.StatusOK, p.call(t, http.MethodGet, "/uploads/"+one.ID, nil, &shown))
		require.Equal(t, sums[one.File], shown.SHA256, "the bytes are the same")
	}
	t.Logf("%d connections cut, %d and %d led to the two processes, one of them killed %d times",
		board.cuts.Load(), board.perHome[0].Load(), board.perHome[1].Load(), killed.times)
	require.NotZero(t, board.cuts.Load())
	require.NotZero(t, board.perHome[0].Load())
	require.NotZero(t, board.perHome[1].Load())
	require.NotZero(t, killed.times)
	var open list[upload]
	require.Equal(t, http.StatusOK, p.call(t, http.MethodGet, "/uploads?state=receiving", nil, &open))
	require.Empty(t, open.Items)
}

type kills struct {
	times int
	err   error
}

// killNowAndThen kills the process and starts it again, up to so many times,
// until the client has ended.
func killNowAndThen(api *secondAPI, ended <-chan error, most int) kills {
	var k kills
	for {
		select {
		case k.err = <-ended:
			return k
		case <-time.After(200*time.Millisecond + rand.N(500*time.Millisecond)):
			if k.times < most {
				k.times++
				api.kill()
				api.start()
			}
		}
	}
}
