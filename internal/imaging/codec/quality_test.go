package codec

import (
	"fmt"
	"image"
	"image/color"
	"math"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"safelight/internal/imaging"
	"safelight/internal/imaging/imagingtest"
	"safelight/internal/testkit"
)

const target = 0.98

// scenery is a picture with soft and rough parts and little noise.
func scenery(w, h int) *image.NRGBA {
	r := rand.New(rand.NewPCG(uint64(w), uint64(h)))
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			fx, fy := float64(x)/60, float64(y)/60
			rough := 25 * max(0, math.Sin(fx/3)*math.Cos(fy/4))
			v := 128 + 70*math.Sin(fx+math.Cos(fy)) + rough*math.Sin(float64(x*7+y*3)/5) + r.NormFloat64()
			img.SetNRGBA(x, y, color.NRGBA{
				R: uint8(min(255, max(0, v))), G: uint8(min(255, max(0, v*0.8+20))), B: uint8(min(255, max(0, 230-v*0.7))), A: 255,
			})
		}
	}
	return img
}

// screenshot is flat areas, frames and rows of strokes like writing.
func screenshot(w, h int) *image.NRGBA {
	r := rand.New(rand.NewPCG(5, 6))
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	box := func(x0, y0, x1, y1 int, c color.NRGBA) {
		for y := max(0, y0); y < min(h, y1); y++ {
			for x := max(0, x0); x < min(w, x1); x++ {
				img.SetNRGBA(x, y, c)
			}
		}
	}
	box(0, 0, w, h, color.NRGBA{R: 248, G: 249, B: 250, A: 255})
	box(0, 0, w, h/12, color.NRGBA{R: 33, G: 37, B: 41, A: 255})
	box(0, h/12, w/5, h, color.NRGBA{R: 222, G: 226, B: 230, A: 255})
	for y := h / 10; y+12 < h; y += 20 {
		for x := 10; x < w-10; x += 4 + r.IntN(8) {
			box(x, y+r.IntN(4), x+1+r.IntN(2), y+8+r.IntN(4), color.NRGBA{R: uint8(r.IntN(80)), G: 30, B: uint8(r.IntN(3) * 60), A: 255})
		}
	}
	return img
}

// lines is a drawing in black on white.
func lines(w, h int) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	for i := range img.Pix {
		img.Pix[i] = 255
	}
	for k := range 30 {
		for i := range 4 * w {
			t := float64(i) / float64(4*w)
			x, y := int(t*float64(w)), int(float64(h)*(0.5+0.45*math.Sin(t*float64(k+2)+float64(k))))
			if image.Pt(x, y).In(img.Rect) {
				img.SetNRGBA(x, y, color.NRGBA{A: 255})
			}
		}
	}
	return img
}

// gradient is as smooth as 8 bits can be.
func gradient(w, h int) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			img.SetNRGBA(x, y, color.NRGBA{R: uint8(x * 255 / w), G: uint8(y * 255 / h), B: uint8((x + y) * 255 / (w + h)), A: 255})
		}
	}
	return img
}

// veiled makes a picture fade out to its right side.
func veiled(img *image.NRGBA) *image.NRGBA {
	for i := 3; i < len(img.Pix); i += 4 {
		x := i / 4 % img.Rect.Dx()
		img.Pix[i] = uint8(255 - x*255/img.Rect.Dx())
	}
	return img
}

// lumaOn is Rec. 601 luma of a picture on a background, in whole numbers, as
// displays have them.
func lumaOn(img image.Image, background float64) []byte {
	b := img.Bounds()
	out := make([]byte, 0, b.Dx()*b.Dy())
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			c := color.NRGBAModel.Convert(img.At(x, y)).(color.NRGBA)
			v := 0.299*float64(c.R) + 0.587*float64(c.G) + 0.114*float64(c.B)
			a := float64(c.A) / 255
			out = append(out, byte(math.Round(v*a+background*(1-a))))
		}
	}
	return out
}

// remeasured compares a stored variant with the pixels that were sent, by code
// of the test's own; large pictures take the index that the tests of it hold
// against that code.
func remeasured(t *testing.T, img image.Image, v imaging.Variant) float64 {
	t.Helper()
	got := shown(t, v)
	w, h := img.Bounds().Dx(), img.Bounds().Dy()
	require.Equal(t, image.Pt(w, h), got.Bounds().Size())
	index := plainSSIM
	if w*h > 50_000 {
		index = ssim
	}
	return min(index(lumaOn(img, 0), lumaOn(got, 0), w, h), index(lumaOn(img, 255), lumaOn(got, 255), w, h))
}

