package codec

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"math"
	"testing"

	"github.com/h2non/bimg"
	"github.com/stretchr/testify/require"
)

// gifSamples have palettes of every length, a clear colour or none, and lines
// in order or interlaced.
func gifSamples() (out []specimen) {
	for _, n := range []int{2, 4, 16, 256} {
		for _, clear := range []bool{false, true} {
			for _, interlaced := range []bool{false, true} {
				colors := ramp(n, false, false)
				if clear {
					colors[1] = [4]float64{}
				}
				r := mosaic(sampleW, sampleH, colors).quantized(8)
				out = append(out, specimen{
					name: fmt.Sprintf("gif %d colours clear %t interlaced %t", n, clear, interlaced),
					want: upright(r, nil), edges: edgesOf(n), cut: true,
					file: func(t testing.TB) []byte {
						t.Helper()
						return oneGIF(t, r, colors, interlaced)
					},
				})
			}
		}
	}
	return out
}

func oneGIF(t testing.TB, r raster, colors [][4]float64, interlaced bool) []byte {
	t.Helper()
	var palette color.Palette
	for _, c := range colors {
		palette = append(palette, color.NRGBA{R: eight(c[0]), G: eight(c[1]), B: eight(c[2]), A: eight(c[3])})
	}
	img := image.NewPaletted(image.Rect(0, 0, r.w, r.h), palette)
	line := 0
	for _, pass := range gifPasses(interlaced) {
		for y := pass[0]; y < r.h; y += pass[1] {
			for x := range r.w {
				img.SetColorIndex(x, line, uint8(indexOf(t, quantizedColors(colors), r.px[y*r.w+x])))
			}
			line++
		}
	}
	var b bytes.Buffer
	require.NoError(t, gif.EncodeAll(&b, &gif.GIF{Image: []*image.Paletted{img}, Delay: []int{0}}))
	file := b.Bytes()
	if interlaced {
		at := bytes.Index(file, []byte{0x2c, 0, 0, 0, 0, byte(r.w), 0, byte(r.h), 0})
		require.Positive(t, at)
		file[at+9] |= 0x40
	}
	return file
}

func gifPasses(interlaced bool) [][2]int {
	if interlaced {
		return [][2]int{{0, 8}, {4, 8}, {2, 4}, {1, 2}}
	}
	return [][2]int{{0, 1}}
}

func quantizedColors(colors [][4]float64) [][4]float64 {
	out := make([][4]float64, len(colors))
	for i, c := range colors {
		for j := range c {
			out[i][j] = math.Round(c[j]*255) / 255
		}
	}
	return out
}

// webpSamples are lossy and lossless, with alpha, profiles and orientations.
func webpSamples() (out []specimen) {
	for _, c := range []struct {
		name            string
		lossless, alpha bool
		icc             []byte
		space           func(c [3]float64) [3]float64
	}{
		{"lossy", false, false, nil, nil},
		{"lossy alpha", false, true, nil, nil},
		{"lossless", true, false, nil, nil},
		{"lossless alpha", true, true, nil, nil},
		{"P3", false, false, profile(p3, false), p3.space(srgbTone)},
		{"lossless P3 alpha", true, true, profile(p3, false), p3.space(srgbTone)},
		{"Adobe RGB", true, false, profile(adobeRGB, true), adobeRGB.space(power(2.19921875))},
		{"sRGB", true, false, profile(srgb, false), nil},
	} {
		r := slopes(sampleW, sampleH, c.alpha).quantized(8)
		for _, o := range turns(c.alpha) {
			out = append(out, specimen{
				name: fmt.Sprintf("webp %s turned %d", c.name, o), want: upright(r, c.space), lossy: !c.lossless, cut: o == 1,
				file: func(t testing.TB) []byte {
					t.Helper()
					img := r.stored(o).image(nil)
					plain, err := bimg.NewImage(asPNG(t, img)).Process(bimg.Options{Type: bimg.WEBP, Lossless: c.lossless, Quality: 95})
					require.NoError(t, err)
					flags := byte(0x08 | 0x04)
					var parts [][]byte
					if c.icc != nil {
						flags |= 0x20
						parts = append(parts, riffChunk("ICCP", c.icc))
					}
					if c.alpha {
						flags |= 0x10
					}
					parts = append(parts, webpPicture(plain), riffChunk("EXIF", exifBlock(o)), riffChunk("XMP ", []byte(xmp)))
					return asRIFF(append([][]byte{vp8x(flags, img.Rect.Dx(), img.Rect.Dy())}, parts...)...)
				},
			})
		}
	}
	return out
}

