package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/spf13/cobra"
	"github.com/stretchr/testify/require"

	"safelight/internal/testkit"
)

// library is a server with one file, which has a picture already and rejects
// what is sent to it.
func library(t *testing.T, picture []byte) string {
	t.Helper()
	mux := http.NewServeMux()
	answer := func(pattern string, status int, body string) {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
		})
	}
	answer("GET /api/v1/me", 200, `{"id": "me"}`)
	answer("GET /api/v1/config", 200, `{"acceptedTypes": ["image/jpeg"], "limits": {"bytes": 1000000, "nameLength": 255}}`)
	answer("POST /api/v1/uploads/check", 200, `{"items": []}`)
	answer("POST /api/v1/uploads", 507, `{"status": 507, "code": "quota_exceeded", "detail": "There is no room left."}`)
	answer("GET /api/v1/files", 200, `{"items": [{"id": "f", "name": "cat.jpg", "mimeType": "image/jpeg", "size": 5, "currentVersion": 1, "versionCount": 1}], "nextCursor": null}`)
	mux.HandleFunc("GET /api/v1/files/f/content", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(picture) })
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s.URL
}

func runCommand(t *testing.T, cmd *cobra.Command, args ...string) (out, errOut string, err error) {
	t.Helper()
	var o, e bytes.Buffer
	cmd.SetOut(&o)
	cmd.SetErr(&e)
	cmd.SilenceErrors = true
	cmd.SetArgs(args)
	err = cmd.ExecuteContext(t.Context())
	return o.String(), e.String(), err
}

func TestImportCommand(t *testing.T) {
	t.Setenv("SAFELIGHT_TOKEN", "sl_good")
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	t.Setenv("HOME", t.TempDir())
	server, dir := library(t, nil), t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "a.jpg"), testkit.JPEG(16, 16, 1), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "b.txt"), []byte("text"), 0o600))

	out, _, err := runCommand(t, importCommand(), "--server", server, "--dry-run", dir)
	require.NoError(t, err)
	require.Contains(t, out, "     1  would be sent\n     1  no picture\n")
	out, errOut, err := runCommand(t, importCommand(), "--server", server, "--json", dir)
	require.EqualError(t, err, "1 of 2 files are not on the server", "the exit status tells")
	require.Contains(t, errOut, "a.jpg: refused: 507 quota_exceeded: There is no room left.\n", "the progress is not among the lines for programs")
	for line := range bytes.Lines([]byte(out)) {
		require.True(t, json.Valid(line), "%s", line)
	}
	for want, args := range map[string][]string{
		"accepts 1 arg":             {"--server", server},
		"--jobs 65":                 {"--server", server, "--jobs", "65", dir},
		"--names long":              {"--server", server, "--names", "long", dir},
		"no such file":              {"--server", server, filepath.Join(dir, "none")},
		"no answer from the server": {"--server", "http://127.0.0.1:1", dir},
	} {
		_, _, err := runCommand(t, importCommand(), args...)
		require.ErrorContains(t, err, want)
	}
}

func TestExportCommand(t *testing.T) {
	t.Setenv("SAFELIGHT_TOKEN", "sl_good")
	dir := filepath.Join(t.TempDir(), "out")
	out, _, err := runCommand(t, exportCommand(), "--server", library(t, []byte("bytes")), dir)
	require.NoError(t, err)
	require.Contains(t, out, "1 file in "+dir+": 1 picture, 5 B\n")
	data, err := os.ReadFile(filepath.Join(dir, "cat.jpg"))
	require.NoError(t, err)
	require.Equal(t, "bytes", string(data))
	_, _, err = runCommand(t, exportCommand(), "--jobs", "0", dir)
	require.ErrorContains(t, err, "--jobs 0")
}
