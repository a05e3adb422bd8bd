package store

import (
	"context"
	"errors"
	"strings"
	"time"

	"gorm.io/gorm"

	"safelight/models"
)

// webhookRow is a row of webhooks.
type webhookRow struct {
	ID          string    `gorm:"column:id"`
	URL         string    `gorm:"column:url"`
	Description string    `gorm:"column:description"`
	Secret      []byte    `gorm:"column:secret"`
	Events      string    `gorm:"column:events"` // separated by commas
	Enabled     bool      `gorm:"column:enabled"`
	CreatedAt   time.Time `gorm:"column:created_at"`
	UpdatedAt   time.Time `gorm:"column:updated_at"`
}

const webhookColumns = `w.id, w.url, w.description, w.secret, array_to_string(w.events, ',') AS events, w.enabled, w.created_at, w.updated_at`

func (r webhookRow) webhook() (models.Webhook, error) {
	hook := models.Webhook{
		ID: r.ID, URL: r.URL, Description: r.Description, Secret: r.Secret, Enabled: r.Enabled,
		CreatedAt: r.CreatedAt.UTC(), UpdatedAt: r.UpdatedAt.UTC(),
	}
	for event := range strings.SplitSeq(r.Events, ",") {
		hook.Events = append(hook.Events, models.WebhookEvent(event))
	}
	return hook, nil
}

// eventArray writes events, whose names are plain words, as a literal for text[].
func eventArray(events []models.WebhookEvent) string {
	names := make([]string, len(events))
	for i, e := range events {
		names[i] = string(e)
	}
	return "{" + strings.Join(names, ",") + "}"
}

// CreateWebhook inserts a webhook, and its line of the audit log.
func (s *Store) CreateWebhook(ctx context.Context, by models.Actor, w models.Webhook) (models.Webhook, error) {
	if err := checkIDs(w.ID, by.UserID); err != nil {
		return models.Webhook{}, fail("create webhook", err)
	}
	var row webhookRow
	err := s.transact(ctx, func(tx *gorm.DB) (err error) {
		row, _, err = first[webhookRow](tx, `
			INSERT INTO webhooks AS w (id, url, description, secret, events, enabled, created_by)
			VALUES ($1, $2, $3, $4, $5::text[], $6, $7) RETURNING `+webhookColumns,
			w.ID, w.URL, w.Description, w.Secret, eventArray(w.Events), w.Enabled, by.UserID)
		if err != nil {
			return err
		}
		return record(tx, models.AuditEntry{
			Actor: by, Action: "webhook.created", TargetKind: "webhook", TargetID: w.ID,
			Details: map[string]any{"url": w.URL, "events": w.Events},
		})
	})
	if err != nil {
		return models.Webhook{}, fail("create webhook", err)
	}
	return row.webhook()
}

// Webhooks lists all webhooks, newest first.
func (s *Store) Webhooks(ctx context.Context, limit int, after string) (models.Page[models.Webhook], error) {
	tag := listTag("webhooks")
	below := "ffffffff-ffff-ffff-ffff-ffffffffffff"
	if after != "" {
		c, err := decodeCursor(after, tag)
		if err = errors.Join(err, c.checkID()); err != nil {
			return models.Page[models.Webhook]{}, fail("list webhooks", err)
		}
		below = c.ID
	}
	limit = pageSize(limit)
	rows, err := every[webhookRow](s.conn(ctx), `
		SELECT `+webhookColumns+` FROM webhooks w WHERE w.id < $1 ORDER BY w.id DESC LIMIT $2`, below, limit+1)
	if err != nil {
		return models.Page[models.Webhook]{}, fail("list webhooks", err)
	}
	return page(rows, limit, webhookRow.webhook, func(r webhookRow) cursor { return cursor{List: tag, ID: r.ID} })
}

// UpdateWebhook changes a webhook and returns it as it is now. The audit log
// says which fields were changed, and never the secret.
func (s *Store) UpdateWebhook(ctx context.Context, by models.Actor, id string, change models.WebhookChange) (models.Webhook, error) {
	if err := checkIDs(id); err != nil {
		return models.Webhook{}, fail("change webhook", err)
	}
	var events *string
	details := map[string]any{"secret": change.Secret != nil}
	if change.Events != nil {
		literal := eventArray(change.Events)
		events, details["events"] = &literal, change.Events
	}
	if change.URL != nil {
		details["url"] = *change.URL
	}
	if change.Enabled != nil {
		details["enabled"] = *change.Enabled
	}
	var row webhookRow
	err := s.transact(ctx, func(tx *gorm.DB) (err error) {
		var found bool
		row, found, err = first[webhookRow](tx, `
			UPDATE webhooks w SET url = coalesce($2, w.url), description = coalesce($3, w.description),
			       secret = coalesce($4, w.secret), events = coalesce($5::text[], w.events),
			       enabled = coalesce($6, w.enabled), updated_at = now()
			 WHERE w.id = $1 RETURNING `+webhookColumns,
			id, change.URL, change.Description, change.Secret, events, change.Enabled)
		if err == nil && !found {
			err = models.ErrNotFound
		}
		if err != nil {
			return err
		}
		return record(tx, models.AuditEntry{
			Actor: by, Action: "webhook.changed", TargetKind: "webhook", TargetID: id, Details: details,
		})
	})
	if err != nil {
		return models.Webhook{}, fail("change webhook", err)
	}
	return row.webhook()
}

// DeleteWebhook removes a webhook with its deliveries.
func (s *Store) DeleteWebhook(ctx context.Context, by models.Actor, id string) error {
	if err := checkIDs(id); err != nil {
		return fail("delete webhook", err)
	}
	return fail("delete webhook", s.transact(ctx, func(tx *gorm.DB) error {
		n, err := exec(tx, `DELETE FROM webhooks WHERE id = $1`, id)
		if err == nil && n == 0 {
			err = models.ErrNotFound
		}
		if err != nil {
			return err
		}
		return record(tx, models.AuditEntry{Actor: by, Action: "webhook.deleted", TargetKind: "webhook", TargetID: id})
	}))
}
