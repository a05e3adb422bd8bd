package imageinfo

import (
	"bytes"
	"encoding/binary"
	"io"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"safelight/models"
)

// fuzzFrames is the limit of frames that the targets read with.
const fuzzFrames = 100

// counted is a file that counts how often it is read.
type counted struct {
	io.ReaderAt
	reads int
}

func (c *counted) ReadAt(p []byte, off int64) (int, error) {
	c.reads++
	return c.ReaderAt.ReadAt(p, off)
}

// fuzzHeader tries the reader of one format. What does not begin as the format
// does gets its first bytes, so that no input is spent on Sniff.
func fuzzHeader(f *testing.F, magic string, jumps int, is func(Format) bool, seeds ...[]byte) {
	f.Helper()
	for _, seed := range seeds {
		f.Add(seed)
		f.Add(seed[:len(seed)*2/3])
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		if got, _ := Sniff(file); !is(got) {
			file = append([]byte(magic), file...)
		}
		r := &counted{ReaderAt: bytes.NewReader(file)}
		h, err := ReadHeader(r, int64(len(file)), fuzzFrames)
		// All of a small file lies in the window: it is read again only after a
		// step back, of which each format allows so many.
		require.LessOrEqual(t, r.reads, jumps+len(file)/windowLen*4, "work is bounded by the file")
		again, errAgain := ReadHeader(bytes.NewReader(file), int64(len(file)), fuzzFrames)
		require.Equal(t, h, again)
		require.Equal(t, err, errAgain)
		if err != nil {
			require.Equal(t, Header{}, h)
			requireRejection(t, err)
			return
		}
		requireSane(t, h, int64(len(file)))
		require.True(t, is(h.Format), h.Format.String())
	})
}

func requireRejection(t *testing.T, err error) {
	t.Helper()
	var r *models.Rejection
	require.ErrorAs(t, err, &r)
	require.NotEmpty(t, r.Detail)
	require.True(t, utf8.ValidString(r.Detail))
	require.Contains(t, []models.RejectionCode{models.RejectCorrupt, models.RejectUnsupported, models.RejectTooManyPixels}, r.Code)
}

// requireSane holds a header against what its fields may be.
func requireSane(t *testing.T, h Header, size int64) {
	t.Helper()
	require.Equal(t, size, h.Bytes)
	require.Positive(t, h.Width)
	require.Positive(t, h.Height)
	require.Positive(t, h.Pixels())
	require.GreaterOrEqual(t, h.Frames, 1)
	require.Equal(t, h.Animated, h.Animated && (h.Frames > 1 || h.Format == WebP))
	require.True(t, h.Orientation >= 1 && h.Orientation <= 8)
	require.True(t, h.BitDepth >= 0 && h.BitDepth <= 255)
	require.True(t, h.HasICC || h.ICC == Profile{})
	for _, text := range []string{h.ICC.Description, h.ICC.Space} {
		require.True(t, utf8.ValidString(text))
		require.LessOrEqual(t, utf8.RuneCountInString(text), maxProfileText)
		require.NotContains(t, text, "\n")
	}
	w, ht := h.Upright()
	require.Equal(t, h.Width*h.Height, w*ht)
	if err := h.Check(DefaultLimits()); err != nil {
		requireRejection(t, err)
	} else {
		require.LessOrEqual(t, h.Pixels(), DefaultLimits().Pixels)
	}
}

func only(want Format) func(Format) bool { return func(f Format) bool { return f == want } }

