package imageinfo

import (
	"bytes"
	"math/bits"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"safelight/models"
)

// bitString packs numbers of so many bits, and exponential-Golomb numbers.
type bitString struct{ s strings.Builder }

func (b *bitString) put(v uint64, n int) *bitString {
	for n--; n >= 0; n-- {
		b.s.WriteByte('0' + byte(v>>n&1))
	}
	return b
}

func (b *bitString) ue(v uint64) *bitString {
	n := bits.Len64(v + 1)
	return b.put(0, n-1).put(v+1, n)
}

func (b *bitString) bytes() string {
	var out []byte
	for s := b.s.String() + strings.Repeat("1", 7); len(s) >= 8; s = s[8:] {
		v := byte(0)
		for _, c := range s[:8] {
			v = v<<1 | byte(c-'0')
		}
		out = append(out, v)
	}
	return string(out)
}

func obu(kind int, body string) string {
	return string([]byte{byte(kind<<3 | 2), byte(len(body))}) + body
}

// still is the short header of AV1's still pictures.
func still(w, h uint64) string {
	b := new(bitString).put(0, 3).put(1, 1).put(1, 1).put(8, 5).put(15, 4).put(15, 4).put(w-1, 16).put(h-1, 16)
	return obu(2, "") + obu(1, b.bytes())
}

// film is the long one, with everything in it that may be.
func film(w, h uint64) string {
	b := new(bitString).put(0, 3).put(0, 1).put(0, 1)
	b.put(1, 1).put(1, 32).put(25, 32).put(1, 1).ue(3).put(1, 1).put(9, 5).put(1, 32).put(5, 5).put(5, 5)
	b.put(1, 1).put(1, 5) // two operating points
	b.put(0, 12).put(9, 5).put(1, 1).put(1, 1).put(7, 10).put(7, 10).put(1, 1).put(1, 1).put(3, 4)
	b.put(0, 12).put(4, 5).put(0, 1).put(0, 1)
	b.put(15, 4).put(15, 4).put(w-1, 16).put(h-1, 16)
	return obu(2, "") + obu(1, b.bytes())
}

// parameters is hvcC with a set for a picture, behind one for something else.
func parameters(w, h uint64, layers int) string {
	b := new(bitString).put(0x42<<8|1, 16).put(0, 4).put(uint64(layers), 3).put(1, 1)
	b.put(1<<62, 64).put(1<<23, 32) // nothing of it looks like a stuffed byte
	for range layers {
		b.put(3, 2)
	}
	if layers > 0 {
		b.put(0, 2*(8-layers))
	}
	for range layers {
		b.put(1<<62|1<<40|1<<20, 64).put(1<<30|1<<14, 32)
	}
	b.ue(0).ue(3).put(0, 1).ue(w).ue(h)
	unit := strings.ReplaceAll(b.bytes(), "\x00\x00", "\x00\x00\x03")
	array := func(kind byte, unit string) string {
		return string([]byte{0x80 | kind, 0, 1}) + be(2, len(unit)) + unit
	}
	return strings.Repeat("\x01", 22) + "\x02" + array(32, "\x40\x01video") + array(33, unit)
}

// avifOf has one picture whose data lies in idat.
func avifOf(w, h int, data string) []byte {
	iloc := box("iloc", be(1, 1, 0, 0, 0), be(2, 0x4400), be(2, 1), be(2, 1, 1, 0), be(2, 1), be(4, 0, len(data)))
	return heifFile("avif", []heifItem{{1, "av01", []byte{1}}}, []string{ispe(w, h)}, iloc, box("idat", data))
}

func TestCodedSize(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		file []byte
		fits bool
	}{
		"av1":                     {avifOf(4000, 3000, still(4000, 3000)), true},
		"av1, whole blocks":       {avifOf(4000, 3000, still(4032, 3008)), true},
		"av1, larger":             {avifOf(64, 64, still(17_000, 17_000)), false},
		"av1, higher":             {avifOf(4000, 64, still(4000, 17_000)), false},
		"av1, film":               {avifOf(4000, 3000, film(4000, 3000)), true},
		"av1, film, larger":       {avifOf(64, 64, film(17_000, 9000)), false},
		"av1 without a header":    {avifOf(64, 64, obu(2, "")+obu(6, "frame")), true},
		"av1 without data":        {simpleHEIF("avif", "av01", ispe(64, 64)), true},
		"av1 of endless length":   {avifOf(64, 64, "\x0a"+strings.Repeat("\xff", 20)), false},
		"hevc":                    {simpleHEIF("heic", "hvc1", ispe(4000, 3000), box("hvcC", parameters(4000, 3000, 0))), true},
		"hevc, larger":            {simpleHEIF("heic", "hvc1", ispe(64, 64), box("hvcC", parameters(17_000, 64, 0))), false},
		"hevc, in layers":         {simpleHEIF("heic", "hvc1", ispe(4000, 3000), box("hvcC", parameters(4000, 3000, 2))), true},
		"hevc, in layers, larger": {simpleHEIF("heic", "hvc1", ispe(64, 64), box("hvcC", parameters(17_000, 17_000, 2))), false},
		"hevc, cut off":           {simpleHEIF("heic", "hvc1", ispe(64, 64), box("hvcC", parameters(64, 64, 0)[:60])), true},
	} {
		_, err := ReadHeader(bytes.NewReader(c.file), int64(len(c.file)), 10)
		if c.fits {
			require.NoError(t, err, name)
			continue
		}
		var r *models.Rejection
		require.ErrorAs(t, err, &r, name)
		require.Equal(t, models.RejectCorrupt, r.Code)
		require.Contains(t, r.Detail, "contradicts", name)
	}
	w, h := hevcSize([]byte(parameters(4000, 3000, 2)))
	require.Equal(t, [2]uint64{4000, 3000}, [2]uint64{w, h})
	w, h = av1Size([]byte(film(4000, 3000)))
	require.Equal(t, [2]uint64{4000, 3000}, [2]uint64{w, h})
}

// A tile that is coded larger than it says is found wherever it stands.
func TestCodedSizeOfTiles(t *testing.T) {
	t.Parallel()
	for last, want := range map[uint64]bool{512: true, 9000: false} {
		props := []string{ispe(1000, 500), ispe(512, 512), box("hvcC", parameters(512, 512, 0)), box("hvcC", parameters(last, 512, 0))}
		items := []heifItem{{1, "grid", []byte{1}}, {2, "hvc1", []byte{2, 3}}, {3, "hvc1", []byte{2, 4}}}
		grid := "\x00\x00\x00\x01" + be(2, 1000, 500)
		file := heifFile("heic", items, props, box("iref", be(4, 0), box("dimg", be(2, 1, 2, 2, 3))),
			box("iloc", be(1, 1, 0, 0, 0), be(2, 0x4400), be(2, 1), be(2, 1, 1, 0), be(2, 1), be(4, 0, len(grid))), box("idat", grid))
		_, err := ReadHeader(bytes.NewReader(file), int64(len(file)), 10)
		require.Equal(t, want, err == nil, "%v", err)
	}
}