// heifSamples are AVIF and HEIC, which libvips writes out of a PNG.
func heifSamples() (out []specimen) {
	for name, kind := range map[string]bimg.ImageType{"avif": bimg.AVIF, "heic": bimg.HEIF} {
		for _, c := range []struct {
			name  string
			png   pngKind
			icc   []byte
			space func(c [3]float64) [3]float64
		}{
			{"8 bit", pngKind{depth: 8, colorType: 2}, nil, nil},
			{"16 bit", pngKind{depth: 16, colorType: 2}, nil, nil},
			{"gray", pngKind{depth: 8, colorType: 0}, nil, nil},
			{"alpha", pngKind{depth: 8, colorType: 6}, nil, nil},
			{"P3", pngKind{depth: 8, colorType: 2}, profile(p3, false), p3.space(srgbTone)},
			{"Adobe RGB", pngKind{depth: 8, colorType: 2}, profile(adobeRGB, true), adobeRGB.space(power(2.19921875))},
			{"P3 alpha", pngKind{depth: 8, colorType: 6}, profile(p3, false), p3.space(srgbTone)},
		} {
			r, _ := pngPicture(&c.png)
			out = append(out, specimen{
				name: name + " " + c.name, want: upright(r, c.space), lossy: true, cut: true,
				file: func(t testing.TB) []byte {
					t.Helper()
					k := c.png
					if c.icc != nil {
						k.chunks = [][]byte{iccp(t, c.icc)}
					}
					return heifOf(t, kind, k.encode(t, r))
				},
			})
		}
	}
	return out
}

func heifOf(t testing.TB, kind bimg.ImageType, file []byte) []byte {
	t.Helper()
	out, err := bimg.NewImage(file).Process(bimg.Options{Type: kind, Quality: 95, Speed: 8, NoAutoRotate: true})
	require.NoError(t, err)
	return out
}

// lights is a picture of one hue: with few pixels a side, WebP's halved
// colours are all there is to see of others.
func lights(w, h int) raster {
	return newRaster(w, h, func(u, v float64) [4]float64 {
		light := 0.5*u + 0.2*v
		return [4]float64{0.25 + light, 0.2 + light, 0.15 + light, 1}
	})
}

// sizeSamples are the sizes at which arithmetic goes wrong.
func sizeSamples() (out []specimen) {
	writers := map[string]struct {
		write func(t testing.TB, r raster) []byte
		max   int
		lossy bool
	}{
		"png": {func(t testing.TB, r raster) []byte {
			t.Helper()
			return pngKind{depth: 8, colorType: 2}.encode(t, r)
		}, math.MaxInt, false},
		"jpeg": {func(t testing.TB, r raster) []byte {
			t.Helper()
			return withJPEGMeta(asJPEG(t, r.image(nil)), 1)
		}, 65_000, true},
		"tiff": {func(t testing.TB, r raster) []byte {
			t.Helper()
			return tiffKind{photometric: 2, bits: 8}.encode(t, r)
		}, math.MaxInt, false},
		"webp": {func(t testing.TB, r raster) []byte {
			t.Helper()
			return lossless(t, r.image(nil))
		}, 16_383, false},
		"avif": {func(t testing.TB, r raster) []byte {
			t.Helper()
			return heifOf(t, bimg.AVIF, asPNG(t, r.image(nil)))
		}, 1000, true},
		"heic": {func(t testing.TB, r raster) []byte {
			t.Helper()
			return heifOf(t, bimg.HEIF, asPNG(t, r.image(nil)))
		}, 1000, true},
	}
	for name, w := range writers {
		for _, size := range [][2]int{
			{1, 1},
			{1, 2},
			{2, 1},
			{1, 9},
			{9, 1},
			{3, 3},
			{1, 700},
			{700, 1},
			{15, 17},
			{501, 499},
			{640, 479},
			{1023, 7},
			{7, 1023},
			{16_000, 4},
			{4, 16_000},
			{10_240, 5},
			{15_000, 9},
			{9, 15_000},
			{5_000, 61},
			{16_383, 100},
		} {
			if max(size[0], size[1]) > w.max {
				continue
			}
			r := lights(size[0], size[1]).quantized(8)
			out = append(out, specimen{
				name: fmt.Sprintf("%s of %d x %d", name, size[0], size[1]), want: upright(r, nil), lossy: w.lossy,
				file: func(t testing.TB) []byte {
					t.Helper()
					return w.write(t, r)
				},
			})
		}
	}
	return out
}
