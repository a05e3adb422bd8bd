package clamd_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/require"

	"safelight/internal/clamd"
)

// script is what a fake clamd does with one connection.
type script func(t *testing.T, conn *net.TCPConn)

// serve starts a fake clamd and returns its address.
func serve(t *testing.T, play script) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				play(t, conn.(*net.TCPConn))
			}()
		}
	}()
	t.Cleanup(func() {
		require.NoError(t, l.Close())
		<-done
	})
	return l.Addr().String()
}

// takeAll reads a whole INSTREAM command and returns its body, or false where
// the client went away before its end.
func takeAll(conn net.Conn) ([]byte, bool) {
	command := make([]byte, len("zINSTREAM\x00"))
	if _, err := io.ReadFull(conn, command); err != nil || string(command) != "zINSTREAM\x00" {
		return nil, false
	}
	var body bytes.Buffer
	for {
		var n uint32
		if err := binary.Read(conn, binary.BigEndian, &n); err != nil {
			return body.Bytes(), false
		}
		if n == 0 {
			return body.Bytes(), true
		}
		if _, err := io.CopyN(&body, conn, int64(n)); err != nil {
			return body.Bytes(), false
		}
	}
}

// answer takes everything and says one thing.
func answer(reply string) script {
	return func(_ *testing.T, conn *net.TCPConn) {
		if _, whole := takeAll(conn); whole {
			_, _ = io.WriteString(conn, reply)
		}
	}
}

func client(address string) *clamd.Client {
	return clamd.New(address, clamd.Options{IOTimeout: 10 * time.Second, ReplyTimeout: 10 * time.Second})
}

func TestScanReplies(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		reply string
		want  clamd.Verdict
		err   string // part of it
	}{
		"clean":                {"stream: OK\x00", clamd.Verdict{Clean: true}, ""},
		"clean, more behind":   {"stream: OK\x00stream: X FOUND\x00", clamd.Verdict{Clean: true}, ""},
		"infected":             {"stream: Win.Test.EICAR_HDB-1 FOUND\x00", clamd.Verdict{Signature: "Win.Test.EICAR_HDB-1"}, ""},
		"own signature":        {"stream: Safelight.Test.Eicar.UNOFFICIAL FOUND\x00", clamd.Verdict{Signature: "Safelight.Test.Eicar"}, ""},
		"signature with space": {"stream: A B FOUND\x00", clamd.Verdict{Signature: "A B"}, ""},
		"heuristic":            {"stream: Heuristics.Broken.Media.JPEG FOUND\x00", clamd.Verdict{Signature: "Heuristics.Broken.Media.JPEG"}, ""},
		"file size":            {"stream: Heuristics.Limits.Exceeded.MaxFileSize FOUND\x00", clamd.Verdict{Unscannable: "MaxFileSize"}, ""},
		"recursion":            {"stream: Heuristics.Limits.Exceeded.MaxRecursion FOUND\x00", clamd.Verdict{Unscannable: "MaxRecursion"}, ""},
		"some limit":           {"stream: Heuristics.Limits.Exceeded FOUND\x00", clamd.Verdict{Unscannable: "a limit"}, ""},
		"limit, own name":      {"stream: Heuristics.Limits.Exceeded.MaxScanSize.UNOFFICIAL FOUND\x00", clamd.Verdict{Unscannable: "MaxScanSize"}, ""},
		"stream limit":         {"INSTREAM size limit exceeded. ERROR\x00", clamd.Verdict{Unscannable: "stream size"}, ""},

		"nothing":             {"", clamd.Verdict{}, "without an answer"},
		"empty":               {"\x00", clamd.Verdict{}, `answered ""`},
		"cut clean":           {"stream: OK", clamd.Verdict{}, "is cut"},
		"cut infected":        {"stream: Win.Te", clamd.Verdict{}, "is cut"},
		"cut infected, whole": {"stream: X FOUND", clamd.Verdict{}, "is cut"},
		"newline":             {"stream: OK\n", clamd.Verdict{}, "is cut"},
		"newline and nul":     {"stream: OK\n\x00", clamd.Verdict{}, "answered"},
		"timed out":           {"COMMAND READ TIMED OUT\n", clamd.Verdict{}, "COMMAND READ TIMED OUT"},
		"error":               {"stream: Error writing to temporary file ERROR\x00", clamd.Verdict{}, "temporary file ERROR"},
		"error, no stream":    {"Can't allocate memory ERROR\x00", clamd.Verdict{}, "allocate memory"},
		"unknown command":     {"UNKNOWN COMMAND\x00", clamd.Verdict{}, "UNKNOWN COMMAND"},
		"found without name":  {"stream: FOUND\x00", clamd.Verdict{}, "answered"},
		"found, blank name":   {"stream:   FOUND\x00", clamd.Verdict{}, "answered"},
		"unofficial nothing":  {"stream: .UNOFFICIAL FOUND\x00", clamd.Verdict{}, "answered"},
		"another file":        {"fd[10]: OK\x00", clamd.Verdict{}, "answered"},
		"session":             {"1: stream: OK\x00", clamd.Verdict{}, "answered"},
		"lower case":          {"stream: ok\x00", clamd.Verdict{}, "answered"},
		"more than OK":        {"stream: OK maybe\x00", clamd.Verdict{}, "answered"},
		"OK at the end":       {"stream: not OK\x00", clamd.Verdict{}, "answered"},
		"endless":             {strings.Repeat("stream: OK ", 10_000), clamd.Verdict{}, "is cut"},
		"http":                {"HTTP/1.1 400 Bad Request\r\n\r\n", clamd.Verdict{}, "is cut"},
	}
	for name, c := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := client(serve(t, answer(c.reply))).Scan(t.Context(), strings.NewReader("abc"), 3)
			require.Equal(t, c.want, got)
			if c.err == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, c.err)
			require.Less(t, len(err.Error()), 500, "an answer is not repeated at any length")
		})
	}
}

