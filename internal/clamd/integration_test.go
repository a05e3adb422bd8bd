//go:build integration

package clamd_test

import (
	"bytes"
	"context"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"safelight/internal/clamd"
	"safelight/internal/config"
	"safelight/internal/testkit"
)

// testFile is EICAR, in parts for the sake of scanners that read sources.
var testFile = `X5O!P%@AP[4\PZX54(P^)7CC)7}` + "$EICAR-" + strings.Join([]string{"STANDARD", "ANTIVIRUS", "TEST", "FILE!$H+H*"}, "-")

func TestRealClamdIsReady(t *testing.T) {
	t.Parallel()
	c := clamd.New(testkit.ClamdAddress(t), clamd.Options{})
	require.NoError(t, c.Ready(t.Context()))
	version, err := c.Version(t.Context())
	require.NoError(t, err)
	require.Contains(t, version, "ClamAV ")
}

func TestRealClamdFinds(t *testing.T) {
	t.Parallel()
	c := clamd.New(testkit.ClamdAddress(t), clamd.Options{})
	jpeg := append([]byte{0xff, 0xd8, 0xff, 0xfe, 0, byte(len(testFile) + 2)}, testFile...)
	jpeg = append(jpeg, 0xff, 0xd9)
	for name, body := range map[string][]byte{
		"the file itself":          []byte(testFile),
		"in a JPEG comment":        jpeg,
		"behind a long beginning":  append(bytes.Repeat([]byte("x"), 3<<20), testFile...),
		"across the end of chunks": append(bytes.Repeat([]byte("x"), 65_536-30), testFile+"xxx"...),
	} {
		v, err := c.Scan(t.Context(), bytes.NewReader(body), int64(len(body)))
		require.NoError(t, err, name)
		require.NotEmpty(t, v.Signature, name)
		require.NotContains(t, v.Signature, "UNOFFICIAL", name)
		require.False(t, v.Clean, name)

		body = bytes.ReplaceAll(body, []byte("EICAR"), []byte("RACIE"))
		v, err = c.Scan(t.Context(), bytes.NewReader(body), -1)
		require.NoError(t, err, name)
		require.Equal(t, clamd.Verdict{Clean: true}, v, name)
	}
}

func TestRealClamdLimits(t *testing.T) {
	t.Parallel()
	c := clamd.New(testkit.ClamdAddress(t), clamd.Options{})
	limits, err := config.LoadAPI(map[string]string{
		"ENVIRONMENT": "development", "DATABASE_URL": "postgres://x/y", "STORAGE_URL": "file:///x",
		"JWT_KEYS": "k:" + strings.Repeat("x", 32),
	})
	require.NoError(t, err)
	require.NoError(t, c.CheckLimit(t.Context(), limits.Limits.MaxUploadBytes), "what may be uploaded can be scanned")

	const tooMuch = 8 << 30
	v, err := c.Scan(t.Context(), endless{}, tooMuch)
	require.NoError(t, err)
	require.Equal(t, clamd.Verdict{Unscannable: "stream size"}, v)
	require.ErrorIs(t, c.CheckLimit(t.Context(), tooMuch), clamd.ErrNotReady)
}

func TestRealClamdCanceled(t *testing.T) {
	t.Parallel()
	c := clamd.New(testkit.ClamdAddress(t), clamd.Options{})
	ctx, cancel := context.WithCancel(t.Context())
	sent := 0
	_, err := c.Scan(ctx, readerFunc(func(p []byte) (int, error) {
		if sent += len(p); sent > 1<<20 {
			cancel()
		}
		return len(p), nil
	}), -1)
	require.ErrorIs(t, err, context.Canceled)
	require.NoError(t, c.Ready(t.Context()))
}

type readerFunc func(p []byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

func TestRealClamdManyAtOnce(t *testing.T) {
	t.Parallel()
	c := clamd.New(testkit.ClamdAddress(t), clamd.Options{MaxConcurrent: 4})
	var wg sync.WaitGroup
	for i := range 24 {
		wg.Go(func() {
			body := bytes.Repeat([]byte{byte(i)}, 200_000+i)
			if i%3 == 0 {
				body = append(body, testFile...)
			}
			v, err := c.Scan(t.Context(), bytes.NewReader(body), int64(len(body)))
			if err != nil || v.Clean != (i%3 != 0) || v.Unscannable != "" {
				t.Errorf("scan %d: %s, %v", i, v, err)
			}
		})
	}
	wg.Wait()
}
