package api

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/google/uuid"

	"safelight/internal/webhook"
	"safelight/models"
)

// Webhooks is the part of the store about webhooks and their deliveries.
type Webhooks interface {
	CreateWebhook(ctx context.Context, by models.Actor, w models.Webhook) (models.Webhook, error)
	Webhooks(ctx context.Context, limit int, cursor string) (models.Page[models.Webhook], error)
	UpdateWebhook(ctx context.Context, by models.Actor, id string, change models.WebhookChange) (models.Webhook, error)
	DeleteWebhook(ctx context.Context, by models.Actor, id string) error
	TestWebhook(ctx context.Context, id string) (models.Delivery, error)
	Deliveries(ctx context.Context, webhookID string, state models.DeliveryState, limit int, cursor string) (models.Page[models.Delivery], error)
	Redeliver(ctx context.Context, by models.Actor, webhookID, id string) (models.Delivery, error)
}

// webhookView is a webhook as admins see it. The secret is shown when it is
// made, and never again.
type webhookView struct {
	ID          string                `json:"id" format:"uuid"`
	URL         string                `json:"url" format:"uri" example:"https://example.com/safelight"`
	Description string                `json:"description"`
	Events      []models.WebhookEvent `json:"events"`
	Enabled     bool                  `json:"enabled"`
	Secret      string                `json:"secret,omitempty" doc:"To check signatures with. Shown once, when it is made." example:"whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"`
	CreatedAt   time.Time             `json:"createdAt"`
	UpdatedAt   time.Time             `json:"updatedAt"`
}

func viewWebhook(w models.Webhook) webhookView {
	return webhookView{
		ID: w.ID, URL: w.URL, Description: w.Description, Events: w.Events, Enabled: w.Enabled,
		CreatedAt: w.CreatedAt, UpdatedAt: w.UpdatedAt,
	}
}

// deliveryView is one event on its way to a webhook.
type deliveryView struct {
	ID          string               `json:"id" format:"uuid" doc:"Receivers see it in the header webhook-id, behind msg_."`
	Event       models.WebhookEvent  `json:"event" example:"upload.done"`
	State       models.DeliveryState `json:"state" enum:"pending,delivered,failed"`
	Attempts    int                  `json:"attempts" doc:"Over all rounds."`
	LastStatus  *int                 `json:"lastStatus" doc:"HTTP status of the receiver's last answer."`
	LastError   *string              `json:"lastError"`
	LastAttempt *time.Time           `json:"lastAttemptAt"`
	WorkflowID  string               `json:"workflowId" doc:"In the Temporal UI."`
	CreatedAt   time.Time            `json:"createdAt"`
	FinishedAt  *time.Time           `json:"finishedAt"`
}

func viewDelivery(d models.Delivery) deliveryView {
	return deliveryView{
		ID: d.ID, Event: d.Event, State: d.State, Attempts: d.Attempts, LastStatus: d.LastStatus, LastError: d.LastError,
		LastAttempt: d.LastAttempt, WorkflowID: d.WorkflowID(), CreatedAt: d.CreatedAt, FinishedAt: d.FinishedAt,
	}
}

// WebhookInput names a webhook.
type WebhookInput struct {
	ID string `path:"id" maxLength:"64"`
}

type createWebhookInput struct {
	Body struct {
		URL         string                `json:"url" minLength:"1" maxLength:"2000" example:"https://example.com/safelight"`
		Description string                `json:"description,omitempty" maxLength:"200"`
		Events      []models.WebhookEvent `json:"events,omitempty" maxItems:"50" doc:"All events where nothing is said."`
		Enabled     *bool                 `json:"enabled,omitempty" doc:"True unless told otherwise."`
	}
}

type updateWebhookInput struct {
	WebhookInput
	Body struct {
		URL          *string               `json:"url,omitempty" minLength:"1" maxLength:"2000"`
		Description  *string               `json:"description,omitempty" maxLength:"200"`
		Events       []models.WebhookEvent `json:"events,omitempty" maxItems:"50"`
		Enabled      *bool                 `json:"enabled,omitempty"`
		RotateSecret bool                  `json:"rotateSecret,omitempty" doc:"Make a new secret; the answer shows it."`
	}
}

