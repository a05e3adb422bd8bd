// Package scenery paints pictures that pass for photos at a glance: ridges,
// water, night skies, lights out of focus. They are what a library of pictures
// looks like when nobody's pictures may be in it.
package scenery

import (
	"image"
	"image/color"
	"math"
	"runtime"
	"sync"
)

// colour is linear enough for painting: 0 to 1 in each channel.
type colour struct{ r, g, b float64 }

func rgb(hex uint32) colour {
	return colour{float64(hex>>16&255) / 255, float64(hex>>8&255) / 255, float64(hex&255) / 255}
}

func (c colour) mix(o colour, t float64) colour {
	t = clamp(t)
	return colour{c.r + (o.r-c.r)*t, c.g + (o.g-c.g)*t, c.b + (o.b-c.b)*t}
}

func (c colour) times(f float64) colour { return colour{c.r * f, c.g * f, c.b * f} }

func (c colour) plus(o colour, f float64) colour {
	return colour{c.r + o.r*f, c.g + o.g*f, c.b + o.b*f}
}

// palette goes through its colours as t goes from 0 to 1.
type palette []colour

func colours(hex ...uint32) palette {
	p := make(palette, len(hex))
	for i, h := range hex {
		p[i] = rgb(h)
	}
	return p
}

func (p palette) at(t float64) colour {
	t = clamp(t) * float64(len(p)-1)
	i := min(int(t), len(p)-2)
	return p[i].mix(p[i+1], smooth(t-float64(i)))
}

func clamp(x float64) float64 { return min(1, max(0, x)) }

// smooth eases 0..1.
func smooth(x float64) float64 {
	x = clamp(x)
	return x * x * (3 - 2*x)
}

// step goes from 0 at a to 1 at b.
func step(a, b, x float64) float64 { return smooth((x - a) / (b - a)) }

// hash is a number of 0 to 1 for a place of a grid.
func hash(x, y, seed int) float64 {
	h := uint64(x)*0x9e3779b97f4a7c15 ^ uint64(y)*0xc2b2ae3d27d4eb4f ^ uint64(seed)*0x165667b19e3779f9
	h ^= h >> 29
	h *= 0xbf58476d1ce4e5b9
	h ^= h >> 32
	h *= 0x94d049bb133111eb
	h ^= h >> 29
	return float64(h>>11) / (1 << 53)
}

// noise is smooth and of 0 to 1.
func noise(x, y float64, seed int) float64 {
	fx, fy := math.Floor(x), math.Floor(y)
	ix, iy := int(fx), int(fy)
	tx, ty := smooth(x-fx), smooth(y-fy)
	top := hash(ix, iy, seed)*(1-tx) + hash(ix+1, iy, seed)*tx
	bottom := hash(ix, iy+1, seed)*(1-tx) + hash(ix+1, iy+1, seed)*tx
	return top*(1-ty) + bottom*ty
}

// cloud is noise with its finer forms on top, of 0 to 1.
func cloud(x, y float64, seed, octaves int) float64 {
	sum, weight := 0.0, 0.0
	for o, w := 0, 0.5; o < octaves; o, w = o+1, w/2 {
		sum += w * noise(x, y, seed+o*31)
		weight += w
		x, y = x*2.03+17, y*2.03-9
	}
	return sum / weight
}

// shader gives the colour of a place: u from 0 to the aspect ratio, v from 0 at
// the top to 1.
type shader func(u, v float64) colour

// paint draws a shader, with the grain and the darker corners of a lens.
func paint(width, height, seed int, at shader) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	aspect := float64(width) / float64(height)
	rows := make(chan int)
	var wg sync.WaitGroup
	for range runtime.NumCPU() {
		wg.Go(func() {
			for y := range rows {
				v := (float64(y) + 0.5) / float64(height)
				for x := range width {
					u := (float64(x) + 0.5) / float64(height)
					c := at(u, v)
					dx, dy := u/aspect-0.5, v-0.5
					c = c.times(1 - 0.45*(dx*dx+dy*dy))
					grain := (hash(x, y, seed) - 0.5) * 0.018
					img.SetRGBA(x, y, color.RGBA{R: byteOf(c.r + grain), G: byteOf(c.g + grain), B: byteOf(c.b + grain), A: 255})
				}
			}
		})
	}
	for y := range height {
		rows <- y
	}
	close(rows)
	wg.Wait()
	return img
}

func byteOf(x float64) uint8 { return uint8(clamp(x)*255 + 0.5) }
