package activities

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.temporal.io/sdk/temporal"

	"safelight/models"
)

// ErrTypeWebhookGone is that the receiver says that its address is gone for good, or
// the webhook or the delivery does not exist any more.
const ErrTypeWebhookGone = "WebhookGone"

// ErrTypeWebhookRefused is that the receiver could not be reached, or did not take
// the message. It is tried again.
const ErrTypeWebhookRefused = "WebhookRefused"

// Deliveries is the part of models/store that webhooks are delivered from.
type Deliveries interface {
	DeliveryByID(ctx context.Context, id string) (models.Delivery, models.Webhook, error)
	// SetDeliveryPayload keeps what is sent; the payload that is there already wins.
	SetDeliveryPayload(ctx context.Context, id string, payload []byte) ([]byte, error)
	RecordAttempt(ctx context.Context, a models.DeliveryAttempt) error
	GiveUpDelivery(ctx context.Context, id string) error
	DisableWebhook(ctx context.Context, id, reason string) error
	UnstartedDeliveries(ctx context.Context, goneAfter time.Duration, limit int) ([]models.Delivery, error)
	DeliveryStarted(ctx context.Context, id string, round int) error
	PurgeDeliveries(ctx context.Context, before time.Time, limit int) (int64, error)
}

// Composer makes the body of a delivery out of what it tells of. That it is gone
// is models.ErrNotFound.
type Composer interface {
	Payload(ctx context.Context, d models.Delivery) ([]byte, error)
}

// Patience is what an error may be that says after how long to try again; 0 is
// no wish.
type Patience interface {
	error
	RetryIn() time.Duration
}

// Sender posts one signed message and gives the status of the answer. An
// answer other than 2xx is an error, a Patience where the receiver says when to
// come back.
type Sender interface {
	Send(ctx context.Context, url string, secret []byte, id string, body []byte) (status int, err error)
}

// DeliveryStarter starts the workflow of a delivery's round; one that runs
// already, or that ended well, is success.
type DeliveryStarter interface {
	StartDelivery(ctx context.Context, d models.Delivery) error
}

// Webhooks are the activities that deliver events to other programs. All
// fields are required.
type Webhooks struct {
	Rows     Deliveries
	Composer Composer
	Sender   Sender
	Starter  DeliveryStarter
}

// DeliverInput names a delivery.
type DeliverInput struct {
	DeliveryID string `json:"deliveryId"`
}

// Deliver makes one attempt. What is delivered or given up already is success.
// A receiver may get a message twice, when the attempt could not be recorded:
// it knows it by its id.
func (w *Webhooks) Deliver(ctx context.Context, in DeliverInput) error {
	d, target, err := w.Rows.DeliveryByID(ctx, in.DeliveryID)
	if errors.Is(err, models.ErrNotFound) {
		return temporal.NewNonRetryableApplicationError("The webhook was deleted.", ErrTypeWebhookGone, err)
	}
	if err != nil {
		return classify(rowsFailed("read delivery %s: %w", in.DeliveryID, err))
	}
	if d.State != models.DeliveryPending {
		return nil
	}
	if !target.Enabled && d.Event != models.WebhookTest {
		return w.refused(ctx, d, 0, errors.New("the webhook is switched off"), true)
	}
	if d.Payload == nil {
		if d.Payload, err = w.payload(ctx, d); err != nil {
			return err
		}
	}
	status, err := w.Sender.Send(ctx, target.URL, target.Secret, "msg_"+d.ID, d.Payload)
	if err != nil {
		gone := status == 410
		if gone {
			if err := w.Rows.DisableWebhook(ctx, target.ID, "the receiver answered 410 Gone"); err != nil {
				return classify(rowsFailed("disable webhook %s: %w", target.ID, err))
			}
		}
		return w.refused(ctx, d, status, err, gone)
	}
	if err := w.Rows.RecordAttempt(ctx, models.DeliveryAttempt{DeliveryID: d.ID, Status: status}); err != nil {
		return classify(rowsFailed("record attempt of %s: %w", d.ID, err))
	}
	return nil
}

