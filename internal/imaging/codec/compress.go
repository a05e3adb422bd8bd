package codec

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"safelight/internal/imageinfo"
	"safelight/internal/imaging"
	"safelight/internal/imaging/container"
	"safelight/models"
)

// worthIt is how much smaller the result must be than the original's own
// bytes to be taken instead of them.
const worthIt = 0.95

// compress makes the variants of one picture. Rejections are *models.Rejection.
func compress(req imaging.Request, effort int) (imaging.Result, error) {
	j := &job{req: req, effort: effort}
	if err := j.judge(); err != nil {
		return imaging.Result{}, err
	}
	full, err := decode(req.Source, j.header, req.MaxSide)
	if err != nil {
		return imaging.Result{}, blame(err)
	}
	defer full.close()
	return j.derive(full)
}

// job is one picture on its way.
type job struct {
	req          imaging.Request
	effort       int
	header       imageinfo.Header
	bytes        int64 // of the source
	decision     imaging.Decision
	smallQuality int // WebP's, of preview and thumb
}

// judge reads the header and holds it against the limits, before any pixel.
func (j *job) judge() error {
	f, err := os.Open(j.req.Source)
	if err != nil {
		return fmt.Errorf("open source: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return fmt.Errorf("size of source: %w", err)
	}
	j.bytes = info.Size()
	if j.header, err = imageinfo.ReadHeader(f, j.bytes, j.req.MaxFrames); err != nil {
		return err
	}
	return j.header.Check(imageinfo.Limits{Pixels: j.req.MaxPixels, Side: imaging.MaxSide, Frames: j.req.MaxFrames})
}

// derive writes all variants of the decoded picture; each smaller one is made
// from the one before it.
func (j *job) derive(full picture) (imaging.Result, error) {
	result := imaging.Result{Source: imaging.Source{MIMEType: j.header.Format.MIME()}}
	result.Source.Width, result.Source.Height = j.header.Upright()
	main, err := j.main(full)
	if err != nil {
		return imaging.Result{}, err
	}
	v, err := main.write(j.req.OutDir, models.VariantFull)
	if err != nil {
		return imaging.Result{}, err
	}
	result.Variants = append(result.Variants, v)
	result.Decision, result.Message = j.decision, j.decision.String()
	from, above := full, main
	for _, step := range []struct {
		name string
		side int
	}{{models.VariantPreview, j.req.PreviewSide}, {models.VariantThumb, j.req.ThumbSide}} {
		small, err := from.smaller(step.side)
		if err != nil {
			return imaging.Result{}, blame(err)
		}
		defer small.close()
		if above, err = j.small(small, above); err != nil {
			return imaging.Result{}, err
		}
		v, err := above.write(j.req.OutDir, step.name)
		if err != nil {
			return imaging.Result{}, err
		}
		result.Variants, from = append(result.Variants, v), small
	}
	err = addLikeness(&result, from)
	return result, err
}

// rendering is an encoded picture, not written yet.
type rendering struct {
	format        imageinfo.Format
	width, height int
	still         bool
	data          []byte
}

// main chooses what is stored as full: our encoding, or the original's own bytes
// without metadata where those are an animation, or hardly larger.
func (j *job) main(full picture) (rendering, error) {
	j.decision = imaging.Decision{MinSSIM: j.req.MinSSIM, BytesBefore: j.bytes, Frames: j.header.Frames}
	j.smallQuality = j.req.Quality
	if j.header.Animated {
		return j.animation(full)
	}
	made, err := j.choose(full)
	if err != nil {
		return rendering{}, blame(err)
	}
	j.describe(made)
	ours := rendering{format: made.format, width: full.width(), height: full.height(), still: true, data: made.data}
	if !j.clean(full) {
		return ours, nil
	}
	kept, err := j.original()
	switch {
	case errors.Is(err, container.ErrMalformed): // decodable, but not what we would hand on
		return ours, nil
	case err != nil:
		return rendering{}, err
	case float64(len(ours.data)) <= worthIt*float64(len(kept.data)):
		j.describe(made)
		return ours, nil
	}
	j.decision.Refused, j.decision.BytesRefused = made.format.String(), int64(len(made.data))
	return kept, nil
}

// animation is the source's own bytes, whose colours need their profile where
// that is not sRGB: only still pictures are converted.
func (j *job) animation(first picture) (rendering, error) {
	kept, err := j.original()
	if err != nil || first.profile == nil {
		return kept, err
	}
	if kept.data, err = container.WithProfile(kept.format, kept.data, first.profile); err != nil {
		return rendering{}, fmt.Errorf("colours of an animation: %w", err)
	}
	j.decision.BytesAfter = int64(len(kept.data))
	return kept, nil
}

// describe notes how our encoding came to be.
func (j *job) describe(made encoded) {
	d := &j.decision
	d.Format, d.Quality, d.SSIM, d.Tries = made.format.String(), made.quality, made.ssim, made.tries
	d.Lossless, d.NearLossless = made.near == exact, made.near%exact
	d.BytesAfter, d.Kept = int64(len(made.data)), false
}

// clean reports whether the original's bytes would show as they are what the
// decoded picture shows: a format of browsers, upright, sRGB, not resized.
func (j *job) clean(full picture) bool {
	h := j.header
	switch h.Format {
	case imageinfo.JPEG, imageinfo.PNG, imageinfo.WebP, imageinfo.GIF:
	case imageinfo.TIFF, imageinfo.AVIF, imageinfo.HEIC, imageinfo.Unknown:
		return false
	}
	return h.Orientation == 1 && !full.converted && full.width() == h.Width && full.height() == h.Height
}

// original is the source's own bytes without metadata.
func (j *job) original() (rendering, error) {
	file, err := os.ReadFile(j.req.Source)
	if err != nil {
		return rendering{}, fmt.Errorf("read source: %w", err)
	}
	data, err := container.Cut(j.header.Format, file)
	if errors.Is(err, container.ErrMalformed) && j.header.Animated {
		return rendering{}, models.Reject(models.RejectCorrupt, "The animation's structure is damaged.")
	}
	if err != nil {
		return rendering{}, err
	}
	j.decision.Format, j.decision.BytesAfter, j.decision.Kept = j.header.Format.String(), int64(len(data)), true
	return rendering{
		format: j.header.Format, width: j.header.Width, height: j.header.Height, still: !j.header.Animated, data: data,
	}, nil
}

// blame sorts a failure of libvips: the memory limit ends the child, a full
// disk is a fault of the surroundings, and everything else is the picture's.
func blame(err error) error {
	var v *vipsError
	if !errors.As(err, &v) {
		return err
	}
	text := strings.ToLower(v.text)
	switch {
	case isMemory(text):
		return fmt.Errorf("%w: %w", imaging.ErrMemory, err)
	case strings.HasPrefix(v.operation, "encode"): // of what has been decoded well
		return err
	case strings.Contains(text, "no space left"), strings.Contains(text, "write failed"), strings.Contains(text, "too many open files"):
		return err
	case strings.Contains(text, "unsupported"), strings.Contains(text, "not supported"), strings.Contains(text, "not configured"):
		return models.Reject(models.RejectUnsupported, "This kind of picture cannot be read.")
	}
	return models.Reject(models.RejectCorrupt, "The picture is damaged or cut off: it cannot be decoded to its end.")
}

// isMemory reports whether an error text, in lower case, tells of memory that
// could not be had: each library has its own words. libheif says much the same
// of a file that asks for absurd amounts, which is the file's fault.
func isMemory(text string) bool {
	if strings.Contains(text, "security limit") {
		return false
	}
	for _, words := range []string{
		"out of memory", "cannot allocate", "failed to allocate", "unable to allocate", "insufficient memory",
		"memory allocation", "memory exhausted", "not enough memory", "no memory", "malloc", "bad_alloc", "out_of_memory",
	} {
		if strings.Contains(text, words) {
			return true
		}
	}
	return false
}
