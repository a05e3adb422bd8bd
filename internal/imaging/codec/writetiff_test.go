package codec

import (
	"encoding/binary"
	"math"
	"testing"
)

// tiffKind is one of the many ways to store pixels in a TIFF.
type tiffKind struct {
	order       binary.ByteOrder // little endian if nil
	photometric uint16           // 0 white is zero, 1 black is zero, 2 RGB, 3 palette, 5 CMYK, 8 Lab
	bits        int              // of a specimen
	float       bool             // samples are floating point
	extra       uint16           // 0 no alpha, 1 colours multiplied by it, 2 not
	planar      bool             // a plane for each channel
	tiled       bool             // tiles of 32 × 16
	deflate     bool
	orientation uint16 // 1 if 0
	palette     [][4]float64
	icc         []byte
	pages       int // 1 if 0; the others are the first one again, white and black exchanged
}

// samples are the channels of a pixel as they are stored, from 0 to 1.
func (k tiffKind) samples(t testing.TB, p [4]float64) []float64 {
	t.Helper()
	var out []float64
	switch k.photometric {
	case 0:
		out = []float64{1 - p[0]}
	case 1:
		out = []float64{p[0]}
	case 3:
		out = []float64{float64(indexOf(t, k.palette, p)) / (math.Exp2(float64(k.bits)) - 1)}
	case 5:
		out = []float64{p[0], p[1], p[2], p[3]}
	default:
		out = []float64{p[0], p[1], p[2]}
	}
	if k.extra == 1 {
		for i := range out {
			out[i] *= p[3]
		}
	}
	if k.extra > 0 {
		out = append(out, p[3])
	}
	return out
}

func (k tiffKind) encode(t testing.TB, r raster) []byte {
	t.Helper()
	if k.order == nil {
		k.order = binary.LittleEndian
	}
	w := tiffWriter{kind: k, order: k.order, out: []byte("II*\x00\x00\x00\x00\x00")}
	if k.order == binary.BigEndian {
		w.out = []byte("MM\x00*\x00\x00\x00\x00")
	}
	link := 4
	for range max(1, k.pages) {
		link = w.page(t, r, link)
		r = r.each(func(p [4]float64) [4]float64 { return [4]float64{1 - p[0], 1 - p[1], 1 - p[2], p[3]} })
	}
	return w.out
}

type tiffWriter struct {
	kind  tiffKind
	order binary.ByteOrder
	out   []byte
}

// page adds a picture, to be found through the offset at link, and returns
// where the offset of the next one belongs.
func (w *tiffWriter) page(t testing.TB, r raster, link int) int {
	t.Helper()
	k := w.kind
	samples := len(k.samples(t, r.px[0]))
	parts, rows := w.parts(t, r, samples)
	var offsets, counts []uint32
	for _, part := range parts {
		if k.deflate {
			part = deflated(t, part)
		}
		offsets, counts = append(offsets, w.put(part)), append(counts, uint32(len(part)))
	}
	orientation, compression, config := max(1, k.orientation), uint32(1), uint32(1)
	if k.deflate {
		compression = 8
	}
	if k.planar {
		config = 2
	}
	d := directory{w: w}
	d.add(256, 4, uint32(r.w))
	d.add(257, 4, uint32(r.h))
	d.add(258, 3, repeat(uint32(k.bits), samples)...)
	d.add(259, 3, compression)
	d.add(262, 3, uint32(k.photometric))
	if !k.tiled {
		d.add(273, 4, offsets...)
	}
	d.add(274, 3, uint32(orientation))
	d.add(277, 3, uint32(samples))
	if !k.tiled {
		d.add(278, 4, uint32(rows))
		d.add(279, 4, counts...)
	}
	d.add(284, 3, config)
	if k.photometric == 3 {
		d.add(320, 3, w.colorMap()...)
	}
	if k.tiled {
		d.add(322, 4, 32)
		d.add(323, 4, 16)
		d.add(324, 4, offsets...)
		d.add(325, 4, counts...)
	}
	if k.photometric == 5 {
		d.add(332, 3, 1)
	}
	if k.extra > 0 {
		d.add(338, 3, uint32(k.extra))
	}
	if k.float {
		d.add(339, 3, repeat(3, samples)...)
	}
	if k.icc != nil {
		d.raw(34675, 7, uint32(len(k.icc)), w.put(k.icc))
	}
	return d.finish(link)
}

