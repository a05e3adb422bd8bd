//go:build integration

package e2e

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"safelight/storage"
	"safelight/storage/storagetest/supabase"
)

// storeVariable, set to supabase, has all tests of this package run on the
// driver for Supabase Storage and a double of it:
//
//	SAFELIGHT_E2E_STORE=supabase bin/testenv -- go test -tags integration ./e2e
const storeVariable = "SAFELIGHT_E2E_STORE"

// useStore tells the processes to come where objects lie: in a folder, unless
// the environment says otherwise. stop ends what it started.
func useStore() (stop func() error, err error) {
	switch kind := os.Getenv(storeVariable); kind {
	case "", "folder":
		return func() error { return nil }, nil
	case "supabase":
	default:
		return nil, fmt.Errorf("%s: %q is neither folder nor supabase", storeVariable, kind)
	}
	dir, err := os.MkdirTemp("", "safelight-e2e-store-")
	if err != nil {
		return nil, err
	}
	s, err := supabase.Start(dir)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	for name, value := range map[string]string{
		"STORAGE_URL": "supabase+" + s.URL, "SUPABASE_SERVICE_KEY": s.Key,
		"STORAGE_REDIRECTS": "false", // tests look at headers that are the API's
	} {
		if err := os.Setenv(name, value); err != nil {
			return nil, errors.Join(err, s.Close(), os.RemoveAll(dir))
		}
	}
	return func() error { return errors.Join(s.Close(), os.RemoveAll(dir)) }, nil
}

// store is the object store of the stack, beside its processes.
func store(t *testing.T) storage.Store {
	t.Helper()
	d, err := running.dev()
	require.NoError(t, err)
	s, err := storage.Open(t.Context(), d.StorageURL, storage.WithSupabase(storage.SupabaseOptions{Key: os.Getenv("SUPABASE_SERVICE_KEY")}))
	require.NoError(t, err)
	return s
}

// objects lists what the store holds, so that tests can say that nothing was
// left: of a folder every file, of another store every object.
func objects(t *testing.T) map[string]int64 {
	t.Helper()
	d, err := running.dev()
	require.NoError(t, err)
	root, folder := strings.CutPrefix(d.StorageURL, "file://")
	if !folder {
		return listed(t, store(t))
	}
	out := map[string]int64{}
	require.NoError(t, filepath.WalkDir(root, func(path string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			if os.IsNotExist(err) { // removed while walking
				return nil
			}
			return err
		}
		info, err := e.Info()
		if err == nil {
			out[strings.TrimPrefix(path, root)] = info.Size()
		}
		return nil
	}))
	return out
}

func listed(t *testing.T, s storage.Store) map[string]int64 {
	t.Helper()
	out := map[string]int64{}
	for _, bucket := range []storage.Bucket{storage.Tmp, storage.Final} {
		for cursor := ""; ; {
			page, err := s.List(t.Context(), bucket, "", cursor, 0)
			require.NoError(t, err)
			for _, o := range page.Objects {
				out["/"+o.Ref.String()] = o.Size
			}
			if cursor = page.Next; cursor == "" {
				break
			}
		}
	}
	return out
}
