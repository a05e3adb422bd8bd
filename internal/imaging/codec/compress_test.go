package codec

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"image"
	"image/color"
	"math/rand/v2"
	"os"
	"testing"

	"github.com/h2non/bimg"
	"github.com/stretchr/testify/require"

	"safelight/internal/imageinfo"
	"safelight/internal/imaging"
	"safelight/internal/imaging/imagingtest"
	"safelight/models"
)

func compressed(t *testing.T, req imaging.Request) imaging.Result {
	t.Helper()
	r, err := imagingtest.SharedPool(t).Compress(context.Background(), req)
	require.NoError(t, err)
	return r
}

func requireRejected(t *testing.T, code models.RejectionCode, req imaging.Request) {
	t.Helper()
	_, err := imagingtest.SharedPool(t).Compress(context.Background(), req)
	var r *models.Rejection
	require.ErrorAs(t, err, &r)
	require.Equal(t, code, r.Code)
	require.NotEmpty(t, r.Detail)
}

func TestOrientations(t *testing.T) {
	t.Parallel()
	upright := corners(120, 80)
	formats := map[string]func(t *testing.T, img *image.NRGBA, o int) []byte{
		"jpeg": func(t *testing.T, img *image.NRGBA, o int) []byte { return withJPEGMeta(asJPEG(t, img), o) },
		"png":  func(t *testing.T, img *image.NRGBA, o int) []byte { return withPNGMeta(asPNG(t, img), o) },
		"tiff": func(_ *testing.T, img *image.NRGBA, o int) []byte { return asTIFF(img, o) },
		"webp": func(t *testing.T, img *image.NRGBA, o int) []byte {
			return withWebPMeta(as(t, bimg.WEBP, img), img.Rect.Dx(), img.Rect.Dy(), o)
		},
	}
	for name, encode := range formats {
		for o := 1; o <= 8; o++ {
			t.Run(fmt.Sprintf("%s %d", name, o), func(t *testing.T) {
				t.Parallel()
				req := imagingtest.Request(t, encode(t, stored(upright, o), o))
				req.PreviewSide, req.ThumbSide = 90, 60
				r := compressed(t, req)
				requireNoMetadata(t, r)
				for _, v := range r.Variants {
					requireCorners(t, v)
				}
				require.Equal(t, [2]int{120, 80}, [2]int{r.Variants[0].Width, r.Variants[0].Height})
				require.Equal(t, [2]int{60, 40}, [2]int{r.Variants[2].Width, r.Variants[2].Height})
			})
		}
	}
}

// requireCorners checks what the picture of corners shows in each quarter.
func requireCorners(t *testing.T, v imaging.Variant) {
	t.Helper()
	img := shown(t, v)
	require.Equal(t, [2]int{v.Width, v.Height}, [2]int{img.Bounds().Dx(), img.Bounds().Dy()}, v.Name)
	for _, right := range []bool{false, true} {
		for _, lower := range []bool{false, true} {
			x, y := v.Width/4, v.Height/4
			if right {
				x += v.Width / 2
			}
			if lower {
				y += v.Height / 2
			}
			requireColor(t, quarter(right, lower), img.At(x, y), 12, fmt.Sprint(v.Name, right, lower))
		}
	}
}

func TestVariantsAreWhatTheySay(t *testing.T) {
	t.Parallel()
	r := compressed(t, imagingtest.Request(t, asJPEG(t, photo(3000, 1000))))
	require.Len(t, r.Variants, 3)
	sizes := [][2]int{{2560, 853}, {1280, 427}, {400, 133}}
	for i, name := range []string{models.VariantFull, models.VariantPreview, models.VariantThumb} {
		v := r.Variants[i]
		data, err := os.ReadFile(v.Path)
		require.NoError(t, err)
		sum := sha256.Sum256(data)
		require.Equal(t, name, v.Name)
		require.Equal(t, "image/webp", v.MIMEType)
		require.Equal(t, hex.EncodeToString(sum[:]), v.SHA256)
		require.EqualValues(t, len(data), v.Size)
		require.InDelta(t, sizes[i][0], v.Width, 1)
		require.InDelta(t, sizes[i][1], v.Height, 1)
		require.Equal(t, image.Rect(0, 0, v.Width, v.Height), shown(t, v).Bounds())
	}
	require.Regexp(t, `^WebP quality \d+, SSIM 0\.98\d after \d tries, 678 kB -> `, r.Message)
	require.Greater(t, len(r.Thumbhash), 15)
}

func TestSizesStayInProportion(t *testing.T) {
	t.Parallel()
	for _, size := range [][2]int{{1, 1}, {1, 7}, {9000, 3}, {3, 9000}, {7000, 1}, {399, 401}, {2561, 17}} {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			t.Parallel()
			r := compressed(t, imagingtest.Request(t, asPNG(t, photo(size[0], size[1]))))
			long := max(size[0], size[1])
			for i, limit := range []int{2560, 1280, 400} {
				v := r.Variants[i]
				require.Equal(t, min(long, limit), max(v.Width, v.Height), "never enlarged")
				short := float64(min(size[0], size[1])) * float64(min(long, limit)) / float64(long)
				require.InDelta(t, max(1, short), min(v.Width, v.Height), 1, "never stretched")
				require.Equal(t, size[0] > size[1], v.Width > v.Height || v.Width == v.Height && size[0] > size[1])
			}
		})
	}
}

