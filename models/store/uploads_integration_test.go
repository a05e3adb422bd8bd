//go:build integration

package store_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"safelight/models"
)

func TestCreateUploadRefusals(t *testing.T) {
	t.Parallel()
	d := open(t)
	owner, other := d.user(), d.user()
	suspended := d.user(func(u *models.User) { u.Status = models.StatusSuspended })
	poor := d.user(func(u *models.User) { u.QuotaBytes = 1500 })
	file, theirs := d.stored(owner, "a").FileID, d.stored(other, "b").FileID
	trashed := d.stored(owner, "c").FileID
	_, err := d.TrashFile(t.Context(), mine(owner), trashed)
	require.NoError(t, err)
	d.stored(poor, "d") // takes 600
	missing, word := id(), "x"

	for name, c := range map[string]struct {
		owner   string
		target  *string
		reserve int64
		open    int
		want    error
	}{
		"fits":                 {d.user().ID, nil, 10, 1, nil},
		"own file":             {owner.ID, &file, 10, 9, nil},
		"no such file":         {owner.ID, &missing, 10, 9, models.ErrNotFound},
		"not an id":            {owner.ID, &word, 10, 9, models.ErrNotFound},
		"somebody else's file": {owner.ID, &theirs, 10, 9, models.ErrNotFound},
		"file in the trash":    {owner.ID, &trashed, 10, 9, models.ErrFileTrashed},
		"suspended":            {suspended.ID, nil, 10, 9, models.ErrSuspended},
		"no such user":         {id(), nil, 10, 9, models.ErrNotFound},
		"none may be open":     {other.ID, nil, 10, 0, models.ErrTooManyUploads},
		"just too much":        {poor.ID, nil, 901, 9, models.ErrQuotaExceeded},
	} {
		before := value[int](d, `SELECT count(*) FROM uploads`)
		up, created, err := d.CreateUpload(t.Context(), models.NewUpload{
			ID: id(), OwnerID: c.owner, Name: "n", TargetFileID: c.target, Reserve: c.reserve, MaxOpen: c.open,
		})
		if c.want != nil {
			require.ErrorIs(t, err, c.want, name)
			require.Equal(t, before, value[int](d, `SELECT count(*) FROM uploads`), name)
			continue
		}
		require.NoError(t, err, name)
		require.True(t, created, name)
		require.Equal(t, models.UploadReceiving, up.State)
		read, err := d.UploadByID(t.Context(), anyone, up.ID)
		require.NoError(t, err)
		require.Equal(t, read, up, "what is answered is what is stored")
	}
	_, created, err := d.CreateUpload(t.Context(), models.NewUpload{ID: id(), OwnerID: poor.ID, Name: "n", Reserve: 900, MaxOpen: 1})
	require.NoError(t, err, "to the last byte")
	require.True(t, created)
}

func TestAcceptUpload(t *testing.T) {
	t.Parallel()
	d := open(t)
	owner := d.user(func(u *models.User) { u.QuotaBytes = 5000 })
	begin := func(reserve int64) string {
		up, _, err := d.CreateUpload(t.Context(), models.NewUpload{ID: id(), OwnerID: owner.ID, Name: "n", Reserve: reserve, MaxOpen: 9})
		require.NoError(t, err)
		return up.ID
	}
	a := begin(2000)
	up, err := d.AcceptUpload(t.Context(), a, 1500, hash("a"), "image/png")
	require.NoError(t, err)
	require.Equal(t, models.UploadProcessing, up.State)
	require.Equal(t, int64(models.SeqStride), up.Seq)
	require.Equal(t, int64(1500), up.Size)
	require.Equal(t, int64(1500), value[int64](d, `SELECT reserved_bytes FROM uploads WHERE id = $1`, a))
	_, err = d.AcceptUpload(t.Context(), a, 1500, hash("a"), "image/png")
	require.ErrorIs(t, err, models.ErrConflict, "accepted once")

	b := begin(1000)
	_, err = d.AcceptUpload(t.Context(), b, 3501, hash("b"), "image/png")
	require.ErrorIs(t, err, models.ErrQuotaExceeded, "1500 are taken")
	_, err = d.AcceptUpload(t.Context(), b, 3500, hash("b"), "image/png")
	require.NoError(t, err, "more than reserved, but there is room")

	_, err = d.AcceptUpload(t.Context(), id(), 1, hash("b"), "image/png")
	require.ErrorIs(t, err, models.ErrNotFound)
	_, err = d.AcceptUpload(t.Context(), "x", 1, hash("b"), "image/png")
	require.ErrorIs(t, err, models.ErrNotFound)
}