func TestScanSendsAllBytes(t *testing.T) {
	t.Parallel()
	for _, n := range []int{1, 65_535, 65_536, 65_537, 131_072, 1_000_000} {
		body := bytes.Repeat([]byte("0123456789abc"), n/13+1)[:n]
		for name, r := range map[string]io.Reader{
			"at once": bytes.NewReader(body), "halves": iotest.HalfReader(bytes.NewReader(body)),
			"data with EOF": iotest.DataErrReader(bytes.NewReader(body)),
		} {
			got := make(chan []byte, 1)
			address := serve(t, func(_ *testing.T, conn *net.TCPConn) {
				b, _ := takeAll(conn)
				got <- b
				_, _ = io.WriteString(conn, "stream: OK\x00")
			})
			v, err := client(address).Scan(t.Context(), r, int64(n))
			require.NoError(t, err, name)
			require.True(t, v.Clean)
			require.True(t, bytes.Equal(body, <-got), "%s: %d bytes", name, n)
		}
	}
}

func TestScanBadBodies(t *testing.T) {
	t.Parallel()
	broken := errors.New("storage went away")
	big := strings.Repeat("x", 200_000)
	tests := map[string]struct {
		r    io.Reader
		size int64
		want string
	}{
		"empty":                {strings.NewReader(""), 0, "empty"},
		"empty, unknown size":  {strings.NewReader(""), -1, "empty"},
		"shorter":              {strings.NewReader("abc"), 4, "ended after 3 of 4"},
		"longer":               {strings.NewReader("abcd"), 3, "more than the announced 3"},
		"broken":               {io.MultiReader(strings.NewReader(big), iotest.ErrReader(broken)), -1, "went away"},
		"broken at once":       {iotest.ErrReader(broken), 10, "went away"},
		"cut":                  {io.MultiReader(strings.NewReader("abc"), iotest.ErrReader(io.ErrUnexpectedEOF)), -1, "unexpected EOF"},
		"cut at a chunk's end": {io.MultiReader(strings.NewReader(big[:65_536]), iotest.ErrReader(io.ErrUnexpectedEOF)), -1, "unexpected EOF"},
	}
	for name, c := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ended := make(chan bool, 1)
			address := serve(t, func(_ *testing.T, conn *net.TCPConn) {
				_, whole := takeAll(conn)
				ended <- whole
				_, _ = io.WriteString(conn, "stream: OK\x00")
			})
			v, err := client(address).Scan(t.Context(), c.r, c.size)
			require.ErrorContains(t, err, c.want)
			require.Equal(t, clamd.Verdict{}, v)
			require.False(t, <-ended, "a stream that is not whole is never ended as if it were")
		})
	}
}

