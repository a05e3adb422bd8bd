package api

import (
	"bytes"
	"encoding/json"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"safelight/models"
)

// documented lists the operations of the served document.
func documented(t *testing.T, b *bench) map[string]bool {
	t.Helper()
	out := map[string]bool{}
	for _, methods := range contractOf(t, b.app).doc.Paths {
		for _, op := range methods {
			require.NotEmpty(t, op.OperationID)
			out[op.OperationID] = true
		}
	}
	return out
}

// The cells of a row share an app, each in a world of its own there.
func TestEveryOperationAnswersEverybodyAsStated(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	missing, routes := documented(t, b), map[string]Route{}
	for _, r := range b.app.described {
		routes[r.ID] = r
	}
	for _, row := range permissionTable {
		route, ok := routes[row.operation]
		require.True(t, ok && missing[row.operation], "%s is in the table twice, or not in the document", row.operation)
		delete(missing, row.operation)
		t.Run(row.operation, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			answers := map[cell]answer{}
			for who := range cells {
				for _, w := range b.worlds(who) {
					body, edits := tableBody(t, w.names, row.body)
					a := b.ask(route.Method, w.names.Replace(row.target), w.token, body, append(edits, w.edits...)...)
					require.Equal(t, row.want[who], a.Status, "as %s: %s", who, a.Body)
					answers[who] = a
				}
			}
			if route.Permission != Public && route.Method != http.MethodHead {
				sameRefusal(t, answers[asUser], answers[asOther])
				scopesDecide(t, row.want, answers)
			}
		})
	}
	require.Empty(t, missing, "not in the table")
}

// sameRefusal demands that who is refused what is not theirs is told the same
// as where there is nothing.
func sameRefusal(t *testing.T, one, other answer) {
	t.Helper()
	if one.Status < http.StatusBadRequest || other.Status < http.StatusBadRequest || !json.Valid(one.Body) {
		return
	}
	var a, b Problem
	one.into(&a)
	other.into(&b)
	a.RequestID, b.RequestID = "", ""
	require.Equal(t, a, b)
}

// scopesDecide demands that a token that is refused hears why: the scope it
// lacks is one with which the answer is another, or no token may do that at all.
func scopesDecide(t *testing.T, want [cells]int, answers map[cell]answer) {
	t.Helper()
	passing := 0
	for _, who := range []cell{asReadToken, asWriteToken, asAdminToken} {
		var p Problem
		if answers[who].Status == http.StatusForbidden {
			answers[who].into(&p)
		}
		if p.Code != CodeInsufficientScope && p.Code != CodeTokenNotAllowed {
			passing++
		}
	}
	for _, who := range []cell{asReadToken, asWriteToken, asAdminToken} {
		a := answers[who]
		switch {
		case passing == 0:
			a.problem(CodeTokenNotAllowed)
		case a.Status == http.StatusForbidden:
			a.problem(CodeInsufficientScope)
			require.Contains(t, a.Header.Get("WWW-Authenticate"), `Bearer realm="safelight", error="insufficient_scope", scope="`)
			for _, able := range []cell{asReadToken, asWriteToken, asAdminToken} {
				said := strings.HasSuffix(a.Header.Get("WWW-Authenticate"), `scope="`+string(able.scope())+`"`)
				require.Equal(t, said, want[able] != http.StatusForbidden, "%s hears of %s", who, able)
			}
		}
	}
	require.LessOrEqual(t, passing, 1, "one scope, and no other, stands for an operation")
}

// asker is a request's sender, and what the table's braces stand for to them.
type asker struct {
	names *strings.Replacer
	token string
	edits []func(*http.Request)
}

// worlds makes what the table's targets name, once for every way in which who
// asks may ask.
func (b *bench) worlds(who cell) []asker {
	b.t.Helper()
	if who != asLink {
		return []asker{b.world(who)}
	}
	// A link's token is tried wherever a credential can stand.
	bearer, inCookie := b.world(who), b.world(who)
	inCookie.edits = append(inCookie.edits, cookie(b.app.accessCookie(), inCookie.token))
	inCookie.token = ""
	return []asker{bearer, inCookie}
}

