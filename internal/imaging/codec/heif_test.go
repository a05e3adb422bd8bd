package codec

import (
	"fmt"
	"testing"

	"github.com/h2non/bimg"
	"github.com/stretchr/testify/require"

	"safelight/internal/imaging/imagingtest"
)

// TestHEIFTransforms: AVIF and HEIC say with properties of their own how they
// are turned, in any order, and an EXIF orientation beside those is no more
// than a memory of the camera's.
func TestHEIFTransforms(t *testing.T) {
	t.Parallel()
	transforms := [][]transform{nil}
	for a := range byte(4) {
		transforms = append(transforms, []transform{{"irot", a}})
		for m := range byte(2) {
			transforms = append(transforms, []transform{{"irot", a}, {"imir", m}}, []transform{{"imir", m}, {"irot", a}})
		}
	}
	for m := range byte(2) {
		transforms = append(transforms, []transform{{"imir", m}})
	}
	drawn := slopes(sampleW, sampleH, false)
	seen := &record{}
	t.Cleanup(func() { t.Log(seen) })
	for name, kind := range map[string]bimg.ImageType{"avif": bimg.AVIF, "heic": bimg.HEIF} {
		for _, exif := range []int{1, 6} {
			file := heifOf(t, kind, withJPEGMeta(asJPEG(t, drawn.image(nil)), exif))
			require.True(t, hasItem(t, file, "Exif"), "the test is about EXIF that is there")
			for _, steps := range transforms {
				t.Run(fmt.Sprint(name, " EXIF ", exif, " ", steps), func(t *testing.T) {
					t.Parallel()
					want := drawn
					for _, step := range steps {
						want = want.turned(step.orientation())
					}
					req := imagingtest.Request(t, withTransforms(t, file, steps...))
					req.MaxSide, req.PreviewSide, req.ThumbSide = tableFull, tablePreview, tableThumb
					s := specimen{lossy: true}
					s.requireDecoded(t, req, want.image(nil), seen)
					s.requireServed(t, compressed(t, req), want.image(nil), seen)
				})
			}
		}
	}
}

func hasItem(t *testing.T, file []byte, kind string) bool {
	t.Helper()
	for _, x := range find(parseBoxes(t, file), "meta", "iinf").children {
		if string(x.body[8:12]) == kind {
			return true
		}
	}
	return false
}
