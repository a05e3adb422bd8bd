package imageinfo

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	"image/color"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"safelight/models"
)

func TestSniff(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		head string
		want Format
	}{
		"jpeg":                  {"\xff\xd8\xff\xe0", JPEG},
		"png":                   {"\x89PNG\r\n\x1a\n", PNG},
		"webp":                  {"RIFF\x10\x00\x00\x00WEBPVP8 ", WebP},
		"gif 87":                {"GIF87a", GIF},
		"gif 89":                {"GIF89a", GIF},
		"tiff":                  {"II*\x00\x08\x00\x00\x00", TIFF},
		"tiff, big endian":      {"MM\x00*\x00\x00\x00\x08", TIFF},
		"big tiff":              {"II+\x00\x08\x00\x00\x00", TIFF},
		"avif":                  {box("ftyp", "avif", be(4, 0), "mif1miaf"), AVIF},
		"avif sequence":         {box("ftyp", "avis", be(4, 0), "msf1"), AVIF},
		"avif behind mif1":      {box("ftyp", "mif1", be(4, 0), "miafavif"), AVIF},
		"heic":                  {box("ftyp", "heic", be(4, 0), "mif1heic"), HEIC},
		"heix":                  {box("ftyp", "heix", be(4, 0)), HEIC},
		"hevc":                  {box("ftyp", "hevc", be(4, 0)), HEIC},
		"heic behind mif1":      {box("ftyp", "mif1", be(4, 0), "heicmiaf"), HEIC},
		"heic that names avif":  {box("ftyp", "heic", be(4, 0), "mif1avif"), HEIC},
		"mif1 alone":            {box("ftyp", "mif1", be(4, 0)), HEIC},
		"mp4":                   {box("ftyp", "isom", be(4, 0), "iso2avc1"), Unknown},
		"quicktime":             {box("ftyp", "qt  ", be(4, 0)), Unknown},
		"canon raw 3":           {box("ftyp", "crx ", be(4, 0), "heic"), Unknown},
		"jpeg xl":               {"\x00\x00\x00\x0cJXL \r\n\x87\n", Unknown},
		"canon raw":             {"II*\x00\x10\x00\x00\x00CR\x02\x00", Unknown},
		"svg":                   {"<svg xmlns=", Unknown},
		"xml":                   {"<?xml version=\"1.0\"?><svg", Unknown},
		"pdf":                   {"%PDF-1.7", Unknown},
		"bmp":                   {"BM\x00\x00\x00\x00", Unknown},
		"wave":                  {"RIFF\x10\x00\x00\x00WAVEfmt ", Unknown},
		"text":                  {"hello", Unknown},
		"nothing":               {"", Unknown},
		"zip":                   {"PK\x03\x04", Unknown},
		"short jpeg":            {"\xff\xd8", Unknown},
		"brand beyond its box":  {"\x00\x00\x00\x10ftypmif1\x00\x00\x00\x00avif", HEIC},
		"impossible box length": {"\x00\x00\x00\x00ftypavif\x00\x00\x00\x00", Unknown},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, ok := Sniff([]byte(c.head))
			require.Equal(t, c.want, got)
			require.Equal(t, c.want != Unknown, ok)
		})
	}
	seen := map[string]bool{}
	for _, f := range Formats() {
		require.Regexp(t, `^image/[a-z]+$`, f.MIME())
		require.Regexp(t, `^\.[a-z]+$`, f.Ext())
		require.False(t, seen[f.MIME()])
		seen[f.MIME()] = true
	}
	require.Len(t, seen, 7)
	require.Equal(t, "unknown", Format(200).String())
}

