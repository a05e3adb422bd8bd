package codec

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"image/draw"
	"image/gif"
	"image/png"
	"os"
	"testing"

	"github.com/h2non/bimg"
	"github.com/stretchr/testify/require"

	"safelight/internal/imaging"
	"safelight/internal/imaging/colordiff"
	"safelight/internal/imaging/imagingtest"
	"safelight/models"
)

// filled is a picture of one colour with a spot of another in its corner.
func filled(w, h int, c, spot color.NRGBA) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	draw.Draw(img, img.Rect, image.NewUniform(c), image.Point{}, draw.Src)
	draw.Draw(img, image.Rect(0, 0, w/3, h/3), image.NewUniform(spot), image.Point{}, draw.Src)
	return img
}

var (
	red   = color.NRGBA{R: 200, G: 40, B: 30, A: 255}
	green = color.NRGBA{R: 30, G: 160, B: 60, A: 255}
	blue  = color.NRGBA{R: 40, G: 60, B: 190, A: 255}
	faint = color.NRGBA{R: 220, G: 200, B: 40, A: 90}
)

// TestAnimatedWebP muxes an animation whose frames lie anywhere on the canvas,
// and reads it back frame by frame.
func TestAnimatedWebP(t *testing.T) {
	t.Parallel()
	frames := []webpFrame{
		{img: filled(60, 40, red, faint), x: 20, y: 10, millis: 70},
		{img: filled(100, 80, green, blue), millis: 1500, replace: true, clear: true},
		{img: filled(30, 30, faint, red), x: 70, y: 50, millis: 10},
		{img: filled(100, 80, faint, green), millis: 0xfffffe},
	}
	file := animatedWebP(t, 100, 80, 3, frames, 0x2c,
		[][]byte{riffChunk("ICCP", profile(srgb, false))},
		[][]byte{riffChunk("EXIF", exifBlock(6)), riffChunk("XMP ", []byte(xmp)), riffChunk("MINE", []byte(secret))})
	r := animated(t, append(file, secret...))
	kept, err := os.ReadFile(r.Variants[0].Path)
	require.NoError(t, err)
	require.Equal(t, "image/webp", r.Variants[0].MIMEType)
	require.Equal(t, readWebPAnimation(t, file), readWebPAnimation(t, kept))
	got := readWebPAnimation(t, kept)
	require.Equal(t, 3, got.loops)
	require.Len(t, got.frames, len(frames))
	for i, f := range frames {
		require.Equal(t, f.millis, got.frames[i].millis)
		alone := asRIFF(vp8x(0x10, f.img.Rect.Dx(), f.img.Rect.Dy()), got.frames[i].pixels)
		mean, _ := colordiff.Mean(f.img, decodeWebP(t, alone))
		require.Less(t, mean, 0.1, "frame %d", i)
	}
	canvas := image.NewNRGBA(image.Rect(0, 0, 100, 80))
	draw.Draw(canvas, image.Rect(20, 10, 80, 50), frames[0].img, image.Point{}, draw.Src)
	requirePreviews(t, r, canvas)
	requireFrameLimits(t, file, 100*80*4, 4)
}

// TestAnimatedWebPKeepsItsColours: its frames are not converted, so that the
// profile has to stay, without the words in it.
func TestAnimatedWebPKeepsItsColours(t *testing.T) {
	t.Parallel()
	wide := profile(p3, false)
	frames := []webpFrame{{img: filled(60, 40, red, blue), millis: 70}, {img: filled(60, 40, blue, red), millis: 70}}
	file := animatedWebP(t, 60, 40, 0, frames, 0x20, [][]byte{riffChunk("ICCP", withTag(t, wide, "cprt", secret))}, nil)
	req := imagingtest.Request(t, file)
	req.PreviewSide, req.ThumbSide = 40, 20
	r := compressed(t, req)
	kept, err := os.ReadFile(r.Variants[0].Path)
	require.NoError(t, err)
	require.NotContains(t, string(kept), secret)
	require.Equal(t, []string{"VP8X", "ICCP", "ANIM", "ANMF", "VP8L", "ANMF", "VP8L"}, riffChunks(t, kept[12:]))
	require.Equal(t, readWebPAnimation(t, file), readWebPAnimation(t, kept))
	at := 12 + 18
	inside := kept[at+8 : at+8+int(binary.LittleEndian.Uint32(kept[at+4:]))]
	require.Equal(t, profileTags(wide), profileTags(inside))
	require.Len(t, profileTags(inside), 7)
	first := newRaster(60, 40, func(u, v float64) [4]float64 {
		c := frames[0].img.NRGBAAt(int(u*60), int(v*40))
		return [4]float64{float64(c.R) / 255, float64(c.G) / 255, float64(c.B) / 255, 1}
	}).image(p3.space(srgbTone))
	requirePreviews(t, r, first)
}

