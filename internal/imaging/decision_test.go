package imaging_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"safelight/internal/imaging"
)

func TestDecisionsInPlainWords(t *testing.T) {
	t.Parallel()
	for want, d := range map[string]imaging.Decision{
		"WebP quality 76, SSIM 0.983 after 6 tries, 1.7 MB -> 289 kB": {
			Format: "WebP", Quality: 76, SSIM: 0.98399, MinSSIM: 0.98, Tries: 6, BytesBefore: 1_697_684, BytesAfter: 289_310, Frames: 1,
		},
		"AVIF quality 60, SSIM 0.980 after 1 try, 999 kB -> 999 B, first of 3 pages": {
			Format: "AVIF", Quality: 60, SSIM: 0.98, MinSSIM: 0.98, Tries: 1, BytesBefore: 999_499, BytesAfter: 999, Frames: 3,
		},
		"WebP quality 100, SSIM 0.979 (0.98 is out of reach) after 4 tries, 2 kB -> 1 kB": {
			Format: "WebP", Quality: 100, SSIM: 0.97999, MinSSIM: 0.98, Tries: 4, BytesBefore: 2000, BytesAfter: 1400, Frames: 1,
		},
		"WebP quality 80, 2 kB -> 1 kB":  {Format: "WebP", Quality: 80, Tries: 1, BytesBefore: 2000, BytesAfter: 1400, Frames: 1},
		"lossless WebP, 500 kB -> 60 kB": {Format: "WebP", Lossless: true, SSIM: 1, MinSSIM: 0.98, Tries: 8, BytesBefore: 500_000, BytesAfter: 60_000, Frames: 1},
		"near-lossless WebP, SSIM 0.995 after 8 tries, 500 kB -> 60 kB": {
			Format: "WebP", NearLossless: 60, SSIM: 0.9958, MinSSIM: 0.98, Tries: 8, BytesBefore: 500_000, BytesAfter: 60_000, Frames: 1,
		},
		"original JPEG kept, WebP quality 88, SSIM 0.981 after 3 tries would be 120 kB, 110 kB -> 105 kB": {
			Format: "JPEG", Kept: true, Refused: "WebP", Quality: 88, SSIM: 0.981, MinSSIM: 0.98, Tries: 3,
			BytesBefore: 110_000, BytesAfter: 105_000, BytesRefused: 120_000, Frames: 1,
		},
		"animated GIF with 5 frames kept, 110 kB -> 105 kB": {
			Format: "GIF", Kept: true, BytesBefore: 110_000, BytesAfter: 105_000, Frames: 5,
		},
	} {
		require.Equal(t, want, d.String())
	}
}
