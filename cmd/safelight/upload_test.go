package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"safelight/internal/devstack"
)

// uploadServer accepts what does not begin with "<svg", and is done with it at once.
func uploadServer(t *testing.T, logins *atomic.Int32) *httptest.Server {
	t.Helper()
	mux := http.NewServeMux()
	answer := func(w http.ResponseWriter, status int, body string) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
	mux.HandleFunc("POST /api/v1/auth/login", func(w http.ResponseWriter, _ *http.Request) {
		logins.Add(1)
		answer(w, 200, `{"accessToken": "access", "expiresIn": 900}`)
	})
	mux.HandleFunc("POST /api/v1/auth/logout", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(204) })
	mux.HandleFunc("GET /api/v1/me", func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") == "Bearer bad" {
			answer(w, 401, `{"status": 401, "code": "unauthenticated", "detail": "Sign in again."}`)
			return
		}
		answer(w, 200, `{}`)
	})
	mux.HandleFunc("POST /api/v1/uploads", func(w http.ResponseWriter, r *http.Request) {
		f, _, err := r.FormFile("file")
		if err != nil {
			answer(w, 400, `{}`)
			return
		}
		b, _ := io.ReadAll(f)
		if bytes.HasPrefix(b, []byte("<svg")) {
			answer(w, 415, `{"status": 415, "code": "unsupported_media_type", "detail": "Send a JPEG."}`)
			return
		}
		answer(w, 202, `{"id": "up-1", "state": "done", "outcome": "created", "size": 4, "storedSize": 1, "seq": 9, "fileId": "`+r.FormValue("fileId")+`"}`)
	})
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s
}

func pictures(t *testing.T) (good, bad string) {
	t.Helper()
	dir := t.TempDir()
	good, bad = filepath.Join(dir, "good.jpg"), filepath.Join(dir, "bad.svg")
	require.NoError(t, os.WriteFile(good, []byte("jpeg"), 0o600))
	require.NoError(t, os.WriteFile(bad, []byte("<svg/>"), 0o600))
	return good, bad
}

// devHome is the home of a development stack at this URL.
func devHome(t *testing.T, apiURL string) string {
	t.Helper()
	home := t.TempDir()
	b, err := json.Marshal(devstack.Addresses{APIURL: apiURL, AdminEmail: "admin@localhost", AdminPassword: "hidden"})
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(home, devstack.DevFile), b, 0o600))
	return home
}

func runUploadCommand(t *testing.T, args ...string) (string, error) {
	t.Helper()
	cmd := uploadCommand()
	var out, errOut bytes.Buffer
	cmd.SetOut(&out)
	cmd.SetErr(&errOut)
	cmd.SilenceErrors = true
	cmd.SetArgs(args)
	err := cmd.ExecuteContext(t.Context())
	return out.String(), err
}

func TestUploadCommand(t *testing.T) {
	t.Setenv("SAFELIGHT_TOKEN", "")
	var logins atomic.Int32
	home := devHome(t, uploadServer(t, &logins).URL)
	good, bad := pictures(t)

	out, err := runUploadCommand(t, "--home", home, good)
	require.NoError(t, err)
	require.Contains(t, out, "good.jpg: created, 4 B → 1 B (75 % saved)\n")
	require.Contains(t, out, "1 file: 1 created\n")

	out, err = runUploadCommand(t, "--home", home, "--jobs", "1", good, bad, filepath.Join(home, "none.jpg"))
	require.EqualError(t, err, "2 of 3 did not end as a file on the server", "the exit status tells")
	require.Contains(t, out, "bad.svg: refused: 415 unsupported_media_type: Send a JPEG.\n")
	require.Contains(t, out, "3 files: 1 created, 1 refused, 1 error\n")
	require.EqualValues(t, 2, logins.Load())

	out, err = runUploadCommand(t, "--home", home, "--json", "--as", "file-7", good)
	require.NoError(t, err)
	lines := strings.Split(strings.TrimSpace(out), "\n")
	require.Len(t, lines, 2)
	require.Contains(t, lines[0], `"fileId":"file-7"`)
	require.Contains(t, lines[1], `"created":1`)

	_, err = runUploadCommand(t, "--home", home, "--token", "bad", good)
	require.ErrorContains(t, err, "401 unauthenticated: Sign in again.")
	t.Setenv("SAFELIGHT_TOKEN", "bad")
	_, err = runUploadCommand(t, "--home", home, good)
	require.ErrorContains(t, err, "401 unauthenticated")
	_, err = runUploadCommand(t, "--home", home, "--token", "sl_good", good)
	require.NoError(t, err, "the flag wins")
	require.EqualValues(t, 3, logins.Load())
}

func TestUploadCommandRefuses(t *testing.T) {
	t.Setenv("SAFELIGHT_TOKEN", "")
	good, _ := pictures(t)
	var logins atomic.Int32
	server := uploadServer(t, &logins)
	home := devHome(t, "http://127.0.0.1:1")
	for want, args := range map[string][]string{
		"requires at least 1 arg":   {},
		"--jobs 0":                  {"--jobs", "0", good},
		"name one file only":        {"--as", "x", good, good},
		`start one with "make run"`: {"--home", t.TempDir(), good},
		"a token is needed for":     {"--home", home, "--server", server.URL, good},
		"no answer from the server": {"--home", home, good},
		"is not a URL like":         {"--server", "localhost", "--token", "x", good},
	} {
		_, err := runUploadCommand(t, args...)
		require.ErrorContains(t, err, want)
		require.NotContains(t, err.Error(), "hidden")
	}
	require.Zero(t, logins.Load(), "the password of one stack is never sent to another server")

	require.NoError(t, os.WriteFile(filepath.Join(home, devstack.DevFile), []byte("{"), 0o600))
	_, err := runUploadCommand(t, "--home", home, good)
	require.ErrorContains(t, err, "dev.json")
}

func TestSameServer(t *testing.T) {
	t.Parallel()
	const dev = "http://127.0.0.1:8080"
	for _, same := range []string{dev, dev + "/", "http://localhost:8080", "http://[::1]:8080", "http://127.0.0.2:8080"} {
		require.True(t, sameServer(same, dev), same)
	}
	for _, other := range []string{"", "127.0.0.1:8080", "https://127.0.0.1:8080", "http://127.0.0.1:8081", "http://127.0.0.1.example:8080", "http://example:8080", "http://127.0.0.1:8080@example"} {
		require.False(t, sameServer(other, dev), other)
	}
	require.True(t, sameServer("https://a.example", "https://a.example/x"))
	require.False(t, sameServer("https://a.example", "https://b.example"))
}
