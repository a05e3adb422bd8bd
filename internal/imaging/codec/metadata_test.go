package codec

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/gif"
	"strings"
	"testing"

	"github.com/h2non/bimg"
	"github.com/stretchr/testify/require"

	"safelight/internal/imageinfo"
	"safelight/internal/imaging/colordiff"
	"safelight/internal/imaging/container"
	"safelight/internal/imaging/imagingtest"
)

// jpegPart is a segment.
func jpegPart(marker byte, body string) []byte {
	out := binary.BigEndian.AppendUint16([]byte{0xff, marker}, uint16(len(body)+2))
	return append(out, body...)
}

// dirtyJPEG has metadata of every kind, in front of the picture, between its
// scans and behind it.
func dirtyJPEG(t *testing.T, img image.Image) []byte {
	t.Helper()
	plain, err := bimg.NewImage(asJPEG(t, img)).Process(bimg.Options{Type: bimg.JPEG, Interlace: true, Quality: 40, StripMetadata: true})
	require.NoError(t, err)
	exif := exifBlock(1)
	guid := strings.Repeat("0123456789ABCDEF", 2)
	second := asJPEG(t, img)
	parts := [][]byte{
		plain[:2],
		jpegPart(0xe0, "JFIF\x00\x01\x02\x00\x00\x48\x00\x48\x02\x02"+secret+"abc"), // 2 × 2 of thumbnail
		jpegPart(0xe0, "JFXX\x00\x10"+string(asJPEG(t, img))),
		jpegPart(0xe1, "Exif\x00\x00"+string(exif)),
		jpegPart(0xe1, "http://ns.adobe.com/xap/1.0/\x00"+xmp),
		jpegPart(0xe1, "http://ns.adobe.com/xmp/extension/\x00"+guid+"\x00\x00\x00\x09\x00\x00\x00\x00"+secret),
		iccSegment(withTag(t, profile(srgb, false), "cprt", secret)),
		jpegPart(0xe2, "MPF\x00II*\x00\x08\x00\x00\x00"+secret),
		jpegPart(0xe2, "FPXR\x00"+secret),
		jpegPart(0xeb, "JP\x00\x01"+secret), // content credentials
		jpegPart(0xed, "Photoshop 3.0\x008BIM\x04\x04\x00\x00\x00\x00\x00\x0e\x1c\x02\x78\x00\x09"+secret+"\x00"),
		jpegPart(0xed, "Photoshop 3.0\x008BIM\x04\x0c\x00\x00\x00\x00\x00\x09"+secret+"\x00"), // its thumbnail
		jpegPart(0xe5, "Maker\x00"+secret),
		jpegPart(0xef, secret),
		jpegPart(0xfe, secret),
		{0xff, 0xff, 0xff},
	}
	rest := plain[2:]
	if i := bytes.LastIndex(rest, []byte{0xff, 0xda}); i > 0 { // before the last scan
		parts, rest = append(parts, rest[:i], jpegPart(0xfe, secret), jpegPart(0xe1, "Exif\x00\x00"+string(exif))), rest[i:]
	}
	return bytes.Join(append(parts, rest, withJPEGMeta(second, 1), []byte(secret)), nil)
}

func dirtyPNG(t *testing.T, img image.Image) []byte {
	t.Helper()
	plain := asPNG(t, img)
	parts := [][]byte{plain[:33], iccp(t, withTag(t, profile(srgb, false), "cprt", secret))}
	for kind, body := range map[string]string{
		"tEXt": "Comment\x00" + secret, "zTXt": "Comment\x00\x00" + string(deflated(t, []byte(secret))),
		"iTXt": "XML:com.adobe.xmp\x00\x00\x00\x00\x00" + xmp, "eXIf": string(exifBlock(1)), "tIME": "\x07\xe8\x01\x02\x03\x04\x05",
		"gAMA": "\x00\x00\xb1\x8f", "cHRM": strings.Repeat("\x00\x00\x7a\x26", 8), "pHYs": "\x00\x00\x0b\x13\x00\x00\x0b\x13\x01",
		"oFFs": "\x00\x00\x00\x01\x00\x00\x00\x01\x00", "sPLT": secret + "\x00\x08", "caBX": secret, "prVt": secret, "vpAg": secret,
	} {
		parts = append(parts, pngChunk(kind, []byte(body)))
	}
	end := len(plain) - 12
	parts = append(parts, plain[33:end], pngChunk("tEXt", []byte("Late\x00"+secret)), plain[end:], []byte(secret), plain)
	return bytes.Join(parts, nil)
}

