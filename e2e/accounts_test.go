//go:build integration

package e2e

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// admin signs in as the admin of the stack.
func admin(t *testing.T) *person {
	t.Helper()
	d, err := running.dev()
	require.NoError(t, err)
	p := &person{base: d.APIURL}
	var answer struct {
		AccessToken string `json:"accessToken"`
	}
	status := p.call(t, http.MethodPost, "/auth/login", map[string]string{"email": d.AdminEmail, "password": d.AdminPassword}, &answer)
	require.Equal(t, http.StatusOK, status)
	p.token = answer.AccessToken
	return p
}

// A personal access token is all that the command needs to upload.
func TestTheCommandUploadsWithAPersonalToken(t *testing.T) {
	p := signedIn(t)
	token := func(scopes ...string) string {
		var made struct {
			Token string `json:"token"`
		}
		require.Equal(t, http.StatusCreated, p.call(t, http.MethodPost, "/me/tokens", map[string]any{"name": "command", "scopes": scopes, "expiresInDays": 1}, &made))
		return made.Token
	}
	path := filepath.Join(t.TempDir(), "photo.jpg")
	require.NoError(t, os.WriteFile(path, photo(), 0o600))
	run := func(token string) (said string, err error) {
		cmd := exec.CommandContext(t.Context(), binary(), "upload", "--json", "--server", p.base, path)
		cmd.Env = append(os.Environ(), "SAFELIGHT_TOKEN="+token)
		var out bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &out
		err = cmd.Run()
		return out.String(), err
	}
	said, err := run(token("read"))
	require.Error(t, err)
	require.Contains(t, said, "insufficient_scope")
	said, err = run(token("read", "write"))
	require.NoError(t, err, said)
	require.Contains(t, said, `"created"`)

	var files struct {
		Items []struct {
			Name string `json:"name"`
		} `json:"items"`
	}
	require.Equal(t, http.StatusOK, p.call(t, http.MethodGet, "/files", nil, &files))
	require.Len(t, files.Items, 1)
	require.Equal(t, "photo.jpg", files.Items[0].Name)
}

// Of a deleted account nothing goes on: the upload that was waiting for the
// scanner ends, and leaves no object behind when the scanner is back.
func TestADeletedAccountLeavesNothing(t *testing.T) {
	p, boss := signedIn(t), admin(t)
	var me struct {
		ID string `json:"id"`
	}
	require.Equal(t, http.StatusOK, p.call(t, http.MethodGet, "/me", nil, &me))
	p.become(t, "kept.jpg", photo())

	running.scanner.setShut(true)
	defer running.scanner.setShut(false)
	u := p.accepted(t, "waiting.jpg", photo())
	require.Equal(t, http.StatusNoContent, boss.call(t, http.MethodDelete, "/admin/users/"+me.ID, nil, nil))
	var refused problem
	require.Equal(t, http.StatusUnauthorized, p.call(t, http.MethodGet, "/me", nil, &refused))
	require.Equal(t, "unauthenticated", refused.Code)
	var left upload
	require.Equal(t, http.StatusOK, boss.call(t, http.MethodGet, "/uploads/"+u.ID, nil, &left))
	require.Equal(t, "canceled", left.State)
	running.scanner.setShut(false)
	require.Eventually(t, func() bool {
		_, names := withID(t, u.ID)
		return len(names) == 0
	}, time.Minute, 100*time.Millisecond, "the workflow takes back what was done")

	var audit json.RawMessage
	require.Equal(t, http.StatusNotFound, boss.call(t, http.MethodDelete, "/admin/users/"+me.ID, nil, &audit))
}
