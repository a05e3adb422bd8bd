package codec

import (
	"encoding/binary"
	"math"
)

// jpegKind writes JPEGs that are flat within each block of 8 × 8, which takes
// no transform, with any number of components and either way of coding.
type jpegKind struct {
	adobe       int // the transform in Adobe's segment, -1 for none
	progressive bool
	segments    [][]byte
}

// blocks is a picture seen through panes of 8 × 8 pixels, the last ones cut.
func blocks(w, h int, paint func(u, v float64) [4]float64) raster {
	bw, bh := (w+7)/8, (h+7)/8
	panes := newRaster(bw, bh, paint)
	out := raster{w: w, h: h}
	for y := range h {
		for x := range w {
			out.px = append(out.px, panes.px[y/8*bw+x/8])
		}
	}
	return out
}

// encode takes n components of each pixel as they are to be stored.
func (k jpegKind) encode(r raster, n int) []byte {
	be := binary.BigEndian
	out := []byte{0xff, 0xd8}
	segment := func(marker byte, body ...byte) {
		out = be.AppendUint16(append(out, 0xff, marker), uint16(len(body)+2))
		out = append(out, body...)
	}
	for _, s := range k.segments {
		out = append(out, s...)
	}
	if k.adobe >= 0 {
		segment(0xee, append([]byte("Adobe\x00\x64\x00\x00\x00\x00"), byte(k.adobe))...)
	}
	quant := make([]byte, 65)
	for i := range 64 {
		quant[i+1] = 8 // with which the first coefficient is the value itself
	}
	segment(0xdb, quant...)
	frame := be.AppendUint16([]byte{8}, uint16(r.h))
	frame = append(be.AppendUint16(frame, uint16(r.w)), byte(n))
	for c := range n {
		frame = append(frame, byte(c+1), 0x11, 0)
	}
	sof := byte(0xc0)
	if k.progressive {
		sof = 0xc2
	}
	segment(sof, frame...)
	// Twelve sizes of numbers in four bits each; "nothing more" in one.
	segment(0xc4, 0x00, 0, 0, 0, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11)
	segment(0xc4, 0x10, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
	scan := func(components []int, from, to byte, coded []byte) {
		body := []byte{byte(len(components))}
		for _, c := range components {
			body = append(body, byte(c+1), 0)
		}
		segment(0xda, append(body, from, to, 0)...)
		for _, b := range coded {
			if out = append(out, b); b == 0xff {
				out = append(out, 0)
			}
		}
	}
	all := []int{0, 1, 2, 3}[:n]
	if !k.progressive {
		scan(all, 0, 63, coded(r, all, true))
		return append(out, 0xff, 0xd9)
	}
	scan(all, 0, 0, coded(r, all, false))
	for c := range n {
		count := (r.w + 7) / 8 * ((r.h + 7) / 8)
		var none bits
		for range (count + 7) / 8 * 8 {
			none.add(0, 1)
		}
		scan([]int{c}, 1, 63, none.bytes())
	}
	return append(out, 0xff, 0xd9)
}

// coded is the first coefficients of all blocks, and that no others follow.
func coded(r raster, components []int, rest bool) []byte {
	var out bits
	before := make([]int, 4)
	for y := 0; y < r.h; y += 8 {
		for x := 0; x < r.w; x += 8 {
			for _, c := range components {
				v := int(eight(r.px[y*r.w+x][c])) - 128
				diff := v - before[c]
				before[c] = v
				size := 0
				for m := max(diff, -diff); m > 0; m >>= 1 {
					size++
				}
				out.add(uint64(size), 4)
				if diff < 0 {
					diff += 1<<size - 1
				}
				out.add(uint64(diff), size)
				if rest {
					out.add(0, 1)
				}
			}
		}
	}
	for out.free > 0 {
		out.add(1, 1)
	}
	return out.bytes()
}

// ycc is a colour in the numbers of JFIF.
func ycc(p [4]float64) [4]float64 {
	r, g, b := p[0], p[1], p[2]
	y := 0.299*r + 0.587*g + 0.114*b
	half := 128.0 / 255
	return [4]float64{y, (b-y)/1.772 + half, (r-y)/1.402 + half, p[3]}
}

// inverted is what Adobe's programs store of inks.
func inverted(p [4]float64) [4]float64 {
	for i := range p {
		p[i] = 1 - p[i]
	}
	return p
}

// roughly is what inks without a profile may be taken for: nobody says which
// they are, so this is only good enough to find exchanged or inverted ones.
func roughly(p [4]float64) [4]float64 {
	return [4]float64{(1 - p[0]) * (1 - p[3]), (1 - p[1]) * (1 - p[3]), (1 - p[2]) * (1 - p[3]), 1}
}

// printed is what CMYK inks look like in the profile of the tests (cmykProfile),
// in linear light, for inks that are there or not.
func printed(p [4]float64) [3]float64 {
	inks := [4][3]float64{{0.05, 0.35, 0.7}, {0.75, 0.06, 0.25}, {0.9, 0.8, 0.05}, {0.06, 0.06, 0.06}}
	out := [3]float64{1, 1, 1}
	for i, ink := range inks {
		for c := range out {
			out[c] *= 1 - p[i]*(1-ink[c])
		}
	}
	return out
}

// toLab is linear sRGB as CIELAB under D50, as profiles have it.
func toLab(linear [3]float64) [3]float64 {
	var f [3]float64
	for row, white := range [3]float64{0.9642, 1, 0.8249} {
		v := (srgb[0][row]*linear[0] + srgb[1][row]*linear[1] + srgb[2][row]*linear[2]) / white
		if f[row] = math.Cbrt(v); v <= 216.0/24389 {
			f[row] = (24389.0/27*v + 16) / 116
		}
	}
	return [3]float64{116*f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])}
}

// cmykProfile is a printer's table of two steps for each ink, under the given
// names: A2B0 is for the perceptual intent, A2B1 for the relative one.
func cmykProfile(names ...string) []byte {
	be := binary.BigEndian
	table := []byte{'m', 'f', 't', '2', 0, 0, 0, 0, 4, 3, 2, 0}
	for i := range 9 {
		v := uint32(0)
		if i%4 == 0 {
			v = 1 << 16
		}
		table = be.AppendUint32(table, v)
	}
	table = append(table, 0, 2, 0, 2)
	for range 4 {
		table = append(table, 0, 0, 0xff, 0xff)
	}
	for node := range 16 {
		lab := toLab(printed([4]float64{float64(node >> 3 & 1), float64(node >> 2 & 1), float64(node >> 1 & 1), float64(node & 1)}))
		table = be.AppendUint16(table, uint16(math.Round(lab[0]*0xff00/100)))
		table = be.AppendUint16(table, uint16(math.Round((lab[1]+128)*256)))
		table = be.AppendUint16(table, uint16(math.Round((lab[2]+128)*256)))
	}
	for range 3 {
		table = append(table, 0, 0, 0xff, 0xff)
	}
	tags := []profileTag{{"wtpt", xyzTag([3]float64{0.9642, 1, 0.8249})}}
	for _, name := range names {
		tags = append(tags, profileTag{name, table})
	}
	return assembleProfile("prtrCMYKLab ", 2, tags)
}
