package store

import (
	"context"
	"math"
	"strconv"
	"time"

	"gorm.io/gorm"

	"safelight/models"
)

// deliveryRow is a row of webhook_deliveries.
type deliveryRow struct {
	ID          string     `gorm:"column:id"`
	Seq         int64      `gorm:"column:seq"`
	WebhookID   string     `gorm:"column:webhook_id"`
	Event       string     `gorm:"column:event"`
	OwnerID     *string    `gorm:"column:owner_id"`
	SubjectID   string     `gorm:"column:subject_id"`
	Payload     []byte     `gorm:"column:payload"`
	State       string     `gorm:"column:state"`
	Round       int        `gorm:"column:round"`
	Attempts    int        `gorm:"column:attempts"`
	LastStatus  *int       `gorm:"column:last_status"`
	LastError   *string    `gorm:"column:last_error"`
	LastAttempt *time.Time `gorm:"column:last_attempt"`
	CreatedAt   time.Time  `gorm:"column:created_at"`
	FinishedAt  *time.Time `gorm:"column:finished_at"`
}

// listedColumns are those of a list: a payload may be large, and nobody asks
// for it there.
const (
	listedColumns = `d.id, d.seq, d.webhook_id, d.event, d.owner_id, d.subject_id, d.state, d.round, d.attempts,
	d.last_status, d.last_error, d.last_attempt, d.created_at, d.finished_at`
	deliveryColumns = listedColumns + `, d.payload`
)

func (r deliveryRow) delivery() (models.Delivery, error) {
	d := models.Delivery{
		ID: r.ID, WebhookID: r.WebhookID, Event: models.WebhookEvent(r.Event), SubjectID: r.SubjectID,
		Payload: r.Payload, State: models.DeliveryState(r.State), Round: r.Round, Attempts: r.Attempts,
		LastStatus: r.LastStatus, LastError: r.LastError, LastAttempt: utc(r.LastAttempt),
		CreatedAt: r.CreatedAt.UTC(), FinishedAt: utc(r.FinishedAt),
	}
	if r.OwnerID != nil {
		d.OwnerID = *r.OwnerID
	}
	return d, nil
}

// wakeDispatcher tells the workers that deliveries wait to be started.
const wakeDispatcher = `SELECT pg_notify('safelight', '{"k":"webhook","o":"","i":""}')`

// Deliveries lists what was and is sent to a webhook, newest first; with state
// those in it alone. The payloads are left out.
func (s *Store) Deliveries(ctx context.Context, webhookID string, state models.DeliveryState, limit int, after string) (models.Page[models.Delivery], error) {
	var none models.Page[models.Delivery]
	if err := s.webhookExists(ctx, webhookID); err != nil {
		return none, fail("list deliveries", err)
	}
	tag, below := listTag("deliveries", webhookID, string(state)), int64(math.MaxInt64)
	if after != "" {
		c, err := decodeCursor(after, tag)
		if err != nil {
			return none, fail("list deliveries", err)
		}
		if below, err = c.atNumber(); err != nil {
			return none, fail("list deliveries", err)
		}
	}
	limit = pageSize(limit)
	rows, err := every[deliveryRow](s.conn(ctx), `
		SELECT `+listedColumns+` FROM webhook_deliveries d
		 WHERE d.webhook_id = $1 AND d.seq < $2 AND ($3 = '' OR d.state = $3) ORDER BY d.seq DESC LIMIT $4`,
		webhookID, below, string(state), limit+1)
	if err != nil {
		return none, fail("list deliveries", err)
	}
	return page(rows, limit, deliveryRow.delivery, func(r deliveryRow) cursor {
		return cursor{List: tag, Key: strconv.FormatInt(r.Seq, 10)}
	})
}

func (s *Store) webhookExists(ctx context.Context, id string) error {
	if err := checkIDs(id); err != nil {
		return err
	}
	_, found, err := first[string](s.conn(ctx), `SELECT id FROM webhooks WHERE id = $1`, id)
	if err == nil && !found {
		err = models.ErrNotFound
	}
	return err
}

