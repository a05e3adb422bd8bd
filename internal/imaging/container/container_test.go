package container

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"testing"

	"github.com/stretchr/testify/require"

	"safelight/internal/imageinfo"
)

const secret = "SECRET-POSITION"

func picture() *image.Paletted {
	img := image.NewPaletted(image.Rect(0, 0, 40, 30), color.Palette{color.White, color.Black, color.NRGBA{R: 200, A: 90}})
	for i := range img.Pix {
		img.Pix[i] = uint8(i % 3)
	}
	return img
}

func jpegFile(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, jpeg.Encode(&b, picture(), nil))
	return b.Bytes()
}

func segment(marker byte, body string) []byte {
	out := binary.BigEndian.AppendUint16([]byte{0xff, marker}, uint16(len(body)+2))
	return append(out, body...)
}

// dirtyJPEG has everything in it that must go, before, between and behind the picture.
func dirtyJPEG(t testing.TB) (dirty, clean []byte) {
	t.Helper()
	plain := jpegFile(t)
	join := func(parts ...[]byte) []byte { return bytes.Join(parts, nil) }
	jfif := segment(0xe0, "JFIF\x00\x01\x02\x00\x00\x48\x00\x48\x00\x00")
	adobe := segment(0xee, "Adobe\x00\x64\x00\x00\x00\x00\x01")
	dirty = join(plain[:2],
		segment(0xe0, "JFIF\x00\x01\x02\x00\x00\x48\x00\x48\x01\x01"+secret[:3]),
		segment(0xe0, "JFXX\x00\x10"+secret), segment(0xe1, "Exif\x00\x00"+secret), segment(0xe2, "ICC_PROFILE\x00\x01\x01"+secret),
		segment(0xed, secret), segment(0xee, "Adobe\x00\x64\x00\x00\x00\x00\x01"+secret), segment(0xef, secret), segment(0xfe, secret),
		segment(0xf5, secret), segment(0x4f, secret), segment(0xc8, secret), // reserved
		[]byte{0xff, 0xff, 0xff}, plain[2:], []byte(secret))
	return dirty, join(plain[:2], jfif, adobe, plain[2:])
}

func pngChunk(kind, body string) []byte {
	out := binary.BigEndian.AppendUint32(nil, uint32(len(body)))
	out = append(append(out, kind...), body...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(out[4:]))
}

func dirtyPNG(t testing.TB) (dirty, clean []byte) {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, png.Encode(&b, picture()))
	clean = b.Bytes()
	dirty = append(dirty, clean[:33]...)
	for _, kind := range []string{"eXIf", "tEXt", "zTXt", "iTXt", "iCCP", "tIME", "pHYs", "prVt", "gAMA"} {
		dirty = append(dirty, pngChunk(kind, secret)...)
	}
	return append(append(dirty, clean[33:]...), secret...), clean
}

func chunk(kind string, body string) []byte {
	out := binary.LittleEndian.AppendUint32([]byte(kind), uint32(len(body)))
	return append(append(out, body...), make([]byte, len(body)%2)...)
}

func riff(chunks ...[]byte) []byte {
	body := append([]byte("WEBP"), bytes.Join(chunks, nil)...)
	return append(binary.LittleEndian.AppendUint32([]byte("RIFF"), uint32(len(body))), body...)
}

func dirtyWebP() (dirty, clean []byte) {
	const frame = "0123456789abcdef"
	dirty = riff(chunk("VP8X", "\xef\x53\x45\x43\x27\x00\x00\x1d\x00\x00"), chunk("ICCP", secret), chunk("ANIM", "\x00\x00\x00\x00\x03\x00"+secret),
		chunk("ANMF", frame+string(chunk("VP8 ", "pixels!"))+string(chunk("EXIF", secret))),
		chunk("ANMF", frame+string(chunk("ALPH", "a"))+string(chunk("VP8L", "more"))), chunk("EXIF", secret), chunk("XMP ", secret+"!"), chunk("WHAT", secret))
	clean = riff(chunk("VP8X", "\x02\x00\x00\x00\x27\x00\x00\x1d\x00\x00"), chunk("ANIM", "\x00\x00\x00\x00\x03\x00"),
		chunk("ANMF", frame+string(chunk("VP8 ", "pixels!"))), chunk("ANMF", frame+string(chunk("ALPH", "a"))+string(chunk("VP8L", "more"))))
	return append(dirty, secret...), clean
}

