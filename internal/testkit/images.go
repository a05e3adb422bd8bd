package testkit

import (
	"bytes"
	"image"
	"image/color"
	"image/color/palette"
	"image/draw"
	"image/gif"
	"image/jpeg"
	"image/png"
	"math"
	"math/rand/v2"
)

// EICAR is the harmless file that every virus scanner takes for a virus. It is
// put together here so that no scanner takes offence at the source.
func EICAR() []byte {
	return []byte(`X5O!P%@AP[4\PZX54(P^)7CC)7}$EIC` + `AR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*`)
}

// Picture draws something like a photo: soft colours, shapes and a little
// noise. The same seed gives the same picture, another seed another one.
func Picture(width, height int, seed uint64) *image.RGBA {
	r := rand.New(rand.NewPCG(seed, seed+1))
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	var wave [3][3]float64
	for c := range wave {
		wave[c] = [3]float64{1 + 5*r.Float64(), 1 + 5*r.Float64(), 2 * math.Pi * r.Float64()}
	}
	for y := range height {
		for x := range width {
			fx, fy := float64(x)/float64(width), float64(y)/float64(height)
			noise := float64(r.IntN(9)) - 4
			var v [3]uint8
			for c, w := range wave {
				level := 128 + 90*math.Sin(w[0]*fx*3+w[1]*fy*2+w[2])*math.Cos(w[1]*fx-w[0]*fy) + noise
				v[c] = uint8(min(255, max(0, level)))
			}
			img.SetRGBA(x, y, color.RGBA{R: v[0], G: v[1], B: v[2], A: 255})
		}
	}
	for range 6 {
		a := image.Pt(r.IntN(width), r.IntN(height))
		box := image.Rectangle{Min: a, Max: a.Add(image.Pt(1+width/8, 1+height/8))}
		fill := color.RGBA{R: uint8(r.IntN(256)), G: uint8(r.IntN(256)), B: uint8(r.IntN(256)), A: 255}
		draw.Draw(img, box, image.NewUniform(fill), image.Point{}, draw.Src)
	}
	return img
}

// JPEG is Picture as a JPEG of quality 90, without any metadata.
func JPEG(width, height int, seed uint64) []byte { return jpegOf(width, height, seed, 90) }

// FineJPEG is Picture as a JPEG of quality 97, as cameras write them: there is
// always something to save, even where the picture has to be turned.
func FineJPEG(width, height int, seed uint64) []byte { return jpegOf(width, height, seed, 97) }

func jpegOf(width, height int, seed uint64, quality int) []byte {
	var out bytes.Buffer
	must(jpeg.Encode(&out, Picture(width, height, seed), &jpeg.Options{Quality: quality}))
	return out.Bytes()
}

// PNG is Picture as a PNG.
func PNG(width, height int, seed uint64) []byte {
	var out bytes.Buffer
	must(png.Encode(&out, Picture(width, height, seed)))
	return out.Bytes()
}

// GIF is an endless animation of so many frames, each another Picture.
func GIF(width, height, frames int, seed uint64) []byte {
	var anim gif.GIF
	for i := range frames {
		frame := image.NewPaletted(image.Rect(0, 0, width, height), palette.Plan9)
		draw.Draw(frame, frame.Bounds(), Picture(width, height, seed+uint64(i)), image.Point{}, draw.Src)
		anim.Image = append(anim.Image, frame)
		anim.Delay = append(anim.Delay, 10)
	}
	var out bytes.Buffer
	must(gif.EncodeAll(&out, &anim))
	return out.Bytes()
}

// InfectedJPEG is a valid picture with the EICAR test file in a comment.
func InfectedJPEG(width, height int, seed uint64) []byte {
	return WithComment(JPEG(width, height, seed), EICAR())
}

// must stands for errors of encoding into memory, of which there are none.
func must(err error) {
	if err != nil {
		panic(err)
	}
}
