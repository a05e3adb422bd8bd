//go:build integration

package store_test

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"safelight/models"
)

func TestChangeManyFiles(t *testing.T) {
	t.Parallel()
	d := open(t)
	owner, other, boss := d.user(), d.user(), d.user(admin)
	a, b, theirs := d.stored(owner, "a").FileID, d.stored(owner, "b").FileID, d.stored(other, "c").FileID
	all := []string{a, strings.ToUpper(b), theirs, id(), "no id", ""}
	change := func(by models.User, scope models.Scope, action models.FileAction, ids []string) map[string]error {
		t.Helper()
		refused, err := d.ChangeFiles(t.Context(), models.Actor{UserID: by.ID, Email: by.Email, IP: "10.1.2.3", RequestID: "r-1"}, scope, action, ids)
		require.NoError(t, err)
		for _, err := range refused {
			require.ErrorIs(t, err, models.ErrNotFound)
		}
		return refused
	}
	for range 2 { // twice is once
		refused := change(owner, mine(owner), models.FileTrash, all)
		require.Len(t, refused, 4)
		require.NotContains(t, refused, a)
		require.NotContains(t, refused, all[1])
	}
	require.Equal(t, 2, value[int](d, `SELECT count(*) FROM files WHERE trashed_at IS NOT NULL`))
	change(owner, mine(owner), models.FileRestore, all)
	require.Zero(t, value[int](d, `SELECT count(*) FROM files WHERE trashed_at IS NOT NULL`))

	require.Len(t, change(owner, mine(owner), models.FileDelete, all), 4)
	require.Zero(t, value[int](d, `SELECT count(*) FROM audit_log`), "one's own need no audit")
	d.stored(boss, "the admin's own")
	own := value[string](d, `SELECT id::text FROM files WHERE owner_id = $1`, boss.ID)
	require.Empty(t, change(boss, anyone, models.FileDelete, []string{theirs, own}))
	require.Equal(t, 1, value[int](d, `SELECT count(*) FROM audit_log`))
	require.Equal(t, "file.deleted "+theirs+" "+boss.ID+" "+other.ID+" 10.1.2.3 r-1", value[string](d,
		`SELECT concat_ws(' ', action, target_id, actor_id, details->>'ownerId', ip, request_id) FROM audit_log`))
	require.Zero(t, value[int](d, `SELECT count(*) FROM files`))

	_, err := d.ChangeFiles(t.Context(), models.Actor{}, models.Scope{}, models.FileTrash, all)
	require.ErrorIs(t, err, models.ErrNotFound)
	_, err = d.ChangeFiles(t.Context(), models.Actor{}, anyone, "burn", all)
	require.ErrorIs(t, err, models.ErrConflict)
}

func TestAnAdminsDeleteOfAVersionIsAudited(t *testing.T) {
	t.Parallel()
	d := open(t)
	owner, boss := d.user(), d.user(admin)
	file := d.stored(owner, "a").FileID
	for _, content := range []string{"b", "c"} {
		d.stored(owner, content, file)
	}
	require.NoError(t, d.DeleteVersion(t.Context(), models.Actor{UserID: owner.ID}, mine(owner), file, 1))
	require.Zero(t, value[int](d, `SELECT count(*) FROM audit_log`))
	require.NoError(t, d.DeleteVersion(t.Context(), models.Actor{UserID: boss.ID}, anyone, file, 2))
	require.Equal(t, "file.version_deleted 2", value[string](d, `SELECT concat_ws(' ', action, details->>'version') FROM audit_log`))
}

// The same files from both ends must not wait for each other in a circle.
func TestChangesOfTheSameFilesAtOnce(t *testing.T) {
	t.Parallel()
	d := open(t)
	owner := d.user()
	var ids []string
	for i := range 20 {
		ids = append(ids, d.stored(owner, fmt.Sprint(i)).FileID)
	}
	back := slices.Clone(ids)
	slices.Reverse(back)
	requireAll(t, atOnce(8, func(i int) error {
		order, action := ids, models.FileTrash
		if i%2 == 1 {
			order = back
		}
		if i%4 > 1 {
			action = models.FileRestore
		}
		for range 5 {
			refused, err := d.ChangeFiles(t.Context(), models.Actor{}, mine(owner), action, order)
			if err != nil || len(refused) > 0 {
				return fmt.Errorf("%v: %w", refused, err)
			}
		}
		return nil
	}))
	require.Zero(t, value[int](d, `SELECT xact_rollback FROM pg_stat_database WHERE datname = current_database()`), "no deadlock")
}

