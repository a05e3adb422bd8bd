package phashtest

import (
	"bytes"
	"fmt"
	"image"
	"image/color/palette"
	"image/draw"
	"image/gif"
	"image/jpeg"
	"math"
	"math/rand/v2"
)

// Edit is one thing that people do to a picture and still call it the same.
type Edit struct {
	Name string
	Do   func(r *rand.Rand, img *image.NRGBA) *image.NRGBA
}

// Edits are those that likeness must stand. Crops take away a twentieth of
// each side, from wherever; the last few are several at once.
func Edits() []Edit {
	edits := []Edit{
		{"resize to a quarter", func(_ *rand.Rand, m *image.NRGBA) *image.NRGBA { return Scale(m, 0.25) }},
		{"resize to 70 %", func(_ *rand.Rand, m *image.NRGBA) *image.NRGBA { return Scale(m, 0.7) }},
		{"enlarge", func(_ *rand.Rand, m *image.NRGBA) *image.NRGBA { return Scale(m, 1.4) }},
		{"recompress q70", func(_ *rand.Rand, m *image.NRGBA) *image.NRGBA { return asJPEG(m, 70) }},
		{"recompress q25", func(_ *rand.Rand, m *image.NRGBA) *image.NRGBA { return asJPEG(m, 25) }},
		{"palette of a GIF", func(_ *rand.Rand, m *image.NRGBA) *image.NRGBA { return asGIF(m) }},
		{"brighter", func(_ *rand.Rand, m *image.NRGBA) *image.NRGBA { return tone(m, 1.3, 10, 1) }},
		{"darker", func(_ *rand.Rand, m *image.NRGBA) *image.NRGBA { return tone(m, 0.7, -5, 1) }},
		{"gamma", func(r *rand.Rand, m *image.NRGBA) *image.NRGBA { return tone(m, 1, 0, []float64{0.7, 1.4}[r.IntN(2)]) }},
		{"contrast", func(_ *rand.Rand, m *image.NRGBA) *image.NRGBA { return tone(m, 1.25, -32, 1) }},
		{"grey", func(_ *rand.Rand, m *image.NRGBA) *image.NRGBA { return grey(m) }},
		{"crop 5 % off one side", func(r *rand.Rand, m *image.NRGBA) *image.NRGBA {
			var off [4]float64
			off[r.IntN(4)] = 0.05
			return Crop(m, off)
		}},
		{"crop 5 % around the middle", func(_ *rand.Rand, m *image.NRGBA) *image.NRGBA {
			return Crop(m, [4]float64{0.025, 0.025, 0.025, 0.025})
		}},
		{"crop 5 % anywhere", anywhere},
	}
	for orientation := 2; orientation <= 8; orientation++ {
		edits = append(edits, Edit{
			fmt.Sprintf("orientation %d", orientation),
			func(_ *rand.Rand, m *image.NRGBA) *image.NRGBA { return Turn(m, orientation) },
		})
	}
	return append(edits,
		Edit{"resize, brighter, recompress", func(_ *rand.Rand, m *image.NRGBA) *image.NRGBA {
			return asJPEG(tone(Scale(m, 0.4), 1.15, 5, 1), 60)
		}},
		Edit{"crop 5 %, resize, recompress", func(r *rand.Rand, m *image.NRGBA) *image.NRGBA {
			return asJPEG(Scale(anywhere(r, m), 0.5), 60)
		}},
		Edit{"turn, crop 5 %, recompress", func(r *rand.Rand, m *image.NRGBA) *image.NRGBA {
			return asJPEG(anywhere(r, Turn(m, 2+r.IntN(7))), 60)
		}},
	)
}

// Beyond are edits that go further than what must be found: what is found of
// them is printed, not demanded.
func Beyond() []Edit {
	return []Edit{
		{"crop 5 % off every side", func(_ *rand.Rand, m *image.NRGBA) *image.NRGBA {
			return Crop(m, [4]float64{0.05, 0.05, 0.05, 0.05})
		}},
		{"crop 10 % off one corner", func(_ *rand.Rand, m *image.NRGBA) *image.NRGBA {
			return Crop(m, [4]float64{0.1, 0.1, 0, 0})
		}},
	}
}

func anywhere(r *rand.Rand, m *image.NRGBA) *image.NRGBA {
	x, y := r.Float64()*0.05, r.Float64()*0.05
	return Crop(m, [4]float64{x, y, 0.05 - x, 0.05 - y})
}

// Crop takes shares off left, top, right and bottom.
func Crop(m *image.NRGBA, off [4]float64) *image.NRGBA {
	w, h := float64(m.Rect.Dx()), float64(m.Rect.Dy())
	r := image.Rect(int(math.Round(off[0]*w)), int(math.Round(off[1]*h)), int(math.Round(w-off[2]*w)), int(math.Round(h-off[3]*h)))
	out := image.NewNRGBA(image.Rect(0, 0, r.Dx(), r.Dy()))
	draw.Draw(out, out.Rect, m, r.Min, draw.Src)
	return out
}

