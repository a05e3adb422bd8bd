// Package codec decodes and encodes pictures by libvips, inside the children
// of an imaging.Pool and nowhere else. bimg is the library; bridge.c beside it
// does what bimg cannot do right on libvips 8.14 (metadata left in WebP,
// truncated files accepted, sides stretched, rotated photos decoded twice).
package codec

import (
	"fmt"
	"os"

	"safelight/internal/imaging"
)

// Codec implements imaging.Codec.
type Codec struct{ effort int }

// Open sets libvips up, proves that its untrusted loaders are blocked, and
// works once on a small picture, so that the first real one finds everything
// loaded. effort is how hard the WebP encoder tries, 1 to 6.
func Open(effort int) (imaging.Codec, error) {
	if err := startVips(); err != nil {
		return nil, err
	}
	if err := warmUp(effort); err != nil {
		return nil, err
	}
	return Codec{effort: effort}, nil
}

// Compress makes the variants of one picture. What is wrong with the picture
// is a *models.Rejection; imaging.ErrMemory means that the heap cannot be
// relied on any more.
func (c Codec) Compress(req imaging.Request) (imaging.Result, error) {
	return compress(req, c.effort)
}

// SSIM measures how alike a full variant that Compress has stored is to what
// it decoded, on luma: WebP or AVIF, not an original that was kept. Bytes that
// are no good image are a *models.Rejection, and so is another size.
func SSIM(req imaging.Request, variant string) (float64, error) {
	j := &job{req: req}
	if err := j.judge(); err != nil {
		return 0, err
	}
	full, err := decode(req.Source, j.header, req.MaxSide)
	if err != nil {
		return 0, blame(err)
	}
	defer full.close()
	whole, err := full.sample()
	if err != nil {
		return 0, blame(err)
	}
	defer whole.close()
	data, err := os.ReadFile(variant)
	if err != nil {
		return 0, fmt.Errorf("read variant: %w", err)
	}
	likeness, err := whole.ssim(data)
	return likeness, blame(err)
}
