package console

import (
	"bytes"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
)

func TestMeterInALog(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	m := NewMeter(&out, false)
	m.Phase("reading", 4, 0)
	m.Add(1, 0)
	m.Say("a.jpg: %s", "why")
	m.Add(3, 0)
	m.Phase("sending", 1, 2000)
	for range 2000 {
		m.Add(0, 1)
	}
	m.Add(0, -2000) // again from the beginning
	m.Add(1, 2000)
	m.Close()
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	require.Equal(t, []string{"reading:  25 %  1 of 4 files", "a.jpg: why", "reading: 100 %  4 of 4 files", "sending:  10 %  0 of 1 file, 200 B of 2.0 kB"}, lines[:4])
	require.Len(t, lines, 13, "each tenth once")
	require.Equal(t, "sending: 100 %  0 of 1 file, 2.0 kB of 2.0 kB", lines[12])
}

func TestMeterOnATerminal(t *testing.T) {
	t.Parallel()
	var out lockedBuffer
	m := newLiveMeter(mpb.WithOutput(&out), mpb.WithAutoRefresh())
	m.Phase("fetching", 10, 1000)
	m.Add(3, 300)
	m.Say("b.jpg: trying again")
	var line bytes.Buffer
	require.NoError(t, m.Fill(&line, decor.Statistics{AvailableWidth: 20}))
	require.Equal(t, "fetching:  30 %  3 …", line.String())
	m.Close()
	require.Contains(t, out.String(), "b.jpg: trying again\n")
}

// lockedBuffer is written to by the display's own goroutine.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

// Write implements io.Writer.
func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
