package metadata

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"safelight/internal/imageinfo"
	"safelight/internal/testkit"
)

func segment(marker byte, body string) string {
	return string([]byte{0xff, marker, byte((len(body) + 2) >> 8), byte(len(body) + 2)}) + body
}

// behind puts segments after the start of a JPEG.
func behind(jpeg []byte, segments ...string) []byte {
	return append([]byte("\xff\xd8"+strings.Join(segments, "")), jpeg[2:]...)
}

func chunk(kind, body string) string {
	b := binary.BigEndian.AppendUint32(nil, uint32(len(body)))
	b = append(append(b, kind...), body...)
	return string(binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[4:])))
}

func riff(kind, body string) string {
	b := binary.LittleEndian.AppendUint32([]byte(kind), uint32(len(body)))
	return string(append(b, body...)) + strings.Repeat("\x00", len(body)%2)
}

func webp(chunks ...string) []byte {
	return []byte(riff("RIFF", "WEBP"+strings.Join(chunks, "")))
}

func box(kind string, body ...string) string {
	all := strings.Join(body, "")
	return string(append(binary.BigEndian.AppendUint32(nil, uint32(len(all)+8)), kind...)) + all
}

// entry is a field of a TIFF directory, little endian.
type entry struct {
	tag, kind uint16
	count     uint32
	value     []byte // longer ones are put behind
}

// directoryAt writes a directory that begins at an offset, its long values behind it.
func directoryAt(at int, next uint32, entries ...entry) []byte {
	le := binary.LittleEndian
	b := le.AppendUint16(nil, uint16(len(entries)))
	var tail []byte
	tailAt := at + 2 + 12*len(entries) + 4
	for _, e := range entries {
		b = le.AppendUint16(b, e.tag)
		b = le.AppendUint16(b, e.kind)
		b = le.AppendUint32(b, e.count)
		if len(e.value) <= 4 {
			b = append(b, append(e.value, make([]byte, 4-len(e.value))...)...)
			continue
		}
		b = le.AppendUint32(b, uint32(tailAt+len(tail)))
		tail = append(tail, e.value...)
	}
	return append(le.AppendUint32(b, next), tail...)
}

func long(v int) []byte { return binary.LittleEndian.AppendUint32(nil, uint32(v)) }

func words(s string) []byte { return append([]byte(s), 0) }

// richEXIF has a camera, a time, a maker note, serial numbers, a comment and a thumbnail.
func richEXIF() []byte {
	head := []byte("II*\x00\x08\x00\x00\x00")
	photo := func(at int) []byte {
		return directoryAt(at, 0,
			entry{tagTaken, 2, 20, words("2024:05:06 07:08:09")},
			entry{tagMakerNote, 7, 30, make([]byte, 30)},
			entry{tagUserComment, 7, 13, []byte("ASCII\x00\x00\x00hello")},
			entry{tagSerial, 2, 7, words("BODY-1")},
			entry{tagLensSerial, 2, 7, words("LENS-2")})
	}
	main := func(exifAt, next int) []byte {
		return directoryAt(8, uint32(next),
			entry{tagMake, 2, 4, words("Acme")[:4]},
			entry{tagModel, 2, 7, words("Acme X")},
			entry{tagEXIF, 4, 1, long(exifAt)})
	}
	exifAt := 8 + len(main(0, 0))
	next := exifAt + len(photo(exifAt))
	thumb := directoryAt(next, 0, entry{tagThumbnail, 4, 1, long(9)}, entry{tagThumbLength, 4, 1, long(99)})
	return bytes.Join([][]byte{head, main(exifAt, next), photo(exifAt), thumb}, nil)
}

var tiffFile = func() []byte {
	dir := directoryAt(8, 0,
		entry{tagModel, 2, 9, words("Scanner9")}, entry{tagXMP, 1, 6, []byte("<xmp/>")},
		entry{tagIPTC, 7, 5, []byte("12345")}, entry{tagPhotoshop, 7, 6, []byte("8BIM12")})
	return append([]byte("II*\x00\x08\x00\x00\x00"), dir...)
}()

