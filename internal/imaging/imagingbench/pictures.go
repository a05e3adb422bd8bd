package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"math"
	"math/rand/v2"
)

// photograph draws what a camera might see: surfaces of different roughness,
// some sharp and some out of focus, under light that changes slowly, with a
// sensor's noise. Detail falls with its fineness as in nature, by octaves.
func photograph(width, height int, seed uint64) image.Image {
	r := rand.New(rand.NewPCG(seed, 11))
	rough, tint := lattice(r, 4), lattice(r, 6)
	light := [3][]grid{octaves(r, 9), octaves(r, 9), octaves(r, 9)}
	fine := 0.42 + 0.15*r.Float64() // how much of an octave's strength the next one has
	noise := 0.6 + 1.4*r.Float64()
	img := image.NewYCbCr(image.Rect(0, 0, width, height), image.YCbCrSubsampleRatio420)
	for y := range height {
		for x := range width {
			fx, fy := float64(x)/float64(width), float64(y)/float64(width)
			keep := fine * (0.4 + 0.8*rough.at(fx, fy))
			v := 128 + 90*sum(light[0], fx, fy, keep) + noise*r.NormFloat64()
			img.Y[img.YOffset(x, y)] = uint8(min(255, max(0, v)))
			if x%2 == 0 && y%2 == 0 {
				at := img.COffset(x, y)
				img.Cb[at] = uint8(min(255, max(0, 128+40*(tint.at(fx, fy)-0.5)+30*sum(light[1][:5], fx, fy, fine))))
				img.Cr[at] = uint8(min(255, max(0, 128+40*(tint.at(fy, fx)-0.5)+30*sum(light[2][:5], fx, fy, fine))))
			}
		}
	}
	return img
}

// grid is noise on a lattice, smooth between.
type grid struct {
	cells  int
	values []float64
}

func lattice(r *rand.Rand, cells int) grid {
	g := grid{cells, make([]float64, (cells+1)*(cells+1))}
	for i := range g.values {
		g.values[i] = r.Float64()
	}
	return g
}

// octaves are lattices, each twice as fine as the one before.
func octaves(r *rand.Rand, n int) []grid {
	out := make([]grid, n)
	for i := range out {
		out[i] = lattice(r, 3<<i)
	}
	return out
}

// at is the value at a place in the unit square; it repeats beyond.
func (g grid) at(x, y float64) float64 {
	x, y = x*float64(g.cells), y*float64(g.cells)
	fx, fy := math.Floor(x), math.Floor(y)
	ix, iy := int(fx)%g.cells, int(fy)%g.cells
	x, y = ease(x-fx), ease(y-fy)
	row := iy*(g.cells+1) + ix
	top := g.values[row] + (g.values[row+1]-g.values[row])*x
	row += g.cells + 1
	low := g.values[row] + (g.values[row+1]-g.values[row])*x
	return top + (low-top)*y
}

func ease(t float64) float64 { return t * t * (3 - 2*t) }

// sum adds octaves up, each with so much of the strength of the one before.
func sum(all []grid, x, y, keep float64) float64 {
	total, strength := 0.0, 1.0
	for _, g := range all {
		total += strength * (g.at(x, y) - 0.5)
		strength *= keep
	}
	return total
}

// drawing is what screenshots are made of: areas of few colours, sharp edges
// and rows of strokes like writing.
func drawing(width, height int, seed uint64) image.Image {
	r := rand.New(rand.NewPCG(seed, 12))
	img := image.NewNRGBA(image.Rect(0, 0, width, height))
	fill := func(box image.Rectangle, c color.NRGBA) {
		box = box.Intersect(img.Rect)
		for y := box.Min.Y; y < box.Max.Y; y++ {
			for x := box.Min.X; x < box.Max.X; x++ {
				img.SetNRGBA(x, y, c)
			}
		}
	}
	shade := func() color.NRGBA {
		return color.NRGBA{R: uint8(r.IntN(256)), G: uint8(r.IntN(256)), B: uint8(r.IntN(256)), A: 255}
	}
	fill(img.Rect, color.NRGBA{R: 250, G: 250, B: 252, A: 255})
	for range 12 {
		at := image.Pt(r.IntN(width), r.IntN(height))
		fill(image.Rectangle{Min: at, Max: at.Add(image.Pt(width/8, height/10))}, shade())
	}
	for y := 20; y+14 < height; y += 22 {
		for x := 20; x < width-20; x += 4 + r.IntN(7) {
			fill(image.Rect(x, y+r.IntN(5), x+2, y+9+r.IntN(4)), color.NRGBA{R: 20, G: 20, B: 30, A: 255})
		}
	}
	return img
}

// asJPEG encodes a picture of high quality, as cameras do.
func asJPEG(img image.Image) ([]byte, error) {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: 93}); err != nil {
		return nil, fmt.Errorf("make a JPEG: %w", err)
	}
	return b.Bytes(), nil
}

// turned tells by EXIF that a JPEG lies on its side (orientation 6).
func turned(file []byte) []byte {
	exif := []byte("\xff\xe1\x00\x00Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00\x06\x00\x00\x00\x00\x00\x00")
	binary.BigEndian.PutUint16(exif[2:], uint16(len(exif)-2))
	return append(append(append([]byte{}, file[:2]...), exif...), file[2:]...)
}
