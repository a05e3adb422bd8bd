//go:build integration

package e2e

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// The npm package, packed and installed elsewhere: a program type-checks
// against it, and speaks with a server by it.
func TestThePackageForTypeScript(t *testing.T) {
	t.Parallel()
	for _, program := range []string{"node", "npm"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("%s is not installed: the package cannot be tried", program)
		}
	}
	p := signedIn(t)
	c := p.cli(t)
	cmd := exec.CommandContext(t.Context(), filepath.Join("..", "scripts", "client.sh"), "try")
	cmd.Env = append(os.Environ(), "SAFELIGHT_URL="+c.server, "SAFELIGHT_TOKEN="+c.token)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	require.NoError(t, err, "%s", out)
	var said struct {
		Same           bool
		State, Outcome string
		Names          []string
		Refused        []any
	}
	require.NoError(t, json.Unmarshal(out, &said), "%s", out)
	require.True(t, said.Same, "the same key is the same upload")
	require.Equal(t, "done", said.State)
	require.Equal(t, "created", said.Outcome)
	require.Equal(t, []string{"dot.png"}, said.Names)
	require.Equal(t, []any{404.0, "not_found"}, said.Refused)
}
