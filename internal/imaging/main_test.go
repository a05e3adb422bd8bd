package imaging

import (
	"fmt"
	"os"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestMain lets the test binary be its own imaging process, as the worker's
// binary is in production, and a few processes that behave badly.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 {
		switch os.Args[1] {
		case "imaging":
			ChildMain()
		case "refusing-child":
			_ = writeFrame(os.Stdout, hello{Error: "libvips still loads SVG"})
			os.Exit(1)
		case "babbling-child":
			fmt.Println("Welcome to libvips, the best library of images that there is.")
			os.Exit(0)
		case "pool-owner":
			ownPool()
		}
	}
	code := m.Run()
	if p := shared.pool; p != nil {
		p.Close()
	}
	os.Exit(code)
}

// ownPool starts a pool, prints the process id of its child and waits for its own end.
func ownPool() {
	p, err := NewPool(testConfig(Config{Children: 1, TempDir: os.Args[2]}))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(pidOf(p))
	select {}
}

// testConfig fills in the command, and leaves memory alone under the race
// detector, which maps terabytes of address space.
func testConfig(c Config) Config {
	if c.Command == nil {
		c.Command = []string{os.Args[0], "imaging"}
	}
	if raceEnabled {
		c.MemoryBytes = 1 << 62
	}
	return c
}

func newPool(t *testing.T, c Config) *Pool {
	t.Helper()
	c.TempDir = t.TempDir()
	p, err := NewPool(testConfig(c))
	require.NoError(t, err)
	t.Cleanup(p.Close)
	return p
}

var shared struct {
	once sync.Once
	pool *Pool
	err  error
}

// sharedPool is for tests that only compress.
func sharedPool(t *testing.T) *Pool {
	t.Helper()
	shared.once.Do(func() { shared.pool, shared.err = NewPool(testConfig(Config{})) })
	require.NoError(t, shared.err)
	return shared.pool
}

// pidOf is the process id of an idle child.
func pidOf(p *Pool) int {
	s := <-p.slots
	defer func() { p.slots <- s }()
	return s.child.cmd.Process.Pid
}
