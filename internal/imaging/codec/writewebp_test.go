package codec

import (
	"encoding/binary"
	"image"
	"testing"

	"github.com/h2non/bimg"
	"github.com/stretchr/testify/require"
)

// webpPicture is what a file with one picture holds of it: VP8, or VP8L, or both
// ALPH and VP8, chunk by chunk.
func webpPicture(file []byte) (chunks []byte) {
	for at := 12; at+8 <= len(file); {
		n := int(binary.LittleEndian.Uint32(file[at+4:]))
		end := min(at+8+n+n%2, len(file))
		if kind := string(file[at : at+4]); kind == "VP8 " || kind == "VP8L" || kind == "ALPH" {
			chunks = append(chunks, file[at:end]...)
		}
		at = end
	}
	return chunks
}

// lossless is a picture as WebP whose pixels are exact.
func lossless(t testing.TB, img image.Image) []byte {
	t.Helper()
	out, err := bimg.NewImage(asPNG(t, img)).Process(bimg.Options{Type: bimg.WEBP, Lossless: true, StripMetadata: true})
	require.NoError(t, err)
	return out
}

func asRIFF(chunks ...[]byte) []byte {
	body := []byte("WEBP")
	for _, c := range chunks {
		body = append(body, c...)
	}
	return append(binary.LittleEndian.AppendUint32([]byte("RIFF"), uint32(len(body))), body...)
}

func put24(b []byte, v int) []byte { return append(b, byte(v), byte(v>>8), byte(v>>16)) }

// vp8x is the header of an extended file.
func vp8x(flags byte, w, h int) []byte {
	return riffChunk("VP8X", put24(put24([]byte{flags, 0, 0, 0}, w-1), h-1))
}

// webpFrame is one frame of an animation, as it lies on the canvas. X and Y
// are even.
type webpFrame struct {
	img     *image.NRGBA
	x, y    int
	millis  int
	replace bool // what was there, instead of blending with it
	clear   bool // its place afterwards
}

// animatedWebP joins frames, with extra chunks where they belong.
func animatedWebP(t testing.TB, w, h, loops int, frames []webpFrame, flags byte, before, after [][]byte) []byte {
	t.Helper()
	chunks := append([][]byte{vp8x(0x12|flags, w, h)}, before...)
	chunks = append(chunks, riffChunk("ANIM", []byte{0, 0, 0, 0, byte(loops), byte(loops >> 8)}))
	for _, f := range frames {
		body := put24(put24(nil, f.x/2), f.y/2)
		body = put24(put24(body, f.img.Rect.Dx()-1), f.img.Rect.Dy()-1)
		body = put24(body, f.millis)
		how := byte(0)
		if f.replace {
			how |= 2
		}
		if f.clear {
			how |= 1
		}
		chunks = append(chunks, riffChunk("ANMF", append(append(body, how), webpPicture(lossless(t, f.img))...)))
	}
	return asRIFF(append(chunks, after...)...)
}