func (b *bench) world(who cell) asker {
	b.t.Helper()
	role := models.RoleUser
	if who.scope() != "" {
		role = models.RoleAdmin
	}
	owner, ownerToken := b.user(role, models.StatusActive)
	boss, admin := b.user(models.RoleAdmin, models.StatusActive)
	b.givePassword(boss)

	file := b.file(owner.ID, []byte("picture"))
	upload, note, hook, personal := uuid.NewString(), uuid.NewString(), uuid.NewString(), uuid.NewString()
	share, link := b.share(file, testPassword)
	b.uploads.mu.Lock() // a stream of the cell before may not have ended
	b.uploads.rows[upload] = models.Upload{ID: upload, OwnerID: owner.ID, Name: "cat.jpg", State: models.UploadStalled}
	b.uploads.mu.Unlock()
	b.rows.mu.Lock()
	b.rows.notes[note] = models.Notification{ID: note, UserID: owner.ID, Kind: models.NotifyDone}
	b.rows.tokens[personal] = models.AccessToken{ID: personal, UserID: owner.ID, Name: "script", Scopes: []models.TokenScope{models.ScopeRead}}
	b.rows.mu.Unlock()
	b.admin.reports = nil
	b.hooks.hooks = []models.Webhook{{ID: hook, URL: "https://example.com/", Events: models.WebhookEvents()}}
	b.hooks.deliveries = []models.Delivery{{ID: hook, State: models.DeliveryFailed, Round: 1}}
	there := []string{
		"{hook}", hook, "{locked}", b.lockUp(owner).UploadID, "{share}", share.ID, "/s/{token}", link, "{file}", file.ID,
		"{upload}", upload, "{note}", note, "{owner}", owner.ID, "{session}", sessionOf(b, ownerToken), "{token}", personal,
	}
	a := asker{}
	switch who {
	case asAnonymous, cells:
	case asLink:
		a.token = strings.TrimPrefix(link, sharedPrefix)
		a.edits = append(a.edits, cookie(b.app.unlockCookie(), b.app.ShareLinks.Proof(share, time.Now().Add(time.Hour))))
	case asUser:
		for i := 1; i < len(there); i += 2 {
			there[i] = uuid.NewString()
		}
		token, _, _ := b.app.ShareLinks.New(uuid.NewString())
		there = append([]string{"/s/{token}", sharedPrefix + token}, there...)
		_, a.token = b.user(models.RoleUser, models.StatusActive)
	case asOwner:
		a.token = ownerToken
	case asOther:
		_, a.token = b.user(models.RoleUser, models.StatusActive)
	case asSuspended:
		_, a.token = b.user(models.RoleAdmin, models.StatusSuspended)
	case asAdmin:
		a.token = admin
	case asReadToken, asWriteToken, asAdminToken:
		a.token = b.personal(owner.ID, nil, who.scope())
	}
	a.names = strings.NewReplacer(there...)
	return a
}

// tableBody writes what the table sends.
func tableBody(t *testing.T, names *strings.Replacer, of any) (body any, edits []func(*http.Request)) {
	t.Helper()
	switch of {
	case nil:
		return nil, nil
	case "{tus}":
		return nil, []func(*http.Request){
			header("Tus-Resumable", "1.0.0"), header("X-HTTP-Method-Override", "HEAD"),
			header("Upload-Offset", "0"), header("Upload-Length", "9"), header("Content-Type", "application/offset+octet-stream"),
		}
	case "{form}":
		form, contentType := tableForm(t)
		return form, []func(*http.Request){header("Content-Type", contentType)}
	case "{password}":
		return url.Values{"password": {testPassword}}.Encode(), []func(*http.Request){header("Content-Type", "application/x-www-form-urlencoded")}
	}
	raw, err := json.Marshal(of)
	require.NoError(t, err)
	return names.Replace(strings.ReplaceAll(string(raw), "{unique}", uuid.NewString())), nil
}

func tableForm(t *testing.T) (body, contentType string) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	part, err := w.CreateFormFile("file", "cat.jpg")
	require.NoError(t, err)
	_, err = part.Write([]byte("picture"))
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return b.String(), w.FormDataContentType()
}
