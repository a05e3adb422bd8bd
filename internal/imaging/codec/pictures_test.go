package codec

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"math/rand/v2"
	"os"
	"testing"

	"github.com/h2non/bimg"
	"github.com/stretchr/testify/require"

	"safelight/internal/imaging"
)

// What the tests feed in is made here: no test depends on a file.

// secret stands in metadata that must never come out again.
const secret = "SECRETCAM"

// corners is a picture whose four quarters are red, green, blue and white, so
// that each of the eight ways to turn it looks different.
func corners(w, h int) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			img.SetNRGBA(x, y, quarter(x >= w/2, y >= h/2))
		}
	}
	return img
}

func quarter(right, lower bool) color.NRGBA {
	switch {
	case !right && !lower:
		return color.NRGBA{R: 255, A: 255}
	case right && !lower:
		return color.NRGBA{G: 255, A: 255}
	case !right:
		return color.NRGBA{B: 255, A: 255}
	}
	return color.NRGBA{R: 255, G: 255, B: 255, A: 255}
}

// photo is a smooth picture with a little grain, like one from a camera.
func photo(w, h int) *image.NRGBA {
	r := rand.New(rand.NewPCG(1, 2))
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			n := r.IntN(12)
			img.SetNRGBA(x, y, color.NRGBA{
				R: uint8(x*200/w + n), G: uint8(y*200/h + n), B: uint8(((x/16+y/16)%2)*120 + n), A: 255,
			})
		}
	}
	return img
}

// scene is a picture of discs of all sizes and colours, another for each seed.
func scene(seed uint64, w, h int) *image.NRGBA {
	r := rand.New(rand.NewPCG(seed, 5))
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	for range 40 {
		cx, cy, radius := r.Float64(), r.Float64(), 0.05+r.Float64()*0.25
		c := color.NRGBA{R: uint8(r.IntN(256)), G: uint8(r.IntN(256)), B: uint8(r.IntN(256)), A: 255}
		for y := range h {
			for x := range w {
				dx, dy := float64(x)/float64(w)-cx, float64(y)/float64(h)-cy
				if dx*dx+dy*dy < radius*radius {
					img.SetNRGBA(x, y, c)
				}
			}
		}
	}
	for i := 3; i < len(img.Pix); i += 4 {
		img.Pix[i] = 255
	}
	return img
}

// noise cannot be compressed by anybody.
func noise(w, h int) *image.NRGBA {
	r := rand.New(rand.NewPCG(3, 4))
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	for i := range img.Pix {
		img.Pix[i] = uint8(r.IntN(256))
		if i%4 == 3 {
			img.Pix[i] = 255
		}
	}
	return img
}

// stored is what a camera held in the given EXIF orientation would store of a
// picture that should be seen upright.
func stored(upright *image.NRGBA, orientation int) *image.NRGBA {
	w, h := upright.Rect.Dx(), upright.Rect.Dy()
	sw, sh := w, h
	if orientation >= 5 {
		sw, sh = h, w
	}
	out := image.NewNRGBA(image.Rect(0, 0, sw, sh))
	for y := range sh {
		for x := range sw {
			var ux, uy int
			switch orientation {
			case 1:
				ux, uy = x, y
			case 2:
				ux, uy = w-1-x, y
			case 3:
				ux, uy = w-1-x, h-1-y
			case 4:
				ux, uy = x, h-1-y
			case 5:
				ux, uy = y, x
			case 6:
				ux, uy = w-1-y, x
			case 7:
				ux, uy = w-1-y, h-1-x
			case 8:
				ux, uy = y, h-1-x
			}
			out.SetNRGBA(x, y, upright.NRGBAAt(ux, uy))
		}
	}
	return out
}

func asJPEG(t testing.TB, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, jpeg.Encode(&b, img, &jpeg.Options{Quality: 92}))
	return b.Bytes()
}

func asPNG(t testing.TB, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, png.Encode(&b, img))
	return b.Bytes()
}

// as encodes with libvips, for formats that Go does not write.
func as(t *testing.T, kind bimg.ImageType, img image.Image) []byte {
	t.Helper()
	out, err := bimg.NewImage(asPNG(t, img)).Process(bimg.Options{Type: kind, Quality: 90, Speed: 8, Compression: 1})
	require.NoError(t, err)
	return out
}