func TestUploadsThatNeverArrive(t *testing.T) {
	t.Parallel()
	d := open(t)
	owner, other := d.user(), d.user()
	begin := func() string {
		up, _, err := d.CreateUpload(t.Context(), models.NewUpload{ID: id(), OwnerID: owner.ID, Name: "n", Reserve: 5, MaxOpen: 9})
		require.NoError(t, err)
		return up.ID
	}
	dropped := begin()
	require.NoError(t, d.DropUpload(t.Context(), dropped))
	require.NoError(t, d.DropUpload(t.Context(), dropped), "gone is success")
	_, err := d.UploadState(t.Context(), dropped)
	require.ErrorIs(t, err, models.ErrNotFound)

	canceled := begin()
	_, err = d.CancelReceiving(t.Context(), mine(other), canceled)
	require.ErrorIs(t, err, models.ErrNotFound)
	for _, want := range []bool{true, false} {
		ok, err := d.CancelReceiving(t.Context(), mine(owner), canceled)
		require.NoError(t, err)
		require.Equal(t, want, ok)
	}
	_, err = d.AcceptUpload(t.Context(), canceled, 5, hash("x"), "image/png")
	require.ErrorIs(t, err, models.ErrConflict)
	require.NoError(t, d.DropUpload(t.Context(), canceled))
	state, err := d.UploadState(t.Context(), canceled)
	require.NoError(t, err)
	require.Equal(t, models.UploadCanceled, state, "only what is receiving is dropped")

	processing := d.accepted(owner, "p")
	ok, err := d.CancelReceiving(t.Context(), anyone, processing.ID)
	require.NoError(t, err)
	require.False(t, ok)

	abandoned, fresh := begin(), begin()
	d.sql(`ALTER TABLE uploads DISABLE TRIGGER uploads_state_arrows`)
	d.sql(`UPDATE uploads SET updated_at = now() - interval '2 days' WHERE id = ANY ($1)`, []string{abandoned, processing.ID})
	d.sql(`ALTER TABLE uploads ENABLE TRIGGER uploads_state_arrows`)
	ids, err := d.AbandonReceiving(t.Context(), time.Now().Add(-24*time.Hour), 100)
	require.NoError(t, err)
	require.Equal(t, []string{abandoned}, ids)
	up, err := d.UploadByID(t.Context(), anyone, abandoned)
	require.NoError(t, err)
	require.Equal(t, models.UploadFailed, up.State)
	require.NotNil(t, up.FinishedAt)
	state, err = d.UploadState(t.Context(), fresh)
	require.NoError(t, err)
	require.Equal(t, models.UploadReceiving, state)
}