func TestReadHeader(t *testing.T) {
	t.Parallel()
	icc := segment(0xe2, "ICC_PROFILE\x00\x01\x01profile")
	deep := image.NewNRGBA64(image.Rect(0, 0, 5, 4))
	deep.SetNRGBA64(0, 0, color.NRGBA64{A: 7})
	palette := image.NewPaletted(image.Rect(0, 0, 9, 8), color.Palette{color.Black, color.NRGBA{R: 9, A: 9}})
	for name, c := range map[string]struct {
		file []byte
		want Header
	}{
		"jpeg":             {jpegFile(t, 31, 17), head(JPEG, 31, 17, 1, 1, 8, ColorRGB, false, false, false)},
		"jpeg, turned":     {jpegWith(jpegFile(t, 31, 17), segment(0xe1, "Exif\x00\x00"+exif(binary.BigEndian, 6)), icc), head(JPEG, 31, 17, 1, 6, 8, ColorRGB, false, false, true)},
		"jpeg, bad exif":   {jpegWith(jpegFile(t, 31, 17), segment(0xe1, "Exif\x00\x00II*\x00\xff\xff\xff\xff")), head(JPEG, 31, 17, 1, 1, 8, ColorRGB, false, false, false)},
		"jpeg, exif of 9":  {jpegWith(jpegFile(t, 31, 17), segment(0xe1, "Exif\x00\x00"+exif(binary.LittleEndian, 9))), head(JPEG, 31, 17, 1, 1, 8, ColorRGB, false, false, false)},
		"jpeg, filled":     {jpegWith(jpegFile(t, 31, 17), []byte{0xff, 0xff, 0xff}), head(JPEG, 31, 17, 1, 1, 8, ColorRGB, false, false, false)},
		"png":              {pngFile(t, picture(12, 34)), head(PNG, 12, 34, 1, 1, 8, ColorRGB, false, false, false)},
		"png, 16 bit":      {pngFile(t, deep), head(PNG, 5, 4, 1, 1, 16, ColorRGB, true, false, false)},
		"png, palette":     {pngFile(t, palette), head(PNG, 9, 8, 1, 1, 1, ColorPalette, true, false, false)},
		"png, grey":        {pngFile(t, image.NewGray(image.Rect(0, 0, 3, 2))), head(PNG, 3, 2, 1, 1, 8, ColorGray, false, false, false)},
		"png, all":         {pngWith(pngFile(t, picture(12, 34)), pngChunk("iCCP", "x"), pngChunk("acTL", be(4, 9, 0)), pngChunk("eXIf", exif(binary.LittleEndian, 8))), head(PNG, 12, 34, 9, 8, 8, ColorRGB, false, true, true)},
		"gif":              {gifFile(t, 1), head(GIF, 30, 20, 1, 1, 8, ColorPalette, true, false, false)},
		"gif, animated":    {gifFile(t, 7), head(GIF, 30, 20, 7, 1, 8, ColorPalette, true, true, false)},
		"gif, many":        {gifFile(t, 30), head(GIF, 30, 20, 11, 1, 8, ColorPalette, true, true, false)},
		"webp":             {webpFile(vp8(640, 480)), head(WebP, 640, 480, 1, 1, 8, ColorRGB, false, false, false)},
		"webp, lossless":   {webpFile(vp8l(16383, 2, true)), head(WebP, 16383, 2, 1, 1, 8, ColorRGB, true, false, false)},
		"webp, extended":   {webpFile(vp8x(0x38, 300, 200), riffChunk("ICCP", "x"), riffChunk("ALPH", "a"), vp8(300, 200), riffChunk("EXIF", exif(binary.BigEndian, 3))), head(WebP, 300, 200, 1, 3, 8, ColorRGB, true, false, true)},
		"webp, prefix":     {webpFile(vp8x(8, 300, 200), vp8(300, 200), riffChunk("EXIF", "Exif\x00\x00"+exif(binary.BigEndian, 5))), head(WebP, 300, 200, 1, 5, 8, ColorRGB, false, false, false)},
		"webp, animated":   {webpFile(vp8x(0x12, 70, 60), riffChunk("ANMF", "1"), riffChunk("ANMF", "22")), head(WebP, 70, 60, 2, 1, 8, ColorRGB, true, true, false)},
		"webp that lies":   {webpFile(vp8x(0, 10, 10), vp8(9000, 8000)), head(WebP, 9000, 8000, 1, 1, 8, ColorRGB, false, false, false)},
		"tiff":             {tiffBytes(binary.LittleEndian, tag{tagOrientation, 3, 1, 7}), head(TIFF, 20, 10, 1, 7, 1, ColorRGB, false, false, false)},
		"tiff, big endian": {tiffBytes(binary.BigEndian, tag{tagBitsPerSample, 3, 1, 16}, tag{tagExtraSamples, 3, 1, 2}, tag{tagICCProfile, 7, 3, 0}), head(TIFF, 20, 10, 1, 1, 16, ColorRGB, true, false, true)},
		"big tiff":         {bigTIFFFile(), head(TIFF, 33, 22, 1, 1, 16, ColorGray, false, false, false)},
		"avif":             {simpleHEIF("avif", "av01", ispe(800, 600), box("av1C", "\x81\x00\x40\x00")), head(AVIF, 800, 600, 1, 1, 10, ColorRGB, false, false, false)},
		"heic":             {simpleHEIF("heic", "hvc1", ispe(800, 600), box("hvcC", string(make([]byte, 16))+"\x01\xfa"), box("colr", "prof", "x")), head(HEIC, 800, 600, 1, 1, 10, ColorRGB, false, false, true)},
		"avif as mif1":     {simpleHEIF("mif1", "av01", ispe(8, 6)), head(AVIF, 8, 6, 1, 1, 0, ColorRGB, false, false, false)},
		"heic, mirrored":   {simpleHEIF("heic", "hvc1", ispe(8, 6), box("irot", "\x01"), box("imir", "\x01")), head(HEIC, 8, 6, 1, 7, 0, ColorRGB, false, false, false)},
		"heic grid":        {gridHEIF(1500, 1000, 2, 3), head(HEIC, 1500, 1000, 1, 6, 8, ColorRGB, true, false, false)},
		"grid, larger":     {gridHEIF(1536, 1024, 2, 3), head(HEIC, 1536, 1024, 1, 6, 8, ColorRGB, true, false, false)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := ReadHeader(bytes.NewReader(c.file), int64(len(c.file)), 10)
			require.NoError(t, err)
			c.want.Bytes = int64(len(c.file))
			require.Equal(t, c.want, got)
		})
	}
}

