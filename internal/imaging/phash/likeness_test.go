package phash_test

import (
	"encoding/hex"
	"image"
	"math/bits"
	"testing"

	"github.com/stretchr/testify/require"

	"safelight/internal/imaging/phash"
	"safelight/internal/imaging/phash/phashtest"
)

// Turned knows each of the eight, and which it is: 1 mirrors left to right, 2
// top to bottom, 4 swaps rows and columns first.
func TestTurnedFollowsThePicture(t *testing.T) {
	t.Parallel()
	byOrientation := map[int]int{1: 0, 2: 1, 3: 3, 4: 2, 5: 4, 6: 6, 7: 7, 8: 5}
	for n := range 10 {
		img := phashtest.Scene(n)
		turned := likeness(img).Turned()
		require.Equal(t, likeness(img), turned[0])
		for orientation, at := range byOrientation {
			got := likeness(phashtest.Turn(img, orientation))
			require.LessOrEqual(t, got.Distance(turned[at]), 4, "scene %d, orientation %d", n, orientation)
		}
	}
}

func TestTurnedHashesFollowThePicture(t *testing.T) {
	t.Parallel()
	for n := range 10 {
		img := phashtest.Scene(n)
		turned := phash.Turned(hashes.Of(img))
		for orientation, at := range map[int]int{1: 0, 2: 1, 3: 3, 4: 2, 5: 4, 6: 6, 7: 7, 8: 5} {
			got := hashes.Of(phashtest.Turn(img, orientation))
			// Frequencies that are hardly there have either sign.
			require.LessOrEqual(t, phash.Distance(got, turned[at]), 8, "scene %d, orientation %d", n, orientation)
		}
	}
}

// Every way to turn has one that takes it back, and the eight stay the same
// eight whichever of them one begins with.
func TestTurnedIsClosed(t *testing.T) {
	t.Parallel()
	f := likeness(phashtest.Scene(4))
	all := f.Turned()
	for _, one := range all {
		again := one.Turned()
		require.ElementsMatch(t, all, again)
	}
}

// What the outlines rule out is not alike.
func TestOutlinesBoundTheDistance(t *testing.T) {
	t.Parallel()
	differ := func(a, b phash.Outline) (n int) {
		for i := range a {
			n += bits.OnesCount8(a[i] ^ b[i])
		}
		return n
	}
	var all []phash.Likeness
	for n := range 30 {
		all = append(all, likeness(phashtest.Scene(n)))
	}
	ruledOut := 0
	for _, a := range all {
		for _, b := range all {
			outline := min(differ(a.Outlines()[0], b.Outlines()[0]), differ(a.Outlines()[1], b.Outlines()[0]))
			nearest := 256
			for _, turned := range a.Turned() {
				nearest = min(nearest, turned.Distance(b))
			}
			require.LessOrEqual(t, outline, nearest)
			if outline > phash.MaxAlike {
				ruledOut++
			}
		}
	}
	require.Greater(t, ruledOut, len(all)*len(all)*9/10, "most are ruled out")
}

func TestDistanceIsTheSumOfLevels(t *testing.T) {
	t.Parallel()
	var none, weak, strong, against phash.Likeness
	weak[7] = 1                     // the first frequency, at least 1
	strong[7], strong[15] = 1, 1    // at least 2
	against[23], against[31] = 1, 1 // at most -2
	require.Equal(t, 1, none.Distance(weak))
	require.Equal(t, 2, none.Distance(strong))
	require.Equal(t, 1, weak.Distance(strong))
	require.Equal(t, 4, strong.Distance(against))
	require.Zero(t, strong.Distance(strong))
}

func TestPicturesWithoutStructureHaveNoLikeness(t *testing.T) {
	t.Parallel()
	for _, size := range [][2]int{{1, 1}, {1, 100}, {100, 1}, {3, 5}, {33, 31}} {
		for _, v := range []byte{0, 128, 255} {
			img := image.NewNRGBA(image.Rect(0, 0, size[0], size[1]))
			for i := range img.Pix {
				img.Pix[i] = v
			}
			require.Zero(t, likeness(img))
		}
	}
	_, err := phash.LikenessOf(2, 2, make([]byte, 15))
	require.ErrorIs(t, err, phash.ErrSize)
	_, err = phash.LikenessOf(0, 2, nil)
	require.ErrorIs(t, err, phash.ErrSize)
}

// Likenesses are stored: what is made today must fit what was made before.
// Rounding may bring a frequency over an edge, no more.
func TestLikenessesStayTheSame(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]string{
		3: "68811c52097839a020810042000009a01202a30c6286861e1002a1006084820e",
		4: "019791110548141501829101040814016c284e6c50206ba22c08404440000920",
	} {
		var stored phash.Likeness
		_, err := hex.Decode(stored[:], []byte(want))
		require.NoError(t, err)
		got := likeness(phashtest.Scene(n))
		require.LessOrEqual(t, got.Distance(stored), 2, "scene %d is %x", n, got)
	}
}
