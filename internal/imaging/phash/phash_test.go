package phash

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// blobs paints discs over each other, at any size the same picture.
func blobs(seed uint64, w, h int) []byte {
	r := rand.New(rand.NewPCG(seed, 1))
	px := make([]byte, w*h*4)
	for i := range px {
		px[i] = 255
	}
	for range 30 {
		cx, cy, radius, v := r.Float64(), r.Float64(), 0.05+r.Float64()*0.3, byte(r.IntN(256))
		for y := range h {
			for x := range w {
				dx, dy := (float64(x)+0.5)/float64(w)-cx, (float64(y)+0.5)/float64(h)-cy
				if dx*dx+dy*dy < radius*radius {
					copy(px[(y*w+x)*4:], []byte{v, v / 2, 255 - v})
				}
			}
		}
	}
	return px
}

func TestSamePictureOtherSize(t *testing.T) {
	t.Parallel()
	for seed := range uint64(20) {
		a, err := Hash(100, 67, blobs(seed, 100, 67))
		require.NoError(t, err)
		b, err := Hash(400, 267, blobs(seed, 400, 267))
		require.NoError(t, err)
		c, err := Hash(100, 67, blobs(seed+100, 100, 67))
		require.NoError(t, err)
		require.LessOrEqual(t, Distance(a, b), 5)
		require.Greater(t, Distance(a, c), 14)
	}
}

func TestFlatAndTinyPictures(t *testing.T) {
	t.Parallel()
	for _, size := range [][2]int{{1, 1}, {1, 100}, {100, 1}, {3, 5}, {33, 31}} {
		for _, v := range []byte{0, 128, 255} {
			px := make([]byte, size[0]*size[1]*4)
			for i := range px {
				px[i] = v
			}
			hash, err := Hash(size[0], size[1], px)
			require.NoError(t, err)
			require.Zero(t, hash, "flat pictures are all alike")
		}
	}
}

// The rule that mirroring follows: frequencies that are odd across change sign.
func TestMirrorFlipsOddColumns(t *testing.T) {
	t.Parallel()
	px := blobs(7, 64, 64)
	mirrored := make([]byte, len(px))
	for y := range 64 {
		for x := range 64 {
			copy(mirrored[(y*64+63-x)*4:][:4], px[(y*64+x)*4:])
		}
	}
	a, err := Hash(64, 64, px)
	require.NoError(t, err)
	b, err := Hash(64, 64, mirrored)
	require.NoError(t, err)
	const oddColumns = 0xaaaaaaaaaaaaaaaa
	require.LessOrEqual(t, Distance(a^oddColumns, b), 3)
}

func TestTransparentIsWhite(t *testing.T) {
	t.Parallel()
	px, clear := blobs(3, 50, 50), blobs(3, 50, 50)
	for i := 0; i < len(px); i += 4 {
		if i/4%50 < 20 {
			copy(px[i:], []byte{255, 255, 255, 255})
			clear[i+3] = 0
		}
	}
	a, err := Hash(50, 50, px)
	require.NoError(t, err)
	b, err := Hash(50, 50, clear)
	require.NoError(t, err)
	require.Equal(t, a, b)
	_, err = Hash(2, 2, make([]byte, 15))
	require.ErrorIs(t, err, ErrSize)
}