type deliveriesInput struct {
	WebhookInput
	PageInput
	State models.DeliveryState `query:"state" enum:"pending,delivered,failed" doc:"Only those that have come so far."`
}

type redeliverInput struct {
	WebhookInput
	DeliveryID string `path:"deliveryId" maxLength:"64"`
}

type webhookOutput struct{ Body webhookView }

type deliveryOutput struct{ Body deliveryView }

// webhookRoutes registers what admins do with webhooks.
func (a *App) webhookRoutes() {
	hooks, one := Prefix+"/admin/webhooks", Prefix+"/admin/webhooks/{id}"
	body := []Code{CodeMalformedBody, CodeTooLarge, CodeUnsupportedMedia}
	operation(a, Route{
		ID: "listWebhooks", Method: http.MethodGet, Path: hooks, Permission: ForAdmins, Tag: "Webhooks",
		Summary: "All webhooks, newest first", Status: http.StatusOK,
	}, a.listWebhooks)
	operation(a, Route{
		ID: "createWebhook", Method: http.MethodPost, Path: hooks, Permission: ForAdmins, Tag: "Webhooks",
		Summary: "Send events to another program", Status: http.StatusCreated, Codes: body,
		Description: "Messages are signed as the [Standard Webhooks](https://www.standardwebhooks.com) specification says. " +
			"An answer other than 2xx is tried again for about a day; 410 switches the webhook off.",
	}, a.createWebhook)
	operation(a, Route{
		ID: "updateWebhook", Method: http.MethodPatch, Path: one, Permission: ForAdmins, Tag: "Webhooks",
		Summary: "Change a webhook", Status: http.StatusOK, Codes: append(body, CodeNotFound),
	}, a.updateWebhook)
	operation(a, Route{
		ID: "deleteWebhook", Method: http.MethodDelete, Path: one, Permission: ForAdmins, Tag: "Webhooks",
		Summary: "Delete a webhook and its deliveries", Status: http.StatusNoContent, Codes: []Code{CodeNotFound},
	}, a.deleteWebhook)
	operation(a, Route{
		ID: "testWebhook", Method: http.MethodPost, Path: one + "/test", Permission: ForAdmins, Tag: "Webhooks",
		Summary: "Send a message of no meaning", Status: http.StatusAccepted, Codes: []Code{CodeNotFound},
	}, a.testWebhook)
	operation(a, Route{
		ID: "listDeliveries", Method: http.MethodGet, Path: one + "/deliveries", Permission: ForAdmins, Tag: "Webhooks",
		Summary: "What was and is sent to a webhook, newest first", Status: http.StatusOK, Codes: []Code{CodeNotFound},
	}, a.listDeliveries)
	operation(a, Route{
		ID: "redeliver", Method: http.MethodPost, Path: one + "/deliveries/{deliveryId}/redeliver", Permission: ForAdmins, Tag: "Webhooks",
		Summary: "Send a message again", Status: http.StatusAccepted, Codes: []Code{CodeNotFound, CodeConflict},
		Description: "Of a delivery that was delivered or given up: the same bytes, tried for another day. One still on its way is a 409.",
	}, a.redeliver)
}

func (a *App) listWebhooks(ctx context.Context, in *PageInput) (*pageOutput[webhookView], error) {
	p, err := a.Webhooks.Webhooks(ctx, in.Limit, in.Cursor)
	if err != nil {
		return nil, fmt.Errorf("list webhooks: %w", err)
	}
	return viewPage(p, viewWebhook), nil
}

