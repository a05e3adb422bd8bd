//go:build integration

package api

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestASharedPictureOverTheRealParts(t *testing.T) {
	t.Parallel()
	r := newRealBench(t)
	ada, bob := r.person("ada"), r.person("bob")
	file := r.stored(ada.User.ID, "cat.jpg", []byte("cat")).FileID
	target := "/api/v1/files/" + file + "/shares"
	r.ask(http.MethodPost, target, bob.AccessToken, map[string]any{}).problem(CodeNotFound)
	made := r.ask(http.MethodPost, target, ada.AccessToken, map[string]any{"expiresInHours": 1, "password": "correct horse"})
	require.Equal(t, http.StatusCreated, made.Status, "%s", made.Body)
	var s shareView
	made.into(&s)
	link := strings.TrimPrefix(*s.URL, testOrigin)

	require.Contains(t, string(r.ask(http.MethodGet, link, "", nil).Body), "password")
	require.Equal(t, http.StatusForbidden, r.unlock(link, "wrong horse").Status)
	given := r.unlock(link, "correct horse").Cookie["safelight_share"]
	proof := cookie(given.Name, given.Value)
	require.Equal(t, "full:cat", string(r.ask(http.MethodGet, link+"/content", "", nil, proof).Body))
	require.Equal(t, "ll", string(r.ask(http.MethodGet, link+"/content", "", nil, proof, header("Range", "bytes=2-3")).Body))
	r.stored(ada.User.ID, "dog.jpg", []byte("dog"), file)
	require.Equal(t, "preview:dog", string(r.ask(http.MethodGet, link+"/content?variant=preview", "", nil, proof).Body), "the current version")
	var p page[shareView]
	r.get(ada.AccessToken, target, &p)
	require.EqualValues(t, 2, p.Items[0].Views)
	require.NotNil(t, p.Items[0].LastViewedAt)
	require.Equal(t, s.URL, p.Items[0].URL)

	gone := func(why string) {
		t.Helper()
		require.Equal(t, http.StatusNotFound, r.ask(http.MethodGet, link, "", nil, proof).Status, why)
		r.ask(http.MethodGet, link+"/content", "", nil, proof).problem(CodeNotFound)
	}
	r.sql(`UPDATE users SET status = 'suspended' WHERE id = $1`, ada.User.ID)
	gone("the owner is suspended")
	r.sql(`UPDATE users SET status = 'active' WHERE id = $1`, ada.User.ID)
	require.Equal(t, http.StatusNoContent, r.ask(http.MethodDelete, "/api/v1/files/"+file, ada.AccessToken, nil).Status)
	gone("the file lies in the trash")
	r.ask(http.MethodPost, target, ada.AccessToken, map[string]any{}).problem(CodeFileTrashed)
	require.Equal(t, http.StatusOK, r.ask(http.MethodPost, "/api/v1/files/"+file+"/restore", ada.AccessToken, nil).Status)
	require.Equal(t, http.StatusOK, r.ask(http.MethodGet, link+"/content", "", nil, proof).Status)
	r.ask(http.MethodDelete, target+"/"+s.ID, bob.AccessToken, nil).problem(CodeNotFound)
	require.Equal(t, http.StatusNoContent, r.ask(http.MethodDelete, target+"/"+s.ID, ada.AccessToken, nil).Status)
	gone("it was ended")
}

func TestManyFilesOverTheRealParts(t *testing.T) {
	t.Parallel()
	r := newRealBench(t)
	ada, bob, boss := r.person("ada"), r.person("bob"), r.person("boss")
	r.sql(`UPDATE users SET role = 'admin' WHERE id = $1`, boss.User.ID)
	first, second := r.stored(ada.User.ID, "Cat.jpg", []byte("cat")).FileID, r.stored(ada.User.ID, "cat.JPG", []byte("dog")).FileID
	theirs := r.stored(bob.User.ID, "cow.jpg", []byte("cow")).FileID

	a := r.ask(http.MethodPost, "/api/v1/files/zip", ada.AccessToken, map[string][]string{"ids": {first, second}})
	archive, err := zip.NewReader(bytes.NewReader(a.Body), int64(len(a.Body)))
	require.NoError(t, err)
	require.Equal(t, "Cat.webp", archive.File[0].Name)
	require.Equal(t, "cat (2).webp", archive.File[1].Name)
	r.ask(http.MethodPost, "/api/v1/files/zip", ada.AccessToken, map[string][]string{"ids": {first, theirs}}).problem(CodeNotFound)

	sum := sha256.Sum256([]byte("cat"))
	hash := hex.EncodeToString(sum[:])
	check := func(token string) string {
		return string(r.ask(http.MethodPost, "/api/v1/uploads/check", token, map[string][]string{"sha256": {hash}}).Body)
	}
	change := func(token, action string, ids ...string) string {
		return string(r.ask(http.MethodPost, "/api/v1/files/bulk", token, map[string]any{"action": action, "ids": ids}).Body)
	}
	require.JSONEq(t, `{"items":[{"id":"`+first+`","ok":true,"status":204,"code":null},{"id":"`+theirs+`","ok":false,"status":404,"code":"not_found"}]}`,
		change(ada.AccessToken, "trash", first, theirs))
	require.JSONEq(t, `{"items":[{"sha256":"`+hash+`","fileId":"`+first+`","trashed":true}]}`, check(ada.AccessToken))
	require.JSONEq(t, `{"items":[]}`, check(bob.AccessToken))
	require.JSONEq(t, `{"items":[]}`, check(boss.AccessToken))

	r.sql(`UPDATE users SET quota_files = 1 WHERE id = $1`, ada.User.ID)
	require.JSONEq(t, `{"items":[{"id":"`+first+`","ok":false,"status":507,"code":"quota_exceeded"}]}`, change(ada.AccessToken, "restore", first))
	r.ask(http.MethodPost, "/api/v1/files/"+first+"/restore", ada.AccessToken, nil).problem(CodeQuotaExceeded)
	var me userView
	r.get(ada.AccessToken, "/api/v1/me", &me)
	require.EqualValues(t, 1, me.QuotaFiles)
	require.EqualValues(t, 2, me.UsedFiles, "the trash counts")
	change(boss.AccessToken, "delete", first, theirs)
	r.ask(http.MethodGet, "/api/v1/files/"+theirs, bob.AccessToken, nil).problem(CodeNotFound)
}