func FuzzSniff(f *testing.F) {
	f.Add([]byte("GIF89a"))
	f.Add(tiffBytes(binary.BigEndian))
	f.Add(simpleHEIF("mif1", "av01", ispe(8, 6)))
	f.Add(webpFile(vp8(4, 4)))
	f.Fuzz(func(t *testing.T, head []byte) {
		got, ok := Sniff(head)
		require.Equal(t, got != Unknown, ok)
		if ok {
			require.Contains(t, Formats(), got)
		}
		short, _ := Sniff(head[:min(len(head), SniffLen)])
		require.Equal(t, got, short, "no more is looked at than is said")
		long, _ := Sniff(append(bytes.Clone(head), make([]byte, SniffLen)...))
		if len(head) >= 16 {
			require.Equal(t, got, long, "what follows the first bytes changes nothing")
		}
	})
}

func FuzzJPEG(f *testing.F) {
	plain := jpegFile(f, 9, 9)
	progressive := bytes.Clone(plain)
	progressive[bytes.Index(plain, []byte{0xff, 0xc0})+1] = 0xc2
	fuzzHeader(f, "\xff\xd8\xff", 10, only(JPEG), plain, progressive,
		jpegWith(plain, segment(0xe1, "Exif\x00\x00"+exif(binary.BigEndian, 6)), segment(0xe2, "ICC_PROFILE\x00\x01\x01"+profileBytes("RGB ", descV2("P3")))))
}

func FuzzPNG(f *testing.F) {
	plain := pngFile(f, picture(4, 4))
	fuzzHeader(f, "\x89PNG\r\n\x1a\n", 10, only(PNG), plain,
		pngWith(plain, pngChunk("acTL", be(4, 9, 0)), pngChunk("eXIf", exif(binary.LittleEndian, 8)), pngChunk("tRNS", "x")),
		pngWith(plain, pngChunk("iCCP", "n\x00\x00"+deflated(f, profileBytes("RGB ", descV4("P3"))))))
}

func FuzzWebP(f *testing.F) {
	fuzzHeader(f, "RIFF\x40\x00\x00\x00WEBP", 10, only(WebP), webpFile(vp8(9, 7)), webpFile(vp8l(4, 4, true)),
		webpFile(vp8x(0x3a, 70, 60), riffChunk("ICCP", profileBytes("RGB ", descV2("P3"))), riffChunk("ANIM", "123456"),
			riffChunk("ANMF", "0123456789abcdef"+string(vp8(4, 4))), riffChunk("EXIF", exif(binary.BigEndian, 5))))
}

func FuzzGIF(f *testing.F) {
	fuzzHeader(f, "GIF89a", 10, only(GIF), gifFile(f, 1), gifFile(f, 3), gifWith(f, gifApp, "ICCRGBG1012", profileBytes("RGB ", descV2("P3"))[:200]))
}

func FuzzTIFF(f *testing.F) {
	fuzzHeader(f, "II*\x00", 50+2*fuzzFrames, only(TIFF), tiffBytes(binary.LittleEndian, tag{tagICCProfile, 7, 300, 8}), bigTIFFFile(),
		tiffBytes(binary.BigEndian, tag{tagOrientation, 3, 1, 7}, tag{tagExtraSamples, 3, 1, 2}))
}

func FuzzHEIF(f *testing.F) {
	track := box("trak", box("mdia", box("minf", box("stbl", box("stsz", be(4, 0, 0, 9))))))
	fuzzHeader(f, box("ftyp", "mif1", be(4, 0), "heic"), 10+2*maxCodedParts, func(f Format) bool { return f == AVIF || f == HEIC },
		simpleHEIF("avif", "av01", ispe(8, 6), box("av1C", "\x81\x00\x40\x00"), box("irot", "\x01"), box("imir", "\x01")),
		simpleHEIF("heic", "hvc1", ispe(8, 6), box("colr", "prof", profileBytes("RGB ", descV2("P3"))), box("pixi", be(4, 0), "\x01\x08")),
		gridHEIF(1500, 1000, 2, 3), avifOf(64, 64, film(64, 64)),
		simpleHEIF("heic", "hvc1", ispe(64, 64), box("hvcC", parameters(64, 64, 2))), append(simpleHEIF("avis", "av01", ispe(8, 6)), box("moov", track)...))
}
