package phash_test

import (
	"image"
	"image/draw"
	_ "image/gif" // formats of a corpus
	_ "image/jpeg"
	_ "image/png"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"safelight/internal/imaging/imagingtest"
	"safelight/internal/imaging/phash"
	"safelight/internal/imaging/phash/phashtest"
)

var likenesses = phashtest.Hashing[phash.Likeness]{
	Of:       likeness,
	Turned:   phash.Likeness.Turned,
	Distance: phash.Likeness.Distance,
}

func likeness(img *image.NRGBA) phash.Likeness {
	f, err := phash.LikenessOf(img.Rect.Dx(), img.Rect.Dy(), img.Pix)
	if err != nil {
		panic(err) // a scene is never without pixels
	}
	return f
}

// hashes are compared as files are that have nothing better.
var hashes = phashtest.Hashing[uint64]{
	Of: func(img *image.NRGBA) uint64 {
		h, err := phash.Hash(img.Rect.Dx(), img.Rect.Dy(), img.Pix)
		if err != nil {
			panic(err)
		}
		return h
	},
	Turned:   phash.Turned,
	Distance: func(a, b uint64) int { return phash.HashScale * phash.Distance(a, b) },
}

// scenes is how many of so many there are: a tenth under the race detector,
// which makes drawing them ten times as slow and finds nothing in it.
func scenes(n int) int {
	if imagingtest.Race {
		return n / 10
	}
	return n
}

func TestCopiesAreFoundAndOthersAreNot(t *testing.T) {
	t.Parallel()
	tally := phashtest.Measure(scenes(200), phashtest.Scene, phashtest.Edits(), likenesses)
	t.Log(tally)
	require.GreaterOrEqual(t, tally.Recall("", phash.MaxAlike), 0.985)
	require.GreaterOrEqual(t, tally.Precision(phash.MaxAlike), 0.99)
	require.LessOrEqual(t, tally.False(phash.MaxAlike), 5e-5)
	for _, e := range phashtest.Edits() {
		require.GreaterOrEqual(t, tally.Recall(e.Name, phash.MaxAlike), 0.95, e.Name)
	}
}

// Of what was stored before there were likenesses there are only hashes:
// as seldom wrong, but crops are often missed.
func TestHashesAloneAreWorseAndSeldomWrong(t *testing.T) {
	t.Parallel()
	tally := phashtest.Measure(scenes(60), phashtest.Scene, phashtest.Edits(), hashes)
	t.Log(tally)
	require.GreaterOrEqual(t, tally.Recall("", phash.MaxAlike), 0.85)
	require.LessOrEqual(t, tally.False(phash.MaxAlike), 1e-4)
}

// What goes further than must be found is found in part, and said.
func TestFurtherCrops(t *testing.T) {
	t.Parallel()
	tally := phashtest.Measure(scenes(40), phashtest.Scene, phashtest.Beyond(), likenesses)
	t.Log(tally)
	require.Greater(t, tally.Recall("crop 5 % off every side", phash.MaxAlike), 0.75)
}

// The same over photos, of which some may be alike: that is said, not judged.
func TestCopiesOfACorpusAreFound(t *testing.T) {
	t.Parallel()
	photos, names := corpus(t)
	tally := phashtest.Measure(len(photos), func(i int) *image.NRGBA { return photos[i] }, phashtest.Edits(), likenesses)
	t.Log(tally)
	require.GreaterOrEqual(t, tally.Recall("", phash.MaxAlike), 0.97)
	for i := range photos {
		for j := range i {
			for turn, f := range likeness(photos[i]).Turned() {
				if d := f.Distance(likeness(photos[j])); d <= phash.MaxAlike {
					t.Logf("alike: %s and %s, distance %d, turn %d", names[i], names[j], d, turn)
				}
			}
		}
	}
}

// corpus reads the photos of a folder that the environment names, in sizes
// like those that the codec hashes.
func corpus(t *testing.T) (photos []*image.NRGBA, names []string) {
	t.Helper()
	root := os.Getenv("SAFELIGHT_CORPUS")
	if root == "" {
		t.Skip("SAFELIGHT_CORPUS names no folder of photos")
	}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		img, _, err := image.Decode(f)
		if err != nil { // a format that is not known here, or damaged on purpose
			t.Logf("left out: %s: %v", d.Name(), err)
			return nil
		}
		long := max(img.Bounds().Dx(), img.Bounds().Dy())
		flat := image.NewNRGBA(image.Rect(0, 0, img.Bounds().Dx(), img.Bounds().Dy()))
		draw.Draw(flat, flat.Rect, image.White, image.Point{}, draw.Src) // JPEG has no alpha
		draw.Draw(flat, flat.Rect, img, img.Bounds().Min, draw.Over)
		photos = append(photos, phashtest.Scale(flat, min(1, 400/float64(long))))
		names = append(names, d.Name())
		return nil
	})
	require.NoError(t, err)
	require.NotEmpty(t, photos)
	return photos, names
}
