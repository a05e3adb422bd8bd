package api

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"safelight/models"
	"safelight/storage"
)

const testPassword = "correct horse"

// givePassword gives an account the test's password.
func (b *bench) givePassword(u models.User) {
	b.t.Helper()
	hash, err := b.app.Passwords.Hash(b.t.Context(), testPassword)
	require.NoError(b.t, err)
	b.rows.mu.Lock()
	defer b.rows.mu.Unlock()
	u.PasswordHash = hash
	b.rows.users[u.ID] = u
}

// lockUp puts something into quarantine, row and object.
func (b *bench) lockUp(owner models.User) models.Quarantined {
	q := b.admin.lock(owner)
	b.objects.bytes[storage.QuarantineRef(q.UploadID).Key] = []byte("virus")
	return q
}

// administrator makes an admin with the test's password.
func (b *bench) administrator() (models.User, string) {
	u, token := b.user(models.RoleAdmin, models.StatusActive)
	b.givePassword(u)
	return u, token
}

func TestAdminsSeeEverybodysFiles(t *testing.T) {
	t.Parallel()
	b := newBench(t, func(d *Deps) { d.Config.KeepOriginals = true })
	_, token := b.administrator()
	ada, owner := b.user(models.RoleUser, models.StatusActive)
	eve, _ := b.user(models.RoleUser, models.StatusActive)
	a, e := b.file(ada.ID, []byte("ada's")), b.file(eve.ID, []byte("eve's"))
	ids := func(query string) []string {
		var p page[fileView]
		b.ask(http.MethodGet, "/api/v1/admin/files"+query, token, nil).into(&p)
		var out []string
		for _, f := range p.Items {
			out = append(out, f.ID)
		}
		return out
	}
	require.ElementsMatch(t, []string{a.ID, e.ID}, ids(""))
	require.Equal(t, models.Scope{Any: true}, b.rows.filter.Scope)
	require.Equal(t, []string{a.ID}, ids("?ownerId="+ada.ID+"&q=cat&sort=name&trashed=false&limit=7"))
	require.Equal(t, models.FileFilter{Scope: models.Scope{OwnerID: ada.ID}, Q: "cat", Sort: models.SortName, Limit: 7}, b.rows.filter)
	b.ask(http.MethodGet, "/api/v1/admin/files?owner=x", token, nil).problem(CodeValidation)

	content := b.ask(http.MethodGet, "/api/v1/files/"+a.ID+"/content", token, nil)
	require.Equal(t, "ada's", string(content.Body))

	// The bytes as uploaded are their owner's alone, where they are kept.
	original := models.Variant{Name: models.VariantOriginal, Key: "blobs/kept/original", MIMEType: "image/jpeg", Size: 5, SHA256: strings.Repeat("b", 64)}
	b.objects.bytes[original.Key] = []byte("photo")
	a.Current.Blob.Variants = append(a.Current.Blob.Variants, original)
	b.rows.files[a.ID], b.rows.versions[a.ID] = a, []models.Version{a.Current}
	target := "/api/v1/files/" + a.ID + "/content?variant=original"
	require.Equal(t, "photo", string(b.ask(http.MethodGet, target, owner, nil).Body))
	b.ask(http.MethodGet, target, token, nil).problem(CodeNotFound)
}

func TestAuditIsListed(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	boss, token := b.administrator()
	b.admin.record(models.AuditEntry{Actor: models.Actor{UserID: boss.ID, Email: boss.Email}, Action: "upload.retried", TargetKind: "upload", TargetID: "x", Details: map[string]any{"a": 1}})
	b.admin.record(models.AuditEntry{Action: "quarantine.expired"})
	a := b.ask(http.MethodGet, "/api/v1/admin/audit?actorId="+boss.ID+"&action=upload.retried&limit=5", token, nil)
	var p page[map[string]any]
	a.into(&p)
	require.Equal(t, models.AuditFilter{ActorID: boss.ID, Action: "upload.retried", Limit: 5}, b.admin.audit)
	require.Equal(t, boss.ID, p.Items[0]["actorId"])
	require.Equal(t, map[string]any{"a": 1.0}, p.Items[0]["details"])
	require.Nil(t, p.Items[1]["actorId"], "the system itself")
	require.Equal(t, map[string]any{}, p.Items[1]["details"])
	b.ask(http.MethodGet, "/api/v1/admin/audit?action=DROP", token, nil).problem(CodeValidation)
	for _, method := range []string{http.MethodPost, http.MethodDelete, http.MethodPatch, http.MethodPut} {
		require.Equal(t, http.StatusMethodNotAllowed, b.ask(method, "/api/v1/admin/audit", token, nil).Status)
	}
}
