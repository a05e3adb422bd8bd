// Pixels to try encoders on, and the judge of what comes out of them. libwebp
// is called here without libvips between: pixels are converted once for all
// tries, which is most of what a try on a small sample costs beside encoding.
#ifndef SAFELIGHT_SAMPLE_H
#define SAFELIGHT_SAMPLE_H

#include <vips/vips.h>
#include <webp/encode.h>

// sl_sample is a picture, or a sheet of square tiles cut out of one, with the
// luma that encoded versions are compared with. Treat as opaque.
typedef struct {
	int width, height;
	int bands;     // 3, or 4 where something shows through
	int tile;      // side of the tiles; 0: the whole picture
	const uint8_t *pixels;
	VipsImage *image; // that the pixels belong to; NULL: to the sample
	uint8_t *luma[2]; // with 4 bands on black and on white, else the first alone
	int lumas;        // 0 until they are needed
	WebPPicture yuv; // converted, once a lossy WebP has been asked for
	gboolean converted;
} sl_sample;

// sl_sample_whole looks at the pixels of an image of 3 or 4 bands of 8 bits, and
// drops alpha that is solid all over. All return NULL or -1 on failure, with the
// error in libvips' buffer.
sl_sample *sl_sample_whole(VipsImage *in);

// sl_sample_tiles cuts out of a whole picture about area pixels in tiles that
// have its mixture of flat and detailed parts.
sl_sample *sl_sample_tiles(sl_sample *whole, int tile, int area);

void sl_sample_free(sl_sample *sample);

// sl_sample_area is how many pixels there are.
static inline size_t
sl_sample_area(const sl_sample *sample)
{
	return (size_t) sample->width * sample->height;
}

// sl_sample_need_lumas fills luma in, where that has not been done.
int sl_sample_need_lumas(sl_sample *sample);

// sl_luma is Rec. 601 luma of n pixels, transparent ones as seen on a background.
void sl_luma(const uint8_t *pixels, int bands, size_t n, int background, uint8_t *out);

// sl_sample_flat is the share of pixels that equal their left neighbour:
// little of a photo, most of a drawing.
double sl_sample_flat(const sl_sample *sample);

// sl_sample_few tells whether there are at most 256 colours, as in a palette.
gboolean sl_sample_few(const sl_sample *sample);

// The encoders write into a buffer that g_free takes, without any metadata.
// near is how faithful lossless WebP is, 0 to 100, which is exact.
int sl_sample_webp(sl_sample *sample, int quality, int effort, void **buf, size_t *len);
int sl_sample_lossless(const sl_sample *sample, int near, int effort, void **buf, size_t *len);
int sl_sample_avif(const sl_sample *sample, int quality, void **buf, size_t *len);

// sl_sample_ssim compares an encoded version with the sample: sl_ssim on luma,
// the mean over tiles, and with 4 bands the lower one of black and white beneath.
int sl_sample_ssim(sl_sample *sample, const void *buf, size_t len, double *ssim);

#endif
