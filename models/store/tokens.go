package store

import (
	"context"
	"strings"
	"time"

	"gorm.io/gorm"

	"safelight/models"
)

// tokenRow is a row of access_tokens, joined with its user's where that is asked for.
type tokenRow struct {
	User       userRow    `gorm:"embedded"`
	TokenID    string     `gorm:"column:t_id"`
	UserID     string     `gorm:"column:t_user_id"`
	TokenName  string     `gorm:"column:t_name"`
	TokenHash  []byte     `gorm:"column:t_token_hash"`
	Scopes     string     `gorm:"column:t_scopes"`
	MadeAt     time.Time  `gorm:"column:t_created_at"`
	LastUsedAt *time.Time `gorm:"column:t_last_used_at"`
	ExpiresAt  *time.Time `gorm:"column:t_expires_at"`
}

const tokenColumns = `t.id AS t_id, t.user_id AS t_user_id, t.name AS t_name, t.token_hash AS t_token_hash,
	array_to_string(t.scopes, ',') AS t_scopes, t.created_at AS t_created_at, t.last_used_at AS t_last_used_at,
	t.expires_at AS t_expires_at`

func (r tokenRow) token() models.AccessToken {
	t := models.AccessToken{
		ID: r.TokenID, UserID: r.UserID, Name: r.TokenName, TokenHash: r.TokenHash,
		CreatedAt: r.MadeAt.UTC(), LastUsedAt: utc(r.LastUsedAt), ExpiresAt: utc(r.ExpiresAt),
	}
	for scope := range strings.SplitSeq(r.Scopes, ",") {
		t.Scopes = append(t.Scopes, models.TokenScope(scope))
	}
	return t
}

// CreateToken inserts a personal access token and returns it with its time of
// creation. ErrTooManyTokens where its user has limit of them already, those that
// have expired included.
func (s *Store) CreateToken(ctx context.Context, by models.Actor, t models.AccessToken, limit int) (models.AccessToken, error) {
	if err := checkIDs(t.ID, t.UserID); err != nil {
		return models.AccessToken{}, fail("create access token", err)
	}
	scopes := make([]string, len(t.Scopes))
	for i, scope := range t.Scopes {
		scopes[i] = string(scope)
	}
	var row tokenRow
	err := s.transact(ctx, func(tx *gorm.DB) error {
		if _, err := lockAccount(tx, t.UserID); err != nil {
			return err
		}
		var found bool
		var err error
		row, found, err = first[tokenRow](tx, `
			WITH t AS (
				INSERT INTO access_tokens (id, user_id, name, token_hash, scopes, expires_at)
				SELECT $1::uuid, $2::uuid, $3::text, $4::bytea, string_to_array($5::text, ','), $6::timestamptz
				 WHERE (SELECT count(*) FROM access_tokens WHERE user_id = $2::uuid) < $7::bigint
				RETURNING *
			)
			SELECT `+tokenColumns+` FROM t`,
			t.ID, t.UserID, t.Name, t.TokenHash, strings.Join(scopes, ","), t.ExpiresAt, limit)
		if err == nil && !found {
			err = models.ErrTooManyTokens
		}
		if err != nil {
			return err
		}
		return record(tx, models.AuditEntry{
			Actor: by, Action: "token.created", TargetKind: "token", TargetID: t.ID,
			Details: map[string]any{"name": t.Name, "scopes": t.Scopes, "expiresAt": t.ExpiresAt},
		})
	})
	if err != nil {
		return models.AccessToken{}, fail("create access token", err)
	}
	return row.token(), nil
}

// DeleteToken deletes a personal access token of a user: it does not count from
// the next request on, and the streams that it opened end.
func (s *Store) DeleteToken(ctx context.Context, by models.Actor, userID, id string) error {
	if err := checkIDs(userID, id); err != nil {
		return fail("delete access token", err)
	}
	return fail("delete access token", s.transact(ctx, func(tx *gorm.DB) error {
		name, found, err := first[string](tx, `DELETE FROM access_tokens WHERE id = $1 AND user_id = $2 RETURNING name`, id, userID)
		if err == nil && !found {
			err = models.ErrNotFound
		}
		if err != nil {
			return err
		}
		if err := tellAccount(tx, userID, id); err != nil {
			return err
		}
		return record(tx, models.AuditEntry{
			Actor: by, Action: "token.deleted", TargetKind: "token", TargetID: id, Details: map[string]any{"name": name},
		})
	}))
}

// ListTokens lists the personal access tokens of a user, newest first, those
// that have expired included.
func (s *Store) ListTokens(ctx context.Context, userID string, limit int, after string) (models.Page[models.AccessToken], error) {
	tag := listTag("tokens", userID)
	before, err := beforeID(after, tag, userID)
	if err != nil {
		return models.Page[models.AccessToken]{}, fail("list access tokens", err)
	}
	limit = pageSize(limit)
	rows, err := every[tokenRow](s.conn(ctx), `
		SELECT `+tokenColumns+` FROM access_tokens t
		 WHERE t.user_id = $1 AND ($2::uuid IS NULL OR t.id < $2::uuid) ORDER BY t.id DESC LIMIT $3`, userID, before, limit+1)
	if err != nil {
		return models.Page[models.AccessToken]{}, fail("list access tokens", err)
	}
	return page(rows, limit, func(r tokenRow) (models.AccessToken, error) { return r.token(), nil }, func(r tokenRow) cursor {
		return cursor{List: tag, ID: r.TokenID}
	})
}

// beforeID reads the cursor of a list by id, newest first; nil at its beginning.
func beforeID(after, tag string, ids ...string) (*string, error) {
	if err := checkIDs(ids...); err != nil || after == "" {
		return nil, err
	}
	c, err := decodeCursor(after, tag)
	if err == nil {
		err = c.checkID()
	}
	return &c.ID, err
}

// TokenUser reads a personal access token and its user (without UsedBytes) in
// one statement, which notes the use, at most once a minute. A token that is
// unknown or has expired is ErrUnauthenticated. Whether the user may go on is
// the caller's to judge.
func (s *Store) TokenUser(ctx context.Context, tokenHash []byte) (models.User, models.AccessToken, error) {
	// A use that another request is just noting is passed over: no request waits for it.
	row, found, err := first[tokenRow](s.conn(ctx), `
		WITH used AS (
			UPDATE access_tokens SET last_used_at = now() WHERE id = (
				SELECT id FROM access_tokens
				 WHERE token_hash = $1 AND (expires_at IS NULL OR expires_at > now())
				   AND (last_used_at IS NULL OR last_used_at < now() - interval '1 minute')
				   FOR NO KEY UPDATE SKIP LOCKED)
		)
		SELECT `+userColumns+`, `+tokenColumns+`
		  FROM access_tokens t JOIN users u ON u.id = t.user_id
		 WHERE t.token_hash = $1 AND (t.expires_at IS NULL OR t.expires_at > now()) AND u.deleted_at IS NULL`, tokenHash)
	if err == nil && !found {
		err = models.ErrUnauthenticated
	}
	if err != nil {
		return models.User{}, models.AccessToken{}, fail("read access token", err)
	}
	return row.User.user(), row.token(), nil
}
