package codec

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// plainSSIM is the index as the paper writes it down: every window for itself,
// weighted sums of differences from means, double precision. It shares nothing
// with the one under test but the constants.
func plainSSIM(a, b []byte, width, height int) float64 {
	weights := func(n int) []float64 {
		out, total := make([]float64, n), 0.0
		for i := range out {
			d := float64(i) - float64(n-1)/2
			out[i] = math.Exp(-d * d / (2 * 1.5 * 1.5))
			total += out[i]
		}
		for i := range out {
			out[i] /= total
		}
		return out
	}
	across, down := weights(min(width, 11)), weights(min(height, 11))
	const c1, c2 = (0.01 * 255) * (0.01 * 255), (0.03 * 255) * (0.03 * 255)
	total, windows := 0.0, 0
	for top := range height - len(down) + 1 {
		for left := range width - len(across) + 1 {
			each := func(f func(w, x, y float64)) {
				for i, v := range down {
					for k, h := range across {
						at := (top+i)*width + left + k
						f(v*h, float64(a[at]), float64(b[at]))
					}
				}
			}
			var ma, mb, va, vb, cov float64
			each(func(w, x, y float64) { ma, mb = ma+w*x, mb+w*y })
			each(func(w, x, y float64) {
				va, vb, cov = va+w*(x-ma)*(x-ma), vb+w*(y-mb)*(y-mb), cov+w*(x-ma)*(y-mb)
			})
			total += (2*ma*mb + c1) * (2*cov + c2) / ((ma*ma + mb*mb + c1) * (va + vb + c2))
			windows++
		}
	}
	return total / float64(windows)
}

func TestSSIMIsThatOfThePaper(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(7, 8))
	for _, size := range [][2]int{
		{1, 1},
		{2, 1},
		{1, 9},
		{8, 8},
		{10, 11},
		{11, 11},
		{12, 11},
		{5, 40},
		{64, 48},
		{255, 20},
		{256, 13},
		{266, 12},
		{267, 12},
		{300, 200},
	} {
		for _, strength := range []int{0, 1, 8, 60, 255} {
			a, b := make([]byte, size[0]*size[1]), make([]byte, size[0]*size[1])
			for i := range a {
				a[i] = byte((i%size[0])*5 ^ (i/size[0])*3)
				b[i] = byte(min(255, max(0, int(a[i])+r.IntN(strength+1)-strength/2)))
			}
			require.InDelta(t, plainSSIM(a, b, size[0], size[1]), ssim(a, b, size[0], size[1]), 2e-5, "%v, %d", size, strength)
		}
	}
}

func TestSSIMProperties(t *testing.T) {
	t.Parallel()
	const w, h = 120, 90
	r := rand.New(rand.NewPCG(1, 1))
	a := make([]byte, w*h)
	for i := range a {
		a[i] = byte(60 + r.IntN(120))
	}
	with := func(change func(v int) int) []byte {
		out := make([]byte, len(a))
		for i, v := range a {
			out[i] = byte(min(255, max(0, change(int(v)))))
		}
		return out
	}
	noisy := func(n int) []byte { return with(func(v int) int { return v + r.IntN(2*n+1) - n }) }
	require.InDelta(t, 1, ssim(a, a, w, h), 0, "a picture is like itself")
	last := 1.0
	for _, n := range []int{2, 5, 10, 20, 40} {
		b := noisy(n)
		got := ssim(a, b, w, h)
		require.Less(t, got, last, "more noise, less like")
		require.InDelta(t, got, ssim(b, a, w, h), 1e-6, "it is the same both ways")
		last = got
	}
	require.Less(t, ssim(a, with(func(v int) int { return 255 - v }), w, h), 0.0, "what is turned about is less than unlike")
	require.Greater(t, ssim(a, with(func(v int) int { return v + 10 }), w, h), ssim(a, noisy(17), w, h),
		"a change of brightness is seen less than as much noise")

	// Two flat pictures: only the means are left of the formula.
	x, y := make([]byte, w*h), make([]byte, w*h)
	for i := range x {
		x[i], y[i] = 100, 140
	}
	const c1 = 2.55 * 2.55
	require.InDelta(t, (2*100*140+c1)/(100*100+140*140+c1), ssim(x, y, w, h), 1e-5)
}

func BenchmarkSSIM(b *testing.B) {
	const w, h = 2560, 1707
	x, y := make([]byte, w*h), make([]byte, w*h)
	for i := range x {
		x[i], y[i] = byte(i*7), byte(i*7+i%5)
	}
	b.SetBytes(w * h)
	for b.Loop() {
		ssim(x, y, w, h)
	}
}
