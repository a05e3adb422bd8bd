//go:build integration

package store_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"safelight/models"
)

func quotaOf(bytes, files int64) func(*models.User) {
	return func(u *models.User) { u.QuotaBytes, u.QuotaFiles = bytes, files }
}

// small begins and accepts an upload of size bytes, of which blobOf makes 600.
func (d db) small(owner models.User, content string, size int64, target ...string) models.Upload {
	d.t.Helper()
	n := models.NewUpload{ID: id(), OwnerID: owner.ID, Name: content, Reserve: size, MaxOpen: 100}
	if len(target) > 0 {
		n.TargetFileID = &target[0]
	}
	_, _, err := d.CreateUpload(d.t.Context(), n)
	require.NoError(d.t, err)
	up, err := d.AcceptUpload(d.t.Context(), n.ID, size, hash(content), "image/jpeg")
	require.NoError(d.t, err)
	return up
}

// used is what an owner's versions take up.
func (d db) used(owner models.User) int64 {
	d.t.Helper()
	u, err := d.UserByID(d.t.Context(), owner.ID)
	require.NoError(d.t, err)
	return u.UsedBytes
}

// What becomes more than it came in as has to fit when it becomes a version.
func TestAVersionThatGrewWaitsForRoom(t *testing.T) {
	t.Parallel()
	d := open(t)
	owner := d.user(quotaOf(599, 10))
	for i, target := range [][]string{nil, {d.stored(d.user(), "somebody else's").FileID}} {
		if i > 0 { // as the next version of a file
			d.sql(`UPDATE users SET quota_bytes = 600 + 599 WHERE id = $1`, owner.ID)
			target = []string{value[string](d, `SELECT id::text FROM files WHERE owner_id = $1`, owner.ID)}
		}
		up := d.small(owner, fmt.Sprint("grows ", i), 100, target...)
		for range 2 {
			_, err := d.carry(t.Context(), up)
			require.ErrorIs(t, err, models.ErrQuotaExceeded)
			now, err := d.UploadByID(t.Context(), mine(owner), up.ID)
			require.NoError(t, err)
			require.Equal(t, models.UploadProcessing, now.State, "it is not lost")
			require.Nil(t, now.Outcome)
		}
		require.EqualValues(t, 600*i, d.used(owner))
		d.sql(`UPDATE users SET quota_bytes = quota_bytes + 1 WHERE id = $1`, owner.ID)
		res, err := d.carry(t.Context(), up)
		require.NoError(t, err)
		require.Equal(t, i+1, res.VersionNumber)
	}
}

func TestVersionsThatGrewNeverExceedTheQuotaTogether(t *testing.T) {
	t.Parallel()
	d := open(t)
	const ups = 20
	owner := d.user(quotaOf(3050, 100))
	uploads := make([]models.Upload, ups)
	for i := range uploads {
		uploads[i] = d.small(owner, fmt.Sprint(i), 100)
	}
	made := 0
	for _, err := range atOnce(ups, func(i int) error {
		_, err := d.carry(t.Context(), uploads[i])
		return err
	}) {
		if err == nil {
			made++
			continue
		}
		require.ErrorIs(t, err, models.ErrQuotaExceeded)
	}
	require.Equal(t, 2, made, "2 versions of 600 and 18 reserved 100 are 3000")
	require.EqualValues(t, 1200, d.used(owner))
	// What gives up lets go of what it held.
	for _, up := range uploads {
		require.NoError(t, d.FinishUpload(t.Context(), finish(up, models.UploadFailed)))
	}
	_, _, err := d.receiving(owner, 3050-1200, 9)
	require.NoError(t, err)
}