func TestReadHeaderRefuses(t *testing.T) {
	t.Parallel()
	empty := pngFile(t, picture(3, 3))
	copy(empty[16:], make([]byte, 8))
	twelveBit := jpegFile(t, 8, 8)
	i := bytes.Index(twelveBit, []byte{0xff, 0xc0})
	twelveBit[i+4] = 12
	lossless := jpegFile(t, 8, 8)
	lossless[i+1] = 0xc3
	for name, c := range map[string]struct {
		file []byte
		code models.RejectionCode
	}{
		"nothing":              {nil, models.RejectUnsupported},
		"text":                 {[]byte("hello"), models.RejectUnsupported},
		"jpeg without a frame": {[]byte("\xff\xd8\xff\xda\x00\x02"), models.RejectCorrupt},
		"jpeg of segments":     {append([]byte("\xff\xd8"), bytes.Repeat(segment(0xfe, ""), 30_000)...), models.RejectCorrupt},
		"jpeg of 12 bits":      {twelveBit, models.RejectUnsupported},
		"lossless jpeg":        {lossless, models.RejectUnsupported},
		"png without pixels":   {empty, models.RejectCorrupt},
		"png without data":     {append(pngFile(t, picture(3, 3))[:33:33], pngChunk("IEND", "")...), models.RejectCorrupt},
		"gif without frames":   {append(gifFile(t, 1)[:13:13], 0x3b), models.RejectCorrupt},
		"webp without frames":  {webpFile(vp8x(2, 3, 3)), models.RejectCorrupt},
		"webp without data":    {webpFile(), models.RejectCorrupt},
		"raw, dng":             {tiffBytes(binary.LittleEndian, tag{tagDNGVersion, 1, 4, 1}), models.RejectUnsupported},
		"raw, thumbnail first": {tiffBytes(binary.LittleEndian, tag{tagSubfileType, 4, 1, 1}), models.RejectUnsupported},
		"tiff beyond its end":  {tiffBytes(binary.LittleEndian, tag{tagICCProfile, 7, 9000, 600}), models.RejectCorrupt},
		"heif of jpeg":         {simpleHEIF("mif1", "jpeg", ispe(8, 8)), models.RejectUnsupported},
		"heif without size":    {simpleHEIF("heic", "hvc1"), models.RejectCorrupt},
		"heif without meta":    {[]byte(box("ftyp", "heic", be(4, 0)) + box("mdat", "x")), models.RejectCorrupt},
		"grid without tiles":   {gridHEIF(1500, 1000, 9, 9), models.RejectCorrupt},
		"grid of hidden tiles": {gridHEIF(900, 1000, 2, 3), models.RejectCorrupt},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := ReadHeader(bytes.NewReader(c.file), int64(len(c.file)), 10)
			var r *models.Rejection
			require.ErrorAs(t, err, &r)
			require.Equal(t, c.code, r.Code, r.Detail)
		})
	}
}

