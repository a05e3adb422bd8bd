package intake

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/google/uuid"

	"safelight/models"
	"safelight/storage"
)

// TusRows is the part of models/store that resumable uploads need.
type TusRows interface {
	CreateTus(ctx context.Context, n models.NewTusUpload) (models.TusUpload, error)
	TusByID(ctx context.Context, scope models.Scope, id string) (models.TusUpload, error)
	WantTus(ctx context.Context, id string) error
	ClaimTus(ctx context.Context, c models.TusClaim) (models.TusUpload, error)
	HoldTus(ctx context.Context, id, writer string) (wanted bool, err error)
	DropTus(ctx context.Context, id, writer string) (dropped bool, err error)
	ReleaseTus(ctx context.Context, id, writer string) error
	CommitTusPart(ctx context.Context, p models.NewTusPart) (models.TusUpload, error)
	TusParts(ctx context.Context, id string) ([]models.TusPart, error)
	CancelReceiving(ctx context.Context, scope models.Scope, id string) (bool, error)
}

// Parts is the part of storage.Store that resumable uploads need.
type Parts interface {
	Objects
	Open(ctx context.Context, ref storage.Ref, offset, length int64) (io.ReadCloser, storage.Info, error)
	List(ctx context.Context, bucket storage.Bucket, prefix, cursor string, limit int) (storage.Page, error)
}

// Resumable takes uploads in over several requests, to whichever process each
// of them comes. Every run of bytes is stored as a part of its own; the rows say
// which parts count. When all are there they are put together, and from then on
// the upload is one like any other. All fields but Pace are required; it may be
// used by many goroutines at once.
type Resumable struct {
	Intake  *Intake
	Rows    TusRows
	Objects Parts
	// KeepFor is how long an upload waits for its next bytes.
	KeepFor time.Duration
	Pace    ResumePace // zero: StandardPace
}

// ResumePace is how requests for the same upload deal with each other, and how
// much of what comes a process that is killed can lose.
type ResumePace struct {
	// PartBytes is the most that a part has, if no checksum binds it together.
	PartBytes int64
	// Hold is how often a writer says that it is there and hears what is wanted.
	Hold time.Duration
	// Idle is how long no byte may have come for a writer to make room.
	Idle time.Duration
	// Look is how long a question after the offset waits for a writer to end;
	// Claim is how long the next writer does. The latter is longer than a lease.
	Look, Claim time.Duration
	// Poll is the time between two looks while waiting.
	Poll time.Duration
}

// StandardPace is the pace of a real server.
func StandardPace() ResumePace {
	return ResumePace{
		PartBytes: 8 << 20, Hold: models.TusHold, Idle: time.Second,
		Look: 3 * time.Second, Claim: models.TusLease + time.Second, Poll: 100 * time.Millisecond,
	}
}

func (r *Resumable) pace() ResumePace {
	if r.Pace == (ResumePace{}) {
		return StandardPace()
	}
	return r.Pace
}

// TusRequest begins a resumable upload.
type TusRequest struct {
	OwnerID  string
	Name     string // cleaned and within its limit
	FileID   string // the file to become the next version of; empty: a new one
	Total    *int64 // bytes to come; nil: not known yet
	Metadata string // to be given back as it is
}

// Create begins an upload, which has no byte yet. Errors: models.ErrTooLarge,
// ErrEmptyFile, and what CreateTus of the store returns.
func (r *Resumable) Create(ctx context.Context, req TusRequest) (models.TusUpload, error) {
	if err := r.fits(req.Total); err != nil {
		return models.TusUpload{}, err
	}
	id, err := uuid.NewV7()
	if err != nil {
		return models.TusUpload{}, fmt.Errorf("make an upload id: %w", err)
	}
	n := models.NewTusUpload{
		NewUpload: models.NewUpload{
			ID: id.String(), OwnerID: req.OwnerID, Name: req.Name, TargetFileID: optional(req.FileID), MaxOpen: r.Intake.MaxOpen,
			KeepsOriginal: r.Intake.KeepOriginals,
		},
		Total: req.Total, Metadata: req.Metadata, KeepFor: r.KeepFor,
	}
	if req.Total != nil {
		n.Reserve = r.Intake.reserve(*req.Total)
	}
	up, err := r.Rows.CreateTus(ctx, n)
	if err != nil {
		return models.TusUpload{}, fmt.Errorf("open resumable upload: %w", err)
	}
	return up, nil
}

// fits checks the length that a client gives.
func (r *Resumable) fits(total *int64) error {
	switch {
	case total == nil:
		return nil
	case *total == 0:
		return models.ErrEmptyFile
	case *total > r.Intake.MaxBytes:
		return fmt.Errorf("%d bytes announced, %d allowed: %w", *total, r.Intake.MaxBytes, models.ErrTooLarge)
	}
	return nil
}

