package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"safelight/models"
)

// aliveSQL is the condition that an upload in receiving counts as being sent.
// touchableSQL is that it may still say so itself. The one ends before the
// other by more than a statement takes: what says that it is alive is never
// taken for dead at the same moment by who gives its place away.
var (
	aliveSQL     = heardWithin(models.ReceivingDead)
	touchableSQL = heardWithin(models.ReceivingDead - 5*time.Second)
)

// keptSQL is that an upload can be resumed still: its parts lie in the store,
// so that it keeps its bytes reserved while it is silent. reservesSQL is that
// an upload in receiving has anything reserved.
const keptSQL = `coalesce(resumable_until > now(), false)`

var reservesSQL = `(` + aliveSQL + ` OR ` + keptSQL + `)`

func heardWithin(d time.Duration) string {
	return fmt.Sprintf(`updated_at > now() - interval '%d seconds'`, int(d.Seconds()))
}

// TouchUpload says that the bytes of an upload in receiving are still coming,
// and changes nothing else of it. One that is not receiving any more, or that
// was silent for models.ReceivingDead, is ErrConflict: what it held may be
// another's by now, and it does not get it back.
func (s *Store) TouchUpload(ctx context.Context, id string) error {
	if err := checkIDs(id); err != nil {
		return fail("touch upload", err)
	}
	// Any update sets updated_at (by trigger); this one changes nothing else.
	n, err := exec(s.conn(ctx), `UPDATE uploads SET seq = seq WHERE id = $1 AND state = 'receiving' AND `+touchableSQL, id)
	if err == nil && n == 0 {
		err = fmt.Errorf("%w: the upload is not being received", models.ErrConflict)
	}
	return fail("touch upload", err)
}

// DropUpload deletes an upload that is still receiving. One that is gone, or
// that has moved on, is left as it is: success.
func (s *Store) DropUpload(ctx context.Context, id string) error {
	if err := checkIDs(id); err != nil {
		return fail("drop upload", err)
	}
	_, err := exec(s.conn(ctx), `DELETE FROM uploads WHERE id = $1 AND state = 'receiving'`, id)
	return fail("drop upload", err)
}

// CancelReceiving cancels an upload whose bytes are still coming, and reports
// whether it was one.
func (s *Store) CancelReceiving(ctx context.Context, scope models.Scope, id string) (bool, error) {
	return s.cancelReceiving(ctx, scope, id, nil)
}

// CancelReceivingAudited is CancelReceiving with a line in the audit log, in
// the same transaction, where it was one.
func (s *Store) CancelReceivingAudited(ctx context.Context, scope models.Scope, id string, e models.AuditEntry) (bool, error) {
	return s.cancelReceiving(ctx, scope, id, &e)
}

func (s *Store) cancelReceiving(ctx context.Context, scope models.Scope, id string, audit *models.AuditEntry) (bool, error) {
	owner, err := ownerIn(scope)
	if err := errors.Join(err, checkIDs(id)); err != nil {
		return false, fail("cancel upload", err)
	}
	var n int64
	if audit == nil {
		n, err = cancelReceiving(s.conn(ctx), id, owner)
	} else {
		err = s.transact(ctx, func(tx *gorm.DB) (err error) {
			if n, err = cancelReceiving(tx, id, owner); err != nil || n == 0 {
				return err
			}
			return record(tx, *audit)
		})
	}
	if err != nil {
		return false, fail("cancel upload", err)
	}
	if n == 0 {
		_, err = s.UploadByID(ctx, scope, id)
	}
	return n > 0, err
}

func cancelReceiving(db *gorm.DB, id string, owner *string) (int64, error) {
	return exec(db, `
		WITH ended AS (
			UPDATE uploads SET state = 'canceled', finished_at = now(), reserved_bytes = 0, seq = seq + $3
			 WHERE id = $1 AND state = 'receiving' AND `+owned+` RETURNING id, owner_id
		)
		SELECT emit_signal('progress', owner_id, id, 'row') FROM ended`, id, owner, int64(models.SeqStride))
}
