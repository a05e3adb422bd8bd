package store

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"gorm.io/gorm"

	"safelight/models"
)

// dueSQL are the files $1 that lie in the scope, locked in one order, so that
// two calls on the same files wait for each other and not in a circle.
const dueSQL = `
	WITH due AS (
		SELECT id, owner_id FROM files
		 WHERE id IN (SELECT t.id FROM unnest($1::uuid[]) AS t (id)) AND ` + owned + ` ORDER BY id FOR `

// changeSQL are the statements of ChangeFiles. Each returns the files that it
// found; over says that a file's owner has too much for it.
var changeSQL = map[models.FileAction]string{
	models.FileTrash: dueSQL + `NO KEY UPDATE), done AS (
		UPDATE files SET trashed_at = now(), updated_at = now() FROM due WHERE files.id = due.id AND files.trashed_at IS NULL
		RETURNING files.id
	)
	SELECT due.id, due.owner_id, told.* FROM due LEFT JOIN done ON done.id = due.id
	  LEFT JOIN LATERAL (SELECT emit_signal('file', due.owner_id, done.id, 'trashed') WHERE done.id IS NOT NULL) told ON true`,

	models.FileRestore: dueSQL + `NO KEY UPDATE), owners AS (
		SELECT q.id, ` + overQuotaSQL + ` AS over FROM users q WHERE q.id IN (SELECT owner_id FROM due)
	), done AS (
		UPDATE files SET trashed_at = NULL, updated_at = now() FROM due JOIN owners ON owners.id = due.owner_id
		 WHERE files.id = due.id AND files.trashed_at IS NOT NULL AND NOT owners.over
		RETURNING files.id
	)
	SELECT due.id, due.owner_id, owners.over AND files.trashed_at IS NOT NULL AS over, told.*
	  FROM due JOIN owners ON owners.id = due.owner_id JOIN files ON files.id = due.id LEFT JOIN done ON done.id = due.id
	  LEFT JOIN LATERAL (SELECT emit_signal('file', due.owner_id, done.id, 'restored') WHERE done.id IS NOT NULL) told ON true`,

	models.FileDelete: dueSQL + `UPDATE)
	DELETE FROM files USING due WHERE files.id = due.id
	RETURNING files.id, files.owner_id, files.name, emit_signal('file', files.owner_id, files.id, 'deleted')`,
}