func (w *Webhooks) payload(ctx context.Context, d models.Delivery) ([]byte, error) {
	made, err := w.Composer.Payload(ctx, d)
	if errors.Is(err, models.ErrNotFound) {
		return nil, w.refused(ctx, d, 0, errors.New("what it tells of is gone"), true)
	}
	if err != nil {
		return nil, classify(rowsFailed("payload of %s: %w", d.ID, err))
	}
	kept, err := w.Rows.SetDeliveryPayload(ctx, d.ID, made)
	if err != nil {
		return nil, classify(rowsFailed("keep payload of %s: %w", d.ID, err))
	}
	return kept, nil
}

// refused records an attempt that failed and types the failure. A receiver
// that says when to come back is obeyed.
func (w *Webhooks) refused(ctx context.Context, d models.Delivery, status int, cause error, final bool) error {
	if err := w.Rows.RecordAttempt(ctx, models.DeliveryAttempt{DeliveryID: d.ID, Status: status, Error: told(cause)}); err != nil {
		return classify(rowsFailed("record attempt of %s: %w", d.ID, errors.Join(err, cause)))
	}
	if final {
		return temporal.NewNonRetryableApplicationError(told(cause), ErrTypeWebhookGone, cause)
	}
	options := temporal.ApplicationErrorOptions{Cause: cause}
	var patience Patience
	if errors.As(cause, &patience) {
		options.NextRetryDelay = patience.RetryIn()
	}
	return temporal.NewApplicationErrorWithOptions(told(cause), ErrTypeWebhookRefused, options)
}

// maxTold bounds a reason that is stored.
const maxTold = 500

func told(err error) string {
	text := []rune(err.Error())
	return string(text[:min(len(text), maxTold)])
}

// GiveUp ends a delivery that no attempt got through. Twice is once.
func (w *Webhooks) GiveUp(ctx context.Context, in DeliverInput) error {
	if err := w.Rows.GiveUpDelivery(ctx, in.DeliveryID); err != nil {
		return classify(rowsFailed("give up delivery %s: %w", in.DeliveryID, err))
	}
	return nil
}

// DispatchInput says when a delivery counts as one without a workflow, and how
// long finished ones are kept.
type DispatchInput struct {
	GoneAfter time.Duration `json:"goneAfter"`
	Keep      time.Duration `json:"keep"`
}

// Dispatch starts the workflow of every delivery that has none, and deletes
// what finished long ago.
func (w *Webhooks) Dispatch(ctx context.Context, in DispatchInput) (started int, err error) {
	defer heartbeat(ctx, nil)()
	started, err = w.Start(ctx, in.GoneAfter)
	if err != nil {
		return started, err
	}
	if _, err := w.Rows.PurgeDeliveries(ctx, time.Now().Add(-in.Keep), 10*batch); err != nil {
		return started, fmt.Errorf("purge deliveries: %w", err)
	}
	return started, nil
}

// Start starts the workflows of deliveries that have none. Starting one that
// runs is harmless. It is no activity by itself: a worker calls it as soon as
// the database says that there is something to start.
func (w *Webhooks) Start(ctx context.Context, goneAfter time.Duration) (started int, err error) {
	for {
		waiting, err := w.Rows.UnstartedDeliveries(ctx, goneAfter, batch)
		if err != nil {
			return started, fmt.Errorf("list deliveries to start: %w", err)
		}
		for _, d := range waiting {
			if err := w.Starter.StartDelivery(ctx, d); err != nil {
				return started, fmt.Errorf("start delivery %s: %w", d.ID, err)
			}
			if err := w.Rows.DeliveryStarted(ctx, d.ID, d.Round); err != nil {
				return started, fmt.Errorf("note start of delivery %s: %w", d.ID, err)
			}
			started++
		}
		if len(waiting) < batch {
			return started, nil
		}
	}
}
