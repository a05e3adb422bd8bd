package api

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"safelight/models"
)

func TestSharesAreMadeListedAndEnded(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	user, token := b.user(models.RoleUser, models.StatusActive)
	file := b.file(user.ID, []byte(digits))
	target := "/api/v1/files/" + file.ID + "/shares"
	made := b.ask(http.MethodPost, target, token, map[string]any{})
	require.Equal(t, http.StatusCreated, made.Status, "%s", made.Body)
	var s map[string]any
	made.into(&s)
	require.Equal(t, map[string]any{
		"id": s["id"], "fileId": file.ID, "url": s["url"], "hasPassword": false, "views": 0.0, "lastViewedAt": nil,
		"createdAt": s["createdAt"], "createdBy": user.ID, "expiresAt": s["expiresAt"],
	}, s)
	require.Regexp(t, `^`+testOrigin+`/s/[A-Za-z0-9_-]{32}$`, s["url"])
	row := b.rows.shares[s["id"].(string)]
	require.Equal(t, 7*24*time.Hour, row.ExpiresAt.Sub(row.CreatedAt), "7 days unless told otherwise")
	require.NotContains(t, string(row.TokenHash)+string(row.TokenSealed), strings.TrimPrefix(s["url"].(string), testOrigin+"/s/"))

	var p page[shareView]
	b.ask(http.MethodGet, target, token, nil).into(&p)
	require.Equal(t, s["url"], *p.Items[0].URL, "it can be shown again")
	row.TokenSealed = []byte("of another secret")
	b.rows.shares[row.ID] = row
	b.ask(http.MethodGet, target, token, nil).into(&p)
	require.Nil(t, p.Items[0].URL)

	require.Equal(t, http.StatusOK, b.ask(http.MethodGet, strings.TrimPrefix(s["url"].(string), testOrigin), "", nil).Status)
	require.Equal(t, http.StatusNoContent, b.ask(http.MethodDelete, target+"/"+row.ID, token, nil).Status)
	b.ask(http.MethodDelete, target+"/"+row.ID, token, nil).problem(CodeNotFound)
	require.Equal(t, http.StatusNotFound, b.ask(http.MethodGet, strings.TrimPrefix(s["url"].(string), testOrigin), "", nil).Status)

	for location, body := range map[string]map[string]any{
		"body.expiresInHours": {"expiresInHours": 9000},
		"body.password":       {"password": "short"},
		"body.views":          {"views": 7},
	} {
		require.Equal(t, location, b.ask(http.MethodPost, target, token, body).problem(CodeValidation).Errors[0].Location)
	}
	for range models.MaxShares {
		b.share(file)
	}
	b.ask(http.MethodPost, target, token, map[string]any{}).problem(CodeConflict)
	clear(b.rows.shares)
	_, err := b.rows.TrashFile(t.Context(), models.Scope{Any: true}, file.ID)
	require.NoError(t, err)
	b.ask(http.MethodPost, target, token, map[string]any{}).problem(CodeFileTrashed)
}