// ChangeFiles puts files into the trash, takes them out of it, or deletes them
// for good with all their versions, in one transaction, and returns why the
// refused ones were: models.ErrNotFound, and for a restore ErrQuotaExceeded,
// where the owner has more than the quota allows. The others are done; what
// was so before counts as done. An admin's deletes of somebody else's files are
// in the audit log. Their blobs are left to CollectBlobs.
func (s *Store) ChangeFiles(ctx context.Context, by models.Actor, scope models.Scope, action models.FileAction, ids []string) (map[string]error, error) {
	owner, err := ownerIn(scope)
	if err != nil {
		return nil, fail("change files", err)
	}
	statement, ok := changeSQL[action]
	if !ok {
		return nil, fmt.Errorf("change files: %w: %q is no action", models.ErrConflict, action)
	}
	var sound []string
	refused := make(map[string]error, len(ids))
	for _, id := range ids {
		refused[id] = models.ErrNotFound
		if isID(id) {
			sound = append(sound, id)
		}
	}
	var rows []changedRow
	err = s.transact(ctx, func(tx *gorm.DB) (err error) {
		if rows, err = every[changedRow](tx, statement, uuidArray(sound), owner); err != nil {
			return err
		}
		if action != models.FileDelete {
			return nil
		}
		for _, r := range rows {
			if err := r.recordDeleted(tx, by); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, fail("change files", err)
	}
	done := make(map[string]changedRow, len(rows))
	for _, r := range rows {
		done[r.ID] = r
	}
	for _, id := range sound {
		r, found := done[strings.ToLower(id)]
		switch {
		case found && r.Over:
			refused[id] = models.ErrQuotaExceeded
		case found:
			delete(refused, id)
		}
	}
	return refused, nil
}

// changedRow is a file that ChangeFiles found.
type changedRow struct {
	ID      string `gorm:"column:id"`
	OwnerID string `gorm:"column:owner_id"`
	Name    string `gorm:"column:name"`
	Over    bool   `gorm:"column:over"`
}

// recordDeleted keeps that somebody else's file was deleted.
func (r changedRow) recordDeleted(tx *gorm.DB, by models.Actor) error {
	if by.UserID == "" || by.UserID == r.OwnerID {
		return nil
	}
	return record(tx, models.AuditEntry{
		Actor: by, Action: "file.deleted", TargetKind: "file", TargetID: r.ID,
		Details: map[string]any{"ownerId": r.OwnerID, "name": r.Name},
	})
}

// recordVersionDeleted keeps that a version of somebody else's file was.
func (r changedRow) recordVersionDeleted(tx *gorm.DB, by models.Actor, number int) error {
	if by.UserID == "" || by.UserID == r.OwnerID {
		return nil
	}
	return record(tx, models.AuditEntry{
		Actor: by, Action: "file.version_deleted", TargetKind: "file", TargetID: r.ID,
		Details: map[string]any{"ownerId": r.OwnerID, "name": r.Name, "version": number},
	})
}

// changeFile is ChangeFiles of one.
func (s *Store) changeFile(ctx context.Context, by models.Actor, scope models.Scope, action models.FileAction, id string) error {
	refused, err := s.ChangeFiles(ctx, by, scope, action, []string{id})
	if err == nil && refused[id] != nil {
		err = fmt.Errorf("%s file: %w", action, refused[id])
	}
	return err
}

// TrashFile puts a file into the trash. Twice is once.
func (s *Store) TrashFile(ctx context.Context, scope models.Scope, id string) (models.File, error) {
	if err := s.changeFile(ctx, models.Actor{}, scope, models.FileTrash, id); err != nil {
		return models.File{}, err
	}
	return s.FileByID(ctx, scope, id)
}

// RestoreFile takes a file out of the trash. Twice is once. ErrQuotaExceeded
// where its owner has more than the quota allows, which counts the trash.
func (s *Store) RestoreFile(ctx context.Context, scope models.Scope, id string) (models.File, error) {
	if err := s.changeFile(ctx, models.Actor{}, scope, models.FileRestore, id); err != nil {
		return models.File{}, err
	}
	return s.FileByID(ctx, scope, id)
}

// DeleteFile removes a file and its versions for good, in the trash or not.
// Somebody else's is noted in the audit log. Its blobs are left to CollectBlobs.
func (s *Store) DeleteFile(ctx context.Context, by models.Actor, scope models.Scope, id string) error {
	return s.changeFile(ctx, by, scope, models.FileDelete, id)
}

// FilesByIDs reads files of a scope, in the trash or not, in the order of ids.
// One that is not there is ErrNotFound for all.
func (s *Store) FilesByIDs(ctx context.Context, scope models.Scope, ids []string) ([]models.File, error) {
	owner, err := ownerIn(scope)
	if err != nil {
		return nil, fail("read files", err)
	}
	if err := checkIDs(ids...); err != nil {
		return nil, fail("read files", err)
	}
	rows, err := every[fileRow](s.conn(ctx), `
		SELECT `+fileColumns+` FROM unnest($1::uuid[]) WITH ORDINALITY AS t (id, n) JOIN files f ON f.id = t.id `+fileJoins+`
		 WHERE ($2::uuid IS NULL OR f.owner_id = $2::uuid) ORDER BY t.n`, uuidArray(ids), owner)
	if err == nil && len(rows) != len(ids) {
		err = fmt.Errorf("%w: %d of %d files", models.ErrNotFound, len(rows), len(ids))
	}
	if err != nil {
		return nil, fail("read files", err)
	}
	files := make([]models.File, len(rows))
	for i, r := range rows {
		if files[i], err = r.file(); err != nil {
			return nil, err
		}
	}
	return files, nil
}

// OwnedContents says which of the bytes with these hashes an owner has, and in
// which file: best one that shows them, not in the trash.
func (s *Store) OwnedContents(ctx context.Context, ownerID string, hashes []string) ([]models.OwnedContent, error) {
	if err := checkIDs(ownerID); err != nil {
		return nil, fail("look for contents", err)
	}
	type row struct {
		SHA256  string `gorm:"column:sha256"`
		FileID  string `gorm:"column:file_id"`
		Trashed bool   `gorm:"column:trashed"`
	}
	list, err := json.Marshal(append([]string{}, hashes...)) // never null
	if err != nil {
		return nil, fmt.Errorf("marshal hashes: %w", err)
	}
	rows, err := every[row](s.conn(ctx), `
		SELECT DISTINCT ON (v.sha256) v.sha256, f.id AS file_id, f.trashed_at IS NOT NULL AS trashed
		  FROM versions v JOIN files f ON f.id = v.file_id
		 WHERE v.owner_id = $1 AND v.sha256 IN (SELECT t.h FROM json_array_elements_text($2::json) AS t (h))
		 ORDER BY v.sha256, f.trashed_at IS NOT NULL, v.number = f.current_version DESC, v.created_at DESC, v.id DESC`,
		ownerID, string(list))
	if err != nil {
		return nil, fail("look for contents", err)
	}
	have := make([]models.OwnedContent, len(rows))
	for i, r := range rows {
		have[i] = models.OwnedContent(r)
	}
	return have, nil
}
