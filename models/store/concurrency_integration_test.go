//go:build integration

package store_test

import (
	"context"
	"errors"
	"fmt"
	"sort"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"safelight/models"
)

func TestSameBytesByOneOwnerAreOneFile(t *testing.T) {
	t.Parallel()
	d := open(t)
	owner := d.user()
	ups := make([]models.Upload, 20)
	for i := range ups {
		ups[i] = d.accepted(owner, "cat")
	}
	results := make([]models.VersionResult, len(ups))
	requireAll(t, atOnce(len(ups), func(i int) (err error) {
		results[i], err = d.carry(t.Context(), ups[i])
		return err
	}))
	count := map[models.Outcome]int{}
	for _, r := range results {
		count[r.Outcome]++
		require.Equal(t, results[0].FileID, r.FileID)
		require.Equal(t, 1, r.VersionNumber)
	}
	require.Equal(t, map[models.Outcome]int{models.OutcomeCreated: 1, models.OutcomeDuplicate: 19}, count)
	require.Equal(t, 1, value[int](d, `SELECT count(*) FROM blobs`))
	require.Equal(t, 1, value[int](d, `SELECT count(*) FROM versions`))
	require.Equal(t, 20, value[int](d, `SELECT count(*) FROM notifications`))
	require.Zero(t, value[int](d, `SELECT count(*) FROM claims`))
	require.Zero(t, value[int](d, `SELECT count(*) FROM uploads WHERE reserved_bytes > 0 OR blob_id IS NOT NULL`))
}

func TestSameBytesByTenOwnersAreOneBlob(t *testing.T) {
	t.Parallel()
	d := open(t)
	ups := make([]models.Upload, 10)
	for i := range ups {
		ups[i] = d.accepted(d.user(), "cat")
	}
	requireAll(t, atOnce(len(ups), func(i int) error {
		res, err := d.carry(t.Context(), ups[i])
		if err == nil && (res.Outcome != models.OutcomeCreated || res.StoredSize != 300) {
			return fmt.Errorf("%+v", res)
		}
		return err
	}))
	require.Equal(t, 10, value[int](d, `SELECT count(*) FROM files`))
	require.Equal(t, 1, value[int](d, `SELECT count(*) FROM blobs`))
	require.Equal(t, 3, value[int](d, `SELECT count(*) FROM blob_variants`))
	require.True(t, value[bool](d, `SELECT unreferenced_since IS NULL FROM blobs`))
}

func TestVersionsOfOneFileAreNumberedWithoutAGap(t *testing.T) {
	t.Parallel()
	d := open(t)
	owner := d.user()
	file := d.stored(owner, "first").FileID
	const n = 20
	ups := make([]models.Upload, n)
	for i := range ups {
		ups[i] = d.accepted(owner, fmt.Sprintf("take %d", i), file)
	}
	numbers := make([]int, n)
	requireAll(t, atOnce(n, func(i int) error {
		res, err := d.carry(t.Context(), ups[i])
		numbers[i] = res.VersionNumber
		return err
	}))
	sort.Ints(numbers)
	for i, got := range numbers {
		require.Equal(t, i+2, got)
	}
	f, err := d.FileByID(t.Context(), mine(owner), file)
	require.NoError(t, err)
	require.Equal(t, n+1, f.CurrentVersion)
	require.Equal(t, n+1, f.VersionCount)
}

func TestQuotaHoldsAtItsEdge(t *testing.T) {
	t.Parallel()
	d := open(t)
	owner := d.user(func(u *models.User) { u.QuotaBytes = 10_500 })
	var mu sync.Mutex
	count := map[string]int{}
	requireAll(t, atOnce(50, func(int) error {
		_, created, err := d.CreateUpload(t.Context(), models.NewUpload{
			ID: id(), OwnerID: owner.ID, Name: "x", Reserve: 1000, MaxOpen: 100,
		})
		mu.Lock()
		defer mu.Unlock()
		switch {
		case created && err == nil:
			count["created"]++
		case !created && errors.Is(err, models.ErrQuotaExceeded):
			count["refused"]++
		default:
			return fmt.Errorf("created %t, %w", created, err)
		}
		return nil
	}))
	require.Equal(t, map[string]int{"created": 10, "refused": 40}, count)
}

