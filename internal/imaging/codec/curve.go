package codec

import (
	"math"
	"slices"
)

// What SSIM leaves to wish for falls nearly exponentially with the quality, so
// that its logarithm, here called loss, is nearly a straight line: two or three
// tries find the quality that is wanted. Less is better.
func lossOf(ssim float64) float64 { return math.Log(max(1-ssim, 1e-6)) }

// near is how much better than wanted is good enough to stop searching: less
// than one step of the quality makes.
const near = 0.06

// point is a quality that was tried.
type point struct {
	quality int
	loss    float64
}

// curve collects what was tried of one sample and proposes what to try next.
type curve struct {
	scale  scale
	points []point // by rising quality
}

func (c *curve) add(p point) {
	at, found := slices.BinarySearchFunc(c.points, p, func(a, b point) int { return a.quality - b.quality })
	if !found {
		c.points = slices.Insert(c.points, at, p)
	}
}

// around gives the lowest quality tried that reaches the loss, and the highest
// below it that does not. Either may be nil.
func (c *curve) around(want float64) (below, above *point) {
	for i := range c.points {
		if c.points[i].loss <= want {
			return below, &c.points[i]
		}
		below = &c.points[i]
	}
	return below, nil
}

// next proposes a quality to try for a loss. done means that one is found: the
// best that reaches it, or the highest where none does.
func (c *curve) next(want float64) (quality int, done bool) {
	below, above := c.around(want)
	switch {
	case below == nil && above == nil:
		return c.scale.start, false
	case above == nil && below.quality >= c.scale.highest:
		return below.quality, true
	case above != nil && (above.quality <= c.scale.lowest || want-above.loss < near ||
		below != nil && above.quality-below.quality == 1):
		return above.quality, true
	}
	return c.estimate(want), false
}

// estimate is the quality that the points promise, strictly between those
// around, or beyond the outermost one.
func (c *curve) estimate(want float64) int {
	below, above := c.around(want)
	from := below
	if from == nil {
		from = above
	}
	x := c.scale.linear(from.quality) + (from.loss-want)/c.slope(below, above)
	quality := c.scale.quality(x)
	low, high := c.scale.lowest, c.scale.highest
	if below != nil {
		low = min(below.quality+1, high)
	}
	if above != nil {
		high = max(above.quality-1, low)
	}
	return min(max(quality, low), high)
}

// slope is how fast the loss falls: between the points around, else between
// the outermost two on the one side, or as it does in most pictures.
func (c *curve) slope(below, above *point) float64 {
	n := len(c.points)
	switch {
	case below != nil && above != nil:
	case n < 2:
		return c.scale.slope
	case below == nil:
		below, above = &c.points[0], &c.points[1]
	default:
		below, above = &c.points[n-2], &c.points[n-1]
	}
	found := (below.loss - above.loss) / (c.scale.linear(above.quality) - c.scale.linear(below.quality))
	return min(max(found, c.scale.slope/8), c.scale.slope*8)
}

// scale is what is known of an encoder's qualities.
type scale struct {
	lowest, highest int
	start           int     // what most photos come to at an SSIM of 0.98
	slope           float64 // of the loss along linear, in most pictures
	// linear stretches qualities so that the loss falls evenly, and quality
	// goes back, to the next whole one above.
	linear  func(quality int) float64
	quality func(linear float64) int
}

// webpScale follows libwebp, which spreads its quantizers in two straight
// lines with a bend at 75. SSIM on luma sees neither colours nor the blocks that
// low qualities leave in smooth skies: below 50 both go, for bytes that hardly
// count, since only soft pictures get there.
var webpScale = scale{
	lowest: 50, highest: 100, start: 87, slope: 0.04,
	linear: func(quality int) float64 {
		if quality < 75 {
			return float64(quality) * 2 / 3
		}
		return float64(2*quality - 100)
	},
	quality: func(linear float64) int {
		if linear < 50 {
			return int(math.Ceil(linear * 3 / 2))
		}
		return int(math.Ceil((linear + 100) / 2))
	},
}

// avifScale is that of libheif, even steps of quantizers.
var avifScale = scale{
	lowest: 30, highest: 100, start: 66, slope: 0.045,
	linear:  func(quality int) float64 { return float64(quality) },
	quality: func(linear float64) int { return int(math.Ceil(linear)) },
}
