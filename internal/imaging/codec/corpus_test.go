package codec

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/gif"
	_ "image/jpeg" // for image.Decode
	_ "image/png"  // for image.Decode
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"safelight/internal/imageinfo"
	"safelight/internal/imaging"
	"safelight/internal/imaging/colordiff"
	"safelight/internal/imaging/imagingtest"
	"safelight/models"
)

// corpusChecks are what must come of the pictures in each folder of the corpus.
var corpusChecks = map[string]func(t *testing.T, path string, file []byte){
	"photos": func(t *testing.T, _ string, file []byte) {
		r := requireAccepted(t, file)
		require.Less(t, r.Variants[0].Size, int64(len(file)))
		requireSeenAlike(t, file, r)
	},
	"formats": func(t *testing.T, path string, file []byte) {
		if strings.HasSuffix(path, ".svg") {
			requireRejected(t, models.RejectUnsupported, imagingtest.Request(t, file))
			return
		}
		requireSeenAlike(t, file, requireAccepted(t, file))
	},
	"metadata": func(t *testing.T, _ string, file []byte) {
		r := requireAccepted(t, file)
		requireSeenAlike(t, file, r)
		for _, v := range r.Variants {
			data, err := os.ReadFile(v.Path)
			require.NoError(t, err)
			for _, word := range []string{"Exif", "GPS", "http://ns.adobe.com", "Photoshop", "8BIM"} {
				require.NotContains(t, string(data), word, v.Name)
			}
		}
	},
	"orientation": func(t *testing.T, path string, file []byte) {
		r := requireAccepted(t, file)
		requireSeenAlike(t, file, r)
		first, err := os.ReadFile(filepath.Join(filepath.Dir(path), "Landscape_1.jpg"))
		require.NoError(t, err)
		model := requireAccepted(t, first)
		// Pixel by pixel in full size, the files themselves are 2.2 apart: each
		// has been through an encoder of its own, and shows its number.
		w, h := model.Variants[2].Width, model.Variants[2].Height
		for i, v := range r.Variants {
			mean, worst := colordiff.Mean(shrunk(asNRGBA(shown(t, model.Variants[i])), w, h), shrunk(asNRGBA(shown(t, v)), w, h))
			t.Logf("%s: mean difference from the first %.2f, largest %.1f", v.Name, mean, worst)
			require.LessOrEqual(t, mean, 2.0, v.Name)
		}
	},
	"animated": func(t *testing.T, _ string, file []byte) {
		r := requireAccepted(t, file)
		kept, err := os.ReadFile(r.Variants[0].Path)
		require.NoError(t, err)
		before, err := gif.DecodeAll(bytes.NewReader(file))
		require.NoError(t, err)
		after, err := gif.DecodeAll(bytes.NewReader(kept))
		require.NoError(t, err)
		require.Equal(t, before, after, "frames, delays and loop count")
		t.Logf("%d frames, delays %v, loop count %d", len(after.Image), after.Delay, after.LoopCount)
	},
	"broken": func(t *testing.T, _ string, file []byte) {
		requireRejected(t, models.RejectCorrupt, imagingtest.Request(t, file))
	},
}

// TestCorpus walks real pictures, which are not part of the project.
func TestCorpus(t *testing.T) {
	t.Parallel()
	dir := os.Getenv("SAFELIGHT_CORPUS")
	if dir == "" {
		t.Skip("SAFELIGHT_CORPUS names no folder with pictures to walk")
	}
	for folder, check := range corpusChecks {
		files, err := os.ReadDir(filepath.Join(dir, folder))
		if errors.Is(err, os.ErrNotExist) {
			t.Logf("no folder %q in the corpus", folder)
			continue
		}
		require.NoError(t, err)
		require.NotEmpty(t, files, folder)
		for _, f := range files {
			path := filepath.Join(dir, folder, f.Name())
			t.Run(folder+"/"+f.Name(), func(t *testing.T) {
				t.Parallel()
				file, err := os.ReadFile(path)
				require.NoError(t, err)
				check(t, path, file)
			})
		}
	}
}

func requireAccepted(t *testing.T, file []byte) imaging.Result {
	t.Helper()
	r, err := imagingtest.SharedPool(t).Compress(context.Background(), imagingtest.Request(t, file))
	require.NoError(t, err)
	requireNoMetadata(t, r)
	t.Log(r.Message)
	return r
}

// requireSeenAlike decodes with the standard library, turns as the header
// says, and compares. What that cannot read, or has other colours, is left out.
func requireSeenAlike(t *testing.T, file []byte, r imaging.Result) {
	t.Helper()
	h, err := imageinfo.ReadHeader(bytes.NewReader(file), int64(len(file)), 1000)
	require.NoError(t, err)
	img, _, err := image.Decode(bytes.NewReader(file))
	if err != nil {
		t.Logf("%s is not compared with another decoder's: %v", h.Format, err)
		return
	}
	if p := decodedFile(t, imagingtest.Request(t, file).Source, 2560); p.converted {
		t.Log("not compared with another decoder's: it knows no colour profiles")
		return
	}
	whole := asNRGBA(img)
	seenWidth, seenHeight := h.Upright()
	preview := r.Variants[1]
	w, ht := preview.Width, preview.Height
	require.Equal(t, seenWidth > seenHeight, w > ht, "it stands as it should")
	if h.Orientation >= 5 {
		w, ht = ht, w
	}
	want := turnedImage(shrunk(whole, w, ht), h.Orientation)
	mean, worst := colordiff.Mean(want, shown(t, preview))
	t.Logf("preview against another decoder's picture: mean difference %.2f, largest %.1f", mean, worst)
	require.LessOrEqual(t, mean, 4.0, "mean difference")
}

func turnedImage(img *image.NRGBA, orientation int) *image.NRGBA {
	r := newRaster(img.Rect.Dx(), img.Rect.Dy(), func(u, v float64) [4]float64 {
		c := img.NRGBAAt(int(u*float64(img.Rect.Dx())), int(v*float64(img.Rect.Dy())))
		return [4]float64{float64(c.R) / 255, float64(c.G) / 255, float64(c.B) / 255, float64(c.A) / 255}
	})
	return r.turned(orientation).image(nil)
}
