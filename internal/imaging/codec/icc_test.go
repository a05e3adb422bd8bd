package codec

import (
	"bytes"
	"compress/zlib"
	"context"
	"encoding/binary"
	"image"
	"image/color"
	"image/jpeg"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"safelight/internal/imaging/imagingtest"
)

// primaries are the XYZ of red, green and blue, adapted to D50.
type primaries [3][3]float64

var (
	srgb = primaries{{0.43607, 0.22249, 0.01392}, {0.38515, 0.71687, 0.09708}, {0.14307, 0.06061, 0.71410}}
	p3   = primaries{{0.51512, 0.24120, -0.00105}, {0.29198, 0.69225, 0.04189}, {0.15710, 0.06657, 0.78407}}

	adobeRGB = primaries{{0.60974, 0.31111, 0.01947}, {0.20528, 0.62567, 0.06087}, {0.14919, 0.06322, 0.74457}}
)

// profile is a minimal display profile with sRGB's tone curve or a plain gamma.
func profile(p primaries, gamma bool) []byte {
	curve := appendFixed([]byte("para\x00\x00\x00\x00\x00\x03\x00\x00"), 2.4, 1/1.055, 0.055/1.055, 1/12.92, 0.04045)
	if gamma {
		curve = gammaTag(2.19921875)
	}
	return assembleProfile("mntrRGB XYZ ", 4, []profileTag{
		{"wtpt", xyzTag([3]float64{0.9642, 1, 0.8249})},
		{"rXYZ", xyzTag(p[0])},
		{"gXYZ", xyzTag(p[1])},
		{"bXYZ", xyzTag(p[2])},
		{"rTRC", curve},
		{"gTRC", curve},
		{"bTRC", curve},
	})
}

// grayProfile is one for pictures of a single channel.
func grayProfile(gamma float64) []byte {
	return assembleProfile("mntrGRAYXYZ ", 4, []profileTag{
		{"wtpt", xyzTag([3]float64{0.9642, 1, 0.8249})}, {"kTRC", gammaTag(gamma)},
	})
}

type profileTag struct {
	name string
	body []byte
}

func appendFixed(b []byte, v ...float64) []byte {
	for _, x := range v {
		b = binary.BigEndian.AppendUint32(b, uint32(int32(math.Round(x*65536))))
	}
	return b
}

func xyzTag(v [3]float64) []byte { return appendFixed([]byte("XYZ \x00\x00\x00\x00"), v[:]...) }

// gammaTag is a plain power, in the 256ths that profiles write it in.
func gammaTag(gamma float64) []byte {
	tag := binary.BigEndian.AppendUint16([]byte("curv\x00\x00\x00\x00\x00\x00\x00\x01"), uint16(math.Round(gamma*256)))
	return append(tag, 0, 0)
}

// assembleProfile joins tags; spaces are the class, the colours and what they are told in.
func assembleProfile(spaces string, version byte, tags []profileTag) []byte {
	be := binary.BigEndian
	head := make([]byte, 128)
	copy(head[8:], []byte{version, 0x30, 0, 0})
	copy(head[12:], spaces)
	copy(head[36:], "acsp")
	copy(head[68:], appendFixed(nil, 0.9642, 1, 0.8249))
	out := be.AppendUint32(head, uint32(len(tags)))
	at := len(out) + 12*len(tags)
	var bodies []byte
	for _, tag := range tags {
		out = append(out, tag.name...)
		out = be.AppendUint32(out, uint32(at+len(bodies)))
		out = be.AppendUint32(out, uint32(len(tag.body)))
		bodies = append(append(bodies, tag.body...), make([]byte, -len(tag.body)&3)...)
	}
	out = append(out, bodies...)
	be.PutUint32(out, uint32(len(out)))
	return out
}

func TestIsSRGB(t *testing.T) {
	t.Parallel()
	require.True(t, isSRGB(profile(srgb, false)))
	require.False(t, isSRGB(profile(srgb, true)), "another tone curve")
	require.False(t, isSRGB(profile(p3, false)), "other primaries")
	require.False(t, isSRGB(nil))
	whole := profile(srgb, false)
	for n := range whole {
		require.False(t, isSRGB(whole[:n]))
	}
}

// inSRGB is a Display P3 colour as sRGB numbers.
func inSRGB(c color.NRGBA) color.NRGBA {
	out := p3.space(srgbTone)([3]float64{float64(c.R) / 255, float64(c.G) / 255, float64(c.B) / 255})
	return color.NRGBA{R: eight(out[0]), G: eight(out[1]), B: eight(out[2]), A: 255}
}

