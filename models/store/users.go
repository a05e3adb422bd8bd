package store

import (
	"cmp"
	"context"
	"strings"
	"time"

	"gorm.io/gorm"

	"safelight/models"
)

// userRow is a row of users.
type userRow struct {
	ID           string    `gorm:"column:id"`
	Email        string    `gorm:"column:email"`
	Name         string    `gorm:"column:name"`
	Role         string    `gorm:"column:role"`
	Status       string    `gorm:"column:status"`
	PasswordHash string    `gorm:"column:password_hash"`
	QuotaBytes   int64     `gorm:"column:quota_bytes"`
	UsedBytes    int64     `gorm:"column:used_bytes"`
	QuotaFiles   int64     `gorm:"column:quota_files"`
	UsedFiles    int64     `gorm:"column:used_files"`
	CreatedAt    time.Time `gorm:"column:created_at"`
	UpdatedAt    time.Time `gorm:"column:updated_at"`
}

func (r userRow) user() models.User {
	return models.User{
		ID: r.ID, Email: r.Email, Name: r.Name,
		Role: models.Role(r.Role), Status: models.UserStatus(r.Status),
		PasswordHash: r.PasswordHash, QuotaBytes: r.QuotaBytes, UsedBytes: r.UsedBytes,
		QuotaFiles: r.QuotaFiles, UsedFiles: r.UsedFiles,
		CreatedAt: r.CreatedAt.UTC(), UpdatedAt: r.UpdatedAt.UTC(),
	}
}

const (
	userColumns = `u.id, u.email, u.name, u.role, u.status, u.password_hash, u.quota_bytes, u.quota_files, u.created_at, u.updated_at`
	// usedColumn is what user u has: the bytes of all versions, and the number of files.
	usedColumn = `(SELECT coalesce(sum(v.stored_bytes), 0)::bigint FROM versions v WHERE v.owner_id = u.id) AS used_bytes,
	(SELECT count(*) FROM files f WHERE f.owner_id = u.id AND f.trashed_at IS NULL) +
	(SELECT count(*) FROM files f WHERE f.owner_id = u.id AND f.trashed_at IS NOT NULL) AS used_files`
)

// CreateUser inserts an account. E-mail addresses are lower-case: the caller
// sees to it. ErrEmailTaken where another account has it.
func (s *Store) CreateUser(ctx context.Context, u models.User) error {
	return fail("create user", insertUser(s.conn(ctx), u))
}

func insertUser(db *gorm.DB, u models.User) error {
	_, err := exec(db, `
		INSERT INTO users (id, email, name, role, status, password_hash, quota_bytes, quota_files)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		u.ID, u.Email, u.Name, string(u.Role), string(u.Status), u.PasswordHash, u.QuotaBytes,
		cmp.Or(u.QuotaFiles, models.DefaultQuotaFiles))
	return err
}

// UserByID reads an account, UsedBytes included.
func (s *Store) UserByID(ctx context.Context, id string) (models.User, error) {
	if err := checkIDs(id); err != nil {
		return models.User{}, fail("read user", err)
	}
	return s.userWhere(ctx, `u.id = $1 AND u.deleted_at IS NULL`, id)
}

// UserByEmail reads the account with this lower-case e-mail address, UsedBytes included.
func (s *Store) UserByEmail(ctx context.Context, email string) (models.User, error) {
	if !storable(email) {
		return models.User{}, fail("read user", models.ErrNotFound)
	}
	return s.userWhere(ctx, `u.email = $1`, email)
}

// UserForSignIn is UserByEmail without UsedBytes: how long it takes says nothing
// of how much an account has, and so not whether there is one.
func (s *Store) UserForSignIn(ctx context.Context, email string) (models.User, error) {
	if !storable(email) {
		return models.User{}, fail("read user", models.ErrNotFound)
	}
	row, found, err := first[userRow](s.conn(ctx), `SELECT `+userColumns+` FROM users u WHERE u.email = $1`, email)
	if err == nil && !found {
		err = models.ErrNotFound
	}
	return row.user(), fail("read user", err)
}

func (s *Store) userWhere(ctx context.Context, condition string, arg any) (models.User, error) {
	row, found, err := first[userRow](s.conn(ctx),
		`SELECT `+userColumns+`, `+usedColumn+` FROM users u WHERE `+condition, arg)
	if err == nil && !found {
		err = models.ErrNotFound
	}
	return row.user(), fail("read user", err)
}

// UpdateUserName renames an account and returns it as it is now.
func (s *Store) UpdateUserName(ctx context.Context, id, name string) (models.User, error) {
	if err := checkIDs(id); err != nil {
		return models.User{}, fail("rename user", err)
	}
	row, found, err := first[userRow](s.conn(ctx), `
		UPDATE users u SET name = $2, updated_at = now() WHERE u.id = $1
		RETURNING `+userColumns+`, `+usedColumn, id, name)
	if err == nil && !found {
		err = models.ErrNotFound
	}
	return row.user(), fail("rename user", err)
}

// storable reports whether PostgreSQL could hold the text at all. What it
// could not hold is in no row.
func storable(text string) bool {
	return !strings.ContainsRune(text, 0) && strings.ToValidUTF8(text, "") == text
}