// Redeliver begins another round of a finished delivery. One that is still on
// its way is models.ErrConflict.
func (s *Store) Redeliver(ctx context.Context, by models.Actor, webhookID, id string) (models.Delivery, error) {
	if err := checkIDs(webhookID, id); err != nil {
		return models.Delivery{}, fail("redeliver", err)
	}
	var row deliveryRow
	err := s.transact(ctx, func(tx *gorm.DB) error {
		state, found, err := first[string](tx, `
			SELECT state FROM webhook_deliveries WHERE id = $1 AND webhook_id = $2 FOR UPDATE`, id, webhookID)
		switch {
		case err != nil:
			return err
		case !found:
			return models.ErrNotFound
		case state == string(models.DeliveryPending):
			return models.ErrConflict
		}
		row, _, err = first[deliveryRow](tx, `
			UPDATE webhook_deliveries d SET state = 'pending', finished_at = NULL, started_at = NULL, round = d.round + 1
			 WHERE d.id = $1 RETURNING `+deliveryColumns, id)
		if err != nil {
			return err
		}
		if _, err := exec(tx, wakeDispatcher); err != nil {
			return err
		}
		return record(tx, models.AuditEntry{
			Actor: by, Action: "webhook.redelivered", TargetKind: "webhook", TargetID: webhookID,
			Details: map[string]any{"delivery": id},
		})
	})
	if err != nil {
		return models.Delivery{}, fail("redeliver", err)
	}
	return row.delivery()
}

// TestWebhook makes a delivery of models.WebhookTest, to a webhook that is
// switched off too.
func (s *Store) TestWebhook(ctx context.Context, webhookID string) (models.Delivery, error) {
	if err := s.webhookExists(ctx, webhookID); err != nil {
		return models.Delivery{}, fail("test webhook", err)
	}
	var row deliveryRow
	err := s.transact(ctx, func(tx *gorm.DB) (err error) {
		row, _, err = first[deliveryRow](tx, `
			INSERT INTO webhook_deliveries AS d (webhook_id, event, subject_id) VALUES ($1, $2, $1) RETURNING `+deliveryColumns,
			webhookID, string(models.WebhookTest))
		if err != nil {
			return err
		}
		_, err = exec(tx, wakeDispatcher)
		return err
	})
	if err != nil {
		return models.Delivery{}, fail("test webhook", err)
	}
	return row.delivery()
}

// UnstartedDeliveries lists deliveries, oldest first, whose round was not
// started, or was so long ago that its workflow must be gone. The payloads are
// left out.
func (s *Store) UnstartedDeliveries(ctx context.Context, goneAfter time.Duration, limit int) ([]models.Delivery, error) {
	rows, err := every[deliveryRow](s.conn(ctx), `
		SELECT `+listedColumns+` FROM webhook_deliveries d
		 WHERE d.state = 'pending' AND (d.started_at IS NULL OR d.started_at < now() - make_interval(secs => $1))
		 ORDER BY d.seq LIMIT $2`, goneAfter.Seconds(), limit)
	if err != nil {
		return nil, fail("list deliveries to start", err)
	}
	p, err := page(rows, len(rows), deliveryRow.delivery, nil)
	return p.Items, err
}

// DeliveryStarted notes that the workflow of a round was asked for.
func (s *Store) DeliveryStarted(ctx context.Context, id string, round int) error {
	if err := checkIDs(id); err != nil {
		return fail("note start of delivery", err)
	}
	_, err := exec(s.conn(ctx), `UPDATE webhook_deliveries SET started_at = now() WHERE id = $1 AND round = $2 AND state = 'pending'`, id, round)
	return fail("note start of delivery", err)
}

