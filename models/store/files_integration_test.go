//go:build integration

package store_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"safelight/internal/wire"
	"safelight/models"
)

func TestFileWithItsVersions(t *testing.T) {
	t.Parallel()
	d := open(t)
	owner := d.user()
	scope := mine(owner)
	up := d.accepted(owner, "a")
	res, err := d.carry(t.Context(), up)
	require.NoError(t, err)
	d.stored(owner, "b", res.FileID)
	f, err := d.FileByID(t.Context(), scope, res.FileID)
	require.NoError(t, err)
	require.Equal(t, owner.ID, f.OwnerID)
	require.Equal(t, "a.jpg", f.Name)
	require.Equal(t, 2, f.VersionCount)
	require.Equal(t, 2, f.CurrentVersion)
	require.Equal(t, 2, f.Current.Number)
	require.Equal(t, hash("b"), f.Current.Blob.SHA256)

	v, err := d.VersionByNumber(t.Context(), scope, f.ID, 1)
	require.NoError(t, err)
	want := blobOf(up)
	want.CreatedAt = v.Blob.CreatedAt
	require.Equal(t, want, v.Blob)
	require.Equal(t, up.ID, *v.UploadID)
	require.Equal(t, owner.ID, v.CreatedBy)
	require.Equal(t, int64(600), v.Blob.TotalSize())

	p, err := d.Versions(t.Context(), scope, f.ID, 1, "")
	require.NoError(t, err)
	require.Equal(t, 2, p.Items[0].Number)
	p, err = d.Versions(t.Context(), scope, f.ID, 1, p.Next)
	require.NoError(t, err)
	require.Equal(t, v, p.Items[0])
	require.Empty(t, p.Next)
}

func TestRestoreAndDeleteVersions(t *testing.T) {
	t.Parallel()
	d := open(t)
	owner := d.user(func(u *models.User) { u.QuotaBytes = 2399 })
	boss := d.user(admin)
	scope := mine(owner)
	file := d.stored(owner, "a").FileID
	d.stored(owner, "b", file)
	v, err := d.RestoreVersion(t.Context(), anyone, boss.ID, file, 1)
	require.NoError(t, err)
	require.Equal(t, 3, v.Number)
	require.Equal(t, hash("a"), v.Blob.SHA256)
	require.Equal(t, 1, *v.RestoredFrom)
	require.Equal(t, boss.ID, v.CreatedBy)
	require.Nil(t, v.UploadID)
	f, err := d.FileByID(t.Context(), scope, file)
	require.NoError(t, err)
	require.Equal(t, 3, f.CurrentVersion)

	_, err = d.RestoreVersion(t.Context(), scope, owner.ID, file, 2)
	require.ErrorIs(t, err, models.ErrQuotaExceeded, "1800 used, 600 more, 2399 allowed")
	_, err = d.RestoreVersion(t.Context(), scope, owner.ID, file, 9)
	require.ErrorIs(t, err, models.ErrNotFound)

	require.ErrorIs(t, d.DeleteVersion(t.Context(), models.Actor{}, scope, file, 3), models.ErrCurrentVersion)
	require.ErrorIs(t, d.DeleteVersion(t.Context(), models.Actor{}, scope, file, 4), models.ErrNotFound)
	require.NoError(t, d.DeleteVersion(t.Context(), models.Actor{}, scope, file, 1))
	require.ErrorIs(t, d.DeleteVersion(t.Context(), models.Actor{}, scope, file, 1), models.ErrNotFound)
	v, err = d.RestoreVersion(t.Context(), scope, owner.ID, file, 2)
	require.NoError(t, err)
	require.Equal(t, 4, v.Number, "numbers are never given again")

	_, err = d.TrashFile(t.Context(), scope, file)
	require.NoError(t, err)
	_, err = d.RestoreVersion(t.Context(), scope, owner.ID, file, 2)
	require.ErrorIs(t, err, models.ErrFileTrashed)
}

func TestRestoringAtOnceNumbersWithoutAGapAndKeepsTheQuota(t *testing.T) {
	t.Parallel()
	d := open(t)
	owner := d.user(func(u *models.User) { u.QuotaBytes = 600 * 6 })
	file := d.stored(owner, "a").FileID
	made := 0
	for _, err := range atOnce(12, func(int) error {
		_, err := d.RestoreVersion(t.Context(), mine(owner), owner.ID, file, 1)
		return err
	}) {
		if err == nil {
			made++
			continue
		}
		require.ErrorIs(t, err, models.ErrQuotaExceeded)
	}
	require.Equal(t, 5, made)
	require.Equal(t, 6, value[int](d, `SELECT max(number) FROM versions`))
}