func TestSmallestFileThatIsAlikeEnough(t *testing.T) {
	t.Parallel()
	pictures := map[string]image.Image{
		"scenery": scenery(300, 160), "scenery, sheet": scenery(1300, 900), "grain": photo(250, 180), "grain, sheet": photo(800, 700),
		"discs": scene(3, 260, 190), "discs, sheet": scene(4, 900, 800), "soft": testkit.Picture(280, 170, 5), "soft, sheet": testkit.Picture(1000, 800, 6),
		"noise": noise(200, 150), "noise, sheet": noise(700, 500), "gradient": gradient(240, 200), "gradient, sheet": gradient(900, 700),
		"screenshot": screenshot(240, 200), "screenshot, sheet": screenshot(1280, 800), "lines": lines(240, 200), "lines, sheet": lines(1100, 800),
		"veiled": veiled(scenery(240, 190)), "veiled, sheet": veiled(scenery(800, 600)),
		"dot": photo(1, 1), "8 by 8": scenery(8, 8), "8 by 300": scenery(8, 300), "30 by 9000": scenery(30, 9000),
	}
	for i := range 8 {
		pictures[fmt.Sprint("scenery ", i)] = scenery(120+i*90, 80+i*70)
	}
	for name, img := range pictures {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			req := imagingtest.Request(t, asTIFFOf(t, img)) // not a format that could be kept
			req.MaxSide = 9000
			r := compressed(t, req)
			d, w, h := r.Decision, img.Bounds().Dx(), img.Bounds().Dy()
			t.Log(r.Message)
			got := remeasured(t, img, r.Variants[0])
			switch {
			case d.Lossless:
				require.InDelta(t, 1, got, 1e-6)
			case d.SSIM < target:
				require.Equal(t, 100, d.Quality, "less only where there is no more")
				require.Contains(t, r.Message, "out of reach")
			default:
				require.GreaterOrEqual(t, got, target)
			}
			require.InDelta(t, d.SSIM, got, 5e-4, "what is said is so, but for where transparent luma is rounded")
			require.LessOrEqual(t, d.Tries, sheetTries+wholeTries+5)
			require.Equal(t, r.Variants[0].Size, d.BytesAfter)
			if d.Lossless || d.NearLossless > 0 || d.Quality <= webpScale.lowest || min(w, h) < narrow || strings.HasPrefix(name, "gradient") {
				return // of a block or two many qualities are the same, and of a gradient some lower ones are better
			}
			// Near the smallest: four steps less are not enough.
			require.Less(t, atQuality(t, req.Source, max(webpScale.lowest, d.Quality-4)), target)
		})
	}
}

// atQuality is the likeness of a file of ours at another quality.
func atQuality(t *testing.T, source string, quality int) float64 {
	t.Helper()
	req := imaging.Request{
		Source: source, OutDir: t.TempDir(), MaxSide: 9000, PreviewSide: 9, ThumbSide: 9,
		Quality: quality, MaxPixels: 1e8, MaxFrames: 1,
	}
	r := compressed(t, req)
	got, err := SSIM(req, r.Variants[0].Path)
	require.NoError(t, err)
	return got
}

func TestDrawingsStayExact(t *testing.T) {
	t.Parallel()
	for name, img := range map[string]*image.NRGBA{
		"screenshot": screenshot(320, 240), "large screenshot": screenshot(1600, 1000), "lines": lines(300, 200),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := compressed(t, imagingtest.Request(t, asTIFFOf(t, img)))
			require.True(t, r.Decision.Lossless, r.Message)
			require.Contains(t, r.Message, "lossless WebP, ")
			got := shown(t, r.Variants[0])
			for y := range img.Rect.Dy() {
				for x := range img.Rect.Dx() {
					if img.NRGBAAt(x, y) != color.NRGBAModel.Convert(got.At(x, y)) {
						require.Failf(t, "changed", "at %d, %d", x, y)
					}
				}
			}
		})
	}
}

func TestPhotosAreNotTakenForDrawings(t *testing.T) {
	t.Parallel()
	for name, img := range map[string]image.Image{"scenery": scenery(900, 700), "grain": photo(300, 200), "soft": testkit.Picture(300, 200, 1)} {
		r := compressed(t, imagingtest.Request(t, asJPEG(t, img)))
		require.Positive(t, r.Decision.Quality, name)
		require.Zero(t, r.Decision.NearLossless, name)
	}
}

func TestFixedQuality(t *testing.T) {
	t.Parallel()
	req := imagingtest.Request(t, asTIFFOf(t, scenery(300, 200)))
	req.MinSSIM, req.Format = 0, "" // as in the input of workflows from before there was a search
	r := compressed(t, req)
	require.Equal(t, 1, r.Decision.Tries)
	require.Zero(t, r.Decision.SSIM, "nothing was measured")
	require.Regexp(t, `^WebP quality 80, 180 kB -> \d+ kB$`, r.Message)
	searched := compressed(t, imagingtest.Request(t, asTIFFOf(t, scenery(300, 200))))
	require.Equal(t, searched.Decision.BytesBefore, r.Decision.BytesBefore)
	require.NotEqual(t, searched.Decision.BytesAfter, r.Decision.BytesAfter)
}

func TestNothingLargerThanTheOriginal(t *testing.T) {
	t.Parallel()
	for i, quality := range []int{15, 40, 60, 80, 95} {
		file := jpegOf(t, scenery(700, 500+i), quality)
		req := imagingtest.Request(t, withJPEGMeta(file, 1))
		r := compressed(t, req)
		d := r.Decision
		if d.Kept {
			stored, err := os.ReadFile(r.Variants[0].Path)
			require.NoError(t, err)
			require.Equal(t, file, stored)
			require.Greater(t, float64(d.BytesRefused), worthIt*float64(len(file)))
			require.Contains(t, r.Message, fmt.Sprintf("original JPEG kept, WebP quality %d, SSIM 0.98", d.Quality))
			continue
		}
		require.LessOrEqual(t, float64(d.BytesAfter), worthIt*float64(len(file)))
	}
}
