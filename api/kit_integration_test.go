//go:build integration

package api

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"safelight/internal/testkit"
	"safelight/models"
	"safelight/models/store"
	"safelight/storage"
)

var (
	_ Users         = (*store.Store)(nil)
	_ Buckets       = (*store.Store)(nil)
	_ Files         = (*store.Store)(nil)
	_ Shares        = (*store.Store)(nil)
	_ Notifications = (*store.Store)(nil)
	_ Objects       = storage.Store(nil)
)

// realBench is the app over a real database and a folder of objects.
type realBench struct {
	*bench
	store *store.Store
	files storage.Store
	url   string
}

func newRealBench(t *testing.T, change ...func(*Deps)) *realBench {
	t.Helper()
	r := &realBench{url: testkit.Database(t)}
	var err error
	r.store, err = store.Open(t.Context(), r.url, 8)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, r.store.Close()) })
	r.files, err = storage.Open(t.Context(), "file://"+t.TempDir())
	require.NoError(t, err)
	r.bench = newBench(t, append([]func(*Deps){func(d *Deps) {
		d.Users, d.Buckets, d.Files, d.Shares, d.Notifications, d.Webhooks, d.Objects = r.store, r.store, r.store, r.store, r.store, r.store, r.files
		d.Checks["database"], d.Checks["storage"] = r.store.Ping, r.files.Ready
	}}, change...)...)
	return r
}

// person registers somebody.
func (r *realBench) person(name string) signedInAnswer {
	r.t.Helper()
	s, _ := register(r.bench, name+"@example.org")
	return s
}

// conn is a connection beside the app.
func (r *realBench) conn() *pgx.Conn {
	r.t.Helper()
	conn, err := pgx.Connect(r.t.Context(), r.url)
	require.NoError(r.t, err)
	r.t.Cleanup(func() { require.NoError(r.t, conn.Close(context.Background())) })
	return conn
}

// value reads a number beside the app.
func (r *realBench) value(query string, args ...any) (n int) {
	r.t.Helper()
	require.NoError(r.t, r.conn().QueryRow(r.t.Context(), query, args...).Scan(&n))
	return n
}

// sql changes rows as an administrator would, beside the app.
func (r *realBench) sql(statement string, args ...any) {
	r.t.Helper()
	_, err := r.conn().Exec(r.t.Context(), statement, args...)
	require.NoError(r.t, err)
}

// stored takes an upload all the way: objects, rows, version, notification.
func (r *realBench) stored(owner, name string, content []byte, fileID ...string) models.VersionResult {
	r.t.Helper()
	ctx, sum := r.t.Context(), sha256.Sum256(content)
	hash := hex.EncodeToString(sum[:])
	n := models.NewUpload{ID: uuid.Must(uuid.NewV7()).String(), OwnerID: owner, Name: name, Reserve: 1 << 10, MaxOpen: 10}
	if len(fileID) > 0 {
		n.TargetFileID = &fileID[0]
	}
	_, _, err := r.store.CreateUpload(ctx, n)
	require.NoError(r.t, err)
	up, err := r.store.AcceptUpload(ctx, n.ID, int64(len(content))+5, hash, "image/jpeg")
	require.NoError(r.t, err)
	_, err = r.store.ClaimContent(ctx, up.ID, owner, hash)
	require.NoError(r.t, err)
	blob := models.Blob{
		ID: up.ID, SHA256: hash, Settings: "test", OriginalSize: up.Size, MIMEType: "image/webp", Width: 40, Height: 30, Thumbhash: []byte{1, 2, 3},
	}
	for _, variant := range []string{models.VariantFull, models.VariantPreview, models.VariantThumb} {
		ref, bytesOf := storage.VariantRef(up.ID, variant), append([]byte(variant+":"), content...)
		_, err := r.files.Put(ctx, ref, bytes.NewReader(bytesOf), int64(len(bytesOf)), "image/webp")
		require.NoError(r.t, err)
		of := sha256.Sum256(bytesOf)
		blob.Variants = append(blob.Variants, models.Variant{
			Name: variant, Key: ref.Key, MIMEType: "image/webp", Size: int64(len(bytesOf)), Width: 40, Height: 30, SHA256: hex.EncodeToString(of[:]),
		})
	}
	_, err = r.store.AdoptBlob(ctx, up.ID, blob)
	require.NoError(r.t, err)
	result, err := r.store.CreateVersion(ctx, up.ID)
	require.NoError(r.t, err)
	require.NoError(r.t, r.store.FinishUpload(ctx, models.Finish{
		UploadID: up.ID, State: models.UploadDone, Percent: 100, Seq: 20 * models.SeqStride, Steps: models.NewSteps(),
	}))
	return result
}

// get asks as somebody and demands success.
func (r *realBench) get(token, target string, into any) {
	r.t.Helper()
	a := r.ask(http.MethodGet, target, token, nil)
	require.Equal(r.t, http.StatusOK, a.Status, "%s: %s", target, a.Body)
	a.into(into)
}