func TestManyOpenUploadsAreBounded(t *testing.T) {
	t.Parallel()
	d := open(t)
	owner := d.user()
	errs := atOnce(20, func(int) error {
		_, _, err := d.CreateUpload(t.Context(), models.NewUpload{ID: id(), OwnerID: owner.ID, Name: "x", MaxOpen: 4})
		return err
	})
	refused := 0
	for _, err := range errs {
		if err != nil {
			require.ErrorIs(t, err, models.ErrTooManyUploads)
			refused++
		}
	}
	require.Equal(t, 16, refused)
}

func TestIdempotencyKeyMakesOneUpload(t *testing.T) {
	t.Parallel()
	d := open(t)
	owner, key := d.user(), "the key"
	ids, created := make([]string, 10), make([]bool, 10)
	requireAll(t, atOnce(10, func(i int) error {
		up, c, err := d.CreateUpload(t.Context(), models.NewUpload{
			ID: id(), OwnerID: owner.ID, Name: "x", MaxOpen: 100, IdempotencyKey: &key,
		})
		ids[i], created[i] = up.ID, c
		return err
	}))
	made := 0
	for i := range ids {
		require.Equal(t, ids[0], ids[i])
		if created[i] {
			made++
		}
	}
	require.Equal(t, 1, made)
	// The same key of another user is another key.
	_, c, err := d.CreateUpload(t.Context(), models.NewUpload{ID: id(), OwnerID: d.user().ID, Name: "x", MaxOpen: 1, IdempotencyKey: &key})
	require.NoError(t, err)
	require.True(t, c)
}

// Blobs are collected all the time while uploads of the same few contents come
// and files go: no version may lose its blob, and nothing may fail.
func TestCollectingNeverBreaksAVersion(t *testing.T) {
	t.Parallel()
	d := open(t)
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	owners := make([]models.User, 4)
	for i := range owners {
		owners[i] = d.user()
	}
	working, collected := true, 0
	var mu sync.Mutex
	still := func() bool { mu.Lock(); defer mu.Unlock(); return working }
	collector := make(chan error, 1)
	go func() {
		for still() {
			ids, err := d.CollectBlobs(ctx, time.Now().Add(time.Hour), 100)
			if err != nil {
				collector <- err
				return
			}
			collected += len(ids)
		}
		collector <- nil
	}()
	errs := atOnce(len(owners), func(i int) error {
		for n := range 40 {
			res, err := d.carry(ctx, d.accepted(owners[i], fmt.Sprintf("picture %d", n%3)))
			if err != nil {
				return fmt.Errorf("carry: %w", err)
			}
			v, err := d.VersionByNumber(ctx, mine(owners[i]), res.FileID, res.VersionNumber)
			if err != nil || len(v.Blob.Variants) != 3 {
				return fmt.Errorf("version %+v: %w", v, err)
			}
			if n%2 == 1 {
				if err := d.DeleteFile(ctx, models.Actor{}, mine(owners[i]), res.FileID); err != nil {
					return fmt.Errorf("delete: %w", err)
				}
			}
		}
		return nil
	})
	mu.Lock()
	working = false
	mu.Unlock()
	requireAll(t, errs)
	require.NoError(t, <-collector)
	require.Positive(t, collected, "the collector must have had something to do")
	// What goes last on both sides is marked, however they met.
	for _, o := range owners {
		p, err := d.ListFiles(ctx, models.FileFilter{Scope: mine(o), Limit: 200})
		require.NoError(t, err)
		for _, f := range p.Items {
			require.NoError(t, d.DeleteFile(ctx, models.Actor{}, mine(o), f.ID))
		}
	}
	_, err := d.CollectBlobs(ctx, time.Now().Add(time.Hour), 1000)
	require.NoError(t, err)
	require.Zero(t, value[int](d, `SELECT count(*) FROM blobs`))
}

// Two files of one blob that go at the same moment must leave it marked for
// collection, or it would stay for ever.
func TestLastTwoVersionsGoingAtOnceFreeTheBlob(t *testing.T) {
	t.Parallel()
	d := open(t)
	a, b := d.user(), d.user()
	for n := range 25 {
		content := fmt.Sprintf("shared %d", n)
		fa, fb := d.stored(a, content).FileID, d.stored(b, content).FileID
		requireAll(t, atOnce(2, func(i int) error {
			if i == 0 {
				return d.DeleteFile(t.Context(), models.Actor{}, mine(a), fa)
			}
			return d.DeleteFile(t.Context(), models.Actor{}, mine(b), fb)
		}))
	}
	require.Zero(t, value[int](d, `SELECT count(*) FROM blobs WHERE unreferenced_since IS NULL`))
}

