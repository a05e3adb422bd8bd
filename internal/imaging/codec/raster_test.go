package codec

import (
	"image"
	"image/color"
	"math"
)

// raster is a picture the tests draw: red, green, blue and alpha from 0 to 1,
// in the numbers of whatever colour space the file claims.
type raster struct {
	w, h int
	px   [][4]float64
}

func newRaster(w, h int, paint func(u, v float64) [4]float64) raster {
	r := raster{w: w, h: h, px: make([][4]float64, 0, w*h)}
	for y := range h {
		for x := range w {
			r.px = append(r.px, paint((float64(x)+0.5)/float64(w), (float64(y)+0.5)/float64(h)))
		}
	}
	return r
}

// slopes is a picture of slow gradients, another one whichever way it is
// turned, in colours that every colour space has.
func slopes(w, h int, alpha bool) raster {
	return newRaster(w, h, func(u, v float64) [4]float64 {
		a := 1.0
		if alpha {
			a = 0.2 + 0.8*v
		}
		return [4]float64{0.25 + 0.45*u, 0.3 + 0.4*v, 0.35 + 0.25*u*(1-v), a}
	})
}

// mosaic is a picture of n flat fields, 2, 4, 16 or 256, in the given colours.
func mosaic(w, h int, colors [][4]float64) raster {
	return newRaster(w, h, func(u, v float64) [4]float64 { return colors[field(u, v, len(colors))] })
}

// field numbers the fields; two of them are an F, which has no symmetry.
func field(u, v float64, n int) int {
	if n == 2 {
		if u < 0.3 || v < 0.3 || (v > 0.45 && v < 0.7 && u < 0.7) {
			return 1
		}
		return 0
	}
	side := int(math.Sqrt(float64(n)))
	return int(v*float64(side))*side + int(u*float64(side))
}

// ramp is n colours, from dark to light.
func ramp(n int, gray, alpha bool) [][4]float64 {
	out := make([][4]float64, n)
	for i := range out {
		v, a := float64(i)/float64(n-1), 1.0
		if alpha && i%3 == 1 {
			a = 0.4
		}
		if out[i] = [4]float64{v, v, v, a}; !gray {
			out[i] = [4]float64{0.2 + 0.7*v, 0.8 - 0.5*v, 0.3 + 0.4*math.Abs(v-0.5), a}
		}
	}
	return out
}

// each maps the pixels.
func (r raster) each(f func(p [4]float64) [4]float64) raster {
	out := raster{w: r.w, h: r.h, px: make([][4]float64, len(r.px))}
	for i, p := range r.px {
		out.px[i] = f(p)
	}
	return out
}

// quantized rounds to what a number of bits can tell.
func (r raster) quantized(bits int) raster {
	top := float64(uint64(1)<<bits - 1)
	return r.each(func(p [4]float64) [4]float64 {
		for i := range p {
			p[i] = math.Round(p[i]*top) / top
		}
		return p
	})
}

// gray leaves one number a pixel, three times.
func (r raster) gray() raster {
	return r.each(func(p [4]float64) [4]float64 { return [4]float64{p[1], p[1], p[1], p[3]} })
}

// stored is what a camera held in an EXIF orientation stores of an upright picture.
func (r raster) stored(orientation int) raster {
	w, h := r.w, r.h
	if orientation >= 5 {
		w, h = h, w
	}
	out := raster{w: w, h: h, px: make([][4]float64, 0, w*h)}
	for y := range h {
		for x := range w {
			out.px = append(out.px, r.px[uprightIndex(orientation, x, y, r.w, r.h)])
		}
	}
	return out
}

// uprightIndex is where the stored pixel x, y is seen in a picture of w × h.
func uprightIndex(orientation, x, y, w, h int) int {
	switch orientation {
	case 2:
		x = w - 1 - x
	case 3:
		x, y = w-1-x, h-1-y
	case 4:
		y = h - 1 - y
	case 5:
		x, y = y, x
	case 6:
		x, y = w-1-y, x
	case 7:
		x, y = w-1-y, h-1-x
	case 8:
		x, y = y, h-1-x
	}
	return y*w + x
}

// image is the raster's numbers as 8-bit sRGB, by way of a colour space.
func (r raster) image(space func(p [3]float64) [3]float64) *image.NRGBA {
	out := image.NewNRGBA(image.Rect(0, 0, r.w, r.h))
	for i, p := range r.px {
		c := [3]float64{p[0], p[1], p[2]}
		if space != nil {
			c = space(c)
		}
		copy(out.Pix[i*4:], []byte{eight(c[0]), eight(c[1]), eight(c[2]), eight(p[3])})
	}
	return out
}

func eight(v float64) byte { return byte(math.Round(255 * min(max(v, 0), 1))) }

// shrunk is a picture at another size, each pixel the mean of the area it
// stands for, colours weighted by alpha.
func shrunk(img *image.NRGBA, w, h int) *image.NRGBA {
	size := img.Bounds().Size()
	if size == image.Pt(w, h) {
		return img
	}
	out := image.NewNRGBA(image.Rect(0, 0, w, h))
	columns, rows := shares(size.X, w), shares(size.Y, h)
	for y := range h {
		for x := range w {
			var sum [4]float64
			var area float64
			for _, sy := range rows[y] {
				for _, sx := range columns[x] {
					c, part := img.NRGBAAt(sx.at, sy.at), sx.part*sy.part
					weight := part * float64(c.A)
					area += part
					for i, v := range []uint8{c.R, c.G, c.B} {
						sum[i] += weight * float64(v)
					}
					sum[3] += weight
				}
			}
			if sum[3] > 0 {
				out.SetNRGBA(x, y, color.NRGBA{
					R: eight(sum[0] / sum[3] / 255), G: eight(sum[1] / sum[3] / 255), B: eight(sum[2] / sum[3] / 255),
					A: eight(sum[3] / area / 255),
				})
			}
		}
	}
	return out
}

type share struct {
	at   int
	part float64
}

// shares lists which of n pixels lie under each of m, and how much of them.
func shares(n, m int) [][]share {
	out := make([][]share, m)
	for i := range out {
		from, to := float64(i)*float64(n)/float64(m), float64(i+1)*float64(n)/float64(m)
		for at := int(from); at < n && float64(at) < to; at++ {
			if part := min(to, float64(at+1)) - max(from, float64(at)); part > 1e-9 {
				out[i] = append(out[i], share{at: at, part: part})
			}
		}
	}
	return out
}

// turned is what is seen of stored pixels that have an EXIF orientation.
func (r raster) turned(orientation int) raster {
	return r.stored([9]int{1: 1, 2: 2, 3: 3, 4: 4, 5: 5, 6: 8, 7: 7, 8: 6}[orientation])
}
