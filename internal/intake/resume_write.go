package intake

import (
	"context"
	"errors"
	"fmt"

	"safelight/models"
	"safelight/storage"
)

// Write adds a chunk to an upload of this owner, at the offset where it ends,
// and gives the upload as it is then. With its last byte the upload is put
// together and accepted: when Write returns nil for one that is complete, the
// promise is made.
//
// A body that breaks, stands still or is stopped keeps what had come of it, and
// fails with a *BodyError; one with a checksum keeps nothing. Two requests for
// one upload never mix: only the bytes of the one that holds the upload count.
//
// Errors: models.ErrUnsupportedMedia, as soon as the first bytes tell (the
// upload is taken back); ErrTooLarge; ErrChecksum; ErrLocked while another
// request adds to it, or has taken over; what ClaimTus and CommitTusPart of the
// store return; ErrUnavailable when the store cannot take it.
func (r *Resumable) Write(ctx context.Context, c Chunk) (models.TusUpload, error) {
	if err := r.fits(c.Total); err != nil {
		return models.TusUpload{}, err
	}
	writer, err := claimID()
	if err != nil {
		return models.TusUpload{}, err
	}
	scope := models.Scope{OwnerID: c.OwnerID}
	up, err := r.claim(ctx, models.TusClaim{
		UploadID: c.UploadID, Scope: scope, Writer: writer, Offset: c.Offset, Total: c.Total, MaxOpen: r.Intake.MaxOpen,
	}, r.pace().Claim)
	if errors.Is(err, models.ErrAlreadyFinished) { // its answer was lost, perhaps
		return r.written(ctx, scope, c)
	}
	if err != nil {
		return models.TusUpload{}, err
	}
	defer r.release(ctx, up.ID, writer)
	defer r.hold(ctx, up.ID, writer, c.Body)()
	up, err = r.receive(ctx, up, writer, c)
	var broken *BodyError
	if errors.As(err, &broken) && up.Complete() {
		err = nil // what broke was the connection, behind the last byte
	}
	if err != nil || !up.Complete() {
		return up, err
	}
	return r.assemble(ctx, up, writer)
}

// written answers a chunk for an upload of which every byte was taken in.
func (r *Resumable) written(ctx context.Context, scope models.Scope, c Chunk) (models.TusUpload, error) {
	up, err := r.Rows.TusByID(ctx, scope, c.UploadID)
	if err != nil {
		return models.TusUpload{}, fmt.Errorf("read resumable upload: %w", err)
	}
	if c.Offset != up.Received {
		return up, fmt.Errorf("%w: %d, not %d", models.ErrWrongOffset, c.Offset, up.Received)
	}
	return up, nil
}

// receive stores what a chunk brings, part by part, and gives the upload as it
// is after the last part that counts, also with an error.
func (r *Resumable) receive(ctx context.Context, up models.TusUpload, writer string, c Chunk) (models.TusUpload, error) {
	left := r.Intake.MaxBytes - up.Received
	if up.Total != nil {
		left = *up.Total - up.Received
	}
	if c.Announced > left {
		return up, fmt.Errorf("%d bytes announced, %d are missing: %w", c.Announced, left, models.ErrTooLarge)
	}
	in := newChunk(c, left, r.Intake.SniffLen)
	limit := r.pace().PartBytes
	if c.Checksum != nil {
		limit = left + 1 // one part, which is there or not
	}
	for in.more() {
		sniffed, head, err := r.judgeMore(&up, in)
		if errors.Is(err, models.ErrUnsupportedMedia) {
			r.drop(ctx, up.ID, writer)
		}
		if err != nil {
			return up, err
		}
		next, err := r.addPart(ctx, in.part(limit), models.NewTusPart{
			TusPart:  models.TusPart{Start: up.Received, Writer: writer},
			UploadID: up.ID, Sniffed: sniffed, Head: head, KeepFor: r.KeepFor,
		})
		if err != nil {
			return up, err
		}
		up = next
	}
	if cut := in.cut(); cut != nil {
		return up, &BodyError{cut}
	}
	if !in.matches() { // of a chunk without a byte
		return up, models.ErrChecksum
	}
	return up, nil
}

// judgeMore tells the type by the first bytes of the upload, once as many of
// them are there as Sniff looks at: fewer may look like another type. Until then
// it collects them: head.
func (r *Resumable) judgeMore(up *models.TusUpload, in *chunk) (sniffed string, head []byte, err error) {
	if up.Sniffed != "" {
		return up.Sniffed, nil, nil
	}
	fresh := in.peek(r.Intake.SniffLen - len(up.Head))
	fresh = fresh[:min(int64(len(fresh)), in.left)]
	head = append(append([]byte(nil), up.Head...), fresh...)
	if len(head) < r.Intake.SniffLen && (up.Total == nil || int64(len(head)) < *up.Total) {
		return "", head, nil
	}
	if sniffed, ok := r.Intake.Sniff(head); ok {
		return sniffed, nil, nil
	}
	return "", nil, models.ErrUnsupportedMedia
}

// addPart stores one part and has it count. A part that does not leaves no
// object behind, unless it can not be told whether it does.
func (r *Resumable) addPart(ctx context.Context, part *partReader, p models.NewTusPart) (models.TusUpload, error) {
	ref := storage.PartRef(p.UploadID, p.Start, p.Writer)
	n, err := r.Objects.Put(ctx, ref, part, -1, "application/octet-stream")
	switch {
	case part.err != nil: // whatever the store made of it
		return models.TusUpload{}, part.err
	case err != nil:
		return models.TusUpload{}, fmt.Errorf("%w: store %s: %w", unstored(err), ref, err)
	case !part.matches():
		r.forget(ctx, ref)
		return models.TusUpload{}, models.ErrChecksum
	}
	p.Size = n
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), acceptWithin)
	defer cancel()
	up, err := r.Rows.CommitTusPart(ctx, p)
	if err == nil {
		return up, nil
	}
	if refused(err) {
		r.forget(ctx, ref)
	}
	if errors.Is(err, models.ErrConflict) {
		err = fmt.Errorf("%w: %w", models.ErrLocked, err)
	}
	return models.TusUpload{}, fmt.Errorf("commit %s: %w", ref, err)
}

// refused reports whether a commit certainly did not happen.
func refused(err error) bool {
	for _, sentinel := range []error{
		models.ErrConflict, models.ErrGone, models.ErrAlreadyFinished, models.ErrNotFound, models.ErrQuotaExceeded, models.ErrTooManyParts,
	} {
		if errors.Is(err, sentinel) {
			return true
		}
	}
	return false
}

// forget removes a part that does not count.
func (r *Resumable) forget(ctx context.Context, ref storage.Ref) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanupWithin)
	defer cancel()
	if err := r.Objects.Delete(ctx, ref); err != nil {
		r.Intake.Log.WarnContext(ctx, "part that does not count is left to the sweep", "object", ref.String(), "error", err)
	}
}
