package imaging_test

import (
	"bufio"
	"bytes"
	"compress/flate"
	"encoding/binary"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Files that claim more than they hold, or hold more than they show. They are
// written in pieces: a test that needs the memory it denies proves nothing.

func be16(v ...int) (out []byte) {
	for _, n := range v {
		out = binary.BigEndian.AppendUint16(out, uint16(n))
	}
	return out
}

func be32(v ...int) (out []byte) {
	for _, n := range v {
		out = binary.BigEndian.AppendUint32(out, uint32(n))
	}
	return out
}

func le16(v ...int) (out []byte) {
	for _, n := range v {
		out = binary.LittleEndian.AppendUint16(out, uint16(n))
	}
	return out
}

func le32(v ...int) (out []byte) {
	for _, n := range v {
		out = binary.LittleEndian.AppendUint32(out, uint32(n))
	}
	return out
}

func join(parts ...any) []byte {
	var b bytes.Buffer
	for _, p := range parts {
		switch p := p.(type) {
		case string:
			b.WriteString(p)
		case []byte:
			b.Write(p)
		}
	}
	return b.Bytes()
}

// file writes a test's file through a buffer and gives its path.
func file(t testing.TB, write func(w io.Writer)) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "source")
	f, err := os.Create(path)
	require.NoError(t, err)
	b := bufio.NewWriter(f)
	write(b)
	require.NoError(t, b.Flush())
	require.NoError(t, f.Close())
	return path
}

func whole(t testing.TB, b []byte) string {
	t.Helper()
	return file(t, func(w io.Writer) { _, _ = w.Write(b) })
}

// zeros is a zlib stream of n bytes of zero, of a thousandth of that length,
// made without compressing each of them: past the first block all are alike.
func zeros(t testing.TB, n int64) []byte {
	t.Helper()
	const step = 1 << 20
	var b bytes.Buffer
	b.Write([]byte{0x78, 0x9c})
	w, err := flate.NewWriter(&b, flate.BestCompression)
	require.NoError(t, err)
	add := func(n int64) []byte {
		from := b.Len()
		_, err := w.Write(make([]byte, n))
		require.NoError(t, err)
		require.NoError(t, w.Flush())
		return bytes.Clone(b.Bytes()[from:])
	}
	first := n % step
	add(first)
	if n >= 3*step {
		add(step)
		again := add(step)
		b.Write(bytes.Repeat(again, int(n/step)-2))
	} else {
		add(n - first)
	}
	b.Write([]byte{1, 0, 0, 0xff, 0xff}) // the last block, empty
	b.Write(be32(int((n%65521)<<16 | 1)))
	return b.Bytes()
}

func pngChunk(kind string, body []byte) []byte {
	out := join(be32(len(body)), kind, body)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(out[4:]))
}

// blackPNG is a true one of a single colour, in rows of the given bytes each.
func blackPNG(t testing.TB, w, h, depth, kind, interlace int, row int64, chunks ...[]byte) []byte {
	t.Helper()
	return join("\x89PNG\r\n\x1a\n", pngChunk("IHDR", join(be32(w, h), []byte{byte(depth), byte(kind), 0, 0, byte(interlace)})),
		bytes.Join(chunks, nil), pngChunk("IDAT", zeros(t, (row+1)*int64(h))), pngChunk("IEND", nil))
}

// claim changes the size in the frame header of a JPEG.
func claim(jpeg []byte, w, h int) []byte {
	out := bytes.Clone(jpeg)
	for at := 2; at+9 < len(out); at += 2 + int(binary.BigEndian.Uint16(out[at+2:])) {
		if out[at+1] >= 0xc0 && out[at+1] <= 0xc2 {
			copy(out[at+5:], be16(h, w))
			return out
		}
	}
	panic("a JPEG without a frame")
}

// gifBlocks is a GIF of 1 × 1 with something repeated in front of its trailer.
func gifOf(t testing.TB, block string, n int, end string) string {
	t.Helper()
	return file(t, func(w io.Writer) {
		_, _ = io.WriteString(w, "GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff")
		for range n {
			_, _ = io.WriteString(w, block)
		}
		_, _ = io.WriteString(w, end)
	})
}

// gifFrame is one pixel.
const gifFrame = ",\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00"

type ifdEntry struct{ tag, kind, count, value int }

// tiffOf is a little-endian TIFF: data from byte 8, then one directory.
func tiffOf(data []byte, next int, entries ...ifdEntry) []byte {
	if len(data)%2 != 0 {
		data = append(data, 0)
	}
	out := join("II*\x00", le32(8+len(data)), data, le16(len(entries)))
	for _, e := range entries {
		out = join(out, le16(e.tag, e.kind), le32(e.count))
		if e.kind == 3 && e.count == 1 {
			out = join(out, le16(e.value, 0))
		} else {
			out = join(out, le32(e.value))
		}
	}
	return join(out, le32(next))
}

