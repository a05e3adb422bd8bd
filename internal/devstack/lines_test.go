package devstack

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTerminalShowsWholeLines(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	w := NewTerminal(&out).Lines("api")
	for _, piece := range []string{"one\ntw", "o\n", "\nthree"} {
		n, err := io.WriteString(w, piece)
		require.NoError(t, err)
		require.Len(t, piece, n)
	}
	require.Equal(t, "api      | one\napi      | two\napi      | \n", out.String())
}

func TestCompactLines(t *testing.T) {
	t.Parallel()
	cases := map[string]string{
		`{"time":"x","level":"INFO","msg":"api serves","address":"127.0.0.1:1","n":3,"on":true}`: "x INFO api serves address=127.0.0.1:1 n=3 on=true",
		`{"msg":"m","error":{"a":[1,2]}}`: `m error={"a":[1,2]}`,
		"plain words":                     "plain words",
		`{"cut`:                           `{"cut`,
		`{} more`:                         `{} more`,
		"":                                "",
	}
	for line, want := range cases {
		require.Equal(t, want, string(compact([]byte(line))))
	}
}

func TestFirstErrorFindsTheCause(t *testing.T) {
	t.Parallel()
	log := "ClamAV update process started\nERROR: remote_cvdhead: Download failed (6) ERROR:  Message: Couldn't resolve host name\nERROR: Update failed.\n"
	require.Equal(t, "Couldn't resolve host name", firstError(log))
	require.Equal(t, "Update failed.", firstError("x\nERROR: Update failed.\n"))
	require.Equal(t, "last", firstError("x\nlast\n"))
}

func TestEnvironIsReplacedNotDoubled(t *testing.T) {
	t.Parallel()
	got := with([]string{"A=1", "B=2", "C=x=y"}, map[string]string{"B": "3", "D": ""})
	require.ElementsMatch(t, []string{"A=1", "C=x=y", "B=3", "D="}, got)
}

func TestLogsBeginAnewAndKeepTheOneBefore(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, line := range []string{"first", "second"} {
		logs, err := NewLogs(dir, nil)
		require.NoError(t, err)
		require.Empty(t, logs.Tail("api", 5), "the end of another run's log")
		w, err := logs.Writer("api", false)
		require.NoError(t, err)
		_, err = io.WriteString(w, line+"\n")
		require.NoError(t, err)
		require.Equal(t, line, logs.Tail("api", 5))
		require.NoError(t, logs.Close())
	}
	before, err := os.ReadFile(filepath.Join(dir, "api.log.1"))
	require.NoError(t, err)
	require.Equal(t, "first\n", string(before))
}

func TestTemporalVersionIsThePinnedOne(t *testing.T) {
	t.Parallel()
	pins, err := os.ReadFile(filepath.Join("..", "..", "tools", "go.mod"))
	require.NoError(t, err)
	require.Contains(t, string(pins), "github.com/temporalio/cli "+TemporalVersion+"\n")
}

func TestBannerSaysWhatToDo(t *testing.T) {
	t.Parallel()
	a := Addresses{APIURL: "http://127.0.0.1:1", TemporalUIURL: "http://127.0.0.1:2", AdminEmail: AdminEmail, AdminPassword: "pw"}
	text := banner(a, DefaultHome, 0, "", "")
	require.Contains(t, text, "Web app       http://127.0.0.1:1/\n")
	require.Contains(t, text, "http://127.0.0.1:1/api/docs")
	require.Contains(t, text, AdminEmail+"  pw")
	require.Contains(t, text, "bin/safelight upload photo.jpg\n")
	require.NotContains(t, text, "WARNING")
	text = banner(a, "elsewhere", 0, "a note", "no network")
	require.Contains(t, text, "upload photo.jpg --home elsewhere")
	require.Contains(t, text, "NOTE: a note")
	require.Contains(t, text, "REAL VIRUSES ARE NOT")
	require.Equal(t, 1, strings.Count(text, "no network"))
}