func (a *App) createWebhook(ctx context.Context, in *createWebhookInput) (*webhookOutput, error) {
	events := in.Body.Events
	if len(events) == 0 {
		events = models.WebhookEvents()
	}
	if faults := a.webhookFaults(&in.Body.URL, events); len(faults) > 0 {
		return nil, invalid(faults...)
	}
	secret := webhook.NewSecret()
	made, err := a.Webhooks.CreateWebhook(ctx, actorFrom(ctx), models.Webhook{
		ID: uuid.Must(uuid.NewV7()).String(), URL: in.Body.URL, Description: in.Body.Description,
		Secret: secret, Events: events, Enabled: in.Body.Enabled == nil || *in.Body.Enabled,
	})
	if err != nil {
		return nil, fmt.Errorf("create webhook: %w", err)
	}
	out := &webhookOutput{Body: viewWebhook(made)}
	out.Body.Secret = webhook.FormatSecret(secret)
	return out, nil
}

func (a *App) updateWebhook(ctx context.Context, in *updateWebhookInput) (*webhookOutput, error) {
	change := models.WebhookChange{
		URL: in.Body.URL, Description: in.Body.Description, Events: in.Body.Events, Enabled: in.Body.Enabled,
	}
	faults := a.webhookFaults(change.URL, change.Events)
	if change.Events != nil && len(change.Events) == 0 {
		faults = append(faults, Fault{Location: "body.events", Message: "needs at least one event; use enabled to send none"})
	}
	if len(faults) > 0 {
		return nil, invalid(faults...)
	}
	if in.Body.RotateSecret {
		change.Secret = webhook.NewSecret()
	}
	changed, err := a.Webhooks.UpdateWebhook(ctx, actorFrom(ctx), in.ID, change)
	if err != nil {
		return nil, fmt.Errorf("change webhook: %w", err)
	}
	out := &webhookOutput{Body: viewWebhook(changed)}
	if change.Secret != nil {
		out.Body.Secret = webhook.FormatSecret(change.Secret)
	}
	return out, nil
}

// webhookFaults lists what is wrong with an address and a choice of events.
func (a *App) webhookFaults(url *string, events []models.WebhookEvent) (faults []Fault) {
	if url != nil {
		if err := webhook.CheckURL(*url, a.Config.WebhookAllowPrivate); err != nil {
			faults = append(faults, Fault{Location: "body.url", Message: err.Error()})
		}
	}
	for i, event := range events {
		location := fmt.Sprintf("body.events[%d]", i)
		switch {
		case !slices.Contains(models.WebhookEvents(), event):
			faults = append(faults, Fault{Location: location, Message: "is not an event that webhooks can be told of"})
		case slices.Index(events, event) != i:
			faults = append(faults, Fault{Location: location, Message: "stands in the list twice"})
		}
	}
	return faults
}

func (a *App) deleteWebhook(ctx context.Context, in *WebhookInput) (*struct{}, error) {
	if err := a.Webhooks.DeleteWebhook(ctx, actorFrom(ctx), in.ID); err != nil {
		return nil, fmt.Errorf("delete webhook: %w", err)
	}
	return nil, nil //nolint:nilnil // Huma's way to say 204
}

func (a *App) testWebhook(ctx context.Context, in *WebhookInput) (*deliveryOutput, error) {
	d, err := a.Webhooks.TestWebhook(ctx, in.ID)
	if err != nil {
		return nil, fmt.Errorf("test webhook: %w", err)
	}
	return &deliveryOutput{Body: viewDelivery(d)}, nil
}

func (a *App) listDeliveries(ctx context.Context, in *deliveriesInput) (*pageOutput[deliveryView], error) {
	p, err := a.Webhooks.Deliveries(ctx, in.ID, in.State, in.Limit, in.Cursor)
	if err != nil {
		return nil, fmt.Errorf("list deliveries: %w", err)
	}
	return viewPage(p, viewDelivery), nil
}

func (a *App) redeliver(ctx context.Context, in *redeliverInput) (*deliveryOutput, error) {
	d, err := a.Webhooks.Redeliver(ctx, actorFrom(ctx), in.ID, in.DeliveryID)
	if err != nil {
		return nil, fmt.Errorf("redeliver: %w", err)
	}
	return &deliveryOutput{Body: viewDelivery(d)}, nil
}