// heifFile has an EXIF item, an XMP item and a thumbnail of its picture.
var heifFile = func() []byte {
	exif := "\x00\x00\x00\x06Exif\x00\x00" + string(richEXIF())
	meta := func(at int) string {
		be := binary.BigEndian
		place := func(id, at, n int) string {
			b := be.AppendUint16(nil, uint16(id))
			b = be.AppendUint16(b, 0) // in this file
			b = be.AppendUint16(b, 1)
			b = be.AppendUint32(b, uint32(at))
			return string(be.AppendUint32(b, uint32(n)))
		}
		return box("meta", "\x00\x00\x00\x00",
			box("iinf", "\x00\x00\x00\x00\x00\x02",
				box("infe", "\x02\x00\x00\x00\x00\x02\x00\x00Exif\x00"),
				box("infe", "\x02\x00\x00\x00\x00\x03\x00\x00mime\x00application/rdf+xml\x00")),
			box("iloc", "\x00\x00\x00\x00\x44\x00\x00\x02", place(2, at, len(exif)), place(3, at+len(exif), 6)),
			box("iref", "\x00\x00\x00\x00", box("thmb", "\x00\x04\x00\x01\x00\x01")))
	}
	ftyp := box("ftyp", "heic\x00\x00\x00\x00mif1heic")
	at := len(ftyp) + len(meta(0)) + 8
	return []byte(ftyp + meta(at) + box("mdat", exif, "<xmp/>"))
}()

type found struct {
	kind   Kind
	detail string
}

var files = map[string]struct {
	format imageinfo.Format
	file   []byte
	want   []found
}{
	"a clean JPEG": {imageinfo.JPEG, testkit.JPEG(40, 30, 1), nil},
	"a clean PNG":  {imageinfo.PNG, testkit.PNG(40, 30, 1), nil},
	"a clean GIF":  {imageinfo.GIF, testkit.GIF(40, 30, 2, 1), nil},
	"camera and place": {
		imageinfo.JPEG, testkit.WithEXIF(testkit.JPEG(40, 30, 1), 6),
		[]found{{EXIF, testkit.CameraModel}, {GPS, ""}},
	},
	"all of EXIF": {
		imageinfo.JPEG, behind(testkit.JPEG(40, 30, 1), segment(0xe1, "Exif\x00\x00"+string(richEXIF()))),
		[]found{
			{EXIF, "Acme X, 2024:05:06 07:08:09"}, {MakerNote, ""}, {Serial, "BODY-1"}, {Serial, "LENS-2"}, {Thumbnail, ""}, {Comment, "hello"},
		},
	},
	"other segments": {
		imageinfo.JPEG, append(behind(testkit.JPEG(40, 30, 1),
			segment(0xe1, "http://ns.adobe.com/xap/1.0/\x00<x/>"), segment(0xed, "Photoshop 3.0\x008BIM\x04\x04\x00\x00"),
			segment(0xed, "Photoshop 3.0\x008BIM\x03\xed\x00\x00"), segment(0xe2, "MPF\x00II"), segment(0xe2, "ICC_PROFILE\x00\x01\x01"),
			segment(0xec, "Ducky\x00"), segment(0xee, "Adobe\x00"), segment(0xfe, "made by\x1b[2J me")), "hidden"...),
		[]found{
			{XMP, ""},
			{IPTC, ""},
			{Comment, "made by [2J me"},
			{Other, "Photoshop"},
			{Other, "further pictures (MPF)"},
			{Other, "APP12"},
			{Trailer, "behind the end of the picture"},
		},
	},
	"PNG chunks": {
		imageinfo.PNG, append(append(append([]byte{}, testkit.PNG(9, 9, 1)[:33]...), chunk("tEXt", "Author\x00Ada")+
			chunk("zTXt", "Long\x00\x00zzzz")+chunk("iTXt", "Title\x00\x00\x00en\x00Titel\x00Sea")+chunk("iTXt", "XML:com.adobe.xmp\x00\x00\x00\x00\x00<x/>")+
			chunk("tIME", "\x07\xe8\x05\x06\x00\x00\x00")+chunk("eXIf", string(richEXIF()[:8]))+chunk("vpAg", "12345")...), testkit.PNG(9, 9, 1)[33:]...),
		[]found{
			{EXIF, ""}, {XMP, ""}, {Text, "Author: Ada"}, {Text, "Long"}, {Text, "Title: Sea"}, {Text, "changed 2024-05-06"}, {Other, "vpAg"},
		},
	},
	"WebP chunks": {
		imageinfo.WebP, append(webp(riff("VP8 ", "picture"), riff("EXIF", string(richEXIF())), riff("XMP ", "<x/>"), riff("ABCD", "?")), "more"...),
		[]found{
			{EXIF, "Acme X, 2024:05:06 07:08:09"},
			{MakerNote, ""},
			{Serial, "BODY-1"},
			{Serial, "LENS-2"},
			{Thumbnail, ""},
			{XMP, ""},
			{Comment, "hello"},
			{Other, "ABCD"},
			{Trailer, "behind the end of the picture"},
		},
	},
	"GIF blocks": {
		imageinfo.GIF, append([]byte("GIF89a\x01\x00\x01\x00\x00\x00\x00"+"\x21\xfe\x05hello\x00"+"\x21\xff\x0bXMP DataXMP\x04<x/>\x00"+
			"\x21\xff\x0bGIFCONnb1.0\x01x\x00"+"\x21\xff\x0bNETSCAPE2.0\x03\x01\x00\x00\x00"), ";end"...),
		[]found{{XMP, ""}, {Comment, "hello"}, {Other, "GIFCONnb1.0"}, {Trailer, "behind the end of the picture"}},
	},
	"TIFF tags": {imageinfo.TIFF, tiffFile, []found{{EXIF, "Scanner9"}, {XMP, ""}, {IPTC, ""}, {Other, "Photoshop"}}},
	"HEIF items": {
		imageinfo.HEIC, heifFile,
		[]found{
			{EXIF, "Acme X, 2024:05:06 07:08:09"}, {MakerNote, ""}, {Serial, "BODY-1"}, {Serial, "LENS-2"}, {Thumbnail, ""}, {XMP, ""}, {Comment, "hello"},
		},
	},
}

