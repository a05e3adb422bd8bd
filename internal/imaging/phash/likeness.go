package phash

import (
	"encoding/binary"
	"math"
	"math/bits"
	"slices"
)

// Likeness tells more of a picture than Hash does: of each of the 64
// frequencies u across and v down with u² + v² ≤ 72 (but for the brightness,
// u = v = 0) whether it is strong, middling or weak, and the sign of one that
// is not weak. What is weak has a sign by chance, and what is middling may
// become weak: crops and brightness change such frequencies first, which is
// why they count for less.
//
// The five levels -2..2 are written so that the bits in which two likenesses
// differ are the sum of the differences of their levels: four words, big
// endian, of the frequencies that are at least 1, at least 2, at most -1, and
// at most -2, the frequencies in the order of v, then u, from the lowest bit.
type Likeness [32]byte

// MaxAlike is the largest Distance of pictures that count as alike. Measured
// by the tests of this package, over scenes of ten kinds: of copies that were
// resized, recompressed, made brighter or darker, turned, mirrored or cropped
// by 5 % more than 99 % are within it, and of other scenes about one in 100,000.
const MaxAlike = 40

// The places, among the 64 by size, from which a frequency counts as middling
// and as strong. Sizes are compared after weighting each with its frequency,
// as in photos they fall with it.
const (
	middling = 19
	strong   = 41
)

// term is a frequency of a likeness.
type term struct{ u, v int }

// terms are the frequencies in the order of their bits.
var terms = func() (t [64]term) {
	n := 0
	for v := range 9 {
		for u := range 9 {
			if square := u*u + v*v; square > 0 && square <= 72 {
				t[n] = term{u, v}
				n++
			}
		}
	}
	return t
}()

// LikenessOf is the Likeness of a picture of width × height RGBA pixels (8 bits,
// alpha not multiplied into the colours); what is transparent counts as white.
// A picture without any structure has the zero Likeness.
func LikenessOf(width, height int, rgba []byte) (Likeness, error) {
	if width < 1 || height < 1 || len(rgba) != width*height*4 {
		return Likeness{}, ErrSize
	}
	grey := shrink(width, height, rgba)
	var values, sizes [64]float64
	for i, t := range terms {
		f := frequency(&grey, t.u, t.v)
		if math.Abs(f) <= noise {
			f = 0
		}
		values[i] = f * math.Hypot(float64(t.u), float64(t.v))
		sizes[i] = math.Abs(values[i])
	}
	slices.Sort(sizes[:])
	var w planes
	for i, f := range values {
		if f == 0 {
			continue
		}
		side := 0
		if f < 0 {
			side = 2
		}
		if size := math.Abs(f); size >= sizes[strong] {
			w[side] |= 1 << i
			w[side+1] |= 1 << i
		} else if size >= sizes[middling] {
			w[side] |= 1 << i
		}
	}
	return w.likeness(), nil
}

// planes are the four words of a likeness: at least 1, at least 2, at most
// -1, at most -2.
type planes [4]uint64

func (p planes) likeness() (f Likeness) {
	for i, w := range p {
		binary.BigEndian.PutUint64(f[8*i:], w)
	}
	return f
}

func (f Likeness) planes() (p planes) {
	for i := range p {
		p[i] = binary.BigEndian.Uint64(f[8*i:])
	}
	return p
}

// Distance is how much two pictures differ: 0 for the same, around 90 for
// unrelated ones. It tells copies that are mirrored or turned for others: see
// Turned.
func (f Likeness) Distance(other Likeness) int {
	n := 0
	for i := 0; i < len(f); i += 8 {
		n += bits.OnesCount64(binary.BigEndian.Uint64(f[i:]) ^ binary.BigEndian.Uint64(other[i:]))
	}
	return n
}

// Turned are the likenesses that the same picture has in the eight ways to
// turn and mirror it, its own first. Two pictures are alike, however they are
// turned, if one of the eight of the one is near the other's own.
func (f Likeness) Turned() (all [8]Likeness) {
	p := f.planes()
	for i := range all {
		q := p
		if i&4 != 0 {
			q = q.transposed()
		}
		if i&1 != 0 {
			q = q.negated(oddAcross)
		}
		if i&2 != 0 {
			q = q.negated(oddDown)
		}
		all[i] = q.likeness()
	}
	return all
}

// Outline is which frequencies of a picture are at least middling, and which
// are strong, whatever their sign: the same for every way to mirror it.
type Outline [16]byte

// Outlines are those of the picture and of one with rows and columns swapped:
// there are no others among the eight. Distance is never less than the bits in
// which one of the two and the other picture's own differ.
func (f Likeness) Outlines() (both [2]Outline) {
	p := f.planes()
	for i, q := range [2]planes{p, p.transposed()} {
		binary.BigEndian.PutUint64(both[i][:8], q[0]|q[2])
		binary.BigEndian.PutUint64(both[i][8:], q[1]|q[3])
	}
	return both
}

// oddAcross and oddDown are the frequencies that change their sign when a
// picture is mirrored left to right, and top to bottom.
var (
	oddAcross = which(func(t term) bool { return t.u&1 != 0 })
	oddDown   = which(func(t term) bool { return t.v&1 != 0 })
)

func which(is func(term) bool) (set uint64) {
	for i, t := range terms {
		if is(t) {
			set |= 1 << i
		}
	}
	return set
}

// transposedTo is where each frequency comes to lie when rows become columns.
var transposedTo = func() (to [64]int) {
	for i, t := range terms {
		to[i] = slices.Index(terms[:], term{u: t.v, v: t.u})
	}
	return to
}()

// negated changes the signs of some frequencies.
func (p planes) negated(which uint64) planes {
	for i := range 2 {
		swap := (p[i] ^ p[i+2]) & which
		p[i] ^= swap
		p[i+2] ^= swap
	}
	return p
}

func (p planes) transposed() (q planes) {
	for k, w := range p {
		for i, to := range transposedTo {
			q[k] |= w >> i & 1 << to
		}
	}
	return q
}
