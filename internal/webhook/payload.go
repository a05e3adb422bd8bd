package webhook

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"safelight/internal/wire"
	"safelight/models"
)

// Message is the body of a delivery. Data is what the event streams of the API
// show of the same event.
type Message struct {
	Type      models.WebhookEvent `json:"type"`
	Timestamp time.Time           `json:"timestamp"` // when it happened
	OwnerID   string              `json:"ownerId,omitempty"`
	Data      any                 `json:"data"`
}

// fileChange is the data of a change of a file. Of one that is gone by now,
// the id is all that is left.
type fileChange struct {
	Action string `json:"action"`
	File   any    `json:"file"`
}

type goneFile struct {
	ID      string `json:"id"`
	OwnerID string `json:"ownerId"`
}

// Source is where the data of messages is read.
type Source interface {
	FileByID(ctx context.Context, scope models.Scope, id string) (models.File, error)
	NotificationByID(ctx context.Context, id string) (models.Notification, error)
}

// Composer makes the bodies of deliveries. From is required.
type Composer struct{ From Source }

// Payload makes the body of a delivery. That what it tells of is gone is
// models.ErrNotFound; the same delivery may give another body later.
func (c Composer) Payload(ctx context.Context, d models.Delivery) ([]byte, error) {
	data, err := dataOf(ctx, c.From, d)
	if err != nil {
		return nil, err
	}
	body, err := json.Marshal(Message{Type: d.Event, Timestamp: d.CreatedAt, OwnerID: d.OwnerID, Data: data})
	if err != nil {
		return nil, fmt.Errorf("write payload: %w", err)
	}
	return body, nil
}

func dataOf(ctx context.Context, from Source, d models.Delivery) (any, error) {
	if d.Event == models.WebhookTest {
		return struct {
			Message string `json:"message"`
		}{"This is a test of your webhook."}, nil
	}
	if action, ok := strings.CutPrefix(string(d.Event), "file."); ok {
		file, err := from.FileByID(ctx, models.Scope{Any: true}, d.SubjectID)
		if errors.Is(err, models.ErrNotFound) {
			return fileChange{Action: action, File: goneFile{ID: d.SubjectID, OwnerID: d.OwnerID}}, nil
		}
		if err != nil {
			return nil, fmt.Errorf("read file of event: %w", err)
		}
		return fileChange{Action: action, File: wire.ViewFile(file)}, nil
	}
	n, err := from.NotificationByID(ctx, d.SubjectID)
	if err != nil {
		return nil, fmt.Errorf("read notification of event: %w", err)
	}
	return wire.ViewNotification(n), nil
}
