package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"safelight/models"
)

// tusRow is an upload that can be resumed, of both its tables.
type tusRow struct {
	Up             uploadRow  `gorm:"embedded"`
	ResumableUntil time.Time  `gorm:"column:resumable_until"`
	Total          *int64     `gorm:"column:total"`
	Received       int64      `gorm:"column:received"`
	Parts          int        `gorm:"column:parts"`
	Metadata       string     `gorm:"column:metadata"`
	Sniffed        string     `gorm:"column:sniffed"`
	Head           []byte     `gorm:"column:head"`
	Writer         *string    `gorm:"column:writer"`
	WriterUntil    *time.Time `gorm:"column:writer_until"`
	Writing        bool       `gorm:"column:writing"`
	Expired        bool       `gorm:"column:expired"`
	Alive          bool       `gorm:"column:alive"`
}

func (r tusRow) tus() (models.TusUpload, error) {
	up, err := r.Up.upload()
	return models.TusUpload{
		Upload: up, Total: r.Total, Received: r.Received, Metadata: r.Metadata, Sniffed: r.Sniffed, Head: r.Head,
		ExpiresAt: r.ResumableUntil.UTC(), Writing: r.Writing, Expired: r.Expired,
	}, err
}

// tusColumns is what a tusRow is read from; tusFrom finds it by id and owner.
var (
	tusColumns = uploadColumns + `, resumable_until, total, received, parts, metadata, sniffed, head, writer, writer_until,
		coalesce(writer_until > now(), false) AS writing, resumable_until <= now() AS expired, ` + aliveSQL + ` AS alive`
	tusFrom = ` FROM uploads JOIN tus_uploads ON upload_id = id WHERE id = $1 AND ` + owned
)

// CreateTus inserts a resumable upload in receiving. What it is to have in all
// is reserved until it expires, however long it is silent. Errors are those of
// CreateUpload.
func (s *Store) CreateTus(ctx context.Context, n models.NewTusUpload) (models.TusUpload, error) {
	_, _, err := s.createUpload(ctx, n.NewUpload, func(tx *gorm.DB) error {
		_, err := exec(tx, `
			WITH up AS (UPDATE uploads SET resumable_until = now() + make_interval(secs => $2) WHERE id = $1)
			INSERT INTO tus_uploads (upload_id, total, metadata) VALUES ($1, $3, $4)`,
			n.ID, n.KeepFor.Seconds(), n.Total, n.Metadata)
		return err
	})
	if err != nil {
		return models.TusUpload{}, err
	}
	return s.TusByID(ctx, models.Scope{OwnerID: n.OwnerID}, n.ID)
}

// TusByID reads a resumable upload, in whatever state it is. One that came in
// by a form is ErrNotFound.
func (s *Store) TusByID(ctx context.Context, scope models.Scope, id string) (models.TusUpload, error) {
	row, err := s.readTus(s.conn(ctx), scope, id, "")
	if err != nil {
		return models.TusUpload{}, fail("read resumable upload", err)
	}
	return row.tus()
}

func (s *Store) readTus(db *gorm.DB, scope models.Scope, id, lock string) (tusRow, error) {
	owner, err := ownerIn(scope)
	if err := errors.Join(err, checkIDs(id)); err != nil {
		return tusRow{}, err
	}
	row, found, err := first[tusRow](db, `SELECT `+tusColumns+tusFrom+lock, id, owner)
	if err == nil && !found {
		err = models.ErrNotFound
	}
	return row, err
}

// open is why an upload is not being received any more, nil where it is.
func (r *tusRow) open() error {
	switch {
	case r.Up.State == string(models.UploadReceiving):
		return nil
	case r.Up.SHA256 != "": // the promise was made
		return models.ErrAlreadyFinished
	}
	return models.ErrGone
}