func TestTrash(t *testing.T) {
	t.Parallel()
	d := open(t)
	owner := d.user()
	scope := mine(owner)
	file, kept := d.stored(owner, "a").FileID, d.stored(owner, "b").FileID
	first, err := d.TrashFile(t.Context(), scope, file)
	require.NoError(t, err)
	require.NotNil(t, first.TrashedAt)
	second, err := d.TrashFile(t.Context(), scope, file)
	require.NoError(t, err)
	require.Equal(t, first, second, "twice is once")
	for range 2 {
		f, err := d.RestoreFile(t.Context(), scope, file)
		require.NoError(t, err)
		require.Nil(t, f.TrashedAt)
	}
	_, err = d.TrashFile(t.Context(), scope, file)
	require.NoError(t, err)
	n, err := d.PurgeTrash(t.Context(), inAnHour().Add(-2*time.Hour), 10)
	require.NoError(t, err)
	require.Zero(t, n, "not that old")
	n, err = d.PurgeTrash(t.Context(), inAnHour(), 10)
	require.NoError(t, err)
	require.Equal(t, 1, n)
	_, err = d.FileByID(t.Context(), scope, file)
	require.ErrorIs(t, err, models.ErrNotFound)
	_, err = d.FileByID(t.Context(), scope, kept)
	require.NoError(t, err)
	f, err := d.RenameFile(t.Context(), scope, kept, "other name")
	require.NoError(t, err)
	require.Equal(t, "other name", f.Name)
	require.NoError(t, d.DeleteFile(t.Context(), models.Actor{}, scope, kept))
	require.ErrorIs(t, d.DeleteFile(t.Context(), models.Actor{}, scope, kept), models.ErrNotFound)
}

// Every list order visits each row once, over equal keys, while rows come.
func TestFileCursors(t *testing.T) {
	t.Parallel()
	d := open(t)
	owner := d.user()
	var ids []string
	for i := range 23 {
		ids = append(ids, d.stored(owner, fmt.Sprintf("picture %d", i)).FileID)
	}
	d.sql(`UPDATE files SET name = CASE WHEN random() < 0.5 THEN 'Same' ELSE 'same' END, created_at = date_trunc('hour', created_at)`)
	slices.Sort(ids)
	for _, sort := range []models.FileSort{models.SortCreatedAt, models.SortName, models.SortSize, ""} {
		for i := range 4 {
			descending, scope := i%2 == 0, mine(owner)
			if i > 1 {
				scope = anyone
			}
			f := models.FileFilter{Scope: scope, Sort: sort, Descending: descending, Limit: 4}
			var got []string
			for page := 0; ; page++ {
				p, err := d.ListFiles(t.Context(), f)
				require.NoError(t, err)
				for _, file := range p.Items {
					if slices.Contains(ids, file.ID) { // those inserted have sizes of their own
						whole, err := d.FileByID(t.Context(), anyone, file.ID)
						require.NoError(t, err)
						require.Equal(t, wire.ViewFile(whole), wire.ViewFile(file), "what a list shows is all there is to show")
					}
					got = append(got, file.ID)
				}
				if p.Next == "" {
					break
				}
				f.Cursor = p.Next
				d.insertFile(owner, ids[0], page%2 == 0 == descending)
			}
			seen := map[string]int{}
			for _, id := range got {
				seen[id]++
				require.Equal(t, 1, seen[id], "%s %t: twice", sort, descending)
			}
			for _, id := range ids {
				require.Equal(t, 1, seen[id], "%s %t: missed", sort, descending)
			}
			d.sql(`DELETE FROM files WHERE name = 'inserted'`)
		}
	}
}