func dirtyGIF(t *testing.T, img image.Image) []byte {
	t.Helper()
	plain := asGIF(t, 3, img)
	block := func(label byte, sub ...string) []byte {
		out := []byte{0x21, label}
		for _, s := range sub {
			out = append(append(out, byte(len(s))), s...)
		}
		return append(out, 0)
	}
	// XMP does not come in blocks: its trailer leads whoever counts blocks to the end.
	packet := append(append([]byte{0x21, 0xff, 11}, "XMP DataXMP"...), xmp...)
	packet = append(packet, 1)
	for i := 255; i >= 0; i-- {
		packet = append(packet, byte(i))
	}
	packet = append(packet, 0)
	at := bytes.Index(plain, []byte{0x21})
	end := len(plain) - 1
	return bytes.Join([][]byte{
		plain[:at], packet, block(0xfe, secret), block(0xff, "ICCRGBG1012", secret), block(0xff, "MAKERNOTES0", secret),
		block(0xff, "NETSCAPE2.0", "\x02\x00\x00\x00\x00"), // how much to buffer
		block(0xf9, "\x00\x05\x00\x00"), block(0x01, "123456789012", secret), block(0xce, secret),
		plain[at:end], block(0xfe, secret), plain[end:], []byte(secret), plain,
	}, nil)
}

func dirtyWebP(t *testing.T, img *image.NRGBA) []byte {
	t.Helper()
	file := asRIFF(vp8x(0x2c, img.Rect.Dx(), img.Rect.Dy()), riffChunk("ICCP", withTag(t, profile(srgb, false), "cprt", secret)), riffChunk("MINE", []byte(secret)),
		webpPicture(lossless(t, img)), riffChunk("EXIF", exifBlock(1)), riffChunk("XMP ", []byte(xmp)), riffChunk("C2PA", []byte(secret)))
	return append(file, secret...)
}

// TestNothingButThePictureIsServed: of originals that are kept, cut on the
// level of the container, and of what is encoded anew.
func TestNothingButThePictureIsServed(t *testing.T) {
	t.Parallel()
	img := slopes(sampleW, sampleH, false).image(nil)
	for format, file := range map[imageinfo.Format][]byte{
		imageinfo.JPEG: dirtyJPEG(t, img), imageinfo.PNG: dirtyPNG(t, img),
		imageinfo.GIF: dirtyGIF(t, img), imageinfo.WebP: dirtyWebP(t, img),
	} {
		t.Run(format.String(), func(t *testing.T) {
			t.Parallel()
			require.Contains(t, string(file), secret)
			cut, err := container.Cut(format, file)
			require.NoError(t, err)
			requireClean(t, "the original", format.MIME(), cut)
			mean, _ := colordiff.Mean(asDecoded(t, file), asDecoded(t, cut))
			require.Zero(t, mean, "cutting must not touch the picture")
			requireNoMetadata(t, compressed(t, imagingtest.Request(t, file)))
			small := imagingtest.Request(t, file)
			small.MaxSide, small.PreviewSide, small.ThumbSide = 40, 30, 20
			requireNoMetadata(t, compressed(t, small))
		})
	}
}

func asDecoded(t *testing.T, file []byte) image.Image {
	t.Helper()
	p := decodedFile(t, imagingtest.Request(t, file).Source, 1000)
	pixels, err := p.rgba()
	require.NoError(t, err)
	return &image.NRGBA{Pix: pixels, Stride: 4 * p.width(), Rect: image.Rect(0, 0, p.width(), p.height())}
}

// TestGIFKeepsWhatItNeeds of all the blocks that are cut around it.
func TestGIFKeepsWhatItNeeds(t *testing.T) {
	t.Parallel()
	img := slopes(sampleW, sampleH, false).image(nil)
	plain, err := gif.DecodeAll(bytes.NewReader(asGIF(t, 3, img)))
	require.NoError(t, err)
	cut, err := container.Cut(imageinfo.GIF, dirtyGIF(t, img))
	require.NoError(t, err)
	after, err := gif.DecodeAll(bytes.NewReader(cut))
	require.NoError(t, err)
	require.Equal(t, plain, after)
}

// TestReaderFindsMetadata: a reader that finds nothing proves nothing.
func TestReaderFindsMetadata(t *testing.T) {
	t.Parallel()
	img := slopes(sampleW, sampleH, false).image(nil)
	source := withJPEGMeta(asJPEG(t, img), 1)
	dirty := chunks(t, "image/avif", heifOf(t, bimg.AVIF, source))
	require.Contains(t, dirty, "infe Exif")
	require.Contains(t, dirty, "infe mime")
	clean, err := bimg.NewImage(asPNG(t, img)).Process(bimg.Options{Type: bimg.AVIF, Speed: 8, StripMetadata: true})
	require.NoError(t, err)
	requireClean(t, "AVIF without metadata", "image/avif", clean)
	profiled, err := bimg.NewImage(bytes.Join([][]byte{
		asPNG(t, img)[:33], iccp(t, profile(p3, false)), asPNG(t, img)[33:],
	}, nil)).Process(bimg.Options{Type: bimg.AVIF, Speed: 8})
	require.NoError(t, err)
	require.Contains(t, chunks(t, "image/avif", profiled), "property colr rICC")
	require.Contains(t, riffChunks(t, asRIFF(riffChunk("XMP ", nil))[12:]), "XMP ")
	require.Contains(t, pngChunks(t, withPNGMeta(asPNG(t, img), 1)[8:len(withPNGMeta(asPNG(t, img), 1))-len(secret)]), "tEXt")
}
