//go:build integration

package store_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"safelight/models"
)

func TestListingUsers(t *testing.T) {
	t.Parallel()
	d := open(t)
	ada := d.user(func(u *models.User) { u.Name, u.Email = "Ada 100%", "ada@example.com" })
	boss := d.user(admin, func(u *models.User) { u.Name = "Boss" })
	gone := d.user(func(u *models.User) { u.Name, u.Status = "Gone_", models.StatusSuspended })
	d.stored(ada, "picture")
	for name, c := range map[string]struct {
		filter models.UserFilter
		want   []models.User
	}{
		"all":           {models.UserFilter{}, []models.User{gone, boss, ada}},
		"role":          {models.UserFilter{Role: models.RoleAdmin}, []models.User{boss}},
		"status":        {models.UserFilter{Status: models.StatusSuspended}, []models.User{gone}},
		"name":          {models.UserFilter{Q: "bOSS"}, []models.User{boss}},
		"address":       {models.UserFilter{Q: "ADA@"}, []models.User{ada}},
		"a sign":        {models.UserFilter{Q: "%"}, []models.User{ada}},
		"another sign":  {models.UserFilter{Q: "_"}, []models.User{gone}},
		"two":           {models.UserFilter{Q: "a", Role: models.RoleUser, Status: models.StatusActive}, []models.User{ada}},
		"none":          {models.UserFilter{Q: "nobody"}, nil},
		"no text":       {models.UserFilter{Q: "\x00"}, nil},
		"looks like it": {models.UserFilter{Q: `\`}, nil},
	} {
		for _, limit := range []int{1, 2, 50} {
			c.filter.Limit, c.filter.Cursor = limit, ""
			var got []string
			for {
				p, err := d.ListUsers(t.Context(), c.filter)
				require.NoError(t, err, name)
				for _, u := range p.Items {
					got = append(got, u.ID)
					if u.ID == ada.ID {
						require.Equal(t, int64(600), u.UsedBytes)
					}
				}
				if c.filter.Cursor = p.Next; p.Next == "" {
					break
				}
			}
			var want []string
			for _, u := range c.want {
				want = append(want, u.ID)
			}
			require.Equal(t, want, got, name)
		}
	}
	p, err := d.ListUsers(t.Context(), models.UserFilter{Limit: 1})
	require.NoError(t, err)
	_, err = d.ListUsers(t.Context(), models.UserFilter{Limit: 1, Q: "a", Cursor: p.Next})
	require.ErrorIs(t, err, models.ErrBadCursor, "of another list")
}

func TestChangingUsers(t *testing.T) {
	t.Parallel()
	d := open(t)
	boss, u := d.user(admin), d.user()
	change := func(id string, c models.UserChange) (models.User, error) {
		return d.UpdateUser(t.Context(), by(boss), id, c)
	}
	suspended, active, user, role := models.StatusSuspended, models.StatusActive, models.RoleUser, models.RoleAdmin
	name, quota, files := "Grace", int64(7), int64(70)
	got, err := change(u.ID, models.UserChange{Name: &name, QuotaBytes: &quota, QuotaFiles: &files, Role: &role, Status: &suspended})
	require.NoError(t, err)
	require.Equal(t, []any{"Grace", int64(7), int64(70), models.RoleAdmin, models.StatusSuspended}, []any{got.Name, got.QuotaBytes, got.QuotaFiles, got.Role, got.Status})
	_, err = change(u.ID, models.UserChange{Status: &suspended})
	require.NoError(t, err)
	_, err = change(u.ID, models.UserChange{Status: &active, Role: &user})
	require.NoError(t, err)
	of := " by " + boss.Email
	require.Equal(t, []string{
		"user.role_changed" + of, "user.suspended" + of, "user.quota_changed" + of,
		"user.file_quota_changed" + of, "user.renamed" + of,
		"user.role_changed" + of, "user.activated" + of,
	}, d.audited(u.ID), "a line for each thing that changed, and none for what was so")
	require.Equal(t, "user->admin", value[string](d, `
		SELECT details->>'from' || '->' || (details->>'to') FROM audit_log WHERE action = 'user.role_changed' ORDER BY id LIMIT 1`))

	for _, c := range []models.UserChange{{Role: &user}, {Status: &suspended}, {Role: &user, Status: &suspended}} {
		_, err = change(boss.ID, c)
		require.ErrorIs(t, err, models.ErrLastAdmin)
	}
	_, err = d.DeleteUser(t.Context(), by(boss), boss.ID)
	require.ErrorIs(t, err, models.ErrLastAdmin)
	_, err = change(boss.ID, models.UserChange{Name: &name, Role: &role, Status: &active})
	require.NoError(t, err, "what leaves the admin an admin is allowed")
	for _, unknown := range []string{id(), "x"} {
		_, err = change(unknown, models.UserChange{Name: &name})
		require.ErrorIs(t, err, models.ErrNotFound)
		_, err = change(unknown, models.UserChange{Role: &user})
		require.ErrorIs(t, err, models.ErrNotFound)
		_, err = d.DeleteUser(t.Context(), by(boss), unknown)
		require.ErrorIs(t, err, models.ErrNotFound)
	}
	_, err = d.UpdateUser(t.Context(), by(u), u.ID, models.UserChange{Status: &suspended})
	require.ErrorIs(t, err, models.ErrForbidden, "an actor who is no admin by now")
}

// Ten admins take each other's role, all at once and each in another way: in
// every order at least one is left, and with as many tries as there are admins
// by the system exactly one.
func TestTheLastAdminStays(t *testing.T) {
	t.Parallel()
	d := open(t)
	user, suspended := models.RoleUser, models.StatusSuspended
	left := func() int {
		return value[int](d, `SELECT count(*) FROM users WHERE role = 'admin' AND status = 'active' AND deleted_at IS NULL`)
	}
	for round := range 8 {
		admins := make([]models.User, 10)
		for i := range admins {
			admins[i] = d.user(admin)
		}
		actor := func(i int) models.Actor {
			if round%2 == 0 {
				return models.Actor{}
			}
			return by(admins[(i+1)%len(admins)])
		}
		refused := 0
		for _, err := range atOnce(4*len(admins), func(n int) (err error) {
			i := n % len(admins)
			switch n % 3 {
			case 0:
				_, err = d.UpdateUser(t.Context(), actor(i), admins[i].ID, models.UserChange{Role: &user})
			case 1:
				_, err = d.UpdateUser(t.Context(), actor(i), admins[i].ID, models.UserChange{Status: &suspended})
			case 2:
				_, err = d.DeleteUser(t.Context(), actor(i), admins[i].ID)
			}
			return err
		}) {
			switch {
			case errors.Is(err, models.ErrLastAdmin), errors.Is(err, models.ErrForbidden):
				refused++
			case err != nil:
				require.ErrorIs(t, err, models.ErrNotFound, "deleted by another")
			}
		}
		require.Positive(t, refused)
		if round%2 == 0 {
			require.Equal(t, 1, left())
		} else {
			require.GreaterOrEqual(t, left(), 1)
		}
		d.sql(`UPDATE users SET role = 'user' WHERE role = 'admin'`)
	}
}

func TestTwoAdminsDemoteEachOther(t *testing.T) {
	t.Parallel()
	d := open(t)
	user := models.RoleUser
	for range 25 {
		pair := []models.User{d.user(admin), d.user(admin)}
		errs := atOnce(2, func(i int) error {
			_, err := d.UpdateUser(t.Context(), by(pair[i]), pair[1-i].ID, models.UserChange{Role: &user})
			return err
		})
		require.NotEqual(t, errs[0] == nil, errs[1] == nil, "exactly one: %v", errs)
		lost := errors.Join(errs...)
		require.True(t, errors.Is(lost, models.ErrLastAdmin) || errors.Is(lost, models.ErrForbidden), "%v", lost)
		d.sql(`UPDATE users SET role = 'user' WHERE role = 'admin'`)
	}
}

func TestAddingUsers(t *testing.T) {
	t.Parallel()
	d := open(t)
	boss := d.user(admin)
	u := models.User{ID: id(), Email: "new@example.com", Name: "New", Role: models.RoleUser, Status: models.StatusActive, QuotaBytes: 5}
	expires, err := d.AddUser(t.Context(), by(boss), u, sum("link"), time.Hour)
	require.NoError(t, err)
	require.WithinDuration(t, time.Now().Add(time.Hour), expires, time.Minute)
	got, err := d.ResetUser(t.Context(), sum("link"))
	require.NoError(t, err)
	require.Equal(t, u.ID, got.ID)
	require.Equal(t, []string{"user.created by " + boss.Email}, d.audited(u.ID))
	twin := u
	twin.ID = id()
	_, err = d.AddUser(t.Context(), by(boss), twin, sum("other"), time.Hour)
	require.ErrorIs(t, err, models.ErrEmailTaken)
	require.Empty(t, d.audited(twin.ID), "nothing is told that did not happen")
	_, err = d.ResetUser(t.Context(), sum("other"))
	require.ErrorIs(t, err, models.ErrBadResetToken)
}

func TestDeletingAUser(t *testing.T) {
	t.Parallel()
	d := open(t)
	boss, u, friend := d.user(admin), d.user(), d.user()
	se := d.signIn(u, "")
	_, err := d.CreateToken(t.Context(), by(u), models.AccessToken{ID: id(), UserID: u.ID, Name: "n", TokenHash: sum("t"), Scopes: []models.TokenScope{models.ScopeRead}}, 9)
	require.NoError(t, err)
	for _, content := range []string{"a", "b", "c"} {
		d.stored(u, content)
	}
	kept := d.stored(friend, "a")
	trashed := d.stored(u, "d")
	_, err = d.TrashFile(t.Context(), mine(u), trashed.FileID)
	require.NoError(t, err)

	n := models.NewUpload{ID: id(), OwnerID: u.ID, Name: "secret name.jpg", Reserve: 10, MaxOpen: 9, IdempotencyKey: ptr("key")}
	_, _, err = d.CreateUpload(t.Context(), n)
	require.NoError(t, err)
	waiting, adopted, versioned := d.accepted(u, "waiting"), d.accepted(u, "adopted"), d.accepted(u, "versioned")
	for _, up := range []models.Upload{adopted, versioned} {
		_, err = d.ClaimContent(t.Context(), up.ID, u.ID, up.SHA256)
		require.NoError(t, err)
		_, err = d.AdoptBlob(t.Context(), up.ID, blobOf(up))
		require.NoError(t, err)
	}
	_, err = d.CreateVersion(t.Context(), versioned.ID)
	require.NoError(t, err)

	running, err := d.DeleteUser(t.Context(), by(boss), u.ID)
	require.NoError(t, err)
	require.Len(t, running, 4)
	_, err = d.DeleteUser(t.Context(), by(boss), u.ID)
	require.ErrorIs(t, err, models.ErrNotFound, "twice")
	require.Equal(t, []string{"user.deleted by " + boss.Email}, d.audited(u.ID))

	// The account is not there for anybody, and its address is free.
	require.False(t, d.lives(se))
	_, _, err = d.TokenUser(t.Context(), sum("t"))
	require.ErrorIs(t, err, models.ErrUnauthenticated)
	for _, look := range []func() error{
		func() error { _, err := d.UserByID(t.Context(), u.ID); return err },
		func() error { _, err := d.UserByEmail(t.Context(), u.Email); return err },
		func() error { _, err := d.UserForSignIn(t.Context(), u.Email); return err },
		func() error { return d.EndSessions(t.Context(), by(boss), u.ID) },
		func() error { _, err := d.IssueReset(t.Context(), by(boss), u.ID, sum("r"), time.Hour); return err },
	} {
		require.ErrorIs(t, look(), models.ErrNotFound)
	}
	require.ErrorIs(t, d.CreateSession(t.Context(), models.Session{ID: id(), UserID: u.ID, TokenHash: sum("late"), ExpiresAt: time.Now().Add(time.Hour)}, ""), models.ErrInvalidCredentials)
	page, err := d.ListUsers(t.Context(), models.UserFilter{})
	require.NoError(t, err)
	require.Len(t, page.Items, 2)
	again := d.user(func(v *models.User) { v.Email = u.Email })
	require.NotEqual(t, u.ID, again.ID)

	// Nothing of it goes on: uploads have ended, and their workflows are told so.
	states := map[string]models.UploadState{}
	for _, up := range []string{n.ID, waiting.ID, adopted.ID, versioned.ID} {
		states[up] = must(d.UploadState(t.Context(), up))
	}
	require.Equal(t, map[string]models.UploadState{
		n.ID: models.UploadCanceled, waiting.ID: models.UploadCanceled, adopted.ID: models.UploadCanceled, versioned.ID: models.UploadDone,
	}, states)
	_, err = d.AcceptUpload(t.Context(), n.ID, 5, hash("x"), "image/jpeg")
	require.ErrorIs(t, err, models.ErrConflict)
	_, err = d.ClaimContent(t.Context(), waiting.ID, u.ID, waiting.SHA256)
	require.ErrorIs(t, err, models.ErrAlreadyFinished)
	_, err = d.CreateVersion(t.Context(), adopted.ID)
	require.ErrorIs(t, err, models.ErrAlreadyFinished)
	require.NoError(t, d.FinishUpload(t.Context(), finish(waiting, models.UploadCanceled)))
	_, _, err = d.CreateUpload(t.Context(), models.NewUpload{ID: id(), OwnerID: u.ID, Name: "n", Reserve: 1, MaxOpen: 9})
	require.ErrorIs(t, err, models.ErrSuspended)

	// What it had goes, piece by piece, and nobody else's with it.
	require.Equal(t, []string{u.ID}, must(d.UnpurgedUsers(t.Context(), 10)))
	rounds := 0
	for more := true; more; rounds++ {
		more, err = d.PurgeUser(t.Context(), u.ID, 2)
		require.NoError(t, err)
	}
	require.Greater(t, rounds, 2)
	require.Empty(t, must(d.UnpurgedUsers(t.Context(), 10)))
	for table, want := range map[string]int{"files": 0, "versions": 0, "claims": 0} {
		require.Equal(t, want, value[int](d, `SELECT count(*) FROM `+table+` WHERE owner_id = $1`, u.ID), table)
	}
	require.Zero(t, value[int](d, `SELECT count(*) FROM notifications WHERE user_id = $1`, u.ID))
	require.Zero(t, value[int](d, `SELECT count(*) FROM uploads WHERE owner_id = $1 AND (name LIKE '%jpg' OR idempotency_key IS NOT NULL)`, u.ID))
	row := value[string](d, `SELECT users::text FROM users WHERE id = $1`, u.ID)
	require.NotContains(t, row, u.Name+",")
	require.False(t, strings.Contains(row, u.Email) && u.Email != "", row)
	_, err = d.FileByID(t.Context(), mine(friend), kept.FileID)
	require.NoError(t, err)
	ids, err := d.CollectBlobs(t.Context(), time.Now().Add(time.Hour), 100)
	require.NoError(t, err)
	require.Len(t, ids, 5, "b, c, d, adopted and versioned; a is a friend's too")
	more, err := d.PurgeUser(t.Context(), friend.ID, 10)
	require.NoError(t, err)
	require.False(t, more)
	_, err = d.FileByID(t.Context(), mine(friend), kept.FileID)
	require.NoError(t, err, "who is not deleted is not purged")
}

// Uploads that end while their owner is deleted: whichever comes first, no file
// is left and nothing is under way.
func TestDeletingAUserAmidUploads(t *testing.T) {
	t.Parallel()
	d := open(t)
	boss := d.user(admin)
	for range 5 {
		u := d.user()
		ups := make([]models.Upload, 8)
		for i := range ups {
			ups[i] = d.accepted(u, id())
		}
		errs := atOnce(len(ups)+3, func(i int) error {
			switch {
			case i < len(ups):
				_, err := d.carry(t.Context(), ups[i])
				if errors.Is(err, models.ErrAlreadyFinished) {
					return nil
				}
				return err
			case i == len(ups):
				_, err := d.DeleteUser(t.Context(), by(boss), u.ID)
				return err
			}
			_, _, err := d.CreateUpload(t.Context(), models.NewUpload{ID: id(), OwnerID: u.ID, Name: "n", Reserve: 1, MaxOpen: 9})
			if errors.Is(err, models.ErrSuspended) {
				return nil
			}
			return err
		})
		requireAll(t, errs)
		for more := true; more; {
			var err error
			more, err = d.PurgeUser(t.Context(), u.ID, 3)
			require.NoError(t, err)
		}
		require.Zero(t, value[int](d, `SELECT count(*) FROM files WHERE owner_id = $1`, u.ID))
		require.Zero(t, value[int](d, `SELECT count(*) FROM uploads WHERE owner_id = $1 AND finished_at IS NULL`, u.ID))
	}
}

func ptr[T any](v T) *T { return &v }