func dirtyGIF(t testing.TB) (dirty, clean []byte) {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, gif.EncodeAll(&b, &gif.GIF{
		Image: []*image.Paletted{picture(), picture()}, Delay: []int{5, 6}, LoopCount: 3,
	}))
	clean = b.Bytes()
	head := 13 + gifTable(clean[10])
	block := func(label byte, sub ...string) []byte {
		out := []byte{0x21, label}
		for _, s := range sub {
			out = append(append(out, byte(len(s))), s...)
		}
		return append(out, 0)
	}
	dirty = append(dirty, clean[:head]...)
	dirty = append(dirty, block(0xfe, secret, secret)...)
	dirty = append(dirty, block(0xff, "XMP DataXMP", secret)...)
	dirty = append(dirty, block(0xff, "ICCRGBG1012", secret)...)
	dirty = append(dirty, block(0xf9, "\x01\x05\x00\x00")...) // belongs to the text
	dirty = append(dirty, block(0x01, "123456789012", secret)...)
	return append(append(dirty, clean[head:]...), secret...), clean
}

func dirtyFiles(t testing.TB) map[imageinfo.Format][2][]byte {
	t.Helper()
	files := map[imageinfo.Format][2][]byte{}
	add := func(f imageinfo.Format, dirty, clean []byte) { files[f] = [2][]byte{dirty, clean} }
	dirty, clean := dirtyJPEG(t)
	add(imageinfo.JPEG, dirty, clean)
	dirty, clean = dirtyPNG(t)
	add(imageinfo.PNG, dirty, clean)
	dirty, clean = dirtyWebP()
	add(imageinfo.WebP, dirty, clean)
	dirty, clean = dirtyGIF(t)
	add(imageinfo.GIF, dirty, clean)
	return files
}

func TestCutLeavesThePictureAlone(t *testing.T) {
	t.Parallel()
	for format, file := range dirtyFiles(t) {
		t.Run(format.String(), func(t *testing.T) {
			t.Parallel()
			before := bytes.Clone(file[0])
			out, err := Cut(format, file[0])
			require.NoError(t, err)
			require.Equal(t, file[1], out)
			require.Equal(t, before, file[0], "the source is not touched")
			again, err := Cut(format, out)
			require.NoError(t, err)
			require.Equal(t, out, again)
		})
	}
}

func TestCutPicturesStillDecode(t *testing.T) {
	t.Parallel()
	files := dirtyFiles(t)
	for format, decode := range map[imageinfo.Format]func(b []byte) error{
		imageinfo.JPEG: func(b []byte) error { _, err := jpeg.Decode(bytes.NewReader(b)); return err },
		imageinfo.PNG:  func(b []byte) error { _, err := png.Decode(bytes.NewReader(b)); return err },
		imageinfo.GIF: func(b []byte) error {
			g, err := gif.DecodeAll(bytes.NewReader(b))
			if err == nil && (len(g.Image) != 2 || g.LoopCount != 3 || g.Delay[1] != 6) {
				return errors.New("frames, loop count or times are lost")
			}
			return err
		},
	} {
		out, err := Cut(format, files[format][0])
		require.NoError(t, err)
		require.NoError(t, decode(out), format)
	}
}

func TestCutRefusesWhatIsNotWhole(t *testing.T) {
	t.Parallel()
	for format, file := range dirtyFiles(t) {
		for n := range len(file[1]) {
			_, err := Cut(format, file[1][:n])
			require.ErrorIs(t, err, ErrMalformed, "%s of %d bytes", format, n)
		}
	}
	for _, format := range []imageinfo.Format{imageinfo.TIFF, imageinfo.AVIF, imageinfo.HEIC, imageinfo.Unknown} {
		_, err := Cut(format, nil)
		require.ErrorIs(t, err, errors.ErrUnsupported)
	}
	odd := riff(chunk("VP8 ", "x"))
	binary.LittleEndian.PutUint32(odd[4:], 0xffffffff)
	_, err := CutWebP(odd)
	require.ErrorIs(t, err, ErrMalformed)
}
