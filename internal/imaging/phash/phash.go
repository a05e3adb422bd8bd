// Package phash makes perceptual hashes: pictures that look alike differ in few
// bits, whatever their size, format and quality. They come of the lowest
// frequencies of a cosine transform of the luminance, so that mirroring or
// turning a picture flips and swaps bits by a fixed rule. Hash holds the signs
// of 63 of them in 64 bits; Likeness signs and sizes of 64 in 256, which tells
// crops of a picture from other pictures far better.
package phash

import (
	"errors"
	"math"
	"math/bits"
)

// grid is the size that a picture is brought to before the transform.
const grid = 32

// ErrSize means that the pixels do not fit the stated size.
var ErrSize = errors.New("phash: pixels do not fit the size")

// noise is what rounding and a lossy format leave of a frequency that is not
// there, a twentieth of a grey level over the whole picture: drawings with their
// symmetries and flat pictures must not get the signs of it.
const noise = 0.05 * grid * grid

// cosines[k][x] is the basis of the transform, for the frequencies 0..8.
var cosines = func() (t [9][grid]float64) {
	for k := range t {
		for x := range t[k] {
			t[k][x] = math.Cos(math.Pi / grid * float64(k) * (float64(x) + 0.5))
		}
	}
	return t
}()

// Hash is the perceptual hash of a picture of width × height RGBA pixels (8
// bits, alpha not multiplied into the colours); what is transparent counts as
// white. Bit 8*v+u belongs to the frequency u across and v down; bit 0, which
// would be the brightness, holds the first frequencies beyond the square.
func Hash(width, height int, rgba []byte) (uint64, error) {
	if width < 1 || height < 1 || len(rgba) != width*height*4 {
		return 0, ErrSize
	}
	grey := shrink(width, height, rgba)
	var hash uint64
	for v := range 8 {
		for u := range 8 {
			f := 0.0
			if u == 0 && v == 0 {
				f = frequency(&grey, 8, 0) + frequency(&grey, 0, 8)
			} else {
				f = frequency(&grey, u, v)
			}
			if f > noise {
				hash |= 1 << (8*v + u)
			}
		}
	}
	return hash, nil
}

// Distance is the number of bits in which two hashes differ: 0 for the same
// picture, around 32 for unrelated ones.
func Distance(a, b uint64) int { return bits.OnesCount64(a ^ b) }

// HashScale brings a Distance of two hashes to about what their Likenesses
// would have, so that MaxAlike is the limit of both. Of two pictures of which
// one has no Likeness nothing better is known; it misses one crop in two.
const HashScale = 6

// Turned are the hashes that the same picture has in the eight ways to turn
// and mirror it, its own first.
func Turned(hash uint64) (all [8]uint64) {
	const oddAcross, oddDown = 0xaaaaaaaaaaaaaaaa, 0xff00ff00ff00ff00
	for i := range all {
		h := hash
		if i&4 != 0 {
			h = 0
			for b := range 64 {
				h |= hash >> b & 1 << (b%8*8 + b/8)
			}
		}
		if i&1 != 0 {
			h ^= oddAcross
		}
		if i&2 != 0 {
			h ^= oddDown
		}
		all[i] = h
	}
	return all
}

func frequency(grey *[grid][grid]float64, u, v int) float64 {
	sum := 0.0
	for y := range grid {
		row := 0.0
		for x := range grid {
			row += grey[y][x] * cosines[u][x]
		}
		sum += row * cosines[v][y]
	}
	return sum
}

// shrink averages the luminance over a grid of cells, whatever the sides, so
// that a picture scaled differently gives the same cells.
func shrink(width, height int, rgba []byte) (out [grid][grid]float64) {
	cols, rows := shares(width), shares(height)
	for y, ys := range rows {
		for x, xs := range cols {
			sum, weight := 0.0, 0.0
			for _, sy := range ys {
				for _, sx := range xs {
					w := sy.weight * sx.weight
					sum += w * luminance(rgba[(sy.at*width+sx.at)*4:])
					weight += w
				}
			}
			out[y][x] = sum / weight
		}
	}
	return out
}

func luminance(px []byte) float64 {
	alpha := float64(px[3]) / 255
	y := 0.299*float64(px[0]) + 0.587*float64(px[1]) + 0.114*float64(px[2])
	return y*alpha + 255*(1-alpha)
}

// share is how much of a source pixel lies in a cell.
type share struct {
	at     int
	weight float64
}

func shares(n int) (out [grid][]share) {
	step := float64(n) / grid
	for i := range out {
		from, to := float64(i)*step, float64(i+1)*step
		for at := int(from); at < n && float64(at) < to; at++ {
			w := min(to, float64(at+1)) - max(from, float64(at))
			if w > 1e-9 {
				out[i] = append(out[i], share{at: at, weight: w})
			}
		}
		if len(out[i]) == 0 {
			out[i] = append(out[i], share{at: min(int(from), n-1), weight: 1})
		}
	}
	return out
}
