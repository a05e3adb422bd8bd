package imageinfo

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"testing"

	"github.com/stretchr/testify/require"
)

// head is a header as most of these files have it.
func head(format Format, width, height, frames, orientation, depth int, color Color, alpha, animated, icc bool) Header {
	return Header{
		Format: format, Width: width, Height: height, Frames: frames, Orientation: orientation, BitDepth: depth,
		Color: color, Alpha: alpha, Animated: animated, HasICC: icc,
	}
}

func picture(w, h int) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	for i := range img.Pix {
		img.Pix[i] = uint8(i * 7)
		if i%4 == 3 {
			img.Pix[i] = 255
		}
	}
	return img
}

func jpegFile(t testing.TB, w, h int) []byte {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, jpeg.Encode(&b, picture(w, h), nil))
	return b.Bytes()
}

func jpegWith(file []byte, segments ...[]byte) []byte {
	return bytes.Join([][]byte{file[:2], bytes.Join(segments, nil), file[2:]}, nil)
}

func segment(marker byte, body string) []byte {
	return append(binary.BigEndian.AppendUint16([]byte{0xff, marker}, uint16(len(body)+2)), body...)
}

// exif is a block with nothing but an orientation.
func exif(order binary.ByteOrder, orientation int) string {
	app := order.(binary.AppendByteOrder)
	b := []byte("II")
	if order == binary.BigEndian {
		b = []byte("MM")
	}
	b = app.AppendUint16(b, 42)
	b = app.AppendUint32(b, 8)
	b = app.AppendUint16(b, 1)
	b = app.AppendUint16(b, tagOrientation)
	b = app.AppendUint16(b, 3)
	b = app.AppendUint32(b, 1)
	b = app.AppendUint16(b, uint16(orientation))
	b = app.AppendUint16(b, 0)
	return string(app.AppendUint32(b, 0))
}

func pngFile(t testing.TB, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, png.Encode(&b, img))
	return b.Bytes()
}

func pngChunk(kind, body string) []byte {
	out := binary.BigEndian.AppendUint32(nil, uint32(len(body)))
	out = append(append(out, kind...), body...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(out[4:]))
}

func pngWith(file []byte, chunks ...[]byte) []byte {
	return bytes.Join([][]byte{file[:33], bytes.Join(chunks, nil), file[33:]}, nil)
}

func gifFile(t testing.TB, frames int) []byte {
	t.Helper()
	g := &gif.GIF{}
	for range frames {
		g.Image = append(g.Image, image.NewPaletted(image.Rect(0, 0, 30, 20), color.Palette{color.NRGBA{}, color.White}))
		g.Delay = append(g.Delay, 4)
	}
	var b bytes.Buffer
	require.NoError(t, gif.EncodeAll(&b, g))
	return b.Bytes()
}

func riffChunk(kind, body string) []byte {
	out := binary.LittleEndian.AppendUint32([]byte(kind), uint32(len(body)))
	return append(append(out, body...), make([]byte, len(body)%2)...)
}

func webpFile(chunks ...[]byte) []byte {
	body := append([]byte("WEBP"), bytes.Join(chunks, nil)...)
	return append(binary.LittleEndian.AppendUint32([]byte("RIFF"), uint32(len(body))), body...)
}

func vp8(w, h int) []byte {
	b := []byte{0x10, 0, 0, 0x9d, 0x01, 0x2a}
	b = binary.LittleEndian.AppendUint16(b, uint16(w))
	return riffChunk("VP8 ", string(binary.LittleEndian.AppendUint16(b, uint16(h)))+"data")
}

func vp8l(w, h int, alpha bool) []byte {
	bits := uint32(w-1) | uint32(h-1)<<14
	if alpha {
		bits |= 1 << 28
	}
	return riffChunk("VP8L", string(binary.LittleEndian.AppendUint32([]byte{0x2f}, bits))+"data")
}

func vp8x(flags byte, w, h int) []byte {
	return riffChunk("VP8X", string([]byte{flags, 0, 0, 0, byte(w - 1), byte((w - 1) >> 8), 0, byte(h - 1), byte((h - 1) >> 8), 0}))
}

type tag struct {
	id, kind uint16
	count    uint32
	value    uint32
}