func TestASharedPictureIsServedWithoutASession(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	user, _ := b.user(models.RoleUser, models.StatusActive)
	file := b.file(user.ID, []byte(digits))
	file.Name = `<script>alert("x")</script>.jpg`
	b.rows.files[file.ID] = file
	share, link := b.share(file)
	page := b.ask(http.MethodGet, link, "", nil)
	require.Equal(t, http.StatusOK, page.Status)
	require.Equal(t, "text/html; charset=utf-8", page.Header.Get("Content-Type"))
	require.Contains(t, string(page.Body), `src="`+link+`/content?variant=preview"`)
	require.NotContains(t, string(page.Body), "<script", "a name is never code")
	policy := page.Header.Get("Content-Security-Policy")
	require.Contains(t, policy, "default-src 'none'; img-src 'self'; style-src 'sha256-")
	require.NotContains(t, policy, "unsafe")
	require.Equal(t, "noindex", page.Header.Get("X-Robots-Tag"))
	require.Equal(t, "no-store", page.Header.Get("Cache-Control"))
	require.Zero(t, b.rows.shares[share.ID].Views, "the page is not the picture")

	views := func() int64 { return b.rows.shares[share.ID].Views }
	whole := b.ask(http.MethodGet, link+"/content", "", nil)
	require.Equal(t, digits, string(whole.Body))
	require.Equal(t, "sandbox; default-src 'none'; frame-ancestors 'none'", whole.Header.Get("Content-Security-Policy"))
	require.Equal(t, "private, no-cache", whole.Header.Get("Cache-Control"), "it may end at any time")
	require.EqualValues(t, 1, views())
	part := b.ask(http.MethodGet, link+"/content?variant=preview", "", nil, header("Range", "bytes=2-4"))
	require.Equal(t, http.StatusPartialContent, part.Status)
	require.Equal(t, "234", string(part.Body))
	b.ask(http.MethodGet, link+"/content?variant=thumb", "", nil)
	b.ask(http.MethodHead, link+"/content", "", nil)
	require.Equal(t, http.StatusNotModified, b.ask(http.MethodGet, link+"/content", "", nil, header("If-None-Match", whole.Header.Get("ETag"))).Status)
	require.EqualValues(t, 1, views(), "a part from the middle, a thumbnail, a header and what is known already are no views")
	saved := b.ask(http.MethodGet, link+"/content?download=true", "", nil)
	require.Contains(t, saved.Header.Get("Content-Disposition"), "attachment;")
	require.EqualValues(t, 2, views())
	b.ask(http.MethodGet, link+"/content?version=1", "", nil).problem(CodeValidation)
	b.ask(http.MethodGet, link+"/content?variant=original", "", nil).problem(CodeNotFound)

	b.rows.fail = errBoom
	require.Equal(t, http.StatusInternalServerError, b.ask(http.MethodGet, link, "", nil).Status)
}

// Whatever is behind a link that does not work, the answer is the same.
func TestALinkThatLeadsNowhereSaysNothing(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	user, _ := b.user(models.RoleUser, models.StatusActive)
	unknown, _, _ := b.app.ShareLinks.New("x")
	trashed, gone := b.file(user.ID, []byte(digits)), b.file(user.ID, []byte(digits))
	_, trashedLink := b.share(trashed)
	_, goneLink := b.share(gone, "correct horse")
	expired, expiredLink := b.share(b.file(user.ID, []byte(digits)))
	expired.ExpiresAt = time.Now().Add(-time.Second)
	b.rows.shares[expired.ID] = expired
	_, err := b.rows.TrashFile(t.Context(), models.Scope{Any: true}, trashed.ID)
	require.NoError(t, err)
	require.NoError(t, b.rows.DeleteFile(t.Context(), models.Actor{}, models.Scope{Any: true}, gone.ID))

	var first answer
	for _, link := range []string{"/s/" + unknown, trashedLink, goneLink, expiredLink, "/s/x", "/s/" + strings.Repeat("A", 500), "/s/%2e%2e"} {
		page := b.ask(http.MethodGet, link, "", nil)
		if first.Status == 0 {
			first = page
		}
		require.Equal(t, http.StatusNotFound, page.Status, link)
		require.Equal(t, string(first.Body), string(page.Body), link)
		b.ask(http.MethodGet, link+"/content", "", nil).problem(CodeNotFound)
		require.Equal(t, http.StatusNotFound, b.unlock(link, "correct horse").Status, link)
	}
}

// unlock sends a password to a link, as a browser does.
func (b *bench) unlock(link, password string, edits ...func(*http.Request)) answer {
	b.t.Helper()
	body := url.Values{"password": {password}}.Encode()
	return b.ask(http.MethodPost, link, "", body, append([]func(*http.Request){
		header("Content-Type", "application/x-www-form-urlencoded"), header("Sec-Fetch-Site", "same-origin"),
	}, edits...)...)
}

