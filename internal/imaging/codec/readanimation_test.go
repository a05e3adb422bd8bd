package codec

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"io"
	"testing"

	"github.com/stretchr/testify/require"
)

// animation is what can be told of each frame of a file by its bytes.
type animation struct {
	loops  int
	frames []animationFrame
}

type animationFrame struct {
	place  [4]int // x, y, width, height
	millis int
	how    byte // disposal and blending
	pixels []byte
}

// readWebPAnimation reads loop count and frames by the numbers in the file.
func readWebPAnimation(t *testing.T, b []byte) (out animation) {
	t.Helper()
	three := func(b []byte) int { return int(b[0]) | int(b[1])<<8 | int(b[2])<<16 }
	end := int(binary.LittleEndian.Uint32(b[4:])) + 8
	for at := 12; at < end; {
		n := int(binary.LittleEndian.Uint32(b[at+4:]))
		body := b[at+8 : at+8+n]
		switch string(b[at : at+4]) {
		case "ANIM":
			out.loops = int(binary.LittleEndian.Uint16(body[4:]))
		case "ANMF":
			out.frames = append(out.frames, animationFrame{
				place:  [4]int{2 * three(body), 2 * three(body[3:]), three(body[6:]) + 1, three(body[9:]) + 1},
				millis: three(body[12:]), how: body[15], pixels: body[16:],
			})
		}
		at += 8 + n + n%2
	}
	return out
}

// readPNGAnimation reads loop count and frames, unpacked.
func readPNGAnimation(t *testing.T, b []byte) (out animation) {
	t.Helper()
	be := binary.BigEndian
	unpack := func(b []byte) []byte {
		z, err := zlib.NewReader(bytes.NewReader(b))
		require.NoError(t, err)
		raw, err := io.ReadAll(z)
		require.NoError(t, err)
		return raw
	}
	for at := 8; at+12 <= len(b); {
		n := int(be.Uint32(b[at:]))
		body := b[at+8 : at+8+n]
		switch string(b[at+4 : at+8]) {
		case "acTL":
			out.loops = int(be.Uint32(body[4:]))
		case "fcTL":
			out.frames = append(out.frames, animationFrame{
				place:  [4]int{int(be.Uint32(body[12:])), int(be.Uint32(body[16:])), int(be.Uint32(body[4:])), int(be.Uint32(body[8:]))},
				millis: int(be.Uint16(body[20:])) * 1000 / int(be.Uint16(body[22:])),
			})
		case "IDAT":
			out.frames[len(out.frames)-1].pixels = unpack(body)
		case "fdAT":
			out.frames[len(out.frames)-1].pixels = unpack(body[4:])
		case "IEND":
			return out
		}
		at += 12 + n
	}
	return out
}
