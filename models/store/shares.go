package store

import (
	"context"
	"errors"
	"time"

	"gorm.io/gorm"

	"safelight/models"
)

// shareRow is a row of shares.
type shareRow struct {
	ID           string     `gorm:"column:s_id"`
	FileID       string     `gorm:"column:s_file_id"`
	CreatedBy    string     `gorm:"column:s_created_by"`
	TokenHash    []byte     `gorm:"column:s_token_hash"`
	TokenSealed  []byte     `gorm:"column:s_token_sealed"`
	PasswordHash string     `gorm:"column:s_password_hash"`
	Views        int64      `gorm:"column:s_views"`
	LastViewedAt *time.Time `gorm:"column:s_last_viewed_at"`
	CreatedAt    time.Time  `gorm:"column:s_created_at"`
	ExpiresAt    time.Time  `gorm:"column:s_expires_at"`
}

// shareColumns are those of share s.
const shareColumns = `s.id AS s_id, s.file_id AS s_file_id, s.created_by AS s_created_by, s.token_hash AS s_token_hash,
	s.token_sealed AS s_token_sealed, s.password_hash AS s_password_hash, s.views AS s_views,
	s.last_viewed_at AS s_last_viewed_at, s.created_at AS s_created_at, s.expires_at AS s_expires_at`

func (r shareRow) share() (models.Share, error) {
	return models.Share{
		ID: r.ID, FileID: r.FileID, CreatedBy: r.CreatedBy, TokenHash: r.TokenHash, TokenSealed: r.TokenSealed,
		PasswordHash: r.PasswordHash, Views: r.Views, LastViewedAt: utc(r.LastViewedAt),
		CreatedAt: r.CreatedAt.UTC(), ExpiresAt: r.ExpiresAt.UTC(),
	}, nil
}

// CreateShare inserts a public link to a file of a scope that is good for a
// time from now on; CreatedAt and ExpiresAt are set here. Links of the file
// that have expired go. ErrFileTrashed in the trash, ErrConflict where the file
// has models.MaxShares links.
func (s *Store) CreateShare(ctx context.Context, by models.Actor, scope models.Scope, n models.Share, lives time.Duration) (models.Share, error) {
	owner, err := ownerIn(scope)
	if err := errors.Join(err, checkIDs(n.ID, n.FileID, n.CreatedBy)); err != nil {
		return models.Share{}, fail("create share", err)
	}
	var made shareRow
	err = s.transact(ctx, func(tx *gorm.DB) error {
		type target struct {
			OwnerID string `gorm:"column:owner_id"`
			Trashed bool   `gorm:"column:trashed"`
		}
		file, found, err := first[target](tx, `
			SELECT owner_id, trashed_at IS NOT NULL AS trashed FROM files
			 WHERE id = $1 AND `+owned+` FOR NO KEY UPDATE`, n.FileID, owner)
		switch {
		case err != nil:
			return err
		case !found:
			return models.ErrNotFound
		case file.Trashed:
			return models.ErrFileTrashed
		}
		if _, err := exec(tx, `DELETE FROM shares WHERE file_id = $1 AND expires_at <= now()`, n.FileID); err != nil {
			return err
		}
		made, found, err = first[shareRow](tx, `
			WITH s AS (
				INSERT INTO shares (id, file_id, created_by, token_hash, token_sealed, password_hash, expires_at)
				SELECT $1::uuid, $2::uuid, $3::uuid, $4::bytea, $5::bytea, $6::text, now() + make_interval(secs => $7)
				 WHERE (SELECT count(*) FROM shares WHERE file_id = $2) < $8::bigint
				RETURNING *
			)
			SELECT `+shareColumns+` FROM s`,
			n.ID, n.FileID, n.CreatedBy, n.TokenHash, n.TokenSealed, n.PasswordHash, lives.Seconds(), models.MaxShares)
		if err != nil {
			return err
		}
		if !found {
			return models.ErrConflict
		}
		return record(tx, models.AuditEntry{
			Actor: by, Action: "share.created", TargetKind: "file", TargetID: n.FileID,
			Details: map[string]any{
				"shareId": n.ID, "ownerId": file.OwnerID, "expiresAt": made.ExpiresAt.UTC(), "password": n.PasswordHash != "",
			},
		})
	})
	if err != nil {
		return models.Share{}, fail("create share", err)
	}
	return made.share()
}

