package codec

import (
	"encoding/binary"
	"fmt"
	"image"
	"math"
	"testing"
)

// tiffKinds are the ways to store pixels that are tried.
func tiffKinds() map[string]tiffKind {
	return map[string]tiffKind{
		"bilevel":                 {photometric: 1, bits: 1},
		"bilevel, white is zero":  {photometric: 0, bits: 1},
		"gray 2":                  {photometric: 1, bits: 2},
		"gray 4":                  {photometric: 1, bits: 4},
		"gray 4, white is zero":   {photometric: 0, bits: 4},
		"gray 8":                  {photometric: 1, bits: 8},
		"gray 8, white is zero":   {photometric: 0, bits: 8},
		"gray 16":                 {photometric: 1, bits: 16},
		"gray 16, white is zero":  {photometric: 0, bits: 16},
		"gray 8 alpha":            {photometric: 1, bits: 8, extra: 2},
		"gray 16 alpha":           {photometric: 1, bits: 16, extra: 2},
		"gray float":              {photometric: 1, bits: 32, float: true},
		"palette 1":               {photometric: 3, bits: 1},
		"palette 2":               {photometric: 3, bits: 2},
		"palette 4":               {photometric: 3, bits: 4},
		"palette 8":               {photometric: 3, bits: 8},
		"rgb 8":                   {photometric: 2, bits: 8},
		"rgb 8, big endian":       {photometric: 2, bits: 8, order: binary.BigEndian},
		"rgb 8, deflate":          {photometric: 2, bits: 8, deflate: true},
		"rgb 8, planes":           {photometric: 2, bits: 8, planar: true},
		"rgb 8, tiles":            {photometric: 2, bits: 8, tiled: true},
		"rgb 8, three pages":      {photometric: 2, bits: 8, pages: 3},
		"rgb 8 alpha":             {photometric: 2, bits: 8, extra: 2},
		"rgb 8 multiplied alpha":  {photometric: 2, bits: 8, extra: 1},
		"gray 8 multiplied alpha": {photometric: 1, bits: 8, extra: 1},
		"rgb 16 multiplied alpha": {photometric: 2, bits: 16, extra: 1},
		"rgb 16":                  {photometric: 2, bits: 16},
		"rgb 16, big endian":      {photometric: 2, bits: 16, order: binary.BigEndian, planar: true},
		"rgb 16 alpha":            {photometric: 2, bits: 16, extra: 2},
		"rgb 8 P3":                {photometric: 2, bits: 8, icc: profile(p3, false)},
		"rgb 8 Adobe RGB":         {photometric: 2, bits: 8, icc: profile(adobeRGB, true)},
		"rgb 16 P3":               {photometric: 2, bits: 16, icc: profile(p3, false)},
		"rgb 16 Adobe RGB alpha":  {photometric: 2, bits: 16, extra: 2, icc: profile(adobeRGB, true)},
		"rgb 8 P3 multiplied":     {photometric: 2, bits: 8, extra: 1, icc: profile(p3, false)},
		"rgb 8 sRGB":              {photometric: 2, bits: 8, icc: profile(srgb, false)},
		"cmyk":                    {photometric: 5, bits: 8},
		"cmyk with profile":       {photometric: 5, bits: 8, icc: cmykProfile("A2B0", "A2B1")},
		"cmyk, planes":            {photometric: 5, bits: 8, planar: true, icc: cmykProfile("A2B0", "A2B1")},
		"cmyk 16":                 {photometric: 5, bits: 16},
		"cmyk 16 with profile":    {photometric: 5, bits: 16, icc: cmykProfile("A2B0", "A2B1")},
		"lab 8":                   {photometric: 8, bits: 8},
		"lab 16":                  {photometric: 8, bits: 16},
		"gray 32":                 {photometric: 1, bits: 32},
		"rgb 32":                  {photometric: 2, bits: 32},
		"rgb float alpha":         {photometric: 2, bits: 32, float: true, extra: 2},
		"gray float alpha":        {photometric: 1, bits: 32, float: true, extra: 2},
		"rgb float":               {photometric: 2, bits: 32, float: true},
	}
}

func tiffSamples() (out []specimen) {
	for name, k := range tiffKinds() {
		s, r := tiffPicture(&k)
		for _, o := range turns(k.tiled || k.pages > 1 || k.extra == 1) {
			one := s
			one.name, one.cut = fmt.Sprintf("tiff %s turned %d", name, o), o == 1
			one.file = func(t testing.TB) []byte {
				t.Helper()
				k := k
				k.orientation = uint16(o)
				return k.encode(t, r.stored(o))
			}
			out = append(out, one)
		}
	}
	return out
}

// tiffPicture is a picture that a kind of TIFF can hold, in its own numbers,
// and what must be seen of it.
func tiffPicture(k *tiffKind) (s specimen, r raster) {
	depth := k.bits
	switch {
	case k.photometric == 3:
		k.palette = ramp(1<<k.bits, false, false)
		for i, c := range k.palette {
			for j := range c {
				k.palette[i][j] = math.Round(c[j]*255) / 255
			}
		}
		r = mosaic(sampleW, sampleH, k.palette)
		return specimen{want: upright(r, nil), edges: edgesOf(len(k.palette))}, r
	case k.photometric == 5:
		r = inkFields(96, 64)
		j := inkJPEG("", jpegKind{}, k.icc, 1)
		return specimen{want: j.want, edges: j.edges, loose: j.loose}, r
	case k.photometric == 8:
		smooth := slopes(sampleW, sampleH, false)
		r = smooth.each(func(p [4]float64) [4]float64 { return labNumbers(p, k.bits) })
		return specimen{want: upright(smooth, nil)}, r
	case k.bits < 8:
		r = mosaic(sampleW, sampleH, ramp(1<<k.bits, true, false))
		return specimen{want: upright(r, nil), edges: edgesOf(1 << k.bits)}, r
	case k.float:
		// Floating point is light itself, not a code for it.
		smooth := slopes(sampleW, sampleH, k.extra > 0)
		if k.photometric == 1 {
			smooth = smooth.gray()
		}
		r = smooth.each(func(p [4]float64) [4]float64 {
			return [4]float64{srgbTone(p[0]), srgbTone(p[1]), srgbTone(p[2]), p[3]}
		})
		return specimen{want: upright(smooth, nil)}, r
	}
	if r = slopes(sampleW, sampleH, k.extra > 0).quantized(depth); k.photometric < 2 {
		r = r.gray()
	}
	var space func(c [3]float64) [3]float64
	switch string(k.icc) {
	case string(profile(p3, false)):
		space = p3.space(srgbTone)
	case string(profile(adobeRGB, true)):
		space = adobeRGB.space(power(2.19921875))
	}
	return specimen{want: func() *image.NRGBA { return r.image(space) }}, r
}

// labNumbers is a colour as a TIFF stores it in CIELAB: the signed numbers in
// the way of two's complement, which for the writer are fractions like others.
func labNumbers(p [4]float64, bits int) [4]float64 {
	lab := toLab([3]float64{srgbTone(p[0]), srgbTone(p[1]), srgbTone(p[2])})
	top := math.Exp2(float64(bits)) - 1
	signed := func(v float64) float64 {
		v = math.Round(v * math.Exp2(float64(bits-8)))
		if v < 0 {
			v += top + 1
		}
		return v / top
	}
	return [4]float64{lab[0] / 100, signed(lab[1]), signed(lab[2]), 1}
}
