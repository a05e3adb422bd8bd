package codec

import (
	"fmt"
	"image"
	"math/rand/v2"
	"testing"

	"github.com/h2non/bimg"
	"github.com/stretchr/testify/require"

	"safelight/internal/imaging/imagingtest"
	"safelight/internal/imaging/phash"
	"safelight/internal/imaging/phash/phashtest"
)

// likenessOf is what the whole way through a child makes of a file.
func likenessOf(t *testing.T, file []byte) phash.Likeness {
	t.Helper()
	r := compressed(t, imagingtest.Request(t, file))
	require.Len(t, r.Likeness, len(phash.Likeness{}))
	return phash.Likeness(r.Likeness)
}

// nearest is the distance of two pictures however they are turned.
func nearest(a, b phash.Likeness) int {
	d := a.Distance(b)
	for _, turned := range a.Turned() {
		d = min(d, turned.Distance(b))
	}
	return d
}

// Formats and qualities of the real encoders, on top of what package phash
// measures over many more scenes.
func TestLikenessOfConvertedCopies(t *testing.T) {
	t.Parallel()
	convert := func(kind bimg.ImageType, quality int) func(*image.NRGBA) []byte {
		return func(img *image.NRGBA) []byte {
			out, err := bimg.NewImage(asPNG(t, img)).Process(bimg.Options{Type: kind, Quality: quality, Speed: 8})
			require.NoError(t, err)
			return out
		}
	}
	copies := map[string]func(*image.NRGBA) []byte{
		"JPEG":           convert(bimg.JPEG, 80),
		"JPEG, rough":    convert(bimg.JPEG, 20),
		"WebP":           convert(bimg.WEBP, 60),
		"AVIF":           convert(bimg.AVIF, 50),
		"TIFF":           convert(bimg.TIFF, 0),
		"GIF":            convert(bimg.GIF, 0),
		"sixteen bits":   func(img *image.NRGBA) []byte { return asPNG(t, deep(img)) },
		"turned by EXIF": func(img *image.NRGBA) []byte { return withJPEGMeta(asJPEG(t, stored(img, 6)), 6) },
		"mirrored":       func(img *image.NRGBA) []byte { return asJPEG(t, phashtest.Turn(img, 2)) },
		"turned":         func(img *image.NRGBA) []byte { return convert(bimg.WEBP, 70)(phashtest.Turn(img, 8)) },
		"cropped, WebP": func(img *image.NRGBA) []byte {
			r := rand.New(rand.NewPCG(1, 2))
			x, y := r.Float64()*0.05, r.Float64()*0.05
			return convert(bimg.WEBP, 60)(phashtest.Scale(phashtest.Crop(img, [4]float64{x, y, 0.05 - x, 0.05 - y}), 0.6))
		},
	}
	originals := make([]phash.Likeness, 10) // one of each kind of scene
	for n := range originals {
		img := phashtest.Scene(n + 20)
		originals[n] = likenessOf(t, asPNG(t, img))
		for name, make := range copies {
			t.Run(fmt.Sprintf("scene %d %s", n, name), func(t *testing.T) {
				t.Parallel()
				require.LessOrEqual(t, nearest(originals[n], likenessOf(t, make(img))), phash.MaxAlike)
			})
		}
		for m := range n {
			require.Greater(t, nearest(originals[n], originals[m]), phash.MaxAlike, "scenes %d and %d", n, m)
		}
	}
}

// deep is a picture in 16 bits per channel.
func deep(img *image.NRGBA) *image.NRGBA64 {
	out := image.NewNRGBA64(img.Rect)
	for y := range img.Rect.Dy() {
		for x := range img.Rect.Dx() {
			out.Set(x, y, img.At(x, y))
		}
	}
	return out
}