// The trigger and models.UploadState.CanMove allow the same arrows.
func TestStateArrows(t *testing.T) {
	t.Parallel()
	d := open(t)
	owner := d.user()
	conn := d.raw()
	for _, from := range models.UploadStates() {
		for _, to := range models.UploadStates() {
			tx, err := conn.Begin(t.Context())
			require.NoError(t, err)
			_, err = tx.Exec(t.Context(), `
				INSERT INTO uploads (id, owner_id, name, size, sha256, mime_type, state, outcome, rejection_code, finished_at)
				VALUES ($1, $2, 'n', 1, $3, 'image/png', $4, 'created',
				        CASE WHEN $4 = 'rejected' THEN 'corrupt' END, CASE WHEN $5 THEN now() END)`,
				id(), owner.ID, hash("x"), string(from), from.Final())
			require.NoError(t, err)
			_, err = tx.Exec(t.Context(), `
				UPDATE uploads SET state = $1, rejection_code = CASE WHEN $1 = 'rejected' THEN 'corrupt' END,
				       finished_at = CASE WHEN $2 THEN now() END`, string(to), to.Final())
			if from == to || from.CanMove(to) {
				require.NoError(t, err, "%s to %s", from, to)
			} else {
				require.ErrorContains(t, err, "cannot go from", "%s to %s", from, to)
			}
			require.NoError(t, tx.Rollback(t.Context()))
		}
	}
}

func TestInvariantsAreTheSchemas(t *testing.T) {
	t.Parallel()
	d := open(t)
	owner := d.user()
	res := d.stored(owner, "a")
	d.stored(owner, "b", res.FileID)
	for what, statement := range map[string]string{
		"seq falls":             `UPDATE uploads SET seq = 0`,
		"outcome changes":       `UPDATE uploads SET outcome = 'duplicate'`,
		"done without outcome":  `INSERT INTO uploads (id, owner_id, name, size, sha256, mime_type, state, finished_at) SELECT gen_random_uuid(), owner_id, 'n', 1, sha256, 'm', 'done', now() FROM uploads LIMIT 1`,
		"a gap in the numbers":  `INSERT INTO versions (id, file_id, owner_id, number, blob_id, sha256, stored_bytes, created_by) SELECT gen_random_uuid(), file_id, owner_id, 4, blob_id, sha256, 1, created_by FROM versions LIMIT 1`,
		"a number twice":        `INSERT INTO versions (id, file_id, owner_id, number, blob_id, sha256, stored_bytes, created_by) SELECT gen_random_uuid(), file_id, owner_id, 2, blob_id, sha256, 1, created_by FROM versions LIMIT 1`,
		"current one goes":      `DELETE FROM versions WHERE number = 2`,
		"a used blob goes":      `DELETE FROM blobs`,
		"the same bytes twice":  `INSERT INTO blobs (id, sha256, settings, original_size, mime_type, width, height, thumbhash, phash) SELECT gen_random_uuid(), sha256, settings, 1, 'm', 1, 1, '', 0 FROM blobs`,
		"two versions for one":  `UPDATE versions SET upload_id = (SELECT upload_id FROM versions WHERE number = 1)`,
		"upper case in e-mail":  `UPDATE users SET email = 'A@example.com'`,
		"a file without a size": `UPDATE files SET size = 0`,
	} {
		require.Error(t, d.try(statement), what)
	}
}

func TestUnstartedUploads(t *testing.T) {
	t.Parallel()
	d := open(t)
	owner := d.user()
	unbegun, recent, begun, silent := d.accepted(owner, "a"), d.accepted(owner, "b"), d.accepted(owner, "c"), d.accepted(owner, "d")
	for _, up := range []models.Upload{begun, silent} {
		require.NoError(t, d.Announce(t.Context(), mark(up, models.StepScan, 2*models.SeqStride), "begin"))
	}
	ended := d.accepted(owner, "e")
	require.NoError(t, d.FinishUpload(t.Context(), finish(ended, models.UploadFailed)))
	age := func(by string, ups ...models.Upload) {
		d.sql(`ALTER TABLE uploads DISABLE TRIGGER uploads_state_arrows`)
		for _, up := range ups {
			d.sql(`UPDATE uploads SET updated_at = now() - $1::interval WHERE id = $2`, by, up.ID)
		}
		d.sql(`ALTER TABLE uploads ENABLE TRIGGER uploads_state_arrows`)
	}
	age("1 minute", unbegun, begun)
	age("1 hour", silent, ended)
	list := func() (ids []string) {
		ups, err := d.UnstartedUploads(t.Context(), 15*time.Second, 10*time.Minute, 100)
		require.NoError(t, err)
		for _, up := range ups {
			ids = append(ids, up.ID)
		}
		return ids
	}
	require.Equal(t, []string{unbegun.ID, silent.ID}, list(), "oldest first")
	require.Equal(t, []string{unbegun.ID}, list(), "the silent one waits for another silence")
	age("1 hour", unbegun, silent)
	require.Equal(t, []string{unbegun.ID, silent.ID}, list())
	require.Equal(t, []string{unbegun.ID}, list())
	require.NotContains(t, list(), recent.ID)
	ups, err := d.UnstartedUploads(t.Context(), 0, 0, 1)
	require.NoError(t, err)
	require.Len(t, ups, 1)
	require.Equal(t, unbegun.ID, ups[0].ID)
	require.Equal(t, unbegun.SHA256, ups[0].SHA256)
}