// Look tells how far an upload of this owner is. A writer whose client has gone
// away makes room first and leaves what it had, so that nothing of it is sent
// twice. An upload of which all bytes are there, and whose last request ended
// before it was put together, is put together now: one that Look calls complete
// is safe. Errors: models.ErrNotFound; ErrGone when it has expired or was
// cancelled; ErrLocked while another process puts it together; ErrUnavailable.
func (r *Resumable) Look(ctx context.Context, ownerID, id string) (models.TusUpload, error) {
	scope := models.Scope{OwnerID: ownerID}
	up, err := r.Rows.TusByID(ctx, scope, id)
	if err != nil {
		return models.TusUpload{}, fmt.Errorf("read resumable upload: %w", err)
	}
	if up.State == models.UploadReceiving && up.Writing {
		if up, err = r.settled(ctx, scope, up); err != nil {
			return models.TusUpload{}, err
		}
	}
	switch {
	case up.Taken():
		return up, nil
	case up.State != models.UploadReceiving:
		return models.TusUpload{}, models.ErrGone
	case up.Complete():
		return r.Finish(ctx, scope, id)
	case up.Expired:
		return models.TusUpload{}, models.ErrGone
	}
	return up, nil
}

// settled asks who adds to an upload to make room and waits for that, a while,
// and reads the upload again.
func (r *Resumable) settled(ctx context.Context, scope models.Scope, up models.TusUpload) (models.TusUpload, error) {
	if err := r.Rows.WantTus(ctx, up.ID); err != nil {
		return up, fmt.Errorf("ask a writer for room: %w", err)
	}
	until := time.Now().Add(r.pace().Look)
	for up.Writing && time.Now().Before(until) {
		if err := pause(ctx, r.pace().Poll); err != nil {
			return up, err
		}
		var err error
		if up, err = r.Rows.TusByID(ctx, scope, up.ID); err != nil {
			return up, fmt.Errorf("read resumable upload: %w", err)
		}
	}
	return up, nil
}

// Terminate cancels an upload of this owner that is not all there yet, and
// removes what came of it. Errors: models.ErrNotFound; ErrGone when it was
// cancelled or has expired; ErrAlreadyFinished when every byte was taken in.
func (r *Resumable) Terminate(ctx context.Context, ownerID, id string) error {
	scope := models.Scope{OwnerID: ownerID}
	if _, err := r.Rows.TusByID(ctx, scope, id); err != nil {
		return fmt.Errorf("read resumable upload: %w", err)
	}
	ended, err := r.Rows.CancelReceiving(ctx, scope, id)
	if err != nil {
		return fmt.Errorf("terminate upload: %w", err)
	}
	if ended {
		r.Clear(ctx, id)
		return nil
	}
	up, err := r.Rows.TusByID(ctx, scope, id)
	if err != nil {
		return fmt.Errorf("read resumable upload: %w", err)
	}
	if up.Taken() {
		return models.ErrAlreadyFinished
	}
	return models.ErrGone
}

// Drop takes back an upload whose first request failed: its client does not
// know of it. One that somebody adds to, or that has moved on, stays.
func (r *Resumable) Drop(ctx context.Context, id string) { r.drop(ctx, id, "") }

// drop takes back an upload that will never be one, and what came of it, unless
// it is not this writer's to end.
func (r *Resumable) drop(ctx context.Context, id, writer string) {
	dropping, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanupWithin)
	defer cancel()
	switch gone, err := r.Rows.DropTus(dropping, id, writer); {
	case err != nil:
		r.Intake.Log.WarnContext(ctx, "row of a refused upload is left to the sweep", "upload_id", id, "error", err)
	case gone:
		r.Clear(ctx, id)
	}
}

// Clear removes the objects of an upload that was ended before it was all
// there. What fails here the sweep makes up for.
func (r *Resumable) Clear(ctx context.Context, id string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanupWithin)
	defer cancel()
	if err := r.clear(ctx, storage.UploadPrefix(id)); err != nil {
		r.Intake.Log.WarnContext(ctx, "objects of an ended upload are left to the sweep", "upload_id", id, "error", err)
	}
}

func (r *Resumable) clear(ctx context.Context, prefix string) error {
	for {
		page, err := r.Objects.List(ctx, storage.Tmp, prefix, "", 0)
		if err != nil {
			return fmt.Errorf("list %s: %w", prefix, err)
		}
		refs := make([]storage.Ref, len(page.Objects))
		for i, o := range page.Objects {
			refs[i] = o.Ref
		}
		if len(refs) == 0 {
			return nil
		}
		if err := r.Objects.Delete(ctx, refs...); err != nil {
			return fmt.Errorf("delete under %s: %w", prefix, err)
		}
		if page.Next == "" {
			return nil
		}
	}
}

// claimID names one request's claim to an upload.
func claimID() (string, error) {
	id, err := uuid.NewRandom()
	if err != nil {
		return "", fmt.Errorf("make a claim's id: %w", err)
	}
	return id.String(), nil
}