func TestList(t *testing.T) {
	t.Parallel()
	for name, c := range files {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got []found
			for _, it := range List(c.format, c.file) {
				f := found{it.Kind, it.Detail}
				if it.Kind == GPS {
					require.Regexp(t, `^$|^51\.`, it.Detail)
					f.detail = ""
				}
				got = append(got, f)
			}
			require.Equal(t, c.want, got)
		})
	}
}

func TestPosition(t *testing.T) {
	t.Parallel()
	part := func(v ...uint32) []byte {
		var b []byte
		for _, n := range v {
			b = binary.LittleEndian.AppendUint32(b, n)
		}
		return b
	}
	place := func(ns, ew string, north, east []byte) string {
		gps := directoryAt(26, 0, entry{0, 1, 4, []byte{2, 3, 0, 0}}, entry{1, 2, 2, words(ns)}, entry{2, 5, 3, north},
			entry{3, 2, 2, words(ew)}, entry{4, 5, 3, east})
		b := append([]byte("II*\x00\x08\x00\x00\x00"), directoryAt(8, 0, entry{tagGPS, 4, 1, long(26)})...)
		items := List(imageinfo.JPEG, behind(testkit.JPEG(8, 8, 1), segment(0xe1, "Exif\x00\x00"+string(append(b, gps...)))))
		require.Len(t, items, 2)
		require.Equal(t, GPS, items[1].Kind)
		return items[1].Detail
	}
	require.Equal(t, "51.50333, -0.12500", place("N", "W", part(51, 1, 30, 1, 12, 1), part(0, 1, 15, 2, 0, 1)))
	require.Equal(t, "-33.85000, 151.20000", place("S", "E", part(33, 1, 51, 1, 0, 0), part(151, 1, 12, 1, 0, 1)))
	require.Empty(t, place("N", "E", part(1, 0, 0, 1, 0, 1), part(0, 1, 0, 1, 0, 1)), "a position that can not be read is one")
}

// A version without a position is none.
func TestGPSVersionAlone(t *testing.T) {
	t.Parallel()
	b := append([]byte("II*\x00\x08\x00\x00\x00"), directoryAt(8, 0, entry{tagGPS, 4, 1, long(26)})...)
	b = append(b, directoryAt(26, 0, entry{0, 1, 4, []byte{2, 3, 0, 0}})...)
	items := List(imageinfo.JPEG, behind(testkit.JPEG(8, 8, 1), segment(0xe1, "Exif\x00\x00"+string(b))))
	require.Len(t, items, 1)
	require.Equal(t, EXIF, items[0].Kind)
}

// Files cut anywhere and files with changed bytes are listed as far as they go.
func TestDamage(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	for _, c := range files {
		for n := 0; n < len(c.file); n += 1 + len(c.file)/300 {
			List(c.format, c.file[:n])
		}
		for range 300 {
			damaged := bytes.Clone(c.file)
			for range 1 + r.IntN(8) {
				damaged[r.IntN(len(damaged))] = byte(r.IntN(256))
			}
			require.LessOrEqual(t, len(List(c.format, damaged)), maxItems)
		}
	}
}

func FuzzList(f *testing.F) {
	for _, c := range files {
		f.Add(byte(c.format), c.file)
	}
	f.Fuzz(func(t *testing.T, format byte, file []byte) {
		for _, it := range List(imageinfo.Format(format), file) {
			if it.Bytes < 0 {
				t.Fatalf("%s of %d bytes", it.Kind, it.Bytes)
			}
		}
	})
}
