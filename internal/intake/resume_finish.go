package intake

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math"

	"safelight/models"
	"safelight/storage"
)

// Assemble puts together an upload of which every byte has come while the
// process that was to do so ended. One that was finished, taken up by somebody
// else or ended meanwhile is success.
func (r *Resumable) Assemble(ctx context.Context, id string) error {
	_, err := r.Finish(ctx, models.Scope{Any: true}, id)
	for _, settled := range []error{models.ErrLocked, models.ErrGone, models.ErrNotFound, models.ErrUnsupportedMedia} {
		if errors.Is(err, settled) {
			return nil
		}
	}
	return err
}

// Finish puts together an upload of which every byte has come, and makes the
// promise. Errors: models.ErrLocked while another process does so; ErrGone;
// ErrUnsupportedMedia of one too short to be told before (it is taken back);
// ErrQuotaExceeded of one that had expired; ErrUnavailable.
func (r *Resumable) Finish(ctx context.Context, scope models.Scope, id string) (models.TusUpload, error) {
	up, err := r.Rows.TusByID(ctx, scope, id)
	if err != nil {
		return models.TusUpload{}, fmt.Errorf("read resumable upload: %w", err)
	}
	writer, err := claimID()
	if err != nil {
		return models.TusUpload{}, err
	}
	// It has its bytes: no limit on those that are being sent concerns it.
	claim := models.TusClaim{UploadID: id, Scope: scope, Writer: writer, Offset: up.Received, MaxOpen: math.MaxInt}
	up, err = r.claim(ctx, claim, r.pace().Claim)
	if errors.Is(err, models.ErrAlreadyFinished) {
		return r.written(ctx, scope, Chunk{UploadID: id, Offset: claim.Offset})
	}
	if err != nil {
		return models.TusUpload{}, err
	}
	defer r.release(ctx, id, writer)
	defer r.hold(ctx, id, writer, nil)()
	return r.assemble(ctx, up, writer)
}

// assemble makes one object of the parts of an upload, which the caller holds,
// and then the promise. Doing it twice, or in two places at once, gives the same
// object: parts never change.
func (r *Resumable) assemble(ctx context.Context, up models.TusUpload, writer string) (models.TusUpload, error) {
	if up.Sniffed == "" { // all of it is in the head, and its length was said last
		var ok bool
		if up.Sniffed, ok = r.Intake.Sniff(up.Head); !ok {
			r.drop(ctx, up.ID, writer)
			return models.TusUpload{}, models.ErrUnsupportedMedia
		}
	}
	parts, err := r.Rows.TusParts(ctx, up.ID)
	if err != nil {
		return models.TusUpload{}, fmt.Errorf("list parts of upload %s: %w", up.ID, err)
	}
	all := &joined{ctx: ctx, from: r.Objects, id: up.ID, parts: parts}
	ref, body := storage.OriginalRef(up.ID), newMeter(all, up.Received)
	_, err = r.Objects.Put(ctx, ref, body, up.Received, up.Sniffed)
	if err = errors.Join(err, all.close()); err != nil {
		if done, doneErr := r.taken(ctx, up); doneErr == nil {
			return done, nil // by another process, which has removed the parts
		}
		return models.TusUpload{}, fmt.Errorf("%w: put %s together: %w", unstored(err), ref, err)
	}
	accepted, err := r.accept(ctx, up, hex.EncodeToString(body.hash.Sum(nil)))
	if err != nil {
		return models.TusUpload{}, err
	}
	r.Intake.start(ctx, &accepted.Upload)
	refs := make([]storage.Ref, len(parts))
	for i, p := range parts {
		refs[i] = storage.PartRef(up.ID, p.Start, p.Writer)
	}
	cleaning, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanupWithin)
	defer cancel()
	if err := r.Objects.Delete(cleaning, refs...); err != nil {
		r.Intake.Log.WarnContext(ctx, "parts of a finished upload are left to its workflow", "upload_id", up.ID, "error", err)
	}
	return accepted, nil
}

// accept makes the promise. Where that fails the parts are still there, and the
// next question or the sweep tries again.
func (r *Resumable) accept(ctx context.Context, up models.TusUpload, sha256 string) (models.TusUpload, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), acceptWithin)
	defer cancel()
	accepted, err := r.Intake.Rows.AcceptUpload(ctx, up.ID, up.Received, sha256, up.Sniffed)
	switch {
	case err == nil:
		up.Upload = accepted
		return up, nil
	case errors.Is(err, models.ErrConflict), errors.Is(err, models.ErrNotFound):
		done, doneErr := r.taken(ctx, up)
		if errors.Is(doneErr, models.ErrGone) { // cancelled meanwhile
			r.Clear(ctx, up.ID)
		}
		return done, doneErr
	}
	return models.TusUpload{}, fmt.Errorf("accept upload %s: %w", up.ID, err)
}

// taken reads an upload that is not being received any more: ErrGone where it
// never was taken in. One that still is, is models.ErrConflict.
func (r *Resumable) taken(ctx context.Context, up models.TusUpload) (models.TusUpload, error) {
	now, err := r.Rows.TusByID(ctx, models.Scope{Any: true}, up.ID)
	switch {
	case errors.Is(err, models.ErrNotFound):
		return models.TusUpload{}, models.ErrGone
	case err != nil:
		return models.TusUpload{}, fmt.Errorf("read resumable upload: %w", err)
	case now.Taken():
		return now, nil
	case now.State == models.UploadReceiving:
		return models.TusUpload{}, models.ErrConflict
	}
	return models.TusUpload{}, models.ErrGone
}

// joined reads the parts of an upload one behind the other. One object is open
// at a time.
type joined struct {
	ctx   context.Context //nolint:containedctx // lives for one Put
	from  Parts
	id    string
	parts []models.TusPart
	open  io.ReadCloser
	left  int64 // of the open one
}

// Read implements io.Reader.
func (j *joined) Read(b []byte) (int, error) {
	for j.open == nil {
		if len(j.parts) == 0 {
			return 0, io.EOF
		}
		if err := j.next(); err != nil {
			return 0, err
		}
	}
	n, err := j.open.Read(b)
	j.left -= int64(n)
	switch {
	case j.left < 0, err == io.EOF && j.left > 0: //nolint:errorlint // io.Reader's end is io.EOF itself
		err = fmt.Errorf("a part has not the length it was stored with: %w", models.ErrIntegrity)
	case err == io.EOF: //nolint:errorlint // as above
		err = j.open.Close()
		j.open = nil
	}
	if err != nil {
		err = fmt.Errorf("read a part of upload %s: %w", j.id, err)
	}
	return n, err
}

// close closes what a reader that stopped early left open.
func (j *joined) close() error {
	if j.open == nil {
		return nil
	}
	return j.open.Close() //nolint:wrapcheck // joined to the reader's own failure
}

func (j *joined) next() error {
	part := j.parts[0]
	open, _, err := j.from.Open(j.ctx, storage.PartRef(j.id, part.Start, part.Writer), 0, -1)
	if err != nil {
		return fmt.Errorf("open part at %d of upload %s: %w", part.Start, j.id, err)
	}
	j.open, j.left, j.parts = open, part.Size, j.parts[1:]
	return nil
}