// insertFile copies a file under a name of its own, with keys before or after all others.
func (d db) insertFile(owner models.User, like string, before bool) {
	d.t.Helper()
	at, size := "now() + interval '1 day'", 1_000_000
	if before {
		at, size = "now() - interval '1 day'", 1
	}
	d.sql(`WITH f AS (
		INSERT INTO files (id, owner_id, name, current_version, size, created_at)
		SELECT gen_random_uuid(), owner_id, 'inserted', 1, `+fmt.Sprint(size)+`, `+at+` FROM files WHERE id = $1 RETURNING id
	) INSERT INTO versions (id, file_id, owner_id, number, blob_id, sha256, stored_bytes, created_by)
	SELECT gen_random_uuid(), f.id, $2, 1, v.blob_id, v.sha256, 1, $2 FROM f, versions v WHERE v.file_id = $1`, like, owner.ID)
}

func TestFileSearchAndOrder(t *testing.T) {
	t.Parallel()
	d := open(t)
	owner := d.user()
	for _, name := range []string{"Beach", "anna 100%", "anna 100 per cent", "under_score", "underXscore", `back\slash`} {
		file := d.stored(owner, name).FileID
		_, err := d.RenameFile(t.Context(), mine(owner), file, name)
		require.NoError(t, err)
	}
	names := func(f models.FileFilter) []string {
		f.Scope = mine(owner)
		p, err := d.ListFiles(t.Context(), f)
		require.NoError(t, err)
		out := []string{}
		for _, file := range p.Items {
			out = append(out, file.Name)
		}
		return out
	}
	require.Equal(t, []string{"anna 100%"}, names(models.FileFilter{Q: "100%"}))
	require.Equal(t, []string{"under_score"}, names(models.FileFilter{Q: "R_S"}))
	require.Equal(t, []string{`back\slash`}, names(models.FileFilter{Q: `K\S`}))
	require.Equal(t, []string{"Beach"}, names(models.FileFilter{Q: "bEa"}))
	require.Empty(t, names(models.FileFilter{Q: "\x00"}))
	require.Empty(t, names(models.FileFilter{Q: "\xff"}))
	require.Empty(t, names(models.FileFilter{Trashed: true}))
	got := names(models.FileFilter{Sort: models.SortName})
	require.True(t, slices.IsSortedFunc(got, func(a, b string) int {
		return strings.Compare(strings.ToLower(a), strings.ToLower(b))
	}), "%q", got)
	newest := names(models.FileFilter{Descending: true})
	require.Equal(t, `back\slash`, newest[0])
	require.Equal(t, "Beach", newest[5])
}

func TestForeignCursors(t *testing.T) {
	t.Parallel()
	d := open(t)
	owner, other := d.user(), d.user()
	file := d.stored(owner, "a").FileID
	d.stored(owner, "b", file)
	d.stored(owner, "c")
	list := func(f models.FileFilter) (string, error) {
		f.Limit = 1
		if f.Scope == (models.Scope{}) {
			f.Scope = mine(owner)
		}
		p, err := d.ListFiles(t.Context(), f)
		return p.Next, err
	}
	byName, err := list(models.FileFilter{Sort: models.SortName})
	require.NoError(t, err)
	require.NotEmpty(t, byName)
	ups, err := d.ListUploads(t.Context(), models.UploadFilter{Scope: mine(owner), Limit: 1})
	require.NoError(t, err)
	for what, f := range map[string]models.FileFilter{
		"another order":     {Sort: models.SortSize, Cursor: byName},
		"another direction": {Sort: models.SortName, Descending: true, Cursor: byName},
		"the trash":         {Sort: models.SortName, Trashed: true, Cursor: byName},
		"another search":    {Sort: models.SortName, Q: "x", Cursor: byName},
		"another owner":     {Sort: models.SortName, Scope: mine(other), Cursor: byName},
		"of uploads":        {Cursor: ups.Next},
		"no cursor":         {Cursor: "!"},
	} {
		_, err := list(f)
		require.ErrorIs(t, err, models.ErrBadCursor, what)
	}
	_, err = d.ListUploads(t.Context(), models.UploadFilter{Scope: mine(owner), Cursor: byName})
	require.ErrorIs(t, err, models.ErrBadCursor)
	_, err = d.ListNotifications(t.Context(), owner.ID, false, 1, byName)
	require.ErrorIs(t, err, models.ErrBadCursor)
	_, err = d.Versions(t.Context(), mine(owner), file, 1, byName)
	require.ErrorIs(t, err, models.ErrBadCursor)
}

