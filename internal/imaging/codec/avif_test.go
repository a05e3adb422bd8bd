package codec

import (
	"fmt"
	"image"
	"image/color"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"safelight/internal/imageinfo"
	"safelight/internal/imaging"
	"safelight/internal/imaging/imagingtest"
)

func TestAVIF(t *testing.T) {
	t.Parallel()
	ghost := photo(500, 400)
	for i := 3; i < len(ghost.Pix); i += 4 {
		ghost.Pix[i] = uint8(i / 4 % 500 / 2)
	}
	for name, file := range map[string][]byte{
		"large":    withJPEGMeta(asJPEG(t, scenery(900, 700)), 6),
		"small":    withPNGMeta(asPNG(t, scenery(300, 200)), 1),
		"alpha":    withPNGMeta(asPNG(t, ghost), 1),
		"one dot":  asPNG(t, photo(1, 1)),
		"with ICC": withJPEGMeta(asJPEG(t, scenery(200, 100)), 1),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			req := imagingtest.Request(t, file)
			req.Format, req.PreviewSide, req.ThumbSide = imaging.FormatAVIF, 250, 100
			r := compressed(t, req)
			requireNoMetadata(t, r)
			d := r.Decision
			if d.Kept || d.Lossless || d.NearLossless > 0 {
				require.Equal(t, "one dot", name)
				return
			}
			for _, v := range r.Variants {
				require.Equal(t, "image/avif", v.MIMEType)
				data, err := os.ReadFile(v.Path)
				require.NoError(t, err)
				format, ok := imageinfo.Sniff(data)
				require.True(t, ok)
				require.Equal(t, imageinfo.AVIF, format)
				require.Equal(t, image.Pt(v.Width, v.Height), shown(t, v).Bounds().Size())
			}
			require.Equal(t, "AVIF", d.Format)
			require.Contains(t, r.Message, fmt.Sprintf("AVIF quality %d, SSIM 0.98", d.Quality))
			got, err := SSIM(req, r.Variants[0].Path)
			require.NoError(t, err)
			require.GreaterOrEqual(t, got, 0.98)
			require.InDelta(t, d.SSIM, got, 1e-9)
			if name == "alpha" {
				img := shown(t, r.Variants[0])
				requireColor(t, ghost.NRGBAAt(250, 200), img.At(250, 200), 30, "half transparent")
				require.InDelta(t, 0, color.NRGBAModel.Convert(img.At(1, 200)).(color.NRGBA).A, 6)
			}
		})
	}
	t.Run("fixed quality", func(t *testing.T) {
		t.Parallel()
		req := imagingtest.Request(t, asPNG(t, scenery(300, 200)))
		req.Format, req.MinSSIM = imaging.FormatAVIF, 0
		r := compressed(t, req)
		require.Equal(t, "AVIF", r.Decision.Format)
		require.Contains(t, r.Message, "AVIF quality 55, ", "that looks like WebP's 80")
	})
}