func TestEachStepTwiceAtOnceIsOnce(t *testing.T) {
	t.Parallel()
	d := open(t)
	owner := d.user()
	up := d.accepted(owner, "cat")
	claims := make([]models.Claim, 5)
	requireAll(t, atOnce(5, func(i int) (err error) {
		claims[i], err = d.ClaimContent(t.Context(), up.ID, owner.ID, up.SHA256)
		return err
	}))
	for _, c := range claims {
		require.Equal(t, models.Claim{}, c)
	}
	blobs := make([]models.Blob, 5)
	requireAll(t, atOnce(5, func(i int) (err error) {
		blobs[i], err = d.AdoptBlob(t.Context(), up.ID, blobOf(up))
		return err
	}))
	for _, b := range blobs {
		require.Equal(t, blobs[0], b)
	}
	results := make([]models.VersionResult, 5)
	requireAll(t, atOnce(5, func(i int) (err error) {
		results[i], err = d.CreateVersion(t.Context(), up.ID)
		return err
	}))
	for _, r := range results {
		require.Equal(t, results[0], r)
	}
	requireAll(t, atOnce(5, func(int) error { return d.FinishUpload(t.Context(), finish(up, models.UploadDone)) }))
	require.Equal(t, 1, value[int](d, `SELECT count(*) FROM files`))
	require.Equal(t, 1, value[int](d, `SELECT count(*) FROM notifications`))
	again, err := d.CreateVersion(t.Context(), up.ID)
	require.NoError(t, err)
	require.Equal(t, results[0], again)
}

// A reader who goes on from the highest number seen must not miss one that was
// numbered before but committed after.
func TestNotificationNumbersAppearInOrder(t *testing.T) {
	t.Parallel()
	d := open(t)
	owner := d.user()
	ups := make([]models.Upload, 40)
	for i := range ups {
		ups[i] = d.accepted(owner, fmt.Sprint(i))
	}
	done := make(chan struct{})
	seen, last := 0, int64(0)
	var reading sync.WaitGroup
	var readErr error
	reading.Go(func() {
		for {
			finished := false
			select {
			case <-done:
				finished = true
			default:
			}
			batch, err := d.NotificationsSince(t.Context(), owner.ID, last, 100)
			if err != nil {
				readErr = err
				return
			}
			for _, n := range batch {
				seen, last = seen+1, n.Seq
			}
			if finished {
				return
			}
		}
	})
	requireAll(t, atOnce(len(ups), func(i int) error { return d.FinishUpload(t.Context(), finish(ups[i], models.UploadFailed)) }))
	close(done)
	reading.Wait()
	require.NoError(t, readErr)
	require.Equal(t, len(ups), seen)
	top, err := d.LastNotificationSeq(t.Context(), owner.ID)
	require.NoError(t, err)
	require.Equal(t, last, top)
}

func TestRefreshTokenUsedTwiceEndsItsFamily(t *testing.T) {
	t.Parallel()
	d := open(t)
	u := d.user()
	se := models.Session{ID: id(), UserID: u.ID, TokenHash: []byte("token 0"), ExpiresAt: time.Now().Add(time.Hour)}
	require.NoError(t, d.CreateSession(t.Context(), se, u.PasswordHash))
	won := make([]bool, 10)
	for i, err := range atOnce(10, func(i int) error {
		_, got, err := d.RotateSession(t.Context(), []byte("token 0"), fmt.Appendf(nil, "token 1.%d", i), time.Hour)
		won[i] = err == nil && got.ID == se.ID
		return err
	}) {
		if err != nil {
			require.ErrorIs(t, err, models.ErrUnauthenticated, "call %d", i)
		}
	}
	winners := 0
	for i, w := range won {
		if w {
			winners++
			_, _, err := d.RotateSession(t.Context(), fmt.Appendf(nil, "token 1.%d", i), []byte("token 2"), time.Hour)
			require.ErrorIs(t, err, models.ErrUnauthenticated, "the family is revoked, the winner's new token too")
		}
	}
	require.Equal(t, 1, winners)
	_, _, err := d.SessionUser(t.Context(), se.ID, time.Hour)
	require.ErrorIs(t, err, models.ErrUnauthenticated)
}