func TestColors(t *testing.T) {
	t.Parallel()
	gold := color.NRGBA{R: 220, G: 160, B: 40, A: 255}
	fill := func(img interface {
		image.Image
		Set(x, y int, c color.Color)
	}, c color.Color,
	) image.Image {
		for y := range img.Bounds().Dy() {
			for x := range img.Bounds().Dx() {
				img.Set(x, y, c)
			}
		}
		return img
	}
	box := image.Rect(0, 0, 64, 48)
	grey := color.NRGBA{R: 90, G: 90, B: 90, A: 255}
	half := color.NRGBA{R: 200, G: 60, B: 20, A: 128}
	pngs := map[string]struct {
		img  image.Image
		want color.NRGBA
	}{
		"8 bit":           {fill(image.NewNRGBA(box), gold), gold},
		"16 bit":          {fill(image.NewNRGBA64(box), gold), gold},
		"16 bit grey":     {fill(image.NewGray16(box), grey), grey},
		"grey":            {fill(image.NewGray(box), grey), grey},
		"palette":         {fill(image.NewPaletted(box, color.Palette{color.Black, gold}), gold), gold},
		"alpha":           {fill(image.NewNRGBA(box), half), half},
		"16 bit alpha":    {fill(image.NewNRGBA64(box), half), half},
		"palette, alpha":  {fill(image.NewPaletted(box, color.Palette{color.Black, half}), half), half},
		"all transparent": {fill(image.NewNRGBA(box), color.NRGBA{}), color.NRGBA{}},
	}
	for name, c := range pngs {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			req := imagingtest.Request(t, asPNG(t, c.img))
			req.MaxSide, req.PreviewSide, req.ThumbSide = 60, 40, 20 // so that nothing is kept
			for _, v := range compressed(t, req).Variants {
				require.Equal(t, "image/webp", v.MIMEType)
				requireColor(t, c.want, shown(t, v).At(v.Width/2, v.Height/2), 6, v.Name)
			}
		})
	}
}

func TestFormatsThatOnlyLibvipsWrites(t *testing.T) {
	t.Parallel()
	for name, kind := range map[string]bimg.ImageType{"webp": bimg.WEBP, "tiff": bimg.TIFF, "avif": bimg.AVIF, "heic": bimg.HEIF} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			req := imagingtest.Request(t, as(t, kind, corners(240, 160)))
			req.PreviewSide, req.ThumbSide = 120, 60
			r := compressed(t, req)
			requireNoMetadata(t, r)
			for _, v := range r.Variants {
				requireCorners(t, v)
			}
		})
	}
}

func TestCMYK(t *testing.T) {
	t.Parallel()
	file, err := bimg.NewImage(asPNG(t, corners(64, 64))).Process(bimg.Options{Type: bimg.JPEG, Interpretation: bimg.InterpretationCMYK, Quality: 95})
	require.NoError(t, err)
	h, err := imageinfo.ReadHeader(bytes.NewReader(file), int64(len(file)), 1)
	require.NoError(t, err)
	require.Equal(t, imageinfo.ColorCMYK, h.Color)
	r := compressed(t, imagingtest.Request(t, file))
	require.Equal(t, "image/webp", r.Variants[0].MIMEType, "CMYK is nothing for browsers")
	img := shown(t, r.Variants[0])
	requireColor(t, color.NRGBA{R: 255, G: 255, B: 255, A: 255}, img.At(48, 48), 8, "white")
	c := color.NRGBAModel.Convert(img.At(16, 16)).(color.NRGBA)
	require.True(t, c.R > 180 && c.G < 90 && c.B < 90, "red is %v", c)
}

func TestKeepsOriginalThatIsSmallAlready(t *testing.T) {
	t.Parallel()
	coins := image.NewPaletted(image.Rect(0, 0, 300, 200), color.Palette{color.White, color.Black})
	r1 := rand.New(rand.NewPCG(3, 9))
	for i := range coins.Pix {
		coins.Pix[i] = uint8(r1.IntN(2)) // one bit each, whoever stores it
	}
	plain := asPNG(t, coins)
	r := compressed(t, imagingtest.Request(t, withPNGMeta(plain, 1)))
	requireNoMetadata(t, r)
	full, err := os.ReadFile(r.Variants[0].Path)
	require.NoError(t, err)
	require.Equal(t, plain, full, "the bytes as they were before the metadata came in")
	require.Equal(t, "image/png", r.Variants[0].MIMEType)
	require.Contains(t, r.Message, "original PNG kept, lossless WebP would be 8 kB")
	require.True(t, r.Decision.Kept)
	require.Equal(t, int64(len(plain)), r.Decision.BytesAfter)
	require.Greater(t, r.Decision.BytesRefused, int64(float64(len(plain))*worthIt))

	low, err := bimg.NewImage(asPNG(t, photo(300, 200))).Process(bimg.Options{Type: bimg.JPEG, Quality: 30})
	require.NoError(t, err)
	r = compressed(t, imagingtest.Request(t, withJPEGMeta(low, 1)))
	requireNoMetadata(t, r)
	require.Equal(t, "image/jpeg", r.Variants[0].MIMEType)
	require.LessOrEqual(t, r.Variants[0].Size, int64(len(low)))

	turned := compressed(t, imagingtest.Request(t, withJPEGMeta(low, 6)))
	require.Equal(t, "image/webp", turned.Variants[0].MIMEType, "what has to be turned cannot be kept")
}

