// Package thumbhash makes ThumbHash placeholders: a picture in about 25 bytes,
// drawn as a blur while the real one loads. The algorithm and its format are
// Evan Wallace's, described at https://evanw.github.io/thumbhash/; this is an
// implementation of our own.
package thumbhash

import (
	"errors"
	"math"
)

// MaxSide is the largest width or height that Encode takes; more would cost
// time and change nothing that 25 bytes can tell.
const MaxSide = 100

// ErrSize means that the pixels do not fit the stated size, or are too many.
var ErrSize = errors.New("thumbhash: pixels do not fit the size")

// plane is one channel of a picture, row by row, with values around 0..1.
type plane struct {
	width, height int
	values        []float64
}

// Encode hashes a picture of width × height RGBA pixels (8 bits, alpha not
// multiplied into the colours), of at most MaxSide a side.
func Encode(width, height int, rgba []byte) ([]byte, error) {
	if width < 1 || height < 1 || width > MaxSide || height > MaxSide || len(rgba) != width*height*4 {
		return nil, ErrSize
	}
	average, coverage := meanColor(rgba)
	hasAlpha := coverage < float64(width*height)
	l, p, q, a := planes(width, height, rgba, average)

	detail := 7.0
	if hasAlpha { // the alpha channel takes some of the room
		detail = 5
	}
	long := float64(max(width, height))
	lx := max(1, int(math.Round(detail*float64(width)/long)))
	ly := max(1, int(math.Round(detail*float64(height)/long)))

	lum := l.transform(max(3, lx), max(3, ly))
	yellowBlue, redGreen := p.transform(3, 3), q.transform(3, 3)
	landscape, short := bit(width > height), lx
	if width > height {
		short = ly
	}
	head := quantize(63, lum.dc) | quantize(31.5, 1+yellowBlue.dc)<<6 | quantize(31.5, 1+redGreen.dc)<<12 |
		quantize(31, lum.scale)<<18 | bit(hasAlpha)<<23
	more := uint32(short) | quantize(63, yellowBlue.scale)<<3 | quantize(63, redGreen.scale)<<9 | landscape<<15
	hash := []byte{byte(head), byte(head >> 8), byte(head >> 16), byte(more), byte(more >> 8)}
	all := [][]float64{lum.ac, yellowBlue.ac, redGreen.ac}
	if hasAlpha {
		alpha := a.transform(5, 5)
		hash = append(hash, byte(quantize(15, alpha.dc)|quantize(15, alpha.scale)<<4))
		all = append(all, alpha.ac)
	}
	return appendNibbles(hash, all), nil
}

// quantize is v scaled to whole steps. v is within 0..1 but for rounding.
func quantize(steps, v float64) uint32 { return uint32(math.Round(steps * max(v, 0))) }

func bit(b bool) uint32 {
	if b {
		return 1
	}
	return 0
}

// meanColor is the average colour, weighted by alpha, and the sum of alpha.
func meanColor(rgba []byte) (mean [3]float64, coverage float64) {
	for i := 0; i < len(rgba); i += 4 {
		alpha := float64(rgba[i+3]) / 255
		for c := range mean {
			mean[c] += alpha / 255 * float64(rgba[i+c])
		}
		coverage += alpha
	}
	if coverage > 0 {
		for c := range mean {
			mean[c] /= coverage
		}
	}
	return mean, coverage
}

// planes splits into luminance, yellow-blue, red-green and alpha, with the
// average colour beneath what is transparent.
func planes(width, height int, rgba []byte, mean [3]float64) (l, p, q, a plane) {
	n := width * height
	store := make([]float64, 4*n)
	at := func(i int) plane { return plane{width: width, height: height, values: store[i*n : (i+1)*n]} }
	l, p, q, a = at(0), at(1), at(2), at(3)
	for i := range n {
		px := rgba[i*4:]
		alpha := float64(px[3]) / 255
		r := mean[0]*(1-alpha) + alpha/255*float64(px[0])
		g := mean[1]*(1-alpha) + alpha/255*float64(px[1])
		b := mean[2]*(1-alpha) + alpha/255*float64(px[2])
		l.values[i], p.values[i], q.values[i], a.values[i] = (r+g+b)/3, (r+g)/2-b, r-g, alpha
	}
	return l, p, q, a
}

// spectrum is the low end of a cosine transform: the mean, and the rest
// scaled to 0..1 around a half.
type spectrum struct {
	dc, scale float64
	ac        []float64
}

// transform keeps the triangle of the nx × ny lowest frequencies.
func (c plane) transform(nx, ny int) spectrum {
	var out spectrum
	cosX := make([]float64, c.width)
	for cy := range ny {
		for cx := 0; cx*ny < nx*(ny-cy); cx++ {
			for x := range cosX {
				cosX[x] = math.Cos(math.Pi / float64(c.width) * float64(cx) * (float64(x) + 0.5))
			}
			f := c.project(cosX, cy)
			if cx == 0 && cy == 0 {
				out.dc = f
				continue
			}
			out.ac = append(out.ac, f)
			out.scale = max(out.scale, math.Abs(f))
		}
	}
	if out.scale > 0 {
		for i, f := range out.ac {
			out.ac[i] = 0.5 + 0.5/out.scale*f
		}
	}
	return out
}

func (c plane) project(cosX []float64, cy int) float64 {
	sum := 0.0
	for y := range c.height {
		row := 0.0
		for x, v := range c.values[y*c.width : (y+1)*c.width] {
			row += v * cosX[x]
		}
		sum += row * math.Cos(math.Pi/float64(c.height)*float64(cy)*(float64(y)+0.5))
	}
	return sum / float64(c.width*c.height)
}

func appendNibbles(hash []byte, all [][]float64) []byte {
	start, n := len(hash), 0
	for _, ac := range all {
		for _, f := range ac {
			if n%2 == 0 {
				hash = append(hash, 0)
			}
			hash[start+n/2] |= byte(quantize(15, f) << (n % 2 * 4))
			n++
		}
	}
	return hash
}
