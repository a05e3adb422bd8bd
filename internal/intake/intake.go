// Package intake takes an upload in: it judges the type by the first bytes,
// streams the rest to the tmp bucket while counting and hashing, and makes the
// promise that nothing accepted is lost. No upload is ever whole in memory.
package intake

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/google/uuid"

	"safelight/models"
	"safelight/storage"
)

// How long the parts may take that do not hang on the client. They run apart
// from the request: a client that goes away must not keep them from ending.
const (
	acceptWithin  = 10 * time.Second
	startWithin   = 2 * time.Second
	cleanupWithin = 15 * time.Second
)

// Rows is the part of models/store that taking in an upload needs.
type Rows interface {
	CreateUpload(ctx context.Context, n models.NewUpload) (up models.Upload, created bool, err error)
	AcceptUpload(ctx context.Context, id string, size int64, sha256, mimeType string) (models.Upload, error)
	DropUpload(ctx context.Context, id string) error
	TouchUpload(ctx context.Context, id string) error
	UploadByID(ctx context.Context, scope models.Scope, id string) (models.Upload, error)
}

// Objects is the part of storage.Store that taking in an upload needs.
type Objects interface {
	Put(ctx context.Context, ref storage.Ref, r io.Reader, size int64, contentType string) (int64, error)
	Delete(ctx context.Context, refs ...storage.Ref) error
}

// Starter starts the workflow of an accepted upload. One that runs is success.
type Starter interface {
	StartUpload(ctx context.Context, up *models.Upload) error
}

// Intake takes uploads in. All fields but KeepOriginals are required; it may be used by many
// goroutines at once.
type Intake struct {
	Rows    Rows
	Objects Objects
	Starter Starter
	Log     *slog.Logger
	// Sniff tells the media type by the first SniffLen bytes of a file, fewer
	// where it is shorter; false means that it is not accepted.
	Sniff    func(head []byte) (mimeType string, ok bool)
	SniffLen int
	// MaxBytes is the most that one upload may have.
	MaxBytes int64
	// KeepOriginals: the bytes as uploaded will be kept beside what comes of them.
	KeepOriginals bool
	// MaxOpen is how many uploads one owner may be sending at the same time.
	MaxOpen int
}

// Request is one upload on its way in.
type Request struct {
	OwnerID        string
	Name           string // cleaned and within its limit
	FileID         string // the file to become the next version of; empty: a new one
	IdempotencyKey string // empty: none
	// Announced is the most bytes that Body may hold by the client's own word,
	// or -1 where it gave none. It is what the quota reserves meanwhile.
	Announced int64
	Body      io.Reader
}

// BodyError wraps what the body's reader failed with, to tell a client that
// went away or stalled from a fault of ours.
type BodyError struct{ Err error }

// Error implements error.
func (e *BodyError) Error() string { return "read the upload: " + e.Err.Error() }

// Unwrap gives the reader's error.
func (e *BodyError) Unwrap() error { return e.Err }

// Accept takes in one upload. When it returns nil the bytes are stored and the
// row is processing (or further on): the promise. Whether the workflow could
// be started makes no difference, the reconciler sees to that. created is
// false where the idempotency key brought back an earlier upload; the body has
// not been read to its end then.
//
// On failure neither row nor object is left behind. Errors: *BodyError;
// models.ErrEmptyFile, ErrUnsupportedMedia, ErrTooLarge; what CreateUpload and
// AcceptUpload return; ErrConflict when it was cancelled meanwhile, when it was
// taken for dead and another request with its key took its place, or when the
// same key is still being sent; ErrUnavailable when the store cannot take it.
func (in *Intake) Accept(ctx context.Context, req Request) (models.Upload, bool, error) {
	if req.Announced > in.MaxBytes {
		return models.Upload{}, false, fmt.Errorf("%d bytes announced, %d allowed: %w", req.Announced, in.MaxBytes, models.ErrTooLarge)
	}
	head, mimeType, err := in.judge(req.Body)
	if err != nil {
		return models.Upload{}, false, err
	}
	up, created, err := in.open(ctx, req)
	if err != nil || !created {
		return up, false, err
	}
	defer in.keepAlive(ctx, up.ID)()
	body := newMeter(io.MultiReader(bytes.NewReader(head), req.Body), in.MaxBytes)
	if err := in.store(ctx, up.ID, body, mimeType); err != nil {
		in.discard(ctx, up.ID)
		return models.Upload{}, false, err
	}
	up, err = in.promise(ctx, up.ID, body, mimeType)
	if err != nil {
		return models.Upload{}, false, err
	}
	in.start(ctx, &up)
	return up, true, nil
}

// judge reads the beginning of the body and tells its type, before a row or an
// object is made of it.
func (in *Intake) judge(body io.Reader) (head []byte, mimeType string, err error) {
	head = make([]byte, in.SniffLen)
	n := 0
	// Not io.ReadFull, whose word for a short file is that of a cut connection.
	for n < len(head) && err == nil {
		var got int
		got, err = body.Read(head[n:])
		n += got
	}
	if err != nil && err != io.EOF {
		return nil, "", &BodyError{err}
	}
	if n == 0 {
		return nil, "", models.ErrEmptyFile
	}
	mimeType, ok := in.Sniff(head[:n])
	if !ok {
		return nil, "", models.ErrUnsupportedMedia
	}
	return head[:n], mimeType, nil
}

