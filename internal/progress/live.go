package progress

import (
	"context"
	"errors"
	"fmt"
	"time"

	"safelight/models"
)

// errOver: the workflow says that its upload is final; the row has the end.
var errOver = errors.New("workflow is over")

// Snapshot gives the present picture of one upload whose row the caller has
// just read. It asks the workflow of an unfinished one, for a short while.
func (h *Hub) Snapshot(ctx context.Context, row models.Upload) Snapshot {
	if row.State.Final() || row.State == models.UploadReceiving {
		return fromRow(row, false)
	}
	snap, err := h.live(ctx, row, h.timing.first, true)
	if err == nil {
		return snap
	}
	if again, readErr := h.rows.UploadByID(ctx, models.Scope{Any: true}, row.ID); readErr == nil && again.State.Final() {
		return fromRow(again, false)
	}
	return snap
}

// live asks the workflow of an unfinished upload for its picture, and with
// attempts the engine for the attempts of its running steps. With an error
// comes the picture of the row, stale.
func (h *Hub) live(ctx context.Context, row models.Upload, within time.Duration, attempts bool) (Snapshot, error) {
	asking, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	select {
	case h.questions <- struct{}{}:
		defer func() { <-h.questions }()
	case <-asking.Done():
		return fromRow(row, true), fmt.Errorf("wait to ask: %w", asking.Err())
	}
	p, err := h.engine.Query(asking, row.WorkflowID())
	switch {
	case errors.Is(err, models.ErrNotFound):
		return fromRow(row, true), fmt.Errorf("query workflow %s: %w", row.WorkflowID(), err)
	case err != nil:
		h.log.DebugContext(ctx, "workflow cannot be asked", "upload_id", row.ID, "error", err)
		p = row.Progress()
	case p.State.Final():
		return fromRow(row, false), errOver
	case p.Seq < row.Seq: // it was set back by an operator; the row remembers more
		p = row.Progress()
	}
	stale := err != nil
	if attempts && p.State == models.UploadProcessing {
		p = h.withAttempts(ctx, row, p)
	}
	return merge(row, p, stale), err
}

// withAttempts overlays what the engine knows of running steps. That it cannot
// be asked only leaves the picture plainer.
func (h *Hub) withAttempts(ctx context.Context, row models.Upload, p models.Progress) models.Progress {
	ctx, cancel := context.WithTimeout(ctx, h.timing.first)
	defer cancel()
	pending, err := h.engine.Pending(ctx, row.WorkflowID())
	if err != nil {
		h.log.DebugContext(ctx, "attempts cannot be asked for", "upload_id", row.ID, "error", err)
		return p
	}
	return overlay(p, pending)
}
