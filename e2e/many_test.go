//go:build integration

package e2e

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// Fifty uploads of the same bytes by ten people at the same time: one blob,
// everybody has one file of their own, and what anybody is told would be the
// same if there were nobody else.
func TestFiftyUploadsOfTheSameBytesByTenPeople(t *testing.T) {
	t.Parallel()
	const people, each = 10, 5
	data := photo()
	persons, ups := make([]*person, people), make([][each]upload, people)
	for i := range persons {
		persons[i] = signedIn(t)
	}
	var all sync.WaitGroup
	for i, p := range persons {
		for j := range each {
			all.Go(func() { ups[i][j] = p.accepted(t, "same.jpg", data) })
		}
	}
	all.Wait()
	for i, p := range persons {
		for j := range each {
			all.Go(func() { ups[i][j] = p.end(t, ups[i][j].ID) })
		}
	}
	all.Wait()

	alone := signedIn(t).become(t, "same.jpg", photo()) // what somebody is told whose bytes nobody has
	sum := sha256.Sum256(data)
	hash := hex.EncodeToString(sum[:])
	files := map[string]bool{}
	for i, p := range persons {
		outcomes := map[string]int{}
		for _, up := range ups[i] {
			require.Equal(t, "done", up.State)
			outcomes[*up.Outcome]++
			require.Equal(t, *ups[i][0].FileID, *up.FileID, "all of a person's are one file")
			if *up.Outcome == "created" {
				require.Equal(t, states(alone), states(up), "the first of a person takes every step, whoever else has the bytes")
				require.Nil(t, up.DuplicateOf)
				require.Positive(t, *up.StoredSize)
				require.Equal(t, 1, *up.VersionNumber)
				continue
			}
			require.Equal(t, *up.FileID, *up.DuplicateOf, "of one's own file, never of another's")
		}
		require.Equal(t, map[string]int{"created": 1, "duplicate": each - 1}, outcomes)
		var mine list[file]
		require.Equal(t, http.StatusOK, p.call(t, http.MethodGet, "/files", nil, &mine))
		require.Len(t, mine.Items, 1)
		require.Equal(t, 1, mine.Items[0].VersionCount)
		files[mine.Items[0].ID] = true
		var have list[struct{ FileID string }]
		require.Equal(t, http.StatusOK, p.call(t, http.MethodPost, "/uploads/check", map[string][]string{"sha256": {hash}}, &have))
		require.Len(t, have.Items, 1)
		require.Equal(t, mine.Items[0].ID, have.Items[0].FileID)
	}
	require.Len(t, files, people)
	d, err := running.dev()
	require.NoError(t, err)
	conn, err := pgx.Connect(t.Context(), d.DatabaseURL)
	require.NoError(t, err)
	defer conn.Close(t.Context())
	var blobs, versions int
	require.NoError(t, conn.QueryRow(t.Context(),
		`SELECT (SELECT count(*) FROM blobs WHERE sha256 = $1), (SELECT count(*) FROM versions WHERE sha256 = $1)`, hash).Scan(&blobs, &versions))
	require.Equal(t, 1, blobs)
	require.Equal(t, people, versions)
}

// states is what an upload shows of its steps, times and words aside: how many
// bytes a picture came to differs from picture to picture.
func states(u upload) []string {
	var out []string
	for _, s := range u.Steps {
		out = append(out, s.Name+" "+s.State)
	}
	return out
}

func TestBytesInTheTrashComeBack(t *testing.T) {
	t.Parallel()
	p, data := signedIn(t), photo()
	first := p.become(t, "cat.jpg", data)
	require.Equal(t, http.StatusNoContent, p.call(t, http.MethodDelete, "/files/"+*first.FileID, nil, nil))
	second := p.become(t, "other name.jpg", data)
	require.Equal(t, "restored", *second.Outcome)
	require.Equal(t, *first.FileID, *second.FileID)
	var f file
	require.Equal(t, http.StatusOK, p.call(t, http.MethodGet, "/files/"+*first.FileID, nil, &f))
	require.Nil(t, f.TrashedAt)
	require.Equal(t, "cat.jpg", f.Name)
	require.Equal(t, 1, f.VersionCount)
}