func TestASharedPictureWithAPassword(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	user, _ := b.user(models.RoleUser, models.StatusActive)
	_, link := b.share(b.file(user.ID, []byte(digits)), "correct horse")
	_, other := b.share(b.file(user.ID, []byte(digits)), "correct horse")
	locked := b.ask(http.MethodGet, link, "", nil)
	require.Equal(t, http.StatusOK, locked.Status)
	require.Contains(t, string(locked.Body), `type="password"`)
	require.NotContains(t, string(locked.Body), "cat", "not even the name")
	b.ask(http.MethodGet, link+"/content?variant=thumb", "", nil).problem(CodeShareLocked)

	wrong := b.unlock(link, "wrong horse")
	require.Equal(t, http.StatusForbidden, wrong.Status)
	require.Empty(t, wrong.Cookie)
	b.unlock(link, "correct horse", header("Sec-Fetch-Site", "cross-site")).problem(CodeCrossOrigin)
	b.unlock(link, strings.Repeat("x", 5000)).problem(CodeTooLarge)
	b.ask(http.MethodPost, link, "", map[string]string{"password": "correct horse"}).problem(CodeUnsupportedMedia)
	require.Equal(t, http.StatusForbidden, b.unlock(link, "").Status)

	right := b.unlock(link, "correct horse")
	require.Equal(t, http.StatusSeeOther, right.Status)
	require.Equal(t, link, right.Header.Get("Location"))
	given := right.Cookie["safelight_share"]
	require.Equal(t, link, given.Path)
	require.True(t, given.HttpOnly)
	require.Equal(t, http.SameSiteStrictMode, given.SameSite)
	proof := cookie(given.Name, given.Value)
	require.Contains(t, string(b.ask(http.MethodGet, link, "", nil, proof).Body), "<img")
	require.Equal(t, digits, string(b.ask(http.MethodGet, link+"/content", "", nil, proof).Body))
	b.ask(http.MethodGet, other+"/content", "", nil, proof).problem(CodeShareLocked)
}

// Guessing is slowed down, and who knows the password is not locked out by it.
func TestGuessingTheirPasswordIsLimited(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	user, _ := b.user(models.RoleUser, models.StatusActive)
	_, link := b.share(b.file(user.ID, []byte(digits)), "correct horse")
	_, other := b.share(b.file(user.ID, []byte(digits)), "correct horse")
	given := b.unlock(link, "correct horse").Cookie["safelight_share"]
	for range pairBurst {
		require.Equal(t, http.StatusForbidden, b.unlock(link, "wrong horse").Status)
	}
	refused := b.unlock(link, "correct horse")
	require.Equal(t, http.StatusTooManyRequests, refused.Status, "not even the right one is tried any more")
	require.NotEmpty(t, refused.Header.Get("Retry-After"))
	require.Equal(t, http.StatusSeeOther, b.unlock(other, "correct horse").Status, "another link is another matter")
	require.Equal(t, http.StatusOK, b.ask(http.MethodGet, link+"/content", "", nil, cookie(given.Name, given.Value)).Status)
}

func TestOriginals(t *testing.T) {
	t.Parallel()
	for _, keep := range []bool{true, false} {
		b := newBench(t, func(d *Deps) { d.Config.KeepOriginals = keep })
		user, token := b.user(models.RoleUser, models.StatusActive)
		_, admin := b.user(models.RoleAdmin, models.StatusActive)
		file := b.file(user.ID, []byte(digits))
		file.Name = "holiday.png"
		original := file.Current.Blob.Variants[0]
		original.Name, original.Key, original.MIMEType, original.Size = models.VariantOriginal, "blobs/original", "image/jpeg", 5
		b.objects.bytes[original.Key] = []byte("bytes")
		file.Current.Blob.Variants = append(file.Current.Blob.Variants, original)
		b.rows.files[file.ID], b.rows.versions[file.ID] = file, []models.Version{file.Current}
		target := "/api/v1/files/" + file.ID + "/content?variant=original"
		b.ask(http.MethodGet, target, admin, nil).problem(CodeNotFound)
		_, link := b.share(file)
		b.ask(http.MethodGet, link+"/content?variant=original", "", nil).problem(CodeNotFound)
		for _, more := range []string{"", "&version=1", "&download=false"} {
			a := b.ask(http.MethodGet, target+more, token, nil)
			if !keep {
				a.problem(CodeNotFound)
				continue
			}
			require.Equal(t, "bytes", string(a.Body))
			require.Equal(t, "image/jpeg", a.Header.Get("Content-Type"))
			require.Equal(t, `attachment; filename="holiday.jpg"; filename*=UTF-8''holiday.jpg`, a.Header.Get("Content-Disposition"), "never shown in place")
			require.Equal(t, "sandbox; default-src 'none'; frame-ancestors 'none'", a.Header.Get("Content-Security-Policy"))
		}
		if keep {
			plain := b.file(user.ID, []byte(digits))
			b.ask(http.MethodGet, "/api/v1/files/"+plain.ID+"/content?variant=original", token, nil).problem(CodeNotFound)
		}
		b.ask(http.MethodGet, "/api/v1/files/"+uuid.NewString()+"/content?variant=original", token, nil).problem(CodeNotFound)
	}
}
