package thumbhash

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

func filled(w, h int, px func(x, y int) [4]byte) []byte {
	out := make([]byte, 0, w*h*4)
	for y := range h {
		for x := range w {
			p := px(x, y)
			out = append(out, p[:]...)
		}
	}
	return out
}

// averageOf reads the mean colour back out of a hash, as a client does.
func averageOf(hash []byte) (r, g, b, a float64) {
	head := uint32(hash[0]) | uint32(hash[1])<<8 | uint32(hash[2])<<16
	l := float64(head&63) / 63
	p := float64(head>>6&63)/31.5 - 1
	q := float64(head>>12&63)/31.5 - 1
	a = 1
	if head>>23 != 0 {
		a = float64(hash[5]&15) / 15
	}
	b = l - 2.0/3*p
	r = (3*l - b + q) / 2
	return r, r - q, b, a
}

func TestAverageColor(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		px   [4]byte
		w, h int
	}{
		"red": {[4]byte{255, 0, 0, 255}, 100, 60}, "green": {[4]byte{0, 255, 0, 255}, 7, 90},
		"sand": {[4]byte{200, 180, 140, 255}, 1, 1}, "white": {[4]byte{255, 255, 255, 255}, 100, 1},
		"black": {[4]byte{0, 0, 0, 255}, 33, 33}, "half": {[4]byte{40, 90, 200, 128}, 50, 40},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			hash, err := Encode(c.w, c.h, filled(c.w, c.h, func(int, int) [4]byte { return c.px }))
			require.NoError(t, err)
			r, g, b, a := averageOf(hash)
			for i, got := range []float64{r, g, b, a} {
				require.InDelta(t, float64(c.px[i])/255, got, 0.05)
			}
		})
	}
}

func TestLengthAndShape(t *testing.T) {
	t.Parallel()
	gradient := func(x, y int) [4]byte { return [4]byte{byte(x * 2), byte(y * 2), 90, 255} }
	wide, err := Encode(100, 50, filled(100, 50, gradient))
	require.NoError(t, err)
	tall, err := Encode(50, 100, filled(50, 100, gradient))
	require.NoError(t, err)
	require.NotZero(t, wide[4]&0x80, "landscape")
	require.Zero(t, tall[4]&0x80)
	require.EqualValues(t, 4, wide[3]&7, "rows of luminance: 7 × 50/100, rounded")
	for _, hash := range [][]byte{wide, tall} {
		require.LessOrEqual(t, len(hash), 25)
		require.Zero(t, hash[2]&0x80, "opaque")
	}
	clear, err := Encode(10, 10, filled(10, 10, func(x, _ int) [4]byte { return [4]byte{9, 9, 9, byte(x * 25)} }))
	require.NoError(t, err)
	require.NotZero(t, clear[2]&0x80, "has alpha")
}

// The luminance of a picture that is dark on the left and bright on the right
// has one strong frequency: the first across, and it is negative.
func TestFrequencies(t *testing.T) {
	t.Parallel()
	hash, err := Encode(60, 60, filled(60, 60, func(x, _ int) [4]byte {
		v := byte(127.5 - 127.5*math.Cos(math.Pi/60*(float64(x)+0.5)))
		return [4]byte{v, v, v, 255}
	}))
	require.NoError(t, err)
	require.EqualValues(t, 0, hash[5]&15, "first across, the lowest value")
	for i := 1; i < 10; i++ {
		require.InDelta(t, 7.5, float64(hash[5+i/2]>>(i%2*4)&15), 1, "frequency %d is not there", i)
	}
}

func TestWrongSizes(t *testing.T) {
	t.Parallel()
	for _, c := range [][3]int{{0, 1, 0}, {1, 0, 0}, {101, 1, 404}, {2, 2, 15}, {2, 2, 17}, {-1, -1, 4}} {
		_, err := Encode(c[0], c[1], make([]byte, c[2]))
		require.ErrorIs(t, err, ErrSize)
	}
	hash, err := Encode(2, 2, make([]byte, 16))
	require.NoError(t, err, "all transparent")
	require.NotEmpty(t, hash)
}
