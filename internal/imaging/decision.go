package imaging

import (
	"fmt"
	"math"
)

// The formats that pictures are encoded in.
const (
	FormatWebP = "webp"
	FormatAVIF = "avif"
)

// Decision is how the full variant came to be what it is. Where the original
// was kept, Quality, Lossless, NearLossless, SSIM and Tries are of the encoded
// picture that was not worth it.
type Decision struct {
	Format       string  `json:"format"`                 // as people write it: WebP, AVIF, or that of a kept original
	Quality      int     `json:"quality,omitempty"`      // of a lossy encoder, 1..100
	Lossless     bool    `json:"lossless,omitempty"`     // nothing that is seen has changed
	NearLossless int     `json:"nearLossless,omitempty"` // WebP's level, 1..99; 0: it was not used
	SSIM         float64 `json:"ssim,omitempty"`         // against the decoded and resized original, on luma; 0: not measured
	MinSSIM      float64 `json:"minSSIM,omitempty"`      // that was asked for
	Tries        int     `json:"tries"`                  // encodes, on a sample and on the whole
	BytesBefore  int64   `json:"bytesBefore"`            // of the file as it came
	BytesAfter   int64   `json:"bytesAfter"`             // of the full variant
	Kept         bool    `json:"kept,omitempty"`         // the original's own bytes, without metadata
	Refused      string  `json:"refused,omitempty"`      // format of the encoded picture that was not worth it
	BytesRefused int64   `json:"bytesRefused,omitempty"`
	Frames       int     `json:"frames"` // of the original: animations keep all, others the first
}

// String says it to people, in one sentence without a full stop.
func (d Decision) String() string {
	var text string
	switch {
	case d.Kept && d.Frames > 1:
		text = fmt.Sprintf("animated %s with %d frames kept", d.Format, d.Frames)
	case d.Kept:
		text = fmt.Sprintf("original %s kept, %s would be %s", d.Format, d.encoded(), size(d.BytesRefused))
	default:
		text = d.encoded()
	}
	text = fmt.Sprintf("%s, %s -> %s", text, size(d.BytesBefore), size(d.BytesAfter))
	if d.Frames > 1 && !d.Kept {
		text += fmt.Sprintf(", first of %d pages", d.Frames)
	}
	return text
}

// encoded describes the encoded picture.
func (d Decision) encoded() string {
	format := d.Format
	if d.Kept {
		format = d.Refused
	}
	switch {
	case d.Lossless:
		return "lossless " + format
	case d.NearLossless > 0:
		return fmt.Sprintf("near-lossless %s, SSIM %s after %s", format, d.likeness(), d.tries())
	case d.SSIM == 0:
		return fmt.Sprintf("%s quality %d", format, d.Quality)
	}
	return fmt.Sprintf("%s quality %d, SSIM %s after %s", format, d.Quality, d.likeness(), d.tries())
}

// likeness never rounds up: 0.9799 must not read as the 0.98 that was missed.
func (d Decision) likeness() string {
	text := fmt.Sprintf("%.3f", math.Floor(d.SSIM*1000+1e-9)/1000)
	if d.SSIM < d.MinSSIM {
		text += fmt.Sprintf(" (%g is out of reach)", d.MinSSIM)
	}
	return text
}

func (d Decision) tries() string {
	if d.Tries == 1 {
		return "1 try"
	}
	return fmt.Sprintf("%d tries", d.Tries)
}

// size is a number of bytes for people.
func size(n int64) string {
	switch {
	case n < 1000:
		return fmt.Sprintf("%d B", n)
	case n < 999_500:
		return fmt.Sprintf("%.0f kB", float64(n)/1e3)
	}
	return fmt.Sprintf("%.1f MB", float64(n)/1e6)
}
