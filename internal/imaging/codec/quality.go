package codec

import (
	"safelight/internal/imageinfo"
	"safelight/internal/imaging"
)

// The search of a quality. Measured over photos of 0.2 to 4.4 megapixels, at
// the quality that comes to an SSIM of 0.98: sheets of 48-pixel tiles chosen by
// detail and 110,000 pixels in all predict the loss of the whole with a
// standard deviation of 0.04, which is half a step of WebP's quality. Sheets of
// larger or evenly spread tiles predict worse, sheets of four times the area
// hardly better.
const (
	sheetArea  = 110_000 // pixels
	wholeArea  = 220_000 // pixels; smaller pictures are tried whole
	sheetTries = 8
	wholeTries = 3
	// sheetMargin is by how much the sheet must be better than wanted, so that
	// seven times out of eight the whole needs one encode.
	sheetMargin = 0.05
	// wasteful is how much better than wanted the whole may be before it is
	// encoded once more: some two steps of quality.
	wasteful = 0.2
)

// encoder is a lossy format with what is known of it.
type encoder struct {
	format imageinfo.Format
	encode func(s sample, quality int) ([]byte, error)
	scale  scale
	tile   int // side of a sheet's tiles, in whole blocks of the encoder
	behind int // this format's quality looks like WebP's that is so much higher
}

func encoderFor(format string, effort int) encoder {
	if format == imaging.FormatAVIF {
		return encoder{imageinfo.AVIF, sample.avif, avifScale, 64, 25}
	}
	webp := func(s sample, quality int) ([]byte, error) { return s.webp(quality, effort) }
	return encoder{imageinfo.WebP, webp, webpScale, 48, 0}
}

// quality translates one of WebP.
func (e encoder) quality(webp int) int { return max(1, webp-e.behind) }

// encoded is a picture that was encoded, and how it came to be.
type encoded struct {
	format  imageinfo.Format
	data    []byte
	quality int
	near    int // of lossless WebP; 100 is exact, 0 lossy
	ssim    float64
	tries   int
}

// search finds the smallest lossy version of one picture.
type search struct {
	encoder
	whole sample
	want  float64 // loss
	tries int
	best  encoded // that reaches it, or the closest to it
}

// find searches the quality. sheet may be the whole.
func (s *search) find(sheet sample) (encoded, error) {
	c := &curve{scale: s.scale}
	var err error
	if sheet == s.whole {
		_, err = s.along(c, sheet, s.want)
	} else {
		err = s.predicted(c, sheet)
	}
	s.best.tries = s.tries
	return s.best, err
}

// along tries qualities of a sample until the curve says which one it is.
func (s *search) along(c *curve, on sample, want float64) (int, error) {
	for range sheetTries {
		quality, done := c.next(want)
		if done {
			return quality, nil
		}
		p, err := s.try(on, quality)
		if err != nil {
			return 0, err
		}
		c.add(p)
	}
	if _, above := c.around(want); above != nil {
		return above.quality, nil
	}
	_, err := s.try(on, s.scale.highest)
	return s.scale.highest, err
}

// predicted searches on the sheet and proves what that says on the whole. If
// the whole is another matter, its own points and the sheet's slope say where
// to go on, which nearly always is the end of it.
func (s *search) predicted(c *curve, sheet sample) error {
	quality, err := s.along(c, sheet, s.want-sheetMargin)
	if err != nil {
		return err
	}
	whole := &curve{scale: s.scale}
	whole.scale.slope = c.slope(c.around(s.want - sheetMargin))
	for i := range wholeTries {
		p, err := s.try(s.whole, quality)
		if err != nil {
			return err
		}
		whole.add(p)
		if p.loss <= s.want && s.want-p.loss < wasteful {
			return nil
		}
		if _, done := whole.next(s.want); done {
			return nil
		}
		quality = whole.estimate(s.want - sheetMargin*float64(i+1)/2)
	}
	if lossOf(s.best.ssim) > s.want { // never seen; the promise is kept all the same
		_, err = s.try(s.whole, s.scale.highest)
	}
	return err
}

// try encodes and judges. Of the whole it keeps the smallest that is wanted.
func (s *search) try(on sample, quality int) (point, error) {
	s.tries++
	data, err := s.encode(on, quality)
	if err != nil {
		return point{}, err
	}
	ssim, err := on.ssim(data)
	if err != nil {
		return point{}, err
	}
	p := point{quality, lossOf(ssim)}
	if on == s.whole && s.better(p.loss, len(data)) {
		s.best = encoded{format: s.format, data: data, quality: quality, ssim: ssim}
	}
	return p, nil
}

// better reports whether a version of the whole is better than the best so far.
func (s *search) better(loss float64, size int) bool {
	if s.best.data == nil {
		return true
	}
	best := lossOf(s.best.ssim)
	if best <= s.want {
		return loss <= s.want && size < len(s.best.data)
	}
	return loss < best
}