// Scale resizes: smaller by the mean of what a pixel covers, larger by linear
// interpolation.
func Scale(m *image.NRGBA, by float64) *image.NRGBA {
	w, h := max(1, int(math.Round(float64(m.Rect.Dx())*by))), max(1, int(math.Round(float64(m.Rect.Dy())*by)))
	cols, rows := taps(m.Rect.Dx(), w), taps(m.Rect.Dy(), h)
	out := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y, ys := range rows {
		for x, xs := range cols {
			var sum [4]float64
			for _, ty := range ys {
				for _, tx := range xs {
					px := m.Pix[ty.at*m.Stride+tx.at*4:]
					for k := range sum {
						sum[k] += ty.weight * tx.weight * float64(px[k])
					}
				}
			}
			for k, v := range sum {
				out.Pix[y*out.Stride+x*4+k] = uint8(math.Round(v))
			}
		}
	}
	return out
}

// tap is a source pixel and its weight in one of the result.
type tap struct {
	at     int
	weight float64
}

// taps are those of a triangle filter along one side; their weights sum to 1.
func taps(from, to int) [][]tap {
	out := make([][]tap, to)
	step := float64(from) / float64(to)
	reach := max(1, step)
	for i := range out {
		center, total := (float64(i)+0.5)*step, 0.0
		for at := int(math.Floor(center - reach)); float64(at) < center+reach; at++ {
			if w := 1 - math.Abs(float64(at)+0.5-center)/reach; w > 0 {
				out[i] = append(out[i], tap{at: min(from-1, max(0, at)), weight: w})
				total += w
			}
		}
		for k := range out[i] {
			out[i][k].weight /= total
		}
	}
	return out
}

// Turn stores a picture in another of the eight EXIF orientations, 1..8.
func Turn(m *image.NRGBA, orientation int) *image.NRGBA {
	w, h := m.Rect.Dx(), m.Rect.Dy()
	o := orientation - 1
	size := image.Rect(0, 0, w, h)
	if o >= 4 {
		size = image.Rect(0, 0, h, w)
	}
	out := image.NewNRGBA(size)
	for y := range size.Dy() {
		for x := range size.Dx() {
			sx, sy := x, y
			if o >= 4 {
				sx, sy = y, x
			}
			if o&1 != 0 != (o&2 != 0) {
				sx = w - 1 - sx
			}
			if o&2 != 0 {
				sy = h - 1 - sy
			}
			copy(out.Pix[y*out.Stride+x*4:][:4], m.Pix[sy*m.Stride+sx*4:])
		}
	}
	return out
}

// tone brings every value through gain, lift and gamma, cut at the ends.
func tone(m *image.NRGBA, gain, lift, gamma float64) *image.NRGBA {
	var table [256]uint8
	for i := range table {
		v := 255*math.Pow(float64(i)/255, gamma)*gain + lift
		table[i] = uint8(math.Round(min(255, max(0, v))))
	}
	out := image.NewNRGBA(m.Rect)
	for i, v := range m.Pix {
		if i%4 == 3 {
			out.Pix[i] = v
		} else {
			out.Pix[i] = table[v]
		}
	}
	return out
}

func grey(m *image.NRGBA) *image.NRGBA {
	out := image.NewNRGBA(m.Rect)
	for i := 0; i < len(m.Pix); i += 4 {
		y := uint8((299*int(m.Pix[i]) + 587*int(m.Pix[i+1]) + 114*int(m.Pix[i+2]) + 500) / 1000)
		copy(out.Pix[i:], []uint8{y, y, y, m.Pix[i+3]})
	}
	return out
}

func asJPEG(m *image.NRGBA, quality int) *image.NRGBA {
	var b bytes.Buffer
	must(jpeg.Encode(&b, m, &jpeg.Options{Quality: quality}))
	back, err := jpeg.Decode(&b)
	must(err)
	return NRGBA(back)
}

func asGIF(m *image.NRGBA) *image.NRGBA {
	p := image.NewPaletted(m.Rect, palette.WebSafe) // six steps of each colour, the last changing first
	for i := range p.Pix {
		px := m.Pix[i*4:]
		p.Pix[i] = step(px[0])*36 + step(px[1])*6 + step(px[2])
	}
	var b bytes.Buffer
	must(gif.Encode(&b, p, nil))
	back, err := gif.Decode(&b)
	must(err)
	return NRGBA(back)
}

func step(v uint8) uint8 { return uint8((int(v) + 25) / 51) }

// NRGBA is a picture in the form that the others take.
func NRGBA(m image.Image) *image.NRGBA {
	out := image.NewNRGBA(image.Rect(0, 0, m.Bounds().Dx(), m.Bounds().Dy()))
	draw.Draw(out, out.Rect, m, m.Bounds().Min, draw.Src)
	return out
}

// must stands for errors of encoding into memory, of which there are none.
func must(err error) {
	if err != nil {
		panic(err)
	}
}