// open inserts the row, or finds the one of the same idempotency key.
func (in *Intake) open(ctx context.Context, req Request) (models.Upload, bool, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return models.Upload{}, false, fmt.Errorf("make an upload id: %w", err)
	}
	up, created, err := in.Rows.CreateUpload(ctx, models.NewUpload{
		ID: id.String(), OwnerID: req.OwnerID, Name: req.Name,
		TargetFileID: optional(req.FileID), IdempotencyKey: optional(req.IdempotencyKey),
		// What is not announced is not reserved: it is checked when it is there.
		Reserve: in.reserve(req.Announced), MaxOpen: in.MaxOpen, KeepsOriginal: in.KeepOriginals,
	})
	if err != nil {
		return models.Upload{}, false, fmt.Errorf("open upload: %w", err)
	}
	if !created && up.State == models.UploadReceiving {
		return models.Upload{}, false, fmt.Errorf("upload %s of the same idempotency key is still being sent: %w", up.ID, models.ErrConflict)
	}
	return up, created, nil
}

// reserve is what an upload of announced bytes may come to.
func (in *Intake) reserve(announced int64) int64 {
	if in.KeepOriginals {
		announced *= 2
	}
	return max(announced, 0)
}

// store streams the body into the tmp bucket.
func (in *Intake) store(ctx context.Context, id string, body *meter, mimeType string) error {
	ref := storage.OriginalRef(id)
	_, err := in.Objects.Put(ctx, ref, body, -1, mimeType)
	switch {
	case body.err != nil: // whatever the store made of it
		return body.err
	case err != nil:
		return fmt.Errorf("%w: store %s: %w", unstored(err), ref, err)
	}
	return nil
}

// unstored is what it means for a client that the store failed: too large where
// the store's own limit is below ours, which no other try changes.
func unstored(err error) error {
	if errors.Is(err, storage.ErrTooLarge) {
		return models.ErrTooLarge
	}
	return models.ErrUnavailable
}

// promise sets the row to processing. An error leaves nothing behind, with one
// exception: where the database did not answer, the commit may have happened,
// and then the object must stay. Until that is known both are left to the
// reconciler and the sweep.
func (in *Intake) promise(ctx context.Context, id string, body *meter, mimeType string) (models.Upload, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), acceptWithin)
	defer cancel()
	up, err := in.Rows.AcceptUpload(ctx, id, body.n, hex.EncodeToString(body.hash.Sum(nil)), mimeType)
	if err == nil {
		return up, nil
	}
	if errors.Is(err, models.ErrNotFound) { // of the upload, not of what the client asked for
		err = models.ErrConflict
	}
	err = fmt.Errorf("accept upload %s: %w", id, err)
	ctx, cancel = context.WithTimeout(context.WithoutCancel(ctx), cleanupWithin)
	defer cancel()
	if dropErr := in.Rows.DropUpload(ctx, id); dropErr != nil {
		in.Log.WarnContext(ctx, "upload is left to the sweep", "upload_id", id, "error", dropErr)
		return models.Upload{}, err
	}
	// The row is gone, cancelled, or was accepted after all.
	up, readErr := in.Rows.UploadByID(ctx, models.Scope{Any: true}, id)
	switch {
	case readErr == nil && up.State != models.UploadCanceled && up.State != models.UploadFailed:
		return up, nil
	case readErr == nil, errors.Is(readErr, models.ErrNotFound):
		in.deleteObject(ctx, id)
	default:
		in.Log.WarnContext(ctx, "upload is left to the sweep", "upload_id", id, "error", readErr)
	}
	return models.Upload{}, err
}

// discard removes what came of an upload that was never accepted. What fails
// here the sweep makes up for.
func (in *Intake) discard(ctx context.Context, id string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanupWithin)
	defer cancel()
	in.deleteObject(ctx, id)
	if err := in.Rows.DropUpload(ctx, id); err != nil {
		in.Log.WarnContext(ctx, "row of a broken upload is left to the sweep", "upload_id", id, "error", err)
	}
}

func (in *Intake) deleteObject(ctx context.Context, id string) {
	if err := in.Objects.Delete(ctx, storage.OriginalRef(id)); err != nil {
		in.Log.WarnContext(ctx, "object of a broken upload is left to the sweep", "upload_id", id, "error", err)
	}
}

func (in *Intake) start(ctx context.Context, up *models.Upload) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), startWithin)
	defer cancel()
	if err := in.Starter.StartUpload(ctx, up); err != nil {
		in.Log.WarnContext(ctx, "workflow is left to the reconciler", "upload_id", up.ID, "workflow_id", up.WorkflowID(), "error", err)
	}
}

func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