// DeliveryByID reads a delivery and where it goes.
func (s *Store) DeliveryByID(ctx context.Context, id string) (models.Delivery, models.Webhook, error) {
	if err := checkIDs(id); err != nil {
		return models.Delivery{}, models.Webhook{}, fail("read delivery", err)
	}
	row, found, err := first[deliveryRow](s.conn(ctx), `SELECT `+deliveryColumns+` FROM webhook_deliveries d WHERE d.id = $1`, id)
	if err == nil && !found {
		err = models.ErrNotFound
	}
	if err != nil {
		return models.Delivery{}, models.Webhook{}, fail("read delivery", err)
	}
	target, found, err := first[webhookRow](s.conn(ctx), `SELECT `+webhookColumns+` FROM webhooks w WHERE w.id = $1`, row.WebhookID)
	if err == nil && !found {
		err = models.ErrNotFound
	}
	if err != nil {
		return models.Delivery{}, models.Webhook{}, fail("read webhook", err)
	}
	d, err := row.delivery()
	if err != nil {
		return models.Delivery{}, models.Webhook{}, fail("read delivery", err)
	}
	w, err := target.webhook()
	return d, w, fail("read webhook", err)
}

// SetDeliveryPayload keeps what a delivery sends and returns it: the payload
// that is there already, where there is one.
func (s *Store) SetDeliveryPayload(ctx context.Context, id string, payload []byte) ([]byte, error) {
	if err := checkIDs(id); err != nil {
		return nil, fail("keep payload", err)
	}
	kept, found, err := first[deliveryRow](s.conn(ctx), `
		UPDATE webhook_deliveries d SET payload = coalesce(d.payload, $2) WHERE d.id = $1 RETURNING `+deliveryColumns, id, payload)
	if err == nil && !found {
		err = models.ErrNotFound
	}
	return kept.Payload, fail("keep payload", err)
}

// RecordAttempt notes what came of one attempt. One that was taken finishes
// the delivery.
func (s *Store) RecordAttempt(ctx context.Context, a models.DeliveryAttempt) error {
	if err := checkIDs(a.DeliveryID); err != nil {
		return fail("record attempt", err)
	}
	var status *int
	if a.Status != 0 {
		status = &a.Status
	}
	var reason *string
	if a.Error != "" {
		reason = &a.Error
	}
	_, err := exec(s.conn(ctx), `
		UPDATE webhook_deliveries SET attempts = attempts + 1, last_status = $2, last_error = $3, last_attempt = now(),
		       state = CASE WHEN $3::text IS NULL THEN 'delivered' ELSE state END,
		       finished_at = CASE WHEN $3::text IS NULL THEN now() ELSE finished_at END
		 WHERE id = $1 AND state = 'pending'`, a.DeliveryID, status, reason)
	return fail("record attempt", err)
}

// GiveUpDelivery ends a delivery as failed. Twice is once; one that was taken stays so.
func (s *Store) GiveUpDelivery(ctx context.Context, id string) error {
	if err := checkIDs(id); err != nil {
		return fail("give up delivery", err)
	}
	_, err := exec(s.conn(ctx), `
		UPDATE webhook_deliveries SET state = 'failed', finished_at = now() WHERE id = $1 AND state = 'pending'`, id)
	return fail("give up delivery", err)
}

// DisableWebhook switches off a webhook whose address says that it is gone for
// good. The system is who did it.
func (s *Store) DisableWebhook(ctx context.Context, id, reason string) error {
	if err := checkIDs(id); err != nil {
		return fail("disable webhook", err)
	}
	return fail("disable webhook", s.transact(ctx, func(tx *gorm.DB) error {
		n, err := exec(tx, `UPDATE webhooks SET enabled = false, updated_at = now() WHERE id = $1 AND enabled`, id)
		if err != nil || n == 0 {
			return err
		}
		return record(tx, models.AuditEntry{
			Action: "webhook.disabled", TargetKind: "webhook", TargetID: id, Details: map[string]any{"reason": reason},
		})
	}))
}

// PurgeDeliveries deletes deliveries that finished before the given time.
func (s *Store) PurgeDeliveries(ctx context.Context, before time.Time, limit int) (int64, error) {
	n, err := exec(s.conn(ctx), `
		DELETE FROM webhook_deliveries WHERE id IN (
		    SELECT id FROM webhook_deliveries WHERE finished_at < $1 ORDER BY finished_at LIMIT $2)`, before, limit)
	return n, fail("purge deliveries", err)
}
