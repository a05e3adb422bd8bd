package store

import (
	"context"
	"errors"
	"strconv"
	"time"

	"gorm.io/gorm"

	"safelight/models"
)

// fileRow is a row of files with its current version and that one's blob.
type fileRow struct {
	Version        versionRow `gorm:"embedded"`
	ID             string     `gorm:"column:id"`
	OwnerID        string     `gorm:"column:owner_id"`
	Name           string     `gorm:"column:name"`
	CurrentVersion int        `gorm:"column:current_version"`
	VersionCount   int        `gorm:"column:version_count"`
	Size           int64      `gorm:"column:size"`
	SortName       string     `gorm:"column:sort_name"`
	CreatedAt      time.Time  `gorm:"column:created_at"`
	UpdatedAt      time.Time  `gorm:"column:updated_at"`
	TrashedAt      *time.Time `gorm:"column:trashed_at"`
}

// fileColumns are those of file f, its current version v and blob b.
const (
	fileColumns = `f.id, f.owner_id, f.name, f.current_version, f.size, f.sort_name, f.created_at, f.updated_at, f.trashed_at,
	(SELECT count(*) FROM versions n WHERE n.file_id = f.id) AS version_count, ` + versionColumns + `, ` + blobColumns
	fileJoins = `JOIN versions v ON v.file_id = f.id AND v.number = f.current_version JOIN blobs b ON b.id = v.blob_id`
)

func (r fileRow) file() (models.File, error) {
	v, err := r.Version.version()
	if err != nil {
		return models.File{}, err
	}
	return models.File{
		ID: r.ID, OwnerID: r.OwnerID, Name: r.Name, CurrentVersion: r.CurrentVersion, VersionCount: r.VersionCount,
		CreatedAt: r.CreatedAt.UTC(), UpdatedAt: r.UpdatedAt.UTC(), TrashedAt: utc(r.TrashedAt), Current: v,
	}, nil
}

// FileByID reads a file, in the trash or not, with its current version.
func (s *Store) FileByID(ctx context.Context, scope models.Scope, id string) (models.File, error) {
	owner, err := ownerIn(scope)
	if err := errors.Join(err, checkIDs(id)); err != nil {
		return models.File{}, fail("read file", err)
	}
	row, found, err := first[fileRow](s.conn(ctx), `
		SELECT `+fileColumns+` FROM files f `+fileJoins+`
		 WHERE f.id = $1 AND ($2::uuid IS NULL OR f.owner_id = $2::uuid)`, id, owner)
	if err == nil && !found {
		err = models.ErrNotFound
	}
	if err != nil {
		return models.File{}, fail("read file", err)
	}
	return row.file()
}

// ListFiles lists files: those in the trash, or those that are not. An unknown
// sort is by time of creation. Of their current versions it has what lists
// show: the measures of the blob, its hash, and its full variant without the key. A page of a search may have fewer files than
// there are, or none, and go on: its Next alone tells the end.
func (s *Store) ListFiles(ctx context.Context, f models.FileFilter) (models.Page[models.File], error) {
	owner, err := ownerIn(f.Scope)
	if err != nil {
		return models.Page[models.File]{}, fail("list files", err)
	}
	if !storable(f.Q) { // no name matches
		return models.Page[models.File]{Items: []models.File{}}, nil
	}
	l := fileList{
		db: s.conn(ctx), owned: ofOwner(s.conn(ctx), owner), shown: "f.trashed_at IS NULL",
		order: orderBy(f.Sort, f.Scope), compare: ">", limit: pageSize(f.Limit),
	}
	if f.Trashed {
		l.shown = "f.trashed_at IS NOT NULL"
	}
	if owner == nil {
		l.shown += " AND f.size > 0" // all are: it opens the indexes over all owners
	}
	if f.Descending {
		l.compare, l.direction = "<", " DESC"
	}
	l.tag = listTag("files", string(l.order.sort), strconv.FormatBool(f.Descending), strconv.FormatBool(f.Trashed), f.Q, scopeTag(f.Scope))
	var from *cursor
	if f.Cursor != "" {
		c, err := decodeCursor(f.Cursor, l.tag)
		if err != nil {
			return models.Page[models.File]{}, fail("list files", err)
		}
		from = &c
	}
	var rows []fileRow
	var end *cursor
	if f.Q == "" {
		rows, err = l.next(from)
	} else {
		rows, end, err = l.search(f.Q).page(from)
	}
	if err != nil {
		return models.Page[models.File]{}, fail("list files", err)
	}
	p, err := page(rows, l.limit, fileRow.listed, l.cursor)
	if p.Next == "" && end != nil {
		p.Next = end.encode()
	}
	return p, err
}

func ofOwner(db *gorm.DB, owner *string) *gorm.DB {
	q := db.Table("files AS f")
	if owner != nil {
		q = q.Where("f.owner_id = ?", *owner)
	}
	return q.Session(&gorm.Session{}) // to build more than one query upon
}

// change runs a statement that changes a file and returns the file as it is
// then. A file that the statement finds nothing to change in is returned too.
func (s *Store) change(ctx context.Context, doing string, scope models.Scope, id, statement string, args ...any) (models.File, error) {
	owner, err := ownerIn(scope)
	if err := errors.Join(err, checkIDs(id)); err != nil {
		return models.File{}, fail(doing, err)
	}
	err = again(ctx, func() error {
		_, err := exec(s.conn(ctx), statement, append([]any{id, owner}, args...)...)
		return err
	})
	if err != nil {
		return models.File{}, fail(doing, err)
	}
	return s.FileByID(ctx, scope, id)
}

// RenameFile gives a file another name.
func (s *Store) RenameFile(ctx context.Context, scope models.Scope, id, name string) (models.File, error) {
	return s.change(ctx, "rename file", scope, id, `
		WITH f AS (
			UPDATE files SET name = $3, updated_at = now() WHERE id = $1 AND `+owned+` RETURNING id, owner_id
		)
		SELECT emit_signal('file', owner_id, id, 'updated') FROM f`, name)
}

// PurgeTrash removes for good up to limit files trashed before the given time,
// the longest there first, and returns how many.
func (s *Store) PurgeTrash(ctx context.Context, before time.Time, limit int) (int, error) {
	var n int64
	err := again(ctx, func() (err error) {
		n, err = exec(s.conn(ctx), `
			WITH f AS (
				DELETE FROM files WHERE id IN (
					SELECT id FROM files WHERE trashed_at < $1 ORDER BY trashed_at LIMIT $2 FOR UPDATE SKIP LOCKED)
				RETURNING id, owner_id
			)
			SELECT emit_signal('file', owner_id, id, 'deleted') FROM f`, before, limit)
		return err
	})
	return int(n), fail("purge trash", err)
}