// withTag adds a tag of text to a profile.
func withTag(t *testing.T, icc []byte, name, text string) []byte {
	t.Helper()
	tags := []profileTag{{name, []byte("text\x00\x00\x00\x00" + text + "\x00")}}
	for k, v := range profileTags(icc) {
		tags = append(tags, profileTag{k, v})
	}
	out := assembleProfile(string(icc[12:24]), icc[8], tags)
	require.Contains(t, string(out), text)
	return out
}

// TestAnimatedGIFComposes: a first frame that is not all of the canvas.
func TestAnimatedGIFComposes(t *testing.T) {
	t.Parallel()
	palette := color.Palette{color.NRGBA{}, red, green, blue}
	frame := func(r image.Rectangle, c uint8) *image.Paletted {
		img := image.NewPaletted(r, palette)
		for i := range img.Pix {
			img.Pix[i] = c
		}
		return img
	}
	whole := image.Rect(0, 0, 100, 80)
	part := image.Rect(10, 20, 70, 60)
	source := &gif.GIF{
		Image:     []*image.Paletted{frame(part, 1), frame(whole, 2), frame(image.Rect(50, 40, 100, 80), 3)},
		Delay:     []int{0, 7, 65535},
		Disposal:  []byte{gif.DisposalNone, gif.DisposalBackground, gif.DisposalPrevious},
		LoopCount: 12,
		Config:    image.Config{ColorModel: palette, Width: 100, Height: 80},
	}
	var b bytes.Buffer
	require.NoError(t, gif.EncodeAll(&b, source))
	r := animated(t, b.Bytes())
	kept, err := os.ReadFile(r.Variants[0].Path)
	require.NoError(t, err)
	before, err := gif.DecodeAll(&b)
	require.NoError(t, err)
	after, err := gif.DecodeAll(bytes.NewReader(kept))
	require.NoError(t, err)
	require.Equal(t, before, after)
	require.Equal(t, source.Delay, after.Delay)
	require.Equal(t, source.Disposal, after.Disposal)
	require.Equal(t, 12, after.LoopCount)
	canvas := image.NewNRGBA(whole)
	draw.Draw(canvas, part, image.NewUniform(red), image.Point{}, draw.Src)
	requirePreviews(t, r, canvas)
	requireFrameLimits(t, kept, 100*80*3, 3)
}

// TestAnimatedPNG: every browser shows it, so it is kept like the others.
func TestAnimatedPNG(t *testing.T) {
	t.Parallel()
	frames := []*image.NRGBA{filled(60, 40, red, faint), filled(60, 40, green, blue), filled(60, 40, blue, red)}
	file := animatedPNG(t, frames, []int{70, 500, 20}, 5, iccp(t, withTag(t, profile(p3, false), "cprt", secret)),
		pngChunk("tEXt", []byte("Comment\x00"+secret)), pngChunk("eXIf", exifBlock(6)))
	req := imagingtest.Request(t, append(bytes.Clone(file), secret...))
	req.PreviewSide, req.ThumbSide = 40, 20
	r := compressed(t, req)
	kept, err := os.ReadFile(r.Variants[0].Path)
	require.NoError(t, err)
	require.Equal(t, "image/png", r.Variants[0].MIMEType)
	require.NotContains(t, string(kept), secret)
	require.Equal(t, []string{
		"IHDR", "iCCP", "acTL", "fcTL", "IDAT", "fcTL", "fdAT", "fcTL", "fdAT", "IEND",
	}, pngChunks(t, kept[8:]))
	before, after := readPNGAnimation(t, file), readPNGAnimation(t, kept)
	require.Equal(t, before, after)
	require.Equal(t, 5, after.loops)
	require.Equal(t, []int{70, 500, 20}, []int{after.frames[0].millis, after.frames[1].millis, after.frames[2].millis})
	_, err = png.Decode(bytes.NewReader(kept))
	require.NoError(t, err)
	wide := newRaster(60, 40, func(u, v float64) [4]float64 {
		c := frames[0].NRGBAAt(int(u*60), int(v*40))
		return [4]float64{float64(c.R) / 255, float64(c.G) / 255, float64(c.B) / 255, float64(c.A) / 255}
	})
	requirePreviews(t, r, wide.image(p3.space(srgbTone)))
	requireFrameLimits(t, file, 60*40*3, 3)
}