// closeEarly reads a little, answers, and closes with bytes unread: the client
// sees its writes fail with EPIPE or ECONNRESET.
func closeEarly(reply string) script {
	return func(_ *testing.T, conn *net.TCPConn) {
		_, _ = io.CopyN(io.Discard, conn, 100_000)
		_, _ = io.WriteString(conn, reply)
		_ = conn.CloseWrite()
		_, _ = io.CopyN(io.Discard, conn, 1<<20)
	}
}

func TestScanReadsTheReplyAfterAFailedWrite(t *testing.T) {
	t.Parallel()
	v, err := client(serve(t, closeEarly("INSTREAM size limit exceeded. ERROR\x00"))).Scan(t.Context(), endless{}, 1<<40)
	require.NoError(t, err)
	require.Equal(t, clamd.Verdict{Unscannable: "stream size"}, v)
}

func TestScanCleanBeforeTheEndIsNotClean(t *testing.T) {
	t.Parallel()
	v, err := client(serve(t, closeEarly("stream: OK\x00"))).Scan(t.Context(), endless{}, 1<<40)
	require.ErrorContains(t, err, "before it had all bytes")
	require.True(t, errors.Is(err, syscall.EPIPE) || errors.Is(err, syscall.ECONNRESET), "%v", err)
	require.Equal(t, clamd.Verdict{}, v)
}

func TestScanReset(t *testing.T) {
	t.Parallel()
	reset := func(_ *testing.T, conn *net.TCPConn) {
		_, _ = io.CopyN(io.Discard, conn, 10)
		_ = conn.SetLinger(0) // a reset instead of an end
	}
	for _, size := range []int64{3, 1 << 40} {
		_, err := client(serve(t, reset)).Scan(t.Context(), io.LimitReader(endless{}, size), size)
		require.Error(t, err)
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

// TestScanStalls: a clamd that says nothing ends a scan by time-out, and by the context.
func TestScanStalls(t *testing.T) {
	t.Parallel()
	silent := func(_ *testing.T, conn *net.TCPConn) { _, _ = io.Copy(io.Discard, conn) } // takes, says nothing
	deaf := func(_ *testing.T, conn *net.TCPConn) {                                      // does not even take
		one := make([]byte, 1)
		for range 20 {
			_, _ = conn.Read(one)
		}
		_ = conn.SetReadBuffer(1)
		select {
		case <-t.Context().Done():
		case <-time.After(30 * time.Second):
		}
	}
	for name, play := range map[string]script{"silent": silent, "deaf": deaf} {
		size := int64(3)
		if name == "deaf" {
			size = 1 << 40
		}
		t.Run(name+" until the time-out", func(t *testing.T) {
			t.Parallel()
			c := clamd.New(serve(t, play), clamd.Options{IOTimeout: 50 * time.Millisecond, ReplyTimeout: 50 * time.Millisecond})
			_, err := c.Scan(t.Context(), io.LimitReader(endless{}, size), size)
			var timeout net.Error
			require.ErrorAs(t, err, &timeout)
			require.True(t, timeout.Timeout())
		})
		t.Run(name+" until the context ends", func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithCancel(t.Context())
			address := serve(t, func(t *testing.T, conn *net.TCPConn) {
				t.Helper()
				cancel()
				play(t, conn)
			})
			_, err := clamd.New(address, clamd.Options{}).Scan(ctx, io.LimitReader(endless{}, size), size)
			require.ErrorIs(t, err, context.Canceled)
		})
	}
}

func TestScanUnreachable(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	nobody := l.Addr().String()
	require.NoError(t, l.Close())
	for _, address := range []string{nobody, "unix:" + filepath.Join(t.TempDir(), "none"), filepath.Join(t.TempDir(), "none"), "no-port", ""} {
		v, err := client(address).Scan(t.Context(), strings.NewReader("abc"), 3)
		require.ErrorContains(t, err, "connect to clamd", address)
		require.Equal(t, clamd.Verdict{}, v)
		require.Error(t, client(address).Ready(t.Context()))
		_, err = client(address).Version(t.Context())
		require.Error(t, err)
	}
}

func TestUnixAddress(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "s")
	l, err := net.Listen("unix", path)
	require.NoError(t, err)
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = takeAll(conn)
			_, _ = io.WriteString(conn, "stream: OK\x00")
			_ = conn.Close()
		}
	}()
	for _, address := range []string{path, "unix:" + path} {
		v, err := client(address).Scan(t.Context(), strings.NewReader("abc"), 3)
		require.NoError(t, err)
		require.True(t, v.Clean)
	}
}

