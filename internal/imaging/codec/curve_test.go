package codec

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestCurveFindsTheQuality searches on made-up encoders, steep and gentle,
// straight and bent, smooth and in steps.
func TestCurveFindsTheQuality(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(2, 3))
	tries, searches := 0, 0
	for _, scale := range []scale{webpScale, avifScale} {
		for range 500 {
			slope, middle, bend := scale.slope*(0.4+2*r.Float64()), 30+60*r.Float64(), r.Float64()
			steps := 1 + r.IntN(3)
			loss := func(quality int) float64 {
				x := scale.linear(quality / steps * steps)
				return lossOf(target) - slope*(x-middle)*(1+bend*math.Tanh((x-middle)/30)/2)
			}
			c := &curve{scale: scale}
			n := 0
			for ; n < 12; n++ {
				quality, done := c.next(lossOf(target))
				if done {
					checkFound(t, scale, quality, loss)
					break
				}
				require.True(t, quality >= scale.lowest && quality <= scale.highest)
				for _, p := range c.points {
					require.NotEqual(t, p.quality, quality, "nothing is tried twice")
				}
				c.add(point{quality, loss(quality)})
			}
			require.LessOrEqual(t, n, sheetTries+3)
			tries, searches = tries+n, searches+1
		}
	}
	t.Logf("%.1f tries on average", float64(tries)/float64(searches))
	require.Less(t, tries, searches*5)
}

func checkFound(t *testing.T, s scale, quality int, loss func(int) float64) {
	t.Helper()
	want := lossOf(target)
	if loss(quality) > want {
		require.Equal(t, s.highest, quality)
		return
	}
	if quality > s.lowest && want-loss(quality) >= near {
		require.Greater(t, loss(quality-1), want, "the one below does not reach it")
	}
}

func TestScalesGoThereAndBack(t *testing.T) {
	t.Parallel()
	for _, s := range []scale{webpScale, avifScale} {
		for q := s.lowest; q <= s.highest; q++ {
			require.InDelta(t, q, s.quality(s.linear(q)-1e-9), 0)
			require.Equal(t, min(q+1, s.highest+1), s.quality(s.linear(q)+1e-6))
		}
	}
}
