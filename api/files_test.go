package api

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"safelight/models"
)

func TestAFileShowsTheContractsFields(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	user, token := b.user(models.RoleUser, models.StatusActive)
	file := b.file(user.ID, []byte(digits))
	a := b.ask(http.MethodGet, "/api/v1/files/"+file.ID, token, nil)
	var got map[string]any
	a.into(&got)
	content := "/api/v1/files/" + file.ID + "/content?variant="
	for name, want := range map[string]any{
		"id": file.ID, "name": "cat.jpg", "ownerId": user.ID, "mimeType": "image/webp", "size": 10.0, "originalSize": 12345.0,
		"width": 40.0, "height": 30.0, "sha256": strings.Repeat("a", 64), "thumbhash": "AQID", "currentVersion": 1.0, "versionCount": 1.0,
		"trashedAt": nil,
		"links":     map[string]any{"content": content + "full&version=1", "preview": content + "preview&version=1", "thumb": content + "thumb&version=1"},
	} {
		require.Equal(t, want, got[name], name)
	}
	for _, name := range []string{"createdAt", "updatedAt"} {
		at, err := time.Parse(time.RFC3339, got[name].(string))
		require.NoError(t, err)
		require.Equal(t, time.UTC, at.Location())
	}
	require.Len(t, got, 16)
	require.Equal(t, http.StatusOK, b.ask(http.MethodGet, got["links"].(map[string]any)["thumb"].(string), token, nil).Status, "links lead somewhere")
}

func TestListingFiles(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	user, token := b.user(models.RoleAdmin, models.StatusActive)
	other, _ := b.user(models.RoleUser, models.StatusActive)
	mine := b.file(user.ID, []byte(digits))
	b.file(other.ID, []byte(digits))

	var p page[fileView]
	b.ask(http.MethodGet, "/api/v1/files", token, nil).into(&p)
	require.Len(t, p.Items, 1, "mine, for admins too")
	require.Equal(t, mine.ID, p.Items[0].ID)
	require.Equal(t, "next", *p.NextCursor)
	require.Equal(t, models.FileFilter{Scope: models.Scope{OwnerID: user.ID}, Sort: models.SortCreatedAt, Descending: true, Limit: 50}, b.rows.filter)

	var last map[string]any
	b.ask(http.MethodGet, "/api/v1/files?cursor=next&q=Ca%20t&sort=size&order=asc&trashed=true&limit=200", token, nil).into(&last)
	require.Equal(t, models.FileFilter{
		Scope: models.Scope{OwnerID: user.ID}, Q: "Ca t", Sort: models.SortSize, Trashed: true, Limit: 200, Cursor: "next",
	}, b.rows.filter)
	require.Equal(t, map[string]any{"items": []any{}, "nextCursor": nil}, last, "an empty list is a list, the end is null")

	for query, descending := range map[string]bool{"sort=name": false, "sort=name&order=desc": true, "sort=size": true, "order=asc": false} {
		b.ask(http.MethodGet, "/api/v1/files?"+query, token, nil)
		require.Equal(t, descending, b.rows.filter.Descending, query)
	}
}

func TestRenaming(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	user, token := b.user(models.RoleUser, models.StatusActive)
	target := "/api/v1/files/" + b.file(user.ID, []byte(digits)).ID
	for name, want := range map[string]string{
		"dog.jpg": "dog.jpg", "../../dog.jpg": "dog.jpg", "dog\u202egpj.exe\r\n": "doggpj.exe", "\u0000": "image", " ": "image",
	} {
		var f fileView
		b.ask(http.MethodPatch, target, token, map[string]string{"name": name}).into(&f)
		require.Equal(t, want, f.Name)
	}
	b.ask(http.MethodPatch, target, token, map[string]string{"name": strings.Repeat("a", 256)}).problem(CodeNameTooLong)
	b.ask(http.MethodPatch, target, token, map[string]string{"name": strings.Repeat("a", 5000)}).problem(CodeNameTooLong)
	b.ask(http.MethodPatch, target, token, map[string]string{"name": ""}).problem(CodeValidation)
	b.ask(http.MethodPatch, target, token, map[string]string{"name": "x", "ownerId": uuid.NewString()}).problem(CodeValidation)
}