func TestScanCap(t *testing.T) {
	t.Parallel()
	var open, most atomic.Int32
	release := make(chan struct{})
	address := serve(t, func(_ *testing.T, conn *net.TCPConn) {
		now := open.Add(1)
		for old := most.Load(); now > old && !most.CompareAndSwap(old, now); old = most.Load() {
		}
		_, _ = takeAll(conn)
		<-release
		open.Add(-1)
		_, _ = io.WriteString(conn, "stream: OK\x00")
	})
	c := clamd.New(address, clamd.Options{MaxConcurrent: 2})
	errs := make(chan error)
	for range 6 {
		go func() {
			_, err := c.Scan(t.Context(), strings.NewReader("abc"), 3)
			errs <- err
		}()
	}
	require.Eventually(t, func() bool { return open.Load() == 2 }, 10*time.Second, time.Millisecond)

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := c.Scan(ctx, strings.NewReader("abc"), 3)
	require.ErrorIs(t, err, context.Canceled, "waiting for a turn obeys the context")
	close(release)
	for range 6 {
		require.NoError(t, <-errs)
	}
	require.EqualValues(t, 2, most.Load())
}

func TestVersion(t *testing.T) {
	t.Parallel()
	say := func(reply string) string {
		return serve(t, func(_ *testing.T, conn *net.TCPConn) {
			b := make([]byte, len("zVERSION\x00"))
			if _, err := io.ReadFull(conn, b); err == nil && string(b) == "zVERSION\x00" {
				_, _ = io.WriteString(conn, reply)
			}
		})
	}
	got, err := client(say("ClamAV 1.4.6/27800/Mon Oct 20 2025\x00")).Version(t.Context())
	require.NoError(t, err)
	require.Equal(t, "ClamAV 1.4.6/27800/Mon Oct 20 2025", got)
	for _, bad := range []string{"", "ClamAV 1", "UNKNOWN COMMAND\x00"} {
		_, err := client(say(bad)).Version(t.Context())
		require.Error(t, err, "%q", bad)
	}
}

func TestVerdictString(t *testing.T) {
	t.Parallel()
	require.Equal(t, "no verdict", clamd.Verdict{}.String())
	require.Equal(t, "clean", clamd.Verdict{Clean: true}.String())
	require.Equal(t, "infected by X", clamd.Verdict{Signature: "X"}.String())
	require.Equal(t, "unscannable: MaxFileSize", clamd.Verdict{Unscannable: "MaxFileSize"}.String())
}
