package store

import (
	"context"
	"strconv"
	"time"

	"gorm.io/gorm"

	"safelight/models"
)

// ListUsers lists accounts, newest first; those that are deleted are none.
func (s *Store) ListUsers(ctx context.Context, f models.UserFilter) (models.Page[models.User], error) {
	if !storable(f.Q) { // nothing matches
		return models.Page[models.User]{Items: []models.User{}}, nil
	}
	tag := listTag("users", f.Q, string(f.Role), string(f.Status))
	before, err := beforeID(f.Cursor, tag)
	if err != nil {
		return models.Page[models.User]{}, fail("list users", err)
	}
	pattern := ""
	if f.Q != "" {
		pattern = "%" + likeEscaper.Replace(f.Q) + "%"
	}
	limit := pageSize(f.Limit)
	rows, err := every[userRow](s.conn(ctx), `
		SELECT `+userColumns+`, `+usedColumn+` FROM users u
		 WHERE u.deleted_at IS NULL AND ($1::uuid IS NULL OR u.id < $1::uuid)
		   AND ($2::text = '' OR u.role = $2::text) AND ($3::text = '' OR u.status = $3::text)
		   AND ($4::text = '' OR u.name ILIKE $4::text OR u.email ILIKE $4::text)
		 ORDER BY u.id DESC LIMIT $5`, before, string(f.Role), string(f.Status), pattern, limit+1)
	if err != nil {
		return models.Page[models.User]{}, fail("list users", err)
	}
	return page(rows, limit, func(r userRow) (models.User, error) { return r.user(), nil }, func(r userRow) cursor {
		return cursor{List: tag, ID: r.ID}
	})
}

// Emails gives the addresses of users by their ids. Who is not there, or whose
// account is being deleted, is left out.
func (s *Store) Emails(ctx context.Context, ids []string) (map[string]string, error) {
	if err := checkIDs(ids...); err != nil {
		return nil, fail("read addresses", err)
	}
	rows, err := every[userRow](s.conn(ctx), `
		SELECT id, email FROM users WHERE id IN (SELECT t.id FROM unnest($1::uuid[]) AS t (id)) AND deleted_at IS NULL`, uuidArray(ids))
	if err != nil {
		return nil, fail("read addresses", err)
	}
	emails := make(map[string]string, len(rows))
	for _, r := range rows {
		emails[r.ID] = r.Email
	}
	return emails, nil
}

// AddUser makes an account for somebody else. With a resetHash it comes with a
// link to set the first password, which ends at expires.
func (s *Store) AddUser(ctx context.Context, by models.Actor, u models.User, resetHash []byte, lives time.Duration) (expires time.Time, err error) {
	err = s.transact(ctx, func(tx *gorm.DB) error {
		if err := insertUser(tx, u); err != nil {
			return err
		}
		if len(resetHash) > 0 {
			if expires, err = putReset(tx, u.ID, resetHash, lives); err != nil {
				return err
			}
		}
		return record(tx, models.AuditEntry{
			Actor: by, Action: "user.created", TargetKind: "user", TargetID: u.ID,
			Details: map[string]any{"email": u.Email, "role": u.Role, "quotaBytes": u.QuotaBytes, "resetIssued": len(resetHash) > 0},
		})
	})
	return expires, fail("add user", err)
}

// UpdateUser changes an account as an admin may, and returns it as it is then.
// Each thing that changes has its line in the audit log; what is so already
// has none. ErrLastAdmin where no active admin would be left; ErrForbidden
// where the actor has lost that role meanwhile.
func (s *Store) UpdateUser(ctx context.Context, by models.Actor, id string, c models.UserChange) (models.User, error) {
	if err := checkIDs(id); err != nil {
		return models.User{}, fail("change user", err)
	}
	var user models.User
	err := s.transact(ctx, func(tx *gorm.DB) error {
		takesAway := c.Role != nil && *c.Role != models.RoleAdmin || c.Status != nil && *c.Status != models.StatusActive
		before, err := lockForAdmin(tx, by, id, takesAway)
		if err != nil {
			return err
		}
		after := changed(before, c)
		row, _, err := first[userRow](tx, `
			UPDATE users u SET name = $2, role = $3, status = $4, quota_bytes = $5, quota_files = $6, updated_at = now() WHERE u.id = $1
			RETURNING `+userColumns+`, `+usedColumn, id, after.Name, after.Role, after.Status, after.QuotaBytes, after.QuotaFiles)
		if err != nil {
			return err
		}
		user = row.user()
		for _, e := range differences(before, after) {
			e.Actor, e.TargetKind, e.TargetID = by, "user", id
			if err := record(tx, e); err != nil {
				return err
			}
		}
		if before.Role != after.Role || before.Status != after.Status {
			return tellAccount(tx, id, id)
		}
		return nil
	})
	if err != nil {
		return models.User{}, fail("change user", err)
	}
	return user, nil
}