// ClaimTus makes c.Writer the one that adds to an upload, at the offset where
// it ends, for models.TusLease. While somebody else does so it is ErrLocked,
// and who that is hears of it by HoldTus. An upload that was silent for
// models.ReceivingDead has to find a place among its owner's open ones again.
//
// Errors: ErrNotFound (also of a target file that is gone), ErrFileTrashed;
// ErrGone (expired or cancelled); ErrAlreadyFinished (every byte was taken in);
// ErrWrongOffset; ErrConflict (another total than before, or less than has
// come); ErrTooManyUploads, ErrQuotaExceeded (of the total).
func (s *Store) ClaimTus(ctx context.Context, c models.TusClaim) (models.TusUpload, error) {
	if err := checkIDs(c.Writer); err != nil {
		return models.TusUpload{}, fail("claim resumable upload", err)
	}
	locked := false
	err := s.transact(ctx, func(tx *gorm.DB) (err error) {
		locked, err = s.claimTus(tx, c)
		return err
	})
	if err == nil && locked { // after the commit, which leaves word for the other
		err = models.ErrLocked
	}
	if err != nil {
		return models.TusUpload{}, fail("claim resumable upload", err)
	}
	return s.TusByID(ctx, c.Scope, c.UploadID)
}

func (s *Store) claimTus(tx *gorm.DB, c models.TusClaim) (locked bool, err error) {
	seen, err := s.readTus(tx, c.Scope, c.UploadID, "")
	if err != nil {
		return false, err
	}
	var owner userRow
	if counts := !seen.Alive || c.Total != nil; counts { // its owner's row is locked before its own
		if owner, err = lockUser(tx, seen.Up.OwnerID); err != nil {
			return false, err
		}
	}
	row, err := s.readTus(tx, c.Scope, c.UploadID, ` FOR NO KEY UPDATE`)
	if err != nil {
		return false, err
	}
	if err := row.claimable(c); err != nil {
		return false, err
	}
	if row.Writing && *row.Writer != c.Writer {
		_, err := exec(tx, `UPDATE tus_uploads SET wanted = true WHERE upload_id = $1`, c.UploadID)
		return true, err
	}
	if !row.Alive && owner.ID == "" {
		return false, errAgain // it fell silent between the two looks
	}
	if err := admitTus(tx, &row, owner, c); err != nil {
		return false, err
	}
	// Any update of uploads sets updated_at (by trigger): it is alive.
	_, err = exec(tx, `
		WITH up AS (UPDATE uploads SET reserved_bytes = greatest(reserved_bytes, coalesce(`+needsSQL("$4::bigint")+`, 0)) WHERE id = $1)
		UPDATE tus_uploads SET writer = $2, writer_until = now() + make_interval(secs => $3), wanted = false, total = coalesce(total, $4::bigint)
		 WHERE upload_id = $1`, c.UploadID, c.Writer, models.TusLease.Seconds(), c.Total)
	return false, err
}

// claimable is why a claim can not be met, whoever else is at it.
func (r *tusRow) claimable(c models.TusClaim) error {
	if err := r.open(); err != nil {
		return err
	}
	complete := r.Total != nil && r.Received == *r.Total
	switch {
	case r.Expired && !complete: // what is complete needs no more of its owner
		return models.ErrGone
	case c.Offset != r.Received:
		return fmt.Errorf("%w: %d, not %d", models.ErrWrongOffset, c.Offset, r.Received)
	case c.Total != nil && r.Total != nil && *c.Total != *r.Total:
		return fmt.Errorf("%w: its length is %d", models.ErrConflict, *r.Total)
	case c.Total != nil && *c.Total < r.Received:
		return fmt.Errorf("%w: %d bytes have come", models.ErrConflict, r.Received)
	}
	return nil
}

