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
// the cutters. It fails on bytes that belong to nothing.
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
	}
	require.Failf(t, "not a format that is served", "%s", mime)
	return nil
}

func riffChunks(t *testing.T, b []byte) (kinds []string) {
	t.Helper()
	for len(b) > 0 {
		require.GreaterOrEqual(t, len(b), 8)
		n := int(binary.LittleEndian.Uint32(b[4:]))
		kinds = append(kinds, string(b[:4]))
		if string(b[:4]) == "VP8X" {
			require.Zero(t, b[8]&^0x12, "VP8X flags claim metadata")
		}
		if string(b[:4]) == "ANMF" {
			kinds = append(kinds, riffChunks(t, b[8+16:8+n])...)
		}
		b = b[8+n+n%2:]
	}
	return kinds
}

func pngChunks(t *testing.T, b []byte) (kinds []string) {
	t.Helper()
	for len(b) > 0 {
		n := int(binary.BigEndian.Uint32(b))
		kinds = append(kinds, string(b[4:8]))
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
		at += 2 + int(binary.BigEndian.Uint16(b[at+2:]))
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
			if b[at+1] == 0xff {
				kind += string(b[at+3 : at+14])
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

// allowed are the parts that hold no metadata.
var allowed = map[string][]string{
	"image/webp": {"VP8X", "VP8 ", "VP8L", "ALPH", "ANIM", "ANMF"},
	"image/png":  {"IHDR", "PLTE", "IDAT", "IEND", "tRNS", "gAMA", "cHRM", "sRGB", "sBIT", "cICP", "acTL", "fcTL", "fdAT"},
	"image/jpeg": {"e0", "ee", "db", "c0", "c1", "c2", "c4", "dd", "da", "d9"},
	"image/gif":  {"21f9", "2c", "3b", "21ffNETSCAPE2.0"},
}

// requireNoMetadata proves it for every variant by reading its parts, and by
// looking for the words that the metadata held.
func requireNoMetadata(t *testing.T, r imaging.Result) {
	t.Helper()
	require.Len(t, r.Variants, 3)
	for _, v := range r.Variants {
		b, err := os.ReadFile(v.Path)
		require.NoError(t, err)
		for _, kind := range chunks(t, v.MIMEType, b) {
			if !slices.Contains(allowed[v.MIMEType], kind) {
				require.Failf(t, "metadata", "%s (%s) has a part %q", v.Name, v.MIMEType, kind)
			}
		}
		require.False(t, bytes.Contains(b, []byte(secret)), "%s holds the words of the metadata", v.Name)
	}
}
