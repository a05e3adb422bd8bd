package store

import (
	"context"
	"encoding/json"
	"fmt"

	"safelight/models"
)

// Announce leaves the coarse picture of a step that begins in the row of an
// upload under way, sets it back from stalled to processing, and wakes its
// watchers. A seq that is not newer changes nothing, but wakes all the same.
func (s *Store) Announce(ctx context.Context, m models.Mark, action string) error {
	if err := checkIDs(m.UploadID, m.OwnerID); err != nil {
		return fail("announce step", err)
	}
	signal, err := json.Marshal(models.Signal{
		Kind: models.SignalProgress, OwnerID: m.OwnerID, ID: m.UploadID, Action: action,
	})
	if err != nil {
		return fmt.Errorf("marshal signal: %w", err)
	}
	// steps is the full picture of a stall; with it gone the row shows the step again.
	// The commit does not wait for the disk: no promise is in it, and a crash that
	// takes it back takes back a picture that the next step draws anew.
	_, err = exec(s.conn(ctx), `
		WITH begun AS (
			UPDATE uploads SET state = 'processing', step = $2, percent = $3, seq = $4, steps = NULL
			 WHERE id = $1 AND seq < $4 AND state IN ('processing', 'stalled')
		)
		SELECT pg_notify($5, $6), set_config('synchronous_commit', 'off', true)`,
		m.UploadID, string(m.Step), m.Percent, m.Seq, models.NotifyChannel, string(signal))
	return fail("announce step", err)
}

// ending is what a notification tells of.
type ending struct {
	Name          string  `gorm:"column:name"`
	OwnerID       string  `gorm:"column:owner_id"`
	State         string  `gorm:"column:state"`
	Outcome       *string `gorm:"column:outcome"`
	VersionNumber *int    `gorm:"column:version_number"`
}

func (s *Store) ending(ctx context.Context, uploadID string) (ending, error) {
	row, found, err := first[ending](s.conn(ctx),
		`SELECT name, owner_id, state, outcome, version_number FROM uploads WHERE id = $1`, uploadID)
	if err == nil && !found {
		err = models.ErrNotFound
	}
	return row, err
}

// The owner's row is locked before the notification takes its number, so that
// one user's notifications become visible in the order of their numbers: who
// resumes after number n misses none. And it is locked before the upload is,
// which the join sees to, since a deletion of the account locks in that order.
const finishSQL = `
	WITH reader AS (
		SELECT id FROM users WHERE id = (SELECT owner_id FROM uploads WHERE id = $1) FOR NO KEY UPDATE
	), ended AS (
		UPDATE uploads SET state = $2, rejection_code = $3,
		       rejection_detail = nullif($4::text, ''), rejection_signature = nullif($5::text, ''),
		       percent = $6, seq = greatest(seq + 1, $7), steps = $8, finished_at = now(), blob_id = NULL, reserved_bytes = 0
		  FROM reader
		 WHERE uploads.id = $1 AND owner_id = reader.id AND state IN ('processing', 'stalled')
		RETURNING uploads.id, owner_id, file_id, uploads.name
	), freed AS (
		DELETE FROM claims USING ended WHERE claims.upload_id = ended.id
	), told AS (
		INSERT INTO notifications (id, user_id, kind, title, body, upload_id, file_id, subject, reason)
		SELECT $9::uuid, owner_id, $10::text, $11::text, $12::text, id, file_id, name, $13::text FROM ended WHERE $10::text <> ''
		ON CONFLICT (upload_id, kind, user_id) DO NOTHING
		RETURNING id, user_id
	)
	SELECT emit_signal('progress', owner_id, id, 'row') FROM ended
	UNION ALL
	SELECT emit_signal('notification', user_id, id, NULL) FROM told`