// Whatever is another's is as if it were not there, in every method that takes a scope.
func TestScope(t *testing.T) {
	t.Parallel()
	d := open(t)
	owner, other := d.user(), d.user()
	up := d.accepted(owner, "b")
	res := d.stored(owner, "a")
	d.stored(owner, "c", res.FileID)
	notes, err := d.NotificationsSince(t.Context(), owner.ID, 0, 1)
	require.NoError(t, err)
	ctx := t.Context()
	calls := map[string]func(scope models.Scope, file, upload, note string) error{
		"UploadByID":      func(s models.Scope, _, u, _ string) error { _, err := d.UploadByID(ctx, s, u); return err },
		"CancelReceiving": func(s models.Scope, _, u, _ string) error { _, err := d.CancelReceiving(ctx, s, u); return err },
		"FileByID":        func(s models.Scope, f, _, _ string) error { _, err := d.FileByID(ctx, s, f); return err },
		"RenameFile":      func(s models.Scope, f, _, _ string) error { _, err := d.RenameFile(ctx, s, f, "mine!"); return err },
		"TrashFile":       func(s models.Scope, f, _, _ string) error { _, err := d.TrashFile(ctx, s, f); return err },
		"RestoreFile":     func(s models.Scope, f, _, _ string) error { _, err := d.RestoreFile(ctx, s, f); return err },
		"DeleteFile":      func(s models.Scope, f, _, _ string) error { return d.DeleteFile(ctx, models.Actor{}, s, f) },
		"Versions":        func(s models.Scope, f, _, _ string) error { _, err := d.Versions(ctx, s, f, 5, ""); return err },
		"VersionByNumber": func(s models.Scope, f, _, _ string) error { _, err := d.VersionByNumber(ctx, s, f, 1); return err },
		"RestoreVersion": func(s models.Scope, f, _, _ string) error {
			_, err := d.RestoreVersion(ctx, s, other.ID, f, 1)
			return err
		},
		"DeleteVersion": func(s models.Scope, f, _, _ string) error { return d.DeleteVersion(ctx, models.Actor{}, s, f, 1) },
		"MarkRead":      func(s models.Scope, _, _, n string) error { _, err := d.MarkRead(ctx, s.OwnerID, n); return err },
	}
	before, err := d.FileByID(ctx, anyone, res.FileID)
	require.NoError(t, err)
	for name, call := range calls {
		require.ErrorIs(t, call(mine(other), res.FileID, up.ID, notes[0].ID), models.ErrNotFound, "%s: another's", name)
		require.ErrorIs(t, call(models.Scope{}, res.FileID, up.ID, notes[0].ID), models.ErrNotFound, "%s: of nobody", name)
		require.ErrorIs(t, call(mine(owner), id(), id(), id()), models.ErrNotFound, "%s: unknown", name)
		for _, junk := range []string{"", "x", "' OR 1=1", "{" + id()[1:35] + "}", "urn:uuid:" + id()} {
			require.ErrorIs(t, call(mine(owner), junk, junk, junk), models.ErrNotFound, "%s: %q", name, junk)
		}
	}
	after, err := d.FileByID(ctx, anyone, res.FileID)
	require.NoError(t, err)
	require.Equal(t, before, after, "nothing was changed")
	for _, scope := range []models.Scope{mine(other)} {
		files, err := d.ListFiles(ctx, models.FileFilter{Scope: scope})
		require.NoError(t, err)
		require.Empty(t, files.Items)
		ups, err := d.ListUploads(ctx, models.UploadFilter{Scope: scope})
		require.NoError(t, err)
		require.Empty(t, ups.Items)
	}
	_, err = d.ListFiles(ctx, models.FileFilter{})
	require.ErrorIs(t, err, models.ErrNotFound, "a scope that names nobody sees nothing")
	_, err = d.ListUploads(ctx, models.UploadFilter{})
	require.ErrorIs(t, err, models.ErrNotFound)
	for name, call := range calls { // and the owner may, DeleteFile last
		if name != "DeleteFile" && name != "DeleteVersion" {
			require.NoError(t, call(mine(owner), res.FileID, up.ID, notes[0].ID), name)
			if name == "TrashFile" {
				_, err := d.RestoreFile(ctx, mine(owner), res.FileID)
				require.NoError(t, err)
			}
		}
	}
	require.NoError(t, calls["DeleteVersion"](mine(owner), res.FileID, "", ""))
	require.NoError(t, calls["DeleteFile"](mine(owner), res.FileID, "", ""))
}