func asGIF(t *testing.T, frames int, img image.Image) []byte {
	t.Helper()
	g := &gif.GIF{}
	for i := range frames {
		p := image.NewPaletted(img.Bounds(), color.Palette{
			color.NRGBA{},
			color.NRGBA{R: 255, A: 255},
			color.NRGBA{G: 255, A: 255},
			color.NRGBA{B: 255, A: 255},
			color.NRGBA{R: 255, G: 255, B: 255, A: 255},
		})
		for y := range img.Bounds().Dy() {
			for x := range img.Bounds().Dx() {
				p.Set(x, (y+i)%img.Bounds().Dy(), img.At(x, y))
			}
		}
		g.Image, g.Delay = append(g.Image, p), append(g.Delay, 7)
	}
	var b bytes.Buffer
	require.NoError(t, gif.EncodeAll(&b, g))
	return b.Bytes()
}

// exifBlock is EXIF with an orientation, a camera's name and a GPS position.
func exifBlock(orientation int) []byte {
	b := []byte("II*\x00\x08\x00\x00\x00")
	le := binary.LittleEndian
	entry := func(tag, kind uint16, count, value uint32) {
		b = le.AppendUint16(b, tag)
		b = le.AppendUint16(b, kind)
		b = le.AppendUint32(b, count)
		b = le.AppendUint32(b, value)
	}
	b = le.AppendUint16(b, 3)
	entry(271, 2, 10, 50)                 // Make, at 50
	entry(274, 3, 1, uint32(orientation)) // Orientation
	entry(34853, 4, 1, 60)                // GPS directory, at 60
	b = le.AppendUint32(b, 0)
	b = append(b, secret+"\x00"...)
	b = le.AppendUint16(b, 2)
	entry(1, 2, 2, 'N')     // GPSLatitudeRef
	entry(2, 5, 3, 60+2+28) // GPSLatitude
	b = le.AppendUint32(b, 0)
	for _, v := range []uint32{47, 1, 22, 1, 30, 1} {
		b = le.AppendUint32(b, v)
	}
	return b
}

const xmp = `<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF>` + secret + `</rdf:RDF></x:xmpmeta>`

// withJPEGMeta inserts EXIF, XMP, IPTC and a comment behind the start of image.
func withJPEGMeta(file []byte, orientation int) []byte {
	out := append([]byte{}, file[:2]...)
	segment := func(marker byte, body string) {
		out = append(out, 0xff, marker)
		out = binary.BigEndian.AppendUint16(out, uint16(len(body)+2))
		out = append(out, body...)
	}
	segment(0xe1, "Exif\x00\x00"+string(exifBlock(orientation)))
	segment(0xe1, "http://ns.adobe.com/xap/1.0/\x00"+xmp)
	segment(0xed, "Photoshop 3.0\x008BIM\x04\x04\x00\x00\x00\x00\x00\x0e\x1c\x02\x78\x00\x09"+secret+"\x00")
	segment(0xfe, secret)
	return append(append(out, file[2:]...), "behind the end: "+secret...)
}

func pngChunk(kind string, body []byte) []byte {
	out := binary.BigEndian.AppendUint32(nil, uint32(len(body)))
	out = append(append(out, kind...), body...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(out[4:]))
}

func withPNGMeta(file []byte, orientation int) []byte {
	out := append([]byte{}, file[:33]...)
	out = append(out, pngChunk("eXIf", exifBlock(orientation))...)
	out = append(out, pngChunk("tEXt", []byte("Comment\x00"+secret))...)
	out = append(out, pngChunk("iTXt", []byte("XML:com.adobe.xmp\x00\x00\x00\x00\x00"+xmp))...)
	return append(append(out, file[33:]...), secret...)
}

func riffChunk(kind string, body []byte) []byte {
	out := binary.LittleEndian.AppendUint32([]byte(kind), uint32(len(body)))
	out = append(out, body...)
	if len(body)%2 != 0 {
		out = append(out, 0)
	}
	return out
}

