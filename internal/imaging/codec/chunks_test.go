package codec

import (
	"bytes"
	"encoding/binary"
	"os"
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"safelight/internal/imaging"
)

// chunks lists what a file is made of, by a reader that shares no code with
// the cutters. It fails on bytes that belong to nothing, and on parts that are
// larger than what they are for.
func chunks(t *testing.T, mime string, b []byte) []string {
	t.Helper()
	switch mime {
	case "image/webp":
		require.Equal(t, len(b), int(binary.LittleEndian.Uint32(b[4:]))+8, "bytes behind the RIFF")
		return riffChunks(t, b[12:])
	case "image/png":
		return pngChunks(t, b[8:])
	case "image/jpeg":
		return jpegSegments(t, b)
	case "image/gif":
		return gifBlocks(t, b)
	case "image/avif":
		return avifParts(t, b)
	}
	require.Failf(t, "not a format that is served", "%s", mime)
	return nil
}

func riffChunks(t *testing.T, b []byte) (kinds []string) {
	t.Helper()
	for len(b) > 0 {
		require.GreaterOrEqual(t, len(b), 8)
		n := int(binary.LittleEndian.Uint32(b[4:]))
		kind := string(b[:4])
		kinds = append(kinds, kind)
		switch kind {
		case "VP8X":
			require.Equal(t, 10, n)
			require.Zero(t, b[8]&^0x32, "VP8X flags claim metadata")
			require.Equal(t, bytes.Contains(b, []byte("ICCP")), b[8]&0x20 != 0, "VP8X flag for a profile")
			require.Equal(t, []byte{0, 0, 0}, b[9:12], "what is reserved")
		case "ANIM":
			require.Equal(t, 6, n)
		case "ANMF":
			kinds = append(kinds, riffChunks(t, b[8+16:8+n])...)
		}
		b = b[8+n+n%2:]
	}
	return kinds
}

// pngLengths are those of chunks that have but one.
var pngLengths = map[string]int{"IHDR": 13, "IEND": 0, "sRGB": 1, "acTL": 8, "fcTL": 26}

func pngChunks(t *testing.T, b []byte) (kinds []string) {
	t.Helper()
	for len(b) > 0 {
		n, kind := int(binary.BigEndian.Uint32(b)), string(b[4:8])
		if want, ok := pngLengths[kind]; ok {
			require.Equal(t, want, n, kind)
		}
		kinds = append(kinds, kind)
		b = b[12+n:]
	}
	require.Equal(t, "IEND", kinds[len(kinds)-1])
	return kinds
}

func jpegSegments(t *testing.T, b []byte) (kinds []string) {
	t.Helper()
	at := 2
	for {
		require.Equal(t, byte(0xff), b[at])
		marker := b[at+1]
		kinds = append(kinds, strconv.FormatUint(uint64(marker), 16))
		if marker == 0xd9 {
			require.Len(t, b, at+2, "bytes behind the end of image")
			return kinds
		}
		n := int(binary.BigEndian.Uint16(b[at+2:]))
		body := b[at+4 : at+2+n]
		switch marker {
		case 0xe0:
			require.Equal(t, "JFIF\x00", string(body[:5]))
			require.Equal(t, []byte{0, 0}, body[12:], "a thumbnail")
		case 0xee:
			require.Equal(t, "Adobe", string(body[:5]))
			require.Len(t, body, 12)
		}
		at += 2 + n
		for marker == 0xda && (b[at] != 0xff || b[at+1] == 0 || b[at+1]&0xf8 == 0xd0) {
			at++
		}
	}
}

func gifBlocks(t *testing.T, b []byte) (kinds []string) {
	t.Helper()
	table := func(flags byte) int {
		if flags < 0x80 {
			return 0
		}
		return 6 << (flags & 7)
	}
	at := 13 + table(b[10])
	for {
		kind := strconv.FormatUint(uint64(b[at]), 16)
		switch b[at] {
		case 0x3b:
			require.Len(t, b, at+1, "bytes behind the trailer")
			return append(kinds, kind)
		case 0x21:
			kind += strconv.FormatUint(uint64(b[at+1]), 16)
			switch b[at+1] {
			case 0xff:
				kind += string(b[at+3 : at+14])
				require.Equal(t, []byte{3, 1}, b[at+14:at+16])
				require.Zero(t, b[at+18], "more than a loop count")
			case 0xf9:
				require.Equal(t, byte(4), b[at+2])
				require.Zero(t, b[at+7], "more than a control")
			}
			at += 2
		case 0x2c:
			at += 11 + table(b[at+9])
		}
		kinds = append(kinds, kind)
		for b[at] != 0 {
			at += int(b[at]) + 1
		}
		at++
	}
}

