package imageinfo

import (
	"io"
	"math"

	"safelight/models"
)

// Color is how an image stores its colours.
type Color string

// The colour models of a Header.
const (
	ColorUnknown Color = ""
	ColorGray    Color = "gray"
	ColorRGB     Color = "rgb" // also what is stored as YCbCr
	ColorPalette Color = "palette"
	ColorCMYK    Color = "cmyk"
	ColorLab     Color = "lab"
)

// Header is what an image claims of itself. Width and Height are as stored,
// in pixels; Orientation (1..8, as in EXIF, and from the file's own transform
// properties for AVIF and HEIC) says how to turn it upright. Frames counts
// frames of an animation, or pages of a TIFF; one more than the limit given to
// ReadHeader stands for "too many". An AVIF or HEIC that holds a sequence beside
// its picture tells the frames of that, and is not Animated: only the picture
// is decoded. BitDepth is per channel, 0 if not told; of a palette's entries
// where Color says so, except in PNG and TIFF, which tell that of the index.
// Progressive means that the picture is stored in passes over its whole area
// (progressive JPEG, interlaced PNG or GIF), which costs memory to decode.
type Header struct {
	Format      Format
	Bytes       int64 // of the file
	Width       int
	Height      int
	Frames      int
	Orientation int
	BitDepth    int
	Color       Color
	Alpha       bool
	Animated    bool
	Progressive bool
	HasICC      bool
	ICC         Profile // zero without HasICC
}

// Upright returns width and height after turning by Orientation.
func (h Header) Upright() (width, height int) {
	if h.Orientation >= 5 {
		return h.Height, h.Width
	}
	return h.Width, h.Height
}

// Pixels is how many pixels a decoder would have to make: of all frames of an
// animation, and of the first page of anything else. More than an int64 holds
// count as the most that it does.
func (h Header) Pixels() int64 {
	n := int64(h.Width) * int64(h.Height)
	if frames := int64(h.Frames); h.Animated && frames > 0 {
		if n > math.MaxInt64/frames {
			return math.MaxInt64
		}
		n *= frames
	}
	return n
}

// Limits bound what will be decoded. All of them must be positive, but that
// Bytes may be 0 where somebody else has held the file against its limit.
type Limits struct {
	Bytes  int64 // of the file
	Pixels int64 // over all frames of an animation
	Side   int   // of either side
	Frames int   // of an animation
}

// DefaultLimits are those that nobody has configured otherwise.
func DefaultLimits() Limits {
	return Limits{Bytes: 50 << 20, Pixels: 100_000_000, Side: 65_000, Frames: 1000}
}

// Check answers a *models.Rejection for an image beyond the limits:
// too_many_pixels, or unsupported for a file of too many bytes.
func (h Header) Check(l Limits) error {
	switch {
	case l.Bytes > 0 && h.Bytes > l.Bytes:
		return unsupported("The file has %.1f MB; at most %.1f are taken.", float64(h.Bytes)/1e6, float64(l.Bytes)/1e6)
	case h.Width > l.Side || h.Height > l.Side:
		return models.Reject(models.RejectTooManyPixels,
			"The picture is %d × %d pixels; a side may be at most %d.", h.Width, h.Height, l.Side)
	case h.Animated && h.Frames > l.Frames:
		return models.Reject(models.RejectTooManyPixels, "The animation has more than %d frames.", l.Frames)
	case h.Pixels() > l.Pixels:
		return models.Reject(models.RejectTooManyPixels,
			"The picture has %.1f megapixels; at most %.1f are taken.", float64(h.Pixels())/1e6, float64(l.Pixels)/1e6)
	}
	return nil
}

// ReadHeader reads what the file claims to be, and walks its structure as far
// as that costs no decoding, so that a file that was cut off is found here.
// Frames are counted up to maxFrames. The error is a *models.Rejection
// (corrupt or unsupported) when the bytes are to blame, else one of r.
func ReadHeader(r io.ReaderAt, size int64, maxFrames int) (Header, error) {
	s := newSource(r, size)
	head, err := s.at(0, int(min(size, SniffLen)))
	if err != nil {
		return Header{}, err
	}
	format, ok := Sniff(head)
	if !ok {
		return Header{}, unsupported("This is not a JPEG, PNG, WebP, GIF, TIFF, AVIF or HEIC picture.")
	}
	h := Header{Format: format, Bytes: size, Frames: 1, Orientation: 1}
	switch format {
	case JPEG:
		err = readJPEG(s, &h)
	case PNG:
		err = readPNG(s, &h)
	case WebP:
		err = readWebP(s, &h, maxFrames)
	case GIF:
		err = readGIF(s, &h, maxFrames)
	case TIFF:
		err = readTIFF(s, &h, maxFrames)
	case AVIF, HEIC:
		err = readHEIF(s, &h)
	case Unknown:
		err = unsupported("The format is not known.")
	}
	if err != nil {
		return Header{}, err
	}
	if h.Width <= 0 || h.Height <= 0 {
		return Header{}, corrupt("The picture has no pixels.")
	}
	return h, nil
}