// tiffBytes has one page with a strip of 600 bytes, at 8, and more tags.
func tiffBytes(order binary.ByteOrder, tags ...tag) []byte {
	app := order.(binary.AppendByteOrder)
	b := []byte("II")
	if order == binary.BigEndian {
		b = []byte("MM")
	}
	b = app.AppendUint16(b, 42)
	b = app.AppendUint32(b, 608)
	b = append(b, make([]byte, 600)...)
	all := append([]tag{
		{tagImageWidth, 3, 1, 20},
		{tagImageLength, 4, 1, 10},
		{tagPhotometric, 3, 1, 2},
		{tagStripOffsets, 4, 1, 8},
		{tagSamplesPerPixel, 3, 1, 3},
		{tagStripByteCounts, 4, 1, 600},
	}, tags...)
	b = app.AppendUint16(b, uint16(len(all)))
	for _, e := range all {
		b = app.AppendUint16(b, e.id)
		b = app.AppendUint16(b, e.kind)
		b = app.AppendUint32(b, e.count)
		if e.kind == 3 && e.count == 1 {
			b = app.AppendUint16(b, uint16(e.value))
			b = app.AppendUint16(b, 0)
		} else {
			b = app.AppendUint32(b, e.value)
		}
	}
	return app.AppendUint32(b, 0)
}

func bigTIFFFile() []byte {
	le := binary.LittleEndian
	b := append([]byte("II+\x00\x08\x00\x00\x00"), 16, 0, 0, 0, 0, 0, 0, 0)
	entries := [][3]uint64{{tagImageWidth, 4, 33}, {tagImageLength, 4, 22}, {tagBitsPerSample, 3, 16}, {tagPhotometric, 3, 1}, {tagStripOffsets, 16, 4}, {tagStripByteCounts, 16, 9}}
	b = le.AppendUint64(b, uint64(len(entries)))
	for _, e := range entries {
		b = le.AppendUint16(b, uint16(e[0]))
		b = le.AppendUint16(b, uint16(e[1]))
		b = le.AppendUint64(b, 1)
		b = le.AppendUint64(b, e[2])
	}
	return le.AppendUint64(b, 0)
}

func box(kind string, parts ...string) string {
	body := string(bytes.Join(bytesOf(parts), nil))
	return string(binary.BigEndian.AppendUint32(nil, uint32(len(body)+8))) + kind + body
}

func bytesOf(parts []string) (out [][]byte) {
	for _, p := range parts {
		out = append(out, []byte(p))
	}
	return out
}

func be(n int, values ...int) string {
	var out []byte
	for _, v := range values {
		out = append(out, binary.BigEndian.AppendUint32(nil, uint32(v))[4-n:]...)
	}
	return string(out)
}

// heifItem is one item of a HEIF file, with the numbers of its properties.
type heifItem struct {
	id    int
	kind  string
	props []byte
}

// heifFile describes its items, the first of which is the primary one.
func heifFile(brand string, items []heifItem, props []string, more ...string) []byte {
	infe, ipma := "", be(4, 0, len(items))
	for _, it := range items {
		infe += box("infe", be(1, 2, 0, 0, 0), be(2, it.id, 0), it.kind, "\x00")
		ipma += be(2, it.id) + be(1, len(it.props)) + string(it.props)
	}
	ipco := ""
	for _, p := range props {
		ipco += p
	}
	meta := box("meta", append([]string{
		be(4, 0), box("pitm", be(4, 0), be(2, items[0].id)), box("iinf", be(4, 0), be(2, len(items)), infe),
		box("iprp", box("ipco", ipco), box("ipma", ipma)),
	}, more...)...)
	return []byte(box("ftyp", brand, be(4, 0), "mif1", brand) + meta + box("mdat", "data"))
}

func ispe(w, h int) string { return box("ispe", be(4, 0, w, h)) }

func simpleHEIF(brand, kind string, props ...string) []byte {
	numbers := make([]byte, len(props))
	for i := range numbers {
		numbers[i] = byte(i + 1)
	}
	return heifFile(brand, []heifItem{{id: 1, kind: kind, props: numbers}}, props)
}

// gridHEIF is a phone's photo: a grid of 2 × 3 tiles of 512 pixels, turned a
// quarter, with a thumbnail and an alpha mask.
func gridHEIF(width, height, rows, columns int) []byte {
	items := []heifItem{{1, "grid", []byte{1, 3}}}
	refs := ""
	for i := range 6 {
		items = append(items, heifItem{10 + i, "hvc1", []byte{2, 4}})
		refs += be(2, 10+i)
	}
	items = append(items, heifItem{20, "hvc1", []byte{2, 5}})
	props := []string{
		ispe(1500, 1000), ispe(512, 512), box("irot", "\x03"), box("pixi", be(4, 0), "\x03\x08\x08\x08"),
		box("auxC", be(4, 0), "urn:mpeg:hevc:2015:auxid:1\x00"),
	}
	iref := box("iref", be(4, 0), box("dimg", be(2, 1, 6), refs), box("auxl", be(2, 20, 1, 1)))
	grid := "\x00\x00" + be(1, rows-1, columns-1) + be(2, width, height)
	iloc := box("iloc", be(1, 1, 0, 0, 0), be(2, 0x4400), be(2, 1), be(2, 1, 1, 0), be(2, 1), be(4, 0, len(grid)))
	return heifFile("heic", items, props, iref, iloc, box("idat", grid))
}