// withWebPMeta wraps a simple WebP into an extended one with EXIF and XMP.
func withWebPMeta(file []byte, w, h, orientation int) []byte {
	head := []byte{0x0c, 0, 0, 0, byte(w - 1), byte((w - 1) >> 8), 0, byte(h - 1), byte((h - 1) >> 8), 0}
	body := append([]byte("WEBP"), riffChunk("VP8X", head)...)
	for at := 12; at+8 <= len(file); { // picture data alone
		n := int(binary.LittleEndian.Uint32(file[at+4:]))
		end := min(at+8+n+n%2, len(file))
		if kind := string(file[at : at+4]); kind == "VP8 " || kind == "VP8L" {
			body = append(body, file[at:end]...)
		}
		at = end
	}
	body = append(body, riffChunk("EXIF", exifBlock(orientation))...)
	body = append(body, riffChunk("XMP ", []byte(xmp))...)
	return append(binary.LittleEndian.AppendUint32([]byte("RIFF"), uint32(len(body))), body...)
}

// asTIFF writes an uncompressed RGB TIFF with orientation, camera, XMP and GPS.
func asTIFF(img *image.NRGBA, orientation int) []byte {
	w, h := img.Rect.Dx(), img.Rect.Dy()
	le := binary.LittleEndian
	b := []byte("II*\x00\x00\x00\x00\x00")
	strip := uint32(len(b))
	for i := 0; i < len(img.Pix); i += 4 {
		b = append(b, img.Pix[i], img.Pix[i+1], img.Pix[i+2])
	}
	b = append(b, make([]byte, len(b)%2)...)
	bits := uint32(len(b))
	b = append(b, 8, 0, 8, 0, 8, 0)
	camera := uint32(len(b))
	b = append(b, secret+"\x00"...)
	packet := uint32(len(b))
	b = append(b, xmp...)
	b = append(b, make([]byte, len(b)%2)...)
	gps := uint32(len(b))
	b = append(b, 1, 0, 1, 0, 2, 0, 2, 0, 0, 0, 'N', 0, 0, 0, 0, 0, 0, 0)
	le.PutUint32(b[4:], uint32(len(b)))
	entries := [][4]uint32{
		{256, 4, 1, uint32(w)},
		{257, 4, 1, uint32(h)},
		{258, 3, 3, bits},
		{259, 3, 1, 1},
		{262, 3, 1, 2},
		{271, 2, 10, camera},
		{273, 4, 1, strip},
		{274, 3, 1, uint32(orientation)},
		{277, 3, 1, 3},
		{278, 4, 1, uint32(h)},
		{279, 4, 1, uint32(w * h * 3)},
		{700, 1, uint32(len(xmp)), packet},
		{34853, 4, 1, gps},
	}
	b = le.AppendUint16(b, uint16(len(entries)))
	for _, e := range entries {
		b = le.AppendUint16(b, uint16(e[0]))
		b = le.AppendUint16(b, uint16(e[1]))
		b = le.AppendUint32(b, e[2])
		b = le.AppendUint32(b, e[3])
	}
	return le.AppendUint32(b, 0)
}

// shown decodes a variant by way of PNG.
func shown(t *testing.T, v imaging.Variant) image.Image {
	t.Helper()
	data, err := os.ReadFile(v.Path)
	require.NoError(t, err)
	plain, err := bimg.NewImage(data).Process(bimg.Options{Type: bimg.PNG, NoAutoRotate: true, Compression: 1})
	require.NoError(t, err)
	img, err := png.Decode(bytes.NewReader(plain))
	require.NoError(t, err)
	return img
}

// requireColor compares a pixel, within what a lossy format may change.
func requireColor(t *testing.T, want color.NRGBA, got color.Color, tolerance int, what string) {
	t.Helper()
	c := color.NRGBAModel.Convert(got).(color.NRGBA)
	for _, d := range []int{int(c.R) - int(want.R), int(c.G) - int(want.G), int(c.B) - int(want.B), int(c.A) - int(want.A)} {
		if d < -tolerance || d > tolerance {
			require.Failf(t, "wrong color", "%s: want %v, got %v", what, want, c)
		}
	}
}

// asTIFFOf writes TIFF with libvips, uncompressed: no original that could be kept.
func asTIFFOf(t *testing.T, img image.Image) []byte {
	t.Helper()
	out, err := bimg.NewImage(asPNG(t, img)).Process(bimg.Options{Type: bimg.TIFF})
	require.NoError(t, err)
	return out
}

func jpegOf(t *testing.T, img image.Image, quality int) []byte {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, jpeg.Encode(&b, img, &jpeg.Options{Quality: quality}))
	return b.Bytes()
}