// SharesOf lists the public links of a file that have not expired, newest first.
func (s *Store) SharesOf(ctx context.Context, scope models.Scope, fileID string, limit int, after string) (models.Page[models.Share], error) {
	if _, err := s.FileByID(ctx, scope, fileID); err != nil {
		return models.Page[models.Share]{}, err
	}
	tag := listTag("shares", fileID)
	below := "ffffffff-ffff-ffff-ffff-ffffffffffff"
	if after != "" {
		c, err := decodeCursor(after, tag)
		if err := errors.Join(err, c.checkID()); err != nil {
			return models.Page[models.Share]{}, fail("list shares", err)
		}
		below = c.ID
	}
	limit = pageSize(limit)
	rows, err := every[shareRow](s.conn(ctx), `
		SELECT `+shareColumns+` FROM shares s
		 WHERE s.file_id = $1 AND s.id < $2::uuid AND s.expires_at > now() ORDER BY s.id DESC LIMIT $3`, fileID, below, limit+1)
	if err != nil {
		return models.Page[models.Share]{}, fail("list shares", err)
	}
	return page(rows, limit, shareRow.share, func(r shareRow) cursor { return cursor{List: tag, ID: r.ID} })
}

// EndShare ends a public link of a file: it leads nowhere from then on.
func (s *Store) EndShare(ctx context.Context, by models.Actor, scope models.Scope, fileID, shareID string) error {
	owner, err := ownerIn(scope)
	if err := errors.Join(err, checkIDs(fileID, shareID)); err != nil {
		return fail("end share", err)
	}
	return fail("end share", s.transact(ctx, func(tx *gorm.DB) error {
		type ended struct {
			OwnerID string `gorm:"column:owner_id"`
			Views   int64  `gorm:"column:views"`
		}
		e, found, err := first[ended](tx, `
			DELETE FROM shares USING files f WHERE shares.id = $3 AND file_id = $1 AND f.id = file_id AND `+owned+`
			RETURNING f.owner_id, views`, fileID, owner, shareID)
		if err == nil && !found {
			err = models.ErrNotFound
		}
		if err != nil {
			return err
		}
		return record(tx, models.AuditEntry{
			Actor: by, Action: "share.ended", TargetKind: "file", TargetID: fileID,
			Details: map[string]any{"shareId": shareID, "ownerId": e.OwnerID, "views": e.Views},
		})
	}))
}

// SharedFile is what the public link with this token hash shows now: the
// file's current version. One that is not there, has expired or was ended, one
// of a file in the trash, and one whose file's owner or whose maker is
// suspended are all the same ErrNotFound.
func (s *Store) SharedFile(ctx context.Context, tokenHash []byte) (models.SharedFile, error) {
	type sharedRow struct {
		Share shareRow `gorm:"embedded"`
		File  fileRow  `gorm:"embedded"`
	}
	row, found, err := first[sharedRow](s.conn(ctx), `
		SELECT `+shareColumns+`, `+fileColumns+`
		  FROM shares s JOIN files f ON f.id = s.file_id AND f.trashed_at IS NULL `+fileJoins+`
		  JOIN users o ON o.id = f.owner_id AND o.status = 'active'
		  JOIN users m ON m.id = s.created_by AND m.status = 'active'
		 WHERE s.token_hash = $1 AND s.expires_at > now()`, tokenHash)
	if err == nil && !found {
		err = models.ErrNotFound
	}
	if err != nil {
		return models.SharedFile{}, fail("read share", err)
	}
	share, shareErr := row.Share.share()
	file, err := row.File.file()
	return models.SharedFile{Share: share, File: file}, errors.Join(shareErr, err)
}

// CountView counts a view of a public link. One that is gone is success.
func (s *Store) CountView(ctx context.Context, shareID string) error {
	if err := checkIDs(shareID); err != nil {
		return fail("count view", err)
	}
	_, err := exec(s.conn(ctx), `UPDATE shares SET views = views + 1, last_viewed_at = now() WHERE id = $1`, shareID)
	return fail("count view", err)
}
