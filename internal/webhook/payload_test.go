package webhook

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"safelight/internal/wire"
	"safelight/models"
)

type source struct {
	file *models.File
	note *models.Notification
	err  error
}

func (s source) FileByID(context.Context, models.Scope, string) (models.File, error) {
	if s.file == nil {
		return models.File{}, errors.Join(s.err, models.ErrNotFound)
	}
	return *s.file, nil
}

func (s source) NotificationByID(context.Context, string) (models.Notification, error) {
	if s.note == nil {
		return models.Notification{}, errors.Join(s.err, models.ErrNotFound)
	}
	return *s.note, nil
}

func TestPayload(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	file, note := models.File{ID: "f", OwnerID: "o", Name: "cat.jpg", CurrentVersion: 2}, models.Notification{ID: "n", Kind: models.NotifyDone, Title: "Done"}
	shownFile, err := json.Marshal(wire.ViewFile(file))
	require.NoError(t, err)
	shownNote, err := json.Marshal(wire.ViewNotification(note))
	require.NoError(t, err)
	head := func(event string) string {
		return `{"type":"` + event + `","timestamp":"2026-01-02T03:04:05Z","ownerId":"o","data":`
	}
	for event, want := range map[models.WebhookEvent]string{
		"file.updated": head("file.updated") + `{"action":"updated","file":` + string(shownFile) + `}}`,
		"upload.done":  head("upload.done") + string(shownNote) + `}`,
	} {
		got, err := Composer{source{file: &file, note: &note}}.Payload(t.Context(), models.Delivery{Event: event, OwnerID: "o", SubjectID: "x", CreatedAt: at})
		require.NoError(t, err)
		require.JSONEq(t, want, string(got))
	}

	got, err := Composer{source{}}.Payload(t.Context(), models.Delivery{Event: "file.deleted", OwnerID: "o", SubjectID: "x", CreatedAt: at})
	require.NoError(t, err)
	require.JSONEq(t, head("file.deleted")+`{"action":"deleted","file":{"id":"x","ownerId":"o"}}}`, string(got))

	_, err = Composer{source{}}.Payload(t.Context(), models.Delivery{Event: "upload.done"})
	require.ErrorIs(t, err, models.ErrNotFound)

	got, err = Composer{source{}}.Payload(t.Context(), models.Delivery{Event: models.WebhookTest, CreatedAt: at})
	require.NoError(t, err)
	require.JSONEq(t, `{"type":"webhook.test","timestamp":"2026-01-02T03:04:05Z","data":{"message":"This is a test of your webhook."}}`, string(got))
}