func TestAnimationsKeepTheirFrames(t *testing.T) {
	t.Parallel()
	file := asGIF(t, 5, corners(120, 80))
	comment := append([]byte{0x21, 0xfe, byte(len(secret))}, secret+"\x00"...)
	at := len(file) - 1
	file = append(file[:at:at], append(comment, 0x3b)...)
	req := imagingtest.Request(t, file)
	req.PreviewSide, req.ThumbSide = 90, 60
	r := compressed(t, req)
	requireNoMetadata(t, r)
	full, err := os.ReadFile(r.Variants[0].Path)
	require.NoError(t, err)
	images := 0
	for _, kind := range chunks(t, "image/gif", full) {
		if kind == "2c" {
			images++
		}
	}
	require.Equal(t, 5, images)
	require.Contains(t, chunks(t, "image/gif", full), "21ffNETSCAPE2.0")
	require.Contains(t, r.Message, "5 frames")
	for _, v := range r.Variants[1:] {
		require.Equal(t, "image/webp", v.MIMEType)
		requireCorners(t, v)
	}
	req = imagingtest.Request(t, file)
	req.MaxFrames = 4
	requireRejected(t, models.RejectTooManyPixels, req)
	req = imagingtest.Request(t, file)
	req.MaxPixels = 120*80*5 - 1
	requireRejected(t, models.RejectTooManyPixels, req)
}

func TestTruncatedIsCorrupt(t *testing.T) {
	t.Parallel()
	img := photo(320, 240)
	progressive, err := bimg.NewImage(asPNG(t, img)).Process(bimg.Options{Type: bimg.JPEG, Interlace: true})
	require.NoError(t, err)
	files := map[string][]byte{
		"jpeg": asJPEG(t, img), "progressive": progressive, "png": asPNG(t, img), "gif": asGIF(t, 3, img),
		"tiff": asTIFF(img, 1), "tiff by libtiff": as(t, bimg.TIFF, img),
		"webp": as(t, bimg.WEBP, img), "avif": as(t, bimg.AVIF, img), "heic": as(t, bimg.HEIF, img),
	}
	for name, file := range files {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			compressed(t, imagingtest.Request(t, file)) // whole, it is fine
			cuts := []int{len(file) - 200, len(file) - 20, len(file) - 3}
			for i := 2; i < 16; i++ {
				cuts = append(cuts, len(file)*i/16)
			}
			for _, n := range cuts {
				requireRejected(t, models.RejectCorrupt, imagingtest.Request(t, file[:n]))
			}
		})
	}
}

func TestRefusedBeforeAnyPixel(t *testing.T) {
	t.Parallel()
	huge := append([]byte("\x89PNG\r\n\x1a\n"), pngChunk("IHDR", []byte{0, 0, 0x75, 0x30, 0, 0, 0x75, 0x30, 8, 2, 0, 0, 0})...)
	huge = append(huge, pngChunk("IDAT", []byte{1, 2, 3})...)
	huge = append(huge, pngChunk("IEND", nil)...)
	requireRejected(t, models.RejectTooManyPixels, imagingtest.Request(t, huge))

	claim := asJPEG(t, photo(16, 16))
	sof := 0
	for i := 2; claim[i+1] != 0xc0; i += 2 + int(binary.BigEndian.Uint16(claim[i+2:])) {
		sof = i + 2 + int(binary.BigEndian.Uint16(claim[i+2:]))
	}
	copy(claim[sof+5:], []byte{0xfd, 0xe8, 0xfd, 0xe8}) // 65,000 × 65,000
	requireRejected(t, models.RejectTooManyPixels, imagingtest.Request(t, claim))

	for name, file := range map[string]string{
		"svg":     `<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"/>`,
		"pdf":     "%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>",
		"ppm":     "P6 2 2 255 abcdefghijkl",
		"bmp":     "BM\x3a\x00\x00\x00\x00\x00\x00\x00\x36\x00\x00\x00\x28\x00\x00\x00",
		"nothing": "",
		"raw":     "II*\x00\x10\x00\x00\x00CR\x02\x00 and more",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			requireRejected(t, models.RejectUnsupported, imagingtest.Request(t, []byte(file)))
		})
	}
}
