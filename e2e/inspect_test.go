//go:build integration

package e2e

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"safelight/internal/testkit"
)

// The compiled commands beside each other, without a server: what inspect says
// would be stored is what a worker's decoder makes.
func TestInspect(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	good, cut := filepath.Join(dir, "good.jpg"), filepath.Join(dir, "cut.jpg")
	data := testkit.WithEXIF(photo(), 6)
	require.NoError(t, os.WriteFile(good, data, 0o600))
	require.NoError(t, os.WriteFile(cut, data[:len(data)/2], 0o600))

	run := func(args ...string) (string, int) {
		var out bytes.Buffer
		cmd := exec.Command(binary(), append([]string{"inspect"}, args...)...)
		cmd.Dir = dir
		cmd.Stdout, cmd.Stderr = &out, os.Stderr
		err := cmd.Run()
		if err != nil {
			var exit *exec.ExitError
			require.ErrorAs(t, err, &exit)
		}
		return out.String(), cmd.ProcessState.ExitCode()
	}
	out, code := run("--json", "good.jpg")
	require.Zero(t, code)
	var r struct {
		Verdict string
		Picture struct{ UprightWidth, UprightHeight int }
		Outcome *struct {
			Message  string
			Variants []struct {
				Name          string
				Width, Height int
				Bytes         int64
			}
		}
	}
	require.NoError(t, json.Unmarshal([]byte(out), &r))
	require.Equal(t, "accepted", r.Verdict)
	require.Equal(t, 480, r.Picture.UprightWidth)
	require.NotEmpty(t, r.Outcome.Message)
	require.Len(t, r.Outcome.Variants, 3)
	require.Equal(t, 480, r.Outcome.Variants[0].Width)
	require.Equal(t, 640, r.Outcome.Variants[0].Height)

	p := signedIn(t)
	u := p.become(t, "good.jpg", data)
	require.Equal(t, r.Outcome.Variants[0].Bytes, *u.StoredSize, "the server stores the same")

	out, code = run("good.jpg", "cut.jpg")
	require.Equal(t, 1, code)
	require.Contains(t, out, "good.jpg  accepted\n")
	require.Contains(t, out, "cut.jpg  REJECTED: corrupt\n")
}