// pageOf describes a page of one strip that begins at byte 8.
func pageOf(w, h, bits, samples, compression, length int, more ...ifdEntry) []ifdEntry {
	return append([]ifdEntry{
		{256, 4, 1, w},
		{257, 4, 1, h},
		{258, 3, 1, bits},
		{259, 3, 1, compression},
		{262, 3, 1, 1},
		{273, 4, 1, 8},
		{277, 3, 1, samples},
		{278, 4, 1, h},
		{279, 4, 1, length},
	}, more...)
}

func box(kind string, parts ...any) []byte {
	body := join(parts...)
	return join(be32(len(body)+8), kind, body)
}

// heifOf is a HEIF file whose items have the given types, from number 1, and
// all share all properties. more goes into its meta box.
func heifOf(kinds []string, properties [][]byte, more ...[]byte) []byte {
	var infe, ipma []byte
	for i, kind := range kinds {
		infe = join(infe, box("infe", []byte{2, 0, 0, 0}, be16(i+1, 0), kind, "\x00"))
		ipma = join(ipma, be16(i+1), []byte{byte(len(properties))})
		for n := range properties {
			ipma = append(ipma, byte(n+1))
		}
	}
	return join(box("ftyp", "heic", be32(0), "mif1heic"), box("meta", be32(0),
		box("hdlr", be32(0, 0), "pict", be32(0, 0, 0), "\x00"), box("pitm", be32(0), be16(1)),
		box("iinf", be32(0), be16(len(kinds)), infe),
		box("iprp", box("ipco", bytes.Join(properties, nil)), box("ipma", be32(0, len(kinds)), ipma)),
		bytes.Join(more, nil)), box("mdat", strings.Repeat("x", 256)))
}

func ispe(w, h int) []byte { return box("ispe", be32(0, w, h)) }

// refs is a reference of one item to others.
func refs(kind string, from int, to ...int) []byte {
	return box(kind, be16(from, len(to)), be16(to...))
}

// gridAt is the data of a grid, in idat, and the place of the items from 1 that share it.
func gridAt(items, rows, columns, w, h int) []byte {
	grid := join("\x00\x00", []byte{byte(rows - 1), byte(columns - 1)}, be16(w, h))
	var places []byte
	for i := range items {
		places = join(places, be16(i+1, 1, 0, 1), be32(0, len(grid)))
	}
	return join(box("iloc", []byte{1, 0, 0, 0}, be16(0x4400, items), places), box("idat", grid))
}

func riffChunk(kind string, body []byte) []byte {
	return join(kind, le32(len(body)), body, make([]byte, len(body)%2))
}

func webpOf(chunks ...[]byte) []byte {
	body := bytes.Join(chunks, nil)
	return join("RIFF", le32(len(body)+4), "WEBP", body)
}

func vp8x(flags byte, w, h int) []byte {
	return riffChunk("VP8X", join([]byte{flags, 0, 0, 0}, le32(w - 1)[:3], le32(h - 1)[:3]))
}

// scans is a progressive JPEG in grey that is whole after its first scan, and
// then goes over all its blocks n times more, to say in a hundred bytes that
// there is nothing to add. No decoder has a reason to warn of anything.
func scans(t testing.TB, side, n int) string {
	t.Helper()
	blocks := (side + 7) / 8 * ((side + 7) / 8)
	table := func(class, symbol byte) []byte { // one code of one bit, 0
		return join("\xff\xc4", be16(2+1+16+1), []byte{class << 4, 1}, make([]byte, 15), []byte{symbol})
	}
	scan := func(from, to byte, data []byte) []byte {
		return join("\xff\xda", be16(8), []byte{1, 1, 0, from, to, 0}, data)
	}
	var nothing bitWriter
	for left := blocks; left > 0; {
		run := min(left, 1<<15-1)
		nothing.add(0, 1)                    // the code of a run of 2^14 blocks
		nothing.add(max(run-(1<<14), 0), 14) // and how many more
		left -= run
	}
	return file(t, func(w io.Writer) {
		_, _ = w.Write(join("\xff\xd8\xff\xdb", be16(67), "\x00", bytes.Repeat([]byte{1}, 64),
			"\xff\xc2", be16(11), "\x08", be16(side, side), "\x01\x01\x11\x00", table(0, 0), table(1, 0xe0)))
		_, _ = w.Write(scan(0, 0, make([]byte, (blocks+7)/8)))
		again := scan(1, 63, nothing.bytes())
		for range n {
			_, _ = w.Write(again)
		}
		_, _ = w.Write([]byte("\xff\xd9"))
	})
}

