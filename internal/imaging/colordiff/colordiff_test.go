package colordiff

import (
	"image"
	"image/color"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

// The pairs that Sharma, Wu and Dalal published to test implementations with:
// they lie where hues wrap round and where colours have none.
var published = [][7]float64{
	{50, 2.6772, -79.7751, 50, 0, -82.7485, 2.0425},
	{50, 3.1571, -77.2803, 50, 0, -82.7485, 2.8615},
	{50, 2.8361, -74.0200, 50, 0, -82.7485, 3.4412},
	{50, -1.3802, -84.2814, 50, 0, -82.7485, 1.0000},
	{50, -1.1848, -84.8006, 50, 0, -82.7485, 1.0000},
	{50, -0.9009, -85.5211, 50, 0, -82.7485, 1.0000},
	{50, 0, 0, 50, -1, 2, 2.3669},
	{50, -1, 2, 50, 0, 0, 2.3669},
	{50, 2.4900, -0.0010, 50, -2.4900, 0.0009, 7.1792},
	{50, 2.4900, -0.0010, 50, -2.4900, 0.0010, 7.1792},
	{50, 2.4900, -0.0010, 50, -2.4900, 0.0011, 7.2195},
	{50, 2.4900, -0.0010, 50, -2.4900, 0.0012, 7.2195},
	{50, -0.0010, 2.4900, 50, 0.0009, -2.4900, 4.8045},
	{50, -0.0010, 2.4900, 50, 0.0010, -2.4900, 4.8045},
	{50, -0.0010, 2.4900, 50, 0.0011, -2.4900, 4.7461},
	{50, 2.5, 0, 50, 0, -2.5, 4.3065},
	{50, 2.5, 0, 73, 25, -18, 27.1492},
	{50, 2.5, 0, 61, -5, 29, 22.8977},
	{50, 2.5, 0, 56, -27, -3, 31.9030},
	{50, 2.5, 0, 58, 24, 15, 19.4535},
	{50, 2.5, 0, 50, 3.1736, 0.5854, 1.0000},
	{50, 2.5, 0, 50, 3.2972, 0, 1.0000},
	{50, 2.5, 0, 50, 1.8634, 0.5757, 1.0000},
	{50, 2.5, 0, 50, 3.2592, 0.3350, 1.0000},
	{60.2574, -34.0099, 36.2677, 60.4626, -34.1751, 39.4387, 1.2644},
	{63.0109, -31.0961, -5.8663, 62.8187, -29.7946, -4.0864, 1.2630},
	{61.2901, 3.7196, -5.3901, 61.4292, 2.2480, -4.9620, 1.8731},
	{35.0831, -44.1164, 3.7933, 35.0232, -40.0716, 1.5901, 1.8645},
	{22.7233, 20.0904, -46.6940, 23.0331, 14.9730, -42.5619, 2.0373},
	{36.4612, 47.8580, 18.3852, 36.2715, 50.5065, 21.2231, 1.4146},
	{90.8027, -2.0831, 1.4410, 91.1528, -1.6435, 0.0447, 1.4441},
	{90.9257, -0.5406, -0.9208, 88.6381, -0.8985, -0.7239, 1.5381},
	{6.7747, -0.2908, -2.4247, 5.8714, -0.0985, -2.2286, 0.6377},
	{2.0776, 0.0795, -1.1350, 0.9033, -0.0636, -0.5514, 0.9082},
}

func TestPublishedPairs(t *testing.T) {
	t.Parallel()
	require.Len(t, published, 34)
	for _, v := range published {
		p, q := Lab{v[0], v[1], v[2]}, Lab{v[3], v[4], v[5]}
		require.InDelta(t, v[6], CIEDE2000(p, q), 0.00006, "%v %v", p, q)
		require.InDelta(t, v[6], CIEDE2000(q, p), 0.00006, "the other way round: %v %v", p, q)
	}
}

func TestFromSRGB(t *testing.T) {
	t.Parallel()
	for c, want := range map[color.NRGBA]Lab{
		{R: 255, G: 255, B: 255}: {L: 100},
		{}:                       {},
		{R: 255}:                 {L: 53.24, A: 80.09, B: 67.20},
		{G: 255}:                 {L: 87.73, A: -86.18, B: 83.18},
		{B: 255}:                 {L: 32.30, A: 79.19, B: -107.86},
		{R: 119, G: 119, B: 119}: {L: 50.03},
	} {
		got := FromSRGB(c)
		require.InDelta(t, want.L, got.L, 0.01, "%v", c)
		require.InDelta(t, want.A, got.A, 0.02, "%v", c)
		require.InDelta(t, want.B, got.B, 0.02, "%v", c)
	}
}

func TestMean(t *testing.T) {
	t.Parallel()
	p, q := image.NewNRGBA(image.Rect(0, 0, 2, 1)), image.NewRGBA(image.Rect(5, 5, 7, 6))
	p.Pix = []byte{200, 10, 10, 255, 7, 7, 7, 0}
	q.Pix = []byte{200, 10, 10, 255, 0, 0, 0, 0}
	mean, worst := Mean(p, q)
	require.Zero(t, mean, "colours that nobody sees do not differ")
	require.Zero(t, worst)
	q.Pix[7] = 255
	mean, worst = Mean(p, q)
	require.InDelta(t, 100, worst, 0.01, "black where there should be nothing shows on white")
	require.InDelta(t, 50, mean, 0.01)
	mean, _ = Mean(p, image.NewNRGBA(image.Rect(0, 0, 1, 2)))
	require.True(t, math.IsInf(mean, 1))
}
