//go:build integration

package store_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"safelight/activities"
	"safelight/internal/testkit"
	"safelight/models"
	"safelight/models/store"
)

var _ activities.Rows = (*store.Store)(nil)

const settings = "v1-test"

// db is a store over a database of the test's own, and a connection beside it.
type db struct {
	*store.Store
	t   *testing.T
	url string
}

func open(t *testing.T) db {
	t.Helper()
	url := testkit.Database(t)
	s, err := store.Open(t.Context(), url, 12)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return db{Store: s, t: t, url: url}
}

// sql runs a statement beside the store.
func (d db) sql(statement string, args ...any) {
	d.t.Helper()
	require.NoError(d.t, d.try(statement, args...))
}

func (d db) try(statement string, args ...any) error {
	conn, err := pgx.Connect(context.Background(), d.url)
	if err != nil {
		return err
	}
	defer conn.Close(context.Background())
	_, err = conn.Exec(context.Background(), statement, args...)
	return err
}

// value reads one value beside the store.
func value[T any](d db, query string, args ...any) T {
	d.t.Helper()
	conn, err := pgx.Connect(d.t.Context(), d.url)
	require.NoError(d.t, err)
	defer conn.Close(context.Background())
	var v T
	require.NoError(d.t, conn.QueryRow(d.t.Context(), query, args...).Scan(&v))
	return v
}

func id() string { return uuid.Must(uuid.NewV7()).String() }

func hash(content string) string {
	sum := sha256.Sum256([]byte(content))
	return hex.EncodeToString(sum[:])
}

func (d db) user(changes ...func(*models.User)) models.User {
	d.t.Helper()
	u := models.User{
		ID: id(), Name: "Ada", Role: models.RoleUser, Status: models.StatusActive,
		PasswordHash: "$argon2id$", QuotaBytes: 1 << 30, QuotaFiles: 1000,
	}
	u.Email = u.ID + "@example.com"
	for _, c := range changes {
		c(&u)
	}
	require.NoError(d.t, d.CreateUser(d.t.Context(), u))
	return u
}

func admin(u *models.User) { u.Role = models.RoleAdmin }

func mine(owner models.User) models.Scope { return models.Scope{OwnerID: owner.ID} }

var anyone = models.Scope{Any: true}

// accepted makes an upload in processing with these contents.
func (d db) accepted(owner models.User, content string, target ...string) models.Upload {
	d.t.Helper()
	n := models.NewUpload{ID: id(), OwnerID: owner.ID, Name: content + ".jpg", Reserve: 1000, MaxOpen: 100}
	if len(target) > 0 {
		n.TargetFileID = &target[0]
	}
	_, created, err := d.CreateUpload(d.t.Context(), n)
	require.NoError(d.t, err)
	require.True(d.t, created)
	up, err := d.AcceptUpload(d.t.Context(), n.ID, 1000, hash(content), "image/jpeg")
	require.NoError(d.t, err)
	return up
}

// blobOf is what compressing an upload would give: 600 bytes in three variants.
func blobOf(up models.Upload) models.Blob {
	b := models.Blob{
		ID: up.ID, SHA256: up.SHA256, Settings: settings, OriginalSize: up.Size, MIMEType: "image/webp",
		Width: 40, Height: 30, Thumbhash: []byte{1, 2, 3}, PHash: 1<<63 + 5, Message: "smaller",
	}
	for i, name := range []string{models.VariantFull, models.VariantPreview, models.VariantThumb} {
		b.Variants = append(b.Variants, models.Variant{
			Name: name, Key: "blobs/" + up.ID + "/" + name, MIMEType: "image/webp",
			Size: int64(300 - 100*i), Width: 40, Height: 30, SHA256: hash(name),
		})
	}
	return b
}

// carry takes an upload through what its workflow does to the rows, waiting
// for its claim as the workflow would.
func (d db) carry(ctx context.Context, up models.Upload) (models.VersionResult, error) {
	claim, err := d.ClaimContent(ctx, up.ID, up.OwnerID, up.SHA256)
	for err == nil && claim.HeldBy != "" {
		select {
		case <-ctx.Done():
			return models.VersionResult{}, ctx.Err()
		case <-time.After(2 * time.Millisecond):
		}
		claim, err = d.ClaimContent(ctx, up.ID, up.OwnerID, up.SHA256)
	}
	if err != nil {
		return models.VersionResult{}, err
	}
	if claim.BlobID == "" {
		if _, err := d.AdoptBlob(ctx, up.ID, blobOf(up)); err != nil {
			return models.VersionResult{}, err
		}
	}
	res, err := d.CreateVersion(ctx, up.ID)
	if err != nil {
		return res, err
	}
	return res, d.FinishUpload(ctx, finish(up, models.UploadDone))
}

func finish(up models.Upload, state models.UploadState) models.Finish {
	f := models.Finish{UploadID: up.ID, State: state, Percent: 50, Seq: 20 * models.SeqStride, Steps: models.NewSteps()}
	switch state {
	case models.UploadRejected:
		f.Rejection = models.Reject(models.RejectInfected, "A virus.")
		f.Rejection.Signature = "Eicar"
	case models.UploadFailed:
		f.Reason = "Nobody came."
	case models.UploadReceiving, models.UploadProcessing, models.UploadStalled, models.UploadDone, models.UploadCanceled:
	}
	return f
}

// stored makes a file with these contents, all the way.
func (d db) stored(owner models.User, content string, target ...string) models.VersionResult {
	d.t.Helper()
	res, err := d.carry(d.t.Context(), d.accepted(owner, content, target...))
	require.NoError(d.t, err)
	return res
}

// atOnce runs work n times, all released together, and gives the errors.
func atOnce(n int, work func(i int) error) []error {
	errs, begin := make([]error, n), make(chan struct{})
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			<-begin
			errs[i] = work(i)
		})
	}
	close(begin)
	wg.Wait()
	return errs
}

func requireAll(t *testing.T, errs []error) {
	t.Helper()
	for i, err := range errs {
		require.NoError(t, err, "call %d", i)
	}
}

// raw is a connection beside the store, for tests that need its transactions.
func (d db) raw() *pgx.Conn {
	d.t.Helper()
	conn, err := pgx.Connect(d.t.Context(), d.url)
	require.NoError(d.t, err)
	d.t.Cleanup(func() { require.NoError(d.t, conn.Close(context.Background())) })
	return conn
}