func TestTheNumberOfFilesHoldsAtItsEdge(t *testing.T) {
	t.Parallel()
	d := open(t)
	owner := d.user(quotaOf(1<<30, 10))
	var mu sync.Mutex
	var made []models.Upload
	for _, err := range atOnce(50, func(i int) error {
		up, _, err := d.receiving(owner, 1000, 100)
		if err == nil {
			mu.Lock()
			defer mu.Unlock()
			up.SHA256 = hash(fmt.Sprint(i))
			made = append(made, up)
		}
		return err
	}) {
		if err != nil {
			require.ErrorIs(t, err, models.ErrQuotaExceeded)
		}
	}
	require.Len(t, made, 10)
	requireAll(t, atOnce(len(made), func(i int) error {
		up, err := d.AcceptUpload(t.Context(), made[i].ID, 1000, made[i].SHA256, "image/jpeg")
		if err != nil {
			return err
		}
		_, err = d.carry(t.Context(), up)
		return err
	}))
	u, err := d.UserByID(t.Context(), owner.ID)
	require.NoError(t, err)
	require.EqualValues(t, 10, u.UsedFiles)

	// The trash counts; what is gone for good does not.
	file := value[string](d, `SELECT id::text FROM files WHERE owner_id = $1 LIMIT 1`, owner.ID)
	_, err = d.TrashFile(t.Context(), mine(owner), file)
	require.NoError(t, err)
	_, _, err = d.receiving(owner, 1, 9)
	require.ErrorIs(t, err, models.ErrQuotaExceeded)
	require.NoError(t, d.DeleteFile(t.Context(), models.Actor{}, mine(owner), file))
	up, _, err := d.receiving(owner, 1, 9)
	require.NoError(t, err)
	require.NoError(t, d.DropUpload(t.Context(), up.ID))
}

// A version needs no place among the files, but takes the one of its file if
// that is deleted meanwhile.
func TestAFileThatGoesGivesItsPlaceToItsNextVersion(t *testing.T) {
	t.Parallel()
	d := open(t)
	owner := d.user(quotaOf(1<<30, 2))
	kept, gone := d.stored(owner, "kept").FileID, d.stored(owner, "gone").FileID
	next := d.accepted(owner, "next", gone)
	_, _, err := d.CreateUpload(t.Context(), models.NewUpload{ID: id(), OwnerID: owner.ID, Name: "x", TargetFileID: &gone, MaxOpen: 9})
	require.ErrorIs(t, err, models.ErrQuotaExceeded, "two of the same file would be two files if it goes")
	other := d.accepted(owner, "other", kept)

	require.NoError(t, d.DeleteFile(t.Context(), models.Actor{}, mine(owner), gone))
	_, _, err = d.receiving(owner, 1, 9)
	require.ErrorIs(t, err, models.ErrQuotaExceeded, "its place is taken")
	res, err := d.carry(t.Context(), next)
	require.NoError(t, err)
	require.Equal(t, models.OutcomeCreated, res.Outcome)
	res, err = d.carry(t.Context(), other)
	require.NoError(t, err)
	require.Equal(t, kept, res.FileID)
	require.Equal(t, 2, value[int](d, `SELECT count(*) FROM files WHERE owner_id = $1`, owner.ID))
}

func TestALateUploadHasLostItsPlaceAmongTheFiles(t *testing.T) {
	t.Parallel()
	d := open(t)
	owner := d.user(quotaOf(1<<30, 1))
	late, _, err := d.receiving(owner, 1000, 9)
	require.NoError(t, err)
	d.quiet(dead, late.ID)
	taker, _, err := d.receiving(owner, 1000, 9)
	require.NoError(t, err)
	_, err = d.AcceptUpload(t.Context(), late.ID, 1000, hash("late"), "image/jpeg")
	require.ErrorIs(t, err, models.ErrQuotaExceeded)
	require.NoError(t, d.DropUpload(t.Context(), taker.ID))
	_, err = d.AcceptUpload(t.Context(), late.ID, 1000, hash("late"), "image/jpeg")
	require.NoError(t, err)
}

func TestAnOriginalThatIsKeptReservesItsOwnBytes(t *testing.T) {
	t.Parallel()
	d := open(t)
	owner := d.user(quotaOf(4000, 10))
	begin := func(size int64, announced bool) (models.Upload, error) {
		n := models.NewUpload{ID: id(), OwnerID: owner.ID, Name: "n", MaxOpen: 9, KeepsOriginal: true}
		if announced {
			n.Reserve = 2 * size
		}
		if _, _, err := d.CreateUpload(t.Context(), n); err != nil {
			return models.Upload{}, err
		}
		return d.AcceptUpload(t.Context(), n.ID, size, hash(n.ID), "image/jpeg")
	}
	up, err := begin(1000, true)
	require.NoError(t, err)
	require.EqualValues(t, 2000, value[int64](d, `SELECT reserved_bytes FROM uploads WHERE id = $1`, up.ID))
	_, err = begin(1001, true)
	require.ErrorIs(t, err, models.ErrQuotaExceeded)
	_, err = begin(1001, false)
	require.ErrorIs(t, err, models.ErrQuotaExceeded)
	_, err = begin(1000, false)
	require.NoError(t, err)
	require.EqualValues(t, 4000, value[int64](d, `SELECT sum(reserved_bytes) FROM uploads WHERE state = 'processing'`))
}

