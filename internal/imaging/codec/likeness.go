package codec

import (
	"fmt"

	"safelight/internal/imaging"
	"safelight/internal/imaging/phash"
	"safelight/internal/imaging/thumbhash"
)

// addLikeness adds the placeholder and the perceptual hashes of a small picture.
func addLikeness(result *imaging.Result, p picture) error {
	pixels, err := p.rgba()
	if err != nil {
		return blame(err)
	}
	width, height, pixels := average(p.width(), p.height(), pixels, thumbhash.MaxSide)
	if result.Thumbhash, err = thumbhash.Encode(width, height, pixels); err != nil {
		return fmt.Errorf("placeholder: %w", err)
	}
	if result.PHash, err = phash.Hash(width, height, pixels); err != nil {
		return fmt.Errorf("perceptual hash: %w", err)
	}
	likeness, err := phash.LikenessOf(width, height, pixels)
	if err != nil {
		return fmt.Errorf("likeness: %w", err)
	}
	result.Likeness = likeness[:]
	return nil
}

// average shrinks RGBA pixels to side on the long side at most, each pixel the
// mean of the ones it stands for. libvips would compile a kernel for it first,
// which takes longer than the work.
func average(width, height int, pixels []byte, side int) (w, h int, out []byte) {
	long := max(width, height)
	if long <= side {
		return width, height, pixels
	}
	w, h = max(1, (width*side+long/2)/long), max(1, (height*side+long/2)/long)
	out = make([]byte, 0, w*h*4)
	for y := range h {
		top, bottom := y*height/h, (y+1)*height/h
		for x := range w {
			left, right := x*width/w, (x+1)*width/w
			out = appendMean(out, pixels, width, left, right, top, bottom)
		}
	}
	return w, h, out
}

// appendMean adds the mean of a rectangle, colours weighted by their alpha.
func appendMean(out, pixels []byte, stride, left, right, top, bottom int) []byte {
	var r, g, b, a int
	for y := top; y < bottom; y++ {
		row := pixels[(y*stride+left)*4 : (y*stride+right)*4]
		for i := 0; i+3 < len(row); i += 4 {
			alpha := int(row[i+3])
			r, g, b, a = r+int(row[i])*alpha, g+int(row[i+1])*alpha, b+int(row[i+2])*alpha, a+alpha
		}
	}
	if a == 0 {
		return append(out, 0, 0, 0, 0)
	}
	n := (right - left) * (bottom - top)
	return append(out, byte(r/a), byte(g/a), byte(b/a), byte(a/n))
}
