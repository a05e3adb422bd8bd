package telemetry_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"safelight/internal/metrics"
	"safelight/internal/telemetry"
)

func get(t *testing.T, url string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	require.NoError(t, err)
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	return res.StatusCode, string(body)
}

func TestServe(t *testing.T) {
	t.Parallel()
	var (
		mu   sync.Mutex
		down = map[string]error{}
		logs bytes.Buffer
	)
	part := func(name string) func(context.Context) error {
		return func(context.Context) error {
			mu.Lock()
			defer mu.Unlock()
			return down[name]
		}
	}
	log := slog.New(slog.NewJSONHandler(&logs, nil))
	s, err := telemetry.Serve(t.Context(), "127.0.0.1:0", metrics.New("worker", "test").Handler(), &telemetry.Checks{
		Parts: map[string]func(context.Context) error{"database": part("database"), "scanner": part("scanner")}, Waitable: []string{"scanner"},
	}, log)
	require.NoError(t, err)
	base := "http://" + s.Address
	status, body := get(t, base+"/metrics")
	require.Equal(t, http.StatusOK, status)
	require.Contains(t, body, "safelight_build_info")
	status, body = get(t, base+"/healthz")
	require.Equal(t, http.StatusOK, status)
	require.JSONEq(t, `{"status":"ok"}`, body)
	status, _ = get(t, base+"/")
	require.Equal(t, http.StatusNotFound, status)

	for _, c := range []struct {
		database, scanner error
		status            int
		want              string
	}{
		{nil, nil, 200, `{"status":"ready","checks":{"database":"up","scanner":"up"}}`},
		{nil, errors.New("away"), 200, `{"status":"degraded","checks":{"database":"up","scanner":"down"}}`},
		{errors.New("away"), errors.New("away"), 503, `{"status":"unavailable","checks":{"database":"down","scanner":"down"}}`},
		{errors.New("away"), nil, 503, `{"status":"unavailable","checks":{"database":"down","scanner":"up"}}`},
	} {
		mu.Lock()
		down["database"], down["scanner"] = c.database, c.scanner
		mu.Unlock()
		for range 2 {
			status, body = get(t, base+"/readyz")
			require.Equal(t, c.status, status)
			require.JSONEq(t, c.want, body)
		}
	}
	require.NoError(t, s.Close())
	var said []string
	for line := range bytes.Lines(logs.Bytes()) {
		var l struct{ Msg, Part string }
		require.NoError(t, json.Unmarshal(line, &l))
		said = append(said, l.Msg+": "+l.Part)
	}
	require.Equal(t, []string{"part is down: scanner", "part is down: database", "part is back: scanner"}, said, "once each")
	_, err = telemetry.Serve(t.Context(), "nowhere:0x", metrics.New("worker", "test").Handler(), nil, log)
	require.ErrorContains(t, err, "listen for scrapes")
}

func TestWithoutAnEndpointThereAreNoTraces(t *testing.T) {
	t.Parallel()
	log := slog.New(slog.DiscardHandler)
	none, err := telemetry.StartTracing(t.Context(), false, "api", "test", log)
	require.NoError(t, err)
	require.Nil(t, none.Tracer())
	none.Close(log)
}
