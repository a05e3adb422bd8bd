//go:build integration

package e2e

import (
	"bytes"
	"image"
	"image/jpeg"
	"image/png"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"safelight/internal/imaging/phash/phashtest"
)

func jpegOf(t *testing.T, img image.Image, quality int) []byte {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, jpeg.Encode(&b, img, &jpeg.Options{Quality: quality}))
	return b.Bytes()
}

// The whole way: pictures that went through scanner and codec find their copies.
func TestSimilarFiles(t *testing.T) {
	t.Parallel()
	p, stranger := signedIn(t), signedIn(t)
	scene := phashtest.Scene(5)
	fileOf := func(who *person, name string, data []byte) string {
		u := who.become(t, name, data)
		require.Equal(t, "done", u.State, "%+v", u)
		return *u.FileID
	}
	original := fileOf(p, "city.jpg", jpegOf(t, scene, 92))
	var asPNG bytes.Buffer
	require.NoError(t, png.Encode(&asPNG, phashtest.Crop(scene, [4]float64{0.05, 0, 0, 0.05})))
	copies := map[string]string{
		fileOf(p, "small.jpg", jpegOf(t, phashtest.Scale(scene, 0.5), 60)):                       "resized",
		fileOf(p, "mirrored.jpg", jpegOf(t, phashtest.Scale(phashtest.Turn(scene, 2), 0.7), 80)): "resized and mirrored",
		fileOf(p, "turned.jpg", jpegOf(t, phashtest.Turn(scene, 6), 80)):                         "turned",
		fileOf(p, "cropped.png", asPNG.Bytes()):                                                  "cropped and converted",
	}
	fileOf(p, "another.jpg", jpegOf(t, phashtest.Scene(15), 90)) // a city too
	fileOf(stranger, "city.jpg", jpegOf(t, scene, 91))

	type similar struct {
		file
		Distance int `json:"distance"`
	}
	var found list[similar]
	require.Equal(t, http.StatusOK, p.call(t, http.MethodGet, "/files/"+original+"/similar", nil, &found))
	require.Nil(t, found.NextCursor)
	last := 0
	for _, f := range found.Items {
		require.Contains(t, copies, f.ID, f.Name)
		require.GreaterOrEqual(t, f.Distance, last)
		last = f.Distance
		delete(copies, f.ID)
	}
	require.Empty(t, copies, "not found")
	require.Equal(t, http.StatusNotFound, stranger.call(t, http.MethodGet, "/files/"+original+"/similar", nil, nil))
}
