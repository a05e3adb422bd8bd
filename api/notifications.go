package api

import (
	"context"
	"fmt"
	"net/http"
)

type notificationsInput struct {
	PageInput
	Unread bool `query:"unread" doc:"Only those that have not been read."`
}

type notificationInput struct {
	ID string `path:"id" maxLength:"64"`
}

type notificationOutput struct{ Body notificationView }

// notificationRoutes registers the list of notifications and reading them.
func (a *App) notificationRoutes() {
	operation(a, Route{
		ID: "listNotifications", Method: http.MethodGet, Path: Prefix + "/notifications", Permission: ForUsers, Tag: "Notifications",
		Summary: "My notifications, newest first", Status: http.StatusOK,
	}, a.listNotifications)
	operation(a, Route{
		ID: "readNotification", Method: http.MethodPost, Path: Prefix + "/notifications/{id}/read", Permission: ForUsers, Tag: "Notifications",
		Summary: "Mark one as read", Description: "Reading it again changes nothing.", Status: http.StatusOK,
		Codes: []Code{CodeNotFound},
	}, a.readNotification)
	operation(a, Route{
		ID: "readAllNotifications", Method: http.MethodPost, Path: Prefix + "/notifications/read-all", Permission: ForUsers, Tag: "Notifications",
		Summary: "Mark all as read", Status: http.StatusNoContent,
	}, a.readAllNotifications)
}

func (a *App) listNotifications(ctx context.Context, in *notificationsInput) (*pageOutput[notificationView], error) {
	p, err := a.Notifications.ListNotifications(ctx, identityFrom(ctx).User.ID, in.Unread, in.Limit, in.Cursor)
	if err != nil {
		return nil, fmt.Errorf("list notifications: %w", err)
	}
	return viewPage(p, viewNotification), nil
}

func (a *App) readNotification(ctx context.Context, in *notificationInput) (*notificationOutput, error) {
	n, err := a.Notifications.MarkRead(ctx, identityFrom(ctx).User.ID, in.ID)
	if err != nil {
		return nil, fmt.Errorf("mark notification as read: %w", err)
	}
	return &notificationOutput{Body: viewNotification(n)}, nil
}

func (a *App) readAllNotifications(ctx context.Context, _ *struct{}) (*struct{}, error) {
	if _, err := a.Notifications.MarkAllRead(ctx, identityFrom(ctx).User.ID); err != nil {
		return nil, fmt.Errorf("mark all notifications as read: %w", err)
	}
	return nil, nil //nolint:nilnil // Huma's way to say 204
}
