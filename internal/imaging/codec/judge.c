#include "sample.h"

#include <stdlib.h>
#include <string.h>

#include <webp/decode.h>

#include "ssim.h"

// The decoders give the pixels of an encoded version, for g_free to take.
static uint8_t *
decode_webp(const sl_sample *s, const void *buf, size_t len)
{
	size_t size = sl_sample_area(s) * s->bands;
	int stride = s->width * s->bands, width, height;
	uint8_t *out;

	if (!WebPGetInfo(buf, len, &width, &height) || width != s->width || height != s->height) {
		vips_error("safelight", "a WebP of our own has another size");
		return NULL;
	}
	if (!(out = g_try_malloc(size))) {
		vips_error("safelight", "out of memory for the decoded WebP");
		return NULL;
	}
	if (!(s->bands == 4 ? WebPDecodeRGBAInto(buf, len, out, size, stride)
						: WebPDecodeRGBInto(buf, len, out, size, stride))) {
		g_free(out);
		vips_error("safelight", "a WebP of our own cannot be decoded");
		return NULL;
	}
	return out;
}

static uint8_t *
decode_avif(const sl_sample *s, const void *buf, size_t len)
{
	VipsImage *image, *same = NULL;
	size_t size = 0;
	uint8_t *pixels = NULL;

	if (vips_heifload_buffer((void *) buf, len, &image, NULL))
		return NULL;
	if (image->Bands == 3 && s->bands == 4)
		vips_addalpha(image, &same, NULL);
	else {
		same = image;
		g_object_ref(same);
	}
	if (same)
		pixels = vips_image_write_to_memory(same, &size);
	if (pixels && size != sl_sample_area(s) * s->bands) {
		vips_error("safelight", "an AVIF of our own has another size");
		g_free(pixels);
		pixels = NULL;
	}
	if (same)
		g_object_unref(same);
	g_object_unref(image);
	return pixels;
}

static double
compare(const sl_sample *s, const uint8_t *a, const uint8_t *b)
{
	double sum = 0;

	if (!s->tile)
		return sl_ssim(a, b, s->width, s->height, s->width);
	for (int y = 0; y < s->height; y += s->tile)
		for (int x = 0; x < s->width; x += s->tile) {
			size_t at = (size_t) y * s->width + x;

			sum += sl_ssim(a + at, b + at, s->tile, s->tile, s->width);
		}
	return sum / ((double) (s->width / s->tile) * (s->height / s->tile));
}

int
sl_sample_ssim(sl_sample *s, const void *buf, size_t len, double *ssim)
{
	gboolean webp = len >= 12 && !memcmp(buf, "RIFF", 4);
	uint8_t *luma, *pixels;

	if (sl_sample_need_lumas(s) || !(pixels = webp ? decode_webp(s, buf, len) : decode_avif(s, buf, len)))
		return -1;
	if (!(luma = malloc(sl_sample_area(s)))) {
		g_free(pixels);
		vips_error("safelight", "out of memory for luma");
		return -1;
	}
	*ssim = 1;
	for (int i = 0; i < s->lumas; i++) {
		double one;

		sl_luma(pixels, s->bands, sl_sample_area(s), 255 * i, luma);
		one = compare(s, s->luma[i], luma);
		*ssim = one < *ssim ? one : *ssim;
	}
	free(luma);
	g_free(pixels);
	return 0;
}
