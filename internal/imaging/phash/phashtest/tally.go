package phashtest

import (
	"fmt"
	"image"
	"math/rand/v2"
	"runtime"
	"strings"
	"sync"

	"safelight/internal/imaging/phash"
)

// limit is above every distance that matters.
const limit = 257

// Tally counts how far copies are from their own originals, and from all the
// others.
type Tally struct {
	Scenes int
	edits  []Edit
	copies [][limit]int // by edit: from the copy's own original
	others [limit]int   // from every other original
}

// Hashing is a way to tell likeness: what is kept of a picture, what that
// would be for the eight ways to turn it, and the distance of two.
type Hashing[F any] struct {
	Of       func(*image.NRGBA) F
	Turned   func(F) [8]F
	Distance func(a, b F) int
}

// Measure makes n scenes and every edited copy of each, and compares every
// copy with every original, however turned.
func Measure[F any](n int, scene func(int) *image.NRGBA, edits []Edit, hashing Hashing[F]) *Tally {
	originals, copies := make([]F, n), make([][]F, n)
	inParallel(n, func(i int) {
		img, r := scene(i), rand.New(rand.NewPCG(uint64(i), 9))
		originals[i] = hashing.Of(img)
		for _, e := range edits {
			copies[i] = append(copies[i], hashing.Of(e.Do(r, img)))
		}
	})
	t := &Tally{Scenes: n, edits: edits, copies: make([][limit]int, len(edits))}
	for i := range n {
		for e := range edits {
			turned := hashing.Turned(copies[i][e])
			for j, original := range originals {
				d := limit - 1
				for _, f := range turned {
					d = min(d, hashing.Distance(f, original))
				}
				if i == j {
					t.copies[e][d]++
				} else {
					t.others[d]++
				}
			}
		}
	}
	return t
}

func inParallel(n int, work func(i int)) {
	var wg sync.WaitGroup
	next := make(chan int)
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for i := range next {
				work(i)
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	wg.Wait()
}

// within counts what is at most d away.
func within(counts *[limit]int, d int) (found, of int) {
	for at, n := range counts {
		if at <= d {
			found += n
		}
		of += n
	}
	return found, of
}

// Recall is the share of an edit's copies whose original is found within d;
// of all edits, for an empty name.
func (t *Tally) Recall(edit string, d int) float64 {
	found, of := 0, 0
	for e := range t.edits {
		if edit == "" || t.edits[e].Name == edit {
			f, n := within(&t.copies[e], d)
			found, of = found+f, of+n
		}
	}
	return float64(found) / float64(of)
}

// Precision is the share of the right ones in all that is found within d, with
// as many wrong ones about as there are other scenes.
func (t *Tally) Precision(d int) float64 {
	right := 0
	for e := range t.edits {
		f, _ := within(&t.copies[e], d)
		right += f
	}
	wrong, _ := within(&t.others, d)
	return float64(right) / float64(right+wrong)
}

// False is how likely an unrelated picture is found within d.
func (t *Tally) False(d int) float64 {
	wrong, of := within(&t.others, d)
	return float64(wrong) / float64(of)
}

// String is a table of recall by edit at phash.MaxAlike, and of what other
// limits would give.
func (t *Tally) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d scenes, %d copies, distance at most %d:\n", t.Scenes, t.Scenes*len(t.edits), phash.MaxAlike)
	for _, e := range t.edits {
		fmt.Fprintf(&b, "  %-30s recall %.4f\n", e.Name, t.Recall(e.Name, phash.MaxAlike))
	}
	for d := phash.MaxAlike - 16; d <= phash.MaxAlike+8; d += 4 {
		fmt.Fprintf(&b, "  at most %2d: recall %.4f  precision %.4f  false %.1e of unrelated pairs\n", d, t.Recall("", d), t.Precision(d), t.False(d))
	}
	return b.String()
}
