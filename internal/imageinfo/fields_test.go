package imageinfo

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/stretchr/testify/require"

	"safelight/models"
)

// profileBytes is a colour profile of nothing but its name.
func profileBytes(space, desc string) string {
	head := make([]byte, 128)
	copy(head[16:], space)
	copy(head[36:], "acsp")
	return string(head) + be(4, 1) + "desc" + be(4, 144, len(desc)) + desc
}

func descV2(name string) string {
	return "desc" + be(4, 0, len(name)+1) + name + "\x00" + strings.Repeat("\x00", 78)
}

func descV4(name string) string {
	var text []byte
	for _, u := range utf16.Encode([]rune(name)) {
		text = binary.BigEndian.AppendUint16(text, u)
	}
	return "mluc" + be(4, 0, 1, 12) + "enUS" + be(4, len(text), 28) + string(text)
}

func deflated(t testing.TB, body string) string {
	t.Helper()
	var b bytes.Buffer
	z := zlib.NewWriter(&b)
	_, err := z.Write([]byte(body))
	require.NoError(t, err)
	require.NoError(t, z.Close())
	return b.String()
}

// gifWith puts an extension in front of the first frame.
func gifWith(t testing.TB, label byte, blocks ...string) []byte {
	t.Helper()
	file := gifFile(t, 1)
	ext := []byte{0x21, label}
	for _, b := range blocks {
		ext = append(append(ext, byte(len(b))), b...)
	}
	at := 13 + gifTable(file[10])
	return bytes.Join([][]byte{file[:at], append(ext, 0), file[at:]}, nil)
}

func read(t testing.TB, file []byte) Header {
	t.Helper()
	h, err := ReadHeader(bytes.NewReader(file), int64(len(file)), 10)
	require.NoError(t, err)
	return h
}

func TestProfileInEveryFormat(t *testing.T) {
	t.Parallel()
	p := profileBytes("RGB ", descV2("Display P3"))
	icc := tiffBytes(binary.LittleEndian, tag{tagICCProfile, 7, uint32(len(p)), 8})
	copy(icc[8:], p) // over the pixels, which nobody looks at here
	for name, file := range map[string][]byte{
		"jpeg":  jpegWith(jpegFile(t, 3, 2), segment(0xe2, "ICC_PROFILE\x00\x01\x02"+p[:200]), segment(0xe2, "ICC_PROFILE\x00\x02\x02"+p[200:])),
		"png":   pngWith(pngFile(t, picture(3, 2)), pngChunk("iCCP", "name\x00\x00"+deflated(t, p))),
		"webp":  webpFile(vp8x(0x20, 3, 2), riffChunk("ICCP", p), vp8(3, 2)),
		"gif":   gifWith(t, gifApp, "ICCRGBG1012", p[:100], p[100:]),
		"tiff":  icc,
		"avif":  simpleHEIF("avif", "av01", ispe(8, 6), box("colr", "prof", p)),
		"heic":  simpleHEIF("heic", "hvc1", ispe(8, 6), box("colr", "rICC", p)),
		"mluc":  webpFile(vp8x(0x20, 3, 2), riffChunk("ICCP", profileBytes("RGB ", descV4("Display P3"))), vp8(3, 2)),
		"first": webpFile(vp8x(0x20, 3, 2), riffChunk("ICCP", p), riffChunk("ICCP", profileBytes("GRAY", "")), vp8(3, 2)),
	} {
		h := read(t, file)
		require.True(t, h.HasICC, name)
		require.Equal(t, Profile{Description: "Display P3", Space: "RGB"}, h.ICC, name)
	}
}