// admitTus checks again what was checked at creation: the file that it becomes
// a version of, a place among the open uploads, and room for its length.
func admitTus(tx *gorm.DB, row *tusRow, owner userRow, c models.TusClaim) error {
	if row.Up.TargetFileID != nil {
		type target struct {
			Trashed bool `gorm:"column:trashed"`
		}
		t, found, err := first[target](tx, `SELECT trashed_at IS NOT NULL AS trashed FROM files WHERE id = $1 AND owner_id = $2`, *row.Up.TargetFileID, row.Up.OwnerID)
		switch {
		case err != nil:
			return err
		case !found:
			return models.ErrNotFound
		case t.Trashed:
			return models.ErrFileTrashed
		}
	}
	if !row.Alive {
		type open struct {
			Receiving int `gorm:"column:receiving"`
		}
		o, _, err := first[open](tx, `SELECT count(*) AS receiving FROM uploads WHERE owner_id = $1 AND state = 'receiving' AND `+aliveSQL, row.Up.OwnerID)
		if err != nil {
			return err
		}
		if o.Receiving >= c.MaxOpen {
			return models.ErrTooManyUploads
		}
	}
	if c.Total != nil && row.Total == nil {
		return roomFor(tx, owner, c.UploadID, *c.Total)
	}
	return nil
}

// WantTus leaves word for who adds to an upload that its place is wanted, which
// is heard by HoldTus. Where nobody does, it is success.
func (s *Store) WantTus(ctx context.Context, id string) error {
	if err := checkIDs(id); err != nil {
		return fail("want resumable upload", err)
	}
	_, err := exec(s.conn(ctx), `UPDATE tus_uploads SET wanted = true WHERE upload_id = $1 AND writer_until > now() AND NOT wanted`, id)
	return fail("want resumable upload", err)
}

// HoldTus says that a writer is still at it, and reports whether somebody else
// wants its place. One that is the writer no more is ErrConflict. It writes a
// few times per lease, not at each call.
func (s *Store) HoldTus(ctx context.Context, id, writer string) (wanted bool, err error) {
	if err := checkIDs(id, writer); err != nil {
		return false, fail("hold resumable upload", err)
	}
	type held struct {
		Wanted bool `gorm:"column:wanted"`
	}
	h, found, err := first[held](s.conn(ctx), `
		WITH held AS (
			SELECT upload_id, wanted, writer_until FROM tus_uploads JOIN uploads ON id = upload_id
			 WHERE upload_id = $1 AND writer = $2 AND state = 'receiving'
		), renewed AS (
			UPDATE tus_uploads t SET writer_until = now() + make_interval(secs => $3) FROM held
			 WHERE t.upload_id = held.upload_id AND t.writer = $2 AND held.writer_until < now() + make_interval(secs => $3 * 2 / 3)
		)
		SELECT wanted FROM held`, id, writer, models.TusLease.Seconds())
	if err == nil && !found {
		err = models.ErrConflict
	}
	return h.Wanted, fail("hold resumable upload", err)
}

// DropTus deletes an upload that is still receiving, and reports whether it
// did: one that another writer adds to stays. An empty writer is nobody.
func (s *Store) DropTus(ctx context.Context, id, writer string) (dropped bool, err error) {
	var by *string
	if writer != "" {
		by = &writer
	}
	if err := checkIDs(id); err != nil {
		return false, fail("drop resumable upload", err)
	}
	n, err := exec(s.conn(ctx), `
		DELETE FROM uploads USING tus_uploads WHERE id = $1 AND upload_id = id AND state = 'receiving'
		   AND (writer = $2::uuid OR NOT coalesce(writer_until > now(), false))`, id, by)
	return n > 0, fail("drop resumable upload", err)
}

// ReleaseTus gives a writer's place free. One that has none is success.
func (s *Store) ReleaseTus(ctx context.Context, id, writer string) error {
	if err := checkIDs(id, writer); err != nil {
		return fail("release resumable upload", err)
	}
	_, err := exec(s.conn(ctx), `
		UPDATE tus_uploads SET writer = NULL, writer_until = NULL, wanted = false WHERE upload_id = $1 AND writer = $2`, id, writer)
	return fail("release resumable upload", err)
}
