package codec

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

// pngKind is what the standard library cannot be asked for: every depth and
// kind of colour, interlaced or not, with chunks of the test's choice.
type pngKind struct {
	depth      int
	colorType  byte // 0 grey, 2 RGB, 3 palette, 4 grey and alpha, 6 RGBA
	interlaced bool
	palette    [][4]float64 // for 3, and which of it each pixel is must be plain
	chunks     [][]byte     // before the pixels
}

func (k pngKind) channels() []int {
	return map[byte][]int{0: {0}, 2: {0, 1, 2}, 3: {0}, 4: {0, 3}, 6: {0, 1, 2, 3}}[k.colorType]
}

func (k pngKind) encode(t testing.TB, r raster) []byte {
	t.Helper()
	head := binary.BigEndian.AppendUint32(nil, uint32(r.w))
	head = binary.BigEndian.AppendUint32(head, uint32(r.h))
	head = append(head, byte(k.depth), k.colorType, 0, 0, 0)
	passes := [][4]int{{0, 0, 1, 1}}
	if k.interlaced {
		head[12] = 1
		passes = [][4]int{{0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4}, {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}}
	}
	var raw []byte
	for _, p := range passes {
		for y := p[1]; y < r.h && p[0] < r.w; y += p[3] {
			raw = append(append(raw, 0), k.row(t, r, y, p[0], p[2])...)
		}
	}
	out := append([]byte("\x89PNG\r\n\x1a\n"), pngChunk("IHDR", head)...)
	for _, c := range k.chunks {
		out = append(out, c...)
	}
	if k.colorType == 3 {
		var colors, alphas []byte
		for _, c := range k.palette {
			colors = append(colors, eight(c[0]), eight(c[1]), eight(c[2]))
			alphas = append(alphas, eight(c[3]))
		}
		out = append(out, pngChunk("PLTE", colors)...)
		if bytes.Count(alphas, []byte{255}) < len(alphas) {
			out = append(out, pngChunk("tRNS", alphas)...)
		}
	}
	packed := deflated(t, raw)
	out = append(out, pngChunk("IDAT", packed[:len(packed)/2])...)
	out = append(out, pngChunk("IDAT", packed[len(packed)/2:])...)
	return append(out, pngChunk("IEND", nil)...)
}

// row packs each step-th pixel of a line, from first on.
func (k pngKind) row(t testing.TB, r raster, y, first, step int) []byte {
	t.Helper()
	var out bits
	for x := first; x < r.w; x += step {
		p := r.px[y*r.w+x]
		if k.colorType == 3 {
			out.add(indexOf(t, k.palette, p), k.depth)
			continue
		}
		for _, c := range k.channels() {
			out.add(level(p[c], k.depth), k.depth)
		}
	}
	return out.bytes()
}

// level is a value as a whole number of some bits.
func level(v float64, depth int) uint64 {
	return uint64(math.Round(min(max(v, 0), 1) * float64(uint64(1)<<depth-1)))
}

func indexOf(t testing.TB, palette [][4]float64, p [4]float64) uint64 {
	t.Helper()
	for i, c := range palette {
		if c == p {
			return uint64(i)
		}
	}
	require.Failf(t, "not in the palette", "%v", p)
	return 0
}

// bits packs numbers, most significant bit first.
type bits struct {
	out  []byte
	free int // bits left in the last byte
}

func (b *bits) add(v uint64, n int) {
	for n--; n >= 0; n-- {
		if b.free == 0 {
			b.out, b.free = append(b.out, 0), 8
		}
		b.free--
		b.out[len(b.out)-1] |= byte(v>>n&1) << b.free
	}
}

func (b *bits) bytes() []byte { return b.out }

func deflated(t testing.TB, raw []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	z := zlib.NewWriter(&out)
	_, err := z.Write(raw)
	require.NoError(t, err)
	require.NoError(t, z.Close())
	return out.Bytes()
}

// iccp is a profile as a chunk.
func iccp(t testing.TB, profile []byte) []byte {
	t.Helper()
	return pngChunk("iCCP", append([]byte("profile\x00\x00"), deflated(t, profile)...))
}
