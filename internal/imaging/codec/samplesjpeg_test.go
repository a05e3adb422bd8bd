package codec

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"slices"
	"testing"

	"github.com/h2non/bimg"
	"github.com/stretchr/testify/require"
)

func jpegSamples() (out []specimen) {
	inBoth := cmykProfile("A2B0", "A2B1")
	for o := 1; o <= 8; o++ {
		often := []specimen{
			smoothJPEG("ycc", false, false, nil, nil, o),
			smoothJPEG("progressive", false, true, nil, nil, o),
			smoothJPEG("in P3", false, false, profile(p3, false), p3.space(srgbTone), o),
			inkJPEG("CMYK with profile", jpegKind{adobe: 0}, inBoth, o),
		}
		if slices.Contains(turns(false), o) {
			often = append(often,
				smoothJPEG("gray", true, false, nil, nil, o),
				smoothJPEG("in Adobe RGB", false, true, profile(adobeRGB, true), adobeRGB.space(power(2.19921875)), o),
				blockJPEG("RGB", jpegKind{adobe: 0}, 3, func(p [4]float64) [4]float64 { return p }, o),
				blockJPEG("YCC by Adobe", jpegKind{adobe: 1}, 3, ycc, o),
				blockJPEG("progressive YCC", jpegKind{adobe: -1, progressive: true}, 3, ycc, o),
				inkJPEG("CMYK with perceptual profile", jpegKind{adobe: 0}, cmykProfile("A2B0"), o),
				inkJPEG("CMYK", jpegKind{adobe: 0}, nil, o),
				inkJPEG("CMYK not by Adobe", jpegKind{adobe: -1}, inBoth, o),
				inkJPEG("progressive CMYK", jpegKind{adobe: 0, progressive: true}, cmykProfile("A2B1"), o),
				inkJPEG("YCCK", jpegKind{adobe: 2}, inBoth, o),
			)
		}
		for _, s := range often {
			s.name = fmt.Sprintf("jpeg %s turned %d", s.name, o)
			s.cut = o == 1
			out = append(out, s)
		}
	}
	return out
}

// smoothJPEG is one of the standard library's, or of libvips' where it is progressive.
func smoothJPEG(name string, gray, progressive bool, icc []byte, space func(c [3]float64) [3]float64, orientation int) specimen {
	r := slopes(sampleW, sampleH, false).quantized(8)
	if gray {
		r = r.gray()
	}
	return specimen{name: name, lossy: true, want: upright(r, space), file: func(t testing.TB) []byte {
		t.Helper()
		var img image.Image = r.stored(orientation).image(nil)
		if gray {
			plain := image.NewGray(img.Bounds())
			for i := range plain.Pix {
				plain.SetGray(i%plain.Stride, i/plain.Stride, color.GrayModel.Convert(img.At(i%plain.Stride, i/plain.Stride)).(color.Gray))
			}
			img = plain
		}
		var b bytes.Buffer
		require.NoError(t, jpeg.Encode(&b, img, &jpeg.Options{Quality: 97}))
		file := b.Bytes()
		if progressive {
			var err error
			file, err = bimg.NewImage(file).Process(bimg.Options{Type: bimg.JPEG, Interlace: true, Quality: 97, StripMetadata: true})
			require.NoError(t, err)
		}
		if icc != nil {
			file = bytes.Join([][]byte{file[:2], iccSegment(icc), file[2:]}, nil)
		}
		return withJPEGMeta(file, orientation)
	}}
}

// blockJPEG is one of the tests' own, of three components.
func blockJPEG(name string, k jpegKind, n int, store func(p [4]float64) [4]float64, orientation int) specimen {
	r := paneSlopes(orientation)
	return specimen{name: name, want: upright(r, nil), edges: 1, file: func(testing.TB) []byte {
		return withJPEGMeta(k.encode(r.stored(orientation).each(store), n), orientation)
	}}
}

// paneSlopes is a picture whose panes lie as those of its stored form do.
func paneSlopes(orientation int) raster {
	w, h := sampleW, sampleH
	if orientation >= 5 {
		w, h = h, w
	}
	smooth := slopes(sampleW, sampleH, false).stored(orientation)
	return blocks(w, h, func(u, v float64) [4]float64 {
		return smooth.px[min(int(v*float64(h)), h-1)*w+min(int(u*float64(w)), w-1)]
	}).turned(orientation)
}

// inkJPEG has four components, and each of the sixteen ways to print inks or
// not. All who read such files take them as inverted, as Adobe writes them.
func inkJPEG(name string, k jpegKind, icc []byte, orientation int) specimen {
	inks := inkFields(96, 64)
	s := specimen{name: name, want: func() *image.NRGBA {
		return inks.each(func(p [4]float64) [4]float64 {
			c := toSRGB(printed(p))
			return [4]float64{c[0], c[1], c[2], 1}
		}).image(nil)
	}, edges: letters}
	if icc == nil {
		s.want, s.loose = upright(inks.each(roughly), nil), 22
	}
	s.file = func(testing.TB) []byte {
		r := inks.stored(orientation).each(inverted)
		if k.adobe == 2 {
			r = r.each(ycck)
		}
		file := k.encode(r, 4)
		if icc != nil {
			file = bytes.Join([][]byte{file[:2], iccSegment(icc), file[2:]}, nil)
		}
		return withJPEGMeta(file, orientation)
	}
	return s
}

// inkFields shows all sixteen combinations of inks.
func inkFields(w, h int) raster {
	var colors [][4]float64
	for node := range 16 {
		colors = append(colors, [4]float64{float64(node & 1), float64(node >> 1 & 1), float64(node >> 2 & 1), float64(node >> 3 & 1)})
	}
	return mosaic(w, h, colors)
}

// ycck is what Adobe's transform 2 stores: the colours as YCC of RGB, which
// are the inverted inks again after the decoder's own inversion, and K.
func ycck(p [4]float64) [4]float64 {
	out := ycc(inverted([4]float64{p[0], p[1], p[2], 0}))
	out[3] = p[3]
	return out
}