// avifParts are the boxes of a file, the kinds of its items and of their
// properties. Every byte of mdat must belong to an item.
func avifParts(t *testing.T, b []byte) (kinds []string) {
	t.Helper()
	boxes := parseBoxes(t, b)
	meta := find(boxes, "meta")
	require.NotNil(t, meta)
	for _, x := range slices.Concat(boxes, meta.children) {
		kinds = append(kinds, x.kind)
	}
	for _, x := range find(boxes, "meta", "iinf").children {
		kinds = append(kinds, x.kind+" "+string(x.body[8:12]))
	}
	for _, x := range find(boxes, "meta", "iprp", "ipco").children {
		kind := "property " + x.kind
		if x.kind == "colr" {
			kind += " " + string(x.body[:4])
		}
		kinds = append(kinds, kind)
	}
	if mdat := find(boxes, "mdat"); mdat != nil {
		require.Equal(t, len(mdat.body), itemBytes(t, find(boxes, "meta", "iloc")), "bytes that are no item's")
	}
	return kinds
}

// itemBytes is how long all items are.
func itemBytes(t *testing.T, iloc *box) (sum int) {
	t.Helper()
	be := binary.BigEndian
	require.LessOrEqual(t, iloc.body[0], byte(1))
	require.Equal(t, byte(0x44), iloc.body[4])
	at := 8
	for range be.Uint16(iloc.body[6:]) {
		inFile := true
		if at += 2; iloc.body[0] == 1 {
			inFile = be.Uint16(iloc.body[at:]) == 0
			at += 2
		}
		at += 2 + int(iloc.body[5]>>4)
		extents := int(be.Uint16(iloc.body[at:]))
		at += 2
		for range extents {
			if inFile {
				sum += int(be.Uint32(iloc.body[at+4:]))
			}
			at += 8
		}
	}
	return sum
}

// allowed are the parts that hold no metadata.
var allowed = map[string][]string{
	"image/webp": {"VP8X", "VP8 ", "VP8L", "ALPH", "ANIM", "ANMF"},
	"image/png":  {"IHDR", "PLTE", "IDAT", "IEND", "tRNS", "sRGB", "sBIT", "acTL", "fcTL", "fdAT"},
	"image/jpeg": {"e0", "ee", "db", "c0", "c1", "c2", "c4", "dd", "da", "d9"},
	"image/gif":  {"21f9", "2c", "3b", "21ffNETSCAPE2.0", "21ffANIMEXTS1.0"},
	"image/avif": {
		"ftyp", "meta", "mdat", "free", "hdlr", "pitm", "iloc", "iinf", "iprp", "iref", "idat", "infe av01",
		"property av1C", "property ispe", "property pixi", "property auxC", "property colr nclx",
	},
}

// requireClean proves that a file has no metadata by reading its parts, and by
// looking for the words that the metadata held.
func requireClean(t *testing.T, what, mime string, b []byte) {
	t.Helper()
	for _, kind := range chunks(t, mime, b) {
		if !slices.Contains(allowed[mime], kind) {
			require.Failf(t, "metadata", "%s (%s) has a part %q", what, mime, kind)
		}
	}
	require.NotContains(t, string(b), secret, "%s holds the words of the metadata", what)
}

// requireNoMetadata proves it for every variant.
func requireNoMetadata(t *testing.T, r imaging.Result) {
	t.Helper()
	require.Len(t, r.Variants, 3)
	for _, v := range r.Variants {
		b, err := os.ReadFile(v.Path)
		require.NoError(t, err)
		requireClean(t, v.Name, v.MIMEType, b)
	}
}