func TestTrash(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	user, token := b.user(models.RoleUser, models.StatusActive)
	id := b.file(user.ID, []byte(digits)).ID
	target := "/api/v1/files/" + id
	a := b.ask(http.MethodDelete, target, token, nil)
	require.Equal(t, http.StatusNoContent, a.Status)
	require.Empty(t, a.Body)
	require.NotNil(t, b.rows.files[id].TrashedAt)
	b.ask(http.MethodPost, target+"/versions/1/restore", token, nil).problem(CodeFileTrashed)
	require.Equal(t, http.StatusOK, b.ask(http.MethodGet, target+"/content", token, nil).Status, "what lies in the trash can be looked at")

	var f map[string]any
	b.ask(http.MethodPost, target+"/restore", token, nil).into(&f)
	require.Nil(t, f["trashedAt"])
	require.Equal(t, http.StatusNoContent, b.ask(http.MethodDelete, target+"?permanent=true", token, nil).Status)
	b.ask(http.MethodGet, target, token, nil).problem(CodeNotFound)
	b.ask(http.MethodDelete, target, token, nil).problem(CodeNotFound)
}

func TestVersions(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	user, token := b.user(models.RoleUser, models.StatusActive)
	file := b.file(user.ID, []byte(digits))
	var p page[map[string]any]
	b.ask(http.MethodGet, "/api/v1/files/"+file.ID+"/versions", token, nil).into(&p)
	require.Len(t, p.Items, 1)
	require.Equal(t, map[string]any{
		"number": 1.0, "size": 10.0, "originalSize": 12345.0, "sha256": strings.Repeat("a", 64), "mimeType": "image/webp",
		"width": 40.0, "height": 30.0, "createdAt": p.Items[0]["createdAt"], "createdBy": user.ID, "restoredFrom": nil,
	}, p.Items[0])

	a := b.ask(http.MethodPost, "/api/v1/files/"+file.ID+"/versions/1/restore", token, nil)
	require.Equal(t, http.StatusCreated, a.Status)
	require.Equal(t, contentLink(file.ID, "full", 2), a.Header.Get("Location"))
	var v versionView
	a.into(&v)
	require.Equal(t, 2, v.Number)
	require.Equal(t, 1, *v.RestoredFrom)
	b.ask(http.MethodPost, "/api/v1/files/"+file.ID+"/versions/7/restore", token, nil).problem(CodeNotFound)
	b.ask(http.MethodDelete, "/api/v1/files/"+file.ID+"/versions/1", token, nil).problem(CodeCurrentVersion)
}

func TestNotifications(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	user, token := b.user(models.RoleUser, models.StatusActive)
	id, upload := uuid.NewString(), uuid.NewString()
	b.rows.notes[id] = models.Notification{ID: id, Seq: 9, UserID: user.ID, Kind: models.NotifyDone, Title: "Done", Body: "cat.jpg is there", UploadID: &upload, Subject: "cat.jpg", Reason: "created", CreatedAt: time.Now()}
	var p page[map[string]any]
	b.ask(http.MethodGet, "/api/v1/notifications?unread=true", token, nil).into(&p)
	require.Equal(t, map[string]any{
		"id": id, "kind": "upload.done", "title": "Done", "body": "cat.jpg is there", "uploadId": upload, "fileId": nil, "subject": "cat.jpg", "reason": "created", "readAt": nil,
		"createdAt": p.Items[0]["createdAt"],
	}, p.Items[0])
	var n notificationView
	b.ask(http.MethodPost, "/api/v1/notifications/"+id+"/read", token, nil).into(&n)
	require.NotNil(t, n.ReadAt)
	b.ask(http.MethodGet, "/api/v1/notifications?unread=true", token, nil).into(&p)
	require.Empty(t, p.Items)
	b.ask(http.MethodPost, "/api/v1/notifications/"+uuid.NewString()+"/read", token, nil).problem(CodeNotFound)
	require.Equal(t, http.StatusNoContent, b.ask(http.MethodPost, "/api/v1/notifications/read-all", token, nil).Status)
	raw, err := json.Marshal(viewPage(models.Page[models.Notification]{}, viewNotification).Body)
	require.NoError(t, err)
	require.JSONEq(t, `{"items":[],"nextCursor":null}`, string(raw))
}
