package codec

import "safelight/internal/imageinfo"

const (
	exact = 100 // level of lossless WebP that changes nothing
	// nearly is the level that is tried beside it: colours change by at most
	// three steps, and only where there is no flat area.
	nearly = 60
	// flatEnough is the share of pixels equal to their left neighbour from which a
	// picture counts as drawn. Photos have up to a quarter, in skies; screenshots
	// and drawings have nine tenths.
	flatEnough = 0.5
	// promising is how much larger lossless may be on the sheet and still be
	// tried on the whole: tiles hide what repeats over the picture from it.
	promising = 1.5
	// nearlyGain is how much of lossless nearly lossless must save to be taken.
	nearlyGain = 0.85
)

// Preview and thumb take the quality that was found for full, but no more than
// the one in the settings, since nobody looks at them closely, and at most so
// much less, since a smaller picture has more detail to each pixel.
const smallRange = 5

// narrow is the short side below which the quality in the settings is the
// least that is taken: there is no room for many of SSIM's windows of 11
// pixels, which see no colours, and few bytes are to be won.
const narrow = 48

// choose encodes the picture as the settings and its own nature ask for.
func (j *job) choose(full picture) (encoded, error) {
	e := encoderFor(j.req.Format, j.effort)
	whole, err := full.sample()
	if err != nil {
		return encoded{}, err
	}
	defer whole.close()
	if j.req.MinSSIM == 0 {
		quality := e.quality(j.req.Quality)
		data, err := e.encode(whole, quality)
		return encoded{format: e.format, data: data, quality: quality, tries: 1}, err
	}
	sheet := whole
	if whole.area() > wholeArea && whole.short() >= e.tile {
		if sheet, err = whole.tiles(e.tile, sheetArea); err != nil {
			return encoded{}, err
		}
		defer sheet.close()
	}
	if whole.short() < narrow {
		e.scale.lowest = max(e.scale.lowest, min(e.quality(j.req.Quality), e.scale.highest))
	}
	s := &search{encoder: e, whole: whole, want: lossOf(j.req.MinSSIM)}
	lossy, err := s.find(sheet)
	if err != nil {
		return encoded{}, err
	}
	if !sheet.drawn() {
		webp := lossy.quality + e.behind
		j.smallQuality = max(min(webp, j.req.Quality), j.req.Quality-smallRange, 1)
		return lossy, nil
	}
	return j.draw(e, whole, sheet, lossy)
}

// draw looks whether a drawing is smaller without loss, or with hardly any,
// than the lossy encoding is. It is WebP whatever format is set: AVIF without
// loss is larger than PNG.
func (j *job) draw(e encoder, whole, sheet sample, lossy encoded) (encoded, error) {
	level, data, err := j.faithful(sheet)
	if err != nil {
		return encoded{}, err
	}
	lossy.tries += 2
	if sheet != whole {
		same, err := e.encode(sheet, lossy.quality)
		if err != nil {
			return encoded{}, err
		}
		lossy.tries++
		if float64(len(data)) > promising*float64(len(same)) {
			return lossy, nil
		}
		if data, err = whole.lossless(level, j.effort); err != nil {
			return encoded{}, err
		}
		lossy.tries++
	}
	if len(data) >= len(lossy.data) {
		return lossy, nil
	}
	out := encoded{format: imageinfo.WebP, data: data, near: level, ssim: 1, tries: lossy.tries}
	if level != exact {
		if out.ssim, err = whole.ssim(data); err != nil {
			return encoded{}, err
		}
		if out.ssim < j.req.MinSSIM {
			return lossy, nil
		}
	}
	return out, nil
}

// faithful encodes a sample without loss, or with hardly any where that is
// much smaller.
func (j *job) faithful(s sample) (level int, data []byte, err error) {
	data, err = s.lossless(exact, j.effort)
	if err != nil {
		return 0, nil, err
	}
	rough, err := s.lossless(nearly, j.effort)
	if err != nil {
		return 0, nil, err
	}
	if float64(len(rough)) < nearlyGain*float64(len(data)) {
		return nearly, rough, nil
	}
	return exact, data, nil
}

// small encodes a preview or thumb, or takes over the rendering it was made
// from where that shows the same pixels already.
func (j *job) small(p picture, above rendering) (rendering, error) {
	if above.still && above.width == p.width() && above.height == p.height() {
		return above, nil
	}
	s, err := p.sample()
	if err != nil {
		return rendering{}, blame(err)
	}
	defer s.close()
	e := encoderFor(j.req.Format, j.effort)
	data, err := e.encode(s, e.quality(j.smallQuality))
	if err != nil {
		return rendering{}, blame(err)
	}
	return rendering{format: e.format, width: p.width(), height: p.height(), still: true, data: data}, nil
}