func TestFilesByIDs(t *testing.T) {
	t.Parallel()
	d := open(t)
	owner, other := d.user(), d.user()
	a, b, theirs := d.stored(owner, "a").FileID, d.stored(owner, "b").FileID, d.stored(other, "c").FileID
	files, err := d.FilesByIDs(t.Context(), mine(owner), []string{b, a})
	require.NoError(t, err)
	require.Equal(t, []string{b, a}, []string{files[0].ID, files[1].ID})
	require.Len(t, files[0].Current.Blob.Variants, 3)
	for _, ids := range [][]string{{a, theirs}, {a, id()}, {"no id"}} {
		_, err := d.FilesByIDs(t.Context(), mine(owner), ids)
		require.ErrorIs(t, err, models.ErrNotFound)
	}
	files, err = d.FilesByIDs(t.Context(), anyone, []string{theirs, a})
	require.NoError(t, err)
	require.Len(t, files, 2)
}

func TestOwnedContents(t *testing.T) {
	t.Parallel()
	d := open(t)
	owner, other := d.user(), d.user()
	shown, trashed := d.stored(owner, "shown").FileID, d.stored(owner, "trashed").FileID
	d.stored(owner, "newer", shown)
	d.stored(other, "theirs")
	_, err := d.TrashFile(t.Context(), mine(owner), trashed)
	require.NoError(t, err)
	have, err := d.OwnedContents(t.Context(), owner.ID, []string{hash("shown"), hash("newer"), hash("trashed"), hash("theirs"), hash("nobody's")})
	require.NoError(t, err)
	require.ElementsMatch(t, []models.OwnedContent{
		{SHA256: hash("shown"), FileID: shown}, {SHA256: hash("newer"), FileID: shown}, {SHA256: hash("trashed"), FileID: trashed, Trashed: true},
	}, have)
	// The same bytes again come back from the trash, and the answer says which file it was.
	res := d.stored(owner, "trashed")
	require.Equal(t, models.VersionResult{Outcome: models.OutcomeRestored, FileID: trashed, VersionNumber: 1}, res)
	have, err = d.OwnedContents(t.Context(), owner.ID, []string{hash("trashed")})
	require.NoError(t, err)
	require.False(t, have[0].Trashed)
	have, err = d.OwnedContents(t.Context(), owner.ID, nil)
	require.NoError(t, err)
	require.Empty(t, have)
}

