package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestWorkDirRemovesWhatKilledWorkersLeft(t *testing.T) {
	t.Parallel()
	base := t.TempDir()
	left := filepath.Join(base, "w-killed")
	require.NoError(t, os.MkdirAll(filepath.Join(left, "compress-1"), 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(left, "lock"), nil, 0o600))

	first, err := openWorkDir(base)
	require.NoError(t, err)
	require.NoDirExists(t, left)
	second, err := openWorkDir(base)
	require.NoError(t, err)
	require.DirExists(t, first.path, "one that runs keeps its folder")
	require.NoError(t, first.Close())
	require.NoError(t, second.Close())
	require.NoDirExists(t, first.path)
}