// bitWriter puts codes together as JPEG has them, the first bit in the highest.
type bitWriter struct {
	out  []byte
	bits int
	n    int
}

func (b *bitWriter) add(v, n int) {
	for n--; n >= 0; n-- {
		b.bits = b.bits<<1 | v>>n&1
		if b.n++; b.n == 8 {
			if b.out = append(b.out, byte(b.bits)); byte(b.bits) == 0xff {
				b.out = append(b.out, 0)
			}
			b.bits, b.n = 0, 0
		}
	}
}

func (b *bitWriter) bytes() []byte {
	for b.n != 0 {
		b.add(1, 1)
	}
	return b.out
}

// manyStrips is a grey column of one pixel, each in a strip of its own.
func manyStrips(t testing.TB, n int) string {
	t.Helper()
	data := make([]byte, 8*n)
	for i := range n {
		binary.LittleEndian.PutUint32(data[4*i:], 8)
		binary.LittleEndian.PutUint32(data[4*(n+i):], 1)
	}
	return whole(t, tiffOf(data, 0, ifdEntry{256, 4, 1, 1}, ifdEntry{257, 4, 1, n}, ifdEntry{258, 3, 1, 8}, ifdEntry{259, 3, 1, 1},
		ifdEntry{262, 3, 1, 1}, ifdEntry{273, 4, n, 8}, ifdEntry{277, 3, 1, 1}, ifdEntry{278, 4, 1, 1}, ifdEntry{279, 4, n, 8 + 4*n}))
}

// manyPages chains directories that all show the same 8 × 8 pixels.
func manyPages(t testing.TB, n int) string {
	t.Helper()
	one := tiffOf(make([]byte, 64), 0, pageOf(8, 8, 8, 1, 1, 64)...)
	directory := one[72 : len(one)-4]
	return file(t, func(w io.Writer) {
		_, _ = w.Write(one[:72])
		for i := range n {
			_, _ = w.Write(directory)
			next := 0
			if i < n-1 {
				next = 72 + (i+1)*(len(directory)+4)
			}
			_, _ = w.Write(le32(next))
		}
	})
}

// packedStrip is 25 megapixels of 16 bits and four channels in a single strip
// of Deflate, which a decoder must unpack whole: 200 MB.
func packedStrip(t testing.TB) string {
	t.Helper()
	data := zeros(t, 5000*5000*8)
	for len(data)%2 != 0 {
		data = append(data, 0)
	}
	page := pageOf(5000, 5000, 16, 4, 8, len(data), ifdEntry{338, 3, 1, 2})
	page[2] = ifdEntry{258, 3, 4, 8 + len(data)}
	page[4].value = 2
	return whole(t, tiffOf(join(data, le16(16, 16, 16, 16)), 0, page...))
}

// maskBomb names a million masks for the picture, and gives the mask ten
// thousand properties of which none says that it is one.
func maskBomb(t testing.TB) string {
	t.Helper()
	name := box("auxC", be32(0), strings.Repeat("x", 60_000))
	uses := join(be16(1), []byte{1, 1})
	for range 40 {
		uses = join(uses, be16(2), []byte{255}, bytes.Repeat([]byte{2}, 255))
	}
	masks := bytes.Repeat(refs("auxl", 2, slices.Repeat([]int{1}, 60_000)...), 20)
	meta := box("meta", be32(0), box("pitm", be32(0), be16(1)),
		box("iinf", be32(0), be16(2), box("infe", []byte{2, 0, 0, 0}, be16(1, 0), "hvc1\x00"), box("infe", []byte{2, 0, 0, 0}, be16(2, 0), "hvc1\x00")),
		box("iprp", box("ipco", ispe(64, 64), name), box("ipma", be32(0, 41), uses)), box("iref", be32(0), masks))
	return whole(t, join(box("ftyp", "heic", be32(0), "mif1heic"), meta))
}

// flatWebP is a lossless one of a single colour: five codes of one symbol
// each, which take no bit for any pixel.
func flatWebP(w, h int) []byte {
	bits := uint64(w-1) | uint64(h-1)<<14
	body := join([]byte{0x2f}, le32(int(bits)))
	// No transform, no colour cache, no groups of codes; then five simple codes
	// of one symbol of one bit: 1, 0, 0, 0.
	stream, n := uint64(0), 3
	for range 5 {
		stream |= 1 << n
		n += 4
	}
	return webpOf(riffChunk("VP8L", binary.LittleEndian.AppendUint64(body, stream)))
}
