package api

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"safelight/models"
)

// looking is a file of an owner whose hash has so many bits set.
func (b *bench) looking(owner models.User, hash uint64) models.File {
	f := b.file(owner.ID, []byte(digits))
	f.Current.Blob.PHash = hash
	b.rows.files[f.ID] = f
	return f
}

func TestSimilarFiles(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	user, token := b.user(models.RoleUser, models.StatusActive)
	other, strange := b.user(models.RoleUser, models.StatusActive)
	_, admin := b.user(models.RoleAdmin, models.StatusActive)
	file, far, near := b.looking(user, 0), b.looking(user, 7), b.looking(user, 1)
	b.looking(other, 0)
	target := "/api/v1/files/" + file.ID + "/similar"

	for _, asking := range []string{token, admin} {
		var got, plain map[string]any
		b.ask(http.MethodGet, target, asking, nil).into(&got)
		items := got["items"].([]any)
		require.Len(t, items, 2, "of its owner, without itself")
		require.Nil(t, got["nextCursor"])
		for i, want := range []struct {
			file     models.File
			distance int
		}{{near, 1}, {far, 3}} {
			item := items[i].(map[string]any)
			require.EqualValues(t, want.distance, item["distance"])
			delete(item, "distance")
			b.ask(http.MethodGet, "/api/v1/files/"+want.file.ID, asking, nil).into(&plain)
			require.Equal(t, plain, item, "a file as it always is")
		}
	}
	var first, second page[similarFileView]
	b.ask(http.MethodGet, target+"?limit=1", token, nil).into(&first)
	require.Len(t, first.Items, 1)
	require.NotNil(t, first.NextCursor)
	b.ask(http.MethodGet, target+"?limit=1&cursor="+*first.NextCursor, token, nil).into(&second)
	require.Equal(t, far.ID, second.Items[0].ID)
	require.Nil(t, second.NextCursor)

	b.ask(http.MethodGet, target, strange, nil).problem(CodeNotFound)
	b.ask(http.MethodGet, target+"?cursor=!", token, nil).problem(CodeValidation)
	b.ask(http.MethodGet, target+"?limit=201", token, nil).problem(CodeValidation)
	b.ask(http.MethodGet, target+"?distance=9", token, nil).problem(CodeValidation)
}

// What Huma makes of an embedded file is the file's fields and the distance.
func TestSimilarFilesInTheDocument(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	var doc struct {
		Components struct {
			Schemas map[string]struct {
				Properties map[string]json.RawMessage `json:"properties"`
				Required   []string                   `json:"required"`
			} `json:"schemas"`
		} `json:"components"`
	}
	b.ask(http.MethodGet, "/api/openapi.json", "", nil).into(&doc)
	file, similar := doc.Components.Schemas["File"], doc.Components.Schemas["SimilarFile"]
	require.Len(t, similar.Properties, len(file.Properties)+1)
	require.Contains(t, similar.Properties, "distance")
	require.ElementsMatch(t, append(file.Required, "distance"), similar.Required)
	require.Contains(t, doc.Components.Schemas, "SimilarFilePage")
}
