package clamd_test

import (
	"archive/zip"
	"bytes"
	"context"
	"io"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"safelight/internal/clamd"
)

const (
	found = "stream: Eicar FOUND"
	clean = "stream: OK"
	limit = "stream: Heuristics.Limits.Exceeded.MaxRecursion FOUND"
)

// replies are what a fake clamd says of each kind of body.
type replies struct{ eicar, harmless, deep, large string }

var wellSaid = replies{found, clean, limit, found}

// of tells the kinds of bodies apart. large is one that begins with filler.
func (r replies) of(body []byte) string {
	switch {
	case bytes.HasPrefix(body, []byte{0, 0, 0, 0}):
		return r.large
	case bytes.HasPrefix(body, []byte("PK\x03\x04")):
		return r.deep
	case bytes.Contains(body, []byte("EICAR")):
		return r.eicar
	}
	return r.harmless
}

func judge(r replies) script {
	return func(_ *testing.T, conn *net.TCPConn) {
		body, _ := takeAll(conn)
		_, _ = io.WriteString(conn, r.of(body)+"\x00")
	}
}

func TestReady(t *testing.T) {
	t.Parallel()
	require.NoError(t, client(serve(t, judge(wellSaid))).Ready(t.Context()))
	for name, r := range map[string]replies{
		"finds nothing": {clean, clean, limit, ""}, "finds everything": {found, found, found, ""}, "turned round": {clean, found, limit, ""},
		"limit for eicar": {limit, clean, limit, ""}, "limit for clean": {found, limit, limit, ""},
		"finds a virus where it reaches a limit": {found, clean, found, ""},
	} {
		require.ErrorIs(t, client(serve(t, judge(r))).Ready(t.Context()), clamd.ErrNotReady, name)
	}
	err := client(serve(t, judge(replies{found, clean, clean, ""}))).Ready(t.Context())
	require.ErrorIs(t, err, clamd.ErrNotReady, "calls clean what is over a limit")
	require.ErrorContains(t, err, "AlertExceedsMax")

	for name, r := range map[string]replies{
		"cannot scan": {found, "stream: Error writing to temporary file ERROR", limit, ""}, "says nothing": {},
	} {
		err := client(serve(t, judge(r))).Ready(t.Context())
		require.Error(t, err, name)
		require.NotErrorIs(t, err, clamd.ErrNotReady, name)
	}
}

// TestReadyLooksAnew: clamd remembers what it has called clean, so that the
// archives of a check must not be those of the check before.
func TestReadyLooksAnew(t *testing.T) {
	t.Parallel()
	bodies := make(chan []byte, 20)
	c := client(serve(t, func(_ *testing.T, conn *net.TCPConn) {
		body, _ := takeAll(conn)
		if bytes.HasPrefix(body, []byte("PK")) {
			bodies <- body
		}
		_, _ = io.WriteString(conn, wellSaid.of(body)+"\x00")
	}))
	require.NoError(t, c.Ready(t.Context()))
	require.NoError(t, c.Ready(t.Context()))
	first, second := <-bodies, <-bodies
	require.NotEqual(t, first, second)
	depth := 0
	for bytes.HasPrefix(first, []byte("PK")) {
		first = onlyMember(t, first)
		depth++
	}
	require.Greater(t, depth, 100, "deeper than any MaxRecursion in use")
}

func onlyMember(t *testing.T, archive []byte) []byte {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	require.NoError(t, err)
	require.Len(t, z.File, 1)
	r, err := z.File[0].Open()
	require.NoError(t, err)
	content, err := io.ReadAll(r)
	require.NoError(t, err)
	return content
}

func TestCheckLimit(t *testing.T) {
	t.Parallel()
	const size = 300_000
	got := make(chan []byte, 1)
	address := serve(t, func(_ *testing.T, conn *net.TCPConn) {
		body, _ := takeAll(conn)
		got <- body
		_, _ = io.WriteString(conn, found+"\x00")
	})
	for _, size := range []int{size, 1} {
		require.NoError(t, client(address).CheckLimit(t.Context(), int64(size)))
		body := <-got
		require.GreaterOrEqual(t, len(body), size)
		require.Less(t, len(body), size+1000)
		require.Contains(t, string(body[max(0, len(body)-300):]), "EICAR", "behind everything else")
		if size > 1 {
			require.Len(t, body, size)
			require.Len(t, onlyMember(t, body), 68, "a member of its own")
		}
	}
	for reply, words := range map[string][]string{
		clean:                                 {"StreamMaxLength", "MaxFileSize", "MaxScanSize", "AlertExceedsMax"},
		"INSTREAM size limit exceeded. ERROR": {"stream size", "StreamMaxLength"},
		"stream: Heuristics.Limits.Exceeded.MaxFileSize FOUND": {"unscannable: MaxFileSize", "raise"},
	} {
		err := client(serve(t, answer(reply+"\x00"))).CheckLimit(t.Context(), size)
		require.ErrorIs(t, err, clamd.ErrNotReady)
		for _, word := range words {
			require.ErrorContains(t, err, word)
		}
	}
	err := client(serve(t, answer(""))).CheckLimit(t.Context(), size)
	require.Error(t, err)
	require.NotErrorIs(t, err, clamd.ErrNotReady)
}

// TestChecksWaitForNoTurn: scans that take all turns do not hold up a check.
func TestChecksWaitForNoTurn(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	var scans atomic.Int32
	address := serve(t, func(_ *testing.T, conn *net.TCPConn) {
		body, _ := takeAll(conn)
		if string(body) == "slow" {
			scans.Add(1)
			<-release
		}
		_, _ = io.WriteString(conn, wellSaid.of(body)+"\x00")
	})
	c := clamd.New(address, clamd.Options{MaxConcurrent: 1})
	ended := make(chan error, 1)
	go func() {
		_, err := c.Scan(context.Background(), bytes.NewReader([]byte("slow")), 4)
		ended <- err
	}()
	require.Eventually(t, func() bool { return scans.Load() == 1 }, 10*time.Second, time.Millisecond)
	require.NoError(t, c.Ready(t.Context()))
	require.NoError(t, c.CheckLimit(t.Context(), 1000))
	close(release)
	require.NoError(t, <-ended)
}
