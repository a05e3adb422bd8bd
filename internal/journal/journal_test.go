package journal_test

import (
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"safelight/internal/journal"
)

type line struct{ N int }

func open(t *testing.T, path string) (*journal.File, []string) {
	t.Helper()
	j, lines, err := journal.Open(path)
	require.NoError(t, err)
	var text []string
	for _, l := range lines {
		text = append(text, string(l))
	}
	return j, text
}

func TestAJournalLosesALineThatIsCutShortAlone(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "a", "b", "x.jsonl")
	j, lines := open(t, path)
	require.Empty(t, lines)
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() { j.Add(line{1}) })
	}
	all.Wait()
	require.NoError(t, j.Close(false))
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	require.NoError(t, err)
	_, err = f.WriteString(`{"N":`)
	require.NoError(t, err)
	require.NoError(t, f.Close())

	j, lines = open(t, path)
	require.Len(t, lines, 50)
	j.Add(line{2})
	_, _, err = journal.Open(path)
	require.ErrorIs(t, err, journal.ErrBusy)
	require.NoError(t, j.Close(false))
	j, lines = open(t, path)
	require.Len(t, lines, 51)
	require.Equal(t, "{\"N\":2}\n", lines[50])
	require.NoError(t, j.Reset())
	j.Add(line{3})
	require.NoError(t, j.Close(false))
	j, lines = open(t, path)
	require.Equal(t, []string{"{\"N\":3}\n"}, lines)
	require.NoError(t, j.Close(true))
	require.NoFileExists(t, path)
}

func TestNoJournalKeepsNothing(t *testing.T) {
	t.Parallel()
	var j *journal.File
	j.Add(line{1})
	require.NoError(t, j.Reset())
	require.NoError(t, j.Close(true))
}
