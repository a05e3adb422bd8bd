package store

import (
	"context"
	"fmt"
	"strings"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"safelight/models"
)

// The three ways to run a statement written by hand. Parameters are $1, $2, …
// and may be used more than once; the text holds neither '?' nor '@', which
// gorm would take for its own.

// first scans the first row into a T and reports whether there was one.
func first[T any](db *gorm.DB, statement string, args ...any) (row T, found bool, err error) {
	res := db.Raw(statement, args...).Scan(&row)
	return row, res.RowsAffected > 0, res.Error
}

// every scans all rows.
func every[T any](db *gorm.DB, statement string, args ...any) ([]T, error) {
	var rows []T
	err := db.Raw(statement, args...).Scan(&rows).Error
	return rows, err
}

// exec runs a statement and returns how many rows its outermost command
// returned or changed.
func exec(db *gorm.DB, statement string, args ...any) (int64, error) {
	res := db.Exec(statement, args...)
	return res.RowsAffected, res.Error
}

func (s *Store) conn(ctx context.Context) *gorm.DB { return s.db.WithContext(ctx) }

// checkIDs refuses what is not a UUID in its usual form: there is no such row.
func checkIDs(ids ...string) error {
	for _, id := range ids {
		if !isID(id) {
			return models.ErrNotFound
		}
	}
	return nil
}

func isID(id string) bool { return len(id) == 36 && uuid.Validate(id) == nil }

// owned is the condition that a row lies in a scope, whose parameter is $2.
// It goes with ownerIn.
const owned = `($2::uuid IS NULL OR owner_id = $2::uuid)`

// ownerIn is the owner that a scope is limited to, nil for all owners. A scope
// that names neither sees nothing.
func ownerIn(scope models.Scope) (*string, error) {
	if scope.Any {
		return nil, nil
	}
	if err := checkIDs(scope.OwnerID); err != nil {
		return nil, err
	}
	return &scope.OwnerID, nil
}

// scopeTag is a scope's part of a list's tag.
func scopeTag(scope models.Scope) string {
	if scope.Any {
		return "any"
	}
	return scope.OwnerID
}

// newID makes a UUIDv7, so that ids grow with time and indexes stay dense.
func newID() (string, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return "", fmt.Errorf("make an id: %w", err)
	}
	return id.String(), nil
}

// pageSize keeps a limit within what a list gives out at once.
func pageSize(limit int) int {
	switch {
	case limit < 1:
		return 50
	case limit > 200:
		return 200
	}
	return limit
}

// page cuts the one row too many that tells that there is more.
func page[R, T any](rows []R, limit int, item func(R) (T, error), key func(R) cursor) (models.Page[T], error) {
	var p models.Page[T]
	if len(rows) > limit {
		rows = rows[:limit]
		p.Next = key(rows[limit-1]).encode()
	}
	p.Items = make([]T, 0, len(rows))
	for _, r := range rows {
		it, err := item(r)
		if err != nil {
			return models.Page[T]{}, err
		}
		p.Items = append(p.Items, it)
	}
	return p, nil
}

// uuidArray writes checked ids as a literal for a parameter of type uuid[].
func uuidArray(ids []string) string { return "{" + strings.Join(ids, ",") + "}" }