// animated compresses an animation with small previews.
func animated(t *testing.T, file []byte) imaging.Result {
	t.Helper()
	req := imagingtest.Request(t, file)
	req.PreviewSide, req.ThumbSide = 50, 25
	r := compressed(t, req)
	requireNoMetadata(t, r)
	return r
}

// requirePreviews compares them with the first frame on its canvas.
func requirePreviews(t *testing.T, r imaging.Result, canvas *image.NRGBA) {
	t.Helper()
	for _, v := range r.Variants[1:] {
		require.Equal(t, "image/webp", v.MIMEType)
		requireLike(t, canvas, shown(t, v), max(v.Width, v.Height), asServed.plus(fields, 0), v.Name, nil)
	}
}

// requireFrameLimits: the pixels of all frames count, and the frames.
func requireFrameLimits(t *testing.T, file []byte, pixels int64, frames int) {
	t.Helper()
	req := imagingtest.Request(t, file)
	req.MaxPixels, req.MaxFrames = pixels, frames
	compressed(t, req)
	for _, less := range [][2]int64{{pixels - 1, int64(frames)}, {pixels, int64(frames - 1)}} {
		req := imagingtest.Request(t, file)
		req.MaxPixels, req.MaxFrames = less[0], int(less[1])
		requireRejected(t, models.RejectTooManyPixels, req)
	}
}

func decodeWebP(t *testing.T, file []byte) image.Image {
	t.Helper()
	out, err := bimg.NewImage(file).Process(bimg.Options{Type: bimg.PNG, NoAutoRotate: true})
	require.NoError(t, err)
	img, err := png.Decode(bytes.NewReader(out))
	require.NoError(t, err)
	return img
}

// animatedPNG joins frames of one size, with extra chunks behind the header.
func animatedPNG(t *testing.T, frames []*image.NRGBA, millis []int, loops int, extra ...[]byte) []byte {
	t.Helper()
	be := binary.BigEndian
	w, h := frames[0].Rect.Dx(), frames[0].Rect.Dy()
	head := append(be.AppendUint32(be.AppendUint32(nil, uint32(w)), uint32(h)), 8, 6, 0, 0, 0)
	out := append([]byte("\x89PNG\r\n\x1a\n"), pngChunk("IHDR", head)...)
	for _, c := range extra {
		out = append(out, c...)
	}
	out = append(out, pngChunk("acTL", be.AppendUint32(be.AppendUint32(nil, uint32(len(frames))), uint32(loops)))...)
	number := uint32(0)
	for i, f := range frames {
		control := be.AppendUint32(nil, number)
		number++
		for _, v := range []int{w, h, 0, 0} {
			control = be.AppendUint32(control, uint32(v))
		}
		control = append(be.AppendUint16(be.AppendUint16(control, uint16(millis[i])), 1000), 0, 0)
		out = append(out, pngChunk("fcTL", control)...)
		var raw []byte
		for y := range h {
			raw = append(append(raw, 0), f.Pix[y*f.Stride:y*f.Stride+4*w]...)
		}
		if i == 0 {
			out = append(out, pngChunk("IDAT", deflated(t, raw))...)
			continue
		}
		out = append(out, pngChunk("fdAT", append(be.AppendUint32(nil, number), deflated(t, raw)...))...)
		number++
	}
	return append(out, pngChunk("IEND", nil)...)
}