func TestRestoringIsRefusedOverTheQuota(t *testing.T) {
	t.Parallel()
	d := open(t)
	owner := d.user()
	file, kept := d.stored(owner, "a").FileID, d.stored(owner, "b").FileID
	d.sql(`UPDATE users SET quota_bytes = 1200, quota_files = 2`)
	_, err := d.TrashFile(t.Context(), mine(owner), file)
	require.NoError(t, err)
	for _, lowered := range []string{`quota_bytes = 1199`, `quota_files = 1`} {
		d.sql(`UPDATE users SET ` + lowered)
		_, err := d.RestoreFile(t.Context(), mine(owner), file)
		require.ErrorIs(t, err, models.ErrQuotaExceeded, lowered)
		_, err = d.RestoreFile(t.Context(), mine(owner), kept)
		require.NoError(t, err, "what is not in the trash stays so")
		d.sql(`UPDATE users SET quota_bytes = 1200, quota_files = 2`)
	}
	f, err := d.RestoreFile(t.Context(), mine(owner), file)
	require.NoError(t, err)
	require.Nil(t, f.TrashedAt)
}

// Everything that takes or frees a part of the quota, all at once, while an
// onlooker counts.
func TestTheQuotaIsNeverExceededWhateverComesAtOnce(t *testing.T) {
	t.Parallel()
	d := open(t)
	owner := d.user(quotaOf(6000, 8))
	ctx, stop := context.WithCancel(t.Context())
	looked := make(chan error, 1)
	looks := 0
	go func() {
		for ctx.Err() == nil {
			u, err := d.UserByID(context.WithoutCancel(ctx), owner.ID)
			if err == nil && (u.UsedBytes > 6000 || u.UsedFiles > 8) {
				err = fmt.Errorf("%d bytes in %d files", u.UsedBytes, u.UsedFiles)
			}
			if err != nil {
				looked <- err
				return
			}
			looks++
		}
		looked <- nil
	}()
	done := 0
	var mu sync.Mutex
	requireAll(t, atOnce(6, func(worker int) error {
		for n := range 12 {
			res, err := d.oneOfMany(t.Context(), owner, fmt.Sprintf("%d %d", worker, n))
			switch {
			case errors.Is(err, models.ErrQuotaExceeded):
				continue
			case err != nil:
				return err
			}
			mu.Lock()
			done++
			mu.Unlock()
			_, err = d.RestoreVersion(t.Context(), mine(owner), owner.ID, res.FileID, 1)
			if err != nil && !errors.Is(err, models.ErrQuotaExceeded) {
				return err
			}
			if n%2 == 0 {
				if err := d.DeleteFile(t.Context(), models.Actor{}, mine(owner), res.FileID); err != nil {
					return err
				}
			}
		}
		return nil
	}))
	stop()
	require.NoError(t, <-looked)
	require.Positive(t, looks)
	require.Greater(t, done, 8)
}

// oneOfMany takes an upload all the way; one for which there is no room ends.
func (d db) oneOfMany(ctx context.Context, owner models.User, content string) (models.VersionResult, error) {
	n := models.NewUpload{ID: id(), OwnerID: owner.ID, Name: content, Reserve: 100, MaxOpen: 100}
	if _, _, err := d.CreateUpload(ctx, n); err != nil {
		return models.VersionResult{}, err
	}
	up, err := d.AcceptUpload(ctx, n.ID, 100, hash(content), "image/jpeg")
	if err != nil {
		return models.VersionResult{}, err
	}
	res, err := d.carry(ctx, up)
	if errors.Is(err, models.ErrQuotaExceeded) {
		err = errors.Join(err, d.FinishUpload(ctx, finish(up, models.UploadFailed)))
	}
	return res, err
}

func inHours(n int) time.Duration { return time.Duration(n) * time.Hour }
