package models

import (
	"strconv"
	"time"
)

// WebhookEvent is what a webhook can be told of. Wire format: the kinds of
// notifications, and the changes of files.
type WebhookEvent string

// WebhookTest is the event that an admin sends to try a webhook out.
const WebhookTest WebhookEvent = "webhook.test"

// WebhookEvents lists the events that a webhook may subscribe to.
func WebhookEvents() []WebhookEvent {
	return []WebhookEvent{
		WebhookEvent(NotifyDone), WebhookEvent(NotifyDuplicate), WebhookEvent(NotifyRejected),
		WebhookEvent(NotifyFailed), WebhookEvent(NotifyStalled),
		"file.created", "file.updated", "file.trashed", "file.restored", "file.deleted",
	}
}

// Webhook is another program's address that events are sent to.
type Webhook struct {
	ID          string
	URL         string
	Description string
	Secret      []byte // deliveries are signed with it
	Events      []WebhookEvent
	Enabled     bool
	CreatedAt   time.Time
	UpdatedAt   time.Time
}

// WebhookChange is what an admin changes; nil leaves a field as it is.
type WebhookChange struct {
	URL         *string
	Description *string
	Secret      []byte
	Events      []WebhookEvent
	Enabled     *bool
}

// DeliveryState says how far a delivery has come. Wire format.
type DeliveryState string

// The states of a delivery. Only a finished one is delivered again.
const (
	DeliveryPending   DeliveryState = "pending"
	DeliveryDelivered DeliveryState = "delivered"
	DeliveryFailed    DeliveryState = "failed"
)

// Delivery is one event on its way to one webhook. Payload is nil until the
// first attempt, which makes it; all attempts send the same bytes.
type Delivery struct {
	ID          string
	WebhookID   string
	Event       WebhookEvent
	OwnerID     string // whose file or upload it is about; empty for a test
	SubjectID   string // the notification or the file
	Payload     []byte
	State       DeliveryState
	Round       int // 1, and one more with each redelivery
	Attempts    int
	LastStatus  *int // of the answer to the last attempt that got one
	LastError   *string
	LastAttempt *time.Time
	CreatedAt   time.Time
	FinishedAt  *time.Time
}

// WorkflowID is the id of the workflow that carries this round of the delivery.
func (d Delivery) WorkflowID() string {
	if d.Round <= 1 {
		return "webhook-" + d.ID
	}
	return "webhook-" + d.ID + "-" + strconv.Itoa(d.Round)
}

// DeliveryAttempt is what came of one attempt. Status is 0 where no answer came.
type DeliveryAttempt struct {
	DeliveryID string
	Status     int
	Error      string // empty: it was taken
}
