//go:build integration

package e2e

import (
	"crypto/sha256"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"safelight/internal/testkit"
)

// documented is the script of docs/BACKUP.md under a mark.
func documented(t *testing.T, mark string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "docs", "BACKUP.md"))
	require.NoError(t, err)
	_, rest, ok := strings.Cut(string(text), "<!-- "+mark+" -->\n```sh\n")
	require.True(t, ok, "docs/BACKUP.md has no script for %s", mark)
	script, _, ok := strings.Cut(rest, "```")
	require.True(t, ok)
	return script
}

// follows runs a script of the documentation as it stands there.
func follows(t *testing.T, mark string, environ ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "sh", "-c", documented(t, mark))
	cmd.Env = append(os.Environ(), environ...)
	said, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s: %s", mark, said)
}

// another starts a stack of its own. stop is for when it is not needed any more.
func another(t *testing.T, environ ...string) (s *stack, dev devJSON, stop func()) {
	t.Helper()
	s, err := start(os.Getenv("SAFELIGHT_TEST_CLAMD_ADDRESS"), environ...)
	require.NoError(t, err)
	stopped := false
	stop = func() {
		if !stopped {
			stopped = true
			require.NoError(t, s.stop())
		}
	}
	t.Cleanup(stop)
	dev, err = s.dev()
	require.NoError(t, err)
	return s, dev, stop
}

func registered(t *testing.T, base string) *person {
	t.Helper()
	p := &person{base: base}
	var answer struct{ AccessToken string }
	require.Equal(t, http.StatusCreated, p.call(t, http.MethodPost, "/auth/register", map[string]string{
		"email": "p-" + uuid.NewString() + "@example.org", "password": "correct horse battery", "name": "Somebody",
	}, &answer))
	p.token = answer.AccessToken
	return p
}

// stored is what a person sees of their files: the bytes of each variant of
// each version, by file and version.
func (p *person) stored(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, trashed := range []string{"false", "true"} {
		var files list[file]
		require.Equal(t, http.StatusOK, p.call(t, http.MethodGet, "/files?limit=200&trashed="+trashed, nil, &files))
		for _, f := range files.Items {
			for n := 1; n <= f.VersionCount; n++ {
				for _, variant := range []string{"full", "preview", "thumb"} {
					res, body := p.get(t, fmt.Sprintf("/files/%s/content?version=%d&variant=%s", f.ID, n, variant))
					require.Equal(t, http.StatusOK, res.StatusCode, "%s", body)
					all[fmt.Sprintf("%s %s trashed=%s version %d %s", f.Name, f.ID, trashed, n, variant)] = string(body)
				}
			}
		}
	}
	return all
}

// A system is backed up while it runs, and restored into an empty one, by the
// commands of the documentation alone. What happens between the two parts of
// the backup does not spoil it.
func TestBackupAndRestore(t *testing.T) {
	for _, program := range []string{"pg_dump", "pg_restore", "tar"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("%s is not on the PATH: the documented commands cannot be run", program)
		}
	}
	before, dev, stopBefore := another(t)
	p := registered(t, dev.APIURL)
	cat := p.become(t, "cat.jpg", photo())
	p.end(t, p.acceptedWith(t, map[string]string{"fileId": *cat.FileID}, "cat.jpg", photo()).ID)
	dog := p.become(t, "dog.jpg", photo())
	trashed := p.become(t, "trashed.jpg", photo())
	require.Equal(t, http.StatusNoContent, p.call(t, http.MethodDelete, "/files/"+*trashed.FileID, nil, nil))
	virus := p.become(t, "virus.jpg", testkit.InfectedJPEG(320, 240, seeds.Add(1)))
	require.Equal(t, "rejected", virus.State)
	before.scanner.setShut(true)
	waiting := p.accepted(t, "waiting.jpg", photo())
	p.follow(t, waiting.ID, func(u upload) bool { return u.step("scan").State == "retrying" && u.step("dedup").State == "done" })
	want := p.stored(t)
	require.Len(t, want, 12)

	storageURL, err := url.Parse(dev.StorageURL)
	require.NoError(t, err)
	backup := filepath.Join(t.TempDir(), "backup")
	environ := []string{
		"BACKUP=" + backup, "DATABASE_URL=" + dev.DatabaseURL, "OBJECTS=" + storageURL.Path, fmt.Sprintf("WORKERS=%d", before.pid(t, "worker")),
	}
	follows(t, "backup: rows", environ...)
	before.scanner.setShut(false)
	require.Equal(t, "done", p.end(t, waiting.ID).State, "the workers go on")
	require.Equal(t, http.StatusNoContent, p.call(t, http.MethodDelete, "/files/"+*dog.FileID+"?permanent=true", nil, nil))
	late := p.become(t, "late.jpg", photo())
	follows(t, "backup: objects", environ...)
	stopBefore()

	home := filepath.Join(t.TempDir(), "objects")
	restored := []string{"DATABASE_URL=" + testkit.EmptyDatabase(t), "OBJECTS=" + home, "STORAGE_URL=file://" + home, "RECONCILE_SILENCE=1s", "BACKUP=" + backup}
	follows(t, "restore", restored...)
	_, dev2, _ := another(t, restored...)
	p.base = dev2.APIURL // the same session: the secret is the same
	require.Equal(t, "done", p.end(t, waiting.ID).State)
	got := p.stored(t)
	require.Len(t, got, 15, "and the picture that was under way")
	for name, data := range want {
		require.Equal(t, sha256.Sum256([]byte(data)), sha256.Sum256([]byte(got[name])), name) // and not megabytes of them
	}
	require.Equal(t, http.StatusNotFound, p.call(t, http.MethodGet, "/uploads/"+late.ID, nil, nil))
	boss := signIn(t, dev2.APIURL, dev.AdminEmail, dev.AdminPassword)
	require.NotNil(t, boss.quarantine(t, virus.ID, "held"))
	clean(t, boss)

	again := p.become(t, "new.jpg", photo())
	require.Equal(t, "created", *again.Outcome)
}

func signIn(t *testing.T, base, email, password string) *person {
	t.Helper()
	p := &person{base: base}
	var answer struct{ AccessToken string }
	require.Equal(t, http.StatusOK, p.call(t, http.MethodPost, "/auth/login", map[string]string{"email": email, "password": password}, &answer))
	p.token = answer.AccessToken
	return p
}

// clean has rows, objects and hashes compared, and demands that nothing is found.
func clean(t *testing.T, boss *person) {
	t.Helper()
	var r report
	require.Equal(t, http.StatusAccepted, boss.call(t, http.MethodPost, "/admin/integrity", map[string]bool{"repair": false}, &r))
	id := r.ID
	require.Eventually(t, func() bool {
		require.Equal(t, http.StatusOK, boss.call(t, http.MethodGet, "/admin/integrity?limit=200", nil, &r))
		return r.ID == id && r.State != "running"
	}, time.Minute, 100*time.Millisecond)
	require.Equal(t, "done", r.State)
	require.Empty(t, r.Findings.Items)
	for kind, n := range r.Counts {
		require.Zero(t, n, kind)
	}
}