// parts are the strips or tiles, of one plane after the other where planes are apart.
func (w *tiffWriter) parts(t testing.TB, r raster, samples int) (parts [][]byte, rows int) {
	t.Helper()
	k, rows := w.kind, (r.h+2)/3
	width, height := r.w, rows
	if k.tiled {
		width, height = 32, 16
	}
	planes := [][]int{[]int{0, 1, 2, 3, 4}[:samples]}
	if k.planar {
		planes = nil
		for c := range samples {
			planes = append(planes, []int{c})
		}
	}
	for _, channels := range planes {
		for top := 0; top < r.h; top += height {
			for left := 0; left < r.w; left += width {
				bottom := min(top+height, r.h)
				if k.tiled {
					bottom = top + height
				}
				var part []byte
				for y := top; y < bottom; y++ {
					part = append(part, w.row(t, r, channels, min(y, r.h-1), left, left+width)...)
				}
				parts = append(parts, part)
			}
		}
	}
	return parts, rows
}

func (w *tiffWriter) row(t testing.TB, r raster, channels []int, y, left, right int) []byte {
	t.Helper()
	var packed bits
	var whole []byte
	for x := left; x < right; x++ {
		samples := w.kind.samples(t, r.px[y*r.w+min(x, r.w-1)])
		for _, c := range channels {
			v := samples[c]
			switch {
			case w.kind.float:
				whole = w.append32(whole, math.Float32bits(float32(v)))
			case w.kind.bits == 32:
				whole = w.append32(whole, uint32(level(v, 32)))
			case w.kind.bits == 16:
				whole = w.append16(whole, uint16(level(v, 16)))
			default:
				packed.add(level(v, w.kind.bits), w.kind.bits)
			}
		}
	}
	return append(whole, packed.bytes()...)
}

func (w *tiffWriter) append16(b []byte, v uint16) []byte {
	b = append(b, 0, 0)
	w.order.PutUint16(b[len(b)-2:], v)
	return b
}

func (w *tiffWriter) append32(b []byte, v uint32) []byte {
	b = append(b, 0, 0, 0, 0)
	w.order.PutUint32(b[len(b)-4:], v)
	return b
}

// put stores bytes at an even offset, which it returns.
func (w *tiffWriter) put(b []byte) uint32 {
	at := len(w.out)
	w.out = append(append(w.out, b...), make([]byte, len(b)%2)...)
	return uint32(at)
}

func (w *tiffWriter) colorMap() []uint32 {
	n := 1 << w.kind.bits
	out := make([]uint32, 3*n)
	for i, c := range w.kind.palette {
		for channel := range 3 {
			out[channel*n+i] = uint32(level(c[channel], 16))
		}
	}
	return out
}

func repeat(v uint32, n int) []uint32 {
	out := make([]uint32, n)
	for i := range out {
		out[i] = v
	}
	return out
}

// directory collects entries, which must come in the order of their tags.
type directory struct {
	w       *tiffWriter
	entries []byte
	count   uint16
}

// add stores numbers of 16 (kind 3) or 32 bits (kind 4).
func (d *directory) add(tag, kind uint16, values ...uint32) {
	var b []byte
	for _, v := range values {
		if kind == 3 {
			b = d.w.append16(b, uint16(v))
		} else {
			b = d.w.append32(b, v)
		}
	}
	if len(b) > 4 {
		d.raw(tag, kind, uint32(len(values)), d.w.put(b))
		return
	}
	d.head(tag, kind, uint32(len(values)))
	d.entries = append(d.entries, append(b, 0, 0, 0, 0)[:4]...)
}

func (d *directory) raw(tag, kind uint16, count, value uint32) {
	d.head(tag, kind, count)
	d.entries = d.w.append32(d.entries, value)
}

func (d *directory) head(tag, kind uint16, count uint32) {
	d.count++
	d.entries = d.w.append16(d.w.append16(d.entries, tag), kind)
	d.entries = d.w.append32(d.entries, count)
}

func (d *directory) finish(link int) int {
	body := append(d.w.append16(nil, d.count), d.entries...)
	at := d.w.put(append(body, 0, 0, 0, 0))
	d.w.order.PutUint32(d.w.out[link:], at)
	return int(at) + len(body)
}
