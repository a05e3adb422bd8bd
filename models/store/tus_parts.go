package store

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"safelight/models"
)

// CommitTusPart counts a stored part as received. It is the only way by which
// the offset grows, and grows it for who is the writer alone: a part of one that
// was replaced meanwhile is ErrConflict, as is one beyond the total. The same
// part again is success. ErrGone and ErrAlreadyFinished are of the upload;
// ErrQuotaExceeded is of an upload that did not say how long it is;
// ErrTooManyParts of one that comes in crumbs. None of them changes anything.
func (s *Store) CommitTusPart(ctx context.Context, p models.NewTusPart) (models.TusUpload, error) {
	if err := checkIDs(p.UploadID, p.Writer); err != nil {
		return models.TusUpload{}, fail("commit part", err)
	}
	anyone := models.Scope{Any: true}
	if err := s.transact(ctx, func(tx *gorm.DB) error { return s.commitTusPart(tx, anyone, p) }); err != nil {
		return models.TusUpload{}, fail("commit part", err)
	}
	return s.TusByID(ctx, anyone, p.UploadID)
}

func (s *Store) commitTusPart(tx *gorm.DB, anyone models.Scope, p models.NewTusPart) error {
	seen, err := s.readTus(tx, anyone, p.UploadID, "")
	if err != nil {
		return err
	}
	var owner userRow
	if seen.Total == nil { // a total is never taken back
		if owner, err = lockUser(tx, seen.Up.OwnerID); err != nil {
			return err
		}
	}
	row, err := s.readTus(tx, anyone, p.UploadID, ` FOR NO KEY UPDATE`)
	if err != nil {
		return err
	}
	if done, err := committed(tx, p); err != nil || done {
		return err
	}
	if err := row.takes(p); err != nil {
		return err
	}
	if row.Total == nil {
		if err := roomFor(tx, owner, p.UploadID, p.Start+p.Size); err != nil {
			return err
		}
	}
	_, err = exec(tx, `
		WITH up AS (
			UPDATE uploads SET resumable_until = now() + make_interval(secs => $8), reserved_bytes = greatest(reserved_bytes, $2::bigint + $3::bigint)
			 WHERE id = $1
		), tus AS (
			UPDATE tus_uploads SET received = $2::bigint + $3::bigint, parts = parts + 1, sniffed = $5, head = $6, writer_until = now() + make_interval(secs => $7)
			 WHERE upload_id = $1
		)
		INSERT INTO tus_parts (upload_id, start, size, writer) VALUES ($1, $2::bigint, $3::bigint, $4)`,
		p.UploadID, p.Start, p.Size, p.Writer, p.Sniffed, p.Head, models.TusLease.Seconds(), p.KeepFor.Seconds())
	return err
}

// committed reports whether this very part counts already.
func committed(tx *gorm.DB, p models.NewTusPart) (bool, error) {
	n, err := exec(tx, `SELECT 1 FROM tus_parts WHERE upload_id = $1 AND start = $2 AND size = $3 AND writer = $4`,
		p.UploadID, p.Start, p.Size, p.Writer)
	return n > 0, err
}

// takes is why a part can not be added, nil where it can.
func (r *tusRow) takes(p models.NewTusPart) error {
	if err := r.open(); err != nil {
		return err
	}
	switch {
	case r.Writer == nil || *r.Writer != p.Writer:
		return fmt.Errorf("%w: another request has taken over", models.ErrConflict)
	case p.Start != r.Received || r.Total != nil && p.Start+p.Size > *r.Total:
		return fmt.Errorf("%w: the part is not the next one", models.ErrConflict)
	case r.Parts >= models.MaxTusParts:
		return models.ErrTooManyParts
	}
	return nil
}

// TusParts lists the parts of an upload in their order. One that is not being
// received any more has none.
func (s *Store) TusParts(ctx context.Context, id string) ([]models.TusPart, error) {
	if err := checkIDs(id); err != nil {
		return nil, fail("list parts", err)
	}
	type partRow struct {
		Start  int64  `gorm:"column:start"`
		Size   int64  `gorm:"column:size"`
		Writer string `gorm:"column:writer"`
	}
	rows, err := every[partRow](s.conn(ctx), `SELECT start, size, writer FROM tus_parts WHERE upload_id = $1 ORDER BY start`, id)
	if err != nil {
		return nil, fail("list parts", err)
	}
	parts := make([]models.TusPart, len(rows))
	for i, r := range rows {
		parts[i] = models.TusPart(r)
	}
	return parts, nil
}

// CompleteTus lists up to limit uploads of which every byte has come, and which
// nobody has made an object of since: the process that was to is gone.
func (s *Store) CompleteTus(ctx context.Context, limit int) ([]string, error) {
	type idRow struct {
		ID string `gorm:"column:id"`
	}
	rows, err := every[idRow](s.conn(ctx), `
		SELECT id FROM uploads JOIN tus_uploads ON upload_id = id
		 WHERE state = 'receiving' AND received = total AND NOT coalesce(writer_until > now(), false)
		 ORDER BY created_at, id LIMIT $1`, limit)
	if err != nil {
		return nil, fail("list complete uploads", err)
	}
	ids := make([]string, len(rows))
	for i, r := range rows {
		ids[i] = r.ID
	}
	return ids, nil
}