// Formats whose structure tells their end: every cut is found without decoding.
func TestCutFilesAreCorrupt(t *testing.T) {
	t.Parallel()
	for name, file := range map[string][]byte{
		"png": pngFile(t, picture(20, 20)), "gif": gifFile(t, 3), "webp": webpFile(vp8x(0, 20, 20), vp8(20, 20)),
		"tiff": tiffBytes(binary.BigEndian), "big tiff": bigTIFFFile(),
	} {
		for n := 12; n < len(file); n++ {
			_, err := ReadHeader(bytes.NewReader(file[:n]), int64(n), 10)
			var r *models.Rejection
			require.ErrorAs(t, err, &r, "%s of %d bytes", name, n)
			require.Equal(t, models.RejectCorrupt, r.Code)
		}
	}
}

func TestLoopsEnd(t *testing.T) {
	t.Parallel()
	loop := tiffBytes(binary.LittleEndian)
	binary.LittleEndian.PutUint32(loop[len(loop)-4:], 608) // the next page is this one
	h, err := ReadHeader(bytes.NewReader(loop), int64(len(loop)), 10)
	require.NoError(t, err)
	require.Equal(t, 11, h.Frames)

	// 40 MB of frames of nothing: the walk stops at the limit.
	frame := []byte{0x2c, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 0}
	file := slices.Concat(gifFile(t, 1)[:13], bytes.Repeat(frame, 40_000_000/len(frame)))
	h, err = ReadHeader(bytes.NewReader(file), int64(len(file)), 1000)
	require.NoError(t, err)
	require.Equal(t, 1001, h.Frames)
	require.Error(t, h.Check(Limits{Pixels: 1 << 40, Side: 1 << 16, Frames: 1000}))
}

func TestCheck(t *testing.T) {
	t.Parallel()
	limits := Limits{Pixels: 1000, Side: 100, Frames: 5}
	for name, c := range map[string]struct {
		h  Header
		ok bool
	}{
		"fits":            {Header{Width: 50, Height: 20, Frames: 1}, true},
		"too many pixels": {Header{Width: 50, Height: 21, Frames: 1}, false},
		"too wide":        {Header{Width: 101, Height: 1, Frames: 1}, false},
		"too high":        {Header{Width: 1, Height: 101, Frames: 1}, false},
		"frames fit":      {Header{Width: 20, Height: 10, Frames: 5, Animated: true}, true},
		"frames":          {Header{Width: 1, Height: 1, Frames: 6, Animated: true}, false},
		"frames × pixels": {Header{Width: 20, Height: 11, Frames: 5, Animated: true}, false},
		"pages":           {Header{Width: 20, Height: 11, Frames: 50}, true},
	} {
		err := c.h.Check(limits)
		if c.ok {
			require.NoError(t, err, name)
			continue
		}
		var r *models.Rejection
		require.ErrorAs(t, err, &r, name)
		require.Equal(t, models.RejectTooManyPixels, r.Code)
	}
	w, h := Header{Width: 3, Height: 2, Orientation: 6}.Upright()
	require.Equal(t, [2]int{2, 3}, [2]int{w, h})
}

type failingReader struct{}

func (failingReader) ReadAt([]byte, int64) (int, error) { return 0, errors.New("disk on fire") }

func TestReaderThatFailsIsNobodysRejection(t *testing.T) {
	t.Parallel()
	_, err := ReadHeader(failingReader{}, 1000, 10)
	var r *models.Rejection
	require.ErrorContains(t, err, "disk on fire")
	require.NotErrorAs(t, err, &r)
}