func changed(u userRow, c models.UserChange) userRow {
	if c.Name != nil {
		u.Name = *c.Name
	}
	if c.Role != nil {
		u.Role = string(*c.Role)
	}
	if c.Status != nil {
		u.Status = string(*c.Status)
	}
	if c.QuotaBytes != nil {
		u.QuotaBytes = *c.QuotaBytes
	}
	if c.QuotaFiles != nil {
		u.QuotaFiles = *c.QuotaFiles
	}
	return u
}

// differences are the lines of the audit log that tell of a change.
func differences(before, after userRow) []models.AuditEntry {
	var out []models.AuditEntry
	note := func(action, from, to string) {
		if from != to {
			out = append(out, models.AuditEntry{Action: action, Details: map[string]any{"from": from, "to": to}})
		}
	}
	suspension := "user.suspended"
	if after.Status == string(models.StatusActive) {
		suspension = "user.activated"
	}
	note("user.role_changed", before.Role, after.Role)
	note(suspension, before.Status, after.Status)
	note("user.quota_changed", strconv.FormatInt(before.QuotaBytes, 10), strconv.FormatInt(after.QuotaBytes, 10))
	note("user.file_quota_changed", strconv.FormatInt(before.QuotaFiles, 10), strconv.FormatInt(after.QuotaFiles, 10))
	note("user.renamed", before.Name, after.Name)
	return out
}

// lockForAdmin takes the row of an account for the rest of the transaction.
// What takes an admin away locks every active admin too, in the order of their
// ids: such changes happen one after the other, and each sees those that are
// left as they stay until it commits.
func lockForAdmin(tx *gorm.DB, by models.Actor, id string, takesAway bool) (userRow, error) {
	if !takesAway {
		return lockAccount(tx, id)
	}
	rows, err := every[userRow](tx, `
		SELECT `+userColumns+` FROM users u
		 WHERE u.deleted_at IS NULL AND (u.role = 'admin' AND u.status = 'active' OR u.id = $1)
		 ORDER BY u.id FOR NO KEY UPDATE`, id)
	if err != nil {
		return userRow{}, err
	}
	var target *userRow
	others, actorIsAdmin := 0, by.UserID == "" // the system needs no role
	for i := range rows {
		row := &rows[i]
		active := row.Role == string(models.RoleAdmin) && row.Status == string(models.StatusActive)
		if row.ID == id {
			target = row
		} else if active {
			others++
		}
		actorIsAdmin = actorIsAdmin || active && row.ID == by.UserID
	}
	switch {
	case target == nil:
		return userRow{}, models.ErrNotFound
	case !actorIsAdmin:
		return userRow{}, models.ErrForbidden
	case others == 0 && target.Role == string(models.RoleAdmin) && target.Status == string(models.StatusActive):
		return userRow{}, models.ErrLastAdmin
	}
	return *target, nil
}

// EndSessions ends all sessions of a user. Personal access tokens go on.
func (s *Store) EndSessions(ctx context.Context, by models.Actor, userID string) error {
	if err := checkIDs(userID); err != nil {
		return fail("end sessions", err)
	}
	return fail("end sessions", s.transact(ctx, func(tx *gorm.DB) error {
		if _, err := lockAccount(tx, userID); err != nil {
			return err
		}
		ended, err := endSessions(tx, userID, nil)
		if err != nil {
			return err
		}
		return record(tx, models.AuditEntry{
			Actor: by, Action: "user.sessions_ended", TargetKind: "user", TargetID: userID,
			Details: map[string]any{"sessions": ended},
		})
	}))
}