func TestUploadLists(t *testing.T) {
	t.Parallel()
	d := open(t)
	owner, other := d.user(), d.user()
	var want []string
	for i := range 7 {
		up := d.accepted(owner, fmt.Sprint(i))
		want = append(want, up.ID)
		if i < 2 {
			require.NoError(t, d.FinishUpload(t.Context(), finish(up, models.UploadCanceled)))
		}
	}
	d.accepted(other, "theirs")
	slices.Reverse(want)
	ids := func(f models.UploadFilter) (ids []string) {
		for {
			p, err := d.ListUploads(t.Context(), f)
			require.NoError(t, err)
			require.LessOrEqual(t, len(p.Items), f.Limit)
			for _, up := range p.Items {
				ids = append(ids, up.ID)
			}
			if p.Next == "" {
				return ids
			}
			f.Cursor = p.Next
		}
	}
	require.Equal(t, want, ids(models.UploadFilter{Scope: mine(owner), Limit: 3}))
	require.Equal(t, want, ids(models.UploadFilter{Scope: mine(owner), Limit: 7}))
	require.Equal(t, want[5:], ids(models.UploadFilter{Scope: mine(owner), State: models.UploadCanceled, Limit: 1}))
	require.Len(t, ids(models.UploadFilter{Scope: anyone, Limit: 2}), 8)
}

func TestOpenUploadsInPages(t *testing.T) {
	t.Parallel()
	d := open(t)
	owner, other := d.user(), d.user()
	var want []string
	for i := range 7 {
		up := d.accepted(owner, fmt.Sprint(i))
		if i%3 == 0 {
			require.NoError(t, d.FinishUpload(t.Context(), finish(up, models.UploadCanceled)))
			continue
		}
		want = append(want, up.ID)
	}
	d.sql(`UPDATE uploads SET created_at = (SELECT min(created_at) FROM uploads)`) // ids tell them apart
	d.accepted(other, "theirs")
	slices.Reverse(want)
	for limit := 1; limit <= 5; limit++ {
		var got []string
		cursor := ""
		for {
			p, err := d.OpenUploads(t.Context(), owner.ID, cursor, limit)
			require.NoError(t, err)
			require.LessOrEqual(t, len(p.Items), limit)
			for _, up := range p.Items {
				got = append(got, up.ID)
			}
			if cursor = p.Next; cursor == "" {
				break
			}
		}
		require.Equal(t, want, got, "limit %d", limit)
	}
	p, err := d.OpenUploads(t.Context(), owner.ID, "", 1)
	require.NoError(t, err)
	_, err = d.OpenUploads(t.Context(), other.ID, p.Next, 1)
	require.ErrorIs(t, err, models.ErrBadCursor)
	_, err = d.OpenUploads(t.Context(), owner.ID, "x", 1)
	require.ErrorIs(t, err, models.ErrBadCursor)
	_, err = d.OpenUploads(t.Context(), "x", "", 1)
	require.ErrorIs(t, err, models.ErrNotFound)
}
