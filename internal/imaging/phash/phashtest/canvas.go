// Package phashtest makes pictures for measuring how well likeness is told: a
// few hundred scenes of many kinds, what people do to a picture, and the count
// of what was found and what should have been.
package phashtest

import (
	"image"
	"math"
	"math/rand/v2"
)

// rgb is a colour, each part within 0..1.
type rgb [3]float64

func (c rgb) mix(other rgb, share float64) rgb {
	share = min(1, max(0, share))
	for i := range c {
		c[i] += (other[i] - c[i]) * share
	}
	return c
}

func (c rgb) times(by float64) rgb { return rgb{c[0] * by, c[1] * by, c[2] * by} }

// canvas is a picture in the making. Places on it are in units of its long
// side, so that a disc is round whatever the sides are.
type canvas struct {
	*rand.Rand
	w, h  int
	long  float64
	wide  float64 // width and height in units of the long side
	tall  float64
	cells []rgb
}

func newCanvas(r *rand.Rand, w, h int) *canvas {
	long := float64(max(w, h))
	return &canvas{
		Rand: r, w: w, h: h, long: long, wide: float64(w) / long, tall: float64(h) / long, cells: make([]rgb, w*h),
	}
}

// paint sets every pixel to what by makes of its place and its present colour.
func (c *canvas) paint(by func(x, y float64, under rgb) rgb) {
	c.patch(0, 0, c.wide, c.tall, by)
}

// patch is paint within a rectangle.
func (c *canvas) patch(left, top, right, bottom float64, by func(x, y float64, under rgb) rgb) {
	x0, x1 := max(0, int(left*c.long)), min(c.w, int(math.Ceil(right*c.long)))
	y0, y1 := max(0, int(top*c.long)), min(c.h, int(math.Ceil(bottom*c.long)))
	for y := y0; y < y1; y++ {
		for x := x0; x < x1; x++ {
			at := &c.cells[y*c.w+x]
			*at = by((float64(x)+0.5)/c.long, (float64(y)+0.5)/c.long, *at)
		}
	}
}

// ellipse lays a turned ellipse of the given half axes over the picture, its
// edge soft over a share of its size, lit from the upper left.
func (c *canvas) ellipse(cx, cy, rx, ry, turn, soft float64, color rgb) {
	sin, cos := math.Sincos(turn)
	reach := max(rx, ry) * (1 + soft)
	c.patch(cx-reach, cy-reach, cx+reach, cy+reach, func(x, y float64, under rgb) rgb {
		dx, dy := x-cx, y-cy
		u, v := (dx*cos+dy*sin)/rx, (dy*cos-dx*sin)/ry
		d := math.Sqrt(u*u + v*v)
		if d > 1+soft {
			return under
		}
		light := 1.1 - 0.35*(u+v)*0.5
		return under.mix(color.times(light), (1+soft-d)/(2*soft+1e-3))
	})
}

// box lays a rectangle over the picture.
func (c *canvas) box(left, top, width, height float64, color rgb) {
	c.patch(left, top, left+width, top+height, func(float64, float64, rgb) rgb { return color })
}

// color is any, or one near another.
func (c *canvas) color() rgb { return rgb{c.Float64(), c.Float64(), c.Float64()} }

func (c *canvas) near(color rgb, spread float64) rgb {
	for i := range color {
		color[i] = min(1, max(0, color[i]+(c.Float64()-0.5)*2*spread))
	}
	return color
}

// between is a number within a range.
func (c *canvas) between(low, high float64) float64 { return low + (high-low)*c.Float64() }

// noise is a field of smooth chance around 0, in octaves: clouds, rock, leaves.
// size is that of its largest features; rough is how much of each octave is
// left in the next.
func (c *canvas) noise(size, rough float64, octaves int) func(x, y float64) float64 {
	seed := c.Uint64()
	return func(x, y float64) float64 {
		sum, share, total := 0.0, 1.0, 0.0
		fx, fy := x/size, y/size
		for o := range octaves {
			sum += share * lattice(seed+uint64(o)*7919, fx, fy)
			total += share
			share, fx, fy = share*rough, fx*2.03, fy*2.03
		}
		return sum / total
	}
}

// lattice is value noise: chance at whole places, smooth between them, in -1..1.
func lattice(seed uint64, x, y float64) float64 {
	x0, y0 := math.Floor(x), math.Floor(y)
	u, v := smooth(x-x0), smooth(y-y0)
	a, b := chance(seed, int64(x0), int64(y0)), chance(seed, int64(x0)+1, int64(y0))
	d, e := chance(seed, int64(x0), int64(y0)+1), chance(seed, int64(x0)+1, int64(y0)+1)
	top, bottom := a+(b-a)*u, d+(e-d)*u
	return top + (bottom-top)*v
}

func smooth(t float64) float64 { return t * t * t * (t*(t*6-15) + 10) }

func chance(seed uint64, x, y int64) float64 {
	h := seed ^ uint64(x)*0x9e3779b97f4a7c15 ^ uint64(y)*0xc2b2ae3d27d4eb4f
	h ^= h >> 31
	h *= 0xbf58476d1ce4e5b9
	h ^= h >> 29
	h *= 0x94d049bb133111eb
	h ^= h >> 32
	return float64(h>>11)/(1<<52) - 1
}

// picture is the canvas with the grain of a sensor.
func (c *canvas) picture(grain float64) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, c.w, c.h))
	for i, cell := range c.cells {
		g := (c.Float64() + c.Float64() - 1) * grain
		for k, v := range cell {
			img.Pix[i*4+k] = uint8(math.Round(255 * min(1, max(0, v+g))))
		}
		img.Pix[i*4+3] = 255
	}
	return img
}
