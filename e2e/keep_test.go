//go:build integration

package e2e

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"safelight/internal/testkit"
)

// used is what a person's files count as in their quota.
func (p *person) used(t *testing.T) int64 {
	t.Helper()
	var me struct {
		UsedBytes int64 `json:"usedBytes"`
	}
	require.Equal(t, http.StatusOK, p.call(t, http.MethodGet, "/me", nil, &me))
	return me.UsedBytes
}

func (p *person) get(t *testing.T, path string) (*http.Response, []byte) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.url(path), nil)
	require.NoError(t, err)
	return p.do(t, req)
}

// at is the same person at another API process.
func (p *person) at(s *secondAPI) *person {
	return &person{base: "http://" + s.address, token: p.token}
}

// With KEEP_ORIGINALS the bytes as uploaded come back to their owner, and count.
func TestOriginalsAreKeptForTheirOwner(t *testing.T) {
	t.Parallel()
	keeping := startSecondAPI(t, "KEEP_ORIGINALS=true")
	data := testkit.WithEXIF(testkit.FineJPEG(640, 480, seeds.Add(1)), 6)
	require.Contains(t, string(data), "Exif")

	without := signedIn(t)
	require.Equal(t, "created", *without.become(t, "cat.jpg", data).Outcome)

	owner := signedIn(t).at(keeping)
	up := owner.become(t, "cat.jpg", data)
	require.Equal(t, "created", *up.Outcome)
	require.Equal(t, without.used(t)+int64(len(data)), owner.used(t), "the original counts, to the byte")
	original := "/files/" + *up.FileID + "/content?variant=original"
	for _, target := range []string{original, original + "&version=1"} {
		res, body := owner.get(t, target)
		require.Equal(t, http.StatusOK, res.StatusCode, "%s", body)
		require.Equal(t, data, body)
		require.Equal(t, "image/jpeg", res.Header.Get("Content-Type"))
		require.Contains(t, res.Header.Get("Content-Disposition"), "attachment")
		require.Equal(t, "nosniff", res.Header.Get("X-Content-Type-Options"))

		// Nobody else's, and not even the owner's where they are switched off again.
		for name, p := range map[string]*person{
			"somebody else": signedIn(t).at(keeping), "who sent the same bytes": without.at(keeping), "an admin": admin(t).at(keeping),
			"the owner, switched off": {base: without.base, token: owner.token},
		} {
			res, body := p.get(t, target)
			require.Equal(t, http.StatusNotFound, res.StatusCode, "%s: %.100s", name, body)
		}
		res, _ = (&person{base: owner.base}).get(t, target)
		require.Equal(t, http.StatusUnauthorized, res.StatusCode)
	}
	_, shown := owner.get(t, "/files/"+*up.FileID+"/content?variant=full")
	require.NotContains(t, string(shown), "Exif", "what is shown is as without originals")

	var share struct {
		URL string `json:"url"`
	}
	require.Equal(t, http.StatusCreated, owner.call(t, http.MethodPost, "/files/"+*up.FileID+"/shares", map[string]any{}, &share))
	_, link, _ := strings.Cut(share.URL, "/s/")
	link = "/s/" + link
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, owner.base+link+"/content?variant=full", nil)
	require.NoError(t, err)
	res, _ := (&person{}).do(t, req)
	require.Equal(t, http.StatusOK, res.StatusCode)
	req, err = http.NewRequestWithContext(t.Context(), http.MethodGet, owner.base+link+"/content?variant=original", nil)
	require.NoError(t, err)
	res, _ = (&person{}).do(t, req)
	require.Equal(t, http.StatusNotFound, res.StatusCode, "a link never leads to the original")

	// The trash counts; what is gone does not.
	require.Equal(t, http.StatusNoContent, owner.call(t, http.MethodDelete, "/files/"+*up.FileID, nil, nil))
	require.Equal(t, without.used(t)+int64(len(data)), owner.used(t))
	require.Equal(t, http.StatusNoContent, owner.call(t, http.MethodDelete, "/files/"+*up.FileID+"?permanent=true", nil, nil))
	require.Zero(t, owner.used(t))
}
