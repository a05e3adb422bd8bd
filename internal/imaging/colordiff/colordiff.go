// Package colordiff measures how far apart colours look, by CIEDE2000: about
// 1 is what a trained eye can tell side by side, and 2 what nobody minds.
package colordiff

import (
	"image"
	"image/color"
	"math"
)

// Lab is a colour in CIELAB under D65.
type Lab struct{ L, A, B float64 }

// white is D65.
var white = [3]float64{0.95047, 1, 1.08883}

// FromSRGB converts an sRGB colour; its alpha does not count.
func FromSRGB(c color.NRGBA) Lab {
	r, g, b := linear[c.R], linear[c.G], linear[c.B]
	x := companded((0.4124564*r + 0.3575761*g + 0.1804375*b) / white[0])
	y := companded((0.2126729*r + 0.7151522*g + 0.0721750*b) / white[1])
	z := companded((0.0193339*r + 0.1191920*g + 0.9503041*b) / white[2])
	return Lab{L: 116*y - 16, A: 500 * (x - y), B: 200 * (y - z)}
}

// linear is sRGB's tone curve, for each of the numbers there are.
var linear = func() (table [256]float64) {
	for i := range table {
		if v := float64(i) / 255; v <= 0.04045 {
			table[i] = v / 12.92
		} else {
			table[i] = math.Pow((v+0.055)/1.055, 2.4)
		}
	}
	return table
}()

// companded is the cube root of CIELAB, which is straight near black.
func companded(v float64) float64 {
	if v > 216.0/24389 {
		return math.Cbrt(v)
	}
	return (24389.0/27*v + 16) / 116
}

// CIEDE2000 is the difference of two colours, with all weights 1.
func CIEDE2000(p, q Lab) float64 {
	mean := (math.Hypot(p.A, p.B) + math.Hypot(q.A, q.B)) / 2
	stretch := 1 + 0.5*(1-math.Sqrt(pow7(mean)/(pow7(mean)+pow7(25))))
	c1, h1 := polar(p.A*stretch, p.B)
	c2, h2 := polar(q.A*stretch, q.B)
	hue := hueDifference(c1, h1, c2, h2)
	dL, dC, dH := q.L-p.L, c2-c1, 2*math.Sqrt(c1*c2)*sin(hue/2)

	l, c, h := (p.L+q.L)/2, (c1+c2)/2, meanHue(c1, h1, c2, h2)
	t := 1 - 0.17*cos(h-30) + 0.24*cos(2*h) + 0.32*cos(3*h+6) - 0.20*cos(4*h-63)
	sL := 1 + 0.015*(l-50)*(l-50)/math.Sqrt(20+(l-50)*(l-50))
	sC, sH := 1+0.045*c, 1+0.015*c*t
	turn := 30 * math.Exp(-((h-275)/25)*((h-275)/25))
	rT := -2 * math.Sqrt(pow7(c)/(pow7(c)+pow7(25))) * sin(2*turn)
	dL, dC, dH = dL/sL, dC/sC, dH/sH
	return math.Sqrt(dL*dL + dC*dC + dH*dH + rT*dC*dH)
}

func pow7(v float64) float64  { return v * v * v * v * v * v * v }
func sin(deg float64) float64 { return math.Sin(deg * math.Pi / 180) }
func cos(deg float64) float64 { return math.Cos(deg * math.Pi / 180) }

// polar is chroma, and hue in degrees from 0 to 360.
func polar(a, b float64) (chroma, hue float64) {
	hue = math.Atan2(b, a) * 180 / math.Pi
	if hue < 0 {
		hue += 360
	}
	return math.Hypot(a, b), hue
}

// hueDifference goes the shorter way round. Grey has no hue to differ in.
func hueDifference(c1, h1, c2, h2 float64) float64 {
	d := h2 - h1
	switch {
	case c1*c2 == 0:
		return 0
	case d > 180:
		return d - 360
	case d < -180:
		return d + 360
	}
	return d
}

func meanHue(c1, h1, c2, h2 float64) float64 {
	sum := h1 + h2
	switch {
	case c1*c2 == 0:
		return sum
	case math.Abs(h1-h2) <= 180:
		return sum / 2
	case sum < 360:
		return (sum + 360) / 2
	}
	return (sum - 360) / 2
}

// Mean is the mean difference of two pictures of the same size, where each is
// seen on white and on black, so that wrong alpha counts as well as wrong
// colour. It is infinite for pictures of different sizes, and the difference of
// the pixel that is farthest off comes with it.
func Mean(p, q image.Image) (mean, worst float64) {
	size := p.Bounds().Size()
	if size != q.Bounds().Size() || size.X == 0 || size.Y == 0 {
		return math.Inf(1), math.Inf(1)
	}
	var sum float64
	for y := range size.Y {
		for x := range size.X {
			d := pixel(at(p, x, y), at(q, x, y))
			sum, worst = sum+d, max(worst, d)
		}
	}
	return sum / float64(size.X*size.Y), worst
}

func at(img image.Image, x, y int) color.NRGBA {
	x, y = x+img.Bounds().Min.X, y+img.Bounds().Min.Y
	if n, ok := img.(*image.NRGBA); ok {
		return n.NRGBAAt(x, y)
	}
	c, _ := color.NRGBAModel.Convert(img.At(x, y)).(color.NRGBA)
	return c
}

func pixel(p, q color.NRGBA) float64 {
	switch {
	case p == q:
		return 0
	case p.A == 255 && q.A == 255:
		return CIEDE2000(FromSRGB(p), FromSRGB(q))
	}
	return max(CIEDE2000(FromSRGB(over(p, 255)), FromSRGB(over(q, 255))),
		CIEDE2000(FromSRGB(over(p, 0)), FromSRGB(over(q, 0))))
}

// over is a colour seen on a grey background.
func over(c color.NRGBA, ground int) color.NRGBA {
	a := int(c.A)
	mix := func(v uint8) uint8 { return uint8((int(v)*a + ground*(255-a) + 127) / 255) }
	return color.NRGBA{R: mix(c.R), G: mix(c.G), B: mix(c.B), A: 255}
}
