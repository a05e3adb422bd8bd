package codec

import (
	"fmt"
	"image"
	"math"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"safelight/internal/imaging/colordiff"
)

// within is a picture's size in a square, never larger than it is.
func within(w, h, side int) (int, int) {
	long := max(w, h)
	if long <= side {
		return w, h
	}
	scale := func(v int) int { return max(1, int(math.Round(float64(v)*float64(side)/float64(long)))) }
	return scale(w), scale(h)
}

// requireLike compares a picture with the expected one at the size it must have.
func requireLike(t *testing.T, want *image.NRGBA, img image.Image, side int, may limits, what string, seen *record) {
	t.Helper()
	w, h := within(want.Rect.Dx(), want.Rect.Dy(), side)
	require.Equal(t, image.Pt(w, h), img.Bounds().Size(), "size of %s", what)
	target := shrunk(want, w, h)
	mean, _ := colordiff.Mean(target, img)
	got := limits{mean: mean, each: worstInside(target, img), tint: worstQuarter(target, img)}
	seen.note(t.Name()+" "+what, got)
	if got.mean > may.mean || got.each > may.each || got.tint > may.tint {
		keepForLooking(t, target, img, what)
		require.Failf(t, "wrong picture", "%s: differs by %.2f, may by %.2f", what, got, may)
	}
}

// worstQuarter is the largest difference of the mean colours of quarters.
func worstQuarter(want *image.NRGBA, got image.Image) float64 {
	w, h := min(2, want.Rect.Dx()), min(2, want.Rect.Dy())
	_, d := colordiff.Mean(shrunk(want, w, h), shrunk(asNRGBA(got), w, h))
	return d
}

func asNRGBA(img image.Image) *image.NRGBA {
	if n, ok := img.(*image.NRGBA); ok {
		return n
	}
	b := img.Bounds()
	out := image.NewNRGBA(image.Rect(0, 0, b.Dx(), b.Dy()))
	for y := range b.Dy() {
		for x := range b.Dx() {
			out.Set(x, y, img.At(b.Min.X+x, b.Min.Y+y))
		}
	}
	return out
}

// worstInside is the largest difference of a pixel whose neighbours have
// about its colour: on edges, filters may differ.
func worstInside(want *image.NRGBA, img image.Image) (out float64) {
	got := asNRGBA(img)
	b := want.Bounds()
	for y := range b.Dy() {
		for x := range b.Dx() {
			if flat(want, image.Rect(x-2, y-2, x+3, y+3).Intersect(b)) {
				here := image.Rect(x, y, x+1, y+1)
				_, d := colordiff.Mean(want.SubImage(here), got.SubImage(here))
				out = max(out, d)
			}
		}
	}
	return out
}

func flat(img *image.NRGBA, r image.Rectangle) bool {
	first := img.NRGBAAt(r.Min.X, r.Min.Y)
	near := func(a, b uint8) bool { return max(a, b)-min(a, b) < 40 }
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			if c := img.NRGBAAt(x, y); !near(c.R, first.R) || !near(c.G, first.G) || !near(c.B, first.B) || !near(c.A, first.A) {
				return false
			}
		}
	}
	return true
}

// keepForLooking writes both pictures where SAFELIGHT_KEEP names a folder.
func keepForLooking(t *testing.T, want, got image.Image, what string) {
	t.Helper()
	dir := os.Getenv("SAFELIGHT_KEEP")
	if dir == "" {
		return
	}
	for kind, img := range map[string]image.Image{"want": want, "got": got} {
		name := strings.NewReplacer("/", "_", " ", "_").Replace(fmt.Sprint(t.Name(), " ", what, " ", kind, ".png"))
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), asPNG(t, img), 0o600))
	}
}

// record remembers the largest differences.
type record struct {
	mu    sync.Mutex
	sum   float64
	count int
	most  limits
	name  [3]string
}

func (r *record) note(name string, got limits) {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sum, r.count = r.sum+got.mean, r.count+1
	for i, v := range []struct{ got, most *float64 }{{&got.mean, &r.most.mean}, {&got.each, &r.most.each}, {&got.tint, &r.most.tint}} {
		if *v.got > *v.most {
			*v.most, r.name[i] = *v.got, name
		}
	}
}

// String tells them.
func (r *record) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return fmt.Sprintf("%d pictures, mean difference %.2f; largest mean %.2f (%s), of a pixel %.2f (%s), of a quarter %.2f (%s)",
		r.count, r.sum/float64(max(1, r.count)), r.most.mean, r.name[0], r.most.each, r.name[1], r.most.tint, r.name[2])
}
