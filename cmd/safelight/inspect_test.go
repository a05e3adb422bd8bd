package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"safelight/internal/config"
	"safelight/internal/inspect"
	"safelight/internal/testkit"
)

func inspected(t *testing.T, environ map[string]string, worker string, asJSON bool, files ...string) (out, errOut string, err error) {
	t.Helper()
	cfg, err := config.LoadPictures(environ)
	require.NoError(t, err)
	var o, e bytes.Buffer
	err = runInspect(t.Context(), cfg, worker, files, asJSON, &o, &e)
	return o.String(), e.String(), err
}

func TestInspectWithoutTheWorker(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	good, bad := filepath.Join(dir, "good.jpg"), filepath.Join(dir, "bad.jpg")
	require.NoError(t, os.WriteFile(good, testkit.JPEG(80, 60, 1), 0o600))
	require.NoError(t, os.WriteFile(bad, testkit.EICAR(), 0o600))
	missing := filepath.Join(dir, "worker")

	out, errOut, err := inspected(t, nil, missing, false, good)
	require.NoError(t, err)
	require.Contains(t, errOut, missing)
	require.Contains(t, out, good+"  accepted\n")
	require.NotContains(t, out, "stored")

	out, _, err = inspected(t, nil, missing, false, good, bad, missing)
	require.ErrorContains(t, err, "2 of 3 would not be taken")
	require.Contains(t, out, "\n\n"+bad+"  REJECTED: unsupported\n")
	require.Contains(t, out, "\n\n"+missing+"  NOT JUDGED\n")

	out, _, err = inspected(t, map[string]string{"MAX_PIXELS": "4799"}, missing, true, good)
	require.ErrorContains(t, err, "1 of 1 would not be taken", "limits are those of the environment")
	var r inspect.Report
	require.NoError(t, json.Unmarshal([]byte(out), &r))
	require.EqualValues(t, "too_many_pixels", r.Code)
}

func TestInspectWithAWorkerThatIsNone(t *testing.T) {
	t.Parallel()
	worker := filepath.Join(t.TempDir(), "worker")
	require.NoError(t, os.WriteFile(worker, []byte("#!/bin/sh\nexit 3\n"), 0o700))
	_, _, err := inspected(t, nil, worker, false, worker)
	require.ErrorContains(t, err, "start the decoders")
}

func TestInspectSettingsThatMakeNoSense(t *testing.T) {
	t.Parallel()
	for name, value := range map[string]string{"MAX_PIXELS": "many", "IMAGE_MIN_SSIM": "1.5", "IMAGE_QUALITY": "0"} {
		_, err := config.LoadPictures(map[string]string{name: value})
		require.ErrorContains(t, err, name)
	}
}

func TestInspectStops(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	cfg, err := config.LoadPictures(nil)
	require.NoError(t, err)
	var out bytes.Buffer
	err = runInspect(ctx, cfg, filepath.Join(t.TempDir(), "worker"), []string{"a", "b"}, false, &out, &out)
	require.ErrorIs(t, err, context.Canceled)
}
