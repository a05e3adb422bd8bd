package main

import (
	"context"
	"fmt"
	"log/slog"

	"safelight/activities"
	"safelight/models"
	"safelight/models/store"
	"safelight/workflows"
)

// dispatch starts deliveries as soon as the database tells of them, until ctx
// ends. What it misses or fails at is made up by the schedule.
func dispatch(ctx context.Context, databaseURL string, hooks *activities.Webhooks, log *slog.Logger) error {
	wake := make(chan struct{}, 1)
	nudge := func() {
		select {
		case wake <- struct{}{}:
		default: // a round is due already
		}
	}
	go func() {
		for {
			select {
			case <-ctx.Done():
				return
			case <-wake:
			}
			if _, err := hooks.Start(ctx, workflows.DeliveryGoneAfter); err != nil && ctx.Err() == nil {
				log.Warn("webhook deliveries wait for the next round", "error", err)
			}
		}
	}()
	err := store.Listen(ctx, databaseURL, func(s models.Signal) {
		if s.Kind == models.SignalWebhook {
			nudge()
		}
	}, nudge)
	if err != nil {
		return fmt.Errorf("listen for webhook deliveries: %w", err)
	}
	return nil
}