func TestProfileOfUnknownHands(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		profile string
		want    Profile
	}{
		"nothing":        {"", Profile{}},
		"noise":          {strings.Repeat("x", 500), Profile{}},
		"no name":        {profileBytes("CMYK", ""), Profile{Space: "CMYK"}},
		"unknown text":   {profileBytes("GRAY", "text"+be(4, 0)+"abcdefgh"), Profile{Space: "GRAY"}},
		"a text too far": {profileBytes("RGB ", "mluc"+be(4, 0, 1, 12)+"enUS"+be(4, 99, 1<<31-1)), Profile{Space: "RGB"}},
		"endless text":   {profileBytes("RGB ", descV2(strings.Repeat("a", 5000))), Profile{strings.Repeat("a", maxProfileText), "RGB"}},
		"controls":       {profileBytes("RGB ", descV4("a\n\u202eb\x7f \uff21")), Profile{"a b \uff21", "RGB"}},
		"many tags":      {strings.Replace(profileBytes("RGB ", ""), be(4, 1)+"desc", be(4, -1)+"none", 1), Profile{Space: "RGB"}},
	} {
		require.Equal(t, c.want, readProfile([]byte(c.profile)), name)
	}
	// A zlib stream of 8 MB is looked into, not unpacked.
	h := read(t, pngWith(pngFile(t, picture(3, 2)), pngChunk("iCCP", "n\x00\x00"+deflated(t, strings.Repeat("\x00", 8<<20)))))
	require.True(t, h.HasICC)
	require.Empty(t, h.ICC)
}

func TestProgressive(t *testing.T) {
	t.Parallel()
	j := jpegFile(t, 31, 17)
	require.False(t, read(t, j).Progressive)
	j[bytes.Index(j, []byte{0xff, 0xc0})+1] = 0xc2
	require.True(t, read(t, j).Progressive)
	p := pngFile(t, picture(4, 4))
	require.False(t, read(t, p).Progressive)
	p[28] = 1
	require.True(t, read(t, p).Progressive)
	p[28] = 2
	_, err := ReadHeader(bytes.NewReader(p), int64(len(p)), 10)
	var r *models.Rejection
	require.ErrorAs(t, err, &r)
	require.Equal(t, models.RejectCorrupt, r.Code)
	g := gifFile(t, 2)
	require.False(t, read(t, g).Progressive)
	at := bytes.LastIndex(g, []byte{gifImage, 0, 0, 0, 0, 30, 0, 20, 0})
	require.Positive(t, at)
	g[at+9] |= 0x40
	require.True(t, read(t, g).Progressive)
}

func TestHEIFWithoutColour(t *testing.T) {
	t.Parallel()
	require.Equal(t, ColorGray, read(t, simpleHEIF("avif", "av01", ispe(8, 6), box("av1C", "\x81\x00\x1c\x00"))).Color)
	require.Equal(t, ColorGray, read(t, simpleHEIF("heic", "hvc1", ispe(8, 6), box("hvcC", string(make([]byte, 16))+"\xfc\xf8"))).Color)
	require.Equal(t, ColorRGB, read(t, simpleHEIF("heic", "hvc1", ispe(8, 6), box("hvcC", "short"))).Color)
}

func TestSequenceBesideThePicture(t *testing.T) {
	t.Parallel()
	track := func(n int) string {
		return box("trak", box("tkhd", "x"), box("mdia", box("minf", box("stbl", box("stsd", be(4, 0, 0)), box("stsz", be(4, 0, 0, n))))))
	}
	file := append(simpleHEIF("avis", "av01", ispe(8, 6)), box("moov", box("mvhd", "x"), track(48), track(7))...)
	h := read(t, file)
	require.Equal(t, 48, h.Frames)
	require.False(t, h.Animated)
	require.Equal(t, int64(48), h.Pixels(), "of the one that is decoded")
	damaged := append(simpleHEIF("avis", "av01", ispe(8, 6)), box("moov", "\x00\x00\x00\x04trak", track(48))...)
	require.Equal(t, 1, read(t, damaged).Frames)
}

func TestFirstFrameWidensTheScreen(t *testing.T) {
	t.Parallel()
	file := gifFile(t, 1)
	binary.LittleEndian.PutUint16(file[6:], 2)
	h := read(t, file)
	require.Equal(t, [2]int{30, 20}, [2]int{h.Width, h.Height})
}

func TestLimitsThatNobodyConfigured(t *testing.T) {
	t.Parallel()
	l := DefaultLimits()
	fits := Header{Bytes: 50 << 20, Width: 65_000, Height: 1538, Frames: 1}
	require.NoError(t, fits.Check(l))
	large := fits
	large.Bytes++
	var r *models.Rejection
	require.ErrorAs(t, large.Check(l), &r)
	require.Equal(t, models.RejectUnsupported, r.Code)
	l.Bytes = 0
	require.NoError(t, large.Check(l))
	long := Header{Width: 1<<31 - 1, Height: 1<<31 - 1, Frames: 1 << 30, Animated: true}
	require.Positive(t, long.Pixels())
}