func TestShares(t *testing.T) {
	t.Parallel()
	d := open(t)
	owner, other, boss := d.user(), d.user(), d.user(admin)
	file := d.stored(owner, "a").FileID
	share := func(by models.User, scope models.Scope, token string) (models.Share, error) {
		sum := sha256.Sum256([]byte(token))
		return d.CreateShare(t.Context(), models.Actor{UserID: by.ID}, scope, models.Share{
			ID: id(), FileID: file, CreatedBy: by.ID, TokenHash: sum[:], TokenSealed: []byte("sealed"), PasswordHash: "$argon2id$",
		}, inHours(1))
	}
	open := func(token string) (models.SharedFile, error) {
		sum := sha256.Sum256([]byte(token))
		return d.SharedFile(t.Context(), sum[:])
	}
	made, err := share(owner, mine(owner), "first")
	require.NoError(t, err)
	require.Equal(t, inHours(1), made.ExpiresAt.Sub(made.CreatedAt))
	_, err = share(other, mine(other), "theirs")
	require.ErrorIs(t, err, models.ErrNotFound)
	byBoss, err := share(boss, anyone, "boss")
	require.NoError(t, err)
	require.Equal(t, "share.created share.created", value[string](d, `SELECT string_agg(action, ' ') FROM audit_log WHERE target_id = $1`, file))

	p, err := d.SharesOf(t.Context(), mine(owner), file, 1, "")
	require.NoError(t, err)
	require.Equal(t, []models.Share{byBoss}, p.Items)
	p, err = d.SharesOf(t.Context(), mine(owner), file, 1, p.Next)
	require.NoError(t, err)
	require.Equal(t, []models.Share{made}, p.Items)
	require.Empty(t, p.Next)
	_, err = d.SharesOf(t.Context(), mine(other), file, 1, "")
	require.ErrorIs(t, err, models.ErrNotFound)

	d.stored(owner, "b", file)
	shown, err := open("first")
	require.NoError(t, err)
	require.Equal(t, made, shown.Share)
	require.Equal(t, hash("b"), shown.File.Current.Blob.SHA256, "the current version")
	require.Len(t, shown.File.Current.Blob.Variants, 3)
	requireAll(t, atOnce(20, func(int) error { return d.CountView(t.Context(), made.ID) }))
	require.EqualValues(t, 20, value[int64](d, `SELECT views FROM shares WHERE id = $1`, made.ID))
	require.NoError(t, d.CountView(t.Context(), id()))

	// Whatever stands in the way, it is as if there were no link.
	for _, hide := range [][2]string{
		{`UPDATE files SET trashed_at = now()`, `UPDATE files SET trashed_at = NULL`},
		{`UPDATE users SET status = 'suspended' WHERE id = '` + owner.ID + `'`, `UPDATE users SET status = 'active'`},
		{`UPDATE shares SET created_at = now() - interval '2 hours', expires_at = now() - interval '1 hour'`, `UPDATE shares SET expires_at = now() + interval '1 hour'`},
	} {
		d.sql(hide[0])
		_, err := open("first")
		require.ErrorIs(t, err, models.ErrNotFound, hide[0])
		d.sql(hide[1])
		_, err = open("first")
		require.NoError(t, err)
	}
	d.sql(`UPDATE users SET status = 'suspended' WHERE id = $1`, boss.ID)
	_, err = open("boss")
	require.ErrorIs(t, err, models.ErrNotFound, "its maker is suspended")

	require.ErrorIs(t, d.EndShare(t.Context(), models.Actor{}, mine(other), file, made.ID), models.ErrNotFound)
	require.ErrorIs(t, d.EndShare(t.Context(), models.Actor{}, mine(owner), id(), made.ID), models.ErrNotFound)
	require.NoError(t, d.EndShare(t.Context(), models.Actor{UserID: owner.ID}, mine(owner), file, made.ID))
	require.ErrorIs(t, d.EndShare(t.Context(), models.Actor{}, mine(owner), file, made.ID), models.ErrNotFound)
	_, err = open("first")
	require.ErrorIs(t, err, models.ErrNotFound)
	require.Equal(t, "20", value[string](d, `SELECT details->>'views' FROM audit_log WHERE action = 'share.ended'`))

	_, err = d.TrashFile(t.Context(), mine(owner), file)
	require.NoError(t, err)
	_, err = share(owner, mine(owner), "of the trash")
	require.ErrorIs(t, err, models.ErrFileTrashed)
	require.NoError(t, d.DeleteFile(t.Context(), models.Actor{}, mine(owner), file))
	require.Zero(t, value[int](d, `SELECT count(*) FROM shares`))
}

func TestTheLinksOfAFileAreBounded(t *testing.T) {
	t.Parallel()
	d := open(t)
	owner := d.user()
	file := d.stored(owner, "a").FileID
	errs := atOnce(models.MaxShares+10, func(i int) error {
		sum := sha256.Sum256([]byte{byte(i)})
		_, err := d.CreateShare(t.Context(), models.Actor{}, mine(owner), models.Share{
			ID: id(), FileID: file, CreatedBy: owner.ID, TokenHash: sum[:], TokenSealed: sum[:],
		}, inHours(1))
		return err
	})
	refused := 0
	for _, err := range errs {
		if err != nil {
			require.ErrorIs(t, err, models.ErrConflict)
			refused++
		}
	}
	require.Equal(t, 10, refused)
	// Expired ones make room.
	d.sql(`UPDATE shares SET created_at = now() - interval '2 hours', expires_at = now() - interval '1 hour'`)
	sum := sha256.Sum256([]byte("new"))
	_, err := d.CreateShare(t.Context(), models.Actor{}, mine(owner), models.Share{
		ID: id(), FileID: file, CreatedBy: owner.ID, TokenHash: sum[:], TokenSealed: sum[:],
	}, inHours(1))
	require.NoError(t, err)
	require.Equal(t, 1, value[int](d, `SELECT count(*) FROM shares`))
}

