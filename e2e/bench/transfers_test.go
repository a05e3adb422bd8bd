//go:build integration

package main

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestMemoryIsFlatOverTransfers is a short one of what
//
//	go run ./e2e/bench -transfers 200
//
// measures: were a file ever whole in a process, eight at once would show it.
func TestMemoryIsFlatOverTransfers(t *testing.T) {
	t.Parallel()
	for _, store := range transferStores {
		t.Run(store, func(t *testing.T) { //nolint:paralleltest // one stack at a time is enough
			out, err := measureTransfers(t.Context(), filepath.Join("..", "..", "bin"), store, 2*transfersAtOnce)
			require.NoError(t, err)
			t.Logf("%+v", out)
			require.NotZero(t, out.API.BeforeMiB, "this system does not say what a process has resident")
			require.NoError(t, out.flat())
			require.NotZero(t, out.API.AfterMiB, "it ran to the end")
			require.NotZero(t, out.Worker.AfterMiB)
		})
	}
}
