package codec

import (
	"encoding/binary"
	"fmt"
	"image"
	"math"
	"testing"
)

// The size of most samples: neither side is a multiple of anything.
const (
	sampleW = 45
	sampleH = 31
)

// What pictures of flat fields may be off by in the mean where they are
// resized or encoded: edges are a good part of what there is, of letters most.
const (
	fields  = 2.0
	letters = 6.5
)

func edgesOf(colors int) float64 {
	if colors == 2 {
		return letters
	}
	return fields
}

// upright is what must be seen of a raster in a colour space.
func upright(r raster, space func(c [3]float64) [3]float64) func() *image.NRGBA {
	return func() *image.NRGBA { return r.image(space) }
}

// pngPicture is a picture that a kind of PNG can hold exactly.
func pngPicture(k *pngKind) (r raster, edges float64) {
	gray, alpha := k.colorType == 0 || k.colorType == 4, k.colorType >= 4
	switch {
	case k.colorType == 3:
		k.palette = ramp(1<<k.depth, false, true)
		if k.depth == 1 {
			k.palette[1][3] = 1
		}
		for i, c := range k.palette {
			for j := range c {
				k.palette[i][j] = math.Round(c[j]*255) / 255
			}
		}
		return mosaic(sampleW, sampleH, k.palette), edgesOf(len(k.palette))
	case k.depth < 8:
		return mosaic(sampleW, sampleH, ramp(1<<k.depth, true, false)), edgesOf(1 << k.depth)
	}
	if r = slopes(sampleW, sampleH, alpha).quantized(k.depth); gray {
		r = r.gray()
	}
	return r, 0
}

var pngKinds = []pngKind{
	{depth: 1, colorType: 0},
	{depth: 2, colorType: 0},
	{depth: 4, colorType: 0},
	{depth: 8, colorType: 0},
	{depth: 16, colorType: 0},
	{depth: 8, colorType: 2},
	{depth: 16, colorType: 2},
	{depth: 1, colorType: 3},
	{depth: 2, colorType: 3},
	{depth: 4, colorType: 3},
	{depth: 8, colorType: 3},
	{depth: 8, colorType: 4},
	{depth: 16, colorType: 4},
	{depth: 8, colorType: 6},
	{depth: 16, colorType: 6},
}

func pngSamples() (out []specimen) {
	for _, k := range pngKinds {
		for _, interlaced := range []bool{false, true} {
			k.interlaced = interlaced
			for _, o := range turns(!interlaced && k.depth == 8) {
				out = append(out, pngSample(fmt.Sprintf("png type %d depth %d interlaced %t turned %d", k.colorType, k.depth, interlaced, o), k, o))
			}
		}
	}
	return append(append(out, pngProfileSamples()...), pngKeySamples()...)
}

func pngSample(name string, k pngKind, orientation int) specimen {
	r, edges := pngPicture(&k)
	return specimen{
		name: name, want: upright(r, nil), edges: edges, cut: orientation == 1,
		file: func(t testing.TB) []byte {
			t.Helper()
			k := k
			k.chunks = [][]byte{pngChunk("eXIf", exifBlock(orientation))}
			return k.encode(t, r.stored(orientation))
		},
	}
}

// pngProfileSamples have a colour profile of each sort.
func pngProfileSamples() (out []specimen) {
	type space struct {
		name    string
		profile []byte
		see     func(c [3]float64) [3]float64
		gray    bool
	}
	grayTone := func(c [3]float64) [3]float64 {
		v := math.Pow(c[0], 1.8)
		return toSRGB([3]float64{v, v, v})
	}
	for _, s := range []space{
		{"sRGB", profile(srgb, false), nil, false},
		{"P3", profile(p3, false), p3.space(srgbTone), false},
		{"Adobe RGB", profile(adobeRGB, true), adobeRGB.space(power(2.19921875)), false},
		{"gamma 1.8", grayProfile(1.8), grayTone, true},
	} {
		for _, k := range pngKinds {
			if gray := k.colorType == 0 || k.colorType == 4; gray != s.gray || k.depth < 8 && k.colorType == 0 {
				continue
			}
			for _, o := range []int{1, 5} {
				r, edges := pngPicture(&k)
				out = append(out, specimen{
					name: fmt.Sprintf("png type %d depth %d in %s turned %d", k.colorType, k.depth, s.name, o),
					want: upright(r, s.see), edges: edges,
					file: func(t testing.TB) []byte {
						t.Helper()
						k := k
						k.chunks = [][]byte{iccp(t, s.profile), pngChunk("eXIf", exifBlock(o))}
						return k.encode(t, r.stored(o))
					},
				})
			}
		}
	}
	return out
}

// pngKeySamples have a colour that stands for nothing.
func pngKeySamples() (out []specimen) {
	for _, k := range pngKinds {
		if k.colorType != 0 && k.colorType != 2 {
			continue
		}
		n := min(16, 1<<k.depth)
		colors := ramp(n, k.colorType == 0, false)
		for i, c := range colors {
			for j := range c {
				colors[i][j] = float64(level(c[j], k.depth)) / (math.Exp2(float64(k.depth)) - 1)
			}
		}
		r := mosaic(sampleW, sampleH, colors)
		clear := r.each(func(p [4]float64) [4]float64 {
			if p == colors[1] {
				return [4]float64{}
			}
			return p
		})
		out = append(out, specimen{
			name: fmt.Sprintf("png type %d depth %d with a clear colour", k.colorType, k.depth),
			want: upright(clear, nil), edges: edgesOf(n),
			file: func(t testing.TB) []byte {
				t.Helper()
				k := k
				var key []byte
				for _, c := range k.channels() {
					key = binary.BigEndian.AppendUint16(key, uint16(level(colors[1][c], k.depth)))
				}
				k.chunks = [][]byte{pngChunk("tRNS", key)}
				return k.encode(t, r)
			},
		})
	}
	return out
}