// A search must find the same as looking at every name, whichever of its two
// ways it takes, in every order and over every page.
func TestSearchFindsWhatIsThere(t *testing.T) {
	t.Parallel()
	d := open(t)
	owner, other := d.user(), d.user()
	seed := d.stored(owner, "seed").FileID
	theirs := d.stored(other, "theirs").FileID
	fill := func(u models.User, like string, files int) {
		d.sql(`WITH f AS (
			INSERT INTO files (id, owner_id, name, current_version, size, created_at, last_version)
			SELECT gen_random_uuid(), owner_id,
			       CASE n % 600 WHEN 3 THEN 'Ärger_%_' WHEN 5 THEN 'q' WHEN 7 THEN 'holiday%x' ELSE 'IMG_' END || lpad((n * 7919 % 1300)::text, 5, '0') || '.JPG',
			       1, 1 + n % 50, now() - n * interval '1 minute', 0
			  FROM files, generate_series(1, $3::int) n WHERE id = $1 RETURNING id
		) INSERT INTO versions (id, file_id, owner_id, number, blob_id, sha256, stored_bytes, created_by)
		SELECT gen_random_uuid(), f.id, $2, 1, v.blob_id, v.sha256, 1, $2 FROM f, versions v WHERE v.file_id = $1`, like, u.ID, files)
	}
	fill(owner, seed, 1300) // more than are looked through one by one
	fill(other, theirs, 20)
	for _, q := range []string{"img", "IMG_00", "holiday", "ärger", "ÄRGER_%", "%", "%x0", "Q", "q0", "00017.jpg", "g_01", "nothing like it", "zz", "\\", "0.j"} {
		want := value[[]string](d, `SELECT coalesce(array_agg(name || ' ' || id), '{}') FROM files
			WHERE owner_id = $1 AND strpos(lower(name), lower($2)) > 0`, owner.ID, q)
		slices.Sort(want)
		for _, sort := range []models.FileSort{models.SortCreatedAt, models.SortName, models.SortSize} {
			for _, descending := range []bool{true, false} {
				f := models.FileFilter{Scope: mine(owner), Q: q, Sort: sort, Descending: descending, Limit: 200}
				var got []string
				for {
					p, err := d.ListFiles(t.Context(), f)
					require.NoError(t, err)
					for _, file := range p.Items {
						got = append(got, file.Name+" "+file.ID)
					}
					if p.Next == "" {
						break
					}
					f.Cursor = p.Next
				}
				require.True(t, descending || sort != models.SortName || slices.IsSortedFunc(got, byLowerName), "%q", q)
				slices.Sort(got)
				require.Len(t, got, len(want), "%q by %s", q, sort)
				require.Equal(t, want, append([]string{}, got...), "%q by %s", q, sort)
			}
		}
	}
	p, err := d.ListFiles(t.Context(), models.FileFilter{Scope: anyone, Q: "holiday", Limit: 200})
	require.NoError(t, err)
	require.Len(t, p.Items, 4, "of all owners")
}

func byLowerName(a, b string) int {
	name := func(s string) string { return strings.ToLower(s[:len(s)-37]) }
	return strings.Compare(name(a), name(b))
}

// Only what changed is told of.
func TestChangesOfManyFilesAreSignaledOnce(t *testing.T) {
	t.Parallel()
	d := open(t)
	owner := d.user()
	a, b := d.stored(owner, "a").FileID, d.stored(owner, "b").FileID
	_, err := d.TrashFile(t.Context(), mine(owner), a)
	require.NoError(t, err)
	signals, _ := listening(t, d)
	for _, step := range []struct {
		action models.FileAction
		want   []string
	}{
		{models.FileTrash, []string{b + " trashed"}},
		{models.FileTrash, nil},
		{models.FileRestore, []string{a + " restored", b + " restored"}},
		{models.FileRestore, nil},
		{models.FileDelete, []string{a + " deleted", b + " deleted"}},
	} {
		_, err := d.ChangeFiles(t.Context(), models.Actor{}, mine(owner), step.action, []string{a, b})
		require.NoError(t, err)
		var got []string
		for range step.want {
			s := next(t, signals)
			require.Equal(t, models.SignalFile, s.Kind)
			got = append(got, s.ID+" "+s.Action)
		}
		require.ElementsMatch(t, step.want, got)
	}
	d.sql(`SELECT emit_signal('file', $1, $1, 'last')`, owner.ID)
	require.Equal(t, "last", next(t, signals).Action, "and nothing more")
}