// FinishUpload puts an upload into a final state, releases its claim and its
// hold on a blob, and inserts the notification for its owner (none for a
// canceled one), all at once. An upload that is final already stays as it is.
//
// There is no way back from a version: an upload that has its outcome becomes
// done, whatever end is asked for.
func (s *Store) FinishUpload(ctx context.Context, f models.Finish) error {
	if err := checkIDs(f.UploadID); err != nil {
		return fail("finish upload", err)
	}
	if !f.State.Final() {
		return fail("finish upload", fmt.Errorf("%w: %q is no end", models.ErrConflict, f.State))
	}
	steps, err := stepsJSON(f.Steps)
	if err != nil {
		return err
	}
	id, err := newID()
	if err != nil {
		return err
	}
	return fail("finish upload", again(ctx, func() error {
		up, err := s.ending(ctx, f.UploadID)
		if err != nil || models.UploadState(up.State).Final() {
			return err
		}
		if up.Outcome != nil {
			f.State, f.Rejection = models.UploadDone, nil
		}
		if f.State == models.UploadDone {
			f.Percent = 100
		}
		r := models.Rejection{}
		var code *string
		if f.Rejection != nil {
			r = *f.Rejection
			code = (*string)(&r.Code)
		}
		n := noticeOf(up, f)
		_, err = exec(s.conn(ctx), finishSQL, f.UploadID, string(f.State), code, r.Detail, r.Signature,
			f.Percent, f.Seq, steps, id, string(n.kind), n.title, n.body, n.reason)
		return err
	}))
}

// Locks as finishSQL does: counting the readers locks them all, before the upload.
const stallSQL = `
	WITH readers AS (
		SELECT id FROM users WHERE id IN (SELECT user_id FROM unnest($6::uuid[]) AS t (user_id))
		 ORDER BY id FOR NO KEY UPDATE
	), held AS (
		UPDATE uploads SET state = 'stalled', step = $2, percent = $3, seq = greatest(seq + 1, $4), steps = $5, stall_code = $10
		 WHERE id = $1 AND (state = 'processing' OR state = 'stalled' AND seq < $4) AND (SELECT count(*) FROM readers) > 0
		RETURNING id, owner_id, file_id, name
	), told AS (
		INSERT INTO notifications (id, user_id, kind, title, body, upload_id, file_id, subject, reason)
		SELECT m.id, readers.id, 'upload.stalled', $8::text, $9::text, held.id, held.file_id, held.name, $2::text
		  FROM readers JOIN unnest($6::uuid[], $7::uuid[]) AS m (user_id, id) ON m.user_id = readers.id CROSS JOIN held
		ON CONFLICT (upload_id, kind, user_id) DO UPDATE
		   SET seq = DEFAULT, title = excluded.title, body = excluded.body, reason = excluded.reason, read_at = NULL, created_at = now()
		RETURNING id, user_id
	)
	SELECT emit_signal('progress', owner_id, id, 'row') FROM held
	UNION ALL
	SELECT emit_signal('notification', user_id, id, NULL) FROM told`

// StallUpload marks an upload as waiting for a person, and tells its owner and
// every active admin. The same stall twice is once; a later one of the same
// upload renews their notification: unread, newest, with the new cause. One
// that is final stays so and is ErrAlreadyFinished: who stalls it should end.
func (s *Store) StallUpload(ctx context.Context, st models.Stall) error {
	if err := checkIDs(st.UploadID); err != nil {
		return fail("stall upload", err)
	}
	steps, err := stepsJSON(st.Steps)
	if err != nil {
		return err
	}
	return fail("stall upload", again(ctx, func() error {
		up, err := s.unended(ctx, st.UploadID)
		if err != nil {
			return err
		}
		readers, err := s.stallReaders(ctx, up.OwnerID)
		if err != nil {
			return err
		}
		ids := make([]string, len(readers))
		for i := range ids {
			if ids[i], err = newID(); err != nil {
				return err
			}
		}
		title, body := stallNotice(up.Name, st)
		n, err := exec(s.conn(ctx), stallSQL, st.UploadID, string(st.Step), st.Percent, st.Seq, steps,
			uuidArray(readers), uuidArray(ids), title, body, string(st.Code))
		if err == nil && n == 0 { // the same stall or a newer picture was first, or it has just ended
			_, err = s.unended(ctx, st.UploadID)
		}
		return err
	}))
}

func (s *Store) unended(ctx context.Context, uploadID string) (ending, error) {
	up, err := s.ending(ctx, uploadID)
	if err == nil && models.UploadState(up.State).Final() {
		err = fmt.Errorf("%w: upload is %s", models.ErrAlreadyFinished, up.State)
	}
	return up, err
}

func (s *Store) stallReaders(ctx context.Context, ownerID string) ([]string, error) {
	return every[string](s.conn(ctx),
		`SELECT id::text FROM users WHERE id = $1 OR role = 'admin' AND status = 'active'`, ownerID)
}
