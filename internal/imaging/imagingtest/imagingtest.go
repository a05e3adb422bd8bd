// Package imagingtest lets a test binary be its own imaging process, as the
// worker's binary is in production, and gives tests pools of such processes.
package imagingtest

import (
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"safelight/internal/imaging"
)

// Main is the TestMain of a package whose tests start pools: it is the child
// where a pool started the binary as one, and runs the tests otherwise.
func Main(m *testing.M, open func(effort int) (imaging.Codec, error)) {
	if len(os.Args) > 1 && os.Args[1] == "imaging" {
		imaging.ChildMain(open)
	}
	code := m.Run()
	if shared.pool != nil {
		shared.pool.Close()
	}
	os.Exit(code)
}

// Config fills in the command, and leaves memory alone under the race
// detector, which maps terabytes of address space.
func Config(c imaging.Config) imaging.Config {
	if c.Command == nil {
		c.Command = []string{os.Args[0], "imaging"}
	}
	if Race {
		c.MemoryBytes = 1 << 62
	}
	return c
}

// NewPool starts a pool that ends with the test.
func NewPool(t testing.TB, c imaging.Config) *imaging.Pool {
	t.Helper()
	c.TempDir = t.TempDir()
	p, err := imaging.NewPool(Config(c))
	require.NoError(t, err)
	t.Cleanup(p.Close)
	return p
}

var shared struct {
	once sync.Once
	pool *imaging.Pool
	err  error
}

// SharedPool is one for all tests that only compress.
func SharedPool(t testing.TB) *imaging.Pool {
	t.Helper()
	shared.once.Do(func() { shared.pool, shared.err = imaging.NewPool(Config(imaging.Config{})) })
	require.NoError(t, shared.err)
	return shared.pool
}

// Request is one with the limits of production, for a file of the test's own.
func Request(t testing.TB, file []byte) imaging.Request {
	t.Helper()
	source := filepath.Join(t.TempDir(), "source")
	require.NoError(t, os.WriteFile(source, file, 0o600))
	return imaging.Request{
		Source: source, OutDir: t.TempDir(), MaxSide: 2560, PreviewSide: 1280, ThumbSide: 400,
		Format: imaging.FormatWebP, MinSSIM: 0.98, Quality: 80, MaxPixels: 100_000_000, MaxFrames: 1000,
	}
}
