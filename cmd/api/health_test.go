package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCheckReady(t *testing.T) {
	t.Parallel()
	status := http.StatusOK
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/readyz" {
			status = http.StatusNotFound
		}
		w.WriteHeader(status)
	}))
	t.Cleanup(server.Close)
	address := strings.TrimPrefix(server.URL, "http://")
	_, port, _ := strings.Cut(address, ":")
	for _, listen := range []string{address, "0.0.0.0:" + port, ":" + port, "[::]:" + port} {
		require.NoError(t, checkReady(t.Context(), listen), listen)
	}
	status = http.StatusServiceUnavailable
	require.ErrorContains(t, checkReady(t.Context(), address), "503")
	server.Close()
	require.Error(t, checkReady(t.Context(), address))
	require.Error(t, checkReady(t.Context(), "nowhere"))
}
