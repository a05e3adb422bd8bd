package thumbhash_test

import (
	"image"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"safelight/internal/imaging/phash/phashtest"
	"safelight/internal/imaging/thumbhash"
)

// decoded is a hash as clients draw it, by the published algorithm, with
// values in 0..1.
type decoded struct {
	width, height int
	aspect        float64
	pixels        [][4]float64
}

// nibbles gives the stored frequencies of a triangle one after another.
type nibbles struct {
	hash []byte
	at   int
}

func (n *nibbles) triangle(nx, ny int, scale float64) (ac []float64) {
	for cy := range ny {
		for cx := range nx {
			if (cx > 0 || cy > 0) && cx*ny < nx*(ny-cy) {
				v := n.hash[n.at/2] >> (n.at % 2 * 4) & 15
				ac = append(ac, (float64(v)/7.5-1)*scale)
				n.at++
			}
		}
	}
	return ac
}

// wave sums a triangle of frequencies at a place within 0..1.
func wave(x, y float64, nx, ny int, ac []float64) (sum float64) {
	i := 0
	for cy := range ny {
		for cx := range nx {
			if (cx > 0 || cy > 0) && cx*ny < nx*(ny-cy) {
				sum += 2 * ac[i] * math.Cos(math.Pi*x*float64(cx)) * math.Cos(math.Pi*y*float64(cy))
				i++
			}
		}
	}
	return sum
}

// decode draws a hash 32 pixels wide or high.
func decode(hash []byte) decoded {
	const strength = 1.25 // of colours, as the algorithm draws them
	head := uint32(hash[0]) | uint32(hash[1])<<8 | uint32(hash[2])<<16
	more := uint32(hash[3]) | uint32(hash[4])<<8
	l0, p0, q0 := float64(head&63)/63, float64(head>>6&63)/31.5-1, float64(head>>12&63)/31.5-1
	hasAlpha, landscape := head>>23 != 0, more>>15 != 0
	long, ac := 7, nibbles{hash: hash[5:]}
	a0, aScale := 1.0, 0.0
	if hasAlpha {
		long, a0, aScale, ac = 5, float64(hash[5]&15)/15, float64(hash[5]>>4)/15, nibbles{hash: hash[6:]}
	}
	lx, ly := int(more&7), long
	if landscape {
		lx, ly = long, int(more&7)
	}
	d := decoded{aspect: float64(lx) / float64(ly), width: 32, height: 32}
	if d.aspect > 1 {
		d.height = int(math.Round(32 / d.aspect))
	} else {
		d.width = int(math.Round(32 * d.aspect))
	}
	lx, ly = max(3, lx), max(3, ly)
	l := ac.triangle(lx, ly, float64(head>>18&31)/31)
	p := ac.triangle(3, 3, float64(more>>3&63)/63*strength)
	q := ac.triangle(3, 3, float64(more>>9&63)/63*strength)
	var a []float64
	if hasAlpha {
		a = ac.triangle(5, 5, aScale)
	}
	for y := range d.height {
		for x := range d.width {
			fx, fy := (float64(x)+0.5)/float64(d.width), (float64(y)+0.5)/float64(d.height)
			lum, alpha := l0+wave(fx, fy, lx, ly, l), a0
			yellow, red := p0+wave(fx, fy, 3, 3, p), q0+wave(fx, fy, 3, 3, q)
			if hasAlpha {
				alpha += wave(fx, fy, 5, 5, a)
			}
			b := lum - 2.0/3*yellow
			r := (3*lum - b + red) / 2
			d.pixels = append(d.pixels, [4]float64{unit(r), unit(r - red), unit(b), unit(alpha)})
		}
	}
	return d
}

func unit(v float64) float64 { return min(1, max(0, v)) }

// What is drawn from a hash is the picture, out of focus: its shape, its mean
// colour, and the light and dark of it where they lie.
func TestAHashDecodesToThePicture(t *testing.T) {
	t.Parallel()
	blurred, flat := 0.0, 0.0
	for n := range 60 {
		img := phashtest.Scale(phashtest.Scene(n), 96.0/320)
		w, h := img.Rect.Dx(), img.Rect.Dy()
		hash, err := thumbhash.Encode(w, h, img.Pix)
		require.NoError(t, err)
		d := decode(hash)
		require.InEpsilon(t, float64(w)/float64(h), d.aspect, 0.13, "scene %d: aspect ratio", n)
		under := make([][3]float64, 0, len(d.pixels))
		for y := range d.height {
			for x := range d.width {
				under = append(under, average(img, x*w/d.width, y*h/d.height, (x+1)*w/d.width, (y+1)*h/d.height))
			}
		}
		whole, drawn := average(img, 0, 0, w, h), [3]float64{}
		for i, got := range d.pixels {
			require.InDelta(t, 1, got[3], 1e-9, "opaque")
			for c := range drawn {
				drawn[c] += got[c] / float64(len(d.pixels))
			}
			blurred += math.Abs(lightness(under[i]) - lightness([3]float64(got[:3])))
			flat += math.Abs(lightness(under[i]) - lightness(whole))
		}
		for c := range drawn {
			require.InDelta(t, whole[c], drawn[c], 0.05, "scene %d: mean colour %d", n, c)
		}
	}
	t.Logf("difference in lightness: %.2f of that of the mean colour alone", blurred/flat)
	require.Less(t, blurred/flat, 0.6)
}

func lightness(c [3]float64) float64 { return (c[0] + c[1] + c[2]) / 3 }

func average(img *image.NRGBA, x0, y0, x1, y1 int) (mean [3]float64) {
	n := 0.0
	for y := y0; y < max(y1, y0+1); y++ {
		for x := x0; x < max(x1, x0+1); x++ {
			for c := range mean {
				mean[c] += float64(img.Pix[y*img.Stride+x*4+c]) / 255
			}
			n++
		}
	}
	for c := range mean {
		mean[c] /= n
	}
	return mean
}

// Transparent is drawn transparent, and where.
func TestAHashDecodesToTransparency(t *testing.T) {
	t.Parallel()
	img := image.NewNRGBA(image.Rect(0, 0, 60, 60))
	for i := range 60 * 60 {
		copy(img.Pix[i*4:], []byte{200, 90, 30, 255})
		if i%60 < 30 {
			img.Pix[i*4+3] = 0
		}
	}
	hash, err := thumbhash.Encode(60, 60, img.Pix)
	require.NoError(t, err)
	d := decode(hash)
	require.Equal(t, 32, d.width)
	require.Equal(t, 32, d.height)
	left, right := d.pixels[16*32+4], d.pixels[16*32+27]
	require.Less(t, left[3], 0.2)
	require.Greater(t, right[3], 0.8)
	for c, want := range []float64{200, 90, 30} {
		require.InDelta(t, want/255, right[c], 0.08)
	}
}