// space takes colours of these primaries and a tone curve to sRGB's numbers.
func (p primaries) space(tone func(v float64) float64) func(c [3]float64) [3]float64 {
	det := func(a, b, c [3]float64) float64 {
		return a[0]*(b[1]*c[2]-b[2]*c[1]) - b[0]*(a[1]*c[2]-a[2]*c[1]) + c[0]*(a[1]*b[2]-a[2]*b[1])
	}
	d := det(srgb[0], srgb[1], srgb[2])
	return func(c [3]float64) [3]float64 {
		var xyz [3]float64
		for row := range xyz {
			for i := range c {
				xyz[row] += p[i][row] * tone(c[i])
			}
		}
		return toSRGB([3]float64{det(xyz, srgb[1], srgb[2]) / d, det(srgb[0], xyz, srgb[2]) / d, det(srgb[0], srgb[1], xyz) / d})
	}
}

// toSRGB is linear light in sRGB's numbers.
func toSRGB(linear [3]float64) [3]float64 {
	for i, v := range linear {
		if v = min(max(v, 0), 1); v <= 0.0031308 {
			linear[i] = 12.92 * v
		} else {
			linear[i] = 1.055*math.Pow(v, 1/2.4) - 0.055
		}
	}
	return linear
}

// power is a plain gamma.
func power(gamma float64) func(v float64) float64 {
	return func(v float64) float64 { return math.Pow(v, gamma) }
}

func iccSegment(profile []byte) []byte {
	body := append([]byte("ICC_PROFILE\x00\x01\x01"), profile...)
	return append(binary.BigEndian.AppendUint16([]byte{0xff, 0xe2}, uint16(len(body)+2)), body...)
}

func TestProfilesAreFollowed(t *testing.T) {
	t.Parallel()
	c := color.NRGBA{R: 190, G: 110, B: 60, A: 255}
	img := image.NewNRGBA(image.Rect(0, 0, 80, 60))
	for i := range 80 * 60 {
		img.SetNRGBA(i%80, i/80, c)
	}
	var packed bytes.Buffer
	z := zlib.NewWriter(&packed)
	_, err := z.Write(profile(p3, false))
	require.NoError(t, err)
	require.NoError(t, z.Close())
	plain := asPNG(t, img)
	inPNG := bytes.Join([][]byte{plain[:33], pngChunk("iCCP", append([]byte("p3\x00\x00"), packed.Bytes()...)), plain[33:]}, nil)
	photo := asJPEG(t, img)
	inJPEG := bytes.Join([][]byte{photo[:2], iccSegment(profile(p3, false)), photo[2:]}, nil)
	same := bytes.Join([][]byte{photo[:2], iccSegment(profile(srgb, false)), photo[2:]}, nil)
	require.NotEqual(t, c, inSRGB(c))
	for name, f := range map[string]struct {
		file []byte
		want color.NRGBA
	}{
		"png": {inPNG, inSRGB(c)}, "jpeg": {inJPEG, inSRGB(c)},
		"turned jpeg": {withJPEGMeta(inJPEG, 6), inSRGB(c)}, "srgb": {same, c},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			req := imagingtest.Request(t, f.file)
			req.PreviewSide, req.ThumbSide = 40, 20
			r := compressed(t, req)
			requireNoMetadata(t, r)
			for _, v := range r.Variants {
				requireColor(t, f.want, shown(t, v).At(v.Width/2, v.Height/2), 5, v.Name)
			}
		})
	}
}

func TestProfileThatDoesNotFit(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	grey := image.NewGray(image.Rect(0, 0, 64, 64))
	for i := range grey.Pix {
		grey.Pix[i] = 120
	}
	require.NoError(t, jpeg.Encode(&b, grey, nil))
	file := bytes.Join([][]byte{b.Bytes()[:2], iccSegment(profile(p3, false)), b.Bytes()[2:]}, nil)
	r, err := imagingtest.SharedPool(t).Compress(context.Background(), imagingtest.Request(t, file))
	require.NoError(t, err)
	requireNoMetadata(t, r)
	requireColor(t, color.NRGBA{R: 120, G: 120, B: 120, A: 255}, shown(t, r.Variants[2]).At(30, 30), 3, "grey")
}
